/**
 * When something is due next: the earliest deadline of an order, end of a volatility pause or change by schedule. A command whose
 * time is below `next` has nothing to do before it, so the path of an order compares one number.
 */
import { BOOK_PAUSE_UNTIL, BOOK_SCHEDULE_AT, type BookBase, NO_BOOK } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { EngineMemory } from "../memory.ts";
import type { Deadlines } from "../orders/deadlines.ts";
import { NO_ORDER } from "../orders/order-record.ts";

const NEXT = 0;
const REGISTERS = 2;

export type Agenda = ReturnType<typeof createAgenda>;

export function createAgenda(memory: EngineMemory, books: Books, deadlines: Deadlines) {
  const registers = memory.allocate("agenda", REGISTERS * 2).f64;
  const { f64 } = books;
  registers[NEXT] = Infinity;

  /** An order may be due earlier than all before. */
  function orderAdded(expireTime: number): void {
    if (expireTime < (registers[NEXT] as number)) registers[NEXT] = expireTime;
  }

  /** A pause or a schedule has changed. */
  function bookChanged(): void {
    registers[NEXT] = Math.min(nextOfOrders(), nextOfBooks());
  }

  function nextOfOrders(): number {
    const order = deadlines.first();
    return order === NO_ORDER ? Infinity : deadlines.expireTimeOf(order);
  }

  function nextOfBooks(): number {
    let earliest = Infinity;
    for (let index = 0; index < books.size(); index++) {
      earliest = Math.min(earliest, pauseOf(books.at(index)), scheduleOf(books.at(index)));
    }
    return earliest;
  }

  /** µs; Infinity: no pause. */
  function pauseOf(book: BookBase): number {
    const until = f64[(book >> 1) + BOOK_PAUSE_UNTIL] as number;
    return until === 0 ? Infinity : until;
  }

  /** µs; Infinity: no schedule. Below 0: its first change is not known yet. */
  function scheduleOf(book: BookBase): number {
    const at = f64[(book >> 1) + BOOK_SCHEDULE_AT] as number;
    return at === 0 ? Infinity : at;
  }

  /** The book whose pause, or else whose schedule, is due at that time; NO_BOOK. */
  function bookAt(time: number, dueOf: (book: BookBase) => number): BookBase {
    for (let index = 0; index < books.size(); index++) {
      if (dueOf(books.at(index)) === time) return books.at(index);
    }
    return NO_BOOK;
  }

  return {
    orderAdded,
    bookChanged,
    nextOfOrders,
    pauseOf,
    scheduleOf,
    bookAt,
    /** Before this time nothing is due. µs. */
    next: () => registers[NEXT] as number,
  };
}
