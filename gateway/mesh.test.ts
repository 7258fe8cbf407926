/** Several gateways and several engines behind the same ports: whoever connects where, it is one venue. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Channel, ExecType, LogoutReason, RejectReason, Side } from "../protocol/codes.ts";
import { metric } from "./testing/admin-client.ts";
import { buy, cancel, limit, replace } from "./testing/order-frames.ts";
import { type FrameOf, RawClient, type ServerFrame, type Wire, logOn } from "./testing/raw-client.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

/** The last one is left alone by the tests but for its use as a barrier. */
const INSTRUMENT_IDS = [1, 2, 10, 11, 12, 13, 3];
const TRADED = INSTRUMENT_IDS.slice(0, -1);

type Report = FrameOf<"executionReport">;

describe.each([
  { gateways: 2, engines: 2 },
  { gateways: 1, engines: 3 },
  { gateways: 3, engines: 1 },
])("$gateways gateways and $engines engines", ({ gateways, engines }) => {
  let venue: ServerProcess;
  let directory: string;
  let names = 0;
  const engineOf = new Map<number, number>();
  /** One client or more on every gateway, logged on. */
  const traders: RawClient[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "fairlead-"));
    const path = join(directory, "venue.json");
    // One of each engine is assigned, the others go where their id hashes to.
    const instruments = INSTRUMENT_IDS.map((instrumentId, n) => ({
      instrumentId,
      symbol: `I${instrumentId}`,
      ...(n < engines ? { engine: engines - 1 - n } : {}),
    }));
    writeFileSync(path, JSON.stringify({ instruments }));
    venue = await startVenue(["--config", path, "--gateways", String(gateways), "--engines", String(engines)]);
    const found = await clientsOnEveryGateway();
    for (const client of found) {
      await client.logon(freshName());
      traders.push(client);
    }
    traders[0]?.send({ instrumentsRequest: {} });
    const list = await traders[0]?.expect("instrumentList");
    for (const { instrumentId, engine } of list?.instruments ?? []) engineOf.set(instrumentId ?? 0, engine ?? 0);
  });

  afterAll(async () => {
    for (const client of traders) client.destroy();
    await venue?.stop();
    rmSync(directory, { recursive: true });
  });

  function freshName(): string {
    names += 1;
    return `mesh-${names}`;
  }

  async function connectionsPerGateway(): Promise<number[]> {
    const indices = Array.from({ length: gateways }, (_, n) => n);
    return await Promise.all(indices.map((n) => metric(venue.ports, "fairlead_gateway_connections", `gateway="${n}"`)));
  }

  /** The kernel chooses the gateway: connects until each has two clients. */
  async function clientsOnEveryGateway(): Promise<RawClient[]> {
    const clients: RawClient[] = [];
    for (let n = 0; n < 200; n++) {
      clients.push(await RawClient.connect(n % 2 === 0 ? "ws" : "tcp", venue.ports));
      const counts = await connectionsPerGateway();
      if (counts.every((count) => count >= 2)) return clients;
    }
    throw new Error("the connections do not spread over the gateways");
  }

  test("instruments are where they were assigned", () => {
    for (let n = 0; n < engines; n++) expect(engineOf.get(INSTRUMENT_IDS[n] ?? 0)).toBe(engines - 1 - n);
  });

  test("an order on any gateway reaches any instrument, and its answer comes back", async () => {
    for (const client of traders) {
      for (const instrumentId of TRADED) {
        client.send(buy(1000 + instrumentId, 10, 1, { instrumentId }));
        const report = await client.expect("executionReport");
        expect(report).toMatchObject({
          execType: ExecType.New,
          clientOrderId: 1000 + instrumentId,
          instrumentId,
          engine: engineOf.get(instrumentId),
        });
      }
    }
    for (const client of traders) await settleEverywhere(client);
  });

  test("an unknown instrument is rejected on every gateway", async () => {
    for (const client of traders) {
      client.send(buy(999_999, 10, 1, { instrumentId: 12_345 }));
      expect((await client.expect("executionReport")).rejectReason).toBe(RejectReason.UnknownInstrument);
    }
  });

  test("under random order flow, every observer sees the same trades of an instrument in the same order", async () => {
    const random = seededRandom(20_25);
    const watchers = await Promise.all(
      Array.from({ length: 2 * gateways + 2 }, async (_, n) => {
        const watcher = await logOn(n % 2 === 0 ? "ws" : "json", venue.ports, "");
        for (const instrumentId of TRADED) {
          // The first best prices say that the subscription has begun.
          watcher.send({ subscribe: { instrumentId, channels: [Channel.Trades, Channel.BestBidOffer] } });
          await watcher.expect("bestBidOffer");
        }
        return watcher;
      }),
    );
    const from = traders.map((client) => client.received.length);
    let nextId = 10_000;
    for (let round = 0; round < 40; round++) {
      for (const client of traders) {
        const frames = Array.from({ length: 1 + random(8) }, () => {
          nextId += 1;
          const instrumentId = TRADED[random(TRADED.length)] ?? 1;
          if (random(10) === 0) return cancel(nextId - 1 - random(20), { instrumentId });
          if (random(10) === 0) return replace(nextId - 1 - random(20), 95 + random(10), 5, { instrumentId });
          const side = random(2) === 0 ? Side.Buy : Side.Sell;
          return limit(nextId, side, 95 + random(10), 1 + random(9), { instrumentId });
        });
        client.send(...frames);
      }
    }
    for (const client of traders) await settleEverywhere(client);
    // What one of them did last may have traded with an order of another that had settled before.
    for (const client of traders) await settleEverywhere(client);

    const reported = traders.map((client, n) => reportsOf(client, from[n] ?? 0));
    const trades = reported.flat().filter(({ tradeId }) => tradeId !== 0);
    expect(trades.length).toBeGreaterThan(100);
    expectBothSides(trades);
    traders.forEach((client, n) => expectOrder(client.received.slice(from[n])));

    for (const instrumentId of TRADED) {
      const expected = [
        ...new Set(trades.filter((trade) => trade.instrumentId === instrumentId).map((t) => t.tradeId)),
      ];
      expected.sort((a, b) => a - b);
      for (const watcher of watchers) {
        await watcher.until(() => tradeIds(watcher, instrumentId).length >= expected.length);
        expect(tradeIds(watcher, instrumentId)).toEqual(expected);
      }
    }
    for (const watcher of watchers) await watcher.close();
  });

  test("a session name is held once in the whole venue", async () => {
    const name = freshName();
    const holder = await logOn("tcp", venue.ports, name);
    for (let n = 0; n < 6 * gateways; n++) {
      const other = await RawClient.connect(n % 2 === 0 ? "ws" : "tcp", venue.ports);
      other.send({ logon: { session: name } });
      expect((await other.expectClosed()).reason).toBe(LogoutReason.SessionInUse);
    }
    expect(await holder.settle()).toEqual([]);
    await holder.close();
  });

  test("a mass cancel reaches every engine and is summed up once", async () => {
    for (const client of traders) {
      client.send(...TRADED.map((instrumentId) => buy(5000 + instrumentId, 10, 1, { instrumentId })));
      await client.take(TRADED.length);
      client.send({ massCancel: { clientOrderId: 1, side: Side.Sell } });
      expect(await client.expect("massCancelReport")).toMatchObject({ canceledCount: 0, side: Side.Sell });
      client.send({ massCancel: { clientOrderId: 2 } }, { massCancel: { clientOrderId: 2 } });
      const answers = await client.take(TRADED.length + 2);
      const sums = answers.flatMap(({ massCancelReport }) => massCancelReport ?? []);
      expect(sums.map(({ canceledCount }) => canceledCount)).toEqual([TRADED.length, 0]);
      const canceled = answers.flatMap(({ executionReport }) => executionReport?.execType ?? []);
      expect(canceled).toEqual(TRADED.map(() => ExecType.Canceled));
      expect(await client.settle()).toEqual([]);
    }
  });

  test("a mass cancel that cannot be is rejected once", async () => {
    const [client] = traders;
    client?.send({ massCancel: { clientOrderId: 3, side: 3 as Side } });
    expect(await client?.expect("businessReject")).toMatchObject({
      clientOrderId: 3,
      rejectReason: RejectReason.InvalidSide,
    });
    expect(await client?.settle()).toEqual([]);
    client?.send({ massCancel: { clientOrderId: 3 } });
    expect((await client?.expect("massCancelReport"))?.canceledCount).toBe(0);
  });

  test("cancel on disconnect reaches every engine, and a session finds its sequences on whatever gateway", async () => {
    const name = freshName();
    const client = await logOn("tcp", venue.ports, name, { cancelOnDisconnect: true });
    client.send(...TRADED.map((instrumentId) => buy(instrumentId, 10, 1, { instrumentId })));
    await client.take(TRADED.length);
    await client.close();
    for (let n = 0; n < 4; n++) {
      const again = await logOnWhenFree(n % 2 === 0 ? "ws" : "tcp", name);
      const expected = Array.from({ length: engines }, (_, engine) => {
        const orders = TRADED.filter((instrumentId) => engineOf.get(instrumentId) === engine).length;
        return 2 * orders;
      });
      expect(again.all("logonAccepted")[0]?.lastSessionSequence).toEqual(expected);
      await again.close();
    }
  });

  test("orders rest while their session moves from gateway to gateway", async () => {
    const name = freshName();
    let owner = await logOn("ws", venue.ports, name);
    owner.send(...TRADED.map((instrumentId) => buy(instrumentId, 10, 1, { instrumentId })));
    await owner.take(TRADED.length);
    for (const instrumentId of TRADED) {
      await owner.close();
      owner = await logOnWhenFree(instrumentId % 2 === 0 ? "ws" : "tcp", name);
      owner.send(cancel(instrumentId, { instrumentId }));
      expect((await owner.expect("executionReport")).execType).toBe(ExecType.Canceled);
    }
    await owner.close();
  });

  test("clients that vanish in the middle of their logon leave nothing that blocks the next one", async () => {
    const name = freshName();
    let nextId = 1;
    for (let round = 0; round < 30; round++) {
      const hasty = await RawClient.connect(round % 2 === 0 ? "tcp" : "ws", venue.ports);
      hasty.send({ logon: { session: name } });
      if (round % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      hasty.destroy();
      const next = await logOnWhenFree(round % 4 < 2 ? "tcp" : "ws", name);
      const orders = TRADED.map((instrumentId) => buy(nextId++, 10, 1, { instrumentId }));
      next.send(...orders);
      const answers = await next.take(orders.length, 3000);
      expect(answers, "every engine knows the session").toHaveLength(orders.length);
      await settleEverywhere(next);
      next.destroy();
    }
  });

  /** A connection that has vanished may hold its name for a moment. */
  async function logOnWhenFree(wire: Wire, name: string): Promise<RawClient> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const client = await RawClient.connect(wire, venue.ports);
      client.send({ logon: { session: name } });
      const { frame } = await client.next();
      if (frame === "logonAccepted") return client;
      expect((await client.expectClosed()).reason).toBe(LogoutReason.SessionInUse);
    }
    throw new Error("the name is never free");
  }
});

