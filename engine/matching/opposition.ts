/**
 * Whom an order meets next: the best price of the other side first; at one price the shown book, then the hidden book, then those
 * all-or-none orders that it can fill. See docs/MATCHING.md, section 4.
 */
import { BOOK_LADDER, BOOK_PARTS, type BookBase, BookPart } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { ALL_OR_NONE_BIDS, HIDDEN_BIDS, LADDERS_PER_BOOK_MASK, ladderOfSide, oppositeSide } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import {
  LVL_HEAD,
  LVL_LADDER,
  LVL_PRICE,
  type LevelBase,
  NO_LEVEL,
  type PriceLevels,
  WORST_RANK,
  rankOf,
} from "../book/price-levels.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_NEXT, ORD_WORD, type OrderBase, wordSide } from "../orders/order-record.ts";
import { ANY_PRICE, type Aggressors } from "./aggressors.ts";
import type { Places } from "./places.ts";

export type Opposition = ReturnType<typeof createOpposition>;

export function createOpposition(
  orders: OrderPool,
  books: Books,
  levels: PriceLevels,
  ladders: PriceLadders,
  places: Places,
  aggressors: Aggressors,
) {
  const { i32 } = orders;
  const levelI32 = levels.i32;

  /** The ladder of the shown orders that this one may meet. */
  function ladderAgainst(order: OrderBase, book: BookBase): number {
    const side = oppositeSide(wordSide(i32[order + ORD_WORD] as number));
    return (books.i32[book + BOOK_LADDER] as number) + ladderOfSide(side);
  }

  function rankAt(level: LevelBase): number {
    return rankOf(levelI32[level + LVL_LADDER] as number, levelI32[level + LVL_PRICE] as number);
  }

  /** The better one; the first at one price. */
  function better(first: LevelBase, second: LevelBase): LevelBase {
    if (first === NO_LEVEL) return second;
    return second !== NO_LEVEL && rankAt(second) > rankAt(first) ? second : first;
  }

  /** The best level of one side that any order meets: shown before hidden at one price. `kind` is that side's shown ladder. */
  function bestOfSide(book: BookBase, kind: number): LevelBase {
    const ladder = (books.i32[book + BOOK_LADDER] as number) + kind;
    return better(ladders.best(ladder), ladders.best(ladder + HIDDEN_BIDS));
  }

  /** Where the order trades next, NO_LEVEL when its limit allows nothing. */
  function best(order: OrderBase, book: BookBase): LevelBase {
    const ladder = ladderAgainst(order, book);
    const limitPrice = aggressors.limitOf(order);
    const limit = limitPrice === ANY_PRICE ? WORST_RANK : rankOf(ladder, limitPrice);
    const parts = books.i32[book + BOOK_PARTS] as number;
    let level = ladders.best(ladder);
    if ((parts & BookPart.Hidden) !== 0) level = better(level, ladders.best(ladder + HIDDEN_BIDS));
    if ((parts & BookPart.AllOrNone) !== 0) {
      level = better(level, fillableLevel(order, book, ladders.best(ladder + ALL_OR_NONE_BIDS)));
    }
    return level !== NO_LEVEL && rankAt(level) >= limit ? level : NO_LEVEL;
  }

  /** The best price of the other side in any book, whether the order could trade there or not. */
  function bestOfAny(order: OrderBase, book: BookBase): LevelBase {
    const kind = ladderOfSide(oppositeSide(wordSide(i32[order + ORD_WORD] as number)));
    const allOrNone = ladders.best((books.i32[book + BOOK_LADDER] as number) + kind + ALL_OR_NONE_BIDS);
    return better(bestOfSide(book, kind), allOrNone);
  }

  /** The first level from here on with an all-or-none order that the aggressor can fill. */
  function fillableLevel(order: OrderBase, book: BookBase, from: LevelBase): LevelBase {
    for (let level = from; level !== NO_LEVEL; level = ladders.nextWorse(level)) {
      const wanted = aggressors.wantedAt(order, book, levelI32[level + LVL_PRICE] as number);
      if (firstFillable(level, wanted) !== NO_ORDER) return level;
    }
    return NO_LEVEL;
  }

  function firstFillable(level: LevelBase, wanted: number): OrderBase {
    let resting = levelI32[level + LVL_HEAD] as OrderBase;
    while (resting !== NO_ORDER && places.leavesOf(resting) > wanted) resting = i32[resting + ORD_NEXT] as OrderBase;
    return resting;
  }

  /** The order of a level from `best` that an aggressor for so many lots meets. */
  function firstOf(level: LevelBase, wanted: number): OrderBase {
    const kind = (levelI32[level + LVL_LADDER] as number) & LADDERS_PER_BOOK_MASK;
    return kind < ALL_OR_NONE_BIDS ? (levelI32[level + LVL_HEAD] as OrderBase) : firstFillable(level, wanted);
  }

  return { best, bestOfSide, bestOfAny, firstOf, ladderAgainst, better, rankAt };
}
