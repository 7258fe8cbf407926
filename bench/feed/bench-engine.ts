/** The configuration of an engine that a benchmark feeds: instruments 1 … n, everything else as large as it needs. */
import type { EngineConfig, Instrument } from "../../engine/engine-config.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import type { Lots, Ticks } from "../../protocol/units.ts";

/** What a venue configures by default. */
export const EVENT_RING_SLOTS = 16_384;
export const MAX_ENDED_ORDERS = 2 ** 16;

export interface BenchEngineSize {
  readonly instrumentCount: number;
  readonly maxInstruments?: number;
  readonly maxOpenOrders: number;
  readonly maxPriceLevels?: number;
}

export function benchEngineConfig(size: BenchEngineSize): EngineConfig {
  const config = {
    engineIndex: 0,
    gatewayCount: 1,
    maxOpenOrders: size.maxOpenOrders,
    maxEndedOrders: MAX_ENDED_ORDERS,
    maxPriceLevels: size.maxPriceLevels ?? 2 ** 17,
    maxSessions: 64,
    maxInstruments: size.maxInstruments ?? size.instrumentCount,
    instruments: Array.from({ length: size.instrumentCount }, (_, n) => benchInstrument(n + 1)),
  };
  return config;
}

function benchInstrument(instrumentId: number): Instrument {
  return {
    instrumentId,
    symbol: `BENCH${instrumentId}`,
    priceDecimals: 2,
    tickSize: 1,
    qtyDecimals: 0,
    lotSize: 1,
    maxPrice: MAX_INT32 as Ticks,
    maxOrderQty: 1_000_000 as Lots,
    engine: 0,
  };
}
