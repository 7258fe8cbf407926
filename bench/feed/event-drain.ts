/**
 * Reads what an engine publishes, in whatever thread: every event is looked at, trades are verified and summed up in the
 * checksum of the flows. A pass ends with the summary of a mass cancel that is named END_OF_PASS, which the feed asks for when
 * its rows are done; so the end of a pass is in the stream itself.
 */
import { ExecType } from "../../protocol/codes.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEAVES_QTY,
  EVT_LEVEL_ORDER_COUNT,
  EVT_LEVEL_QTY,
  EVT_ORDER_ID,
  EVT_ORDER_QTY,
  EVT_SEQUENCE,
  EVT_SESSION_SEQUENCE,
  EVT_TIME,
  EventFlag,
  EventKind,
} from "../../protocol/record/event-record.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { nextChecksum } from "../book/reference-book.ts";

/** Client order id of the mass cancel that ends a pass. */
export const END_OF_PASS = 2 ** 50;

const PUBLIC_TRADE = EventFlag.PublicTrade << 24;
const AUCTION = EventFlag.Auction << 24;
/** Slots go back to the engine after so many, that it does not run out of them. */
const MAX_RELEASE = 256;

/** What one pass made. */
export interface PassTally {
  readonly eventCount: number;
  readonly tradeCount: number;
  /** Of these, made by an auction. */
  readonly auctionTradeCount: number;
  /** Over the trades, as the flow's reference computes it. */
  readonly checksum: number;
  /** Reports by ExecType. */
  readonly reportCounts: readonly number[];
  /** Operator commands that were refused, and requests that were. */
  readonly refusedCount: number;
  /** Orders that the mass cancel at the end of the pass canceled. */
  readonly canceledAtEnd: number;
  /** Events that contradict those before them: must be 0. */
  readonly faultCount: number;
  /** Of every field that was looked at; keeps the reading from being optimized away. */
  readonly fieldSum: number;
}

const EXEC_TYPE_COUNT = 1 + Math.max(...Object.values(ExecType));

export class EventDrain {
  readonly #events: RingConsumer;
  readonly #reportCounts = new Int32Array(EXEC_TYPE_COUNT);
  readonly #tallies: PassTally[] = [];
  #eventCount = 0;
  #tradeCount = 0;
  #auctionTradeCount = 0;
  #checksum = 0;
  #refusedCount = 0;
  #faultCount = 0;
  #fieldSum = 0;
  #sequence = 0;
  /** The resting order of a trade whose aggressor's report comes next; 0: none. */
  #restingOrder = 0;
  #lastPx = 0;
  #lastQty = 0;

  constructor(eventRing: SharedArrayBuffer) {
    this.#events = new RingConsumer(eventRing);
  }

  /** Of the passes that ended. */
  get tallies(): readonly PassTally[] {
    return this.#tallies;
  }

  /** Reads until so many passes have ended. */
  drainPasses(count: number): readonly PassTally[] {
    while (this.#tallies.length < count) this.poll();
    return this.#tallies;
  }

  /** Reads what is there, a limited number of events; returns how many. */
  poll(): number {
    const events = this.#events;
    let count = 0;
    while (count < MAX_RELEASE) {
      const base = events.poll();
      if (base === EMPTY) break;
      this.#read(events.i32, events.f64, base);
      count += 1;
    }
    if (count > 0) events.release();
    return count;
  }

  #read(i32: Int32Array, f64: Float64Array, base: number): void {
    const at = base >> 1;
    const head = i32[base + EVT_HEAD] as number;
    this.#eventCount += 1;
    this.#fieldSum =
      (this.#fieldSum +
        (i32[base + EVT_INSTRUMENT_ID] as number) +
        (i32[base + EVT_ORDER_QTY] as number) +
        (i32[base + EVT_LEAVES_QTY] as number) +
        (i32[base + EVT_SESSION_SEQUENCE] as number) +
        (i32[base + EVT_LEVEL_ORDER_COUNT] as number) +
        (f64[at + EVT_ORDER_ID] as number) +
        (f64[at + EVT_LEVEL_QTY] as number) +
        (f64[at + EVT_TIME] as number)) |
      0;
    const sequence = f64[at + EVT_SEQUENCE] as number;
    if (sequence < this.#sequence) this.#faultCount += 1;
    this.#sequence = sequence;
    if ((head & 0xff) === EventKind.ExecutionReport) this.#readReport(i32, f64, base, (head >> 8) & 0xff);
    else this.#readOther(i32, f64, base, head & 0xff);
  }

  #readReport(i32: Int32Array, f64: Float64Array, base: number, execType: number): void {
    this.#reportCounts[execType] = (this.#reportCounts[execType] as number) + 1;
    if (execType !== ExecType.Trade) return;
    const order = f64[(base >> 1) + EVT_CLIENT_ORDER_ID] as number;
    if (((i32[base + EVT_DETAIL] as number) & PUBLIC_TRADE) !== 0) {
      if (this.#restingOrder !== 0) this.#faultCount += 1;
      this.#restingOrder = order;
      this.#lastPx = i32[base + EVT_LAST_PX] as number;
      this.#lastQty = i32[base + EVT_LAST_QTY] as number;
      return;
    }
    const [px, qty] = [i32[base + EVT_LAST_PX] as number, i32[base + EVT_LAST_QTY] as number];
    if (this.#restingOrder === 0 || px !== this.#lastPx || qty !== this.#lastQty) this.#faultCount += 1;
    this.#checksum = nextChecksum(this.#checksum, this.#restingOrder, order, px, qty);
    this.#tradeCount += 1;
    if (((i32[base + EVT_DETAIL] as number) & AUCTION) !== 0) this.#auctionTradeCount += 1;
    this.#restingOrder = 0;
  }

  #readOther(i32: Int32Array, f64: Float64Array, base: number, kind: number): void {
    const reason = ((i32[base + EVT_DETAIL] as number) >> 16) & 0xff;
    if (kind === EventKind.MassCancelReport) {
      if (f64[(base >> 1) + EVT_CLIENT_ORDER_ID] === END_OF_PASS) this.#endPass(i32[base + EVT_ORDER_QTY] as number);
    } else if (kind === EventKind.BusinessReject || (kind === EventKind.OperatorReport && reason !== 0)) {
      this.#refusedCount += 1;
    }
  }

  #endPass(canceledAtEnd: number): void {
    this.#tallies.push({
      eventCount: this.#eventCount,
      tradeCount: this.#tradeCount,
      auctionTradeCount: this.#auctionTradeCount,
      checksum: this.#checksum,
      reportCounts: [...this.#reportCounts],
      refusedCount: this.#refusedCount + (this.#reportCounts[ExecType.Rejected] as number),
      canceledAtEnd,
      faultCount: this.#faultCount,
      fieldSum: this.#fieldSum,
    });
    this.#reportCounts.fill(0);
    this.#eventCount = 0;
    this.#tradeCount = 0;
    this.#auctionTradeCount = 0;
    this.#checksum = 0;
    this.#refusedCount = 0;
    this.#faultCount = 0;
  }
}
