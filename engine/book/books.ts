/** The books of one engine: their records, and the way from an instrument id to its book. Books are added, never removed. */
import { assert } from "../../protocol/assert.ts";
import { Phase, Side } from "../../protocol/codes.ts";
import type { EngineMemory } from "../memory.ts";
import { NO_ORDER } from "../orders/order-record.ts";
import {
  BOOK_COUNTS,
  BOOK_I32,
  BOOK_INSTRUMENT_ID,
  BOOK_LADDER,
  BOOK_LAST_PX,
  BOOK_LISTS,
  BOOK_PARTS,
  BOOK_PHASE,
  BOOK_REFERENCE_PX,
  BOOK_TOP_ORDER,
  BOOK_TOUCHED,
  BOOK_TRADE_COMMAND,
  BOOK_TRADE_HIGH,
  BOOK_TRADE_LOW,
  type BookBase,
  type BookCount,
  BookPart,
  NO_BOOK,
  TABLES_I32,
} from "./book-record.ts";
import { LADDERS_PER_BOOK_SHIFT } from "./ladders.ts";

const LISTS = 3;
const COUNT = 0;
/** Counts commands, wrapping. */
const COMMAND = 1;
const REGISTERS = 2;
/** Odd: spreads consecutive ids over the table. */
const HASH_FACTOR = 0x9e_37_79_b1 | 0;

export type Books = ReturnType<typeof createBooks>;

export function createBooks(memory: EngineMemory, capacity: number) {
  assert(capacity >= 1 && capacity <= 2 ** 20, "there are 1 to 2^20 instruments");
  const registers = memory.allocate("books in use", REGISTERS).i32;
  const { i32, f64 } = memory.allocate("books", capacity * BOOK_I32, () => (registers[COUNT] as number) * BOOK_I32);
  const tables = memory.allocate(
    "book tables",
    capacity * TABLES_I32,
    () => (registers[COUNT] as number) * TABLES_I32,
  ).i32;
  // Twice as many places as books: a probe rarely has a second step.
  const placeBits = Math.max(1, 33 - Math.clz32(capacity - 1));
  const places = memory.allocate("book index", 1 << placeBits).i32.fill(NO_BOOK);
  const placeMask = (1 << placeBits) - 1;
  /** Bit per gateway that follows the book. Not part of the deterministic state. */
  const followers = new Int32Array(capacity);

  function placeOf(instrumentId: number): number {
    return Math.imul(instrumentId, HASH_FACTOR) >>> (32 - placeBits);
  }

  function find(instrumentId: number): BookBase {
    let place = placeOf(instrumentId);
    for (;;) {
      const book = places[place] as BookBase;
      if (book === NO_BOOK || i32[book + BOOK_INSTRUMENT_ID] === instrumentId) return book;
      place = (place + 1) & placeMask;
    }
  }

  function hasRoom(): boolean {
    return (registers[COUNT] as number) < capacity;
  }

  /** A book without terms in continuous trading. The id is not known yet. */
  function add(instrumentId: number): BookBase {
    const index = registers[COUNT] as number;
    assert(index < capacity, "room for an instrument was checked before");
    const book = (index * BOOK_I32) as BookBase;
    registers[COUNT] = index + 1;
    i32[book + BOOK_INSTRUMENT_ID] = instrumentId;
    i32[book + BOOK_LADDER] = index << LADDERS_PER_BOOK_SHIFT;
    i32[book + BOOK_PHASE] = Phase.Continuous;
    i32.fill(NO_ORDER, book + BOOK_LISTS, book + BOOK_LISTS + LISTS * 2);
    i32.fill(NO_ORDER, book + BOOK_TOP_ORDER, book + BOOK_TOP_ORDER + 2);
    clearTradeRange(book);
    let place = placeOf(instrumentId);
    while (places[place] !== NO_BOOK) place = (place + 1) & placeMask;
    places[place] = book;
    return book;
  }

  function indexOf(book: BookBase): number {
    return (i32[book + BOOK_LADDER] as number) >> LADDERS_PER_BOOK_SHIFT;
  }

  function setPart(book: BookBase, part: number, isPresent: boolean): void {
    const parts = i32[book + BOOK_PARTS] as number;
    i32[book + BOOK_PARTS] = isPresent ? parts | part : parts & ~part;
  }

  /** Orders of one kind of book came or went: the part is present while there are any. */
  function count(book: BookBase, what: BookCount, part: number, change: number): void {
    const at = book + BOOK_COUNTS + what;
    i32[at] = (i32[at] as number) + change;
    setPart(book, part, i32[at] !== 0);
  }

  /** Whether orders meet when they come; else they collect, or nothing comes. */
  function isMatching(book: BookBase): boolean {
    return ((i32[book + BOOK_PARTS] as number) & BookPart.NotMatching) === 0;
  }

  /** The last price, else the reference price; 0: there is neither. */
  function lastOrReferencePrice(book: BookBase): number {
    const last = i32[book + BOOK_LAST_PX] as number;
    return last === 0 ? (i32[book + BOOK_REFERENCE_PX] as number) : last;
  }

  function follow(book: BookBase, gateway: number, isFollowing: boolean): void {
    const index = indexOf(book);
    const others = (followers[index] as number) & ~(1 << gateway);
    followers[index] = isFollowing ? others | (1 << gateway) : others;
  }

  function beginCommand(): void {
    registers[COMMAND] = ((registers[COMMAND] as number) + 1) | 0;
  }

  function noteTrade(book: BookBase, price: number): void {
    i32[book + BOOK_LAST_PX] = price;
    refreshTradeRange(book);
    if (price < (i32[book + BOOK_TRADE_LOW] as number)) i32[book + BOOK_TRADE_LOW] = price;
    if (price > (i32[book + BOOK_TRADE_HIGH] as number)) i32[book + BOOK_TRADE_HIGH] = price;
  }

  /** A book that nothing waits in settles without being looked at: what traded in earlier commands is over there. */
  function refreshTradeRange(book: BookBase): void {
    if (i32[book + BOOK_TRADE_COMMAND] === registers[COMMAND]) return;
    i32[book + BOOK_TRADE_COMMAND] = registers[COMMAND] as number;
    if (i32[book + BOOK_TOUCHED] === 0 && i32[book + BOOK_PHASE] === Phase.Continuous) clearTradeRange(book);
  }

  function clearTradeRange(book: BookBase): void {
    i32[book + BOOK_TRADE_LOW] = 2 ** 31 - 1;
    i32[book + BOOK_TRADE_HIGH] = 0;
  }

  return {
    i32,
    f64,
    /** Two tables per book from `tableOf` on; see book-record.ts. */
    tables,
    followers,
    find,
    hasRoom,
    add,
    indexOf,
    at: bookAt,
    setPart,
    count,
    isMatching,
    lastOrReferencePrice,
    follow,
    beginCommand,
    noteTrade,
    refreshTradeRange,
    clearTradeRange,
    topOrderAt,
    tableOf: (book: BookBase) => indexOf(book) * TABLES_I32,
    size: () => registers[COUNT] as number,
  };
}

/** Book number 0 … count − 1, in the order of their addition. */
function bookAt(index: number): BookBase {
  return (index * BOOK_I32) as BookBase;
}

/** Where the top order of a side is kept. */
function topOrderAt(book: BookBase, side: number): number {
  return book + BOOK_TOP_ORDER + side - Side.Buy;
}
