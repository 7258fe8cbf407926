/**
 * The good-till-date orders by their expire time, as a binary heap: earliest first, at one time the lowest order id first.
 * An order knows its position (EXT_HEAP), so it can leave from anywhere.
 */
import type { EngineMemory } from "../memory.ts";
import { EXT_EXPIRE_TIME, EXT_HEAP, OrderFlag, extensionOf } from "./order-extension.ts";
import type { OrderPool } from "./order-pool.ts";
import { NO_ORDER, ORD_FLAGS, ORD_ORDER_ID, type OrderBase } from "./order-record.ts";

const COUNT = 0;
const REGISTERS = 2;

export type Deadlines = ReturnType<typeof createDeadlines>;

export function createDeadlines(memory: EngineMemory, capacity: number, orders: OrderPool) {
  const { i32, f64, ext, extF64 } = orders;
  const registers = memory.allocate("deadlines in use", REGISTERS).i32;
  const heap = memory.allocate(
    "deadlines",
    capacity + (capacity & 1),
    () => ((registers[COUNT] as number) + 1) & ~1,
  ).i32;

  function expireTimeOf(order: OrderBase): number {
    return extF64[(extensionOf(order) >> 1) + EXT_EXPIRE_TIME] as number;
  }

  function isBefore(a: OrderBase, b: OrderBase): boolean {
    const difference = expireTimeOf(a) - expireTimeOf(b);
    if (difference !== 0) return difference < 0;
    return (f64[(a >> 1) + ORD_ORDER_ID] as number) < (f64[(b >> 1) + ORD_ORDER_ID] as number);
  }

  function put(order: OrderBase, position: number): void {
    heap[position] = order;
    ext[extensionOf(order) + EXT_HEAP] = position;
  }

  function rise(order: OrderBase, from: number): void {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const above = heap[parent] as OrderBase;
      if (!isBefore(order, above)) break;
      put(above, position);
      position = parent;
    }
    put(order, position);
  }

  function sink(order: OrderBase, from: number): void {
    const count = registers[COUNT] as number;
    let position = from;
    for (;;) {
      let child = position * 2 + 1;
      if (child >= count) break;
      if (child + 1 < count && isBefore(heap[child + 1] as OrderBase, heap[child] as OrderBase)) child += 1;
      const below = heap[child] as OrderBase;
      if (!isBefore(below, order)) break;
      put(below, position);
      position = child;
    }
    put(order, position);
  }

  function add(order: OrderBase): void {
    const count = registers[COUNT] as number;
    registers[COUNT] = count + 1;
    i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) | OrderFlag.Deadline;
    rise(order, count);
  }

  function remove(order: OrderBase): void {
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Deadline) === 0) return;
    i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) & ~OrderFlag.Deadline;
    const position = ext[extensionOf(order) + EXT_HEAP] as number;
    const count = (registers[COUNT] as number) - 1;
    registers[COUNT] = count;
    const last = heap[count] as OrderBase;
    heap[count] = 0;
    if (last === order) return;
    rise(last, position);
    sink(last, ext[extensionOf(last) + EXT_HEAP] as number);
  }

  /** The order that expires first, NO_ORDER when none has a deadline. */
  function first(): OrderBase {
    return registers[COUNT] === 0 ? NO_ORDER : (heap[0] as OrderBase);
  }

  return { add, remove, first, expireTimeOf };
}
