/**
 * What the engine knows of one instrument and of its book: 320 bytes, and a second record for its tables. A book is named by its
 * base, the index of its first int32.
 */
import type { Brand } from "../../protocol/units.ts";

/** Index of the first int32 of a book record. */
export type BookBase = Brand<number, "BookBase">;
export const NO_BOOK = -1 as BookBase;

export const BOOK_I32 = 80;

export const BOOK_INSTRUMENT_ID = 0; //     I32
/** First ladder of the book. */
export const BOOK_LADDER = 1; //            I32
export const BOOK_MAX_PRICE = 2; //         I32  ticks
export const BOOK_MAX_ORDER_QTY = 3; //     I32  lots
export const BOOK_QTY_STEP = 4; //          I32  lots
export const BOOK_PHASE = 5; //             I32
/** EntryCheck bits: what a plain limit order has to be checked for beyond price and quantity. */
export const BOOK_CHECKS = 6; //            I32
/** BookPart bits: what there is beyond plain orders in price-time priority. */
export const BOOK_PARTS = 7; //             I32
/** Ticks; 0: none yet. */
export const BOOK_LAST_PX = 8; //           I32
export const BOOK_REFERENCE_PX = 9; //      I32
/** Lowest and highest price since the market last settled; low above high: no trade since. */
export const BOOK_TRADE_LOW = 10; //        I32
export const BOOK_TRADE_HIGH = 11; //       I32
/** OrderBase of the order that opened the best price, by side; see pro-rata.ts. */
export const BOOK_TOP_ORDER = 12; //        I32 × 2
/** Heads and tails of the lists through EXT_LIST_NEXT, one pair per BookList. */
export const BOOK_LISTS = 14; //            I32 × 6
/** Orders in the hidden, the all-or-none and the trigger book. */
export const BOOK_COUNTS = 20; //           I32 × 3
export const BOOK_MAX_DEVIATION_BPS = 23; // I32
export const BOOK_STATIC_BAND_BPS = 24; //  I32
export const BOOK_DYNAMIC_BAND_BPS = 25; // I32
export const BOOK_PAUSE_MS = 26; //         I32
export const BOOK_ALLOCATION = 27; //       I32
export const BOOK_PRO_RATA_MIN_QTY = 28; // I32  lots
export const BOOK_TOP_ORDER_MAX_QTY = 29; // I32  lots
export const BOOK_STEP_COUNT = 30; //       I32  rows of the price-step table
export const BOOK_SCHEDULE_COUNT = 31; //   I32  rows of the schedule
/** Best shown bid and offer that the pegs were last priced with; −1: not since the phase began. */
export const BOOK_PEG_BID = 32; //          I32
export const BOOK_PEG_OFFER = 33; //        I32
/** What the last indication of this phase said. */
export const BOOK_INDICATION_PX = 34; //    I32
export const BOOK_INDICATION_SIDE = 35; //  I32
/** 1: kill switch. */
export const BOOK_KILLED = 36; //           I32
export const BOOK_PRICE_DECIMALS = 37; //   I32
export const BOOK_TICK_SIZE = 38; //        I32
export const BOOK_QTY_DECIMALS = 39; //     I32
export const BOOK_LOT_SIZE = 40; //         I32
/** Number of the command that the range of trade prices was last looked after in. */
export const BOOK_TRADE_COMMAND = 62; //    I32
/** 1: the book is in the queue of those to be settled, or is being settled. */
export const BOOK_TOUCHED = 41; //          I32
export const BOOK_MIN_NOTIONAL = 21; //     F64  ticks × lots
export const BOOK_MAX_NOTIONAL = 22; //     F64
/** When the volatility pause ends; 0: there is none. */
export const BOOK_PAUSE_UNTIL = 23; //      F64  µs
/** When the schedule changes the phase next; 0: there is no schedule, −1: not yet known. */
export const BOOK_SCHEDULE_AT = 24; //      F64  µs
export const BOOK_INDICATION_QTY = 25; //   F64  lots
export const BOOK_INDICATION_REST = 26; //  F64  lots
export const BOOK_SYMBOL = 54; //           I32 × 8: bytes of ASCII, zero-padded

/** Rows of (from price, step) and of (second of the day, phase). */
export const MAX_PRICE_STEPS = 16;
export const MAX_PHASE_CHANGES = 16;
export const TABLES_I32 = (MAX_PRICE_STEPS + MAX_PHASE_CHANGES) * 2;
export const TABLE_SCHEDULE = MAX_PRICE_STEPS * 2;

export const BookList = { Pegs: 0, AllOrNone: 2, Trailing: 4 } as const;
export type BookList = (typeof BookList)[keyof typeof BookList];

export const BookCount = { Hidden: 0, AllOrNone: 1, Trigger: 2 } as const;
export type BookCount = (typeof BookCount)[keyof typeof BookCount];

export const EntryCheck = {
  QtyStep: 1,
  PriceStep: 2,
  Notional: 4,
  StaticBand: 8,
  Deviation: 16,
  /** The phase is not continuous. */
  Phase: 32,
  KillSwitch: 64,
} as const;

export const BookPart = {
  Hidden: 1,
  AllOrNone: 2,
  ProRata: 4,
  Bands: 8,
  Triggers: 16,
  Pegs: 32,
  Trailing: 64,
  /** The phase is not continuous. */
  NotMatching: 128,
  TopOrder: 256,
} as const;

/** What the simple matching loop cannot do. */
export const PARTS_OF_MATCHING = BookPart.Hidden | BookPart.AllOrNone | BookPart.ProRata | BookPart.Bands;
/** What may have something to do after a command. */
export const PARTS_OF_SETTLING = BookPart.AllOrNone | BookPart.Triggers | BookPart.Pegs | BookPart.Trailing;
