/** The instruments of an engine as a configuration would name them, read from its books. */
import { Allocation, Phase } from "../../protocol/codes.ts";
import type { Lots, Ticks } from "../../protocol/units.ts";
import {
  BOOK_ALLOCATION,
  BOOK_DYNAMIC_BAND_BPS,
  BOOK_INSTRUMENT_ID,
  BOOK_LOT_SIZE,
  BOOK_MAX_DEVIATION_BPS,
  BOOK_MAX_NOTIONAL,
  BOOK_MAX_ORDER_QTY,
  BOOK_MAX_PRICE,
  BOOK_MIN_NOTIONAL,
  BOOK_PAUSE_MS,
  BOOK_PHASE,
  BOOK_PRICE_DECIMALS,
  BOOK_PRO_RATA_MIN_QTY,
  BOOK_QTY_DECIMALS,
  BOOK_QTY_STEP,
  BOOK_REFERENCE_PX,
  BOOK_SCHEDULE_COUNT,
  BOOK_STATIC_BAND_BPS,
  BOOK_STEP_COUNT,
  BOOK_SYMBOL,
  BOOK_TICK_SIZE,
  BOOK_TOP_ORDER_MAX_QTY,
  type BookBase,
  TABLE_SCHEDULE,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { Instrument, InstrumentTerms } from "../engine-config.ts";

const SYMBOL_BYTES = 32;

export function readInstruments(engine: number, books: Books): Instrument[] {
  return Array.from({ length: books.size() }, (_, index) => readInstrument(engine, books, books.at(index)));
}

function readInstrument(engine: number, books: Books, book: BookBase): Instrument {
  const int = (at: number): number => books.i32[book + at] as number;
  const terms = readTerms(books, book);
  const plain = {
    instrumentId: int(BOOK_INSTRUMENT_ID),
    symbol: readSymbol(books.i32, book),
    priceDecimals: int(BOOK_PRICE_DECIMALS),
    tickSize: int(BOOK_TICK_SIZE),
    qtyDecimals: int(BOOK_QTY_DECIMALS),
    lotSize: int(BOOK_LOT_SIZE),
    maxPrice: int(BOOK_MAX_PRICE) as Ticks,
    maxOrderQty: int(BOOK_MAX_ORDER_QTY) as Lots,
    engine,
  };
  return Object.keys(terms).length === 0 ? plain : { ...plain, terms };
}

/** Those that are not as they are by default. */
function readTerms(books: Books, book: BookBase): InstrumentTerms {
  const int = (at: number): number => books.i32[book + at] as number;
  const double = (at: number): number => books.f64[(book >> 1) + at] as number;
  const table = books.tableOf(book);
  const steps = pairsOf(books.tables, table, int(BOOK_STEP_COUNT));
  const schedule = pairsOf(books.tables, table + TABLE_SCHEDULE, int(BOOK_SCHEDULE_COUNT));
  const numbers = {
    phase: int(BOOK_PHASE) === Phase.Continuous ? 0 : int(BOOK_PHASE),
    qtyStep: int(BOOK_QTY_STEP),
    minNotional: double(BOOK_MIN_NOTIONAL),
    maxNotional: double(BOOK_MAX_NOTIONAL),
    maxDeviationBps: int(BOOK_MAX_DEVIATION_BPS),
    staticBandBps: int(BOOK_STATIC_BAND_BPS),
    dynamicBandBps: int(BOOK_DYNAMIC_BAND_BPS),
    volatilityPauseMs: int(BOOK_PAUSE_MS),
    referencePrice: int(BOOK_REFERENCE_PX),
    allocation: int(BOOK_ALLOCATION) === Allocation.PriceTime ? 0 : int(BOOK_ALLOCATION),
    proRataMinQty: int(BOOK_PRO_RATA_MIN_QTY),
    topOrderMaxQty: int(BOOK_TOP_ORDER_MAX_QTY),
  };
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0)),
    ...(steps.length > 0 && { priceSteps: steps.map(([fromPrice, step]) => ({ fromPrice, step })) }),
    ...(schedule.length > 0 && { schedule: schedule.map(([secondOfDay, phase]) => ({ secondOfDay, phase })) }),
  };
}

function pairsOf(tables: Int32Array, start: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, n) => [
    tables[start + n * 2] as number,
    tables[start + n * 2 + 1] as number,
  ]);
}

function readSymbol(i32: Int32Array, book: BookBase): string {
  let symbol = "";
  for (let n = 0; n < SYMBOL_BYTES; n++) {
    const byte = ((i32[book + BOOK_SYMBOL + (n >> 2)] as number) >>> ((n & 3) * 8)) & 0xff;
    if (byte !== 0) symbol += String.fromCharCode(byte);
  }
  return symbol;
}
