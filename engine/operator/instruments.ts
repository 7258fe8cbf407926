/**
 * How an instrument gets its terms: from the configuration at start, or term by term from an operator, checked as a whole and then
 * set together. docs/MATCHING.md, section 13.
 *
 * A definition in the making is kept until it is committed, across commands: it is part of the engine's state.
 */
import { Allocation, Phase, RejectReason } from "../../protocol/codes.ts";
import { assert } from "../../protocol/assert.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import {
  CMD_CODE,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_TERM_SECOND_VALUE,
  CMD_TERM_VALUE,
  InstrumentTerm,
} from "../../protocol/record/command-record.ts";
import {
  BOOK_ALLOCATION,
  BOOK_CHECKS,
  BOOK_DYNAMIC_BAND_BPS,
  BOOK_LOT_SIZE,
  BOOK_MAX_DEVIATION_BPS,
  BOOK_MAX_NOTIONAL,
  BOOK_MAX_ORDER_QTY,
  BOOK_MAX_PRICE,
  BOOK_MIN_NOTIONAL,
  BOOK_PARTS,
  BOOK_PAUSE_MS,
  BOOK_PHASE,
  BOOK_PRICE_DECIMALS,
  BOOK_PRO_RATA_MIN_QTY,
  BOOK_QTY_DECIMALS,
  BOOK_QTY_STEP,
  BOOK_REFERENCE_PX,
  BOOK_SCHEDULE_AT,
  BOOK_SCHEDULE_COUNT,
  BOOK_STATIC_BAND_BPS,
  BOOK_STEP_COUNT,
  BOOK_SYMBOL,
  BOOK_TICK_SIZE,
  BOOK_TOP_ORDER_MAX_QTY,
  type BookBase,
  BookPart,
  EntryCheck,
  MAX_PHASE_CHANGES,
  MAX_PRICE_STEPS,
  NO_BOOK,
  TABLE_SCHEDULE,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { EngineConfig, Instrument } from "../engine-config.ts";
import type { Agenda } from "../market/agenda.ts";
import { UNKNOWN_TIME, type Due } from "../market/due.ts";
import type { PhaseState } from "../market/phase-state.ts";

const SECONDS_PER_DAY = 86_400;
const MAX_BPS = 1_000_000;
const MAX_DECIMALS = 9;
const DEFAULT_MAX_ORDER_QTY = 1_000_000;
/** Bytes. */
const MAX_SYMBOL = 32;

/** Terms that are one number: where the book has it, and its bounds. */
const SCALARS: readonly { term: InstrumentTerm; at: number; min: number; max: number; isDouble?: boolean }[] = [
  { term: InstrumentTerm.PriceDecimals, at: BOOK_PRICE_DECIMALS, min: 0, max: MAX_DECIMALS },
  { term: InstrumentTerm.TickSize, at: BOOK_TICK_SIZE, min: 1, max: MAX_INT32 },
  { term: InstrumentTerm.QtyDecimals, at: BOOK_QTY_DECIMALS, min: 0, max: MAX_DECIMALS },
  { term: InstrumentTerm.LotSize, at: BOOK_LOT_SIZE, min: 1, max: MAX_INT32 },
  { term: InstrumentTerm.MaxPrice, at: BOOK_MAX_PRICE, min: 1, max: MAX_INT32 },
  { term: InstrumentTerm.MaxOrderQty, at: BOOK_MAX_ORDER_QTY, min: 1, max: MAX_INT32 },
  { term: InstrumentTerm.QtyStep, at: BOOK_QTY_STEP, min: 0, max: MAX_INT32 },
  { term: InstrumentTerm.MinNotional, at: BOOK_MIN_NOTIONAL, min: 0, max: Number.MAX_SAFE_INTEGER, isDouble: true },
  { term: InstrumentTerm.MaxNotional, at: BOOK_MAX_NOTIONAL, min: 0, max: Number.MAX_SAFE_INTEGER, isDouble: true },
  { term: InstrumentTerm.MaxDeviationBps, at: BOOK_MAX_DEVIATION_BPS, min: 0, max: MAX_BPS },
  { term: InstrumentTerm.StaticBandBps, at: BOOK_STATIC_BAND_BPS, min: 0, max: MAX_BPS },
  { term: InstrumentTerm.DynamicBandBps, at: BOOK_DYNAMIC_BAND_BPS, min: 0, max: MAX_BPS },
  { term: InstrumentTerm.VolatilityPauseMs, at: BOOK_PAUSE_MS, min: 0, max: MAX_INT32 },
  { term: InstrumentTerm.ReferencePrice, at: BOOK_REFERENCE_PX, min: 0, max: MAX_INT32 },
  { term: InstrumentTerm.Allocation, at: BOOK_ALLOCATION, min: 0, max: Allocation.ProRata },
  { term: InstrumentTerm.ProRataMinQty, at: BOOK_PRO_RATA_MIN_QTY, min: 0, max: MAX_INT32 },
  { term: InstrumentTerm.TopOrderMaxQty, at: BOOK_TOP_ORDER_MAX_QTY, min: 0, max: MAX_INT32 },
];

/** A definition in the making: what it says so far. */
export interface Draft {
  readonly instrumentId: number;
  /** Term, value and second value of each. */
  readonly rows: (readonly [term: number, value: number, second: number])[];
}

/** Of one definition, and definitions in the making at the same time. */
const MAX_ROWS = 64;
const MAX_DRAFTS = 1024;

export type Instruments = ReturnType<typeof createInstruments>;

export function createInstruments(config: EngineConfig, books: Books, state: PhaseState, agenda: Agenda, due: Due) {
  const { i32, f64, tables } = books;
  const drafts = new Map<number, Draft>();

  /** @returns why the term cannot be; Unspecified: taken down, to be checked with the others. */
  function addRow(instrumentId: number, term: number, value: number, second: number): RejectReason {
    const draft = drafts.get(instrumentId) ?? { instrumentId, rows: [] };
    const hasRoom = draft.rows.length < MAX_ROWS && (drafts.has(instrumentId) || drafts.size < MAX_DRAFTS);
    if (!isKnownTerm(term) || !hasRoom) return RejectReason.InvalidInstrument;
    draft.rows.push([term, value, second]);
    drafts.set(instrumentId, draft);
    return RejectReason.Unspecified;
  }

  /** What is wrong with a definition. */
  function isSound({ instrumentId, rows }: Draft): boolean {
    return (
      instrumentId >= 1 &&
      rows.every(([term, value, second]) => isSoundRow(term, value, second)) &&
      areStepsSound(tableOf(rows, InstrumentTerm.PriceStep)) &&
      isScheduleSound(tableOf(rows, InstrumentTerm.Schedule))
    );
  }

  function isSoundRow(term: number, value: number, second: number): boolean {
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(second)) return false;
    if (term === InstrumentTerm.Phase) return value >= Phase.Unspecified && value <= Phase.Closed;
    const scalar = SCALARS.find((known) => known.term === term);
    if (scalar === undefined) return true;
    // The lots that can rest at one price stay below 2^53.
    const fitsRoom = term !== InstrumentTerm.MaxOrderQty || config.maxOpenOrders * value <= Number.MAX_SAFE_INTEGER;
    return value >= scalar.min && value <= scalar.max && fitsRoom;
  }

  /** Takes a sound definition over. @returns the book. */
  function apply({ instrumentId, rows }: Draft): BookBase {
    const known = books.find(instrumentId);
    const book = known === NO_BOOK ? books.add(instrumentId) : known;
    if (known === NO_BOOK) {
      i32[book + BOOK_TICK_SIZE] = 1;
      i32[book + BOOK_LOT_SIZE] = 1;
      i32[book + BOOK_MAX_PRICE] = MAX_INT32;
      i32[book + BOOK_MAX_ORDER_QTY] = Math.min(
        DEFAULT_MAX_ORDER_QTY,
        Math.floor(Number.MAX_SAFE_INTEGER / config.maxOpenOrders),
      );
      const phase = rows.findLast(([term]) => term === InstrumentTerm.Phase)?.[1] ?? Phase.Unspecified;
      state.set(book, phase === Phase.Unspecified ? Phase.Continuous : phase);
    }
    for (const [term, value] of rows) {
      const scalar = SCALARS.find((of) => of.term === term);
      if (scalar?.isDouble === true) f64[(book >> 1) + scalar.at] = value;
      else if (scalar !== undefined) i32[book + scalar.at] = value;
    }
    applyTables(book, tableOf(rows, InstrumentTerm.PriceStep), tableOf(rows, InstrumentTerm.Schedule));
    deriveChecks(book);
    return book;
  }

  function applyTables(book: BookBase, steps: readonly number[], schedule: readonly number[]): void {
    const table = books.tableOf(book);
    if (steps.length > 0) {
      tables.set(steps, table);
      i32[book + BOOK_STEP_COUNT] = steps.length / 2;
    }
    if (schedule.length === 0) return;
    tables.set(schedule, table + TABLE_SCHEDULE);
    i32[book + BOOK_SCHEDULE_COUNT] = schedule.length / 2;
    f64[(book >> 1) + BOOK_SCHEDULE_AT] = UNKNOWN_TIME;
  }

  /** Tells the path of an order what it has to look at. */
  function deriveChecks(book: BookBase): void {
    const has = (at: number, bit: number): number => (i32[book + at] === 0 ? 0 : bit);
    const kept = (i32[book + BOOK_CHECKS] as number) & (EntryCheck.Phase | EntryCheck.KillSwitch);
    const hasNotional = f64[(book >> 1) + BOOK_MIN_NOTIONAL] !== 0 || f64[(book >> 1) + BOOK_MAX_NOTIONAL] !== 0;
    i32[book + BOOK_CHECKS] =
      kept |
      ((i32[book + BOOK_QTY_STEP] as number) > 1 ? EntryCheck.QtyStep : 0) |
      has(BOOK_STEP_COUNT, EntryCheck.PriceStep) |
      (hasNotional ? EntryCheck.Notional : 0) |
      has(BOOK_STATIC_BAND_BPS, EntryCheck.StaticBand) |
      has(BOOK_MAX_DEVIATION_BPS, EntryCheck.Deviation);
    const isProRata = i32[book + BOOK_ALLOCATION] === Allocation.ProRata;
    const hasBands = i32[book + BOOK_STATIC_BAND_BPS] !== 0 || i32[book + BOOK_DYNAMIC_BAND_BPS] !== 0;
    const parts = (i32[book + BOOK_PARTS] as number) & ~(BookPart.ProRata | BookPart.TopOrder | BookPart.Bands);
    i32[book + BOOK_PARTS] =
      parts | (isProRata ? BookPart.ProRata | BookPart.TopOrder : 0) | (hasBands ? BookPart.Bands : 0);
  }

  function setSymbol(book: BookBase, bytes: (n: number) => number, length: number): void {
    i32.fill(0, book + BOOK_SYMBOL, book + BOOK_SYMBOL + 8);
    for (let n = 0; n < length; n++) {
      const at = book + BOOK_SYMBOL + (n >> 2);
      i32[at] = (i32[at] as number) | (bytes(n) << ((n & 3) * 8));
    }
  }

  // ---- from an operator ----

  /** @returns why not; Unspecified: taken down until the definition is committed. */
  function takeTerm(commandI32: Int32Array, commandF64: Float64Array, base: number): RejectReason {
    const instrumentId = commandI32[base + CMD_INSTRUMENT_ID] as number;
    const value = commandF64[(base >> 1) + CMD_TERM_VALUE] as number;
    return addRow(
      instrumentId,
      commandI32[base + CMD_CODE] as number,
      value,
      commandF64[(base >> 1) + CMD_TERM_SECOND_VALUE] as number,
    );
  }

  /** @returns why the definition is refused; Unspecified: it holds. */
  function commit(commandI32: Int32Array, base: number, time: number): RejectReason {
    const instrumentId = commandI32[base + CMD_INSTRUMENT_ID] as number;
    const draft = drafts.get(instrumentId) ?? { instrumentId, rows: [] };
    drafts.delete(instrumentId);
    if (!isSound(draft)) return RejectReason.InvalidInstrument;
    const known = books.find(instrumentId);
    if (known === NO_BOOK && !books.hasRoom()) return RejectReason.TooManyInstruments;
    if (known !== NO_BOOK && i32[known + BOOK_PHASE] === Phase.Delisted) return RejectReason.InstrumentDelisted;
    const book = apply(draft);
    const length = commandI32[base + CMD_NAME_BYTES] as number;
    const nameByte = (n: number): number =>
      ((commandI32[base + CMD_NAME + (n >> 2)] as number) >>> ((n & 3) * 8)) & 0xff;
    if (length > 0) setSymbol(book, nameByte, length);
    if (f64[(book >> 1) + BOOK_SCHEDULE_AT] === UNKNOWN_TIME) due.plan(book, time, known === NO_BOOK);
    agenda.bookChanged();
    return RejectReason.Unspecified;
  }

  // ---- from the configuration ----

  function define(instrument: Instrument): void {
    const { instrumentId } = instrument;
    const terms = instrument.terms ?? {};
    const values: readonly (readonly [InstrumentTerm, number | undefined])[] = [
      [InstrumentTerm.PriceDecimals, instrument.priceDecimals],
      [InstrumentTerm.TickSize, instrument.tickSize],
      [InstrumentTerm.QtyDecimals, instrument.qtyDecimals],
      [InstrumentTerm.LotSize, instrument.lotSize],
      [InstrumentTerm.MaxPrice, instrument.maxPrice],
      [InstrumentTerm.MaxOrderQty, instrument.maxOrderQty],
      [InstrumentTerm.Phase, terms.phase],
      [InstrumentTerm.QtyStep, terms.qtyStep],
      [InstrumentTerm.MinNotional, terms.minNotional],
      [InstrumentTerm.MaxNotional, terms.maxNotional],
      [InstrumentTerm.MaxDeviationBps, terms.maxDeviationBps],
      [InstrumentTerm.StaticBandBps, terms.staticBandBps],
      [InstrumentTerm.DynamicBandBps, terms.dynamicBandBps],
      [InstrumentTerm.VolatilityPauseMs, terms.volatilityPauseMs],
      [InstrumentTerm.ReferencePrice, terms.referencePrice],
      [InstrumentTerm.Allocation, terms.allocation],
      [InstrumentTerm.ProRataMinQty, terms.proRataMinQty],
      [InstrumentTerm.TopOrderMaxQty, terms.topOrderMaxQty],
    ];
    const rows: Draft["rows"] = values.flatMap(([term, value]) =>
      value === undefined ? [] : [[term, value, 0] as const],
    );
    for (const row of terms.priceSteps ?? []) rows.push([InstrumentTerm.PriceStep, row.fromPrice, row.step]);
    for (const row of terms.schedule ?? []) rows.push([InstrumentTerm.Schedule, row.secondOfDay, row.phase]);
    assert(isSound({ instrumentId, rows }), "a configured instrument is sound");
    assert(books.find(instrumentId) === NO_BOOK, "every instrument has an id of its own");
    const book = apply({ instrumentId, rows });
    setSymbol(book, (n) => instrument.symbol.charCodeAt(n), Math.min(instrument.symbol.length, MAX_SYMBOL));
  }

  for (const instrument of config.instruments) define(instrument);
  agenda.bookChanged();

  return {
    takeTerm,
    commit,
    /** The definitions in the making, as they are written to a snapshot. */
    saveDrafts: (): Draft[] => structuredClone([...drafts.values()]),
    restoreDrafts: (saved: readonly Draft[]): void => {
      drafts.clear();
      for (const draft of structuredClone(saved)) drafts.set(draft.instrumentId, draft);
    },
  };
}

