/**
 * Lets an open order that is in no book trade with the other side: docs/MATCHING.md, section 5. What is left rests or ends.
 *
 * There are two loops. The simple one serves plain orders that meet plain orders; it stops where something else begins, and the
 * full one goes on from there. All that they share is in the records, so neither knows where the other stopped.
 */
import { assert } from "../../protocol/assert.ts";
import { Allocation, CancelReason, OrderStatus, Side, TimeInForce } from "../../protocol/codes.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import { CommandFlag } from "../../protocol/record/command-record.ts";
import { EventFlag } from "../../protocol/record/event-record.ts";
import { BOOK_ALLOCATION, BOOK_LADDER, BOOK_PARTS, type BookBase, PARTS_OF_MATCHING } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { ladderOfSide, oppositeSide } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { LVL_HEAD, LVL_PRICE, type LevelBase, NO_LEVEL, type PriceLevels, rankOf } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import {
  EXT_COMMAND_FLAGS,
  EXT_LIMIT,
  EXT_MIN_QTY,
  EXT_OFFSET,
  EXT_QUOTE_LEFT,
  OrderFlag,
  extensionOf,
} from "../orders/order-extension.ts";
import type { OrderRegistry } from "../orders/order-registry.ts";
import {
  NONE,
  NO_ORDER,
  ORD_CUM_QTY,
  ORD_FLAGS,
  ORD_LEVEL,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_WORD,
  type OrderBase,
  wordSide,
  wordStatus,
  wordTimeInForce,
} from "../orders/order-record.ts";
import { bpsOf, isRestingTime } from "../orders/order-terms.ts";
import type { Aggressors } from "./aggressors.ts";
import type { DryRun } from "./dry-run.ts";
import type { Opposition } from "./opposition.ts";
import type { OrderEnding } from "./order-ending.ts";
import type { Places } from "./places.ts";
import type { PriceBands } from "./price-bands.ts";
import type { ProRata } from "./pro-rata.ts";
import { Prevented, type SelfTrade } from "./self-trade.ts";
import type { TradeLog } from "./trade-log.ts";

/** What the simple loop cannot do, of an order that it meets. */
const SPECIAL_RESTING = OrderFlag.Iceberg | OrderFlag.Linked;

export interface MatcherParts {
  readonly registry: OrderRegistry;
  readonly books: Books;
  readonly levels: PriceLevels;
  readonly ladders: PriceLadders;
  readonly places: Places;
  readonly ending: OrderEnding;
  readonly events: EventWriter;
  readonly trades: TradeLog;
  readonly aggressors: Aggressors;
  readonly opposition: Opposition;
  readonly dryRun: DryRun;
  readonly selfTrade: SelfTrade;
  readonly proRata: ProRata;
  readonly bands: PriceBands;
}

export type Matcher = ReturnType<typeof createMatcher>;

