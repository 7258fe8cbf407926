/**
 * Writes events: to the session that they are about, and, where they change the visible book, to every other gateway that
 * follows the instrument.
 *
 * `begin` opens a command; every event until the next `begin` carries that command's sequence and time. The first event to
 * the command's own session carries its receipt mark and stage stamps, all others have these cleared.
 *
 * A session's report is counted in its sequence whether or not anybody is connected to read it.
 */
import { OrderStatus, Side } from "../protocol/codes.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_GATEWAY_IN_NS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_RECEIVED_AT,
  CMD_SEQUENCE,
  CMD_TIME,
  CommandFlag,
} from "../protocol/record/command-record.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_CUM_QTY,
  EVT_DETAIL,
  EVT_GATEWAY_IN_NS,
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEAVES_QTY,
  EVT_LEVEL_ORDER_COUNT,
  EVT_LEVEL_QTY,
  EVT_ORDER_ID,
  EVT_ORDER_QTY,
  EVT_ORIG_CLIENT_ORDER_ID,
  EVT_PREV_LEVEL_ORDER_COUNT,
  EVT_PREV_LEVEL_QTY,
  EVT_PREV_PRICE,
  EVT_PRICE,
  EVT_RECEIVED_AT,
  EVT_RING_WAIT_NS,
  EVT_SEQUENCE,
  EVT_SESSION,
  EVT_SESSION_SEQUENCE,
  EVT_TIME,
  EVT_TRADE_ID,
  EventFlag,
  EventKind,
  NO_SESSION,
  RECORD_BYTES,
  eventDetail,
  eventHead,
} from "../protocol/record/event-record.ts";
import { ExecType, type LogoutReason, type RejectReason, type RequestType } from "../protocol/codes.ts";
import type { EventOutbox } from "./event-outbox.ts";
import type { OrderBook } from "./order-book.ts";
import type { OrderPool } from "./order-pool.ts";
import {
  NONE,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_SESSION,
  ORD_WORD,
  type OrderBase,
  isOpenStatus,
  wordStatus,
} from "./order-record.ts";
import {
  LVL_ORDER_COUNT,
  LVL_PRICE,
  LVL_TOTAL_QTY,
  type LevelBase,
  NO_LEVEL,
  type PriceLevels,
} from "./price-levels.ts";
import { NO_GATEWAY, type SessionTable } from "./session-table.ts";

const RECORD_I32 = RECORD_BYTES / 4;
const FLAGS_SHIFT = 24;
/** Status and side of an order word, which lie where an event's first word has them. */
const WORD_STATUS_AND_SIDE = 0x7f_ff_00_00;
const WORD_TYPE_AND_TIME_IN_FORCE = 0xff_ff;

/** Pairs of int32 fields, to clear two at once as a double. */
const LAST_PX_AND_QTY = EVT_LAST_PX >> 1;
const PREV_LEVEL_ORDER_COUNT_AND_GATEWAY_IN_NS = EVT_PREV_LEVEL_ORDER_COUNT >> 1;
const RING_WAIT_AND_MATCHING_NS = EVT_RING_WAIT_NS >> 1;

/** Places in the copy of what all events of a command share. */
const SEQUENCE = 0;
const TIME = 1;
const CLIENT_ORDER_ID = 2;
const ORIG_CLIENT_ORDER_ID = 3;
const RECEIVED_AT = 4;

export class EventWriter {
  readonly #outbox: EventOutbox;
  readonly #orderI32: Int32Array;
  readonly #orderF64: Float64Array;
  readonly #sessions: SessionTable;
  readonly #levelI32: Int32Array;
  readonly #levelF64: Float64Array;
  /** From the current command, see the places above. Sequence and time stay for the queries that follow it. */
  readonly #command: Float64Array;
  /** A copy for other gateways is made from here: claiming its slot may publish the original. */
  readonly #copy: Int32Array;
  #session: number;
  #gatewayInNs: number;
  /** Receipt and Stamped, until the event that carries them. */
  #stampFlags: number;
  /** Where the report that is being written goes, and who else follows its book. */
  #gateway: number;
  #otherFollowers: number;

