/** The real venue while its threads die: what clients notice, what the operator reads, what is there afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ExecType, LogoutReason, RejectReason, VenueState } from "../../protocol/codes.ts";
import { metric } from "../testing/admin-client.ts";
import { buy, cancel, sell } from "../testing/order-frames.ts";
import { RawClient, logOn } from "../testing/raw-client.ts";
import { type ServerProcess, startVenue } from "../testing/server-process.ts";

const SABOTEUR = new URL("../testing/saboteur.js", import.meta.url);

const venues: ServerProcess[] = [];
const clients: RawClient[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(venues.splice(0).map((venue) => venue.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-supervision-"));
  folders.push(folder);
  return folder;
}

async function start(folder: string, ...settings: string[]): Promise<ServerProcess> {
  const durable = ["--durability", "local", "--data-dir", join(folder, "data"), "--journal-segment-bytes", "65536"];
  const venue = await startVenue([...durable, ...settings], {
    nodeOptions: ["--import", SABOTEUR.pathname],
    env: { FAIRLEAD_SABOTAGE: folder },
  });
  venues.push(venue);
  return venue;
}

async function trader(venue: ServerProcess, name: string): Promise<RawClient> {
  const client = await logOn("tcp", venue.ports, name);
  clients.push(client);
  return client;
}

/** Logs on under a name that somebody stumbles over; nobody waits for the answer. */
async function sabotage(venue: ServerProcess, name: string): Promise<RawClient> {
  const client = await RawClient.connect("tcp", venue.ports);
  clients.push(client);
  client.send({ logon: { session: name } });
  return client;
}

function countOf(client: RawClient, type: ExecType): number {
  const types: readonly number[] = client.all("executionReport").map(({ execType }) => execType);
  return types.filter((found) => found === type).length;
}

function statesOf(client: RawClient): unknown[] {
  return client.all("venueStatus").map(({ state }) => state);
}

async function untilStates(client: RawClient, count: number): Promise<void> {
  await client.until(() => client.all("venueStatus").length >= count);
}

function range(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, n) => from + n);
}

