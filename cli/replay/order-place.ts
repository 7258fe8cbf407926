/** Where an open order is, and what stands before it. */
import { LVL_HEAD, LVL_PRICE } from "../../engine/book/price-levels.ts";
import type { MatchingEngine } from "../../engine/matching-engine.ts";
import { EXT_TRIGGER_PRICE, OrderFlag, extensionOf } from "../../engine/orders/order-extension.ts";
import {
  NONE,
  NO_ORDER,
  ORD_CUM_QTY,
  ORD_FLAGS,
  ORD_LEVEL,
  ORD_NEXT,
  ORD_ORDER_QTY,
  type OrderBase,
} from "../../engine/orders/order-record.ts";

export function placeText(engine: MatchingEngine, order: OrderBase): string {
  const { pool, levels } = engine.state;
  const flags = pool.i32[order + ORD_FLAGS] as number;
  const level = pool.i32[order + ORD_LEVEL] as number;
  if ((flags & OrderFlag.Trigger) !== 0)
    return `waits for its trigger at ${pool.ext[extensionOf(order) + EXT_TRIGGER_PRICE]}`;
  if ((flags & OrderFlag.Unstarted) !== 0) return "waits for another order of its list";
  if (level === NONE) return "waits for an auction, or for a price to follow";
  return `rests ${bookOf(flags)}at ${levels.i32[level + LVL_PRICE]}${aheadOf(engine, order, level)}`;
}

function bookOf(flags: number): string {
  if ((flags & OrderFlag.Hidden) !== 0) return "hidden ";
  return (flags & OrderFlag.AllOrNone) === 0 ? "" : "in the all-or-none book ";
}

/** Orders of the same book and price that are served first. */
function aheadOf(engine: MatchingEngine, order: OrderBase, level: number): string {
  const { pool, levels } = engine.state;
  const { i32 } = pool;
  let count = 0;
  let qty = 0;
  let other = levels.i32[level + LVL_HEAD] as OrderBase;
  for (; other !== order && other !== NO_ORDER; other = i32[other + ORD_NEXT] as OrderBase) {
    count++;
    qty += (i32[other + ORD_ORDER_QTY] as number) - (i32[other + ORD_CUM_QTY] as number);
  }
  if (count === 0) return ", first in its queue";
  return ` behind ${count} ${count === 1 ? "order" : "orders"} with ${qty} ${qty === 1 ? "lot" : "lots"}`;
}