export function createMatcher(parts: MatcherParts) {
  const { registry, books, levels, ladders, places, ending, events, trades } = parts;
  const { aggressors, opposition, dryRun, selfTrade, proRata, bands } = parts;
  const { i32, ext, extF64 } = registry.pool;
  const bookI32 = books.i32;
  const levelI32 = levels.i32;
  const { bests } = ladders;

  /** The order has been reported as new, replaced or triggered. Afterwards it is in a book or has ended. */
  function execute(order: OrderBase, book: BookBase): void {
    assert(i32[order + ORD_LEVEL] === NONE, "an aggressor does not rest");
    const flags = i32[order + ORD_FLAGS] as number;
    const timeInForce = wordTimeInForce(i32[order + ORD_WORD] as number);
    if (flags !== 0 || timeInForce === TimeInForce.FillOrKill) return executeSpecial(order, book, flags, timeInForce);
    if (((bookI32[book + BOOK_PARTS] as number) & PARTS_OF_MATCHING) !== 0) return executeFully(order, book);
    matchPlain(order, book);
    settleResidue(order, book);
  }

  function executeSpecial(order: OrderBase, book: BookBase, flags: number, timeInForce: number): void {
    if ((flags & OrderFlag.Protected) !== 0 && !setProtection(order, book)) {
      return ending.expire(order, CancelReason.Residue);
    }
    if (timeInForce === TimeInForce.FillOrKill && !dryRun.canFill(order, book)) {
      return ending.expire(order, CancelReason.NotFillable);
    }
    if ((flags & OrderFlag.MinQty) !== 0) {
      i32[order + ORD_FLAGS] = flags & ~OrderFlag.MinQty;
      if (!dryRun.canTrade(order, book, ext[extensionOf(order) + EXT_MIN_QTY] as number)) {
        return ending.expire(order, CancelReason.NotFillable);
      }
    }
    if ((flags & OrderFlag.AllOrNone) !== 0 && !dryRun.canFill(order, book)) return restResidue(order, book);
    executeFully(order, book);
  }

  function executeFully(order: OrderBase, book: BookBase): void {
    const inBands = matchFully(order, book);
    if (!ending.isOpen(order)) {
      if (wordStatus(i32[order + ORD_WORD] as number) === OrderStatus.Filled) ending.finish(order);
      return;
    }
    if (inBands) return settleResidue(order, book);
    bands.pause(book);
    const isPegged = ((i32[order + ORD_FLAGS] as number) & OrderFlag.Pegged) !== 0;
    if (!isPegged && mayRest(order)) restResidue(order, book);
    else ending.expire(order, CancelReason.PriceBand);
  }

  function mayRest(order: OrderBase): boolean {
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Unpriced) !== 0) return false;
    return isRestingTime(wordTimeInForce(i32[order + ORD_WORD] as number));
  }

  /** The order has met everything that it may. */
  function settleResidue(order: OrderBase, book: BookBase): void {
    if (wordStatus(i32[order + ORD_WORD] as number) === OrderStatus.Filled) ending.finish(order);
    else if (mayRest(order)) restResidue(order, book);
    else ending.expire(order, CancelReason.Residue);
  }

  function restResidue(order: OrderBase, book: BookBase): void {
    // The order's own report went out before it traded; the visible book learns of the residue here.
    events.levelUpdated(book, places.rest(order, book));
  }

  // ---- plain orders ----

  function matchPlain(order: OrderBase, book: BookBase): void {
    const word = i32[order + ORD_WORD] as number;
    const ladder = (bookI32[book + BOOK_LADDER] as number) + ladderOfSide(oppositeSide(wordSide(word)));
    const limit = rankOf(ladder, i32[order + ORD_PRICE] as number);
    let leaves = places.leavesOf(order);
    do {
      const level = bests[ladder] as LevelBase;
      if (level === NO_LEVEL || rankOf(ladder, levelI32[level + LVL_PRICE] as number) < limit) return;
      const resting = levelI32[level + LVL_HEAD] as OrderBase;
      if (((i32[resting + ORD_FLAGS] as number) & SPECIAL_RESTING) !== 0) {
        matchFully(order, book);
        return;
      }
      const restingLeaves = places.leavesOf(resting);
      const qty = restingLeaves < leaves ? restingLeaves : leaves;
      trade(order, resting, book, level, level, levelI32[level + LVL_PRICE] as number, qty);
      leaves = (leaves - qty) | 0;
    } while (leaves > 0);
  }

  /**
   * One match. The aggressor stays in no book, also when it is filled; the resting order leaves its book then.
   *
   * @param shownLevel The level where it is shown, else NO_LEVEL.
   */
  function trade(
    aggressor: OrderBase,
    resting: OrderBase,
    book: BookBase,
    level: LevelBase,
    shownLevel: LevelBase,
    price: number,
    qty: number,
  ): void {
    assert(qty > 0, "a trade moves at least one lot");
    if (wordSide(i32[aggressor + ORD_WORD] as number) === Side.Buy) {
      trades.record(aggressor, resting, book, price, qty);
    } else trades.record(resting, aggressor, book, price, qty);
    books.noteTrade(book, price);
    places.fill(resting, level, qty);
    const isRestingFilled = places.leavesOf(resting) === 0;
    setFillStatus(resting, isRestingFilled);
    events.traded(resting, book, price, qty, shownLevel, EventFlag.PublicTrade);
    fillAggressor(aggressor, price, qty);
    events.traded(aggressor, book, price, qty, NO_LEVEL, 0);
    if (isRestingFilled) {
      places.dropTraded(resting, level);
      const isLinked = ((i32[resting + ORD_FLAGS] as number) & OrderFlag.Linked) !== 0;
      if (isLinked) ending.afterTrade(resting, qty);
      ending.finish(resting);
    } else if ((i32[resting + ORD_FLAGS] as number) !== 0) ending.afterTrade(resting, qty);
    if ((i32[aggressor + ORD_FLAGS] as number) !== 0) ending.afterTrade(aggressor, qty);
  }

  function fillAggressor(order: OrderBase, price: number, qty: number): void {
    i32[order + ORD_CUM_QTY] = ((i32[order + ORD_CUM_QTY] as number) + qty) | 0;
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Quote) === 0) {
      setFillStatus(order, places.leavesOf(order) === 0);
      return;
    }
    const at = (extensionOf(order) >> 1) + EXT_QUOTE_LEFT;
    i32[order + ORD_ORDER_QTY] = i32[order + ORD_CUM_QTY] as number;
    extF64[at] = (extF64[at] as number) - price * qty;
    setFillStatus(order, extF64[at] === 0);
  }

  function setFillStatus(order: OrderBase, isFilled: boolean): void {
    registry.setStatus(order, isFilled ? OrderStatus.Filled : OrderStatus.PartiallyFilled);
  }

  // ---- everything else ----

  /** @returns false when the next trade would have been outside the price bands. */
  function matchFully(order: OrderBase, book: BookBase): boolean {
    const bandFrom = books.lastOrReferencePrice(book);
    for (;;) {
      if (isSpent(order, book)) return true;
      const level = opposition.best(order, book);
      if (level === NO_LEVEL) return true;
      const price = levelI32[level + LVL_PRICE] as number;
      const wanted = aggressors.wantedAt(order, book, price);
      if (wanted === 0) return true;
      const resting = opposition.firstOf(level, wanted);
      const outcome = selfTrade.prevent(order, resting, book, wanted);
      if (outcome === Prevented.AggressorEnded) return true;
      if (outcome === Prevented.RestingHandled) continue;
      if (!bands.allow(book, bandFrom, price)) return false;
      if (isShared(book, level)) {
        if (selfTrade.preventOnLevel(order, level, book, wanted)) {
          if (!ending.isOpen(order)) return true;
          continue;
        }
        tradeShares(order, book, level, price, Math.min(wanted, levels.f64[level >> 1] as number));
      } else {
        const shown = places.shownOf(resting);
        trade(order, resting, book, level, places.ifShown(level), price, shown < wanted ? shown : wanted);
      }
      if (!ending.isOpen(order)) return true;
    }
  }

  /** Whether what is left of an amount buys nothing at the best price that there is, whoever stands there. */
  function isSpent(order: OrderBase, book: BookBase): boolean {
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Quote) === 0) return false;
    const level = opposition.bestOfAny(order, book);
    return level === NO_LEVEL || aggressors.wantedAt(order, book, levelI32[level + LVL_PRICE] as number) === 0;
  }

  function isShared(book: BookBase, level: LevelBase): boolean {
    return bookI32[book + BOOK_ALLOCATION] === Allocation.ProRata && places.ifShown(level) !== NO_LEVEL;
  }

  /** One trade with each order of the level that gets a share. */
  function tradeShares(order: OrderBase, book: BookBase, level: LevelBase, price: number, wanted: number): void {
    const side = wordSide(i32[order + ORD_WORD] as number);
    let resting = proRata.share(book, oppositeSide(side), level, wanted);
    while (resting !== NO_ORDER) {
      const next = proRata.nextOf(resting);
      const qty = proRata.takeShare(resting);
      // An earlier trade may have ended an order by its link.
      if (qty !== 0 && ending.isOpen(resting) && i32[resting + ORD_LEVEL] === level) {
        trade(order, resting, book, level, level, price, Math.min(qty, places.shownOf(resting)));
        if (!ending.isOpen(order)) return;
      }
      resting = next;
    }
  }

  /** Bounds a market order by its protection. @returns false when there is nothing to measure it from. */
  function setProtection(order: OrderBase, book: BookBase): boolean {
    const level = opposition.bestOfAny(order, book);
    if (level === NO_LEVEL) return false;
    const extension = extensionOf(order);
    const best = levelI32[level + LVL_PRICE] as number;
    const isInBps = ((ext[extension + EXT_COMMAND_FLAGS] as number) & CommandFlag.OffsetInBps) !== 0;
    const offset = ext[extension + EXT_OFFSET] as number;
    const distance = isInBps ? bpsOf(best, offset) : offset;
    const limit = wordSide(i32[order + ORD_WORD] as number) === Side.Buy ? best + distance : best - distance;
    ext[extension + EXT_LIMIT] = limit < 1 ? 1 : limit > MAX_INT32 ? MAX_INT32 : limit;
    return true;
  }

  return { execute, setFillStatus };
}
