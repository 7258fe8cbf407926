/**
 * Memory for the price levels of all books. A level is the FIFO of the orders that rest at one price on one side.
 *
 *   byte  0        4        8        12
 *      0  totalQty (f64)             price    orderCount
 *     16  head     tail     rank     node
 *
 * A level is named by its base: the index of its first int32 (slot << 3).
 *
 * `rank` is the price seen from its side: higher is better, for bids and offers alike. It lets everything above this file
 * treat both sides with one comparison.
 *
 * Invariants (checked by book-invariants.ts):
 *  1. totalQty is the sum of the leaves of the orders in the FIFO, orderCount their number.
 *  2. Outside of a command every level in a book has at least one order.
 *  3. A level is either in the free list (through `head`, with orderCount 0) or in exactly one ladder.
 */
import { assert } from "../protocol/assert.ts";
import { Side } from "../protocol/codes.ts";
import { MAX_INT32 } from "../protocol/limits.ts";
import type { Brand } from "../protocol/units.ts";
import type { OrderPool } from "./order-pool.ts";
import { NO_ORDER, ORD_CUM_QTY, ORD_LEVEL, ORD_NEXT, ORD_ORDER_QTY, ORD_PREV, type OrderBase } from "./order-record.ts";

/** Index of the first int32 of a level record. */
export type LevelBase = Brand<number, "LevelBase">;
export const NO_LEVEL = -1 as LevelBase;

/** Price in ticks, mirrored for offers, so that the higher rank is the better price. 0 … 2^31−1. */
export type Rank = Brand<number, "Rank">;

/** Lower than or equal to every rank: the limit of an order that takes any price. */
export const WORST_RANK = 0 as Rank;

export function rankOf(side: number, price: number): Rank {
  // `| 0` tells the compiler that the difference is an int32; without it ranks are computed as doubles.
  return (side === Side.Sell ? (MAX_INT32 - price) | 0 : price) as Rank;
}

const LEVEL_I32_SHIFT = 3;
const LEVEL_BYTES = 32;

export const LVL_TOTAL_QTY = 0; //   F64  lots
export const LVL_PRICE = 2; //       I32  ticks
export const LVL_ORDER_COUNT = 3; // I32
export const LVL_HEAD = 4; //        I32  OrderBase, the oldest order
export const LVL_TAIL = 5; //        I32  OrderBase, the youngest
export const LVL_RANK = 6; //        I32
/** Owned by the ladder: the trie node above the level. */
export const LVL_NODE = 7; //        I32

export class PriceLevels {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly capacity: number;
  readonly #orderI32: Int32Array;
  #freeHead: LevelBase;
  #freeCount: number;

  constructor(capacity: number, orders: OrderPool) {
    assert(capacity >= 1 && capacity <= 2 ** 24, "there are 1 to 2^24 price levels");
    const buffer = new ArrayBuffer(capacity * LEVEL_BYTES);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.capacity = capacity;
    this.#orderI32 = orders.i32;
    this.#freeHead = NO_LEVEL;
    this.#freeCount = 0;
    for (let slot = capacity - 1; slot >= 0; slot--) this.free((slot << LEVEL_I32_SHIFT) as LevelBase);
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  /** First of the free list, which runs on through LVL_HEAD. */
  get freeHead(): LevelBase {
    return this.#freeHead;
  }

  /** A level without orders. The caller has made sure that there is room. */
  allocate(price: number, rank: Rank): LevelBase {
    const level = this.#freeHead;
    assert(level !== NO_LEVEL, "room for a price level was checked before");
    const { i32 } = this;
    this.#freeHead = i32[level + LVL_HEAD] as LevelBase;
    this.#freeCount -= 1;
    this.f64[(level >> 1) + LVL_TOTAL_QTY] = 0;
    i32[level + LVL_PRICE] = price;
    i32[level + LVL_ORDER_COUNT] = 0;
    i32[level + LVL_HEAD] = NO_ORDER;
    i32[level + LVL_TAIL] = NO_ORDER;
    i32[level + LVL_RANK] = rank;
    return level;
  }

  free(level: LevelBase): void {
    assert(this.i32[level + LVL_ORDER_COUNT] === 0, "a level that is freed has no orders");
    this.i32[level + LVL_HEAD] = this.#freeHead;
    this.#freeHead = level;
    this.#freeCount += 1;
  }

  /** Puts the order behind all others, with all that it has left. */
  append(level: LevelBase, order: OrderBase): void {
    const { i32 } = this;
    const orders = this.#orderI32;
    const tail = i32[level + LVL_TAIL] as OrderBase;
    orders[order + ORD_LEVEL] = level;
    orders[order + ORD_NEXT] = NO_ORDER;
    orders[order + ORD_PREV] = tail;
    if (tail === NO_ORDER) i32[level + LVL_HEAD] = order;
    else orders[tail + ORD_NEXT] = order;
    i32[level + LVL_TAIL] = order;
    i32[level + LVL_ORDER_COUNT] = (i32[level + LVL_ORDER_COUNT] as number) + 1;
    this.#addQty(level, this.#leavesOf(order));
  }

  /** Takes the order out with all that it has left. The level stays, even when this was its last order. */
  unlink(level: LevelBase, order: OrderBase): void {
    const { i32 } = this;
    const orders = this.#orderI32;
    const next = orders[order + ORD_NEXT] as OrderBase;
    const prev = orders[order + ORD_PREV] as OrderBase;
    if (prev === NO_ORDER) i32[level + LVL_HEAD] = next;
    else orders[prev + ORD_NEXT] = next;
    if (next === NO_ORDER) i32[level + LVL_TAIL] = prev;
    else orders[next + ORD_PREV] = prev;
    orders[order + ORD_LEVEL] = NO_LEVEL;
    i32[level + LVL_ORDER_COUNT] = (i32[level + LVL_ORDER_COUNT] as number) - 1;
    this.#addQty(level, -this.#leavesOf(order));
  }

  /** An order of the level has that much less left, by a trade or by request; it keeps its place. */
  reduce(level: LevelBase, qty: number): void {
    this.#addQty(level, -qty);
  }

  #leavesOf(order: OrderBase): number {
    const orders = this.#orderI32;
    return (orders[order + ORD_ORDER_QTY] as number) - (orders[order + ORD_CUM_QTY] as number);
  }

  #addQty(level: LevelBase, qty: number): void {
    const at = (level >> 1) + LVL_TOTAL_QTY;
    const totalQty = (this.f64[at] as number) + qty;
    assert(totalQty >= 0, "a level never holds less than nothing");
    this.f64[at] = totalQty;
  }
}
