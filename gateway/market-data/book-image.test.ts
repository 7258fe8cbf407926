import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Side } from "../../protocol/codes.ts";
import { BookImage } from "./book-image.ts";

const SIDES = [Side.Buy, Side.Sell] as const;

describe("a book image", () => {
  test.each(SIDES)("has the best level of side %i last, whatever order the levels came in", (side) => {
    const image = new BookImage();
    for (const price of [100, 103, 101, 102]) image.set(side, price, 5, 1);
    const expected = side === Side.Buy ? [100, 101, 102, 103] : [103, 102, 101, 100];
    expect(image.levels(side).map((level) => level.price)).toEqual(expected);
    expect(image.best(side)?.price).toBe(expected.at(-1));
  });

  test("has no best level on an empty side", () => {
    const image = new BookImage();
    image.set(Side.Buy, 100, 5, 1);
    expect(image.best(Side.Sell)).toBeUndefined();
    image.set(Side.Buy, 100, 0, 0);
    expect(image.best(Side.Buy)).toBeUndefined();
  });

  test("forgets nothing when a level that it does not have is removed", () => {
    const image = new BookImage();
    image.set(Side.Sell, 100, 5, 1);
    image.set(Side.Sell, 99, 0, 0);
    image.set(Side.Sell, 101, 0, 0);
    expect(image.levels(Side.Sell)).toEqual([{ price: 100, qty: 5, orderCount: 1 }]);
  });

  test("holds what a map of the same changes holds, sorted", () => {
    const change = fc.record({
      side: fc.constantFrom(...SIDES),
      price: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 2 ** 31 - 1)),
      qty: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.constant(2 ** 53 - 1)),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const image = new BookImage();
        const models = { [Side.Buy]: new Map<number, number>(), [Side.Sell]: new Map<number, number>() };
        for (const { side, price, qty } of changes) {
          image.set(side, price, qty, qty === 0 ? 0 : 1);
          if (qty === 0) models[side].delete(price);
          else models[side].set(price, qty);
          expect(image.find(side, price)?.qty ?? 0).toBe(qty);
        }
        for (const side of SIDES) {
          const sorted = [...models[side]].toSorted(([a], [b]) => (side === Side.Buy ? a - b : b - a));
          expect(image.levels(side).map(({ price, qty }) => [price, qty])).toEqual(sorted);
        }
      }),
    );
  });
});
