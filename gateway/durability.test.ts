/** What a data directory keeps from one process of the venue to the next, and when it is refused. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Durability, ExecType, RejectReason } from "../protocol/codes.ts";
import { LONG_RECORD_BYTES, SEGMENT_HEADER_BYTES, SHORT_RECORD_BYTES } from "../protocol/journal/journal-format.ts";
import { adminPost, metric } from "./testing/admin-client.ts";
import { buy, cancel, sell } from "./testing/order-frames.ts";
import { type RawClient, logOn } from "./testing/raw-client.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

let folder = "";
const venues: ServerProcess[] = [];
const clients: RawClient[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-durability-"));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(venues.splice(0).map((venue) => venue.stop()));
  rmSync(folder, { recursive: true });
});

async function start(...settings: string[]): Promise<ServerProcess> {
  const durable = ["--durability", "local", "--data-dir", join(folder, "data"), "--journal-segment-bytes", "65536"];
  const venue = await startVenue([...durable, ...settings]);
  venues.push(venue);
  return venue;
}

/** What a start that must fail says. */
async function refusal(...settings: string[]): Promise<string> {
  return await start(...settings).then(
    () => "it has started",
    (error: Error) => error.message,
  );
}

async function trader(venue: ServerProcess, name = "trader"): Promise<RawClient> {
  const client = await logOn("tcp", venue.ports, name);
  clients.push(client);
  return client;
}

async function kill(venue: ServerProcess): Promise<void> {
  venue.signal("SIGKILL");
  await venue.ended;
}

function execTypes(client: RawClient): number[] {
  return client.all("executionReport").map(({ execType }) => execType);
}

/** Flips a bit. */
function damage(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

describe("after a kill", () => {
  test("orders, used ids and report numbers are there; the connection is not", async () => {
    const first = await start();
    const client = await trader(first);
    await client.settle(buy(1, 100, 5), buy(2, 99, 5), sell(3, 100, 2), cancel(2));
    await kill(first);
    const second = await start();
    const again = await logOn("tcp", second.ports, "trader");
    clients.push(again);
    expect(again.all("logonAccepted")[0]).toMatchObject({ durability: Durability.Local, lastSessionSequence: [6] });
    await again.settle(buy(1, 100, 5), buy(2, 99, 5), cancel(1));
    expect(execTypes(again)).toEqual([ExecType.OrderStatus, ExecType.OrderStatus, ExecType.Canceled]);
    expect(again.all("executionReport")[0]).toMatchObject({ cumQty: 2, leavesQty: 3, sessionSequence: 7 });
    expect(await metric(second.ports, "fairlead_recovery_replayed_commands")).toBeGreaterThan(5);
  });

  test("orders of sessions that asked for it are canceled: their connection has ended", async () => {
    const first = await start();
    const client = await logOn("tcp", first.ports, "trader", { cancelOnDisconnect: true });
    clients.push(client);
    await client.settle(buy(1, 100, 5));
    await kill(first);
    const again = await trader(await start());
    await again.settle(cancel(1));
    expect(again.all("businessReject").map(({ rejectReason }) => rejectReason)).toEqual([RejectReason.OrderClosed]);
  });

  test("an instrument that the operator defined is traded on", async () => {
    const first = await start("--engines", "2");
    const definition = { instrumentId: 77, symbol: "LATE", priceDecimals: 3, priceSteps: [{ fromPrice: 1, step: 5 }] };
    const { status } = await adminPost(first.ports, "/operator", JSON.stringify({ defineInstrument: definition }));
    expect(status).toBe(200);
    const client = await trader(first);
    client.send(buy(1, 100, 5, { instrumentId: 77 }));
    await client.expect("executionReport");
    await kill(first);
    const second = await start("--engines", "2");
    const again = await trader(second);
    again.send({ instrumentsRequest: {} });
    const { instruments } = await again.expect("instrumentList");
    expect(instruments?.find(({ instrumentId }) => instrumentId === 77)).toMatchObject(definition);
    again.send(cancel(1, { instrumentId: 77 }));
    expect((await again.expect("executionReport")).execType).toBe(ExecType.Canceled);
    const change = { defineInstrument: { instrumentId: 77, qtyStep: 10 } };
    expect((await adminPost(second.ports, "/operator", JSON.stringify(change))).status).toBe(200);
  });

  test.each([
    ["3", "1"],
    ["1", "3"],
  ])("of a venue with %s gateways it comes back with %s", async (before, after) => {
    const first = await start("--gateways", before);
    const all = await Promise.all(["a", "b", "c"].map((name) => trader(first, name)));
    for (const client of all) await client.settle(buy(1, 100, 5));
    await kill(first);
    const second = await start("--gateways", after);
    for (const name of ["a", "b", "c"]) {
      const again = await trader(second, name);
      await again.settle(cancel(1));
      expect(execTypes(again)).toEqual([ExecType.Canceled]);
    }
  });
});

test("a drain leaves a snapshot, and the next start has nothing to replay", async () => {
  const first = await start();
  const client = await trader(first);
  await client.settle(buy(1, 100, 5));
  client.destroy();
  expect(await first.stop()).toEqual({ code: 0, signal: null });
  expect(readdirSync(join(folder, "data", "engine-0", "snapshots"))).toHaveLength(1);
  const second = await start();
  expect(await metric(second.ports, "fairlead_recovery_replayed_commands")).toBe(0);
  const again = await trader(second);
  await again.settle(cancel(1));
  expect(execTypes(again)).toEqual([ExecType.Canceled]);
});

describe("a start is refused, with a line that says why and what to do,", () => {
  test("while another venue has the directory; after its death it is free", async () => {
    const first = await start();
    const line = `data is in use by another venue (process ${String(first.ready["pid"])}); stop it, or name another data directory`;
    expect(await refusal()).toContain(line);
    await kill(first);
    await start();
  });

  test("with sizes or instruments that the directory was not made with", async () => {
    await (await start()).stop();
    expect(await refusal("--max-open-orders", "1000")).toContain(
      "engine-0 was made with maxOpenOrders 524288, not 1000; set it back, or name another data directory",
    );
    const path = join(folder, "venue.json");
    writeFileSync(path, JSON.stringify({ instruments: [{ instrumentId: 9, symbol: "NINE" }] }));
    expect(await refusal("--config", path)).toContain("was made with instrument 1, which the configuration lacks");
  });

  test("when the directory is none", async () => {
    writeFileSync(join(folder, "data"), "");
    expect(await refusal()).toContain("data is not a directory; name another data directory");
  });

  test("when the journal is damaged", async () => {
    const first = await start();
    const client = await trader(first);
    await client.settle(...Array.from({ length: 50 }, (_, n) => buy(n + 1, 100, 5)));
    await client.settle(cancel(1));
    await kill(first);
    const journal = join(folder, "data", "engine-0", "journal", "0000000000000001.journal");
    const record = SEGMENT_HEADER_BYTES + LONG_RECORD_BYTES + 9 * SHORT_RECORD_BYTES;
    damage(journal, record + 50);
    expect(await refusal()).toContain(`${journal} is damaged at byte ${record}`);
    expect(await refusal()).toContain('"fairlead journal repair" cuts there');
  });
});
