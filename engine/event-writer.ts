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
  EVT_TRIGGER_PRICE,
  EVT_UNTIL,
  EventFlag,
  EventKind,
  NO_SESSION,
  RECORD_BYTES,
  eventDetail,
  eventHead,
} from "../protocol/record/event-record.ts";
import {
  type CancelReason,
  ExecType,
  type LogoutReason,
  type RejectReason,
  type RequestType,
} from "../protocol/codes.ts";
import type { RingProducer } from "../protocol/ring/ring-producer.ts";
import type { EventOutbox } from "./event-outbox.ts";
import {
  BOOK_INDICATION_PX,
  BOOK_INDICATION_QTY,
  BOOK_INDICATION_REST,
  BOOK_INDICATION_SIDE,
  BOOK_INSTRUMENT_ID,
  BOOK_LADDER,
  BOOK_PAUSE_UNTIL,
  BOOK_PHASE,
  type BookBase,
} from "./book/book-record.ts";
import type { Books } from "./book/books.ts";
import { SHOWN_BIDS, SHOWN_OFFERS } from "./book/ladders.ts";
import { isCollecting } from "./book/collecting-phases.ts";
import type { PriceLadders } from "./book/price-ladders.ts";
import {
  LVL_LADDER,
  LVL_ORDER_COUNT,
  LVL_PRICE,
  type LevelBase,
  NO_LEVEL,
  type PriceLevels,
} from "./book/price-levels.ts";
import { EXT_TRIGGER_PRICE, extensionOf } from "./orders/order-extension.ts";
import type { EngineMemory } from "./memory.ts";
import type { OrderPool } from "./orders/order-pool.ts";
import {
  NONE,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_FLAGS,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_SESSION,
  ORD_WORD,
  type OrderBase,
  hasTrigger,
  isOpenStatus,
  wordOrderType,
  wordStatus,
} from "./orders/order-record.ts";
import {
  NO_GATEWAY,
  SESSION_I32_SHIFT,
  SES_GATEWAY,
  SES_SEQUENCE,
  type SessionTable,
} from "./sessions/session-table.ts";

const RECORD_I32 = RECORD_BYTES / 4;
const FLAGS_SHIFT = 24;
const REASON_SHIFT = 16;
/** What a report says to those who follow the book. */
const PUBLIC_FLAGS = (EventFlag.LevelChanged | EventFlag.PrevLevelChanged | EventFlag.PublicTrade) << FLAGS_SHIFT;
/** Status and side of an order word, which lie where an event's first word has them. */
const WORD_STATUS_AND_SIDE = 0x7f_ff_00_00;
const WORD_TYPE_AND_TIME_IN_FORCE = 0xff_ff;

/** Pairs of int32 fields, to clear two at once as a double. */
const LAST_PX_AND_QTY = EVT_LAST_PX >> 1;
const PREV_LEVEL_ORDER_COUNT_AND_GATEWAY_IN_NS = EVT_PREV_LEVEL_ORDER_COUNT >> 1;
const RING_WAIT_AND_MATCHING_NS = EVT_RING_WAIT_NS >> 1;

/** Places in what all events of a command share. */
const SEQUENCE = 0;
const TIME = 1;
const LAST_F64 = 2;
/** And in the rest of what they share. */
const CLIENT_ORDER_ID = 0;
const ORIG_CLIENT_ORDER_ID = 1;
const RECEIVED_AT = 2;
const COMMAND_F64 = 4;

/** Places among the registers. */
const SESSION = 0;
const GATEWAY_IN_NS = 1;
/** Receipt and Stamped, until the event that carries them. */
const STAMP_FLAGS = 2;
/** Where the report that is being written goes, and who else follows its book. */
const GATEWAY = 3;
const OTHER_FOLLOWERS = 4;
const REGISTERS = 6;

export type EventWriter = ReturnType<typeof createEventWriter>;

