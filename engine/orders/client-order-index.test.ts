import { expect, test } from "vitest";
import { MAX_ID } from "../../protocol/limits.ts";
import { type ClientOrderIndex, createClientOrderIndex } from "./client-order-index.ts";
import { createEngineMemory } from "../memory.ts";
import { type OrderPool, createOrderPool } from "./order-pool.ts";
import { NO_ORDER, ORD_CLIENT_ORDER_ID, ORD_SESSION, type OrderBase } from "./order-record.ts";

const COUNT = 4096;

function indexWith(ids: readonly number[]): { index: ClientOrderIndex; pool: OrderPool; orders: OrderBase[] } {
  const pool = createOrderPool(createEngineMemory(), ids.length);
  const index = createClientOrderIndex(pool);
  const orders = ids.map((id, i) => {
    const order = pool.allocate();
    pool.f64[(order >> 1) + ORD_CLIENT_ORDER_ID] = id;
    pool.i32[order + ORD_SESSION] = i & 3;
    index.insertInto(index.bucketOfOrder(order), order);
    return order;
  });
  return { index, pool, orders };
}

function longestChain(index: ClientOrderIndex): number {
  let longest = 0;
  for (let bucket = 0; bucket < index.bucketCount; bucket++) {
    let length = 0;
    for (let order = index.headOf(bucket); order !== NO_ORDER; order = index.nextOf(order)) length += 1;
    longest = Math.max(longest, length);
  }
  return longest;
}

test("an order is found by session and id together, until it is removed", () => {
  const ids = Array.from({ length: COUNT }, (_, i) => (i % 2 === 0 ? 1 + (i >> 2) : MAX_ID - (i >> 2)));
  const { index, orders } = indexWith(ids);
  orders.forEach((order, i) => {
    expect(index.find(i & 3, Float64Array.of(ids[i] as number), 0)).toBe(order);
    expect(index.find(4, Float64Array.of(ids[i] as number), 0)).toBe(NO_ORDER);
  });
  orders.forEach((order, i) => {
    index.remove(order);
    expect(index.find(i & 3, Float64Array.of(ids[i] as number), 0)).toBe(NO_ORDER);
  });
});

test.each([1, 2, 16, 64, 2 ** 12, 2 ** 20, 2 ** 32, 2 ** 36, 1_000_003])(
  "ids %d apart make no long chains",
  (stride) => {
    const ids = Array.from({ length: COUNT }, (_, i) => 1 + i * stride);
    // One draw of multipliers in some hundreds suits a stride badly; nobody can choose which.
    const longest = Array.from({ length: 5 }, () => {
      return longestChain(indexWith(ids).index);
    });
    expect(Math.min(...longest)).toBeLessThan(64);
  },
);

test("ids that a client counts up share cache lines", () => {
  const { index } = indexWith([1]);
  const lines = new Set(Array.from({ length: 16 }, (_, i) => index.bucketOf(0, Float64Array.of(32 + i), 0) >> 4));
  expect(lines.size).toBe(1);
});
