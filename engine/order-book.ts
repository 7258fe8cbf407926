/**
 * The book of one instrument: who rests where, and who comes first. Both sides run through the same code; ranks make the
 * better price the higher number on either (price-levels.ts).
 *
 * An order that leaves a level may leave it empty. The level then stays until `dropIfEmpty`, so that its last totals can
 * still be reported; by the end of the command every level has orders.
 */
import { OrderType, Side } from "../protocol/codes.ts";
import type { Instrument } from "./engine-config.ts";
import type { OrderPool } from "./order-pool.ts";
import {
  ORD_CUM_QTY,
  ORD_LEVEL,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_WORD,
  type OrderBase,
  wordOrderType,
  wordSide,
} from "./order-record.ts";
import type { PriceLadders } from "./price-ladders.ts";
import {
  LVL_HEAD,
  LVL_RANK,
  LVL_TOTAL_QTY,
  type LevelBase,
  NO_LEVEL,
  type PriceLevels,
  type Rank,
  WORST_RANK,
  rankOf,
} from "./price-levels.ts";

export function oppositeSide(side: number): number {
  return side ^ (Side.Buy ^ Side.Sell);
}

export class OrderBook {
  readonly index: number;
  readonly instrumentId: number;
  readonly maxPrice: number;
  readonly maxOrderQty: number;
  /** Bit per gateway that follows this book. Not part of the deterministic state. */
  followers: number;
  readonly #orderI32: Int32Array;
  readonly #levels: PriceLevels;
  readonly #levelI32: Int32Array;
  readonly #ladders: PriceLadders;

  constructor(index: number, instrument: Instrument, orders: OrderPool, levels: PriceLevels, ladders: PriceLadders) {
    this.index = index;
    this.instrumentId = instrument.instrumentId;
    this.maxPrice = instrument.maxPrice;
    this.maxOrderQty = instrument.maxOrderQty;
    this.followers = 0;
    this.#orderI32 = orders.i32;
    this.#levels = levels;
    this.#levelI32 = levels.i32;
    this.#ladders = ladders;
  }

  /** NO_LEVEL when nothing rests on that side. */
  best(side: number): LevelBase {
    return this.#ladders.best(this.#ladder(side));
  }

  nextWorse(level: LevelBase): LevelBase {
    return this.#ladders.nextWorse(level);
  }

  /** The best level of the other side, if an order like this may trade there; else NO_LEVEL. */
  crossedLevel(order: OrderBase): LevelBase {
    const word = this.#orderI32[order + ORD_WORD] as number;
    const opposite = oppositeSide(wordSide(word));
    const best = this.best(opposite);
    if (best === NO_LEVEL || (this.#levelI32[best + LVL_RANK] as number) < this.#limitOf(order, opposite)) {
      return NO_LEVEL;
    }
    return best;
  }

  /** Whether all that the order has left could trade at once. Looks at levels, not at orders, and changes nothing. */
  canFill(order: OrderBase): boolean {
    const word = this.#orderI32[order + ORD_WORD] as number;
    const opposite = oppositeSide(wordSide(word));
    const limit = this.#limitOf(order, opposite);
    let missing = this.#leavesOf(order);
    let level = this.best(opposite);
    while (level !== NO_LEVEL && (this.#levelI32[level + LVL_RANK] as number) >= limit) {
      missing -= this.#levels.f64[(level >> 1) + LVL_TOTAL_QTY] as number;
      if (missing <= 0) return true;
      level = this.nextWorse(level);
    }
    return false;
  }

  /** Whether an order could rest at that price without a further level, or there is room for one. */
  hasRoomAt(side: number, price: number): boolean {
    return this.#levels.freeCount > 0 || this.#ladders.find(this.#ladder(side), rankOf(side, price)) !== NO_LEVEL;
  }

  /** Puts the order behind all others at its price. */
  rest(order: OrderBase): LevelBase {
    const orders = this.#orderI32;
    const side = wordSide(orders[order + ORD_WORD] as number);
    const price = orders[order + ORD_PRICE] as number;
    const level = this.#ladders.obtain(this.#ladder(side), rankOf(side, price), price);
    this.#levels.append(level, order);
    return level;
  }

  /** Takes a resting order out. Call dropIfEmpty for its level afterwards. */
  take(order: OrderBase): LevelBase {
    const level = this.#orderI32[order + ORD_LEVEL] as LevelBase;
    this.#levels.unlink(level, order);
    return level;
  }

  /** Sets the total quantity of a resting order to less than before; it keeps its place. */
  reduceTo(order: OrderBase, orderQty: number): LevelBase {
    const orders = this.#orderI32;
    const level = orders[order + ORD_LEVEL] as LevelBase;
    this.#levels.reduce(level, (orders[order + ORD_ORDER_QTY] as number) - orderQty);
    orders[order + ORD_ORDER_QTY] = orderQty;
    return level;
  }

  /** The oldest order of a level has traded: leaves the level when nothing is left of it, else keeps its place. */
  fillOldest(level: LevelBase, qty: number): void {
    const orders = this.#orderI32;
    const order = this.#levelI32[level + LVL_HEAD] as OrderBase;
    this.#levels.reduce(level, qty);
    orders[order + ORD_CUM_QTY] = (orders[order + ORD_CUM_QTY] as number) + qty;
    if (this.#leavesOf(order) === 0) this.#levels.unlink(level, order);
  }

  dropIfEmpty(side: number, level: LevelBase): void {
    this.#ladders.dropIfEmpty(this.#ladder(side), level);
  }

  /** Two ladders per book: bids, then offers. */
  #ladder(side: number): number {
    return this.index * 2 + (side - Side.Buy);
  }

  #limitOf(order: OrderBase, opposite: number): Rank {
    const orders = this.#orderI32;
    if (wordOrderType(orders[order + ORD_WORD] as number) === OrderType.Market) return WORST_RANK;
    return rankOf(opposite, orders[order + ORD_PRICE] as number);
  }

  #leavesOf(order: OrderBase): number {
    const orders = this.#orderI32;
    return (orders[order + ORD_ORDER_QTY] as number) - (orders[order + ORD_CUM_QTY] as number);
  }
}
