/**
 * Opening and closing sessions, and canceling many orders of one session at once.
 *
 * Orders are canceled in the order of their entry, whatever replaces they have seen since. An order that a disconnect
 * cancels is reported without a session, as nobody is connected to read it, but counts in the session's reports.
 *
 * An openSession for another engine than the first has in the place of the client order id which opening of the first
 * engine it follows: the sequence number there. Commands of two gateways overtake each other on their way to the other
 * engines, and the latest opening is the one that counts.
 */
import { CancelReason, LogoutReason, RejectReason, RequestType, Side } from "../../protocol/codes.ts";
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_OPENING,
  CMD_PRICE_FROM,
  CMD_PRICE_TO,
  CommandFlag,
  MAX_ACCOUNT,
} from "../../protocol/record/command-record.ts";
import { EventKind, NO_SESSION } from "../../protocol/record/event-record.ts";
import { type BookBase, NO_BOOK } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { EventWriter } from "../event-writer.ts";
import type { Settling } from "../market/settling.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import { ANY, type OrderFilter, type OrderQuery } from "../orders/order-query.ts";
import { NO_ORDER, ORD_BOOK, ORD_SESSION_NEXT, type OrderBase } from "../orders/order-record.ts";
import type { OrderRegistry } from "../orders/order-registry.ts";
import { isRequestId } from "../orders/order-terms.ts";
import { NO_GATEWAY, SES_OPEN_HEAD, type SessionTable } from "./session-table.ts";

/** The ASCII text that a command record carries. */
export function nameOf(i32: Int32Array, base: number): string {
  let name = "";
  for (let i = 0; i < (i32[base + CMD_NAME_BYTES] as number); i++) {
    const word = i32[base + CMD_NAME + (i >> 2)] as number;
    name += String.fromCharCode((word >>> ((i & 3) * 8)) & 0xff);
  }
  return name;
}

/** Whether a range of prices can hold a price. 0 is an open end. */
export function isPriceRange(from: number, to: number): boolean {
  return from >= 0 && to >= 0 && (to === 0 || from <= to);
}

export interface SessionControlParts {
  readonly engineIndex: number;
  readonly sessions: SessionTable;
  readonly registry: OrderRegistry;
  readonly books: Books;
  readonly query: OrderQuery;
  readonly ending: OrderEnding;
  readonly settling: Settling;
  readonly events: EventWriter;
}

export class SessionControl {
  readonly #parts: SessionControlParts;
  /** Engine 0 decides who holds a session name; the others follow it. */
  readonly #isFirstEngine: boolean;

  constructor(parts: SessionControlParts) {
    this.#parts = parts;
    this.#isFirstEngine = parts.engineIndex === 0;
  }

  openSession(i32: Int32Array, f64: Float64Array, base: number): void {
    const { sessions, events } = this.#parts;
    const name = nameOf(i32, base);
    const opening = f64[(base >> 1) + CMD_OPENING] as number;
    const known = sessions.find(name);
    const isConnected = known !== NO_SESSION && sessions.gatewayOf(known) !== NO_GATEWAY;
    const isHeld = this.#isFirstEngine ? isConnected : known !== NO_SESSION && opening < sessions.openingOf(known);
    if (isHeld) {
      events.sessionAnswered(EventKind.SessionRefused, i32, base, known, LogoutReason.SessionInUse);
      return;
    }
    // The first engine has seen the old connection end. Its own closeSession is still on its way here: it comes too late.
    if (isConnected) this.#disconnect(known);
    const session = known === NO_SESSION ? this.#admit(name) : known;
    if (session === NO_SESSION) {
      events.sessionAnswered(EventKind.SessionRefused, i32, base, NO_SESSION, LogoutReason.TooManySessions);
      return;
    }
    const cancelsOnDisconnect = ((i32[base + CMD_FLAGS] as number) & CommandFlag.CancelOnDisconnect) !== 0;
    const connection = i32[base + CMD_CONNECTION] as number;
    sessions.connect(session, i32[base + CMD_GATEWAY] as number, connection, cancelsOnDisconnect, opening);
    events.sessionAnswered(EventKind.SessionOpened, i32, base, session, LogoutReason.Unspecified);
  }

