/**
 * What would trade if an order entered the market now, computed without changing anything that an event could show: for fill or
 * kill, minimum quantity and all or none. Self-trade prevention, all-or-none orders on the way and linked orders count.
 *
 * Each run has a number; an order whose peer traded in this run is marked with it, together with the lots that it lost.
 */
import { Allocation, SelfTradePrevention } from "../../protocol/codes.ts";
import { BOOK_ALLOCATION, BOOK_PARTS, type BookBase, BookPart } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { ALL_OR_NONE_BIDS, HIDDEN_BIDS } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { LVL_HEAD, type LevelBase, NO_LEVEL, type PriceLevels, WORST_RANK, rankOf } from "../book/price-levels.ts";
import { EXT_DISPLAY_QTY, EXT_DRY_RUN, EXT_SHARE, OrderFlag, extensionOf } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_FLAGS, ORD_NEXT, type OrderBase } from "../orders/order-record.ts";
import type { EngineMemory } from "../memory.ts";
import { ANY_PRICE, type Aggressors } from "./aggressors.ts";
import type { Opposition } from "./opposition.ts";
import { LinkRole, type OrderEnding } from "./order-ending.ts";
import type { Places } from "./places.ts";
import type { SelfTrade } from "./self-trade.ts";

export type DryRun = ReturnType<typeof createDryRun>;

