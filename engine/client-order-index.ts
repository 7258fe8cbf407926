/**
 * Finds an order by (session, client order id). Buckets hold the newest order of a chain; the chain runs through the order
 * records (ORD_HASH_NEXT), so the index needs no memory per order beyond its bucket.
 *
 * The lowest four bits of an id choose the place within a cache line of 16 buckets and the rest choose the line: ids that
 * a client counts up share a line. Lines are chosen by multiply-shift hashing with odd multipliers that are drawn when the
 * process starts, so that nobody can prepare ids that all fall into one chain. The draw shows in no event: what a look-up
 * finds does not depend on the order of a chain.
 *
 * Ids are passed as (array, index): a double that is an argument is put on the heap where the call is not inlined.
 */
import { randomInt } from "node:crypto";
import { assert } from "../protocol/assert.ts";
import type { OrderPool } from "./order-pool.ts";
import { NO_ORDER, ORD_CLIENT_ORDER_ID, ORD_HASH_NEXT, ORD_SESSION, type OrderBase } from "./order-record.ts";

const LINE_BITS = 4;
const MIN_BUCKET_BITS = 8;
const HIGH_WORD = 2 ** -32;

function drawOddMultiplier(): number {
  return (randomInt(2 ** 31) * 2 + 1) | 0;
}

export class ClientOrderIndex {
  readonly #orderI32: Int32Array;
  readonly #orderF64: Float64Array;
  readonly #heads: Int32Array;
  /** Brings the highest bits of a hash down to the number of a line. */
  readonly #lineShift: number;
  readonly #lowFactor: number;
  readonly #highFactor: number;
  readonly #sessionFactor: number;

  constructor(orders: OrderPool) {
    // Twice as many buckets as orders: a look-up that finds nothing rarely has to read another order.
    const bucketBits = Math.max(MIN_BUCKET_BITS, 32 - Math.clz32(orders.capacity * 2 - 1));
    this.#orderI32 = orders.i32;
    this.#orderF64 = orders.f64;
    this.#heads = new Int32Array(2 ** bucketBits).fill(NO_ORDER);
    this.#lineShift = 32 - (bucketBits - LINE_BITS);
    this.#lowFactor = drawOddMultiplier();
    this.#highFactor = drawOddMultiplier();
    this.#sessionFactor = drawOddMultiplier();
  }

  get bucketCount(): number {
    return this.#heads.length;
  }

  headOf(bucket: number): OrderBase {
    return this.#heads[bucket] as OrderBase;
  }

  bucketOf(session: number, ids: Float64Array, at: number): number {
    const id = ids[at] as number;
    const low = id | 0;
    const high = (id * HIGH_WORD) | 0;
    const hash =
      Math.imul(low >>> LINE_BITS, this.#lowFactor) +
      Math.imul(high, this.#highFactor) +
      Math.imul(session, this.#sessionFactor);
    return ((hash >>> this.#lineShift) << LINE_BITS) | (low & ((1 << LINE_BITS) - 1));
  }

  /** @returns NO_ORDER when the session has no order of that id, open or remembered. */
  find(session: number, ids: Float64Array, at: number): OrderBase {
    const i32 = this.#orderI32;
    const f64 = this.#orderF64;
    const id = ids[at] as number;
    let order = this.#heads[this.bucketOf(session, ids, at)] as OrderBase;
    while (order !== NO_ORDER) {
      if (f64[(order >> 1) + ORD_CLIENT_ORDER_ID] === id && i32[order + ORD_SESSION] === session) return order;
      order = i32[order + ORD_HASH_NEXT] as OrderBase;
    }
    return NO_ORDER;
  }

  /** Session and client order id of the record are set and not in the index. */
  insert(order: OrderBase): void {
    const bucket = this.#bucketOfOrder(order);
    this.#orderI32[order + ORD_HASH_NEXT] = this.#heads[bucket] as OrderBase;
    this.#heads[bucket] = order;
  }

  remove(order: OrderBase): void {
    const i32 = this.#orderI32;
    const bucket = this.#bucketOfOrder(order);
    const after = i32[order + ORD_HASH_NEXT] as OrderBase;
    let at = this.#heads[bucket] as OrderBase;
    if (at === order) {
      this.#heads[bucket] = after;
      return;
    }
    while (i32[at + ORD_HASH_NEXT] !== order) {
      at = i32[at + ORD_HASH_NEXT] as OrderBase;
      assert(at !== NO_ORDER, "an order that is removed from the index is in it");
    }
    i32[at + ORD_HASH_NEXT] = after;
  }

  #bucketOfOrder(order: OrderBase): number {
    const session = this.#orderI32[order + ORD_SESSION] as number;
    return this.bucketOf(session, this.#orderF64, (order >> 1) + ORD_CLIENT_ORDER_ID);
  }
}