  constructor(outbox: EventOutbox, orders: OrderPool, levels: PriceLevels, sessions: SessionTable) {
    this.#outbox = outbox;
    this.#orderI32 = orders.i32;
    this.#orderF64 = orders.f64;
    this.#sessions = sessions;
    this.#levelI32 = levels.i32;
    this.#levelF64 = levels.f64;
    this.#command = new Float64Array(5);
    this.#copy = new Int32Array(RECORD_I32);
    this.#session = NO_SESSION;
    this.#gatewayInNs = 0;
    this.#stampFlags = 0;
    this.#gateway = NO_GATEWAY;
    this.#otherFollowers = 0;
  }

  /** Sequence of the last command. */
  get sequence(): number {
    return this.#command[SEQUENCE] as number;
  }

  /** @param session The command's own, NO_SESSION when it has none. */
  begin(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const command = this.#command;
    const at = base >> 1;
    command[SEQUENCE] = f64[at + CMD_SEQUENCE] as number;
    command[TIME] = f64[at + CMD_TIME] as number;
    command[CLIENT_ORDER_ID] = f64[at + CMD_CLIENT_ORDER_ID] as number;
    command[ORIG_CLIENT_ORDER_ID] = f64[at + CMD_ORIG_CLIENT_ORDER_ID] as number;
    const flags =
      session === NO_SESSION ? 0 : (i32[base + CMD_FLAGS] as number) & (CommandFlag.Receipt | CommandFlag.Stamped);
    this.#session = session;
    this.#stampFlags = 0;
    if (flags !== 0) this.#prepareStamp(i32, f64, base, flags);
    this.#outbox.forgetStamped();
  }

