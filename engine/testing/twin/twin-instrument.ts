/** An instrument of the naive twin: its terms, and what its market remembers. */
import { Allocation, Phase, RejectReason } from "../../../protocol/codes.ts";
import { MAX_INT32 } from "../../../protocol/limits.ts";
import { InstrumentTerm } from "../../../protocol/record/command-record.ts";
import type { PriceStep } from "./price-grid.ts";
import type { TwinOrder } from "./twin-order.ts";

export interface PhaseChange {
  readonly secondOfDay: number;
  readonly phase: number;
}

export interface InstrumentTerms {
  readonly priceDecimals: number;
  readonly tickSize: number;
  readonly qtyDecimals: number;
  readonly lotSize: number;
  readonly maxPrice: number;
  readonly maxOrderQty: number;
  /** Of a new instrument. */
  readonly phase: number;
  readonly priceSteps: readonly PriceStep[];
  readonly qtyStep: number;
  readonly minNotional: number;
  readonly maxNotional: number;
  readonly maxDeviationBps: number;
  readonly staticBandBps: number;
  readonly dynamicBandBps: number;
  readonly volatilityPauseMs: number;
  readonly referencePrice: number;
  readonly allocation: number;
  readonly proRataMinQty: number;
  readonly topOrderMaxQty: number;
  readonly schedule: readonly PhaseChange[];
}

/** What a definition means that says nothing. */
export const PLAIN_TERMS: InstrumentTerms = {
  priceDecimals: 0,
  tickSize: 1,
  qtyDecimals: 0,
  lotSize: 1,
  maxPrice: MAX_INT32,
  maxOrderQty: MAX_INT32,
  phase: Phase.Continuous,
  priceSteps: [],
  qtyStep: 1,
  minNotional: 0,
  maxNotional: 0,
  maxDeviationBps: 0,
  staticBandBps: 0,
  dynamicBandBps: 0,
  volatilityPauseMs: 1000,
  referencePrice: 0,
  allocation: Allocation.PriceTime,
  proRataMinQty: 1,
  topOrderMaxQty: 0,
  schedule: [],
};

export interface Indication {
  readonly price: number;
  readonly qty: number;
  readonly imbalance: number;
  readonly side: number;
}

export interface TwinInstrument {
  readonly instrumentId: number;
  terms: InstrumentTerms;
  phase: number;
  /** µs; 0: the phase does not end by itself. */
  pauseEnd: number;
  /** µs; Infinity: nothing is scheduled. */
  nextChangeTime: number;
  nextPhase: number;
  lastPrice: number;
  referencePrice: number;
  /** Prices of the trades since the market last settled. */
  tradedPrices: number[];
  /** The order that opened the best price, by side. */
  topOrders: (TwinOrder | undefined)[];
  /** Orders of lists whose first order has ended, in that order. */
  starting: TwinOrder[];
  /** Of this phase. */
  indication: Indication | undefined;
  /** Since the indication was last computed. */
  isBookChanged: boolean;
  /** Open orders, in the order of their entry. */
  orders: TwinOrder[];
  followers: Set<number>;
  isKilled: boolean;
}

export function newInstrument(instrumentId: number, terms: InstrumentTerms): TwinInstrument {
  return {
    instrumentId,
    terms,
    phase: terms.phase,
    pauseEnd: 0,
    nextChangeTime: Infinity,
    nextPhase: 0,
    lastPrice: 0,
    referencePrice: terms.referencePrice,
    tradedPrices: [],
    topOrders: [],
    starting: [],
    indication: { price: 0, qty: 0, imbalance: 0, side: 0 },
    isBookChanged: false,
    orders: [],
    followers: new Set(),
    isKilled: false,
  };
}

const COLLECTING: ReadonlySet<number> = new Set([
  Phase.PreOpen,
  Phase.OpeningAuction,
  Phase.VolatilityPause,
  Phase.ResumeAuction,
  Phase.ClosingAuction,
]);

export function isCollecting(phase: number): boolean {
  return COLLECTING.has(phase);
}

const SECONDS_PER_DAY = 86_400;
const MICROS_PER_SECOND = 1_000_000;

/** The first change of the schedule after that time. */
export function scheduleNext(instrument: TwinInstrument, time: number): void {
  const { schedule } = instrument.terms;
  const day = Math.floor(time / (SECONDS_PER_DAY * MICROS_PER_SECOND)) * SECONDS_PER_DAY;
  const changes = [0, SECONDS_PER_DAY].flatMap((offset) =>
    schedule.map((change) => ({ time: (day + offset + change.secondOfDay) * MICROS_PER_SECOND, phase: change.phase })),
  );
  const next = instrument.phase === Phase.Delisted ? undefined : changes.find((change) => change.time > time);
  instrument.nextChangeTime = next?.time ?? Infinity;
  instrument.nextPhase = next?.phase ?? 0;
}

/** The phase that a schedule has at that time: of its last change, if need be that of the day before. */
export function scheduledPhase(schedule: readonly PhaseChange[], time: number): number | undefined {
  const second = Math.floor(time / MICROS_PER_SECOND) % SECONDS_PER_DAY;
  return (schedule.findLast((change) => change.secondOfDay <= second) ?? schedule.at(-1))?.phase;
}

