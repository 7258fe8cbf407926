import { beforeEach, expect, test } from "vitest";
import { Phase } from "../../protocol/codes.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import type { Lots, Ticks } from "../../protocol/units.ts";
import { engineFor } from "../instrument-assignment.ts";
import { type CompleteDefinition, InstrumentDefinitions } from "./instrument-definitions.ts";

const ENGINE_COUNT = 4;

const KNOWN = {
  instrumentId: 1,
  symbol: "KNOWN",
  priceDecimals: 2,
  tickSize: 1,
  qtyDecimals: 0,
  lotSize: 10,
  maxPrice: 5000 as Ticks,
  maxOrderQty: 300 as Lots,
  engine: 3,
  terms: { qtyStep: 5, phase: Phase.PreOpen },
};

let definitions: InstrumentDefinitions;

beforeEach(() => {
  definitions = new InstrumentDefinitions([KNOWN], ENGINE_COUNT, 2 ** 25);
});

function complete(definition: fairlead.v1.InstrumentDefinition.$Properties): CompleteDefinition {
  const completed = definitions.complete(definition);
  if (typeof completed === "string") throw new Error(completed);
  return completed;
}

test("a new instrument gets the numbers that it leaves out, and the engine that the rule gives it", () => {
  const { definition, instrument } = complete({ instrumentId: 9, symbol: "NEW", qtyStep: 2 });
  const plain = {
    instrumentId: 9,
    symbol: "NEW",
    priceDecimals: 0,
    tickSize: 1,
    qtyDecimals: 0,
    lotSize: 1,
    maxPrice: MAX_INT32,
    maxOrderQty: 1_000_000,
    engine: engineFor(9, ENGINE_COUNT),
  };
  expect(instrument).toEqual({ ...plain, terms: { qtyStep: 2 } });
  expect(definition).toEqual({ ...plain, qtyStep: 2 });
});

test("a new instrument goes to the engine that it names", () => {
  expect(complete({ instrumentId: 9, symbol: "NEW", engine: 1 }).instrument.engine).toBe(1);
});

test("of a known one only what is said changes, and never its phase", () => {
  const said = { instrumentId: 1, maxPrice: 9, phase: Phase.Halt, priceSteps: [{ fromPrice: 1, step: 5 }] };
  const { definition, instrument } = complete(said);
  const { terms, ...plain } = KNOWN;
  expect(instrument).toEqual({ ...plain, maxPrice: 9, terms: { ...terms, priceSteps: said.priceSteps } });
  expect(definition).toEqual({ ...said, phase: Phase.Unspecified, symbol: "KNOWN", engine: 3 });
});

test("a known one may get another symbol", () => {
  expect(complete({ instrumentId: 1, symbol: "RENAMED" })).toMatchObject({
    instrument: { symbol: "RENAMED", engine: 3 },
    definition: { symbol: "RENAMED" },
  });
});

test("what is remembered is known from then on", () => {
  const { instrument } = complete({ instrumentId: 9, symbol: "NEW", engine: 1, tickSize: 5 });
  expect(complete({ instrumentId: 9, symbol: "NEW" }).instrument.tickSize).toBe(1);
  definitions.remember(instrument);
  expect(complete({ instrumentId: 9, lotSize: 7 }).instrument).toMatchObject({ tickSize: 5, lotSize: 7, engine: 1 });
  expect(definitions.complete({ instrumentId: 10, symbol: "NEW" })).toBe("symbol is already that of instrument 9");
});

test.each<[fairlead.v1.InstrumentDefinition.$Properties, string]>([
  [{ symbol: "A" }, "instrument_id must be 1 to 2147483647"],
  [{ instrumentId: 2 ** 31, symbol: "A" }, "instrument_id must be 1 to 2147483647"],
  [{ instrumentId: 9 }, "symbol must be 1 to 32 printable ASCII characters, no space at either end"],
  [{ instrumentId: 9, symbol: "Ä" }, "symbol must be 1 to 32 printable ASCII characters, no space at either end"],
  [{ instrumentId: 9, symbol: "KNOWN" }, "symbol is already that of instrument 1"],
  [{ instrumentId: 9, symbol: "A", engine: 4 }, "engine must be below 4"],
  [{ instrumentId: 1, engine: 2 }, "the instrument lives on engine 3"],
  [{ instrumentId: 9, symbol: "A", priceDecimals: 10 }, "decimals must be at most 9"],
  [{ instrumentId: 9, symbol: "A", tickSize: 2 ** 31 }, "sizes and maxima must be 1 to 2147483647"],
  [{ instrumentId: 9, symbol: "A", maxPrice: -1 }, "sizes and maxima must be 1 to 2147483647"],
  [{ instrumentId: 9, symbol: "A", maxOrderQty: 2 ** 28 }, "max_order_qty must be at most 268435455"],
])("%j cannot be sent to an engine", (definition, fault) => {
  expect(definitions.complete(definition)).toBe(fault);
});
