import * as fc from "fast-check";
import { expect, test } from "vitest";
import { proRataShares } from "./pro-rata.ts";

const NO_TOP = -1;

test("each order gets its part of the level, rounded down; what that leaves goes in time order", () => {
  expect(proRataShares(10, [10, 20, 30], NO_TOP, { minQty: 1, topMaxQty: 0 })).toEqual([2, 3, 5]);
});

test("a part below the minimum is none", () => {
  expect(proRataShares(10, [5, 5, 90], NO_TOP, { minQty: 2, topMaxQty: 0 })).toEqual([1, 0, 9]);
});

test("the top order comes first, and shares in the rest with what it has left", () => {
  expect(proRataShares(12, [10, 10], 0, { minQty: 1, topMaxQty: 4 })).toEqual([7, 5]);
  expect(proRataShares(3, [10, 10], 1, { minQty: 1, topMaxQty: 4 })).toEqual([0, 3]);
});

test("nothing is lost and nobody gets more than he shows", () => {
  const shown = fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 8 });
  const terms = fc.record({ minQty: fc.integer({ min: 1, max: 20 }), topMaxQty: fc.nat({ max: 50 }) });
  fc.assert(
    fc.property(
      shown,
      terms,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat({ max: 8 }),
      (lots, rules, part, top) => {
        const total = lots.reduce((sum, each) => sum + each, 0);
        const qty = Math.max(Math.floor(total * part), 1);
        fc.pre(qty < total);
        const shares = proRataShares(qty, lots, top, rules);
        expect(shares.reduce((sum, each) => sum + each, 0)).toBe(qty);
        expect(shares.every((share, index) => share >= 0 && share <= (lots[index] ?? 0))).toBe(true);
      },
    ),
  );
});
