/** Market data of a running venue against the books that the reports of all its sessions imply. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RejectReason, RequestType, Side, TimeInForce } from "../../protocol/codes.ts";
import { BookFollower, LevelMap } from "../testing/book-follower.ts";
import { cancel, limit, replace } from "../testing/order-frames.ts";
import { type ClientFrame, type FrameOf, type RawClient, type Wire, WIRES, logOn } from "../testing/raw-client.ts";
import { type Random, seededRandom } from "../testing/seeded-random.ts";
import { type ServerProcess, startVenue } from "../testing/server-process.ts";

/** The third example instrument stays quiet: traders settle with it. */
const INSTRUMENT_IDS = [1, 2];
const TRADERS = 4;
const ROUNDS = 12;

/** A session that watches, and what it has made of what it was sent. */
class Watcher {
  readonly client: RawClient;
  readonly followers = INSTRUMENT_IDS.map((instrumentId) => new BookFollower(instrumentId));
  #read = 0;

  constructor(client: RawClient) {
    this.client = client;
  }

  static async join(wire: Wire, venue: ServerProcess): Promise<Watcher> {
    const watcher = new Watcher(await logOn(wire, venue.ports, ""));
    watcher.subscribe();
    return watcher;
  }

  subscribe(): void {
    this.client.send(...INSTRUMENT_IDS.map((instrumentId) => ({ subscribe: { instrumentId } })));
  }

  /** Reads on until it has a book of every instrument. */
  async begun(): Promise<void> {
    await this.client.until(() => {
      this.#readAll();
      return this.followers.every(({ snapshotCount }) => snapshotCount > 0);
    });
  }

  /** Reads on until it has these books and best prices; what it then has is for the test to check. */
  async catchUp(books: readonly LevelMap[], tradeIds: readonly (readonly number[])[] | undefined): Promise<void> {
    const isThere = (): boolean => {
      this.#readAll();
      return this.followers.every((follower, n) => {
        const book = books[n] as LevelMap;
        const hasTrades = tradeIds === undefined || follower.tradeIds.length >= (tradeIds[n]?.length ?? 0);
        return hasTrades && follower.best === book.best() && follower.book.lines().join() === book.lines().join();
      });
    };
    await this.client.until(isThere, 5000).catch(() => {});
  }

  #readAll(): void {
    for (; this.#read < this.client.received.length; this.#read++) {
      const frame = this.client.received[this.#read];
      if (frame !== undefined) for (const follower of this.followers) follower.read(frame);
    }
  }
}

/** The books as the reports tell them: every order as its last report left it. */
class ReportedBooks {
  readonly #orders = new Map<number, FrameOf<"executionReport">>();
  readonly #trades = new Map<number, Set<number>>(INSTRUMENT_IDS.map((instrumentId) => [instrumentId, new Set()]));

  read(report: FrameOf<"executionReport">): void {
    if (report.orderId !== 0) this.#orders.set(report.orderId, report);
    if (report.tradeId !== 0) this.#trades.get(report.instrumentId)?.add(report.tradeId);
  }

  books(): LevelMap[] {
    return INSTRUMENT_IDS.map((instrumentId) => {
      const book = new LevelMap();
      for (const order of this.#orders.values()) {
        if (order.instrumentId !== instrumentId || order.leavesQty === 0) continue;
        const { qty, orderCount } = book.get(order.side, order.price);
        book.set(order.side, order.price, qty + order.leavesQty, orderCount + 1);
      }
      return book;
    });
  }

