/** What happens by the passing of time alone, before the command that brings the time: docs/MATCHING.md, section 11. */
import { CancelReason, Phase } from "../../protocol/codes.ts";
import {
  BOOK_PAUSE_UNTIL,
  BOOK_PHASE,
  BOOK_SCHEDULE_AT,
  BOOK_SCHEDULE_COUNT,
  type BookBase,
  NO_BOOK,
  TABLE_SCHEDULE,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import type { Deadlines } from "../orders/deadlines.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { ORD_BOOK } from "../orders/order-record.ts";
import type { Agenda } from "./agenda.ts";
import type { PhaseState } from "./phase-state.ts";
import type { Phases } from "./phases.ts";
import type { Settling } from "./settling.ts";

const US_PER_SECOND = 1e6;
const SECONDS_PER_DAY = 86_400;
const US_PER_DAY = SECONDS_PER_DAY * US_PER_SECOND;

/** `scheduleAt` of a book whose first change is not known yet. */
export const UNKNOWN_TIME = -1;

/** Most that one command does for the time that has passed; what is left is done with the next ones. */
const MAX_DUE = 10_000;

export type Due = ReturnType<typeof createDue>;

export function createDue(
  orders: OrderPool,
  books: Books,
  deadlines: Deadlines,
  agenda: Agenda,
  ending: OrderEnding,
  state: PhaseState,
  phases: Phases,
  settling: Settling,
) {
  const { i32, f64, tables } = books;

  /** Everything that is due at this time, earliest first. */
  function run(time: number): void {
    agenda.bookChanged();
    for (let done = 0; done < MAX_DUE && agenda.next() <= time; done++) {
      fireFirst(time);
      settling.run();
      agenda.bookChanged();
    }
  }

  function fireFirst(time: number): void {
    const first = agenda.next();
    if (agenda.nextOfOrders() === first) return expireFirst();
    const paused = agenda.bookAt(first, agenda.pauseOf);
    if (paused !== NO_BOOK) return endPause(paused);
    changeBySchedule(agenda.bookAt(first, agenda.scheduleOf), time);
  }

  function expireFirst(): void {
    const order = deadlines.first();
    settling.touch(orders.i32[order + ORD_BOOK] as BookBase);
    ending.expire(order, CancelReason.Deadline);
  }

  function endPause(book: BookBase): void {
    f64[(book >> 1) + BOOK_PAUSE_UNTIL] = 0;
    phases.change(book, Phase.Continuous);
  }

  function changeBySchedule(book: BookBase, time: number): void {
    const at = f64[(book >> 1) + BOOK_SCHEDULE_AT] as number;
    if (at === UNKNOWN_TIME) return beginSchedule(book, time);
    const phase = phaseAt(book, at);
    f64[(book >> 1) + BOOK_SCHEDULE_AT] = i32[book + BOOK_PHASE] === Phase.Delisted ? 0 : nextChange(book, at);
    phases.change(book, phase);
  }

  /** The phase that the schedule has for this time, and when it changes next. Nobody follows the book yet. */
  function beginSchedule(book: BookBase, time: number): void {
    state.set(book, phaseAt(book, time));
    f64[(book >> 1) + BOOK_SCHEDULE_AT] = nextChange(book, time);
  }

  /** A new schedule holds from its next change on. */
  function plan(book: BookBase, time: number): void {
    f64[(book >> 1) + BOOK_SCHEDULE_AT] = nextChange(book, time);
  }

  function secondAt(book: BookBase, row: number): number {
    return tables[books.tableOf(book) + TABLE_SCHEDULE + row * 2] as number;
  }

  function phaseAt(book: BookBase, time: number): number {
    const second = Math.floor((time % US_PER_DAY) / US_PER_SECOND);
    let row = (i32[book + BOOK_SCHEDULE_COUNT] as number) - 1;
    // Before the first entry of the day the last one of the day before holds.
    for (let n = 0; n < (i32[book + BOOK_SCHEDULE_COUNT] as number); n++) if (secondAt(book, n) <= second) row = n;
    return tables[books.tableOf(book) + TABLE_SCHEDULE + row * 2 + 1] as number;
  }

  /** The first entry of the schedule after this time, µs. */
  function nextChange(book: BookBase, time: number): number {
    const day = Math.floor(time / US_PER_DAY) * US_PER_DAY;
    for (let n = 0; n < (i32[book + BOOK_SCHEDULE_COUNT] as number); n++) {
      const at = day + secondAt(book, n) * US_PER_SECOND;
      if (at > time) return at;
    }
    return day + US_PER_DAY + secondAt(book, 0) * US_PER_SECOND;
  }

  return { run, plan };
}
