/**
 * What follows from a command once its own work is done: docs/MATCHING.md, section 8. Books that were touched wait in a queue, in the order in which their
 * instruments were added; a long cascade is cut into pieces of a fixed number of steps, and the rest is done with the next commands.
 */
import { Phase } from "../../protocol/codes.ts";
import {
  BOOK_LAST_PX,
  BOOK_PARTS,
  BOOK_PHASE,
  BOOK_TOUCHED,
  BOOK_TRADE_HIGH,
  BOOK_TRADE_LOW,
  type BookBase,
  BookList,
  BookPart,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { isCollecting } from "../book/collecting-phases.ts";
import type { DryRun } from "../matching/dry-run.ts";
import type { Matcher } from "../matching/matcher.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import type { Places } from "../matching/places.ts";
import type { EngineMemory } from "../memory.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_BOOK } from "../orders/order-record.ts";
import type { AuctionPrice } from "./auction-price.ts";
import type { MarketEntry } from "./market-entry.ts";
import type { Pegs } from "./pegs.ts";
import type { Triggers } from "./triggers.ts";

/** Most steps per command. 10,000 stops that trigger each other take about as many milliseconds as their trades. */
export const MAX_STEPS = 10_000;

const FIRST = 0;
const COUNT = 1;
const REGISTERS = 2;

export type Settling = ReturnType<typeof createSettling>;

export function createSettling(
  memory: EngineMemory,
  capacity: number,
  orders: OrderPool,
  books: Books,
  places: Places,
  dryRun: DryRun,
  matcher: Matcher,
  ending: OrderEnding,
  triggers: Triggers,
  pegs: Pegs,
  entry: MarketEntry,
  pricing: AuctionPrice,
) {
  const { i32 } = books;
  const registers = memory.allocate("touched books in use", REGISTERS).i32;
  /** A ring: every book is in it at most once. */
  const queue = memory.allocate("touched books", capacity + (capacity & 1)).i32;
  let steps = 0;

  /** Something happened in this book: it settles at the end of the command. */
  function touch(book: BookBase): void {
    if (i32[book + BOOK_TOUCHED] !== 0) return;
    books.refreshTradeRange(book);
    i32[book + BOOK_TOUCHED] = 1;
    let place = registers[COUNT] as number;
    registers[COUNT] = place + 1;
    while (place > 0 && (queue[placeAt(place - 1)] as number) > book) {
      queue[placeAt(place)] = queue[placeAt(place - 1)] as number;
      place -= 1;
    }
    queue[placeAt(place)] = book;
  }

  function placeAt(n: number): number {
    const place = (registers[FIRST] as number) + n;
    return place < capacity ? place : place - capacity;
  }

  /** A command begins: it has all its steps before it. */
  function begin(): void {
    steps = 0;
  }

  function hasWork(): boolean {
    return registers[COUNT] !== 0 || ending.hasStarts();
  }

  /** Settles every touched book, as far as the steps of this command go. */
  function run(): void {
    for (;;) {
      if (ending.hasStarts()) touchStarts();
      if (registers[COUNT] === 0) return;
      const book = queue[registers[FIRST] as number] as BookBase;
      settle(book);
      if (steps >= MAX_STEPS) return;
      registers[FIRST] = (registers[FIRST] as number) + 1 === capacity ? 0 : (registers[FIRST] as number) + 1;
      registers[COUNT] = (registers[COUNT] as number) - 1;
      i32[book + BOOK_TOUCHED] = 0;
      finish(book);
    }
  }

  function touchStarts(): void {
    for (let order = ending.firstStart(); order !== NO_ORDER; order = ending.nextStart(order)) {
      touch(orders.i32[order + ORD_BOOK] as BookBase);
    }
  }

  function settle(book: BookBase): void {
    while (steps < MAX_STEPS && step(book)) steps += 1;
  }

  function finish(book: BookBase): void {
    const phase = i32[book + BOOK_PHASE] as number;
    if (phase === Phase.Continuous) books.clearTradeRange(book);
    else if (isCollecting(phase)) pricing.indicate(book);
  }

  /** @returns whether there was something to do. */
  function step(book: BookBase): boolean {
    if (ending.hasStarts()) {
      const order = ending.takeStart(book);
      if (order !== NO_ORDER) {
        entry.start(order, book);
        return true;
      }
    }
    if (i32[book + BOOK_PHASE] !== Phase.Continuous) return false;
    const parts = i32[book + BOOK_PARTS] as number;
    return (
      ((parts & BookPart.Pegs) !== 0 && stepOfPegs(book)) ||
      ((parts & BookPart.AllOrNone) !== 0 && stepOfAllOrNone(book)) ||
      ((parts & BookPart.Triggers) !== 0 && stepOfTriggers(book)) ||
      ((parts & BookPart.Trailing) !== 0 && triggers.followAll(book))
    );
  }

  function stepOfPegs(book: BookBase): boolean {
    const hasMoved = pegs.follow(book);
    const order = pegs.firstCrossed(book);
    if (order === NO_ORDER) return hasMoved;
    places.take(order);
    matcher.execute(order, book);
    return true;
  }

  function stepOfAllOrNone(book: BookBase): boolean {
    for (let order = places.headOf(book, BookList.AllOrNone); order !== NO_ORDER; order = places.nextOf(order)) {
      if (!dryRun.canFill(order, book)) continue;
      places.take(order);
      matcher.execute(order, book);
      return true;
    }
    return false;
  }

  function stepOfTriggers(book: BookBase): boolean {
    const order = triggers.next(book);
    if (order === NO_ORDER) return false;
    entry.trigger(order, book);
    return true;
  }

  /** The last price counts as a trade that just happened. */
  function recallLastPrice(book: BookBase): void {
    const last = i32[book + BOOK_LAST_PX] as number;
    if (last === 0) return;
    i32[book + BOOK_TRADE_LOW] = Math.min(last, i32[book + BOOK_TRADE_LOW] as number);
    i32[book + BOOK_TRADE_HIGH] = Math.max(last, i32[book + BOOK_TRADE_HIGH] as number);
  }

  return { begin, touch, run, hasWork, recallLastPrice };
}
