import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ExecType, LogoutReason, RejectReason, Side } from "../protocol/codes.ts";
import { encodeClientFrame } from "../protocol/codec/cold-codec.ts";
import { metric, metricBecomes } from "./testing/admin-client.ts";
import { buy, cancel } from "./testing/order-frames.ts";
import { type ClientFrame, RawClient, type Wire, WIRES, logOn } from "./testing/raw-client.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

const KIB = 1024;

const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
});

async function trader(venue: ServerProcess, wire: Wire, session: string): Promise<RawClient> {
  const client = await logOn(wire, venue.ports, session);
  clients.push(client);
  return client;
}

function range(count: number, first = 1): number[] {
  return Array.from({ length: count }, (_, n) => first + n);
}

describe("a small command ring", () => {
  let venue: ServerProcess;

  beforeAll(async () => {
    venue = await startVenue(["--command-ring-slots", "64", "--wait-strategy", "park"]);
  });

  afterAll(async () => {
    await venue?.stop();
  });

  test.each<Wire>(["tcp", "ws"])(
    "over %s, every order of a burst gets one answer, and BUSY leaves no trace",
    async (wire) => {
      const client = await trader(venue, wire, `burst-${wire}`);
      const count = 5000;
      client.send(...range(count).map((id) => buy(id, 1, 1)));
      await client.take(count);
      const accepted = client.all("executionReport");
      const refused = client.all("businessReject");
      expect(accepted.length + refused.length).toBe(count);
      expect(refused.length, "the ring was full at times").toBeGreaterThan(0);
      for (const report of accepted) expect(report.execType).toBe(ExecType.New);
      for (const reject of refused) {
        expect(reject).toMatchObject({ rejectReason: RejectReason.Busy, sessionSequence: 0, sequenceNumber: 0 });
      }
      expect(accepted.map((report) => report.sessionSequence)).toEqual(range(accepted.length));
      const ids = [...accepted, ...refused].map(({ clientOrderId }) => clientOrderId);
      expect(new Set(ids).size, "no order is answered twice").toBe(count);

      const retried = refused[0]?.clientOrderId ?? 0;
      const [unknown, again] = await client.settle(cancel(retried), buy(retried, 1, 1));
      expect(unknown?.businessReject?.rejectReason, "the engine never heard of it").toBe(RejectReason.UnknownOrder);
      expect(again?.executionReport?.execType, "the id is still unused").toBe(ExecType.New);

      client.send({ massCancel: { clientOrderId: 1 } });
      expect((await client.skipTo("massCancelReport")).canceledCount).toBe(accepted.length + 1);
    },
  );

  test("what a full ring turned away is counted", async () => {
    expect(await metric(venue.ports, "fairlead_gateway_busy_rejects_total")).toBeGreaterThan(0);
  });

  test("sessions come and go while the ring is full", async () => {
    const burster = await trader(venue, "tcp", "burster");
    const frames = Buffer.concat(range(20_000).map((id) => encodeClientFrame(buy(id, 1, 1))));
    burster.sendBytes(frames);
    for (let round = 0; round < 10; round++) {
      const passing = await logOn(round % 2 === 0 ? "tcp" : "ws", venue.ports, "passing");
      passing.send({ logout: {} });
      await passing.expectClosed();
    }
    expect(await burster.take(20_000, 30_000)).toHaveLength(20_000);
  });
});

describe("a small event ring", () => {
  let venue: ServerProcess;

  beforeAll(async () => {
    venue = await startVenue(["--event-ring-slots", "64", "--max-queued-bytes", String(16 * KIB * KIB)]);
  });

  afterAll(async () => {
    await venue?.stop();
  });

  test("a mass cancel of 10,000 orders loses no report and tells them oldest first", async () => {
    const client = await trader(venue, "tcp", "mass");
    const count = 10_000;
    for (const start of range(10).map((n) => (n - 1) * 1000)) {
      client.send(...range(1000, start + 1).map((id) => buy(id, 1 + (id % 50), 1)));
      await client.take(1000);
    }
    expect(client.all("businessReject")).toEqual([]);
    client.send({ massCancel: { clientOrderId: 77, side: Side.Buy } });
    const answers = await client.take(count + 1, 30_000);
    expect(answers.at(-1)?.massCancelReport).toMatchObject({ clientOrderId: 77, canceledCount: count });
    const reports = client.all("executionReport");
    expect(reports.slice(count).map((report) => report.clientOrderId)).toEqual(range(count));
    expect(new Set(reports.slice(count).map((report) => report.execType))).toEqual(new Set([ExecType.Canceled]));
    expect(reports.map((report) => report.sessionSequence)).toEqual(range(2 * count));
    expect(await metric(venue.ports, "fairlead_engine_event_ring_full_total"), "it had to wait").toBeGreaterThan(0);
  });

  test("a stop while the engine waits for room in an event ring is a clean one", async () => {
    const own = await startVenue(["--event-ring-slots", "64", "--drain-timeout-ms", "0"]);
    const client = await trader(own, "tcp", "stopped");
    for (const start of range(10).map((n) => (n - 1) * 1000)) {
      client.send(...range(1000, start + 1).map((id) => buy(id, 1, 1)));
      await client.take(1000);
    }
    client.send({ massCancel: { clientOrderId: 1 } });
    expect(await own.stop()).toEqual({ code: 0, signal: null });
    expect(own.stderr).toBe("");
  });
});