  /**
   * A report on what happened to the order, which its record already shows.
   *
   * @param level The level that changed by it, NO_LEVEL when the visible book did not.
   */
  report(order: OrderBase, book: OrderBook, execType: ExecType, level: LevelBase): void {
    const base = this.#writeReport(order, book, execType, 0, level, NO_LEVEL);
    if (this.#otherFollowers !== 0) this.#copyToFollowers(base);
  }

  /** A canceled report that answers a cancel request: named by the id of that request, if it has one. */
  canceledOnRequest(order: OrderBase, book: OrderBook, level: LevelBase): void {
    const base = this.#writeReport(order, book, ExecType.Canceled, 0, level, NO_LEVEL);
    this.#nameByRequest(base);
    if (this.#otherFollowers !== 0) this.#copyToFollowers(base);
  }

  /**
   * @param level The level that the order is in now, if it changed; NO_LEVEL: the order does not rest, or nothing changed.
   * @param prevLevel The level that the order left, NO_LEVEL when it stayed.
   */
  replaced(order: OrderBase, book: OrderBook, prevPrice: number, level: LevelBase, prevLevel: LevelBase): void {
    const base = this.#writeReport(order, book, ExecType.Replaced, 0, level, prevLevel);
    this.#outbox.i32Of(this.#gateway)[base + EVT_PREV_PRICE] = prevPrice;
    this.#nameByRequest(base);
    if (this.#otherFollowers !== 0) this.#copyToFollowers(base);
  }

  /**
   * One side of a trade.
   *
   * @param level The resting order's level, which publishes the trade; NO_LEVEL for the aggressor.
   * @param tradeIds The trade id is its first number.
   */
  traded(
    order: OrderBase,
    book: OrderBook,
    price: number,
    qty: number,
    level: LevelBase,
    tradeIds: Float64Array,
  ): void {
    const publicTrade = level === NO_LEVEL ? 0 : EventFlag.PublicTrade;
    const base = this.#writeReport(order, book, ExecType.Trade, publicTrade, level, NO_LEVEL);
    if (base === NONE) return;
    const { i32, f64 } = this.#outbox.ringOf(this.#gateway);
    f64[(base >> 1) + EVT_TRADE_ID] = tradeIds[0] as number;
    i32[base + EVT_LAST_PX] = price;
    i32[base + EVT_LAST_QTY] = qty;
    if (this.#otherFollowers !== 0) this.#copyToFollowers(base);
  }

  /** The answer to a replace that was applied before: the state of the order, named as that replace was. */
  statusOfReplaced(order: OrderBase, book: OrderBook): void {
    this.#nameByRequest(this.#writeReport(order, book, ExecType.OrderStatus, 0, NO_LEVEL, NO_LEVEL));
  }

  /** A new order that was refused: says what it asked for. */
  orderRejected(i32: Int32Array, base: number, reason: RejectReason): void {
    const head = i32[base + CMD_HEAD] as number;
    const at = this.#claimForCommand(i32, base);
    const out = this.#outbox.i32Of(this.#gateway);
    out[at + EVT_HEAD] = eventHead(
      EventKind.ExecutionReport,
      ExecType.Rejected,
      OrderStatus.Rejected,
      (head >>> 8) & 0xff,
    );
    out[at + EVT_DETAIL] = (out[at + EVT_DETAIL] as number) | eventDetail((head >>> 16) & 0xff, head >>> 24, reason, 0);
    out[at + EVT_PRICE] = i32[base + CMD_PRICE] as number;
    out[at + EVT_ORDER_QTY] = i32[base + CMD_ORDER_QTY] as number;
    out[at + EVT_SESSION_SEQUENCE] = this.#sessions.nextSequence(this.#session);
  }

  requestRejected(i32: Int32Array, base: number, requestType: RequestType, reason: RejectReason): void {
    const at = this.#claimForCommand(i32, base);
    const out = this.#outbox.i32Of(this.#gateway);
    out[at + EVT_HEAD] = eventHead(EventKind.BusinessReject, requestType, 0, 0);
    out[at + EVT_DETAIL] = (out[at + EVT_DETAIL] as number) | eventDetail(0, 0, reason, 0);
    out[at + EVT_SESSION_SEQUENCE] = this.#sessions.nextSequence(this.#session);
    this.#outbox.f64Of(this.#gateway)[(at >> 1) + EVT_ORIG_CLIENT_ORDER_ID] = this.#command[
      ORIG_CLIENT_ORDER_ID
    ] as number;
  }

  massCanceled(i32: Int32Array, base: number, side: number, canceledCount: number): void {
    const at = this.#claimForCommand(i32, base);
    const out = this.#outbox.i32Of(this.#gateway);
    out[at + EVT_HEAD] = eventHead(EventKind.MassCancelReport, 0, 0, side);
    out[at + EVT_ORDER_QTY] = canceledCount;
  }

  /** Answers openSession or closeSession, to the gateway that the command came from. */
  sessionAnswered(kind: EventKind, i32: Int32Array, base: number, session: number, reason: LogoutReason): void {
    const connection = i32[base + CMD_CONNECTION] as number;
    this.sessionEvent(kind, i32[base + CMD_GATEWAY] as number, connection, session, reason);
  }

  /** @param session Whose report count is told; NO_SESSION: none. */
  sessionEvent(kind: EventKind, gateway: number, connection: number, session: number, reason: LogoutReason): void {
    const at = this.#claimCleared(gateway);
    const out = this.#outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(kind, 0, 0, 0);
    out[at + EVT_DETAIL] = eventDetail(0, 0, reason, 0);
    out[at + EVT_SESSION] = kind === EventKind.SessionRefused ? NO_SESSION : session;
    out[at + EVT_PRICE] = connection;
    out[at + EVT_SESSION_SEQUENCE] = session === NO_SESSION ? 0 : this.#sessions.sequenceOf(session);
  }

  /** The level has changed with an event that could not say so: tells the followers only. */
  levelUpdated(book: OrderBook, side: number, level: LevelBase): void {
    let followers = book.followers;
    while (followers !== 0) {
      const gateway = 31 - Math.clz32(followers);
      followers ^= 1 << gateway;
      this.#levelEvent(EventKind.LevelUpdate, EventFlag.LevelChanged, gateway, book, side, level);
    }
  }

  /** The book as it stands, to one gateway: bids from the best on, offers from the best on, then the end mark. */
  snapshot(book: OrderBook, gateway: number): void {
    this.#snapshotSide(book, Side.Buy, gateway);
    this.#snapshotSide(book, Side.Sell, gateway);
    this.snapshotEnded(book.instrumentId, gateway, 0);
  }

  snapshotEnded(instrumentId: number, gateway: number, reason: RejectReason): void {
    const at = this.#claimCleared(gateway);
    const out = this.#outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(EventKind.SnapshotEnd, 0, 0, 0);
    out[at + EVT_DETAIL] = eventDetail(0, 0, reason, 0);
    out[at + EVT_INSTRUMENT_ID] = instrumentId;
  }

  #snapshotSide(book: OrderBook, side: number, gateway: number): void {
    let level = book.best(side);
    while (level !== NO_LEVEL) {
      this.#levelEvent(EventKind.SnapshotLevel, 0, gateway, book, side, level);
      level = book.nextWorse(level);
    }
  }

  #levelEvent(kind: EventKind, flags: number, gateway: number, book: OrderBook, side: number, level: LevelBase): void {
    const at = this.#claimCleared(gateway);
    const out = this.#outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(kind, 0, 0, side);
    out[at + EVT_DETAIL] = eventDetail(0, 0, 0, flags);
    out[at + EVT_INSTRUMENT_ID] = book.instrumentId;
    out[at + EVT_PRICE] = this.#levelI32[level + LVL_PRICE] as number;
    this.#gateway = gateway;
    this.#writeLevel(at, level);
  }

  /**
   * What all reports on an order have, everything else zero. Sets `#gateway` and `#otherFollowers`.
   *
   * @param level Its totals are told as those of the order's price; NO_LEVEL: it did not change.
   * @param prevLevel Likewise, of the price that the order left.
   * @returns NONE when there is nobody to tell; then there are no other followers either.
   */
  #writeReport(
    order: OrderBase,
    book: OrderBook,
    execType: number,
    extraFlags: number,
    level: LevelBase,
    prevLevel: LevelBase,
  ): number {
    const orders = this.#orderI32;
    const flags =
      extraFlags |
      (level === NO_LEVEL ? 0 : EventFlag.LevelChanged) |
      (prevLevel === NO_LEVEL ? 0 : EventFlag.PrevLevelChanged);
    const session = orders[order + ORD_SESSION] as number;
    const sessionSequence = this.#sessions.nextSequence(session);
    const reader = this.#route(session, flags === 0 ? 0 : book.followers);
    const gateway = this.#gateway;
    if (gateway === NO_GATEWAY) return NONE;

    const base = this.#outbox.claim(gateway);
    const { i32, f64 } = this.#outbox.ringOf(gateway);
    const at = base >> 1;
    const word = orders[order + ORD_WORD] as number;
    const orderQty = orders[order + ORD_ORDER_QTY] as number;
    const cumQty = orders[order + ORD_CUM_QTY] as number;
    i32[base + EVT_HEAD] = EventKind.ExecutionReport | (execType << 8) | (word & WORD_STATUS_AND_SIDE);
    i32[base + EVT_DETAIL] = (word & WORD_TYPE_AND_TIME_IN_FORCE) | (flags << FLAGS_SHIFT);
    i32[base + EVT_SESSION] = reader;
    i32[base + EVT_INSTRUMENT_ID] = book.instrumentId;
    f64[at + EVT_ORDER_ID] = this.#orderF64[(order >> 1) + ORD_ORDER_ID] as number;
    f64[at + EVT_CLIENT_ORDER_ID] = this.#orderF64[(order >> 1) + ORD_CLIENT_ORDER_ID] as number;
    f64[at + EVT_ORIG_CLIENT_ORDER_ID] = 0;
    i32[base + EVT_PRICE] = orders[order + ORD_PRICE] as number;
    i32[base + EVT_ORDER_QTY] = orderQty;
    i32[base + EVT_CUM_QTY] = cumQty;
    i32[base + EVT_LEAVES_QTY] = isOpenStatus(wordStatus(word)) ? orderQty - cumQty : 0;
    f64[at + LAST_PX_AND_QTY] = 0;
    f64[at + EVT_SEQUENCE] = this.#command[SEQUENCE] as number;
    f64[at + EVT_TIME] = this.#command[TIME] as number;
    i32[base + EVT_SESSION_SEQUENCE] = sessionSequence;
    if (level === NO_LEVEL) {
      i32[base + EVT_LEVEL_ORDER_COUNT] = 0;
      f64[at + EVT_LEVEL_QTY] = 0;
    } else {
      i32[base + EVT_LEVEL_ORDER_COUNT] = this.#levelI32[level + LVL_ORDER_COUNT] as number;
      f64[at + EVT_LEVEL_QTY] = this.#levelF64[(level >> 1) + LVL_TOTAL_QTY] as number;
    }
    f64[at + PREV_LEVEL_ORDER_COUNT_AND_GATEWAY_IN_NS] = 0;
    f64[at + EVT_PREV_LEVEL_QTY] = 0;
    f64[at + EVT_RECEIVED_AT] = 0;
    f64[at + RING_WAIT_AND_MATCHING_NS] = 0;
    if (prevLevel !== NO_LEVEL) {
      i32[base + EVT_PREV_LEVEL_ORDER_COUNT] = this.#levelI32[prevLevel + LVL_ORDER_COUNT] as number;
      f64[at + EVT_PREV_LEVEL_QTY] = this.#levelF64[(prevLevel >> 1) + LVL_TOTAL_QTY] as number;
    }
    if (this.#stampFlags !== 0 && reader === this.#session) this.#stamp(base);
    return base;
  }

  /**
   * Decides who gets an event of this session: the gateway that it is connected through and, as copies, the others that
   * follow; without a connection the first of the followers in its place, or nobody (NO_GATEWAY).
   *
   * @returns the session as the first reader sees it.
   */
  #route(session: number, followers: number): number {
    const connected = this.#sessions.gatewayOf(session);
    const gateway = connected === NO_GATEWAY && followers !== 0 ? 31 - Math.clz32(followers) : connected;
    this.#gateway = gateway;
    this.#otherFollowers = followers & ~(1 << gateway);
    return connected === NO_GATEWAY ? NO_SESSION : session;
  }

