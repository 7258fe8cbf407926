/**
 * Market data of one gateway against a naive engine: subscribers come and go at any moment, the book changes while
 * snapshots are under way, and turns end whenever they like. At the end every subscriber has the engine's book.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import protobuf from "protobufjs/minimal.js";
import { fairlead } from "../../protocol/codec/cold-codec.ts";
import { Channel, ExecType, Phase, RejectReason, Side } from "../../protocol/codes.ts";
import { createDurableSequence } from "../../protocol/durable-sequence.ts";
import { CMD_HEAD, CMD_INSTRUMENT_ID, CommandKind, RECORD_BYTES } from "../../protocol/record/command-record.ts";
import {
  EVT_DETAIL,
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEVEL_ORDER_COUNT,
  EVT_LEVEL_QTY,
  EVT_PREV_LEVEL_QTY,
  EVT_PRICE,
  EVT_TIME,
  EVT_TRADE_ID,
  EVT_UNTIL,
  EventFlag,
  EventKind,
  eventDetail,
  eventHead,
} from "../../protocol/record/event-record.ts";
import { createDoorbell } from "../../protocol/ring/doorbell.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { CounterWriter, createCounterPage } from "../../protocol/telemetry/counters.ts";
import { ControlCommands } from "../control-commands.ts";
import { EngineLane } from "../engine-lane.ts";
import { GATEWAY_COUNTERS } from "../gateway-counters.ts";
import { FlushList } from "../session/flush-list.ts";
import { OrderSession, SessionState } from "../session/order-session.ts";
import { SessionControl } from "../session/session-control.ts";
import { BookFollower, LevelMap } from "../testing/book-follower.ts";
import type { Transport } from "../transport/transport.ts";
import { MarketData } from "./market-data.ts";

const INSTRUMENT = 7;
const MAX_SUBSCRIPTIONS = 2;

/** A client that reads everything at once. */
class Subscriber implements Transport {
  readonly description = "test";
  readonly session: OrderSession;
  readonly frames: fairlead.v1.ServerFrame[] = [];
  follower = new BookFollower(INSTRUMENT);

  constructor(connection: number) {
    this.session = new OrderSession(connection, this, "binary", 1, 0);
    this.session.state = SessionState.Active;
  }

  queuedBytes(): number {
    return 0;
  }

  send(bytes: Uint8Array): void {
    const reader = protobuf.Reader.create(bytes.slice());
    while (reader.pos < reader.len) {
      const frame = fairlead.v1.ServerFrame.decodeDelimited(reader);
      this.frames.push(frame);
      this.follower.read(frame);
    }
  }

  sendText(): void {
    throw new Error("not over JSON");
  }

  close(): void {}
}

/** An event on its way from the engine to the gateway: what it does when it arrives. */
type Arrival = () => void;

/** The gateway's market data, and as much of an engine as it sees. */
class Rig {
  readonly marketData: MarketData;
  readonly subscribers = Array.from({ length: 4 }, (_, n) => new Subscriber(n + 1));
  readonly book = new LevelMap();
  readonly tradeIds: number[] = [];
  phase: Phase = Phase.Continuous;
  /** Of this phase, as far as the gateway has been told. */
  indicatedPrice: number | undefined;
  followCount = 0;
  isFollowed = false;
  readonly #flushList: FlushList;
  readonly #commands: RingConsumer;
  readonly #arrivals: Arrival[] = [];
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;

  constructor() {
    const commandRing = createRing(64);
    const lane = new EngineLane({
      engine: 0,
      commandRing,
      eventRing: createRing(64),
      engineDoorbell: createDoorbell(),
      durableSequence: createDurableSequence(),
      startsAfter: 0,
    });
    this.#commands = new RingConsumer(commandRing);
    const counters = new CounterWriter(createCounterPage(GATEWAY_COUNTERS.length));
    this.#flushList = new FlushList(counters, 2 ** 30, () => {});
    const engineOfInstrument = new Map([INSTRUMENT, 8, 9].map((instrumentId) => [instrumentId, 0]));
    this.marketData = new MarketData(
      { engineOfInstrument, maxSubscriptions: MAX_SUBSCRIPTIONS },
      new SessionControl([lane], new ControlCommands([lane])),
      this.#flushList,
    );
    const record = new ArrayBuffer(RECORD_BYTES);
    this.#i32 = new Int32Array(record);
    this.#f64 = new Float64Array(record);
  }

  subscriber(index: number): Subscriber {
    return this.subscribers[index] as Subscriber;
  }

