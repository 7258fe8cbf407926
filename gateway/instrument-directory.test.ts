import protobuf from "protobufjs/minimal.js";
import { expect, test } from "vitest";
import type { Instrument } from "../engine/engine-config.ts";
import { fairlead } from "../protocol/codec/cold-codec.ts";
import { Allocation, Durability, Phase } from "../protocol/codes.ts";
import type { Lots, Ticks } from "../protocol/units.ts";
import { InstrumentDirectory } from "./instrument-directory.ts";

function instrument(instrumentId: number, fields: Partial<Instrument> = {}): Instrument {
  const scale = { priceDecimals: 2, tickSize: 1, qtyDecimals: 0, lotSize: 1 };
  const bounds = { maxPrice: 1000 as Ticks, maxOrderQty: 500 as Lots };
  return { instrumentId, symbol: `S${instrumentId}`, ...scale, ...bounds, engine: 0, ...fields };
}

function listed(directory: InstrumentDirectory): fairlead.v1.InstrumentDefinition.$Properties[] {
  const lists = directory.listFrames().map((frame) => {
    const { instrumentList } = fairlead.v1.ServerFrame.decodeDelimited(protobuf.Reader.create(frame));
    return instrumentList ?? {};
  });
  expect(lists.map(({ last }) => last ?? false)).toEqual(lists.map((_, n) => n === lists.length - 1));
  return lists.flatMap(({ instruments }) => instruments ?? []);
}

test("an instrument is listed with its terms, and starts in continuous trading unless it names a phase", () => {
  const terms = {
    phase: Phase.PreOpen,
    priceSteps: [{ fromPrice: 1, step: 5 }],
    allocation: Allocation.ProRata,
    maxNotional: 2 ** 40,
    schedule: [{ secondOfDay: 60, phase: Phase.Continuous }],
  };
  const directory = new InstrumentDirectory([instrument(1), instrument(2, { terms })], Durability.Memory);
  expect(listed(directory)).toMatchObject([
    { instrumentId: 1, phase: Phase.Continuous, maxPrice: 1000 },
    { instrumentId: 2, ...terms },
  ]);
  expect(directory.engines.get(2)).toBe(0);
});

test("what is defined later is known to who holds the directory, under its place or at the end", () => {
  const directory = new InstrumentDirectory([instrument(1), instrument(2)], Durability.Memory);
  const { engines } = directory;
  expect(listed(directory)).toHaveLength(2);
  directory.define(instrument(3, { engine: 1 }));
  directory.define(instrument(1, { terms: { qtyStep: 7 } }));
  expect(listed(directory)).toMatchObject([{ instrumentId: 1, qtyStep: 7 }, { instrumentId: 2 }, { instrumentId: 3 }]);
  expect(engines.get(3)).toBe(1);
});

test("a long list comes in several frames", () => {
  const many = Array.from({ length: 401 }, (_, n) => instrument(n + 1));
  const directory = new InstrumentDirectory(many, Durability.Memory);
  expect(directory.listFrames()).toHaveLength(3);
  expect(listed(directory)).toHaveLength(401);
});
