/**
 * Memory for a fixed number of orders, and the list of the free ones. See order-record.ts for what a record holds.
 *
 * Invariants (checked by book-invariants.ts):
 *  1. Every record is either in the free list or known to the OrderRegistry, never both.
 *  2. A free record has status 0.
 */
import { assert } from "../protocol/assert.ts";
import {
  NO_ORDER,
  ORDER_BYTES,
  ORDER_I32_SHIFT,
  ORD_NEXT,
  ORD_WORD,
  ORIGIN_I32_SHIFT,
  type OrderBase,
} from "./order-record.ts";

export class OrderPool {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** The origin records, parallel to the orders. */
  readonly originI32: Int32Array;
  readonly originF64: Float64Array;
  readonly capacity: number;
  #freeHead: OrderBase;
  #freeCount: number;

  constructor(capacity: number) {
    assert(capacity >= 1 && capacity <= 2 ** 26 + 1, "an order pool has 1 to 2^26 + 1 orders");
    const buffer = new ArrayBuffer(capacity * ORDER_BYTES);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    const origins = new ArrayBuffer(capacity << (ORIGIN_I32_SHIFT + 2));
    this.originI32 = new Int32Array(origins);
    this.originF64 = new Float64Array(origins);
    this.capacity = capacity;
    this.#freeHead = NO_ORDER;
    this.#freeCount = 0;
    // Freed from the last to the first, so that the pool is handed out in the order of its addresses.
    for (let slot = capacity - 1; slot >= 0; slot--) this.free((slot << ORDER_I32_SHIFT) as OrderBase);
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  /** First of the free list, which runs on through ORD_NEXT. */
  get freeHead(): OrderBase {
    return this.#freeHead;
  }

  /** The caller has made sure that there is room, and writes every field. */
  allocate(): OrderBase {
    const order = this.#freeHead;
    assert(order !== NO_ORDER, "room for an order was checked before");
    assert(this.i32[order + ORD_WORD] === 0, "a free order has no status");
    this.#freeHead = this.i32[order + ORD_NEXT] as OrderBase;
    this.#freeCount -= 1;
    return order;
  }

  /** The record keeps its other fields until it is allocated again: a report may still be made from them. */
  free(order: OrderBase): void {
    this.i32[order + ORD_NEXT] = this.#freeHead;
    this.i32[order + ORD_WORD] = 0;
    this.#freeHead = order;
    this.#freeCount += 1;
  }
}