  /** Of each instrument, ascending. */
  tradeIds(): number[][] {
    return INSTRUMENT_IDS.map((instrumentId) => [...(this.#trades.get(instrumentId) ?? [])].toSorted((a, b) => a - b));
  }
}

class OrderFlow {
  readonly #random: Random;
  #lastId = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Mostly orders near a price of 100, so that many trade; the rest changes what came before. */
  next(): ClientFrame {
    const random = this.#random;
    this.#lastId += 1;
    const fields = { instrumentId: INSTRUMENT_IDS[random(INSTRUMENT_IDS.length)] ?? 1 };
    const price = 90 + random(21);
    const earlier = Math.max(1, this.#lastId - 1 - random(60));
    const kind = random(20);
    if (kind < 4) return cancel(earlier, fields);
    if (kind < 8) return replace(earlier, price, 1 + random(12), fields);
    if (kind === 8) return { massCancel: { ...fields, clientOrderId: 1, side: random(3) as Side } };
    const timeInForce = kind < 11 ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
    const side = random(2) === 0 ? Side.Buy : Side.Sell;
    return limit(this.#lastId, side, price, 1 + random(9), { ...fields, timeInForce });
  }
}

describe.each([
  { gateways: 1, engines: 1 },
  { gateways: 2, engines: 2 },
])("$gateways gateways and $engines engines", ({ gateways, engines }) => {
  let venue: ServerProcess;
  const clients: RawClient[] = [];

  beforeAll(async () => {
    venue = await startVenue(["--gateways", String(gateways), "--engines", String(engines)]);
  });

  afterAll(async () => {
    for (const client of clients) client.destroy();
    await venue?.stop();
  });

  function keep<T extends RawClient>(client: T): T {
    clients.push(client);
    return client;
  }

  async function join(n: number): Promise<Watcher> {
    const watcher = await Watcher.join(WIRES[n % WIRES.length] as Wire, venue);
    keep(watcher.client);
    return watcher;
  }

  test("subscribers that come and go under random flow always have the book that the reports imply", async () => {
    const random = seededRandom(gateways * 100 + engines);
    const reported = new ReportedBooks();
    const first = await join(0);
    await first.catchUp(reported.books(), undefined);
    const watchers = [first];
    const traders = await Promise.all(
      Array.from({ length: TRADERS }, async (_, n) => keep(await logOn(WIRES[n % 3] as Wire, venue.ports, `md-${n}`))),
    );
    const flows = traders.map((_, n) => new OrderFlow(n));
    const read = traders.map(() => 0);
    for (let round = 0; round < ROUNDS; round++) {
      for (let burst = 0; burst < 5; burst++) {
        traders.forEach((trader, n) => {
          trader.send(...Array.from({ length: 1 + random(20) }, () => (flows[n] as OrderFlow).next()));
        });
        if (random(2) === 0) watchers.push(await join(random(3)));
        if (random(2) === 0) watchers[random(watchers.length)]?.subscribe();
        if (random(3) === 0 && watchers.length > 2)
          await watchers.splice(1 + random(watchers.length - 1), 1)[0]?.client.close();
      }
      // Twice: what one of them did last may be reported to another that had settled before.
      for (let again = 0; again < 2; again++) for (const trader of traders) await settle(trader, engines);
      traders.forEach((trader, n) => {
        for (const { executionReport } of trader.received.slice(read[n])) {
          if (executionReport) reported.read(executionReport as FrameOf<"executionReport">);
        }
        read[n] = trader.received.length;
      });
      const books = reported.books();
      for (const watcher of watchers) {
        await watcher.catchUp(books, watcher === first ? reported.tradeIds() : undefined);
        expect(watcher.followers.map(({ book }) => book.lines())).toEqual(books.map((book) => book.lines()));
        expect(watcher.followers.map(({ best }) => best)).toEqual(books.map((book) => book.best()));
      }
      expect(first.followers.map(({ tradeIds }) => tradeIds)).toEqual(reported.tradeIds());
    }
    expect(reported.tradeIds().flat().length).toBeGreaterThan(200);
  });

  test("a storm of subscriptions ends with the book, and nobody else misses anything", async () => {
    const [steady, stormy] = [await join(1), await join(0)];
    await steady.begun();
    const trader = keep(await logOn("tcp", venue.ports, "storm"));
    const expected = steady.followers.map(({ book }) => book.copy());
    for (let n = 0; n < 300; n++) {
      const instrumentId = INSTRUMENT_IDS[n % 2] ?? 1;
      stormy.client.send(
        { unsubscribe: { instrumentId } },
        { subscribe: { instrumentId } },
        { subscribe: { instrumentId } },
      );
      // Below everything that rests there.
      const price = 1 + (n % 50);
      trader.send(limit(n + 1, Side.Buy, price, 2, { instrumentId }));
      const level = expected[n % 2]?.get(Side.Buy, price);
      expected[n % 2]?.set(Side.Buy, price, (level?.qty ?? 0) + 2, (level?.orderCount ?? 0) + 1);
    }
    await settle(trader, engines);
    for (const watcher of [steady, stormy]) {
      await watcher.catchUp(expected, undefined);
      expect(watcher.followers.map(({ book }) => book.lines())).toEqual(expected.map((book) => book.lines()));
    }
    expect(stormy.client.all("businessReject")).toEqual([]);
  });

  test("what cannot be subscribed or unsubscribed is rejected", async () => {
    const client = keep(await logOn("ws", venue.ports, ""));
    client.send({ unsubscribe: { instrumentId: 1 } }, { subscribe: { instrumentId: 99 } });
    expect(await client.expect("businessReject")).toMatchObject({
      requestType: RequestType.Unsubscribe,
      rejectReason: RejectReason.NotSubscribed,
    });
    expect(await client.expect("businessReject")).toMatchObject({
      requestType: RequestType.Subscribe,
      rejectReason: RejectReason.UnknownInstrument,
      instrumentId: 99,
    });
  });
});

/** Until every engine has answered: the engines of the instruments that are traded, and that of the quiet one. */
async function settle(trader: RawClient, engines: number): Promise<void> {
  const requests = engines === 1 ? [] : INSTRUMENT_IDS;
  for (const instrumentId of requests) {
    // A cancel of nothing: its rejection comes behind all that the engine did before.
    trader.send(cancel(0, { clientOrderId: 2 ** 40 + instrumentId, instrumentId }));
    while ((await trader.skipTo("businessReject")).clientOrderId !== 2 ** 40 + instrumentId);
  }
  await trader.settle();
}
