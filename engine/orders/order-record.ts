/**
 * One order in the order pool. 64 bytes, one cache line: whatever a command does to a plain order, it touches one line.
 *
 *   byte  0        4        8        12
 *      0  clientOrderId (f64)       orderId (f64)
 *     16  session  book     price    orderQty
 *     32  cumQty   level    next     prev
 *     48  sessNext sessPrev flags    word
 *
 * An order is named by its base: the index of its first int32 (slot << 4); half of that is its index into doubles.
 *
 * `word` has the order type, time in force, status and side in the bytes where the two head words of an event have them,
 * so a report copies them without unpacking. Its sign bit says that the origin record holds something.
 *
 * `next` and `prev` are the queue of the level that an open order rests in; of a free record `next` is the free list.
 * `sessNext` and `sessPrev` are the open orders of the session, in the order of their entry.
 *
 * `flags` is 0 for a plain order, and then nothing beyond this record says anything about it. Everything else is in the
 * extension record (order-extension.ts).
 *
 * The origin record (16 bytes, same slot, its own array) remembers how a client order id came to be, for orders that a
 * replace touched. Orders that were never replaced do not pay for it.
 */
import { OrderStatus, OrderType } from "../../protocol/codes.ts";
import type { Brand } from "../../protocol/units.ts";

/** Index of the first int32 of an order record. Reused after free; never sent to a client. */
export type OrderBase = Brand<number, "OrderBase">;

/** No order, no level: ends every list. */
export const NONE = -1;
export const NO_ORDER = -1 as OrderBase;

/** log2 of the int32 in an order record. */
export const ORDER_I32_SHIFT = 4;

export const ORD_CLIENT_ORDER_ID = 0; // F64
export const ORD_ORDER_ID = 1; //        F64
export const ORD_SESSION = 4; //         I32  session handle
export const ORD_BOOK = 5; //            I32  index of the book
export const ORD_PRICE = 6; //           I32  ticks; 0: market order
export const ORD_ORDER_QTY = 7; //       I32  lots
export const ORD_CUM_QTY = 8; //         I32  lots
export const ORD_LEVEL = 9; //           I32  LevelBase while it rests, else NONE
export const ORD_NEXT = 10; //           I32  OrderBase
export const ORD_PREV = 11; //           I32  OrderBase
export const ORD_SESSION_NEXT = 12; //   I32  OrderBase
export const ORD_SESSION_PREV = 13; //   I32  OrderBase
export const ORD_FLAGS = 14; //          I32  OrderFlag bits; 0: a plain order
export const ORD_WORD = 15; //           I32  u8 each: order type, time in force, status, side; sign bit HAS_ORIGIN

/** log2 of the int32 in an origin record. Its base is the order's base shifted by the difference. */
export const ORIGIN_I32_SHIFT = 2;
/** The client order id that this one replaced; 0: it came with a new order. */
export const ORIGIN_REPLACED_ID = 0; //  F64
/** Price and quantity as the request said that introduced the client order id. */
export const ORIGIN_PRICE = 2; //        I32  ticks
export const ORIGIN_ORDER_QTY = 3; //    I32  lots

export const HAS_ORIGIN = 1 << 31;

const STATUS_SHIFT = 16;
const SIDE_SHIFT = 24;

export function orderWord(orderType: number, timeInForce: number, status: number, side: number): number {
  return orderType | (timeInForce << 8) | (status << STATUS_SHIFT) | (side << SIDE_SHIFT);
}

export function wordOrderType(word: number): number {
  return word & 0xff;
}

export function wordTimeInForce(word: number): number {
  return (word >>> 8) & 0xff;
}

export function wordStatus(word: number): number {
  return (word >>> STATUS_SHIFT) & 0xff;
}

export function wordSide(word: number): number {
  return (word >>> SIDE_SHIFT) & 0x7f;
}

export function wordWithStatus(word: number, status: number): number {
  return (word & ~(0xff << STATUS_SHIFT)) | (status << STATUS_SHIFT);
}

/** New and PartiallyFilled are the two lowest states. */
export function isOpenStatus(status: number): boolean {
  return status <= OrderStatus.PartiallyFilled;
}

/** Stop and take-profit orders of every kind. */
export function hasTrigger(orderType: number): boolean {
  return orderType >= OrderType.Stop && orderType <= OrderType.TrailingStop;
}
