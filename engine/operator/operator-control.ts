/** The commands of the operator: docs/MATCHING.md, sections 3, 10, 12 and 13. Each is answered with one report. */
import { CancelReason, ExecType, KillScope, Phase, RejectReason, Side } from "../../protocol/codes.ts";
import {
  CMD_ACCOUNT,
  CMD_CANCEL_ACCOUNT,
  CMD_CODE,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME_BYTES,
  CMD_ORDER_QTY,
  CMD_PRICE,
  CMD_PRICE_FROM,
  CMD_PRICE_TO,
  CMD_TRADE_ID,
  CommandFlag,
  CommandKind,
  MAX_ACCOUNT,
} from "../../protocol/record/command-record.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import { BOOK_MAX_PRICE, BOOK_PHASE, type BookBase, NO_BOOK } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { EventWriter } from "../event-writer.ts";
import type { Phases } from "../market/phases.ts";
import type { Settling } from "../market/settling.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import {
  NO_TRADE,
  TRD_BUSTED,
  TRD_BUYER,
  TRD_BUY_ORDER_ID,
  TRD_PRICE,
  TRD_QTY,
  TRD_SELLER,
  TRD_SELL_ORDER_ID,
  type TradeLog,
} from "../matching/trade-log.ts";
import type { OrderQuery } from "../orders/order-query.ts";
import { ORD_BOOK, ORD_ORDER_ID, ORD_WORD, type OrderBase } from "../orders/order-record.ts";
import type { OrderRegistry } from "../orders/order-registry.ts";
import { isPriceRange, nameOf } from "../sessions/session-control.ts";
import type { SessionTable } from "../sessions/session-table.ts";
import type { Instruments } from "./instruments.ts";
import type { KillSwitches } from "./kill-switches.ts";

export interface OperatorControlParts {
  readonly registry: OrderRegistry;
  readonly sessions: SessionTable;
  readonly books: Books;
  readonly query: OrderQuery;
  readonly ending: OrderEnding;
  readonly phases: Phases;
  readonly settling: Settling;
  readonly trades: TradeLog;
  readonly kills: KillSwitches;
  readonly instruments: Instruments;
  readonly events: EventWriter;
}

/** Commands of an operator. */
export type OperatorCommandKind = Extract<CommandKind, 9 | 10 | 11 | 12 | 13 | 14 | 15>;

/** What became of a request. */
interface Outcome {
  readonly reason: RejectReason;
  readonly count: number;
}

function done(count: number): Outcome {
  return { reason: RejectReason.Unspecified, count };
}

function refused(reason: RejectReason): Outcome {
  return { reason, count: 0 };
}

export class OperatorControl {
  readonly #parts: OperatorControlParts;

  constructor(parts: OperatorControlParts) {
    this.#parts = parts;
  }

  apply(kind: OperatorCommandKind, i32: Int32Array, f64: Float64Array, base: number): void {
    const { reason, count } = this.#perform(kind, i32, f64, base);
    // A term that was taken down says nothing: the definition is answered as a whole.
    if (kind === CommandKind.InstrumentTerm && reason === RejectReason.Unspecified) return;
    this.#parts.events.operatorReport(i32, base, reason, count);
  }

