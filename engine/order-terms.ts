/**
 * What the engine demands of the terms of an order, in the order in which it looks: the first thing that is wrong is the
 * one that is told.
 *
 *   new order   client order id, instrument, side, order type, time in force, price, quantity, notional,
 *               then whether the id was used before, then room
 *   replace     client order id, whether it was used before, the order it names, price, quantity, notional, what has
 *               already traded, then room
 */
import { OrderType, RejectReason, Side, TimeInForce } from "../protocol/codes.ts";
import { MAX_ID } from "../protocol/limits.ts";
import { CMD_CLIENT_ORDER_ID, CMD_HEAD, CMD_ORDER_QTY, CMD_PRICE } from "../protocol/record/command-record.ts";
import type { OrderBook } from "./order-book.ts";

/** The order type of a newOrder record: absent is limit. */
export function orderTypeOf(head: number): number {
  const sent = (head >>> 16) & 0xff;
  return sent === OrderType.Unspecified ? OrderType.Limit : sent;
}

/** The time in force of a newOrder record: absent depends on the order type. */
export function timeInForceOf(head: number): number {
  const sent = head >>> 24;
  if (sent !== TimeInForce.Unspecified) return sent;
  return orderTypeOf(head) === OrderType.Market ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
}

/** Whether the id at `ids[at]` may name a request; those need none, which is 0. */
export function isRequestId(ids: Float64Array, at: number): boolean {
  const id = ids[at] as number;
  return id >= 0 && id <= MAX_ID;
}

/** `book` is that of the instrument, if there is one. */
export function checkNewOrder(
  i32: Int32Array,
  f64: Float64Array,
  base: number,
  book: OrderBook | undefined,
): RejectReason {
  const clientOrderId = f64[(base >> 1) + CMD_CLIENT_ORDER_ID] as number;
  if (!(clientOrderId >= 1 && clientOrderId <= MAX_ID)) return RejectReason.InvalidClientOrderId;
  if (book === undefined) return RejectReason.UnknownInstrument;
  const head = i32[base + CMD_HEAD] as number;
  const side = (head >>> 8) & 0xff;
  if (side !== Side.Buy && side !== Side.Sell) return RejectReason.InvalidSide;
  const orderType = orderTypeOf(head);
  if (orderType > OrderType.Market) return RejectReason.InvalidOrderType;
  const timeInForce = timeInForceOf(head);
  if (timeInForce > TimeInForce.FillOrKill) return RejectReason.InvalidTimeInForce;
  const price = i32[base + CMD_PRICE] as number;
  const orderQty = i32[base + CMD_ORDER_QTY] as number;
  if (orderType === OrderType.Limit) return checkPriceAndQty(book, price, orderQty);
  if (timeInForce === TimeInForce.GoodTillCancel) return RejectReason.InvalidTimeInForce;
  if (price !== 0) return RejectReason.InvalidPrice;
  return checkQty(book, orderQty);
}

/** Of a limit order. */
export function checkPriceAndQty(book: OrderBook, price: number, orderQty: number): RejectReason {
  if (price < 1 || price > book.maxPrice) return RejectReason.InvalidPrice;
  const reason = checkQty(book, orderQty);
  if (reason !== RejectReason.Unspecified) return reason;
  // Both factors are below 2^31. A product of 2^53 or more may be rounded, but never to less than 2^53.
  return price * orderQty > Number.MAX_SAFE_INTEGER ? RejectReason.NotionalTooLarge : RejectReason.Unspecified;
}

function checkQty(book: OrderBook, orderQty: number): RejectReason {
  return orderQty < 1 || orderQty > book.maxOrderQty ? RejectReason.InvalidQuantity : RejectReason.Unspecified;
}