/** @param tradeIds The id of the trade that is being reported is its first number. */
export function createEventWriter(
  memory: EngineMemory,
  outbox: EventOutbox,
  orders: OrderPool,
  books: Books,
  ladders: PriceLadders,
  levels: PriceLevels,
  sessions: SessionTable,
  tradeIds: Float64Array,
) {
  const orderI32 = orders.i32;
  const orderF64 = orders.f64;
  const { ext } = orders;
  const bookI32 = books.i32;
  const { followers } = books;
  const sessionI32 = sessions.i32;
  const levelI32 = levels.i32;
  const levelF64 = levels.f64;
  const rings = outbox.rings;
  /** Sequence and time of the current command; they stay for the queries that follow it. */
  const last = memory.allocate("last command", LAST_F64 * 2).f64;
  /** More of the current command, see the places above. */
  const command = new Float64Array(COMMAND_F64);
  const registers = new Int32Array(REGISTERS);
  /** A copy for other gateways is made from here: claiming its slot may publish the original. */
  const copy = new Int32Array(RECORD_I32);

  /**
   * Opens a command from its complete record.
   *
   * @param session Whose command it is; NO_SESSION: nobody's that is connected.
   */
  function begin(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const at = base >> 1;
    last[SEQUENCE] = f64[at + CMD_SEQUENCE] as number;
    last[TIME] = f64[at + CMD_TIME] as number;
    command[CLIENT_ORDER_ID] = f64[at + CMD_CLIENT_ORDER_ID] as number;
    command[ORIG_CLIENT_ORDER_ID] = f64[at + CMD_ORIG_CLIENT_ORDER_ID] as number;
    registers[SESSION] = session;
    registers[STAMP_FLAGS] = 0;
    const flags =
      session === NO_SESSION ? 0 : (i32[base + CMD_FLAGS] as number) & (CommandFlag.Receipt | CommandFlag.Stamped);
    if (flags !== 0) prepareStamp(i32, f64, base, flags);
    outbox.forgetStamped();
  }

  /** The ids that the answers of the current command echo, where it has more than one record. */
  function beginLeg(clientOrderId: number): void {
    command[CLIENT_ORDER_ID] = clientOrderId;
  }

  /**
   * A report on what happened to the order, which its record already shows.
   *
   * @param reason CancelReason, where the order has ended.
   * @param level The shown level that changed by it, NO_LEVEL when the visible book did not.
   */
  function report(order: OrderBase, book: BookBase, execType: ExecType, reason: number, level: LevelBase): void {
    const base = writeReport(order, book, execType, reason << REASON_SHIFT, level);
    if ((orderI32[order + ORD_FLAGS] as number) !== 0) addTriggerPrice(base, order, execType);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(base);
  }

  /** A canceled report that answers a cancel request: named by the id of that request, if it has one. */
  function canceledOnRequest(order: OrderBase, book: BookBase, reason: CancelReason, level: LevelBase): void {
    const base = writeReport(order, book, ExecType.Canceled, reason << REASON_SHIFT, level);
    nameByRequest(base);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(base);
  }

  /**
   * @param level The shown level that the order is in now, if it changed; NO_LEVEL: there is none, or nothing changed.
   * @param prevLevel The shown level that the order left, NO_LEVEL when it stayed or there was none.
   */
  function replaced(order: OrderBase, book: BookBase, prevPrice: number, level: LevelBase, prevLevel: LevelBase): void {
    const extra = prevLevel === NO_LEVEL ? 0 : EventFlag.PrevLevelChanged << FLAGS_SHIFT;
    const base = writeReport(order, book, ExecType.Replaced, extra, level);
    if (base === NONE) return;
    const { i32, f64 } = rings[registers[GATEWAY] as number] as RingProducer;
    i32[base + EVT_PREV_PRICE] = prevPrice;
    if (prevLevel !== NO_LEVEL) {
      i32[base + EVT_PREV_LEVEL_ORDER_COUNT] = levelI32[prevLevel + LVL_ORDER_COUNT] as number;
      f64[(base >> 1) + EVT_PREV_LEVEL_QTY] = levelF64[prevLevel >> 1] as number;
    }
    nameByRequest(base);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(base);
  }

  /**
   * One side of a trade.
   *
   * @param level The order's shown level, if it changed.
   * @param flags PublicTrade for the side that publishes it, Auction in an auction.
   */
  function traded(order: OrderBase, book: BookBase, price: number, qty: number, level: LevelBase, flags: number): void {
    const base = writeReport(order, book, ExecType.Trade, flags << FLAGS_SHIFT, level);
    if (base === NONE) return;
    writeTrade(base, price, qty, tradeIds[0] as number);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(base);
  }

  /** A report about a trade that did not happen, or no longer did: `id` is the other order, or the trade. */
  function tradeNotice(
    order: OrderBase,
    book: BookBase,
    execType: ExecType,
    price: number,
    qty: number,
    ids: Float64Array,
    idAt: number,
  ): void {
    const base = writeReport(order, book, execType, 0, NO_LEVEL);
    if (base === NONE) return;
    writeTrade(base, price, qty, ids[idAt] as number);
  }

  /** What a trade adds to the record at `base` of the register's gateway. */
  function writeTrade(base: number, price: number, qty: number, tradeId: number): void {
    const { i32, f64 } = rings[registers[GATEWAY] as number] as RingProducer;
    f64[(base >> 1) + EVT_TRADE_ID] = tradeId;
    i32[base + EVT_LAST_PX] = price;
    i32[base + EVT_LAST_QTY] = qty;
  }

  /** The answer to a replace that was applied before: the state of the order, named as that replace was. */
  function statusOfReplaced(order: OrderBase, book: BookBase): void {
    const base = writeReport(order, book, ExecType.OrderStatus, 0, NO_LEVEL);
    if ((orderI32[order + ORD_FLAGS] as number) !== 0) addTriggerPrice(base, order, ExecType.OrderStatus);
    nameByRequest(base);
  }

  /** A new order that was refused: says what it asked for. */
  function orderRejected(i32: Int32Array, base: number, reason: RejectReason): void {
    const head = i32[base + CMD_HEAD] as number;
    const at = claimForCommand(i32, base);
    const out = outbox.i32Of(registers[GATEWAY] as number);
    out[at + EVT_HEAD] = eventHead(
      EventKind.ExecutionReport,
      ExecType.Rejected,
      OrderStatus.Rejected,
      (head >>> 8) & 0xff,
    );
    out[at + EVT_DETAIL] = (out[at + EVT_DETAIL] as number) | eventDetail((head >>> 16) & 0xff, head >>> 24, reason, 0);
    out[at + EVT_PRICE] = i32[base + CMD_PRICE] as number;
    out[at + EVT_ORDER_QTY] = i32[base + CMD_ORDER_QTY] as number;
    out[at + EVT_SESSION_SEQUENCE] = sessions.nextSequence(registers[SESSION] as number);
  }

  function requestRejected(i32: Int32Array, base: number, requestType: RequestType, reason: RejectReason): void {
    const at = claimForCommand(i32, base);
    const gateway = registers[GATEWAY] as number;
    const out = outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(EventKind.BusinessReject, requestType, 0, 0);
    out[at + EVT_DETAIL] = (out[at + EVT_DETAIL] as number) | eventDetail(0, 0, reason, 0);
    out[at + EVT_SESSION_SEQUENCE] = sessions.nextSequence(registers[SESSION] as number);
    outbox.f64Of(gateway)[(at >> 1) + EVT_ORIG_CLIENT_ORDER_ID] = command[ORIG_CLIENT_ORDER_ID] as number;
  }

  function massCanceled(i32: Int32Array, base: number, side: number, canceledCount: number): void {
    const at = claimForCommand(i32, base);
    const out = outbox.i32Of(registers[GATEWAY] as number);
    out[at + EVT_HEAD] = eventHead(EventKind.MassCancelReport, 0, 0, side);
    out[at + EVT_ORDER_QTY] = canceledCount;
  }

  /** Answers an operator's command, to the gateway that it came from. */
  function operatorReport(i32: Int32Array, base: number, reason: RejectReason, count: number): void {
    const gateway = i32[base + CMD_GATEWAY] as number;
    const at = claimCleared(gateway);
    const out = outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(EventKind.OperatorReport, (i32[base + CMD_HEAD] as number) & 0xff, 0, 0);
    out[at + EVT_DETAIL] = eventDetail(0, 0, reason, 0);
    out[at + EVT_INSTRUMENT_ID] = i32[base + CMD_INSTRUMENT_ID] as number;
    out[at + EVT_PRICE] = i32[base + CMD_CONNECTION] as number;
    out[at + EVT_ORDER_QTY] = count;
    outbox.f64Of(gateway)[(at >> 1) + EVT_CLIENT_ORDER_ID] = command[CLIENT_ORDER_ID] as number;
  }

  /** Answers openSession or closeSession, to the gateway that the command came from. */
  function sessionAnswered(
    kind: EventKind,
    i32: Int32Array,
    base: number,
    session: number,
    reason: LogoutReason,
  ): void {
    const connection = i32[base + CMD_CONNECTION] as number;
    sessionEvent(kind, i32[base + CMD_GATEWAY] as number, connection, session, reason);
  }

  /** @param session Whose report count is told; NO_SESSION: none. */
  function sessionEvent(
    kind: EventKind,
    gateway: number,
    connection: number,
    session: number,
    reason: LogoutReason,
  ): void {
    const at = claimCleared(gateway);
    const out = outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(kind, 0, 0, 0);
    out[at + EVT_DETAIL] = eventDetail(0, 0, reason, 0);
    out[at + EVT_SESSION] = kind === EventKind.SessionRefused ? NO_SESSION : session;
    out[at + EVT_PRICE] = connection;
    out[at + EVT_SESSION_SEQUENCE] = session === NO_SESSION ? 0 : sessions.sequenceOf(session);
  }

  function followersOf(book: BookBase): number {
    return followers[books.indexOf(book)] as number;
  }

  /**
   * Chooses the follower that a public event is written for; the others get copies of it. Sets GATEWAY and OTHER_FOLLOWERS.
   *
   * @returns whether anybody follows the book.
   */
  function hasFollowers(book: BookBase): boolean {
    const following = followersOf(book);
    if (following === 0) return false;
    const gateway = 31 - Math.clz32(following);
    registers[GATEWAY] = gateway;
    registers[OTHER_FOLLOWERS] = following ^ (1 << gateway);
    return true;
  }

  /**
   * The shown level has changed with an event that could not say so: tells the followers only.
   *
   * @param level NO_LEVEL: none has.
   */
  function levelUpdated(book: BookBase, level: LevelBase): void {
    if (level === NO_LEVEL || !hasFollowers(book)) return;
    const at = levelEvent(EventKind.LevelUpdate, EventFlag.LevelChanged, registers[GATEWAY] as number, book, level);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(at);
  }

  /** @param until When the phase ends by itself, µs; 0: not known. */
  function phaseChanged(book: BookBase, until: number): void {
    if (!hasFollowers(book)) return;
    const at = phaseEvent(EventKind.PhaseChanged, registers[GATEWAY] as number, book, until);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(at);
  }

  function phaseEvent(kind: EventKind, gateway: number, book: BookBase, until: number): number {
    const at = claimPublic(kind, 0, gateway, book, 0);
    outbox.i32Of(gateway)[at + EVT_PRICE] = bookI32[book + BOOK_PHASE] as number;
    outbox.f64Of(gateway)[(at >> 1) + EVT_UNTIL] = until;
    return at;
  }

  /** What the record of the book says about the auction, as it would be now. */
  function indication(book: BookBase): void {
    if (!hasFollowers(book)) return;
    const at = indicationTo(registers[GATEWAY] as number, book);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(at);
  }

  function indicationTo(gateway: number, book: BookBase): number {
    const at = claimPublic(EventKind.Indication, 0, gateway, book, bookI32[book + BOOK_INDICATION_SIDE] as number);
    outbox.i32Of(gateway)[at + EVT_PRICE] = bookI32[book + BOOK_INDICATION_PX] as number;
    const f64 = outbox.f64Of(gateway);
    f64[(at >> 1) + EVT_LEVEL_QTY] = books.f64[(book >> 1) + BOOK_INDICATION_QTY] as number;
    f64[(at >> 1) + EVT_PREV_LEVEL_QTY] = books.f64[(book >> 1) + BOOK_INDICATION_REST] as number;
    return at;
  }

  /** @param execType TradeBusted or TradeCorrected. */
  function tradeAmended(
    book: BookBase,
    execType: ExecType,
    price: number,
    qty: number,
    ids: Float64Array,
    idAt: number,
  ): void {
    if (!hasFollowers(book)) return;
    const at = claimPublic(EventKind.TradeAmended, execType, registers[GATEWAY] as number, book, 0);
    writeTrade(at, price, qty, ids[idAt] as number);
    if (registers[OTHER_FOLLOWERS] !== 0) copyToFollowers(at);
  }

  /** The book as it stands, to one gateway: bids from the best on, offers from the best on, then the end mark. */
  function snapshot(book: BookBase, gateway: number): void {
    const ladder = bookI32[book + BOOK_LADDER] as number;
    snapshotSide(book, ladder + SHOWN_BIDS, gateway);
    snapshotSide(book, ladder + SHOWN_OFFERS, gateway);
    phaseEvent(EventKind.SnapshotEnd, gateway, book, books.f64[(book >> 1) + BOOK_PAUSE_UNTIL] as number);
    // Who comes while orders collect hears what everyone else was told last.
    if (isCollecting(bookI32[book + BOOK_PHASE] as number)) indicationTo(gateway, book);
  }

  /** The answer for an instrument that is not known. */
  function snapshotRefused(instrumentId: number, gateway: number, reason: RejectReason): void {
    const at = claimCleared(gateway);
    const out = outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(EventKind.SnapshotEnd, 0, 0, 0);
    out[at + EVT_DETAIL] = eventDetail(0, 0, reason, 0);
    out[at + EVT_INSTRUMENT_ID] = instrumentId;
  }

  function snapshotSide(book: BookBase, ladder: number, gateway: number): void {
    let level = ladders.best(ladder);
    while (level !== NO_LEVEL) {
      levelEvent(EventKind.SnapshotLevel, 0, gateway, book, level);
      level = ladders.nextWorse(level);
    }
  }

  function levelEvent(kind: EventKind, flags: number, gateway: number, book: BookBase, level: LevelBase): number {
    const side = Side.Buy + ((levelI32[level + LVL_LADDER] as number) & 1);
    const at = claimPublic(kind, 0, gateway, book, side);
    const out = outbox.i32Of(gateway);
    out[at + EVT_DETAIL] = eventDetail(0, 0, 0, flags);
    out[at + EVT_PRICE] = levelI32[level + LVL_PRICE] as number;
    out[at + EVT_LEVEL_ORDER_COUNT] = levelI32[level + LVL_ORDER_COUNT] as number;
    outbox.f64Of(gateway)[(at >> 1) + EVT_LEVEL_QTY] = levelF64[level >> 1] as number;
    return at;
  }

  function claimPublic(kind: EventKind, execType: number, gateway: number, book: BookBase, side: number): number {
    const at = claimCleared(gateway);
    const out = outbox.i32Of(gateway);
    out[at + EVT_HEAD] = eventHead(kind, execType, 0, side);
    out[at + EVT_INSTRUMENT_ID] = bookI32[book + BOOK_INSTRUMENT_ID] as number;
    return at;
  }

  /**
   * What all reports on an order have, everything else zero. Sets GATEWAY and OTHER_FOLLOWERS.
   *
   * @param detail Reason and flags, where the second word of the record has them.
   * @param level Its totals are told as those of the order's price; NO_LEVEL: it did not change.
   * @returns NONE when there is nobody to tell; then there are no other followers either.
   */
  function writeReport(order: OrderBase, book: BookBase, execType: number, detail: number, level: LevelBase): number {
    const session = orderI32[order + ORD_SESSION] as number;
    const sessionBase = session << SESSION_I32_SHIFT;
    const sessionSequence = ((sessionI32[sessionBase + SES_SEQUENCE] as number) + 1) | 0;
    sessionI32[sessionBase + SES_SEQUENCE] = sessionSequence;
    const withLevel = level === NO_LEVEL ? detail : detail | (EventFlag.LevelChanged << FLAGS_SHIFT);
    let gateway = sessionI32[sessionBase + SES_GATEWAY] as number;
    const following = (withLevel & PUBLIC_FLAGS) === 0 ? 0 : followersOf(book);
    let reader = session;
    if (gateway === NO_GATEWAY) {
      // Without a connection the first of the followers is told in its place, or nobody.
      reader = NO_SESSION;
      if (following !== 0) gateway = 31 - Math.clz32(following);
    }
    registers[GATEWAY] = gateway;
    registers[OTHER_FOLLOWERS] = following & ~(1 << gateway);
    if (gateway === NO_GATEWAY) {
      registers[OTHER_FOLLOWERS] = 0;
      return NONE;
    }
    const base = outbox.claim(gateway);
    const { i32, f64 } = rings[gateway] as RingProducer;
    const at = base >> 1;
    const word = orderI32[order + ORD_WORD] as number;
    const orderQty = orderI32[order + ORD_ORDER_QTY] as number;
    const cumQty = orderI32[order + ORD_CUM_QTY] as number;
    i32[base + EVT_HEAD] = EventKind.ExecutionReport | (execType << 8) | (word & WORD_STATUS_AND_SIDE);
    i32[base + EVT_DETAIL] = (word & WORD_TYPE_AND_TIME_IN_FORCE) | withLevel;
    i32[base + EVT_SESSION] = reader;
    i32[base + EVT_INSTRUMENT_ID] = bookI32[book + BOOK_INSTRUMENT_ID] as number;
    f64[at + EVT_ORDER_ID] = orderF64[(order >> 1) + ORD_ORDER_ID] as number;
    f64[at + EVT_CLIENT_ORDER_ID] = orderF64[(order >> 1) + ORD_CLIENT_ORDER_ID] as number;
    f64[at + EVT_ORIG_CLIENT_ORDER_ID] = 0;
    i32[base + EVT_PRICE] = orderI32[order + ORD_PRICE] as number;
    i32[base + EVT_ORDER_QTY] = orderQty;
    i32[base + EVT_CUM_QTY] = cumQty;
    i32[base + EVT_LEAVES_QTY] = isOpenStatus(wordStatus(word)) ? orderQty - cumQty : 0;
    f64[at + LAST_PX_AND_QTY] = 0;
    f64[at + EVT_SEQUENCE] = last[SEQUENCE] as number;
    f64[at + EVT_TIME] = last[TIME] as number;
    i32[base + EVT_SESSION_SEQUENCE] = sessionSequence;
    if (level === NO_LEVEL) {
      i32[base + EVT_LEVEL_ORDER_COUNT] = 0;
      f64[at + EVT_LEVEL_QTY] = 0;
    } else {
      i32[base + EVT_LEVEL_ORDER_COUNT] = levelI32[level + LVL_ORDER_COUNT] as number;
      f64[at + EVT_LEVEL_QTY] = levelF64[level >> 1] as number;
    }
    f64[at + PREV_LEVEL_ORDER_COUNT_AND_GATEWAY_IN_NS] = 0;
    f64[at + EVT_PREV_LEVEL_QTY] = 0;
    f64[at + EVT_RECEIVED_AT] = 0;
    f64[at + RING_WAIT_AND_MATCHING_NS] = 0;
    if (registers[STAMP_FLAGS] !== 0 && reader === registers[SESSION]) stamp(base);
    return base;
  }

  /** Reports that say where a stop waits have it in the place of the last price. */
  function addTriggerPrice(base: number, order: OrderBase, execType: ExecType): void {
    if (base === NONE) return;
    if (execType !== ExecType.New && execType !== ExecType.Triggered && execType !== ExecType.OrderStatus) return;
    if (!hasTrigger(wordOrderType(orderI32[order + ORD_WORD] as number))) return;
    const i32 = outbox.i32Of(registers[GATEWAY] as number);
    i32[base + EVT_TRIGGER_PRICE] = ext[extensionOf(order) + EXT_TRIGGER_PRICE] as number;
  }

  /** A cleared slot for an answer to the current command's session, with what it echoes of the command. Sets GATEWAY. */
  function claimForCommand(i32: Int32Array, base: number): number {
    const session = registers[SESSION] as number;
    const gateway = sessions.gatewayOf(session);
    const at = claimCleared(gateway);
    const out = outbox.i32Of(gateway);
    registers[GATEWAY] = gateway;
    out[at + EVT_SESSION] = session;
    out[at + EVT_INSTRUMENT_ID] = i32[base + CMD_INSTRUMENT_ID] as number;
    out[at + EVT_SESSION_SEQUENCE] = sessions.sequenceOf(session);
    outbox.f64Of(gateway)[(at >> 1) + EVT_CLIENT_ORDER_ID] = command[CLIENT_ORDER_ID] as number;
    if (registers[STAMP_FLAGS] !== 0) stamp(at);
    return at;
  }

  /** All zero but for the sequence and the time, and for no session. */
  function claimCleared(gateway: number): number {
    const base = outbox.claim(gateway);
    const out = outbox.i32Of(gateway);
    const f64 = outbox.f64Of(gateway);
    out.fill(0, base, base + RECORD_I32);
    out[base + EVT_SESSION] = NO_SESSION;
    f64[(base >> 1) + EVT_SEQUENCE] = last[SEQUENCE] as number;
    f64[(base >> 1) + EVT_TIME] = last[TIME] as number;
    return base;
  }

  /** For the first event to the command's own session. */
  function prepareStamp(i32: Int32Array, f64: Float64Array, base: number, commandFlags: number): void {
    registers[STAMP_FLAGS] =
      ((commandFlags & CommandFlag.Receipt) === 0 ? 0 : EventFlag.Receipt) |
      ((commandFlags & CommandFlag.Stamped) === 0 ? 0 : EventFlag.Stamped);
    registers[GATEWAY_IN_NS] = i32[base + CMD_GATEWAY_IN_NS] as number;
    command[RECEIVED_AT] = f64[(base >> 1) + CMD_RECEIVED_AT] as number;
  }

  /** Marks the event at `base` as the one that carries the receipt mark and the stage times. */
  function stamp(base: number): void {
    const gateway = registers[GATEWAY] as number;
    const i32 = outbox.i32Of(gateway);
    const flags = registers[STAMP_FLAGS] as number;
    i32[base + EVT_DETAIL] = (i32[base + EVT_DETAIL] as number) | (flags << FLAGS_SHIFT);
    if ((flags & EventFlag.Stamped) !== 0) {
      i32[base + EVT_GATEWAY_IN_NS] = registers[GATEWAY_IN_NS] as number;
      outbox.f64Of(gateway)[(base >> 1) + EVT_RECEIVED_AT] = command[RECEIVED_AT] as number;
      outbox.rememberStamped(gateway, base);
    }
    registers[STAMP_FLAGS] = 0;
  }

  /** A request with an id of its own is what the report answers; the order's id before it becomes the original one. */
  function nameByRequest(base: number): void {
    if (command[CLIENT_ORDER_ID] === 0 || base === NONE) return;
    const f64 = outbox.f64Of(registers[GATEWAY] as number);
    f64[(base >> 1) + EVT_CLIENT_ORDER_ID] = command[CLIENT_ORDER_ID] as number;
    f64[(base >> 1) + EVT_ORIG_CLIENT_ORDER_ID] = command[ORIG_CLIENT_ORDER_ID] as number;
  }

  /** Gives the finished event at `base` to the other gateways that follow the book. */
  function copyToFollowers(base: number): void {
    const source = outbox.i32Of(registers[GATEWAY] as number);
    for (let i = 0; i < RECORD_I32; i++) copy[i] = source[base + i] as number;
    copy[EVT_SESSION] = NO_SESSION;
    copy[EVT_DETAIL] = (copy[EVT_DETAIL] as number) & ~((EventFlag.Receipt | EventFlag.Stamped) << FLAGS_SHIFT);
    copy[EVT_GATEWAY_IN_NS] = 0;
    copy[EVT_RECEIVED_AT * 2] = 0;
    copy[EVT_RECEIVED_AT * 2 + 1] = 0;
    let left = registers[OTHER_FOLLOWERS] as number;
    while (left !== 0) {
      const gateway = 31 - Math.clz32(left);
      left ^= 1 << gateway;
      const at = outbox.claim(gateway);
      outbox.i32Of(gateway).set(copy, at);
    }
  }

  return {
    begin,
    beginLeg,
    report,
    canceledOnRequest,
    replaced,
    traded,
    tradeNotice,
    statusOfReplaced,
    orderRejected,
    requestRejected,
    massCanceled,
    operatorReport,
    sessionAnswered,
    sessionEvent,
    levelUpdated,
    phaseChanged,
    indication,
    tradeAmended,
    snapshot,
    snapshotRefused,
    /** Sequence and time of the current command. */
    sequence: () => last[SEQUENCE] as number,
    time: () => last[TIME] as number,
  };
}
