import { encodeServerFrame } from "../protocol/codec/cold-codec.ts";
import { Phase, type Durability } from "../protocol/codes.ts";
import { MAX_INSTRUMENTS_PER_FRAME } from "../protocol/limits.ts";
import type { Instrument } from "../engine/engine-config.ts";

/** What this venue trades, and which engine matches it. */
export class InstrumentDirectory {
  /** Engine index by instrument id. */
  readonly engines: ReadonlyMap<number, number>;
  readonly durability: Durability;
  readonly #frames: readonly Uint8Array[];

  constructor(instruments: readonly Instrument[], durability: Durability) {
    this.engines = new Map(instruments.map(({ instrumentId, engine }) => [instrumentId, engine]));
    this.durability = durability;
    this.#frames = encodeLists(instruments);
  }

  /** The answer to an InstrumentsRequest: delimited frames, encoded once. */
  listFrames(): readonly Uint8Array[] {
    return this.#frames;
  }
}

function encodeLists(instruments: readonly Instrument[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let start = 0; start < instruments.length; start += MAX_INSTRUMENTS_PER_FRAME) {
    const part = instruments.slice(start, start + MAX_INSTRUMENTS_PER_FRAME);
    const last = start + MAX_INSTRUMENTS_PER_FRAME >= instruments.length;
    const definitions = part.map((instrument) => Object.assign({ phase: Phase.Continuous }, instrument));
    frames.push(encodeServerFrame({ instrumentList: { instruments: definitions, last } }));
  }
  return frames;
}
