import type { Lots, Ticks } from "../protocol/units.ts";

/**
 * What an instrument may have beyond its scale and its largest order: the fields of InstrumentDefinition in fairlead.proto.
 * Absent is the same as 0: no such rule.
 */
export interface InstrumentTerms {
  /** Phase code; absent: continuous. */
  readonly phase?: number;
  /** From `fromPrice` ticks on up, prices are multiples of `step` ticks. Ascending; the first row starts at 1. At most 16. */
  readonly priceSteps?: readonly { readonly fromPrice: number; readonly step: number }[];
  /** Lots. */
  readonly qtyStep?: number;
  /** Ticks × lots. */
  readonly minNotional?: number;
  readonly maxNotional?: number;
  readonly maxDeviationBps?: number;
  readonly staticBandBps?: number;
  readonly dynamicBandBps?: number;
  readonly volatilityPauseMs?: number;
  /** Ticks. */
  readonly referencePrice?: number;
  /** Allocation code. */
  readonly allocation?: number;
  /** Lots. */
  readonly proRataMinQty?: number;
  readonly topOrderMaxQty?: number;
  /** Ascending; UTC. At most 16. */
  readonly schedule?: readonly { readonly secondOfDay: number; readonly phase: number }[];
}

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
  readonly terms?: InstrumentTerms;
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
  /** Price levels of the shown books over all instruments of this engine. */
  readonly maxPriceLevels: number;
  /** Session names known at the same time. */
  readonly maxSessions: number;
  /** Instruments of this engine at the same time, those that are added later included. Absent: 16384, or more if more are given. */
  readonly maxInstruments?: number;
  /** Those of this engine only. */
  readonly instruments: readonly Instrument[];
}
