/** Which engine matches which instrument: the one that the configuration names, else the one that the id hashes to. */
import type { Instrument } from "../engine/engine-config.ts";
import type { Lots, Ticks } from "../protocol/units.ts";
import { termsOf } from "./instrument-terms.ts";
import type { InstrumentConfig, VenueConfig } from "./venue-config.ts";

export function assignInstruments(config: Pick<VenueConfig, "instruments" | "engines">): Instrument[] {
  return config.instruments.map((instrument) => assign(instrument, config.engines));
}

function assign(instrument: InstrumentConfig, engineCount: number): Instrument {
  const { instrumentId, symbol, priceDecimals, tickSize, qtyDecimals, lotSize } = instrument;
  const terms = termsOf(instrument);
  const plain = {
    instrumentId,
    symbol,
    priceDecimals,
    tickSize,
    qtyDecimals,
    lotSize,
    maxPrice: instrument.maxPrice as Ticks,
    maxOrderQty: instrument.maxOrderQty as Lots,
    engine: instrument.engine ?? engineFor(instrumentId, engineCount),
  };
  return terms === undefined ? plain : { ...plain, terms };
}

/** The engine of an instrument for which nobody has named one. */
export function engineFor(instrumentId: number, engineCount: number): number {
  return hashInstrumentId(instrumentId) % engineCount;
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