  /** The engine takes the commands that have come. */
  engineStep(): void {
    const { i32 } = this.#commands;
    for (let base = this.#commands.poll(); base !== EMPTY; base = this.#commands.poll()) {
      if (i32[base + CMD_INSTRUMENT_ID] !== INSTRUMENT) continue;
      this.isFollowed = ((i32[base + CMD_HEAD] as number) & 0xff) === CommandKind.FollowBook;
      if (this.isFollowed) this.#snapshot();
    }
    this.#commands.release();
  }

  #snapshot(): void {
    this.followCount += 1;
    for (const side of [Side.Buy, Side.Sell]) {
      for (const price of this.book.prices(side)) {
        const { qty, orderCount } = this.book.get(side, price);
        this.#arrivals.push(() => {
          this.#writeLevel(EventKind.SnapshotLevel, side, price, qty, orderCount, 0);
          this.marketData.snapshotLevel(this.#i32, this.#f64, 0);
        });
      }
    }
    const { phase } = this;
    this.indicatedPrice = undefined;
    this.#arrivals.push(() => {
      this.#writeLevel(EventKind.SnapshotEnd, 0, phase, 0, 0, 0);
      this.marketData.snapshotEnd(this.#i32, this.#f64, 0);
    });
  }

  changePhase(phase: Phase, until: number): void {
    this.phase = phase;
    this.indicatedPrice = undefined;
    if (!this.isFollowed) return;
    this.#arrivals.push(() => {
      this.#writeLevel(EventKind.PhaseChanged, 0, phase, 0, 0, 0);
      this.#f64[EVT_UNTIL] = until;
      this.marketData.phaseChanged(this.#i32, this.#f64, 0);
    });
  }

  indicate(price: number, qty: number, imbalance: number): void {
    if (!this.isFollowed) return;
    this.indicatedPrice = price;
    this.#arrivals.push(() => {
      this.#writeLevel(EventKind.Indication, Side.Sell, price, qty, 0, 0);
      this.#f64[EVT_PREV_LEVEL_QTY] = imbalance;
      this.marketData.indicated(this.#i32, this.#f64, 0);
    });
  }

  amend(tradeId: number, execType: ExecType): void {
    if (!this.isFollowed) return;
    this.#arrivals.push(() => {
      this.#writeLevel(EventKind.TradeAmended, 0, 0, 0, 0, 0);
      this.#i32[EVT_HEAD] = eventHead(EventKind.TradeAmended, execType, 0, 0);
      this.#f64[EVT_TRADE_ID] = tradeId;
      this.#i32[EVT_LAST_PX] = 101;
      this.#i32[EVT_LAST_QTY] = 3;
      this.#f64[EVT_TIME] = 5;
      this.marketData.tradeAmended(this.#i32, this.#f64, 0);
    });
  }

  /** A trade of which the resting order was hidden, or that an auction made: no level need change with it. */
  publicTrade(side: Side, extraFlags: number): void {
    const tradeId = this.tradeIds.length + 1;
    this.tradeIds.push(tradeId);
    if (!this.isFollowed) return;
    const flags = EventFlag.PublicTrade | extraFlags;
    this.#arrivals.push(() => {
      this.#writeLevel(EventKind.ExecutionReport, side, 100, 0, 0, flags);
      this.#f64[EVT_TRADE_ID] = tradeId;
      this.#i32[EVT_LAST_PX] = 100;
      this.#i32[EVT_LAST_QTY] = 1;
      this.marketData.bookChanged(this.#i32, this.#f64, 0, flags);
    });
  }

  /** The level has changed on the engine, by a trade or without. */
  change(side: number, price: number, qty: number, isTrade: boolean): void {
    const orderCount = Math.min(qty, 3);
    this.book.set(side, price, qty, orderCount);
    const tradeId = this.tradeIds.length + 1;
    if (isTrade) this.tradeIds.push(tradeId);
    if (!this.isFollowed) return;
    const flags = EventFlag.LevelChanged | (isTrade ? EventFlag.PublicTrade : 0);
    this.#arrivals.push(() => {
      this.#writeLevel(EventKind.ExecutionReport, side, price, qty, orderCount, flags);
      this.#f64[EVT_TRADE_ID] = tradeId;
      this.#i32[EVT_LAST_PX] = price;
      this.#i32[EVT_LAST_QTY] = 1;
      this.marketData.bookChanged(this.#i32, this.#f64, 0, flags);
    });
  }

  #writeLevel(kind: EventKind, side: number, price: number, qty: number, orderCount: number, flags: number): void {
    this.#f64.fill(0);
    this.#i32[EVT_HEAD] = eventHead(kind, 0, 0, side);
    this.#i32[EVT_DETAIL] = eventDetail(0, 0, 0, flags);
    this.#i32[EVT_INSTRUMENT_ID] = INSTRUMENT;
    this.#i32[EVT_PRICE] = price;
    this.#f64[EVT_LEVEL_QTY] = qty;
    this.#i32[EVT_LEVEL_ORDER_COUNT] = orderCount;
  }

  /** The gateway takes some of the events that are there. */
  deliver(count: number): void {
    for (const arrive of this.#arrivals.splice(0, count)) arrive();
  }

  endTurn(): void {
    this.marketData.publish();
    this.#flushList.flush(0);
  }

  /** Until nothing is under way any more. */
  settle(): void {
    for (let round = 0; round < 3; round++) {
      this.engineStep();
      this.deliver(Infinity);
      this.endTurn();
    }
  }
}

