import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Allocation, Phase } from "../protocol/codes.ts";
import { MAX_ENGINES, MAX_INT32 } from "../protocol/limits.ts";
import { assignInstruments } from "./instrument-assignment.ts";
import { venueConfigSchema } from "./venue-config.ts";

function enginesOf(engines: number, instruments: { instrumentId: number; engine?: number }[]): number[] {
  const named = instruments.map((instrument, index) => ({ symbol: `S${index}`, ...instrument }));
  return assignInstruments(venueConfigSchema.parse({ engines, instruments: named })).map(({ engine }) => engine);
}

test("an instrument goes to the engine that it names", () => {
  expect(
    enginesOf(4, [
      { instrumentId: 1, engine: 3 },
      { instrumentId: 2, engine: 0 },
    ]),
  ).toEqual([3, 0]);
});

test("one that names none goes to an engine that exists, whatever stands beside it", () => {
  const anyId = fc.integer({ min: 1, max: MAX_INT32 });
  fc.assert(
    fc.property(anyId, fc.integer({ min: 1, max: MAX_ENGINES }), (instrumentId, engines) => {
      const [alone] = enginesOf(engines, [{ instrumentId }]);
      expect(alone).toBeGreaterThanOrEqual(0);
      expect(alone).toBeLessThan(engines);
      const other = (instrumentId % MAX_INT32) + 1;
      expect(enginesOf(engines, [{ instrumentId: other }, { instrumentId }])[1]).toBe(alone);
    }),
    { numRuns: 50 },
  );
});

test("the hash never changes: journals are per engine", () => {
  const ids = [1, 2, 3, 1000, MAX_INT32].map((instrumentId) => ({ instrumentId }));
  expect(enginesOf(16, ids)).toEqual([7, 6, 7, 8, 8]);
});

test("ids with a pattern spread too", () => {
  const multiples = Array.from({ length: 1600 }, (_, index) => ({ instrumentId: (index + 1) * 16 }));
  const engines = enginesOf(16, multiples);
  for (let engine = 0; engine < 16; engine++) {
    const count = engines.filter((assigned) => assigned === engine).length;
    expect(count, `engine ${engine}`).toBeGreaterThan(60);
    expect(count, `engine ${engine}`).toBeLessThan(140);
  }
});

test("an instrument keeps everything else", () => {
  const [instrument] = assignInstruments(venueConfigSchema.parse({}));
  expect(instrument).toEqual({
    instrumentId: 1,
    symbol: "ACME",
    priceDecimals: 2,
    tickSize: 1,
    qtyDecimals: 0,
    lotSize: 1,
    maxPrice: MAX_INT32,
    maxOrderQty: 1_000_000,
    engine: 0,
  });
});

test("its terms come in the numbers of the engine, and only those that it has", () => {
  const terms = { qtyStep: 10, priceSteps: [{ fromPrice: 1, step: 5 }], minNotional: 2 ** 40 };
  const named = { phase: "pre-open", allocation: "pro-rata", schedule: [{ secondOfDay: 0, phase: "halt" }] } as const;
  const config = venueConfigSchema.parse({ instruments: [{ instrumentId: 1, symbol: "A", ...terms, ...named }] });
  expect(assignInstruments(config)[0]?.terms).toEqual({
    ...terms,
    phase: Phase.PreOpen,
    allocation: Allocation.ProRata,
    schedule: [{ secondOfDay: 0, phase: Phase.Halt }],
  });
});
