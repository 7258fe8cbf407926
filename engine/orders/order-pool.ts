/**
 * Memory for a fixed number of orders, and the list of the free ones. See order-record.ts for what a record holds.
 *
 * Invariants (checked by engine-invariants.ts):
 *  1. Every record below the high-water mark is either in the free list or known to the registry, never both.
 *  2. A free record has an order word of 0.
 */
import { assert } from "../../protocol/assert.ts";
import type { EngineMemory } from "../memory.ts";
import { EXT_I32_SHIFT } from "./order-extension.ts";
import { NO_ORDER, ORDER_I32_SHIFT, ORD_NEXT, ORD_WORD, ORIGIN_I32_SHIFT, type OrderBase } from "./order-record.ts";

const FREE_HEAD = 0;
const FREE_COUNT = 1;
/** Records that were ever used: slots from here on are untouched memory. */
const HIGH_WATER = 2;
const REGISTERS = 4;

export type OrderPool = ReturnType<typeof createOrderPool>;

export function createOrderPool(memory: EngineMemory, capacity: number) {
  assert(capacity >= 1 && capacity <= 2 ** 26 + 1, "an order pool has 1 to 2^26 + 1 orders");
  const registers = memory.allocate("order pool", REGISTERS).i32;
  const usedWords = (shift: number) => () => (registers[HIGH_WATER] as number) << shift;
  const { i32, f64 } = memory.allocate("orders", capacity << ORDER_I32_SHIFT, usedWords(ORDER_I32_SHIFT));
  const origin = memory.allocate("order origins", capacity << ORIGIN_I32_SHIFT, usedWords(ORIGIN_I32_SHIFT));
  const extension = memory.allocate("order extensions", capacity << EXT_I32_SHIFT, usedWords(EXT_I32_SHIFT));
  registers[FREE_HEAD] = NO_ORDER;

  /** The caller has made sure that there is room, and writes every field. */
  function allocate(): OrderBase {
    const order = registers[FREE_HEAD] as OrderBase;
    if (order === NO_ORDER) return allocateUntouched();
    registers[FREE_HEAD] = i32[order + ORD_NEXT] as number;
    registers[FREE_COUNT] = (registers[FREE_COUNT] as number) - 1;
    return order;
  }

  function allocateUntouched(): OrderBase {
    const slot = registers[HIGH_WATER] as number;
    assert(slot < capacity, "room for an order was checked before");
    registers[HIGH_WATER] = slot + 1;
    return (slot << ORDER_I32_SHIFT) as OrderBase;
  }

  /** The record keeps its other fields until it is allocated again: a report may still be made from them. */
  function free(order: OrderBase): void {
    i32[order + ORD_NEXT] = registers[FREE_HEAD] as number;
    i32[order + ORD_WORD] = 0;
    registers[FREE_HEAD] = order;
    registers[FREE_COUNT] = (registers[FREE_COUNT] as number) + 1;
  }

  return {
    i32,
    f64,
    /** The origin records, parallel to the orders. */
    originI32: origin.i32,
    originF64: origin.f64,
    /** The extension records, likewise. */
    ext: extension.i32,
    extF64: extension.f64,
    capacity,
    allocate,
    free,
    /** Slots that were ever used: 0 … this − 1. */
    highWater: () => registers[HIGH_WATER] as number,
    freeCount: () => registers[FREE_COUNT] as number,
    /** First of the free list, which runs on through ORD_NEXT. */
    freeHead: () => registers[FREE_HEAD] as OrderBase,
  };
}