/** One instrumentTerm command. */
export interface TermRow {
  readonly term: number;
  readonly value: number;
  readonly second: number;
}

const TERM_NAMES: Readonly<Record<number, keyof InstrumentTerms>> = {
  [InstrumentTerm.PriceDecimals]: "priceDecimals",
  [InstrumentTerm.TickSize]: "tickSize",
  [InstrumentTerm.QtyDecimals]: "qtyDecimals",
  [InstrumentTerm.LotSize]: "lotSize",
  [InstrumentTerm.MaxPrice]: "maxPrice",
  [InstrumentTerm.MaxOrderQty]: "maxOrderQty",
  [InstrumentTerm.Phase]: "phase",
  [InstrumentTerm.PriceStep]: "priceSteps",
  [InstrumentTerm.QtyStep]: "qtyStep",
  [InstrumentTerm.MinNotional]: "minNotional",
  [InstrumentTerm.MaxNotional]: "maxNotional",
  [InstrumentTerm.MaxDeviationBps]: "maxDeviationBps",
  [InstrumentTerm.StaticBandBps]: "staticBandBps",
  [InstrumentTerm.DynamicBandBps]: "dynamicBandBps",
  [InstrumentTerm.VolatilityPauseMs]: "volatilityPauseMs",
  [InstrumentTerm.ReferencePrice]: "referencePrice",
  [InstrumentTerm.Allocation]: "allocation",
  [InstrumentTerm.ProRataMinQty]: "proRataMinQty",
  [InstrumentTerm.TopOrderMaxQty]: "topOrderMaxQty",
  [InstrumentTerm.Schedule]: "schedule",
};

export function isKnownTerm(term: number): boolean {
  return TERM_NAMES[term] !== undefined;
}

/** Zero stands for these. */
const READ_ZERO_AS: Partial<InstrumentTerms> = {
  phase: Phase.Continuous,
  qtyStep: 1,
  volatilityPauseMs: 1000,
  allocation: Allocation.PriceTime,
  proRataMinQty: 1,
};

/** The terms with the rows of one definition in the place of those that they name. */
export function withRows(terms: InstrumentTerms, rows: readonly TermRow[]): InstrumentTerms {
  const changed: Record<string, unknown> = { ...terms };
  const tableOf = (term: number): TermRow[] => rows.filter((row) => row.term === term);
  for (const { term, value } of rows) {
    const name = TERM_NAMES[term];
    if (name === undefined) continue;
    if (name === "priceSteps") {
      changed[name] = tableOf(term).map((row) => ({ fromPrice: row.value, step: row.second }));
    } else if (name === "schedule") {
      changed[name] = tableOf(term).map((row) => ({ secondOfDay: row.value, phase: row.second }));
    } else changed[name] = value === 0 ? (READ_ZERO_AS[name] ?? 0) : value;
  }
  return changed as unknown as InstrumentTerms;
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

/** What is wrong with a definition. */
export function checkTerms(terms: InstrumentTerms): RejectReason {
  const isSound =
    isWithin(terms.priceDecimals, 0, 9) &&
    isWithin(terms.qtyDecimals, 0, 9) &&
    [terms.tickSize, terms.lotSize, terms.maxPrice, terms.maxOrderQty].every((value) =>
      isWithin(value, 1, MAX_INT32),
    ) &&
    isWithin(terms.phase, Phase.Continuous, Phase.Delisted) &&
    isWithin(terms.allocation, Allocation.PriceTime, Allocation.ProRata) &&
    [terms.qtyStep, terms.proRataMinQty, terms.volatilityPauseMs].every((value) => isWithin(value, 1, MAX_INT32)) &&
    [terms.maxDeviationBps, terms.staticBandBps, terms.dynamicBandBps, terms.topOrderMaxQty].every((value) =>
      isWithin(value, 0, MAX_INT32),
    ) &&
    [terms.minNotional, terms.maxNotional].every((value) => isWithin(value, 0, Number.MAX_SAFE_INTEGER)) &&
    isWithin(terms.referencePrice, 0, terms.maxPrice) &&
    areStepsSound(terms.priceSteps) &&
    isScheduleSound(terms.schedule);
  return isSound ? RejectReason.Unspecified : RejectReason.InvalidInstrument;
}

function areStepsSound(steps: readonly PriceStep[]): boolean {
  return steps.every((row, index) => {
    const below = steps[index - 1];
    if (!isWithin(row.step, 1, MAX_INT32)) return false;
    if (below === undefined) return row.fromPrice === 1;
    if (!isWithin(row.fromPrice, below.fromPrice + 1, MAX_INT32)) return false;
    return row.fromPrice % below.step === 0 && row.fromPrice % row.step === 0;
  });
}

function isScheduleSound(schedule: readonly PhaseChange[]): boolean {
  return schedule.every(
    (change, index) =>
      isWithin(change.secondOfDay, (schedule[index - 1]?.secondOfDay ?? -1) + 1, 86_399) &&
      isWithin(change.phase, Phase.Continuous, Phase.Delisted),
  );
}