function isKnownTerm(term: number): boolean {
  return Object.values(InstrumentTerm).some((known) => known === term);
}

/** The rows of a table term as they follow each other in a book: key, value, key, value. */
function tableOf(rows: Draft["rows"], table: InstrumentTerm): number[] {
  return rows.flatMap(([term, value, second]) => (term === table ? [value, second] : []));
}

/** Rows of (from price, step): ascending from 1, each range begins where both steps meet. */
function areStepsSound(rows: readonly number[]): boolean {
  if (rows.length > MAX_PRICE_STEPS * 2) return false;
  for (let n = 0; n < rows.length; n += 2) {
    const from = rows[n] as number;
    const step = rows[n + 1] as number;
    if (step < 1 || step > MAX_INT32 || from > MAX_INT32) return false;
    if (n === 0 ? from !== 1 : from <= (rows[n - 2] as number)) return false;
    if (n > 0 && (from % step !== 0 || from % (rows[n - 1] as number) !== 0)) return false;
  }
  return true;
}

/** Rows of (second of the day, phase): ascending within the day. */
function isScheduleSound(rows: readonly number[]): boolean {
  if (rows.length > MAX_PHASE_CHANGES * 2) return false;
  for (let n = 0; n < rows.length; n += 2) {
    const second = rows[n] as number;
    const phase = rows[n + 1] as number;
    if (second < 0 || second >= SECONDS_PER_DAY || phase < Phase.Continuous || phase > Phase.Closed) return false;
    if (n > 0 && second <= (rows[n - 2] as number)) return false;
  }
  return true;
}