describe("a client that does not read", () => {
  let venue: ServerProcess;

  beforeAll(async () => {
    venue = await startVenue(["--max-queued-bytes", String(64 * KIB)]);
  });

  afterAll(async () => {
    await venue?.stop();
  });

  test.each(WIRES)("over %s, it is ended as a slow consumer while others go on", async (wire) => {
    const bystander = await trader(venue, wire === "tcp" ? "ws" : "tcp", `bystander-${wire}`);
    const slow = await trader(venue, wire, `slow-${wire}`);
    const endedBefore = await metric(venue.ports, "fairlead_gateway_slow_consumers_total");
    const errorsBefore = venue.stderr.length;
    slow.link.pause();
    // The kernel takes some megabytes before bytes queue up in the venue.
    const question: ClientFrame = { instrumentsRequest: {} };
    let asked = 0;
    while ((await metric(venue.ports, "fairlead_gateway_slow_consumers_total")) === endedBefore && asked < 400_000) {
      slow.send(...range(4000).map(() => question));
      asked += 4000;
      expect(await bystander.settle(buy(asked, 1, 1))).toHaveLength(1);
    }
    expect(await metric(venue.ports, "fairlead_gateway_slow_consumers_total"), "counted once").toBe(endedBefore + 1);
    await metricBecomes(venue.ports, "fairlead_gateway_sessions", 1);
    expect(venue.stderr.slice(errorsBefore).match(/SlowConsumer/gu), "logged once").toHaveLength(1);
    slow.link.resume();
    // What was on its way when the connection was given up may be cut off, the Logout too.
    expect([0, LogoutReason.SlowConsumer]).toContain((await slow.expectClosed()).reason);
    expect(slow.received.length, "nothing is sent twice").toBeLessThanOrEqual(1 + asked + 1);
    expect(await bystander.settle(buy(1, 1, 1))).toHaveLength(1);
  });
});

describe("large answers to small requests", () => {
  let venue: ServerProcess;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "fairlead-"));
    const path = join(directory, "venue.json");
    const instruments = range(2000).map((instrumentId) => ({ instrumentId, symbol: `I${instrumentId}` }));
    writeFileSync(path, JSON.stringify({ instruments, maxQueuedBytes: 256 * KIB }));
    venue = await startVenue(["--config", path]);
  });

  afterAll(async () => {
    await venue?.stop();
    rmSync(directory, { recursive: true });
  });

  test.each<Wire>(["tcp", "ws"])("over %s, a flood of them is ended, not stored", async (wire) => {
    const bystander = await trader(venue, "tcp", `near-${wire}`);
    const greedy = await trader(venue, wire, `greedy-${wire}`);
    greedy.link.pause();
    // 50,000 lists of 80 kB.
    greedy.sendBytes(Buffer.concat(range(50_000).map(() => encodeClientFrame({ instrumentsRequest: {} }))));
    await metricBecomes(venue.ports, "fairlead_gateway_sessions", 1);
    expect(await metric(venue.ports, "fairlead_gateway_slow_consumers_total")).toBeGreaterThan(0);
    expect(await metric(venue.ports, "process_resident_memory_bytes")).toBeLessThan(500 * KIB * KIB);
    expect(await bystander.settle(buy(1, 1, 1))).toHaveLength(1);
    await bystander.close();
  });
});

describe("many clients", () => {
  let venue: ServerProcess;

  beforeAll(async () => {
    venue = await startVenue(["--max-connections", "210"]);
  });

  afterAll(async () => {
    await venue?.stop();
  });

  test("200 connections trade at the same time, and all leave", async () => {
    const count = 200;
    const all = await Promise.all(range(count).map((n) => trader(venue, WIRES[n % 3] as Wire, `many-${n}`)));
    expect(await metric(venue.ports, "fairlead_gateway_sessions")).toBe(count);
    const answers = await Promise.all(all.map((client) => client.settle(...range(10).map((id) => buy(id, 10, 1)))));
    expect(answers.map((reports) => reports.length)).toEqual(range(count).map(() => 10));
    await Promise.all(all.map((client) => client.close()));
    await metricBecomes(venue.ports, "fairlead_gateway_connections", 0);
  });

  test("a frame that comes byte by byte is read like any other", async () => {
    const client = await RawClient.connect("tcp", venue.ports);
    clients.push(client);
    const frames = [{ logon: { session: "drip" } }, buy(1, 9, 1), buy(2, 9, 1, { receipt: true })];
    for (const byte of Buffer.concat(frames.map(encodeClientFrame))) {
      client.sendBytes(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.expect("logonAccepted");
    expect((await client.expect("executionReport")).clientOrderId).toBe(1);
    expect((await client.expect("executionReport")).clientOrderId).toBe(2);
  });
});
