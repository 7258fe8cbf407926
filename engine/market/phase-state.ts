/**
 * The phase of an instrument as a fact: what it is, until when, who hears of it, and what waits or stops waiting by it. When a phase may
 * change, and what has to happen before and after, is in phases.ts.
 */
import { CancelReason, Phase, TimeInForce } from "../../protocol/codes.ts";
import {
  BOOK_CHECKS,
  BOOK_INDICATION_PX,
  BOOK_PAUSE_MS,
  BOOK_PAUSE_UNTIL,
  BOOK_PEG_BID,
  BOOK_PEG_OFFER,
  BOOK_PHASE,
  type BookBase,
  BookList,
  BookPart,
  EntryCheck,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { isCollecting } from "../book/collecting-phases.ts";
import { NO_LEVEL } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { Places } from "../matching/places.ts";
import { OrderFlag } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import type { OrderQuery } from "../orders/order-query.ts";
import { NO_ORDER, ORD_FLAGS, ORD_LEVEL, ORD_PRICE } from "../orders/order-record.ts";
import type { Agenda } from "./agenda.ts";
import type { AuctionPrice } from "./auction-price.ts";

const DEFAULT_PAUSE_MS = 1000;
const US_PER_MS = 1000;

/** There was no indication in this phase yet: the first one is always told. */
export const NO_INDICATION = -1;

export type PhaseState = ReturnType<typeof createPhaseState>;

export function createPhaseState(
  orders: OrderPool,
  books: Books,
  places: Places,
  query: OrderQuery,
  agenda: Agenda,
  pricing: AuctionPrice,
  events: EventWriter,
) {
  const { i32, f64 } = books;

  /** Without anybody hearing of it: before the first command, and for a new instrument. */
  function set(book: BookBase, phase: number): void {
    i32[book + BOOK_PHASE] = phase;
    i32[book + BOOK_PEG_BID] = -1;
    i32[book + BOOK_PEG_OFFER] = -1;
    books.setPart(book, BookPart.NotMatching, phase !== Phase.Continuous);
    const checks = i32[book + BOOK_CHECKS] as number;
    i32[book + BOOK_CHECKS] = phase === Phase.Continuous ? checks & ~EntryCheck.Phase : checks | EntryCheck.Phase;
  }

  function enter(book: BookBase, phase: number): void {
    const before = i32[book + BOOK_PHASE] as number;
    // What traded before this command is over with the old phase, not with the new one.
    books.refreshTradeRange(book);
    set(book, phase);
    i32[book + BOOK_INDICATION_PX] = NO_INDICATION;
    const pauseMs = i32[book + BOOK_PAUSE_MS] as number;
    const until =
      phase === Phase.VolatilityPause ? events.time() + (pauseMs === 0 ? DEFAULT_PAUSE_MS : pauseMs) * US_PER_MS : 0;
    f64[(book >> 1) + BOOK_PAUSE_UNTIL] = until;
    agenda.bookChanged();
    events.phaseChanged(book, until);
    if (before === Phase.Continuous) parkPegs(book);
    if (phase === Phase.ClosingAuction) releaseAtTheClose(book);
    if (isCollecting(phase)) pricing.indicate(book);
  }

  /** What a peg follows means nothing while bids and offers may cross. */
  function parkPegs(book: BookBase): void {
    for (let order = places.headOf(book, BookList.Pegs); order !== NO_ORDER; order = places.nextOf(order)) {
      // One that is just trading is in no book; it ends by itself.
      if (orders.i32[order + ORD_LEVEL] === NO_LEVEL) continue;
      places.take(order);
      orders.i32[order + ORD_PRICE] = 0;
      orders.i32[order + ORD_FLAGS] = (orders.i32[order + ORD_FLAGS] as number) | OrderFlag.Waiting;
    }
  }

  function releaseAtTheClose(book: BookBase): void {
    const filter = query.all();
    filter.book = book;
    filter.times = 1 << TimeInForce.AtTheClose;
    const count = query.run();
    for (let n = 0; n < count; n++) {
      const order = query.at(n);
      // Those of an auction that a halt has interrupted are in the book already.
      if (orders.i32[order + ORD_LEVEL] !== NO_LEVEL) continue;
      orders.i32[order + ORD_FLAGS] = (orders.i32[order + ORD_FLAGS] as number) & ~OrderFlag.Waiting;
      events.levelUpdated(book, places.rest(order, book));
    }
  }

  return { set, enter };
}

/** Why an order of that time in force ends when the instrument enters continuous trading or closes. */
export function reasonAtPhase(timeInForce: number): CancelReason {
  return timeInForce === TimeInForce.Day ? CancelReason.EndOfDay : CancelReason.Residue;
}
