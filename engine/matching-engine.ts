/**
 * The deterministic core: commands in, events out. What it holds after n commands, and every event that it made on the
 * way, depends on its configuration and those commands alone. It reads no clock, no random number that could show, no
 * socket and no file, and allocates nothing per order command.
 *
 * Commands for a session that is not connected through the gateway that they came from are dropped and counted: whoever
 * sent them is gone (a gateway sends nothing for a connection after its closeSession, and what another gateway still had
 * on the way when the session moved comes too late), so there is nobody to tell.
 *
 * Here the parts are put together. Each is made from those that it may know, so imports and calls point one way: memory and
 * records, places and endings, matching, the market around it, the requests of sessions and of the operator.
 */
import { LogoutReason, RejectReason, type RequestType, unreachable } from "../protocol/codes.ts";
import {
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_SESSION,
  CMD_TIME,
  CommandKind,
} from "../protocol/record/command-record.ts";
import { EventKind, NO_SESSION } from "../protocol/record/event-record.ts";
import { NO_BOOK } from "./book/book-record.ts";
import { createBooks } from "./book/books.ts";
import { LADDERS_PER_BOOK_SHIFT } from "./book/ladders.ts";
import { createPriceLadders } from "./book/price-ladders.ts";
import { createPriceLevels } from "./book/price-levels.ts";
import type { EngineConfig, Instrument } from "./engine-config.ts";
import type { EventOutbox } from "./event-outbox.ts";
import { createEventWriter } from "./event-writer.ts";
import { createAgenda } from "./market/agenda.ts";
import { createAuctionPrice } from "./market/auction-price.ts";
import { createAuction } from "./market/auction.ts";
import { createDue } from "./market/due.ts";
import { createMarketEntry } from "./market/market-entry.ts";
import { createPegs } from "./market/pegs.ts";
import { createPhaseState } from "./market/phase-state.ts";
import { createPhases } from "./market/phases.ts";
import { createSettling } from "./market/settling.ts";
import { createTriggers } from "./market/triggers.ts";
import { createAggressors } from "./matching/aggressors.ts";
import { createDryRun } from "./matching/dry-run.ts";
import { createMatcher } from "./matching/matcher.ts";
import { createOpposition } from "./matching/opposition.ts";
import { createOrderEnding } from "./matching/order-ending.ts";
import { createPlaces } from "./matching/places.ts";
import { createPriceBands } from "./matching/price-bands.ts";
import { createProRata } from "./matching/pro-rata.ts";
import { createSelfTrade } from "./matching/self-trade.ts";
import { createTradeLog } from "./matching/trade-log.ts";
import { createEngineMemory } from "./memory.ts";
import { createInstruments } from "./operator/instruments.ts";
import { readInstruments } from "./operator/read-instruments.ts";
import { createKillSwitches } from "./operator/kill-switches.ts";
import { OperatorControl } from "./operator/operator-control.ts";
import { createClientOrderIndex } from "./orders/client-order-index.ts";
import { createDeadlines } from "./orders/deadlines.ts";
import { createEntryChecks } from "./orders/entry-checks.ts";
import { createOrderEntry } from "./orders/order-entry.ts";
import { MAX_LEGS, createOrderLists } from "./orders/order-lists.ts";
import { createOrderPool } from "./orders/order-pool.ts";
import { createOrderQuery } from "./orders/order-query.ts";
import { createOrderRegistry } from "./orders/order-registry.ts";
import { createOrderReplace } from "./orders/order-replace.ts";
import { createOrderTerms } from "./orders/order-terms.ts";
import { createSpecialOrders } from "./orders/special-orders.ts";
import { SessionControl } from "./sessions/session-control.ts";
import { SessionTable } from "./sessions/session-table.ts";
import { type Snapshot, hashState, restoreState, saveState, viewState } from "./snapshot.ts";

export type MatchingEngine = ReturnType<typeof createMatchingEngine>;

