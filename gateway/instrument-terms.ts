/** How a configuration names phases and allocations, and its terms as the engine takes them. */
import type { InstrumentTerms } from "../engine/engine-config.ts";
import { Allocation, Phase } from "../protocol/codes.ts";
import type { InstrumentConfig } from "./venue-config.ts";

const PHASES = {
  continuous: Phase.Continuous,
  "pre-open": Phase.PreOpen,
  "opening-auction": Phase.OpeningAuction,
  "volatility-pause": Phase.VolatilityPause,
  halt: Phase.Halt,
  "resume-auction": Phase.ResumeAuction,
  "closing-auction": Phase.ClosingAuction,
  closed: Phase.Closed,
} as const;

const ALLOCATIONS = { "price-time": Allocation.PriceTime, "pro-rata": Allocation.ProRata } as const;

export const PHASE_NAMES = Object.keys(PHASES) as (keyof typeof PHASES)[];
export const ALLOCATION_NAMES = Object.keys(ALLOCATIONS) as (keyof typeof ALLOCATIONS)[];

/** Undefined when the instrument has none. */
export function termsOf(instrument: InstrumentConfig): InstrumentTerms | undefined {
  const { phase, allocation, schedule } = instrument;
  const terms = {
    phase: phase && PHASES[phase],
    priceSteps: instrument.priceSteps,
    qtyStep: instrument.qtyStep,
    minNotional: instrument.minNotional,
    maxNotional: instrument.maxNotional,
    maxDeviationBps: instrument.maxDeviationBps,
    staticBandBps: instrument.staticBandBps,
    dynamicBandBps: instrument.dynamicBandBps,
    volatilityPauseMs: instrument.volatilityPauseMs,
    referencePrice: instrument.referencePrice,
    allocation: allocation && ALLOCATIONS[allocation],
    proRataMinQty: instrument.proRataMinQty,
    topOrderMaxQty: instrument.topOrderMaxQty,
    schedule: schedule?.map((row) => ({ secondOfDay: row.secondOfDay, phase: PHASES[row.phase] })),
  };
  const present = Object.entries(terms).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}
