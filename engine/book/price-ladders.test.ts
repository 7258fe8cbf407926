/** The ladders against a sorted list of prices, with prices from one end of the domain to the other. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Side } from "../../protocol/codes.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import { createEngineMemory } from "../memory.ts";
import { createOrderPool } from "../orders/order-pool.ts";
import { type PriceLadders, createPriceLadders } from "./price-ladders.ts";
import { LVL_ORDER_COUNT, LVL_PRICE, NO_LEVEL, type PriceLevels, createPriceLevels } from "./price-levels.ts";

const CAPACITY = 64;

function createLadders(): { levels: PriceLevels; ladders: PriceLadders } {
  const memory = createEngineMemory();
  const levels = createPriceLevels(memory, CAPACITY, createOrderPool(memory, 1));
  return { levels, ladders: createPriceLadders(memory, levels, 2) };
}

function ladderPrices(ladders: PriceLadders, levels: PriceLevels, ladder: number): number[] {
  const prices: number[] = [];
  for (let level = ladders.best(ladder); level !== NO_LEVEL; level = ladders.nextWorse(level)) {
    prices.push(levels.i32[level + LVL_PRICE] as number);
  }
  return prices;
}

const price = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: MAX_INT32 }),
  fc.integer({ min: 0, max: 30 }).map((bit) => 2 ** bit),
  fc.integer({ min: 1, max: 30 }).map((bit) => 2 ** bit - 1),
  fc.integer({ min: 0, max: 40 }).map((below) => MAX_INT32 - below),
);
const step = fc.record({ side: fc.constantFrom(Side.Buy, Side.Sell), price, isAdded: fc.boolean() });

test("levels come best first, are found by their price alone, and leave no node behind", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const { levels, ladders } = createLadders();
      const known = [new Set<number>(), new Set<number>()];
      for (const { side, price: at, isAdded } of steps) {
        const ladder = side - Side.Buy;
        const level = ladders.find(ladder, at);
        expect(level !== NO_LEVEL).toBe(known[ladder]?.has(at));
        if (isAdded && levels.inUse() < CAPACITY) {
          levels.i32[ladders.obtain(ladder, at) + LVL_ORDER_COUNT] = 1;
          known[ladder]?.add(at);
        } else if (!isAdded && level !== NO_LEVEL) {
          levels.i32[level + LVL_ORDER_COUNT] = 0;
          ladders.dropIfEmpty(level);
          known[ladder]?.delete(at);
        }
        expect(ladders.assertConsistent()).toBe(levels.inUse());
      }
      expect(ladderPrices(ladders, levels, 0)).toEqual([...(known[0] ?? [])].toSorted((a, b) => b - a));
      expect(ladderPrices(ladders, levels, 1)).toEqual([...(known[1] ?? [])].toSorted((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
});

test("as many levels as there is room for can lie anywhere: nodes never run out before levels", () => {
  const { levels, ladders } = createLadders();
  // Prices that share as little as possible need the most nodes.
  for (let i = 0; i < CAPACITY; i++) {
    const at = 1 + Math.floor((i * (MAX_INT32 - 1)) / CAPACITY);
    ladders.obtain(i & 1, at);
  }
  expect(levels.inUse()).toBe(CAPACITY);
  expect(ladders.assertConsistent()).toBe(CAPACITY);
});
