/**
 * Finds an order by (session, client order id). Buckets hold the newest order of a chain; the chain runs through an array
 * beside the order records.
 *
 * The lowest four bits of an id choose the place within a cache line of 16 buckets and the rest choose the line: ids that
 * a client counts up share a line. Lines are chosen by multiply-shift hashing with odd multipliers that are drawn when the
 * process starts, so that nobody can prepare ids that all fall into one chain. The draw shows in no event, and the index is
 * no part of the engine's state: it is made anew from the orders.
 *
 * Ids are passed as (array, index): a double that is an argument is put on the heap where the call is not inlined.
 */
import { randomInt } from "node:crypto";
import { assert } from "../../protocol/assert.ts";
import type { OrderPool } from "./order-pool.ts";
import {
  NO_ORDER,
  ORDER_I32_SHIFT,
  ORD_CLIENT_ORDER_ID,
  ORD_SESSION,
  ORD_WORD,
  type OrderBase,
} from "./order-record.ts";

const LINE_BITS = 4;
const LINE_MASK = (1 << LINE_BITS) - 1;
const MIN_BUCKET_BITS = 8;
const HIGH_WORD = 2 ** -32;
/** From an order's base to its two words of links. */
const LINK_SHIFT = ORDER_I32_SHIFT - 1;

function drawOddMultiplier(): number {
  return (randomInt(2 ** 31) * 2 + 1) | 0;
}

export type ClientOrderIndex = ReturnType<typeof createClientOrderIndex>;

export function createClientOrderIndex(orders: OrderPool) {
  const orderI32 = orders.i32;
  const orderF64 = orders.f64;
  // Twice as many buckets as orders: a look-up that finds nothing rarely has to read another order.
  const bucketBits = Math.max(MIN_BUCKET_BITS, 32 - Math.clz32(orders.capacity * 2 - 1));
  const heads = new Int32Array(2 ** bucketBits).fill(NO_ORDER);
  /** Two words per order slot: the next order of its chain, and its bucket. An order leaves without its record being read. */
  const links = new Int32Array(orders.capacity * 2);
  /** Brings the highest bits of a hash down to the number of a line. */
  const lineShift = 32 - (bucketBits - LINE_BITS);
  const lowFactor = drawOddMultiplier();
  const highFactor = drawOddMultiplier();
  const sessionFactor = drawOddMultiplier();

  function bucketOf(session: number, ids: Float64Array, at: number): number {
    const id = ids[at] as number;
    const low = id | 0;
    const high = (id * HIGH_WORD) | 0;
    const ofId = (Math.imul(low >>> LINE_BITS, lowFactor) + Math.imul(high, highFactor)) | 0;
    const hash = (ofId + Math.imul(session, sessionFactor)) | 0;
    return ((hash >>> lineShift) << LINE_BITS) | (low & LINE_MASK);
  }

  function bucketOfOrder(order: OrderBase): number {
    return bucketOf(orderI32[order + ORD_SESSION] as number, orderF64, (order >> 1) + ORD_CLIENT_ORDER_ID);
  }

  /** @returns NO_ORDER when the session has no order of that id, open or remembered. */
  function findIn(bucket: number, session: number, ids: Float64Array, at: number): OrderBase {
    const id = ids[at] as number;
    let order = heads[bucket] as OrderBase;
    while (order !== NO_ORDER) {
      if (orderF64[(order >> 1) + ORD_CLIENT_ORDER_ID] === id && orderI32[order + ORD_SESSION] === session)
        return order;
      order = links[order >> LINK_SHIFT] as OrderBase;
    }
    return NO_ORDER;
  }

  function find(session: number, ids: Float64Array, at: number): OrderBase {
    return findIn(bucketOf(session, ids, at), session, ids, at);
  }

  /** @param bucket That of the order's session and client order id, which are not in the index. */
  function insertInto(bucket: number, order: OrderBase): void {
    const link = order >> LINK_SHIFT;
    links[link] = heads[bucket] as number;
    links[link + 1] = bucket;
    heads[bucket] = order;
  }

  function remove(order: OrderBase): void {
    const link = order >> LINK_SHIFT;
    const bucket = links[link + 1] as number;
    if (heads[bucket] === order) heads[bucket] = links[link] as number;
    else removeFromChain(bucket, order);
  }

  function removeFromChain(bucket: number, order: OrderBase): void {
    let at = heads[bucket] as OrderBase;
    while (links[at >> LINK_SHIFT] !== order) {
      at = links[at >> LINK_SHIFT] as OrderBase;
      assert(at !== NO_ORDER, "an order that is removed from the index is in it");
    }
    links[at >> LINK_SHIFT] = links[order >> LINK_SHIFT] as number;
  }

  /** After the order records were replaced by those of a snapshot. */
  function rebuild(): void {
    heads.fill(NO_ORDER);
    for (let slot = 0; slot < orders.highWater(); slot++) {
      const order = (slot << ORDER_I32_SHIFT) as OrderBase;
      if (orderI32[order + ORD_WORD] !== 0) insertInto(bucketOfOrder(order), order);
    }
  }

  return {
    bucketOf,
    bucketOfOrder,
    findIn,
    find,
    insertInto,
    remove,
    rebuild,
    bucketCount: heads.length,
    headOf: (bucket: number) => heads[bucket] as OrderBase,
    nextOf: (order: OrderBase) => links[order >> LINK_SHIFT] as OrderBase,
  };
}
