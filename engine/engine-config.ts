import type { Lots, Ticks } from "../protocol/units.ts";

/** What the engine and the market-data publisher need to know of an instrument. */
export interface Instrument {
  /** 1 … 2^31−1, unique in the venue. */
  readonly instrumentId: number;
  /** Display text. */
  readonly symbol: string;
  /** One tick is tickSize × 10^−priceDecimals. */
  readonly priceDecimals: number;
  readonly tickSize: number;
  /** One lot is lotSize × 10^−qtyDecimals. */
  readonly qtyDecimals: number;
  readonly lotSize: number;
  readonly maxPrice: Ticks;
  readonly maxOrderQty: Lots;
  /** Index of the engine that matches it. */
  readonly engine: number;
}

/** Sizes are fixed at start: the engine allocates everything then and nothing later. */
export interface EngineConfig {
  /** 0 … engineCount − 1. */
  readonly engineIndex: number;
  readonly gatewayCount: number;
  /** Open orders over all instruments of this engine. */
  readonly maxOpenOrders: number;
  /** Ended orders that are remembered, oldest forgotten first, to answer a repeated client order id. */
  readonly maxEndedOrders: number;
  /** Price levels over all books of this engine. */
  readonly maxPriceLevels: number;
  /** Session names known at the same time. */
  readonly maxSessions: number;
  /** Those of this engine only. */
  readonly instruments: readonly Instrument[];
}
