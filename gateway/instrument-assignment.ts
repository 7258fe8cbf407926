/** Which engine matches which instrument: the one that the configuration names, else the one that the id hashes to. */
import type { Instrument } from "../engine/engine-config.ts";
import type { Lots, Ticks } from "../protocol/units.ts";
import type { InstrumentConfig, VenueConfig } from "./venue-config.ts";

export function assignInstruments(config: Pick<VenueConfig, "instruments" | "engines">): Instrument[] {
  return config.instruments.map((instrument) => assign(instrument, config.engines));
}

function assign(instrument: InstrumentConfig, engineCount: number): Instrument {
  return {
    ...instrument,
    maxPrice: instrument.maxPrice as Ticks,
    maxOrderQty: instrument.maxOrderQty as Lots,
    engine: instrument.engine ?? hashInstrumentId(instrument.instrumentId) % engineCount,
  };
}

/**
 * Mixes all bits of an id into 32 (the finalizer of MurmurHash3), so that ids with a pattern spread over the engines too.
 * Fixed for ever: journals and snapshots are per engine.
 */
function hashInstrumentId(instrumentId: number): number {
  let hash = instrumentId;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
