/**
 * Where open orders are: which ladder an order belongs to, and how it gets there and leaves. See docs/MATCHING.md, section 1.
 *
 * A level that loses its last order stays until its totals were reported: `take` and `fill` leave that to the caller for shown
 * levels, and drop the others themselves.
 */
import { assert } from "../../protocol/assert.ts";
import { OrderType, Phase, Side, TriggerBy } from "../../protocol/codes.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import {
  BOOK_LADDER,
  BOOK_LISTS,
  BOOK_PARTS,
  BOOK_PEG_BID,
  BOOK_PHASE,
  BOOK_QTY_STEP,
  type BookBase,
  BookCount,
  BookList,
  BookPart,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import {
  ALL_OR_NONE_BIDS,
  BUY_DOWN,
  HIDDEN_BIDS,
  LADDERS_PER_BOOK_MASK,
  LAST_DOWN,
  SELL_DOWN,
  SHOWN_LADDERS,
  ladderOfSide,
} from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import {
  LVL_LADDER,
  LVL_ORDER_COUNT,
  LVL_PRICE,
  type LevelBase,
  NO_LEVEL,
  type PriceLevels,
  rankOf,
} from "../book/price-levels.ts";
import type { EngineMemory } from "../memory.ts";
import {
  EXT_DISPLAY_QTY,
  EXT_DISPLAY_VARIANCE,
  EXT_LIST_NEXT,
  EXT_LIST_PREV,
  EXT_OPTIONS,
  EXT_SHOWN,
  EXT_TRIGGER_PRICE,
  OrderFlag,
  extensionOf,
} from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import {
  NO_ORDER,
  ORD_BOOK,
  ORD_CUM_QTY,
  ORD_FLAGS,
  ORD_LEVEL,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_WORD,
  type OrderBase,
  wordOrderType,
  wordSide,
} from "../orders/order-record.ts";
import { firstPeakState, nextPeakState, peakNumber } from "./peak-random.ts";

const PRIVATE_BOOKS = OrderFlag.Hidden | OrderFlag.AllOrNone | OrderFlag.Trigger;

export type Places = ReturnType<typeof createPlaces>;

