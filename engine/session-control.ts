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
import { LogoutReason, RejectReason, RequestType, Side } from "../protocol/codes.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_OPENING,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CommandFlag,
} from "../protocol/record/command-record.ts";
import { EventKind, NO_SESSION } from "../protocol/record/event-record.ts";
import type { EventWriter } from "./event-writer.ts";
import type { OrderBooks } from "./order-books.ts";
import type { OrderEntry } from "./order-entry.ts";
import { NO_ORDER, ORD_BOOK, ORD_SESSION_NEXT, ORD_WORD, type OrderBase, wordSide } from "./order-record.ts";
import type { OrderRegistry } from "./order-registry.ts";
import { isRequestId } from "./order-terms.ts";
import { NO_GATEWAY, SES_OPEN_HEAD, type SessionTable } from "./session-table.ts";

/** Stands for "of every book" in a mass cancel. */
const ANY_BOOK = -1;

function nameOf(i32: Int32Array, base: number): string {
  let name = "";
  for (let i = 0; i < (i32[base + CMD_NAME_BYTES] as number); i++) {
    const word = i32[base + CMD_NAME + (i >> 2)] as number;
    name += String.fromCharCode((word >>> ((i & 3) * 8)) & 0xff);
  }
  return name;
}

export class SessionControl {
  readonly #sessions: SessionTable;
  readonly #registry: OrderRegistry;
  readonly #books: OrderBooks;
  readonly #orderEntry: OrderEntry;
  readonly #events: EventWriter;
  /** Engine 0 decides who holds a session name; the others follow it. */
  readonly #isFirstEngine: boolean;

  constructor(
    engineIndex: number,
    sessions: SessionTable,
    registry: OrderRegistry,
    books: OrderBooks,
    orderEntry: OrderEntry,
    events: EventWriter,
  ) {
    this.#sessions = sessions;
    this.#registry = registry;
    this.#books = books;
    this.#orderEntry = orderEntry;
    this.#events = events;
    this.#isFirstEngine = engineIndex === 0;
  }

  openSession(i32: Int32Array, f64: Float64Array, base: number): void {
    const name = nameOf(i32, base);
    const opening = f64[(base >> 1) + CMD_OPENING] as number;
    const known = this.#sessions.find(name);
    const isConnected = known !== NO_SESSION && this.#sessions.gatewayOf(known) !== NO_GATEWAY;
    const isHeld = this.#isFirstEngine
      ? isConnected
      : known !== NO_SESSION && opening < this.#sessions.openingOf(known);
    if (isHeld) {
      this.#events.sessionAnswered(EventKind.SessionRefused, i32, base, known, LogoutReason.SessionInUse);
      return;
    }
    // The first engine has seen the old connection end. Its own closeSession is still on its way here: it comes too late.
    if (isConnected) this.#disconnect(known);
    const session = known === NO_SESSION ? this.#admit(name) : known;
    if (session === NO_SESSION) {
      this.#events.sessionAnswered(EventKind.SessionRefused, i32, base, NO_SESSION, LogoutReason.TooManySessions);
      return;
    }
    const cancelsOnDisconnect = ((i32[base + CMD_FLAGS] as number) & CommandFlag.CancelOnDisconnect) !== 0;
    const connection = i32[base + CMD_CONNECTION] as number;
    this.#sessions.connect(session, i32[base + CMD_GATEWAY] as number, connection, cancelsOnDisconnect, opening);
    this.#events.sessionAnswered(EventKind.SessionOpened, i32, base, session, LogoutReason.Unspecified);
  }

  /** The end of a connection that another one has followed on this engine comes too late, and means nothing any more. */
  closeSession(i32: Int32Array, base: number, session: number): void {
    if (this.#sessions.connectionOf(session) === i32[base + CMD_CONNECTION]) this.#disconnect(session);
  }

  massCancel(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const instrumentId = i32[base + CMD_INSTRUMENT_ID] as number;
    const side = ((i32[base + CMD_HEAD] as number) >>> 8) & 0xff;
    const book = instrumentId === 0 ? ANY_BOOK : this.#books.find(instrumentId)?.index;
    if (!isRequestId(f64, (base >> 1) + CMD_CLIENT_ORDER_ID)) {
      this.#events.requestRejected(i32, base, RequestType.MassCancel, RejectReason.InvalidClientOrderId);
    } else if (book === undefined) {
      this.#events.requestRejected(i32, base, RequestType.MassCancel, RejectReason.UnknownInstrument);
    } else if (side > Side.Sell) {
      this.#events.requestRejected(i32, base, RequestType.MassCancel, RejectReason.InvalidSide);
    } else this.#events.massCanceled(i32, base, side, this.#cancelOpen(session, book, side));
  }

  /** A handle for a name that is not known yet, NO_SESSION when there is none. */
  #admit(name: string): number {
    const added = this.#sessions.add(name);
    if (added !== NO_SESSION) return added;
    const idle = this.#sessions.oldestIdle();
    if (idle === NO_SESSION) return NO_SESSION;
    this.#registry.forgetEndedOf(idle);
    this.#sessions.rename(idle, name);
    return idle;
  }

  #disconnect(session: number): void {
    const gateway = this.#sessions.gatewayOf(session);
    const connection = this.#sessions.connectionOf(session);
    this.#sessions.disconnect(session);
    if (this.#sessions.cancelsOnDisconnect(session)) this.#cancelOpen(session, ANY_BOOK, Side.Unspecified);
    this.#events.sessionEvent(EventKind.SessionClosed, gateway, connection, session, LogoutReason.Unspecified);
  }

  /** @returns how many were canceled. */
  #cancelOpen(session: number, book: number, side: number): number {
    const { i32 } = this.#registry.pool;
    let canceledCount = 0;
    let order = this.#sessions.i32[this.#sessions.baseOf(session) + SES_OPEN_HEAD] as OrderBase;
    while (order !== NO_ORDER) {
      const next = i32[order + ORD_SESSION_NEXT] as OrderBase;
      const isMeant =
        (book === ANY_BOOK || i32[order + ORD_BOOK] === book) &&
        (side === Side.Unspecified || wordSide(i32[order + ORD_WORD] as number) === side);
      if (isMeant) {
        this.#orderEntry.cancelUnasked(order);
        canceledCount += 1;
      }
      order = next;
    }
    return canceledCount;
  }
}