describe("an engine that dies", () => {
  test("is replaced under its sessions: every request gets its answer, once, and the reports have no hole", async () => {
    const venue = await start(newFolder());
    const client = await trader(venue, "trader");
    client.send(...range(500).map((id) => buy(id, 100, 1)));
    const saboteur = await sabotage(venue, "kill-engine-once");
    client.send(...range(500, 501).map((id) => buy(id, 101, 1)));
    await untilStates(client, 2);
    expect(statesOf(client)).toEqual([VenueState.Paused, VenueState.Resumed]);
    client.send(...range(500, 1001).map((id) => sell(id, 100, 1)));
    await client.until(() => countOf(client, ExecType.New) === 1500);
    const reports = client.all("executionReport");
    const sequences = reports.map(({ sessionSequence }) => sessionSequence);
    expect(sequences.findIndex((sequence, n) => sequence !== n + 1)).toBe(-1);
    expect(countOf(client, ExecType.Trade)).toBe(1000);
    expect((await saboteur.expect("logonAccepted")).session).toBe("kill-engine-once");
    expect(await metric(venue.ports, "fairlead_engine_restarts_total")).toBe(1);
    expect(venue.stderr).toContain("engine died");
  });

  test("is replaced when it hangs", async () => {
    const venue = await start(newFolder(), "--stall-timeout-ms", "500");
    const client = await trader(venue, "trader");
    await client.settle(buy(1, 100, 5));
    await sabotage(venue, "hang-engine-once");
    await untilStates(client, 2);
    client.send(cancel(1));
    await client.until(() => countOf(client, ExecType.Canceled) === 1);
    expect(venue.stderr).toContain("engine makes no progress");
  });

  test("of the same command twice does without that command, in later starts too", async () => {
    const folder = newFolder();
    const venue = await start(folder);
    const client = await trader(venue, "trader");
    await client.settle(buy(1, 100, 5));
    const saboteur = await sabotage(venue, "kill-engine-always");
    expect((await saboteur.expectClosed()).reason).toBe(LogoutReason.InternalError);
    await untilStates(client, 2);
    await client.settle(buy(2, 100, 5));
    expect(venue.stderr).toContain("command is quarantined");
    expect(await metric(venue.ports, "fairlead_quarantined_commands")).toBe(1);
    expect((await venue.stop()).code).toBe(0);
    const again = await start(folder);
    const second = await trader(again, "trader");
    await second.settle(cancel(1), cancel(2));
    expect(second.all("executionReport").map(({ execType }) => execType)).toEqual([
      ExecType.Canceled,
      ExecType.Canceled,
    ]);
  });

  test("again and again is the end of the venue, with a line that says so", async () => {
    const venue = await start(newFolder());
    for (const n of range(6)) await sabotage(venue, `kill-engine-once-${n}`);
    expect(await venue.ended).toEqual({ code: 1, signal: null });
    expect(venue.stderr).toContain("engine-0 is not replaced again: it has died more than 5 times in 60 s");
  });

  test("takes the venue with it where nothing is kept", async () => {
    const venue = await start(newFolder(), "--durability", "memory");
    const client = await trader(venue, "trader");
    await sabotage(venue, "kill-engine-once");
    await client.expectClosed();
    expect(await venue.ended).toEqual({ code: 1, signal: null });
    expect(venue.stderr).toContain("the venue has failed: sabotaged by kill-engine-once");
  });

  test("does not keep subscribers from the book: they begin anew with it as it is", async () => {
    const venue = await start(newFolder());
    const client = await trader(venue, "trader");
    await client.settle(buy(1, 100, 5));
    client.send({ subscribe: { instrumentId: 1 } });
    await client.skipTo("bookSnapshot");
    await sabotage(venue, "kill-engine-once");
    await untilStates(client, 2);
    await client.until(() => client.all("bookSnapshot").length === 2);
    client.send(buy(2, 101, 7));
    await client.until(() => client.all("bookDelta").length > 0);
    expect(client.all("bookSnapshot")[1]).toMatchObject({ bids: [{ price: 100, qty: 5 }], offers: [] });
    expect(client.all("bookDelta").at(-1)).toMatchObject({ changes: [{ price: 101, qty: 7 }] });
  });
});

describe("a gateway that dies", () => {
  test.each(["local", "memory"])(
    "ends its sessions; they log on again and find their orders (%s)",
    async (durability) => {
      const venue = await start(newFolder(), "--durability", durability);
      const client = await trader(venue, "trader");
      await client.settle(buy(1, 100, 5));
      await sabotage(venue, "kill-gateway");
      await client.expectClosed();
      const again = await logOnAgain(venue, "trader");
      await again.settle(buy(1, 100, 5), cancel(1));
      const types = again.all("executionReport").map(({ execType }) => execType);
      expect(types).toEqual([ExecType.OrderStatus, ExecType.Canceled]);
      expect(await metric(venue.ports, "fairlead_gateway_restarts_total")).toBe(1);
      expect(await metric(venue.ports, "fairlead_engine_restarts_total")).toBe(0);
    },
  );

  test("has its sessions' orders canceled where they asked for that", async () => {
    const venue = await start(newFolder());
    const client = await RawClient.connect("tcp", venue.ports);
    clients.push(client);
    await client.logon("fickle", { cancelOnDisconnect: true });
    await client.settle(buy(1, 100, 5));
    await sabotage(venue, "kill-gateway");
    await client.expectClosed();
    const again = await logOnAgain(venue, "fickle");
    await again.settle(cancel(1));
    expect(again.all("businessReject").map(({ rejectReason }) => rejectReason)).toEqual([RejectReason.OrderClosed]);
  });
});

/** A client that comes back when there is somebody again. */
async function logOnAgain(venue: ServerProcess, name: string): Promise<RawClient> {
  for (;;) {
    try {
      return await trader(venue, name);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
