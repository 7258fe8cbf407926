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
  /** Absent: every term has its default. */
  readonly terms?: InstrumentTerms;
}

/** What an instrument may have beyond price and quantity. Absent terms do not limit anything. */
export interface InstrumentTerms {
  /** A Phase; absent: continuous. */
  readonly phase?: number;
  /** From `fromPrice` ticks on up, prices are multiples of `step` ticks. Ascending; the first has fromPrice 1. */
  readonly priceSteps?: readonly { readonly fromPrice: number; readonly step: number }[];
  /** Quantities are multiples of this, lots. */
  readonly qtyStep?: number;
  /** Of a limit order, ticks × lots. */
  readonly minNotional?: number;
  /** Of a limit order, ticks × lots. */
  readonly maxNotional?: number;
  /** How far through the market a limit may be, basis points. */
  readonly maxDeviationBps?: number;
  /** How far from the reference price a limit may be, basis points. */
  readonly staticBandBps?: number;
  /** A trade further from the last one pauses the instrument instead, basis points. */
  readonly dynamicBandBps?: number;
  /** How long such a pause lasts, ms; absent: 1000. */
  readonly volatilityPauseMs?: number;
  /** Where auctions and bands start from before the first trade, ticks. */
  readonly referencePrice?: number;
  /** An Allocation; absent: price-time. */
  readonly allocation?: number;
  /** Pro-rata: a smaller share is none, lots; absent: 1. */
  readonly proRataMinQty?: number;
  /** Pro-rata: what the order that made the price gets first, lots; absent: nothing. */
  readonly topOrderMaxQty?: number;
  /** A Phase from each second of the day (UTC) on; ascending. */
  readonly schedule?: readonly { readonly secondOfDay: number; readonly phase: number }[];
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
  /** Instruments of this engine, those added while it runs included; absent: those of the start. */
  readonly maxInstruments?: number;
  /** Those of this engine only. */
  readonly instruments: readonly Instrument[];
}
