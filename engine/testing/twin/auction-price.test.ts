/** The auction price against its definition: every price that there is, tried one by one. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AuctionInput, auctionOutcome, bestOf } from "./auction-price.ts";
import { type PriceSteps, isOnTick } from "./price-grid.ts";

const MAX_PRICE = 40;
const STEPS: PriceSteps[] = [
  [],
  [{ fromPrice: 1, step: 3 }],
  [
    { fromPrice: 1, step: 1 },
    { fromPrice: 10, step: 2 },
    { fromPrice: 20, step: 5 },
  ],
];

const interest = fc.record({
  price: fc.oneof({ arbitrary: fc.integer({ min: 1, max: MAX_PRICE }), weight: 6 }, fc.constant(0)),
  qty: fc.integer({ min: 1, max: 9 }),
});
const interests = fc.array(interest, { maxLength: 6 });
const maybePrice = fc.integer({ min: 0, max: MAX_PRICE });

const input: fc.Arbitrary<AuctionInput> = fc.record({
  buys: interests,
  sells: interests,
  lastPrice: maybePrice,
  referencePrice: maybePrice,
  steps: fc.constantFrom(...STEPS),
  maxPrice: fc.constant(MAX_PRICE),
});

function priceByTryingAll(all: AuctionInput): number {
  const target = all.lastPrice || all.referencePrice;
  const prices = Array.from({ length: MAX_PRICE }, (_, index) => index + 1);
  return bestOf(
    prices.filter((price) => isOnTick(all.steps, price)),
    all,
    target,
  );
}

test("no other price on a tick is better", () => {
  fc.assert(
    fc.property(input, (all) => {
      const hasLimits = [...all.buys, ...all.sells].some(({ price }) => price !== 0);
      fc.pre(hasLimits);
      expect(auctionOutcome(all).price).toBe(priceByTryingAll(all));
    }),
    { numRuns: 3000 },
  );
});

const MARKET_ONLY = {
  buys: [{ price: 0, qty: 5 }],
  sells: [{ price: 0, qty: 3 }],
  lastPrice: 0,
  referencePrice: 0,
  steps: [],
  maxPrice: MAX_PRICE,
};

test("market orders alone meet at the last price, else at the reference price, else not at all", () => {
  const imbalance = { qty: 3, imbalance: 2, side: 1 };
  expect(auctionOutcome({ ...MARKET_ONLY, lastPrice: 7, referencePrice: 9 })).toEqual({ price: 7, ...imbalance });
  expect(auctionOutcome({ ...MARKET_ONLY, referencePrice: 9 })).toEqual({ price: 9, ...imbalance });
  expect(auctionOutcome(MARKET_ONLY).qty).toBe(0);
});

test("volume comes first, then imbalance, then the nearest to the last price, then the lower", () => {
  const steps: PriceSteps = [];
  const at = (buys: AuctionInput["buys"], sells: AuctionInput["sells"], lastPrice: number): number =>
    auctionOutcome({ buys, sells, lastPrice, referencePrice: 0, steps, maxPrice: MAX_PRICE }).price;
  const [buys, sells] = [[{ price: 20, qty: 5 }], [{ price: 10, qty: 5 }]];
  expect(at(buys, sells, 14)).toBe(14);
  expect(at(buys, sells, 30)).toBe(20);
  expect(at(buys, sells, 0)).toBe(10);
  expect(at([...buys, { price: 12, qty: 4 }], sells, 5)).toBe(13);
  expect(at([...buys, { price: 12, qty: 4 }], [...sells, { price: 12, qty: 4 }], 20)).toBe(12);
});