export function createDryRun(
  memory: EngineMemory,
  orders: OrderPool,
  books: Books,
  levels: PriceLevels,
  ladders: PriceLadders,
  places: Places,
  aggressors: Aggressors,
  opposition: Opposition,
  ending: OrderEnding,
  selfTrade: SelfTrade,
) {
  const { i32, ext } = orders;
  const levelI32 = levels.i32;
  const number = memory.allocate("dry runs", 2).i32;
  /** Of the run under way. */
  let left = 0;
  let traded = 0;
  let isOver = false;

  /** Whether the order would be filled at once. */
  function canFill(order: OrderBase, book: BookBase): boolean {
    return canTrade(order, book, places.leavesOf(order));
  }

  /** Whether the order would trade at least that much at once. */
  function canTrade(order: OrderBase, book: BookBase, qty: number): boolean {
    number[0] = ((number[0] as number) + 1) | 0;
    left = places.leavesOf(order);
    traded = 0;
    isOver = false;
    const ladder = opposition.ladderAgainst(order, book);
    const limitPrice = aggressors.limitOf(order);
    const limit = limitPrice === ANY_PRICE ? WORST_RANK : rankOf(ladder, limitPrice);
    const parts = books.i32[book + BOOK_PARTS] as number;
    let shown = ladders.best(ladder);
    let hidden = (parts & BookPart.Hidden) === 0 ? NO_LEVEL : ladders.best(ladder + HIDDEN_BIDS);
    let allOrNone = (parts & BookPart.AllOrNone) === 0 ? NO_LEVEL : ladders.best(ladder + ALL_OR_NONE_BIDS);
    while (isRunning()) {
      const level = opposition.better(opposition.better(shown, hidden), allOrNone);
      if (level === NO_LEVEL || opposition.rankAt(level) < limit) break;
      visit(order, book, level, level === allOrNone, level === shown);
      if (level === shown) shown = ladders.nextWorse(level);
      else if (level === hidden) hidden = ladders.nextWorse(level);
      else allOrNone = ladders.nextWorse(level);
    }
    return traded >= qty;
  }

  function isRunning(): boolean {
    return !isOver && left > 0;
  }

  function visit(order: OrderBase, book: BookBase, level: LevelBase, isAllOrNone: boolean, isShown: boolean): void {
    const isShared = isShown && books.i32[book + BOOK_ALLOCATION] === Allocation.ProRata;
    if (isShared) visitOrders(order, level, isAllOrNone, true);
    if (!isOver) visitOrders(order, level, isAllOrNone, false);
  }

  /** @param isPreventing Only what self-trade prevention does: where orders share, it comes first. */
  function visitOrders(order: OrderBase, level: LevelBase, isAllOrNone: boolean, isPreventing: boolean): void {
    // Whom the order meets in which turn only matters to one that may not meet everyone.
    const inSlices = selfTrade.hasMode(order) && !isAllOrNone;
    let isFirst = true;
    let goesOn = true;
    while (goesOn && isRunning()) {
      goesOn = visitOnce(order, level, isAllOrNone, isPreventing, inSlices, isFirst) && !isPreventing;
      isFirst = false;
    }
  }

  /** Goes through the queue of a level once. @returns whether an iceberg shows anew behind it. */
  function visitOnce(
    order: OrderBase,
    level: LevelBase,
    isAllOrNone: boolean,
    isPreventing: boolean,
    inSlices: boolean,
    isFirst: boolean,
  ): boolean {
    let showsAnew = false;
    let resting = levelI32[level + LVL_HEAD] as OrderBase;
    while (resting !== NO_ORDER && isRunning()) {
      const available = availableOf(resting);
      const offered = inSlices ? Math.min(available, sliceOf(resting, isFirst)) : available;
      if (offered > 0 && (!isAllOrNone || offered <= left)) {
        if (selfTrade.forbids(order, resting)) prevent(order, resting, offered);
        else if (!isPreventing) meet(order, resting, offered, inSlices);
      }
      if (inSlices && availableOf(resting) > 0) showsAnew = true;
      resting = i32[resting + ORD_NEXT] as OrderBase;
    }
    return showsAnew;
  }

  /** What an order shows at a time. A peak that is drawn at random is taken at its middle. */
  function sliceOf(order: OrderBase, isFirst: boolean): number {
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Iceberg) === 0) return places.leavesOf(order);
    return isFirst ? places.shownOf(order) : (ext[extensionOf(order) + EXT_DISPLAY_QTY] as number);
  }

  /** What the order has left at this point of the run. */
  function availableOf(order: OrderBase): number {
    const extension = extensionOf(order);
    const lost = ext[extension + EXT_DRY_RUN] === number[0] ? (ext[extension + EXT_SHARE] as number) : 0;
    return places.leavesOf(order) - lost;
  }

  function lose(order: OrderBase, qty: number): void {
    const extension = extensionOf(order);
    const before = ext[extension + EXT_DRY_RUN] === number[0] ? (ext[extension + EXT_SHARE] as number) : 0;
    ext[extension + EXT_DRY_RUN] = number[0] as number;
    ext[extension + EXT_SHARE] = before + qty;
  }

  function meet(order: OrderBase, resting: OrderBase, offered: number, inSlices: boolean): void {
    const qty = Math.min(offered, left);
    left -= qty;
    traded += qty;
    if (inSlices) lose(resting, qty);
    if (((i32[resting + ORD_FLAGS] as number) & OrderFlag.Linked) !== 0) loseByLink(order, resting, qty);
  }

  function loseByLink(order: OrderBase, resting: OrderBase, qty: number): void {
    const role = ending.roleOf(resting);
    const peer = ending.peerOf(resting);
    if (role === LinkRole.OneOfTwo) {
      if (peer === order) isOver = true;
      else lose(peer, availableOf(peer));
    } else if (role === LinkRole.Exit) lose(peer, Math.min(qty, availableOf(peer)));
  }

  function prevent(order: OrderBase, resting: OrderBase, offered: number): void {
    const mode = selfTrade.modeOf(order);
    if (mode === SelfTradePrevention.CancelNewest || mode === SelfTradePrevention.CancelBoth) isOver = true;
    else if (mode === SelfTradePrevention.Decrement) {
      const qty = Math.min(offered, left);
      left -= qty;
      lose(resting, qty);
    } else {
      lose(resting, availableOf(resting));
      const role = ending.roleOf(resting);
      if (role === LinkRole.OneOfTwo || role === LinkRole.Exit)
        lose(ending.peerOf(resting), availableOf(ending.peerOf(resting)));
    }
  }

  return { canFill, canTrade };
}
