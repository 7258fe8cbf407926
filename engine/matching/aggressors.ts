/** What an order that enters the market would take: how far its limit goes, and how much at a price. */
import { MAX_INT32 } from "../../protocol/limits.ts";
import { BOOK_QTY_STEP, type BookBase } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { EXT_LIMIT, EXT_QUOTE_LEFT, OrderFlag, extensionOf } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { ORD_CUM_QTY, ORD_FLAGS, ORD_ORDER_QTY, ORD_PRICE, type OrderBase } from "../orders/order-record.ts";

/** The limit of an order that trades at any price. */
export const ANY_PRICE = -1;

export type Aggressors = ReturnType<typeof createAggressors>;

export function createAggressors(orders: OrderPool, books: Books) {
  const { i32, ext, extF64 } = orders;

  /** Lots that the order would take at this price. */
  function wantedAt(order: OrderBase, book: BookBase, price: number): number {
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Quote) === 0) {
      return (i32[order + ORD_ORDER_QTY] as number) - (i32[order + ORD_CUM_QTY] as number);
    }
    const lots = Math.floor((extF64[(extensionOf(order) >> 1) + EXT_QUOTE_LEFT] as number) / price);
    const room = MAX_INT32 - (i32[order + ORD_CUM_QTY] as number);
    const wanted = lots < room ? lots : room;
    return wanted - (wanted % Math.max(1, books.i32[book + BOOK_QTY_STEP] as number));
  }

  /** Worst price in ticks at which the order trades; ANY_PRICE. */
  function limitOf(order: OrderBase): number {
    const flags = i32[order + ORD_FLAGS] as number;
    if ((flags & OrderFlag.Protected) !== 0) return ext[extensionOf(order) + EXT_LIMIT] as number;
    return (flags & OrderFlag.Unpriced) !== 0 ? ANY_PRICE : (i32[order + ORD_PRICE] as number);
  }

  return { wantedAt, limitOf };
}
