/** The operator's way into a running venue, as far as it goes without an engine. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServerProcess, startVenue } from "../testing/server-process.ts";

let venue: ServerProcess;

beforeAll(async () => {
  venue = await startVenue(["--engines", "2"]);
});

afterAll(async () => {
  await venue?.stop();
});

async function post(request: unknown): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${venue.ports.adminPort}/operator`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof request === "string" ? request : JSON.stringify(request),
  });
  return { status: response.status, body: await response.text() };
}

test("a request that cannot be read is refused with its place", async () => {
  expect(await post('{"setPhase":\n}')).toEqual({
    status: 400,
    body: 'line 2, column 1: expected a value, found "}"\n',
  });
  expect(await post({ killSwitch: { scope: "PLANET" } })).toMatchObject({ status: 400 });
});

test("a definition that no engine need see is refused with a report", async () => {
  const { status, body } = await post({ requestId: "7", defineInstrument: { instrumentId: 99, symbol: "ACME" } });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual([
    {
      requestId: "7",
      rejectReason: "REJECT_REASON_INVALID_INSTRUMENT",
      text: "the instrument definition contradicts itself: symbol is already that of instrument 1",
    },
  ]);
});