  #perform(kind: OperatorCommandKind, i32: Int32Array, f64: Float64Array, base: number): Outcome {
    const { instruments, events } = this.#parts;
    switch (kind) {
      case CommandKind.SetPhase:
        return this.#setPhase(i32, base);
      case CommandKind.KillSwitch:
        return this.#killSwitch(i32, base);
      case CommandKind.OperatorCancel:
        return this.#cancelOrders(i32, f64, base);
      case CommandKind.BustTrade:
      case CommandKind.CorrectTrade:
        return this.#amendTrade(kind, i32, f64, base);
      case CommandKind.InstrumentTerm:
        return refused(instruments.takeTerm(i32, f64, base));
      default: {
        const reason = instruments.commit(i32, base, events.time());
        return reason === RejectReason.Unspecified ? this.#defined(i32, base) : refused(reason);
      }
    }
  }

  #defined(i32: Int32Array, base: number): Outcome {
    const { books, kills } = this.#parts;
    kills.derive(books.find(i32[base + CMD_INSTRUMENT_ID] as number));
    return done(1);
  }

  #setPhase(i32: Int32Array, base: number): Outcome {
    const { books, phases } = this.#parts;
    const phase = i32[base + CMD_CODE] as number;
    const instrumentId = i32[base + CMD_INSTRUMENT_ID] as number;
    const book = books.find(instrumentId);
    if (instrumentId !== 0 && book === NO_BOOK) return refused(RejectReason.UnknownInstrument);
    if (phase < Phase.Continuous || phase > Phase.Delisted) return refused(RejectReason.InvalidPhase);
    if (book !== NO_BOOK) {
      const isFinal = books.i32[book + BOOK_PHASE] === Phase.Delisted && phase !== Phase.Delisted;
      if (isFinal) return refused(RejectReason.InstrumentDelisted);
      return done(phases.change(book, phase) ? 1 : 0);
    }
    let count = 0;
    for (let index = 0; index < books.size(); index++) if (phases.change(books.at(index), phase)) count += 1;
    return done(count);
  }

  // ---- kill switch and cancels ----

  #killSwitch(i32: Int32Array, base: number): Outcome {
    const { books, kills, query } = this.#parts;
    const scope = i32[base + CMD_CODE] as number;
    const isHeld = ((i32[base + CMD_FLAGS] as number) & CommandFlag.Release) === 0;
    const account = i32[base + CMD_ACCOUNT] as number;
    const filter = query.all();
    if (scope === KillScope.Account) {
      const isAccount = account >= 1 && account <= MAX_ACCOUNT;
      if (!isAccount || !kills.setAccount(account, isHeld)) return refused(RejectReason.InvalidScope);
      filter.account = account;
    } else if (scope === KillScope.Instrument) {
      const book = books.find(i32[base + CMD_INSTRUMENT_ID] as number);
      if (book === NO_BOOK) return refused(RejectReason.UnknownInstrument);
      kills.setBook(book, isHeld);
      filter.book = book;
    } else if (scope === KillScope.Venue) kills.setVenue(isHeld);
    else return refused(RejectReason.InvalidScope);
    return done(isHeld ? this.#cancelAll(CancelReason.KillSwitch) : 0);
  }

  #cancelOrders(i32: Int32Array, f64: Float64Array, base: number): Outcome {
    const { books, query, sessions } = this.#parts;
    const instrumentId = i32[base + CMD_INSTRUMENT_ID] as number;
    const side = ((i32[base + CMD_HEAD] as number) >>> 8) & 0xff;
    const account = f64[(base >> 1) + CMD_CANCEL_ACCOUNT] as number;
    const from = i32[base + CMD_PRICE_FROM] as number;
    const to = i32[base + CMD_PRICE_TO] as number;
    const filter = query.all();
    if (instrumentId !== 0) {
      filter.book = books.find(instrumentId);
      if (filter.book === NO_BOOK) return refused(RejectReason.UnknownInstrument);
    }
    if (side > Side.Sell) return refused(RejectReason.InvalidSide);
    if (account < 0 || account > MAX_ACCOUNT) return refused(RejectReason.InvalidAccount);
    if (!isPriceRange(from, to)) return refused(RejectReason.InvalidPriceRange);
    filter.side = side;
    filter.account = account;
    filter.priceFrom = from;
    filter.priceTo = to;
    if (i32[base + CMD_NAME_BYTES] !== 0) {
      filter.session = sessions.find(nameOf(i32, base));
      if (filter.session === NO_SESSION) return refused(RejectReason.SessionNotFound);
    }
    return done(this.#cancelAll(CancelReason.Operator));
  }

  /** Cancels what the filter of the query selects. @returns how many orders that were. */
  #cancelAll(reason: CancelReason): number {
    const { query, registry, ending, settling } = this.#parts;
    const found = query.run();
    let count = 0;
    for (let n = 0; n < found; n++) {
      const order = query.at(n);
      // The end of one may have ended another that is linked to it.
      if (!ending.isOpen(order)) continue;
      settling.touch(registry.pool.i32[order + ORD_BOOK] as BookBase);
      ending.cancel(order, reason);
      count += 1;
    }
    return count;
  }

  // ---- trades ----

  #amendTrade(kind: CommandKind, i32: Int32Array, f64: Float64Array, base: number): Outcome {
    const { books, trades } = this.#parts;
    const book = books.find(i32[base + CMD_INSTRUMENT_ID] as number);
    const trade = book === NO_BOOK ? NO_TRADE : trades.find(book, f64[(base >> 1) + CMD_TRADE_ID] as number);
    if (trade === NO_TRADE) return refused(RejectReason.UnknownTrade);
    if (trades.i32[trade + TRD_BUSTED] === 1) return refused(RejectReason.TradeBusted);
    if (kind === CommandKind.BustTrade) trades.i32[trade + TRD_BUSTED] = 1;
    else {
      const price = i32[base + CMD_PRICE] as number;
      const qty = i32[base + CMD_ORDER_QTY] as number;
      if (price < 0 || price > (books.i32[book + BOOK_MAX_PRICE] as number)) return refused(RejectReason.InvalidPrice);
      if (qty < 0) return refused(RejectReason.InvalidQuantity);
      if (price !== 0) trades.i32[trade + TRD_PRICE] = price;
      if (qty !== 0) trades.i32[trade + TRD_QTY] = qty;
    }
    const execType = kind === CommandKind.BustTrade ? ExecType.TradeBusted : ExecType.TradeCorrected;
    this.#tellAmended(trade, book, execType, f64, (base >> 1) + CMD_TRADE_ID);
    return done(0);
  }

  #tellAmended(trade: number, book: BookBase, execType: ExecType, ids: Float64Array, idAt: number): void {
    const { trades, events } = this.#parts;
    const price = trades.i32[trade + TRD_PRICE] as number;
    const qty = trades.i32[trade + TRD_QTY] as number;
    const buyer = trades.i32[trade + TRD_BUYER] as OrderBase;
    const seller = trades.i32[trade + TRD_SELLER] as OrderBase;
    if (this.#isStill(buyer, trades.f64[(trade >> 1) + TRD_BUY_ORDER_ID] as number)) {
      events.tradeNotice(buyer, book, execType, price, qty, ids, idAt);
    }
    if (this.#isStill(seller, trades.f64[(trade >> 1) + TRD_SELL_ORDER_ID] as number)) {
      events.tradeNotice(seller, book, execType, price, qty, ids, idAt);
    }
    events.tradeAmended(book, execType, price, qty, ids, idAt);
  }

  /** Whether the record still is that of the order, open or remembered. */
  #isStill(order: OrderBase, orderId: number): boolean {
    const { i32, f64 } = this.#parts.registry.pool;
    return i32[order + ORD_WORD] !== 0 && f64[(order >> 1) + ORD_ORDER_ID] === orderId;
  }
}
