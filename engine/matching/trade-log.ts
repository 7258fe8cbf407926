/**
 * The last trades of the engine, so that one can be taken back or corrected: 48 bytes each, in a ring by trade id.
 *
 *   byte  0        4        8        12
 *      0  buyer    seller   price    qty
 *     16  buyOrderId (f64)          sellOrderId (f64)
 *     32  book     state    -        -
 *
 * Buyer and seller are order records. They may have been given to other orders since: then the order id differs.
 */
import type { BookBase } from "../book/book-record.ts";
import type { EngineConfig } from "../engine-config.ts";
import { IDS_PER_ENGINE } from "../../protocol/limits.ts";
import type { EngineMemory } from "../memory.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { ORD_ORDER_ID, type OrderBase } from "../orders/order-record.ts";

/** A power of two. */
const CAPACITY = 65_536;
const TRADE_I32 = 12;

export const TRD_BUYER = 0; //         I32  OrderBase
export const TRD_SELLER = 1; //        I32  OrderBase
export const TRD_PRICE = 2; //         I32  ticks
export const TRD_QTY = 3; //           I32  lots
export const TRD_BUY_ORDER_ID = 2; //  F64
export const TRD_SELL_ORDER_ID = 3; // F64
export const TRD_BOOK = 8; //          I32  BookBase
/** 1: busted. */
export const TRD_BUSTED = 9; //        I32

export const NO_TRADE = -1;

export type TradeLog = ReturnType<typeof createTradeLog>;

export function createTradeLog(memory: EngineMemory, config: EngineConfig, orders: OrderPool) {
  const firstId = config.engineIndex * IDS_PER_ENGINE;
  const tradeIds = memory.allocate("last trade id", 2).f64;
  const count = memory.allocate("trade count", 2).i32;
  const used = (): number => Math.min((tradeIds[0] as number) - firstId, CAPACITY) * TRADE_I32;
  const { i32, f64 } = memory.allocate("trades", CAPACITY * TRADE_I32, used);
  const orderF64 = orders.f64;
  tradeIds[0] = firstId;

  /** Gives the next trade its id: the first number of `tradeIds`. */
  function record(buyer: OrderBase, seller: OrderBase, book: BookBase, price: number, qty: number): void {
    tradeIds[0] = (tradeIds[0] as number) + 1;
    const trade = (count[0] as number) * TRADE_I32;
    count[0] = ((count[0] as number) + 1) & (CAPACITY - 1);
    i32[trade + TRD_BUYER] = buyer;
    i32[trade + TRD_SELLER] = seller;
    i32[trade + TRD_PRICE] = price;
    i32[trade + TRD_QTY] = qty;
    f64[(trade >> 1) + TRD_BUY_ORDER_ID] = orderF64[(buyer >> 1) + ORD_ORDER_ID] as number;
    f64[(trade >> 1) + TRD_SELL_ORDER_ID] = orderF64[(seller >> 1) + ORD_ORDER_ID] as number;
    i32[trade + TRD_BOOK] = book;
    i32[trade + TRD_BUSTED] = 0;
  }

  /** Index of the first int32 of a trade of this book by its id; NO_TRADE: unknown, or too long ago. */
  function find(book: BookBase, tradeId: number): number {
    const last = tradeIds[0] as number;
    if (!(tradeId > firstId && tradeId <= last && last - tradeId < CAPACITY)) return NO_TRADE;
    const trade = ((tradeId - firstId - 1) & (CAPACITY - 1)) * TRADE_I32;
    return i32[trade + TRD_BOOK] === book ? trade : NO_TRADE;
  }

  return { i32, f64, tradeIds, record, find };
}