export function createPlaces(
  memory: EngineMemory,
  engineIndex: number,
  orders: OrderPool,
  books: Books,
  levels: PriceLevels,
  ladders: PriceLadders,
) {
  const { i32, f64, ext } = orders;
  const bookI32 = books.i32;
  const levelI32 = levels.i32;
  const peak = memory.allocate("iceberg peaks", 2).i32;
  peak[0] = firstPeakState(engineIndex);

  function leavesOf(order: OrderBase): number {
    return ((i32[order + ORD_ORDER_QTY] as number) - (i32[order + ORD_CUM_QTY] as number)) | 0;
  }

  /** What the order shows or, where nothing is shown, has left. */
  function shownOf(order: OrderBase): number {
    return showsPart(order) ? (ext[extensionOf(order) + EXT_SHOWN] as number) : leavesOf(order);
  }

  /** An iceberg that waits for its trigger is there with all that it has. */
  function showsPart(order: OrderBase): boolean {
    return ((i32[order + ORD_FLAGS] as number) & (OrderFlag.Iceberg | OrderFlag.Trigger)) === OrderFlag.Iceberg;
  }

  function ladderOf(order: OrderBase, book: BookBase): number {
    const flags = i32[order + ORD_FLAGS] as number;
    const side = ladderOfSide(wordSide(i32[order + ORD_WORD] as number));
    const first = (bookI32[book + BOOK_LADDER] as number) + side;
    if ((flags & PRIVATE_BOOKS) === 0) return first;
    if ((flags & OrderFlag.Trigger) !== 0) return (bookI32[book + BOOK_LADDER] as number) + triggerLadderOf(order);
    return first + ((flags & OrderFlag.Hidden) !== 0 ? HIDDEN_BIDS : ALL_OR_NONE_BIDS);
  }

  /** Without the first ladder of the book. */
  function triggerLadderOf(order: OrderBase): number {
    const word = i32[order + ORD_WORD] as number;
    const type = wordOrderType(word);
    const isBuy = wordSide(word) === Side.Buy;
    const takesProfit = type === OrderType.TakeProfit || type === OrderType.TakeProfitLimit;
    const firesUp = isBuy !== takesProfit ? 1 : 0;
    if (triggerByOf(order) === TriggerBy.LastTrade) return LAST_DOWN + firesUp;
    return (isBuy ? BUY_DOWN : SELL_DOWN) + firesUp;
  }

  function triggerByOf(order: OrderBase): number {
    const triggerBy = ((ext[extensionOf(order) + EXT_OPTIONS] as number) >>> 16) & 0xff;
    return triggerBy === TriggerBy.Unspecified ? TriggerBy.LastTrade : triggerBy;
  }

  /** Puts a plain order behind all others at its price. */
  function restPlain(order: OrderBase, book: BookBase): LevelBase {
    const ladder = (bookI32[book + BOOK_LADDER] as number) + ladderOfSide(wordSide(i32[order + ORD_WORD] as number));
    const level = ladders.obtain(ladder, i32[order + ORD_PRICE] as number);
    levels.append(level, order, leavesOf(order));
    return level;
  }

  /** Puts the order behind all others of its price where it belongs. @returns the shown level, or NO_LEVEL. */
  function rest(order: OrderBase, book: BookBase): LevelBase {
    const parts = bookI32[book + BOOK_PARTS] as number;
    if (((i32[order + ORD_FLAGS] as number) | (parts & BookPart.TopOrder)) === 0) return restPlain(order, book);
    return restSpecial(order, book);
  }

  function restSpecial(order: OrderBase, book: BookBase): LevelBase {
    const flags = i32[order + ORD_FLAGS] as number;
    const ladder = ladderOf(order, book);
    if ((flags & PRIVATE_BOOKS) !== 0) {
      levels.append(ladders.obtain(ladder, placePriceOf(order, flags)), order, leavesOf(order));
      countPrivate(book, flags, 1);
      return NO_LEVEL;
    }
    if ((flags & OrderFlag.Iceberg) !== 0) ext[extensionOf(order) + EXT_SHOWN] = nextPeak(order, book);
    const price = i32[order + ORD_PRICE] as number;
    const best = bestWithOrders(ladder);
    const isBetter = best === NO_LEVEL || rankOf(ladder, price) > rankOf(ladder, levelI32[best + LVL_PRICE] as number);
    const level = ladders.obtain(ladder, price);
    levels.append(level, order, shownOf(order));
    if (isBetter && ((bookI32[book + BOOK_PARTS] as number) & BookPart.TopOrder) !== 0) noteTopOrder(order, book);
    return level;
  }

  /** The level that a replaced order has just left may be there without any. */
  function bestWithOrders(ladder: number): LevelBase {
    const best = ladders.best(ladder);
    return best === NO_LEVEL || levelI32[best + LVL_ORDER_COUNT] !== 0 ? best : ladders.nextWorse(best);
  }

  function noteTopOrder(order: OrderBase, book: BookBase): void {
    if (bookI32[book + BOOK_PHASE] !== Phase.Continuous) return;
    bookI32[books.topOrderAt(book, wordSide(i32[order + ORD_WORD] as number))] = order;
  }

  /** A market order in the hidden book comes before every price. */
  function placePriceOf(order: OrderBase, flags: number): number {
    if ((flags & OrderFlag.Trigger) !== 0) return ext[extensionOf(order) + EXT_TRIGGER_PRICE] as number;
    if ((flags & OrderFlag.Unpriced) === 0) return i32[order + ORD_PRICE] as number;
    return wordSide(i32[order + ORD_WORD] as number) === Side.Buy ? MAX_INT32 : 0;
  }

  function countPrivate(book: BookBase, flags: number, change: number): void {
    if ((flags & OrderFlag.Trigger) !== 0) books.count(book, BookCount.Trigger, BookPart.Triggers, change);
    else if ((flags & OrderFlag.Hidden) !== 0) books.count(book, BookCount.Hidden, BookPart.Hidden, change);
    else books.count(book, BookCount.AllOrNone, BookPart.AllOrNone, change);
  }

  /** Lots that an iceberg shows next. */
  function nextPeak(order: OrderBase, book: BookBase): number {
    const extension = extensionOf(order);
    const variance = ext[extension + EXT_DISPLAY_VARIANCE] as number;
    let qty = ext[extension + EXT_DISPLAY_QTY] as number;
    if (variance !== 0) {
      const step = Math.max(1, bookI32[book + BOOK_QTY_STEP] as number);
      peak[0] = nextPeakState(peak[0] as number);
      qty += (peakNumber(peak[0]) % (variance * 2 + 1)) - variance;
      qty = Math.max(step, qty - (qty % step));
    }
    return Math.min(qty, leavesOf(order));
  }

  /**
   * Takes an order out of wherever it is.
   *
   * @returns the shown level that it left, to be dropped when its totals have been reported; NO_LEVEL: none was shown.
   */
  function take(order: OrderBase): LevelBase {
    const level = i32[order + ORD_LEVEL] as LevelBase;
    if (level === NO_LEVEL) return NO_LEVEL;
    levels.unlink(level, order, shownOf(order));
    const book = i32[order + ORD_BOOK] as BookBase;
    if (((i32[order + ORD_FLAGS] as number) & PRIVATE_BOOKS) === 0) {
      if (((bookI32[book + BOOK_PARTS] as number) & BookPart.TopOrder) !== 0) forgetTopOrder(order, book);
      return level;
    }
    ladders.dropIfEmpty(level);
    countPrivate(book, i32[order + ORD_FLAGS] as number, -1);
    return NO_LEVEL;
  }

  /** As `take`, for a plain order that rests in a book without top orders. */
  function takePlain(order: OrderBase): LevelBase {
    const level = i32[order + ORD_LEVEL] as LevelBase;
    levels.unlink(level, order, leavesOf(order));
    return level;
  }

  /** The order is no longer where it opened the best price. */
  function forgetTopOrder(order: OrderBase, book: BookBase): void {
    const at = books.topOrderAt(book, wordSide(i32[order + ORD_WORD] as number));
    if (bookI32[at] === order) bookI32[at] = NO_ORDER;
  }

  /** The level if it is a shown one. */
  function ifShown(level: LevelBase): LevelBase {
    if (level === NO_LEVEL) return NO_LEVEL;
    return ((levelI32[level + LVL_LADDER] as number) & LADDERS_PER_BOOK_MASK) < SHOWN_LADDERS ? level : NO_LEVEL;
  }

  /**
   * A resting order has traded `qty` lots: it leaves its level when nothing is left of it, shows anew when it is an iceberg
   * whose shown part is used up, and else keeps its place. Its level stays, even when it is empty: call `dropTraded`.
   */
  function fill(order: OrderBase, level: LevelBase, qty: number): void {
    i32[order + ORD_CUM_QTY] = ((i32[order + ORD_CUM_QTY] as number) + qty) | 0;
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Iceberg) !== 0) return shrinkIceberg(order, level, qty);
    levels.reduce(level, qty);
    if (leavesOf(order) === 0) levels.unlink(level, order, 0);
  }

  /** `qty` lots have gone from what the order has left. */
  function shrinkIceberg(order: OrderBase, level: LevelBase, qty: number): void {
    const at = extensionOf(order) + EXT_SHOWN;
    const fromShown = Math.min(qty, ext[at] as number);
    ext[at] = (ext[at] as number) - fromShown;
    levels.reduce(level, fromShown);
    if (ext[at] > leavesOf(order)) {
      levels.reduce(level, ext[at] - leavesOf(order));
      ext[at] = leavesOf(order);
    }
    if (ext[at] !== 0) return;
    levels.unlink(level, order, 0);
    if (leavesOf(order) === 0) return;
    ext[at] = nextPeak(order, i32[order + ORD_BOOK] as BookBase);
    levels.append(level, order, ext[at]);
  }

  /** Takes `qty` lots from what the order shows and from its total, as if they had never been asked for. */
  function decrement(order: OrderBase, level: LevelBase, qty: number): void {
    i32[order + ORD_ORDER_QTY] = (i32[order + ORD_ORDER_QTY] as number) - qty;
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Iceberg) !== 0) shrinkIceberg(order, level, qty);
    else levels.reduce(level, qty);
  }

  /** Of a level that `fill` or `reduce` may have emptied, after its totals were reported. */
  function dropTraded(order: OrderBase, level: LevelBase): void {
    if (i32[order + ORD_LEVEL] === NO_LEVEL) {
      const flags = i32[order + ORD_FLAGS] as number;
      if ((flags & PRIVATE_BOOKS) !== 0) countPrivate(i32[order + ORD_BOOK] as BookBase, flags, -1);
    }
    ladders.dropIfEmpty(level);
  }

  /**
   * Sets the total quantity of an open order to less than before, but more than it has traded; it keeps its place.
   *
   * @returns the shown level that it is in, or NO_LEVEL.
   */
  function reduceTo(order: OrderBase, orderQty: number): LevelBase {
    const level = i32[order + ORD_LEVEL] as LevelBase;
    const reduction = (i32[order + ORD_ORDER_QTY] as number) - orderQty;
    i32[order + ORD_ORDER_QTY] = orderQty;
    assert(leavesOf(order) > 0, "a reduced order has something left");
    if (showsPart(order)) capShown(order, level);
    else if (level !== NO_LEVEL) levels.reduce(level, reduction);
    return ifShown(level);
  }

  function capShown(order: OrderBase, level: LevelBase): void {
    const at = extensionOf(order) + EXT_SHOWN;
    const excess = (ext[at] as number) - leavesOf(order);
    if (level === NO_LEVEL || excess <= 0) return;
    ext[at] = leavesOf(order);
    levels.reduce(level, excess);
  }

  // ---- lists over a book ----

  /** Pegs, all-or-none orders and trailing stops are found by their entry, wherever they are. */
  function enterList(order: OrderBase, book: BookBase): void {
    const flags = i32[order + ORD_FLAGS] as number;
    if ((flags & (OrderFlag.Pegged | OrderFlag.AllOrNone | OrderFlag.Trailing)) === 0) return;
    const at = book + BOOK_LISTS + listOf(flags);
    // By order id: one of a list that starts late goes before those that came while it waited.
    let prev = bookI32[at + 1] as OrderBase;
    while (prev !== NO_ORDER && isAfter(prev, order)) prev = ext[extensionOf(prev) + EXT_LIST_PREV] as OrderBase;
    const next = prev === NO_ORDER ? (bookI32[at] as OrderBase) : nextOf(prev);
    const extension = extensionOf(order);
    ext[extension + EXT_LIST_NEXT] = next;
    ext[extension + EXT_LIST_PREV] = prev;
    if (prev === NO_ORDER) bookI32[at] = order;
    else ext[extensionOf(prev) + EXT_LIST_NEXT] = order;
    if (next === NO_ORDER) bookI32[at + 1] = order;
    else ext[extensionOf(next) + EXT_LIST_PREV] = order;
    // Nobody kept what pegs were last priced with up to date while there were none.
    if (prev === next && (flags & OrderFlag.Pegged) !== 0) bookI32[book + BOOK_PEG_BID] = -1;
    setListPart(book, flags, true);
  }

  function isAfter(order: OrderBase, other: OrderBase): boolean {
    return (f64[(order >> 1) + ORD_ORDER_ID] as number) > (f64[(other >> 1) + ORD_ORDER_ID] as number);
  }

  function nextOf(order: OrderBase): OrderBase {
    return ext[extensionOf(order) + EXT_LIST_NEXT] as OrderBase;
  }

  function leaveList(order: OrderBase, book: BookBase): void {
    const flags = i32[order + ORD_FLAGS] as number;
    if ((flags & (OrderFlag.Pegged | OrderFlag.AllOrNone | OrderFlag.Trailing)) === 0) return;
    const at = book + BOOK_LISTS + listOf(flags);
    const next = ext[extensionOf(order) + EXT_LIST_NEXT] as OrderBase;
    const prev = ext[extensionOf(order) + EXT_LIST_PREV] as OrderBase;
    if (prev === NO_ORDER) bookI32[at] = next;
    else ext[extensionOf(prev) + EXT_LIST_NEXT] = next;
    if (next === NO_ORDER) bookI32[at + 1] = prev;
    else ext[extensionOf(next) + EXT_LIST_PREV] = prev;
    if (bookI32[at] === NO_ORDER) setListPart(book, flags, false);
  }

  function setListPart(book: BookBase, flags: number, isPresent: boolean): void {
    if ((flags & OrderFlag.Pegged) !== 0) books.setPart(book, BookPart.Pegs, isPresent);
    else if ((flags & OrderFlag.Trailing) !== 0) books.setPart(book, BookPart.Trailing, isPresent);
  }

  return {
    leavesOf,
    shownOf,
    ladderOf,
    triggerByOf,
    restPlain,
    rest,
    take,
    takePlain,
    forgetTopOrder,
    ifShown,
    fill,
    dropTraded,
    decrement,
    reduceTo,
    enterList,
    leaveList,
    headOf: (book: BookBase, list: BookList) => bookI32[book + BOOK_LISTS + list] as OrderBase,
    nextOf,
  };
}

function listOf(flags: number): BookList {
  if ((flags & OrderFlag.Pegged) !== 0) return BookList.Pegs;
  return (flags & OrderFlag.AllOrNone) !== 0 ? BookList.AllOrNone : BookList.Trailing;
}