function tradeIds(watcher: RawClient, instrumentId: number): number[] {
  const trades = watcher.all("trade").filter((trade) => trade.instrumentId === instrumentId);
  return trades.map(({ tradeId }) => tradeId);
}

/** Waits until every engine has answered all that the client has asked. */
async function settleEverywhere(client: RawClient): Promise<void> {
  client.send({ massCancel: { clientOrderId: 4711, side: Side.Unspecified, instrumentId: 0 } });
  while ((await client.skipTo("massCancelReport")).clientOrderId !== 4711);
}

function reportsOf(client: RawClient, from: number): Report[] {
  return client.received.slice(from).flatMap((frame) => (frame.executionReport as Report | null | undefined) ?? []);
}

/** Every trade is told to its two sides with the same terms. */
function expectBothSides(trades: readonly Report[]): void {
  const byId = new Map<number, Report[]>();
  for (const trade of trades) byId.set(trade.tradeId, [...(byId.get(trade.tradeId) ?? []), trade]);
  for (const [first, second, ...more] of byId.values()) {
    expect(more).toEqual([]);
    expect(first).toMatchObject({ lastPx: second?.lastPx, lastQty: second?.lastQty });
    expect(new Set([first?.side, second?.side])).toEqual(new Set([Side.Buy, Side.Sell]));
  }
}

/** What one session hears of one engine is in the engine's order, without a hole. */
function expectOrder(frames: readonly ServerFrame[]): void {
  const last = new Map<number, FrameOf<"businessReject">>();
  for (const { executionReport, businessReject } of frames) {
    const answer = (executionReport ?? businessReject) as FrameOf<"businessReject"> | null | undefined;
    if (!answer) continue;
    const before = last.get(answer.engine);
    expect(answer.sessionSequence).toBe((before?.sessionSequence ?? answer.sessionSequence - 1) + 1);
    expect(answer.sequenceNumber).toBeGreaterThanOrEqual(before?.sequenceNumber ?? 0);
    expect(answer.transactTime).toBeGreaterThanOrEqual(before?.transactTime ?? 0);
    last.set(answer.engine, answer);
  }
}
