/** Orders that wait for a price, and trailing stops that follow one: docs/MATCHING.md, section 8. */
import { OrderType, Side, TriggerBy } from "../../protocol/codes.ts";
import { CommandFlag } from "../../protocol/record/command-record.ts";
import {
  BOOK_LADDER,
  BOOK_LAST_PX,
  BOOK_MAX_PRICE,
  BOOK_TRADE_HIGH,
  BOOK_TRADE_LOW,
  type BookBase,
  BookList,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { LAST_DOWN, LAST_UP, SELL_DOWN, SELL_UP, SHOWN_BIDS, SHOWN_OFFERS, TRIGGER_LADDERS } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { LVL_HEAD, LVL_PRICE, NO_LEVEL, NO_PRICE, type PriceLevels } from "../book/price-levels.ts";
import type { Places } from "../matching/places.ts";
import { EXT_COMMAND_FLAGS, EXT_OFFSET, EXT_TRIGGER_PRICE, OrderFlag, extensionOf } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_FLAGS, ORD_WORD, type OrderBase, wordOrderType, wordSide } from "../orders/order-record.ts";
import { type OrderTerms, bpsOf } from "../orders/order-terms.ts";

export type Triggers = ReturnType<typeof createTriggers>;

export function createTriggers(
  orders: OrderPool,
  books: Books,
  levels: PriceLevels,
  ladders: PriceLadders,
  places: Places,
  terms: OrderTerms,
) {
  const { i32, ext } = orders;
  const bookI32 = books.i32;
  const levelI32 = levels.i32;

  function bestPrice(book: BookBase, kind: number): number {
    return ladders.bestPrice((bookI32[book + BOOK_LADDER] as number) + kind);
  }

  /** What the trigger of an order is compared with now; NO_PRICE. */
  function priceFor(order: OrderBase, book: BookBase): number {
    if (places.triggerByOf(order) === TriggerBy.LastTrade) return bookI32[book + BOOK_LAST_PX] as number;
    return bestPrice(book, wordSide(i32[order + ORD_WORD] as number) === Side.Buy ? SHOWN_OFFERS : SHOWN_BIDS);
  }

  /** Whether an order that comes now triggers at once. */
  function holds(order: OrderBase, book: BookBase): boolean {
    const price = priceFor(order, book);
    const trigger = ext[extensionOf(order) + EXT_TRIGGER_PRICE] as number;
    if (price === NO_PRICE || trigger === NO_PRICE) return false;
    // Odd ladders fire at or above their price.
    return (places.ladderOf(order, book) & 1) === 1 ? price >= trigger : price <= trigger;
  }

  /** The order that triggers next, NO_ORDER when none does. */
  function next(book: BookBase): OrderBase {
    const first = bookI32[book + BOOK_LADDER] as number;
    for (let n = 0; n < TRIGGER_LADDERS.length; n++) {
      const kind = TRIGGER_LADDERS[n] as number;
      const level = ladders.best(first + kind);
      if (level !== NO_LEVEL && fires(book, kind, levelI32[level + LVL_PRICE] as number)) {
        return levelI32[level + LVL_HEAD] as OrderBase;
      }
    }
    return NO_ORDER;
  }

  function fires(book: BookBase, kind: number, trigger: number): boolean {
    if (kind === LAST_UP || kind === LAST_DOWN) {
      const low = bookI32[book + BOOK_TRADE_LOW] as number;
      const high = bookI32[book + BOOK_TRADE_HIGH] as number;
      if (low > high) return false;
      return kind === LAST_UP ? high >= trigger : low <= trigger;
    }
    const best = bestPrice(book, kind === SELL_UP || kind === SELL_DOWN ? SHOWN_BIDS : SHOWN_OFFERS);
    if (best === NO_PRICE) return false;
    return (kind & 1) === 1 ? best >= trigger : best <= trigger;
  }

  /** The order has triggered: it is in no book, and from now on a market or a limit order. */
  function activate(order: OrderBase, book: BookBase): void {
    places.take(order);
    places.leaveList(order, book);
    const type = wordOrderType(i32[order + ORD_WORD] as number);
    const isLimit = type === OrderType.StopLimit || type === OrderType.TakeProfitLimit;
    const flags = (i32[order + ORD_FLAGS] as number) & ~(OrderFlag.Trigger | OrderFlag.Trailing);
    i32[order + ORD_FLAGS] = isLimit ? flags : flags | OrderFlag.Unpriced;
  }

  /** It was reported: the order has no trigger any more. */
  function forget(order: OrderBase): void {
    ext[extensionOf(order) + EXT_TRIGGER_PRICE] = NO_PRICE;
  }

  /** Puts an order with a trigger among those that wait. A trailing stop may have no price yet. */
  function park(order: OrderBase, book: BookBase): void {
    if (ext[extensionOf(order) + EXT_TRIGGER_PRICE] !== NO_PRICE) places.rest(order, book);
  }

  // ---- trailing stops ----

  /** Where the trigger of a trailing stop would be if it began now; NO_PRICE. */
  function trailingPriceOf(order: OrderBase, book: BookBase): number {
    const price = priceFor(order, book);
    if (price === NO_PRICE) return NO_PRICE;
    const extension = extensionOf(order);
    const isInBps = ((ext[extension + EXT_COMMAND_FLAGS] as number) & CommandFlag.OffsetInBps) !== 0;
    const offset = ext[extension + EXT_OFFSET] as number;
    const distance = isInBps ? Math.max(1, bpsOf(price, offset)) : offset;
    const isBuy = wordSide(i32[order + ORD_WORD] as number) === Side.Buy;
    const most = bookI32[book + BOOK_MAX_PRICE] as number;
    const exact = isBuy ? Math.min(price + distance, most) : Math.max(price - distance, 1);
    // Away from the market is up for a buy stop, which waits above it.
    const rounded = terms.roundedAway(book, isBuy ? Side.Sell : Side.Buy, exact);
    return rounded < 1 || rounded > most ? exact : rounded;
  }

  /** Sets a trailing stop that came without a trigger price, if there is a price to start from. */
  function begin(order: OrderBase, book: BookBase): void {
    if (ext[extensionOf(order) + EXT_TRIGGER_PRICE] === NO_PRICE) follow(order, book);
  }

  /** Sets a trailing stop that has no trigger price, or moves one that the market has left behind. @returns whether it moved. */
  function follow(order: OrderBase, book: BookBase): boolean {
    const at = extensionOf(order) + EXT_TRIGGER_PRICE;
    const before = ext[at] as number;
    const now = trailingPriceOf(order, book);
    if (now === NO_PRICE || now === before) return false;
    const isBuy = wordSide(i32[order + ORD_WORD] as number) === Side.Buy;
    if (before !== NO_PRICE && (isBuy ? now > before : now < before)) return false;
    places.take(order);
    ext[at] = now;
    return true;
  }

  /** Lets all trailing stops of a book follow. @returns whether one moved. */
  function followAll(book: BookBase): boolean {
    let hasMoved = false;
    for (let order = places.headOf(book, BookList.Trailing); order !== NO_ORDER; order = places.nextOf(order)) {
      if (!follow(order, book)) continue;
      places.rest(order, book);
      hasMoved = true;
    }
    return hasMoved;
  }

  return { holds, next, activate, forget, park, begin, followAll };
}
