/**
 * What an order has that is not plain: 128 bytes in the same slot as its record, in their own array. Fields mean something
 * only while the flag that they belong to is set.
 */
import type { OrderBase } from "./order-record.ts";

/** Bits of ORD_FLAGS. */
export const OrderFlag = {
  /** The extension record was written for this order. Every other flag comes with it. */
  Extended: 1,
  /** Shows EXT_SHOWN of what it has left. */
  Iceberg: 2,
  /** Belongs to the hidden book. */
  Hidden: 4,
  /** Belongs to the all-or-none book. */
  AllOrNone: 8,
  /** Has a trigger that has not happened: belongs to the trigger book. */
  Trigger: 16,
  Pegged: 32,
  /** Has no limit price of its own: market orders, triggered stops. EXT_LIMIT may bound it. */
  Unpriced: 64,
  /** Is in EXT_LIMIT bounded by protection. */
  Protected: 128,
  /** Has a self-trade prevention mode. */
  SelfTrade: 256,
  /** EXT_OWNER is not the session. */
  Owned: 512,
  /** Spends EXT_QUOTE_LEFT. */
  Quote: 1024,
  /** EXT_ROLE and EXT_PEER say how it depends on others. */
  Linked: 2048,
  /** Waits for the closing auction, or for a reference. In no book. */
  Waiting: 4096,
  /** In the heap of deadlines. */
  Deadline: 8192,
  /** A trailing stop whose trigger follows the market. */
  Trailing: 16_384,
  MinQty: 32_768,
  /** Waits for another order of its list. In no book, and in no list over the book. */
  Unstarted: 65_536,
} as const;

/** log2 of the int32 in an extension record. */
export const EXT_I32_SHIFT = 5;

export const EXT_TRIGGER_PRICE = 0; //    I32  ticks; 0: none yet
export const EXT_DISPLAY_QTY = 1; //      I32  lots
export const EXT_DISPLAY_VARIANCE = 2; // I32  lots
export const EXT_SHOWN = 3; //            I32  lots of an iceberg that the book shows now
export const EXT_MIN_QTY = 4; //          I32  lots
export const EXT_OFFSET = 5; //           I32  ticks or bps: protection, trailing distance, peg offset
export const EXT_OWNER = 6; //            I32  trade group, or account: who does not trade with whom
export const EXT_ACCOUNT = 7; //          I32
/** As in CMD_OPTIONS: post only, self-trade prevention, trigger by, peg reference. */
export const EXT_OPTIONS = 8; //          I32
export const EXT_COMMAND_FLAGS = 9; //    I32  CommandFlag bits that the order came with, but for Stamped: that is a measurement, no part of it
export const EXT_LIMIT = 10; //           I32  ticks: worst price of a peg (0: none) or of a protected market order
/** Position in the heap of deadlines. */
export const EXT_HEAP = 11; //            I32
/** The list over a book that the order is in: pegs, all-or-none or trailing orders, in the order of their entry. */
export const EXT_LIST_NEXT = 12; //       I32  OrderBase
export const EXT_LIST_PREV = 13; //       I32  OrderBase
/** LinkRole; see matching/order-ending.ts. */
export const EXT_ROLE = 14; //            I32
export const EXT_PEER = 15; //            I32  OrderBase
export const EXT_SECOND_PEER = 16; //     I32  OrderBase
/** Number of the last dry run in which the order lost lots; EXT_SHARE is how many. */
export const EXT_DRY_RUN = 17; //         I32
/** Lots that pro rata gives it, or that a dry run took from it. */
export const EXT_SHARE = 18; //           I32
/** Queue of orders that are about to start. */
export const EXT_START_NEXT = 19; //      I32  OrderBase
export const EXT_QUOTE_LEFT = 10; //      F64  ticks × lots
export const EXT_EXPIRE_TIME = 11; //     F64  µs
export const EXT_QUOTE_AMOUNT = 12; //    F64  as sent

/** Index of the first int32 of the extension record; half of it is its index into doubles. */
export function extensionOf(order: OrderBase): number {
  return order << 1;
}