  /** The end of a connection that another one has followed on this engine comes too late, and means nothing any more. */
  closeSession(i32: Int32Array, base: number, session: number): void {
    if (this.#parts.sessions.connectionOf(session) === i32[base + CMD_CONNECTION]) this.#disconnect(session);
  }

  massCancel(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const { books, events } = this.#parts;
    const instrumentId = i32[base + CMD_INSTRUMENT_ID] as number;
    const side = ((i32[base + CMD_HEAD] as number) >>> 8) & 0xff;
    const book = instrumentId === 0 ? ANY : books.find(instrumentId);
    const isExtended = ((i32[base + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
    const account = isExtended ? (i32[base + CMD_ACCOUNT] as number) : 0;
    const from = i32[base + CMD_PRICE_FROM] as number;
    const to = i32[base + CMD_PRICE_TO] as number;
    const reject = (reason: RejectReason): void => events.requestRejected(i32, base, RequestType.MassCancel, reason);
    if (!isRequestId(f64, (base >> 1) + CMD_CLIENT_ORDER_ID)) return reject(RejectReason.InvalidClientOrderId);
    if (instrumentId !== 0 && book === NO_BOOK) return reject(RejectReason.UnknownInstrument);
    if (side > Side.Sell) return reject(RejectReason.InvalidSide);
    if (account < 0 || account > MAX_ACCOUNT) return reject(RejectReason.InvalidAccount);
    if (!isPriceRange(from, to)) return reject(RejectReason.InvalidPriceRange);
    const filter = this.#parts.query.all();
    filter.book = book;
    filter.side = side;
    filter.account = account;
    filter.priceFrom = from;
    filter.priceTo = to;
    events.massCanceled(i32, base, side, this.#cancelOpen(session, filter, CancelReason.MassCancel));
  }

  /** A handle for a name that is not known yet, NO_SESSION when there is none. */
  #admit(name: string): number {
    const { sessions, registry } = this.#parts;
    const added = sessions.add(name);
    if (added !== NO_SESSION) return added;
    const idle = sessions.oldestIdle();
    if (idle === NO_SESSION) return NO_SESSION;
    registry.forgetEndedOf(idle);
    sessions.rename(idle, name);
    return idle;
  }

  #disconnect(session: number): void {
    const { sessions, query, events } = this.#parts;
    const gateway = sessions.gatewayOf(session);
    const connection = sessions.connectionOf(session);
    sessions.disconnect(session);
    if (sessions.cancelsOnDisconnect(session)) this.#cancelOpen(session, query.all(), CancelReason.Disconnect);
    events.sessionEvent(EventKind.SessionClosed, gateway, connection, session, LogoutReason.Unspecified);
  }

  /** Cancels the open orders of a session that the filter selects, in the order of their entry. @returns how many. */
  #cancelOpen(session: number, filter: OrderFilter, reason: CancelReason): number {
    const { sessions, registry, query, ending, settling } = this.#parts;
    const { i32 } = registry.pool;
    filter.session = session;
    let canceledCount = 0;
    let order = sessions.i32[sessions.baseOf(session) + SES_OPEN_HEAD] as OrderBase;
    while (order !== NO_ORDER) {
      if (query.matches(order)) {
        settling.touch(i32[order + ORD_BOOK] as BookBase);
        ending.cancel(order, reason);
        canceledCount += 1;
      }
      order = this.#nextOpen(order);
    }
    return canceledCount;
  }

  /**
   * What follows in the list of the session. An order that has ended keeps its link until it is used again, which cannot be within
   * one command; but the order behind it may have ended with it.
   */
  #nextOpen(order: OrderBase): OrderBase {
    const { registry, ending } = this.#parts;
    let next = registry.pool.i32[order + ORD_SESSION_NEXT] as OrderBase;
    while (next !== NO_ORDER && !ending.isOpen(next)) next = registry.pool.i32[next + ORD_SESSION_NEXT] as OrderBase;
    return next;
  }
}