type Step = (rig: Rig) => void;

const subscriberIndex = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom(...Object.values(Phase)).map(
      (phase): Step =>
        (rig) =>
          rig.changePhase(phase, 0),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 8 }).map(
      (price): Step =>
        (rig) =>
          rig.indicate(price, 1, 0),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(Side.Buy, Side.Sell), fc.integer({ min: 1, max: 8 }), fc.nat({ max: 4 }), fc.boolean())
      .map(
        ([side, price, qty, isTrade]): Step =>
          (rig) =>
            rig.change(side, price, qty, isTrade),
      ),
  },
  {
    weight: 2,
    arbitrary: subscriberIndex.map((n): Step => (rig) => {
      rig.marketData.subscribe(rig.subscriber(n).session, { instrumentId: INSTRUMENT });
    }),
  },
  {
    weight: 1,
    arbitrary: subscriberIndex.map((n): Step => (rig) => {
      const { session } = rig.subscriber(n);
      if (!session.subscriptions.has(INSTRUMENT)) return;
      rig.marketData.unsubscribe(session, { instrumentId: INSTRUMENT });
    }),
  },
  {
    weight: 1,
    arbitrary: subscriberIndex.map(
      (n): Step =>
        (rig) =>
          rig.marketData.unsubscribeAll(rig.subscriber(n).session),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((rig) => rig.engineStep()) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: 10 }).map(
      (count): Step =>
        (rig) =>
          rig.deliver(count),
    ),
  },
  { weight: 3, arbitrary: fc.constant<Step>((rig) => rig.endTurn()) },
);

const amend: Step = (rig) => {
  rig.amend(8, ExecType.TradeBusted);
  rig.amend(9, ExecType.TradeCorrected);
};

const quietTrades: Step = (rig) => {
  rig.publicTrade(Side.Sell, 0);
  rig.publicTrade(Side.Buy, EventFlag.Auction);
};

/** The frames that come after the subscription has begun. */
function framesOf(channel: Channel, act: Step): fairlead.v1.ServerFrame[] {
  const rig = new Rig();
  const { session, frames } = rig.subscriber(0);
  rig.marketData.subscribe(session, { instrumentId: INSTRUMENT, channels: [channel] });
  rig.settle();
  const from = frames.length;
  act(rig);
  rig.settle();
  return frames.slice(from);
}