/** @param outbox Where the events go. */
export function createMatchingEngine(config: EngineConfig, outbox: EventOutbox) {
  const maxInstruments = Math.max(config.maxInstruments ?? 1, config.instruments.length, 1);
  // More than both together: the orders of a list are held while they are looked at, even when everything is full.
  const maxOpen = config.maxOpenOrders + MAX_LEGS;
  const maxOrders = maxOpen + config.maxEndedOrders;
  const memory = createEngineMemory();
  const pool = createOrderPool(memory, maxOrders);
  const sessions = new SessionTable(memory, config.maxSessions);
  const index = createClientOrderIndex(pool);
  const registry = createOrderRegistry(memory, config, pool, index, sessions);
  // Only shown levels are bounded by the configuration: each order outside of the shown book has at most one level.
  const levels = createPriceLevels(memory, config.maxPriceLevels + maxOpen, pool);
  const ladders = createPriceLadders(memory, levels, maxInstruments << LADDERS_PER_BOOK_SHIFT);
  const books = createBooks(memory, maxInstruments);
  const terms = createOrderTerms(books);
  const trades = createTradeLog(memory, config, pool);
  const events = createEventWriter(memory, outbox, pool, books, ladders, levels, sessions, trades.tradeIds);
  const query = createOrderQuery(maxOpen, pool);
  const deadlines = createDeadlines(memory, maxOpen, pool);
  const agenda = createAgenda(memory, books, deadlines);
  const places = createPlaces(memory, config.engineIndex, pool, books, levels, ladders);
  const ending = createOrderEnding(memory, registry, deadlines, books, ladders, places, events);
  const aggressors = createAggressors(pool, books);
  const opposition = createOpposition(pool, books, levels, ladders, places, aggressors);
  const pricing = createAuctionPrice(pool, books, levels, ladders, places, opposition, terms, events);
  const phaseState = createPhaseState(pool, books, places, query, agenda, pricing, events);
  const selfTrade = createSelfTrade(registry, levels, ladders, places, ending, events);
  const dryRun = createDryRun(memory, pool, books, levels, ladders, places, aggressors, opposition, ending, selfTrade);
  const proRata = createProRata(pool, books, levels, places);
  const bands = createPriceBands(books, phaseState);
  const matcher = createMatcher({
    registry,
    books,
    levels,
    ladders,
    places,
    ending,
    events,
    trades,
    aggressors,
    opposition,
    dryRun,
    selfTrade,
    proRata,
    bands,
  });
  const triggers = createTriggers(pool, books, levels, ladders, places, terms);
  const pegs = createPegs(pool, books, levels, ladders, places, opposition, terms);
  const entry = createMarketEntry(
    registry,
    books,
    levels,
    ladders,
    places,
    opposition,
    matcher,
    ending,
    triggers,
    pegs,
    terms,
    events,
  );
  const auction = createAuction(pool, books, levels, places, opposition, ending, matcher, trades, pricing, events);
  const settling = createSettling(
    memory,
    maxInstruments,
    pool,
    books,
    places,
    dryRun,
    matcher,
    ending,
    triggers,
    pegs,
    entry,
    pricing,
  );
  const phases = createPhases(pool, books, query, ending, phaseState, auction, settling);
  const due = createDue(pool, books, deadlines, agenda, ending, phaseState, phases, settling);
  const kills = createKillSwitches(memory, books);
  const instruments = createInstruments(config, books, phaseState, agenda, due);
  const checks = createEntryChecks(registry, books, ladders, config.maxPriceLevels, kills);
  const special = createSpecialOrders(registry, books, places, deadlines, agenda, checks, opposition, entry, events);
  const lists = createOrderLists(memory, registry, books, terms, checks, special, entry, ending, settling, events);
  const orderEntry = createOrderEntry({
    registry,
    books,
    places,
    terms,
    checks,
    matcher,
    entry,
    ending,
    settling,
    special,
    lists,
    events,
  });
  const replacing = createOrderReplace(
    registry,
    books,
    ladders,
    places,
    terms,
    checks,
    entry,
    matcher,
    ending,
    settling,
    events,
  );
  const sessionControl = new SessionControl({
    engineIndex: config.engineIndex,
    sessions,
    registry,
    books,
    query,
    ending,
    settling,
    events,
  });
  const operator = new OperatorControl({
    registry,
    sessions,
    books,
    query,
    ending,
    phases,
    settling,
    trades,
    kills,
    instruments,
    events,
  });
  const sessionI32 = sessions.i32;
  const maxSessions = sessions.capacity;
  let droppedCommandCount = 0;

  /**
   * Applies the complete command record at `base`: an index into `i32`, half of it into `f64`. Its events are in the
   * outbox afterwards, not yet published unless a ring was full.
   */
  function apply(i32: Int32Array, f64: Float64Array, base: number): void {
    const kind = (i32[base + CMD_HEAD] as number) & 0xff;
    if (kind >= CommandKind.FollowBook && kind <= CommandKind.UnfollowBook) return applyQuery(kind, i32, base);
    const session = sessionOf(kind, i32, base);
    books.beginCommand();
    settling.begin();
    if ((f64[(base >> 1) + CMD_TIME] as number) >= agenda.next() || settling.hasWork()) catchUp(i32, f64, base);
    events.begin(i32, f64, base, session);
    if (kind === CommandKind.NewOrder && session !== NO_SESSION) orderEntry.newOrder(i32, f64, base, session);
    else if (kind === CommandKind.CancelOrder && session !== NO_SESSION)
      orderEntry.cancelOrder(i32, f64, base, session);
    else applyOther(kind as CommandKind, i32, f64, base, session);
    if (settling.hasWork()) settling.run();
  }

  /**
   * In place of {@link apply}, for a command that must not be applied: it has its sequence number and its answer, and that is all.
   * What is due at its time comes with the next command.
   */
  function refuse(i32: Int32Array, f64: Float64Array, base: number): void {
    const kind = (i32[base + CMD_HEAD] as number) & 0xff;
    const session = sessionOf(kind, i32, base);
    books.beginCommand();
    events.begin(i32, f64, base, session);
    if (kind === CommandKind.NewOrder && session !== NO_SESSION)
      events.orderRejected(i32, base, RejectReason.Quarantined);
    else if (kind < CommandKind.OpenSession && session !== NO_SESSION) {
      events.requestRejected(i32, base, kind as RequestType, RejectReason.Quarantined);
    } else if (kind >= CommandKind.SetPhase && kind < CommandKind.AdvanceTime && kind !== CommandKind.InstrumentTerm) {
      events.operatorReport(i32, base, RejectReason.Quarantined, 0);
    } else if (kind === CommandKind.OpenSession) {
      events.sessionAnswered(EventKind.SessionRefused, i32, base, NO_SESSION, LogoutReason.InternalError);
    }
  }

  /** The connected session whose command it is; NO_SESSION for others. Any int32 may stand in a record. */
  function sessionOf(kind: number, i32: Int32Array, base: number): number {
    if (kind >= CommandKind.OpenSession && kind !== CommandKind.CloseSession) return NO_SESSION;
    const session = i32[base + CMD_SESSION] as number;
    if (session < 0 || session >= maxSessions) return NO_SESSION;
    return sessionI32[sessions.baseOf(session)] === i32[base + CMD_GATEWAY] ? session : NO_SESSION;
  }

  /** What is due at the time that the command brings, and what earlier commands have left to do. */
  function catchUp(i32: Int32Array, f64: Float64Array, base: number): void {
    events.begin(i32, f64, base, NO_SESSION);
    if (settling.hasWork()) settling.run();
    due.run(f64[(base >> 1) + CMD_TIME] as number);
  }

  function applyOther(kind: CommandKind, i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    switch (kind) {
      case CommandKind.NewOrder:
      case CommandKind.CancelOrder:
        droppedCommandCount += 1;
        return;
      case CommandKind.ReplaceOrder:
      case CommandKind.MassCancel:
      case CommandKind.CloseSession:
        if (session === NO_SESSION) droppedCommandCount += 1;
        else if (kind === CommandKind.ReplaceOrder) replacing.replaceOrder(i32, f64, base, session);
        else if (kind === CommandKind.MassCancel) sessionControl.massCancel(i32, f64, base, session);
        else sessionControl.closeSession(i32, base, session);
        return;
      case CommandKind.OpenSession:
        return sessionControl.openSession(i32, f64, base);
      case CommandKind.SetPhase:
      case CommandKind.KillSwitch:
      case CommandKind.OperatorCancel:
      case CommandKind.BustTrade:
      case CommandKind.CorrectTrade:
      case CommandKind.InstrumentTerm:
      case CommandKind.CommitInstrument:
        return operator.apply(kind, i32, f64, base);
      case CommandKind.AdvanceTime:
      case CommandKind.FollowBook:
      case CommandKind.UnfollowBook:
        return;
      default:
        unreachable(kind);
    }
  }

  /** Not sequenced: the gateway learns the book as it is after the last command, and every change from then on. */
  function applyQuery(kind: number, i32: Int32Array, base: number): void {
    outbox.forgetStamped();
    const gateway = i32[base + CMD_GATEWAY] as number;
    const instrumentId = i32[base + CMD_INSTRUMENT_ID] as number;
    const book = books.find(instrumentId);
    if (kind === CommandKind.UnfollowBook) {
      if (book !== NO_BOOK) books.follow(book, gateway, false);
      return;
    }
    if (book === NO_BOOK) return events.snapshotRefused(instrumentId, gateway, RejectReason.UnknownInstrument);
    events.snapshot(book, gateway);
    books.follow(book, gateway, true);
  }

  const parts = { memory, sessions, index, instruments };

  return {
    apply,
    refuse,
    /** Sequence of the last command that was applied; 0 before the first. */
    get sequence(): number {
      return events.sequence();
    },
    /** Of that command, µs. */
    get time(): number {
      return events.time();
    },
    get openOrderCount(): number {
      return registry.openCount();
    },
    /** Ended orders that are still remembered. */
    get endedOrderCount(): number {
      return registry.endedCount();
    },
    /** Levels of the shown books. */
    get priceLevelCount(): number {
      return ladders.shownLevelCount();
    },
    get connectedSessionCount(): number {
      return sessions.connectedCount;
    },
    /** Commands that nobody was there for any more: see the file's header. */
    get droppedCommandCount(): number {
      return droppedCommandCount;
    },
    /** When the engine wants to be told the time: µs; Infinity: never. 0: at once, as a command has left something to do. */
    nextDue: () => (settling.hasWork() ? 0 : agenda.next()),
    /** 64 bits over everything that the engine remembers, as 16 hexadecimal digits. */
    stateHash: () => hashState(parts),
    /** A copy of everything that the engine remembers. Who follows which book is not part of it. */
    save: (): Snapshot => saveState(parts),
    /** The same without a copy: good until the next command. */
    view: (): Snapshot => viewState(parts),
    /** Takes over a copy from an engine of the same configuration, in place of everything that is remembered here. */
    restore: (snapshot: Snapshot): void => restoreState(parts, snapshot),
    /** Every instrument with its present terms, those that were defined while the engine ran included. */
    instruments: (): Instrument[] => readInstruments(config.engineIndex, books),
    /** Everything that the engine remembers, for checks. */
    state: { pool, sessions, registry, books, ladders, levels, places, ending, index, query },
  };
}
