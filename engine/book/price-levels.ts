/**
 * Memory for the price levels of all books. A level is the queue of the orders at one price of one ladder: those that rest
 * there, or those that wait for that trigger price.
 *
 *   byte  0        4        8        12
 *      0  totalQty (f64)             price    orderCount
 *     16  head     tail     ladder   node
 *
 * A level is named by its base: the index of its first int32 (slot << 3).
 *
 * A ladder is one side of one kind of book (ladders.ts). Even ladders prefer high prices, odd ones low prices. The **rank**
 * of a price is its distance from the worst price: higher is better in every ladder, so everything above this file treats
 * both sides with one comparison.
 *
 * Invariants (checked by engine-invariants.ts):
 *  1. totalQty is the sum of what the orders of the queue show there, orderCount their number.
 *  2. Outside of a command every level in a ladder has at least one order.
 *  3. A level is either in the free list (through `head`, with orderCount 0 and ladder −1) or in exactly one ladder.
 */
import { assert } from "../../protocol/assert.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import type { Brand } from "../../protocol/units.ts";
import type { EngineMemory } from "../memory.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_LEVEL, ORD_NEXT, ORD_PREV, type OrderBase } from "../orders/order-record.ts";

/** Index of the first int32 of a level record. */
export type LevelBase = Brand<number, "LevelBase">;
export const NO_LEVEL = -1 as LevelBase;
/** Where there is no such price. */
export const NO_PRICE = 0;

/** Distance from the worst price of a ladder. 0 … 2^31−1. */
export type Rank = Brand<number, "Rank">;

/** Lower than or equal to every rank: the limit of an order that takes any price. */
export const WORST_RANK = 0 as Rank;

/** The same mapping turns a price into a rank and a rank into a price: 2^31−1 − p is p with its 31 bits flipped. */
export function rankOf(ladder: number, price: number): Rank {
  return (price ^ (-(ladder & 1) & MAX_INT32)) as Rank;
}

const LEVEL_I32_SHIFT = 3;

export const LVL_TOTAL_QTY = 0; //   F64  lots
export const LVL_PRICE = 2; //       I32  ticks
export const LVL_ORDER_COUNT = 3; // I32
export const LVL_HEAD = 4; //        I32  OrderBase, the oldest order
export const LVL_TAIL = 5; //        I32  OrderBase, the youngest
export const LVL_LADDER = 6; //      I32
/** Owned by the ladder: the trie node above the level. */
export const LVL_NODE = 7; //        I32

const NO_LADDER = -1;

const FREE_HEAD = 0;
const FREE_COUNT = 1;
const HIGH_WATER = 2;
const REGISTERS = 4;

export type PriceLevels = ReturnType<typeof createPriceLevels>;

export function createPriceLevels(memory: EngineMemory, capacity: number, orders: OrderPool) {
  assert(capacity >= 1 && capacity <= 2 ** 27, "there are 1 to 2^27 price levels");
  const registers = memory.allocate("price levels in use", REGISTERS).i32;
  const usedWords = () => (registers[HIGH_WATER] as number) << LEVEL_I32_SHIFT;
  const { i32, f64 } = memory.allocate("price levels", capacity << LEVEL_I32_SHIFT, usedWords);
  const orderI32 = orders.i32;
  registers[FREE_HEAD] = NO_LEVEL;

  /** A level without orders. The caller has made sure that there is room. */
  function allocate(ladder: number, price: number): LevelBase {
    const level = take();
    f64[(level >> 1) + LVL_TOTAL_QTY] = 0;
    i32[level + LVL_PRICE] = price;
    i32[level + LVL_ORDER_COUNT] = 0;
    i32[level + LVL_HEAD] = NO_ORDER;
    i32[level + LVL_TAIL] = NO_ORDER;
    i32[level + LVL_LADDER] = ladder;
    return level;
  }

  function take(): LevelBase {
    const level = registers[FREE_HEAD] as LevelBase;
    if (level !== NO_LEVEL) {
      registers[FREE_HEAD] = i32[level + LVL_HEAD] as number;
      registers[FREE_COUNT] = (registers[FREE_COUNT] as number) - 1;
      return level;
    }
    const slot = registers[HIGH_WATER] as number;
    assert(slot < capacity, "room for a price level was checked before");
    registers[HIGH_WATER] = slot + 1;
    return (slot << LEVEL_I32_SHIFT) as LevelBase;
  }

  function free(level: LevelBase): void {
    i32[level + LVL_HEAD] = registers[FREE_HEAD] as number;
    i32[level + LVL_LADDER] = NO_LADDER;
    registers[FREE_HEAD] = level;
    registers[FREE_COUNT] = (registers[FREE_COUNT] as number) + 1;
  }

  /** Puts the order behind all others, where it shows `qty` lots. */
  function append(level: LevelBase, order: OrderBase, qty: number): void {
    const tail = i32[level + LVL_TAIL] as OrderBase;
    orderI32[order + ORD_LEVEL] = level;
    orderI32[order + ORD_NEXT] = NO_ORDER;
    orderI32[order + ORD_PREV] = tail;
    if (tail === NO_ORDER) i32[level + LVL_HEAD] = order;
    else orderI32[tail + ORD_NEXT] = order;
    i32[level + LVL_TAIL] = order;
    i32[level + LVL_ORDER_COUNT] = ((i32[level + LVL_ORDER_COUNT] as number) + 1) | 0;
    f64[level >> 1] = (f64[level >> 1] as number) + qty;
  }

  /** Takes the order out, where it showed `qty` lots. The level stays, even when this was its last order. */
  function unlink(level: LevelBase, order: OrderBase, qty: number): void {
    const next = orderI32[order + ORD_NEXT] as OrderBase;
    const prev = orderI32[order + ORD_PREV] as OrderBase;
    if (prev === NO_ORDER) i32[level + LVL_HEAD] = next;
    else orderI32[prev + ORD_NEXT] = next;
    if (next === NO_ORDER) i32[level + LVL_TAIL] = prev;
    else orderI32[next + ORD_PREV] = prev;
    orderI32[order + ORD_LEVEL] = NO_LEVEL;
    i32[level + LVL_ORDER_COUNT] = ((i32[level + LVL_ORDER_COUNT] as number) - 1) | 0;
    reduce(level, qty);
  }

  /** An order of the level shows that much less; it keeps its place. */
  function reduce(level: LevelBase, qty: number): void {
    const totalQty = (f64[level >> 1] as number) - qty;
    assert(totalQty >= 0, "a level never holds less than nothing");
    f64[level >> 1] = totalQty;
  }

  return {
    i32,
    f64,
    capacity,
    allocate,
    free,
    append,
    unlink,
    reduce,
    inUse: () => (registers[HIGH_WATER] as number) - (registers[FREE_COUNT] as number),
    freeCount: () => registers[FREE_COUNT] as number,
    /** First of the free list, which runs on through LVL_HEAD. */
    freeHead: () => registers[FREE_HEAD] as LevelBase,
  };
}
