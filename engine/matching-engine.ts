/**
 * The deterministic core: commands in, events out. What it holds after n commands, and every event that it made on the
 * way, depends on its configuration and those commands alone. It reads no clock, no random number that could show, no
 * socket and no file, and allocates nothing per order command.
 *
 * Commands for a session that is not connected through the gateway that they came from are dropped and counted: whoever
 * sent them is gone (a gateway sends nothing for a connection after its closeSession, and what another gateway still had
 * on the way when the session moved comes too late), so there is nobody to tell.
 */
import { RejectReason, unreachable } from "../protocol/codes.ts";
import {
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_SESSION,
  CommandKind,
} from "../protocol/record/command-record.ts";
import { NO_SESSION } from "../protocol/record/event-record.ts";
import type { EngineConfig } from "./engine-config.ts";
import type { EventOutbox } from "./event-outbox.ts";
import { EventWriter } from "./event-writer.ts";
import { Matcher } from "./matcher.ts";
import { OrderBooks } from "./order-books.ts";
import { OrderEntry } from "./order-entry.ts";
import { OrderRegistry } from "./order-registry.ts";
import { SessionControl } from "./session-control.ts";
import { SessionTable } from "./session-table.ts";

/** Everything that the engine remembers from one command to the next, for checks and copies of it. */
export interface EngineState {
  readonly sessions: SessionTable;
  readonly registry: OrderRegistry;
  readonly books: OrderBooks;
}

/** Commands of an open session. */
type SessionCommandKind = Extract<CommandKind, 1 | 2 | 3 | 4 | 6>;

export class MatchingEngine {
  readonly state: EngineState;
  readonly #outbox: EventOutbox;
  readonly #sessions: SessionTable;
  readonly #books: OrderBooks;
  readonly #events: EventWriter;
  readonly #orderEntry: OrderEntry;
  readonly #sessionControl: SessionControl;
  #droppedCommandCount: number;

  constructor(config: EngineConfig, outbox: EventOutbox) {
    const { engineIndex } = config;
    const sessions = new SessionTable(config.maxSessions);
    const registry = new OrderRegistry(config, sessions);
    const books = new OrderBooks(config, registry.pool);
    const events = new EventWriter(outbox, registry.pool, books.levels, sessions);
    const matcher = new Matcher(engineIndex, registry, books.levels, events);
    this.state = { sessions, registry, books };
    this.#outbox = outbox;
    this.#sessions = sessions;
    this.#books = books;
    this.#events = events;
    this.#orderEntry = new OrderEntry(registry, books, matcher, events);
    this.#sessionControl = new SessionControl(engineIndex, sessions, registry, books, this.#orderEntry, events);
    this.#droppedCommandCount = 0;
  }

  /** Sequence of the last command that was applied; 0 before the first. */
  get sequence(): number {
    return this.#events.sequence;
  }

  get openOrderCount(): number {
    return this.state.registry.openCount;
  }

  /** Ended orders that are still remembered. */
  get endedOrderCount(): number {
    return this.state.registry.endedCount;
  }

  get priceLevelCount(): number {
    return this.#books.levels.capacity - this.#books.levels.freeCount;
  }

  get connectedSessionCount(): number {
    return this.#sessions.connectedCount;
  }

  /** Commands that nobody was there for any more: see the file's header. */
  get droppedCommandCount(): number {
    return this.#droppedCommandCount;
  }

  /**
   * Applies the complete command record at `base`: an index into `i32`, half of it into `f64`. Its events are in the
   * outbox afterwards, not yet published unless a ring was full.
   */
  apply(i32: Int32Array, f64: Float64Array, base: number): void {
    const kind = ((i32[base + CMD_HEAD] as number) & 0xff) as CommandKind;
    switch (kind) {
      case CommandKind.NewOrder:
      case CommandKind.CancelOrder:
      case CommandKind.ReplaceOrder:
      case CommandKind.MassCancel:
      case CommandKind.CloseSession:
        this.#applyForSession(kind, i32, f64, base);
        return;
      case CommandKind.OpenSession:
        this.#events.begin(i32, f64, base, NO_SESSION);
        this.#sessionControl.openSession(i32, f64, base);
        return;
      case CommandKind.FollowBook:
        this.#followBook(i32, base);
        return;
      case CommandKind.UnfollowBook:
        this.#unfollowBook(i32, base);
        return;
      default:
        this.#events.begin(i32, f64, base, NO_SESSION);
        this.#droppedCommandCount += 1;
    }
  }

  #applyForSession(kind: SessionCommandKind, i32: Int32Array, f64: Float64Array, base: number): void {
    const session = i32[base + CMD_SESSION] as number;
    if (!this.#sessions.isConnectedAt(session, i32[base + CMD_GATEWAY] as number)) {
      this.#events.begin(i32, f64, base, NO_SESSION);
      this.#droppedCommandCount += 1;
      return;
    }
    this.#events.begin(i32, f64, base, session);
    switch (kind) {
      case CommandKind.NewOrder:
        return this.#orderEntry.newOrder(i32, f64, base, session);
      case CommandKind.CancelOrder:
        return this.#orderEntry.cancelOrder(i32, f64, base, session);
      case CommandKind.ReplaceOrder:
        return this.#orderEntry.replaceOrder(i32, f64, base, session);
      case CommandKind.MassCancel:
        return this.#sessionControl.massCancel(i32, f64, base, session);
      case CommandKind.CloseSession:
        return this.#sessionControl.closeSession(i32, base, session);
      default:
        return unreachable(kind);
    }
  }

  /** Not sequenced: the gateway learns the book as it is after the last command, and every change from then on. */
  #followBook(i32: Int32Array, base: number): void {
    this.#outbox.forgetStamped();
    const gateway = i32[base + CMD_GATEWAY] as number;
    const instrumentId = i32[base + CMD_INSTRUMENT_ID] as number;
    const book = this.#books.find(instrumentId);
    if (book === undefined) {
      this.#events.snapshotEnded(instrumentId, gateway, RejectReason.UnknownInstrument);
      return;
    }
    this.#events.snapshot(book, gateway);
    book.followers |= 1 << gateway;
  }

  #unfollowBook(i32: Int32Array, base: number): void {
    this.#outbox.forgetStamped();
    const book = this.#books.find(i32[base + CMD_INSTRUMENT_ID] as number);
    if (book !== undefined) book.followers &= ~(1 << (i32[base + CMD_GATEWAY] as number));
  }
}