describe("market data of a gateway", () => {
  test("whoever is subscribed has the engine's book and its best prices", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const rig = new Rig();
        for (const act of steps) act(rig);
        rig.settle();
        for (const { session, follower } of rig.subscribers) {
          if (!session.subscriptions.has(INSTRUMENT)) continue;
          expect(follower.book.lines()).toEqual(rig.book.lines());
          expect(follower.best).toBe(rig.book.best());
          expect(follower.phase).toBe(rig.phase);
          expect(follower.indicatedPrice).toBe(rig.indicatedPrice);
        }
        const isWanted = rig.subscribers.some(({ session }) => session.subscriptions.has(INSTRUMENT));
        expect(rig.isFollowed, "the engine is asked for what somebody wants, and no more").toBe(isWanted);
        expect(rig.marketData.subscriptionCount).toBe(
          rig.subscribers.reduce((sum, { session }) => sum + session.subscriptions.size, 0),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("a subscriber misses no trade and hears none twice, however often it subscribes again", () => {
    const noise = fc.array(step, { maxLength: 80 });
    fc.assert(
      fc.property(noise, (steps) => {
        const rig = new Rig();
        const steady = new Subscriber(99);
        rig.marketData.subscribe(steady.session, { instrumentId: INSTRUMENT, channels: [Channel.Trades] });
        rig.settle();
        const before = rig.tradeIds.length;
        for (const [n, act] of steps.entries()) {
          act(rig);
          if (n % 7 === 0) rig.marketData.subscribe(steady.session, { instrumentId: INSTRUMENT });
        }
        rig.settle();
        expect(steady.follower.tradeIds).toEqual(rig.tradeIds.slice(before));
      }),
      { numRuns: 500 },
    );
  });

  test("the engine is asked once, however many subscribe before it has answered", () => {
    const rig = new Rig();
    rig.change(Side.Buy, 5, 2, false);
    for (const { session } of rig.subscribers) rig.marketData.subscribe(session, { instrumentId: INSTRUMENT });
    rig.endTurn();
    expect(rig.subscribers.flatMap(({ frames }) => frames)).toEqual([]);
    rig.settle();
    expect(rig.followCount).toBe(1);
    for (const { follower } of rig.subscribers) expect(follower.book.lines()).toEqual(["bid 5: 2 x 2"]);
  });

  test("changes of a turn are told once, as they are at its end", () => {
    const rig = new Rig();
    const one = rig.subscriber(0);
    rig.marketData.subscribe(one.session, { instrumentId: INSTRUMENT, channels: [Channel.Book] });
    rig.settle();
    const from = one.frames.length;
    for (const qty of [1, 2, 3]) rig.change(Side.Sell, 9, qty, false);
    rig.change(Side.Sell, 8, 1, false);
    rig.change(Side.Sell, 8, 0, false);
    rig.settle();
    const [delta, ...more] = one.frames.slice(from);
    expect(more).toEqual([]);
    expect(delta?.bookDelta).toMatchObject({
      sequenceNumber: 1,
      changes: [
        { side: Side.Sell, price: 9, qty: 3, orderCount: 3 },
        { side: Side.Sell, price: 8, qty: 0, orderCount: 0 },
      ],
    });
  });

  test.each([
    [[Channel.Book], ["instrumentStatus", "bookSnapshot", "bookDelta"]],
    [[Channel.Trades], ["trade"]],
    [[Channel.BestBidOffer], ["bestBidOffer", "bestBidOffer"]],
    [[], ["instrumentStatus", "bookSnapshot", "bestBidOffer", "trade", "bookDelta", "bestBidOffer"]],
  ])("channels %j are these frames: %j", (channels, kinds) => {
    const rig = new Rig();
    const one = rig.subscriber(0);
    rig.marketData.subscribe(one.session, { instrumentId: INSTRUMENT, channels });
    rig.settle();
    rig.change(Side.Buy, 5, 1, true);
    rig.settle();
    expect(one.frames.map(({ frame }) => frame)).toEqual(kinds);
  });

  test("a change of phase is told to followers of the book, with the time at which it ends", () => {
    const until = 1_700_000_000_000_001;
    const change: Step = (rig) => rig.changePhase(Phase.VolatilityPause, until);
    expect(framesOf(Channel.Book, change)).toEqual([
      { instrumentStatus: { instrumentId: INSTRUMENT, phase: Phase.VolatilityPause, until } },
    ]);
    expect(framesOf(Channel.Trades, change)).toEqual([]);
    expect(framesOf(Channel.BestBidOffer, change)).toEqual([]);
  });

  test("what an auction does to the book is told before the phase that follows it", () => {
    const frames = framesOf(Channel.Book, (rig) => {
      rig.change(Side.Buy, 5, 1, false);
      rig.indicate(5, 1, 0);
      rig.changePhase(Phase.Continuous, 0);
      rig.change(Side.Buy, 5, 0, false);
    });
    expect(frames.map(({ frame }) => frame)).toEqual([
      "bookDelta",
      "auctionIndication",
      "instrumentStatus",
      "bookDelta",
    ]);
  });

  test("of the indications of a turn the last one is told, and repeated to who joins later", () => {
    const rig = new Rig();
    const [one, two] = [rig.subscriber(0), rig.subscriber(1)];
    rig.changePhase(Phase.OpeningAuction, 0);
    rig.marketData.subscribe(one.session, { instrumentId: INSTRUMENT, channels: [Channel.Book] });
    rig.settle();
    for (const price of [3, 4, 6]) rig.indicate(price, 7, 2);
    rig.settle();
    rig.marketData.subscribe(two.session, { instrumentId: INSTRUMENT, channels: [Channel.Book] });
    rig.settle();
    const indication = { instrumentId: INSTRUMENT, price: 6, qty: 7, imbalance: 2, imbalanceSide: Side.Sell };
    expect(one.frames.slice(2)).toEqual([{ auctionIndication: indication }]);
    expect(two.frames.map(({ frame }) => frame)).toEqual(["instrumentStatus", "bookSnapshot", "auctionIndication"]);
    expect(two.frames[0]?.instrumentStatus).toEqual({ instrumentId: INSTRUMENT, phase: Phase.OpeningAuction });
  });

  test("amendments follow the trades", () => {
    const terms = { instrumentId: INSTRUMENT, price: 101, qty: 3, transactTime: 5 };
    expect(framesOf(Channel.Trades, amend)).toEqual([
      { tradeAmendment: { ...terms, tradeId: 8, busted: true } },
      { tradeAmendment: { ...terms, tradeId: 9 } },
    ]);
    expect(framesOf(Channel.Book, amend)).toEqual([]);
  });

  test("a trade of a hidden order changes no level, and one of an auction has no aggressor", () => {
    expect(framesOf(Channel.Trades, quietTrades).map((frame) => frame.trade?.aggressorSide ?? 0)).toEqual([
      Side.Buy,
      Side.Unspecified,
    ]);
    expect(framesOf(Channel.Book, quietTrades)).toEqual([]);
  });

  test("a book that is crossed while orders collect is told as it is", () => {
    const rig = new Rig();
    const one = rig.subscriber(0);
    rig.marketData.subscribe(one.session, { instrumentId: INSTRUMENT });
    rig.settle();
    rig.change(Side.Buy, 9, 1, false);
    rig.change(Side.Sell, 5, 2, false);
    rig.settle();
    expect(one.follower.best).toBe("9: 1 / 5: 2");
    expect(one.follower.book.lines()).toEqual(["bid 9: 1 x 1", "offer 5: 2 x 2"]);
  });

  test("a change away from the best prices is no news of them", () => {
    const rig = new Rig();
    const one = rig.subscriber(0);
    rig.change(Side.Buy, 5, 1, false);
    rig.marketData.subscribe(one.session, { instrumentId: INSTRUMENT, channels: [Channel.BestBidOffer] });
    rig.settle();
    rig.change(Side.Buy, 4, 1, false);
    rig.settle();
    expect(one.frames).toHaveLength(1);
    expect(one.follower.best).toBe("5: 1 / 0: 0");
  });

  test("a long book comes in several frames of one snapshot", () => {
    const rig = new Rig();
    for (let price = 1; price <= 1201; price++) rig.change(Side.Buy, price, 1, false);
    for (let price = 1300; price <= 1400; price++) rig.change(Side.Sell, price, 1, false);
    const one = rig.subscriber(0);
    rig.marketData.subscribe(one.session, { instrumentId: INSTRUMENT, channels: [Channel.Book] });
    rig.settle();
    const [, ...snapshot] = one.frames;
    const sizes = snapshot.map(({ bookSnapshot }) => [bookSnapshot?.bids?.length, bookSnapshot?.offers?.length]);
    expect(sizes).toEqual([
      [500, 101],
      [500, 0],
      [201, 0],
    ]);
    expect(snapshot.map(({ bookSnapshot }) => bookSnapshot?.last)).toEqual([false, false, true]);
    expect(one.follower.book.lines()).toEqual(rig.book.lines());
  });

  test("what cannot be subscribed or unsubscribed is rejected", () => {
    const rig = new Rig();
    const { session, frames } = rig.subscriber(0);
    rig.marketData.unsubscribe(session, { instrumentId: INSTRUMENT });
    rig.marketData.subscribe(session, { instrumentId: 4242 });
    for (const instrumentId of [7, 8, 9, 8]) rig.marketData.subscribe(session, { instrumentId });
    rig.endTurn();
    expect(frames.map(({ businessReject }) => [businessReject?.rejectReason, businessReject?.instrumentId])).toEqual([
      [RejectReason.NotSubscribed, INSTRUMENT],
      [RejectReason.UnknownInstrument, 4242],
      [RejectReason.TooManySubscriptions, 9],
    ]);
    rig.marketData.unsubscribe(session, { instrumentId: 8 });
    rig.marketData.subscribe(session, { instrumentId: 9 });
    rig.endTurn();
    expect(frames).toHaveLength(3);
  });
});