  /** A cleared slot for an answer to the current command's session, with what it echoes of the command. Sets `#gateway`. */
  #claimForCommand(i32: Int32Array, base: number): number {
    const gateway = this.#sessions.gatewayOf(this.#session);
    const at = this.#claimCleared(gateway);
    const out = this.#outbox.i32Of(gateway);
    this.#gateway = gateway;
    out[at + EVT_SESSION] = this.#session;
    out[at + EVT_INSTRUMENT_ID] = i32[base + CMD_INSTRUMENT_ID] as number;
    out[at + EVT_SESSION_SEQUENCE] = this.#sessions.sequenceOf(this.#session);
    this.#outbox.f64Of(gateway)[(at >> 1) + EVT_CLIENT_ORDER_ID] = this.#command[CLIENT_ORDER_ID] as number;
    if (this.#stampFlags !== 0) this.#stamp(at);
    return at;
  }

  /** All zero but for the sequence and the time, and for no session. */
  #claimCleared(gateway: number): number {
    const base = this.#outbox.claim(gateway);
    const out = this.#outbox.i32Of(gateway);
    const f64 = this.#outbox.f64Of(gateway);
    out.fill(0, base, base + RECORD_I32);
    out[base + EVT_SESSION] = NO_SESSION;
    f64[(base >> 1) + EVT_SEQUENCE] = this.#command[SEQUENCE] as number;
    f64[(base >> 1) + EVT_TIME] = this.#command[TIME] as number;
    return base;
  }

  /** For the first event to the command's own session. */
  #prepareStamp(i32: Int32Array, f64: Float64Array, base: number, commandFlags: number): void {
    this.#stampFlags =
      ((commandFlags & CommandFlag.Receipt) === 0 ? 0 : EventFlag.Receipt) |
      ((commandFlags & CommandFlag.Stamped) === 0 ? 0 : EventFlag.Stamped);
    this.#gatewayInNs = i32[base + CMD_GATEWAY_IN_NS] as number;
    this.#command[RECEIVED_AT] = f64[(base >> 1) + CMD_RECEIVED_AT] as number;
  }

  /** Marks the event at `base` of `#gateway` as the one that carries the receipt mark and the stage times. */
  #stamp(base: number): void {
    const i32 = this.#outbox.i32Of(this.#gateway);
    i32[base + EVT_DETAIL] = (i32[base + EVT_DETAIL] as number) | (this.#stampFlags << FLAGS_SHIFT);
    if ((this.#stampFlags & EventFlag.Stamped) !== 0) {
      i32[base + EVT_GATEWAY_IN_NS] = this.#gatewayInNs;
      this.#outbox.f64Of(this.#gateway)[(base >> 1) + EVT_RECEIVED_AT] = this.#command[RECEIVED_AT] as number;
      this.#outbox.rememberStamped(this.#gateway, base);
    }
    this.#stampFlags = 0;
  }

  /** A request with an id of its own is what the report answers; the order's id before it becomes the original one. */
  #nameByRequest(base: number): void {
    if (this.#command[CLIENT_ORDER_ID] === 0 || base === NONE) return;
    const f64 = this.#outbox.f64Of(this.#gateway);
    f64[(base >> 1) + EVT_CLIENT_ORDER_ID] = this.#command[CLIENT_ORDER_ID] as number;
    f64[(base >> 1) + EVT_ORIG_CLIENT_ORDER_ID] = this.#command[ORIG_CLIENT_ORDER_ID] as number;
  }

  #writeLevel(base: number, level: LevelBase): void {
    this.#outbox.i32Of(this.#gateway)[base + EVT_LEVEL_ORDER_COUNT] = this.#levelI32[level + LVL_ORDER_COUNT] as number;
    this.#outbox.f64Of(this.#gateway)[(base >> 1) + EVT_LEVEL_QTY] = this.#levelF64[
      (level >> 1) + LVL_TOTAL_QTY
    ] as number;
  }

  /** Gives the finished report at `base` of `#gateway` to the other gateways that follow the book. */
  #copyToFollowers(base: number): void {
    const copy = this.#copy;
    const source = this.#outbox.i32Of(this.#gateway);
    for (let i = 0; i < RECORD_I32; i++) copy[i] = source[base + i] as number;
    copy[EVT_SESSION] = NO_SESSION;
    copy[EVT_DETAIL] = (copy[EVT_DETAIL] as number) & ~((EventFlag.Receipt | EventFlag.Stamped) << FLAGS_SHIFT);
    copy[EVT_GATEWAY_IN_NS] = 0;
    copy[EVT_RECEIVED_AT * 2] = 0;
    copy[EVT_RECEIVED_AT * 2 + 1] = 0;
    let left = this.#otherFollowers;
    while (left !== 0) {
      const gateway = 31 - Math.clz32(left);
      left ^= 1 << gateway;
      const at = this.#outbox.claim(gateway);
      this.#outbox.i32Of(gateway).set(copy, at);
    }
  }
}
