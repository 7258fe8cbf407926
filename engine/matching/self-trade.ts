/** Self-trade prevention: docs/MATCHING.md, section 5. FIX tag 7928 knows the idea, venues differ in the modes. */
import { CancelReason, ExecType, SelfTradePrevention } from "../../protocol/codes.ts";
import type { BookBase } from "../book/book-record.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { LVL_HEAD, LVL_PRICE, type LevelBase, type PriceLevels } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import { EXT_OPTIONS, EXT_OWNER, OrderFlag, extensionOf } from "../orders/order-extension.ts";
import type { OrderRegistry } from "../orders/order-registry.ts";
import {
  NO_ORDER,
  ORD_FLAGS,
  ORD_LEVEL,
  ORD_NEXT,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
  ORD_SESSION,
  type OrderBase,
} from "../orders/order-record.ts";
import type { OrderEnding } from "./order-ending.ts";
import type { Places } from "./places.ts";

export const Prevented = {
  /** They may trade. */
  Nothing: 0,
  /** The resting order is out of the way, or smaller: look again. */
  RestingHandled: 1,
  AggressorEnded: 2,
} as const;
export type Prevented = (typeof Prevented)[keyof typeof Prevented];

export type SelfTrade = ReturnType<typeof createSelfTrade>;

export function createSelfTrade(
  registry: OrderRegistry,
  levels: PriceLevels,
  ladders: PriceLadders,
  places: Places,
  ending: OrderEnding,
  events: EventWriter,
) {
  const { i32, f64, ext } = registry.pool;
  const levelI32 = levels.i32;

  /** Orders with the same number do not trade with each other: trade group, else account, else (below 0) session. */
  function ownerOf(order: OrderBase): number {
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Owned) === 0) return ~(i32[order + ORD_SESSION] as number);
    return ext[extensionOf(order) + EXT_OWNER] as number;
  }

  function hasMode(order: OrderBase): boolean {
    return ((i32[order + ORD_FLAGS] as number) & OrderFlag.SelfTrade) !== 0;
  }

  function modeOf(order: OrderBase): number {
    const mode = ((ext[extensionOf(order) + EXT_OPTIONS] as number) >>> 8) & 0xff;
    const spendsAmount = ((i32[order + ORD_FLAGS] as number) & OrderFlag.Quote) !== 0;
    return mode === SelfTradePrevention.Decrement && spendsAmount ? SelfTradePrevention.CancelNewest : mode;
  }

  /** Whether the aggressor asks not to meet this order. */
  function forbids(aggressor: OrderBase, resting: OrderBase): boolean {
    return hasMode(aggressor) && ownerOf(aggressor) === ownerOf(resting);
  }

  /** @param wanted Lots that the aggressor would take here. */
  function prevent(aggressor: OrderBase, resting: OrderBase, book: BookBase, wanted: number): Prevented {
    if (!forbids(aggressor, resting)) return Prevented.Nothing;
    const level = i32[resting + ORD_LEVEL] as LevelBase;
    const qty = Math.min(places.shownOf(resting), wanted);
    const price = levelI32[level + LVL_PRICE] as number;
    events.tradeNotice(resting, book, ExecType.TradePrevented, price, qty, f64, (aggressor >> 1) + ORD_ORDER_ID);
    events.tradeNotice(aggressor, book, ExecType.TradePrevented, price, qty, f64, (resting >> 1) + ORD_ORDER_ID);
    const mode = modeOf(aggressor);
    if (mode === SelfTradePrevention.Decrement) {
      decrementResting(resting, book, level, qty);
      if (ending.isOpen(aggressor)) decrementAggressor(aggressor, book, qty);
    } else {
      if (mode !== SelfTradePrevention.CancelNewest) ending.cancel(resting, CancelReason.SelfTrade);
      if (mode !== SelfTradePrevention.CancelOldest && ending.isOpen(aggressor)) {
        ending.cancel(aggressor, CancelReason.SelfTrade);
      }
    }
    return ending.isOpen(aggressor) ? Prevented.RestingHandled : Prevented.AggressorEnded;
  }

  function decrementResting(order: OrderBase, book: BookBase, level: LevelBase, qty: number): void {
    if (places.leavesOf(order) === qty) return ending.cancelEmptied(order);
    registry.keepOrigin(order);
    places.decrement(order, level, qty);
    events.report(order, book, ExecType.Restated, CancelReason.Unspecified, places.ifShown(level));
    ladders.dropIfEmpty(level);
  }

  function decrementAggressor(order: OrderBase, book: BookBase, qty: number): void {
    if (places.leavesOf(order) === qty) return ending.cancelEmptied(order);
    registry.keepOrigin(order);
    i32[order + ORD_ORDER_QTY] = (i32[order + ORD_ORDER_QTY] as number) - qty;
    events.report(order, book, ExecType.Restated, CancelReason.Unspecified, -1 as LevelBase);
  }

  /** Deals with the first order of a level that the aggressor may not meet. @returns whether there was one. */
  function preventOnLevel(aggressor: OrderBase, level: LevelBase, book: BookBase, wanted: number): boolean {
    if (!hasMode(aggressor)) return false;
    for (
      let order = levelI32[level + LVL_HEAD] as OrderBase;
      order !== NO_ORDER;
      order = i32[order + ORD_NEXT] as OrderBase
    ) {
      if (prevent(aggressor, order, book, wanted) !== Prevented.Nothing) return true;
    }
    return false;
  }

  return { hasMode, forbids, modeOf, prevent, preventOnLevel };
}
