import * as fc from "fast-check";
import { expect, test } from "vitest";
import { lotsToQty, priceToTicks, qtyToLots, ticksToPrice } from "./decimals.ts";
import type { InstrumentDefinition } from "./messages.ts";

function instrument(fields: Partial<InstrumentDefinition>): InstrumentDefinition {
  const one = { priceDecimals: 0, tickSize: 1, qtyDecimals: 0, lotSize: 1 };
  const rest = { instrumentId: 1, symbol: "X", maxPrice: 1000, maxOrderQty: 1000, phase: 1, engine: 0 } as const;
  const sizes = { qtyStep: 0, minNotional: 0, maxNotional: 0, referencePrice: 0, proRataMinQty: 0, topOrderMaxQty: 0 };
  const bands = { maxDeviationBps: 0, staticBandBps: 0, dynamicBandBps: 0, volatilityPauseMs: 0 };
  const terms = { ...sizes, ...bands, priceSteps: [], allocation: 0, schedule: [] } as const;
  return { ...rest, ...terms, ...one, ...fields };
}

test("every tick and lot comes back from its decimal", () => {
  const decimals = fc.integer({ min: 0, max: 9 });
  const step = fc.integer({ min: 1, max: 100_000 });
  fc.assert(
    fc.property(decimals, step, fc.nat(2 ** 31 - 1), (digits, size, units) => {
      const scaled = instrument({ priceDecimals: digits, tickSize: size, qtyDecimals: digits, lotSize: size });
      expect(priceToTicks(scaled, ticksToPrice(scaled, units))).toBe(units);
      expect(qtyToLots(scaled, lotsToQty(scaled, units))).toBe(units);
    }),
  );
});

test.each([
  ["101.25", 10_125],
  ["101.250", 10_125],
  ["101", 10_100],
  ["0.01", 1],
  ["0", 0],
  ["-1.5", -150],
  ["-0.00", 0],
  // 0.1 + 0.2 is not 0.3 in doubles; 1.15 * 100 is 114.99999999999999.
  ["1.15", 115],
])("at two decimals %s is %d ticks", (price, ticks) => {
  expect(priceToTicks(instrument({ priceDecimals: 2 }), price)).toBe(ticks);
});

test("a price between two ticks is refused, not rounded", () => {
  const quarters = instrument({ priceDecimals: 2, tickSize: 25 });
  expect(priceToTicks(quarters, "100.75")).toBe(403);
  expect(() => priceToTicks(quarters, "100.80")).toThrow('"100.80" is not a multiple of 0.25');
  expect(() => priceToTicks(quarters, "100.755")).toThrow("more than 2 decimals");
});

test.each(["", "1.", ".5", "1e3", "0x10", " 1", "1,5", "NaN", "١"])("%j is not a decimal number", (text) => {
  expect(() => qtyToLots(instrument({}), text)).toThrow(RangeError);
});

test("what a double cannot hold exactly is refused in both directions", () => {
  expect(() => qtyToLots(instrument({}), "9007199254740993")).toThrow("too large");
  expect(() => lotsToQty(instrument({ lotSize: 1000 }), 2 ** 50)).toThrow(RangeError);
});
