/**
 * What this venue trades, and which engine matches it. Grows while the venue runs, when the operator defines an instrument.
 */
import { encodeServerFrame, type fairlead } from "../protocol/codec/cold-codec.ts";
import { Allocation, Phase, type Durability } from "../protocol/codes.ts";
import { MAX_INSTRUMENTS_PER_FRAME } from "../protocol/limits.ts";
import type { Instrument } from "../engine/engine-config.ts";

export class InstrumentDirectory {
  readonly durability: Durability;
  /** By id, in the order of the configuration and then of their definition. */
  readonly #instruments: Map<number, Instrument>;
  readonly #engines: Map<number, number>;
  /** Undefined after a change, until somebody asks. */
  #frames: readonly Uint8Array[] | undefined;

  constructor(instruments: readonly Instrument[], durability: Durability) {
    this.durability = durability;
    this.#instruments = new Map(instruments.map((instrument) => [instrument.instrumentId, instrument]));
    this.#engines = new Map(instruments.map(({ instrumentId, engine }) => [instrumentId, engine]));
  }

  /** Engine index by instrument id; follows later definitions. */
  get engines(): ReadonlyMap<number, number> {
    return this.#engines;
  }

  /** A new instrument, or new terms of a known one. */
  define(instrument: Instrument): void {
    this.#instruments.set(instrument.instrumentId, instrument);
    this.#engines.set(instrument.instrumentId, instrument.engine);
    this.#frames = undefined;
  }

  /** The answer to an InstrumentsRequest: delimited frames, encoded once. */
  listFrames(): readonly Uint8Array[] {
    this.#frames ??= encodeLists([...this.#instruments.values()]);
    return this.#frames;
  }
}

function encodeLists(instruments: readonly Instrument[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let start = 0; start < instruments.length; start += MAX_INSTRUMENTS_PER_FRAME) {
    const part = instruments.slice(start, start + MAX_INSTRUMENTS_PER_FRAME);
    const last = start + MAX_INSTRUMENTS_PER_FRAME >= instruments.length;
    frames.push(encodeServerFrame({ instrumentList: { instruments: part.map(definitionOf), last } }));
  }
  return frames;
}

function definitionOf({ terms = {}, ...plain }: Instrument): fairlead.v1.InstrumentDefinition.$Properties {
  const { phase = Phase.Continuous, allocation = Allocation.Unspecified, priceSteps = [], schedule = [] } = terms;
  return {
    ...plain,
    ...terms,
    phase,
    allocation,
    priceSteps: [...priceSteps],
    schedule: schedule.map((row) => ({ secondOfDay: row.secondOfDay, phase: row.phase as Phase })),
  };
}
