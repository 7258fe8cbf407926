/**
 * How an order comes into the market, once it was reported: new, replaced to the back, triggered, or started from a list. It trades,
 * rests, waits, or ends. docs/MATCHING.md, sections 2, 5, 7 and 8.
 */
import { CancelReason, ExecType, OrderType, PostOnly, Side } from "../../protocol/codes.ts";
import { BOOK_LADDER, BOOK_MAX_PRICE, BOOK_PARTS, type BookBase, PARTS_OF_MATCHING } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { ladderOfSide, oppositeSide } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { LVL_PRICE, NO_LEVEL, type PriceLevels, rankOf } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { Matcher } from "../matching/matcher.ts";
import type { Opposition } from "../matching/opposition.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import type { Places } from "../matching/places.ts";
import { EXT_OPTIONS, OrderFlag, extensionOf } from "../orders/order-extension.ts";
import type { OrderRegistry } from "../orders/order-registry.ts";
import {
  ORD_FLAGS,
  ORD_PRICE,
  ORD_WORD,
  type OrderBase,
  wordOrderType,
  wordSide,
  wordTimeInForce,
} from "../orders/order-record.ts";
import { type OrderTerms, isImmediateTime } from "../orders/order-terms.ts";
import type { Pegs } from "./pegs.ts";
import type { Triggers } from "./triggers.ts";

/** What an order that comes into the market does first. */
export const Way = {
  /** It is put where it belongs, without trading. */
  Rest: 0,
  /** It enters the market. */
  Execute: 1,
  /** Its trigger condition holds already. */
  Trigger: 2,
  /** It is among those that wait for a trigger. */
  Park: 3,
  /** It waits in no book. */
  Wait: 4,
  /** A market-to-limit order without an opposite price. */
  NoReference: 5,
} as const;
export type Way = (typeof Way)[keyof typeof Way];

/** A post-only order has no price at which it would not trade. */
const NO_SLIDE = 0;

export type MarketEntry = ReturnType<typeof createMarketEntry>;

export function createMarketEntry(
  registry: OrderRegistry,
  books: Books,
  levels: PriceLevels,
  ladders: PriceLadders,
  places: Places,
  opposition: Opposition,
  matcher: Matcher,
  ending: OrderEnding,
  triggers: Triggers,
  pegs: Pegs,
  terms: OrderTerms,
  events: EventWriter,
) {
  const { i32, ext } = registry.pool;
  const bookI32 = books.i32;
  const levelI32 = levels.i32;

  /** Whether a plain limit order of that side and price would trade with a plain book at once. */
  function crossesShown(side: number, price: number, book: BookBase): boolean {
    const ladder = (bookI32[book + BOOK_LADDER] as number) + ladderOfSide(oppositeSide(side));
    const best = ladders.best(ladder);
    return best !== NO_LEVEL && rankOf(ladder, levelI32[best + LVL_PRICE] as number) >= rankOf(ladder, price);
  }

  /** Decides what the order does first, and gives it the price and the trigger that it has then. It is in no book. */
  function prepare(order: OrderBase, book: BookBase): Way {
    const flags = i32[order + ORD_FLAGS] as number;
    const word = i32[order + ORD_WORD] as number;
    const isMatching = books.isMatching(book);
    if ((flags & OrderFlag.Trigger) !== 0) {
      if ((flags & OrderFlag.Trailing) !== 0) triggers.begin(order, book);
      if (!isMatching) return Way.Park;
      return triggers.holds(order, book) ? Way.Trigger : Way.Park;
    }
    if ((flags & OrderFlag.Pegged) !== 0 && !(isMatching && pegs.setPrice(order, book))) return waiting(order);
    if (wordOrderType(word) === OrderType.MarketToLimit && i32[order + ORD_PRICE] === 0) {
      if (!takeBestPrice(order, book)) return Way.NoReference;
    }
    if (!isMatching) return (flags & OrderFlag.Waiting) !== 0 ? Way.Wait : Way.Rest;
    if ((flags & OrderFlag.Waiting) !== 0 && (flags & OrderFlag.Pegged) === 0) return Way.Wait;
    return executes(order, book, flags, word) ? Way.Execute : Way.Rest;
  }

  function waiting(order: OrderBase): Way {
    i32[order + ORD_PRICE] = 0;
    i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) | OrderFlag.Waiting;
    return Way.Wait;
  }

  /** The best opposite price becomes the limit of a market-to-limit order. @returns false when there is none. */
  function takeBestPrice(order: OrderBase, book: BookBase): boolean {
    const level = opposition.bestOfAny(order, book);
    if (level === NO_LEVEL) return false;
    registry.keepOrigin(order);
    i32[order + ORD_PRICE] = levelI32[level + LVL_PRICE] as number;
    return true;
  }

  function executes(order: OrderBase, book: BookBase, flags: number, word: number): boolean {
    if (isImmediateTime(wordTimeInForce(word))) return true;
    if ((flags & (OrderFlag.MinQty | OrderFlag.AllOrNone | OrderFlag.Unpriced)) !== 0) return true;
    if (((bookI32[book + BOOK_PARTS] as number) & PARTS_OF_MATCHING) === 0) {
      return crossesShown(wordSide(word), i32[order + ORD_PRICE] as number, book);
    }
    return opposition.best(order, book) !== NO_LEVEL;
  }

  /** Puts the order where its way leads. It was reported; `rest` is for a report that tells the level itself. */
  function go(order: OrderBase, book: BookBase, way: Way): void {
    if (way === Way.Execute) matcher.execute(order, book);
    else if (way === Way.Park) triggers.park(order, book);
    else if (way === Way.Trigger) trigger(order, book);
    else if (way === Way.Rest) restQuietly(order, book);
    else if (way === Way.NoReference) ending.expire(order, CancelReason.NoReference);
  }

  /** What was reported before said nothing about a level. */
  function restQuietly(order: OrderBase, book: BookBase): void {
    events.levelUpdated(book, places.rest(order, book));
  }

  /** An order that waits for its trigger, or would, has met it. */
  function trigger(order: OrderBase, book: BookBase): void {
    triggers.activate(order, book);
    events.report(order, book, ExecType.Triggered, CancelReason.Unspecified, NO_LEVEL);
    triggers.forget(order);
    go(order, book, prepare(order, book));
  }

  /** An order of a list that waited for another one comes into the market. */
  function start(order: OrderBase, book: BookBase): void {
    i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) & ~OrderFlag.Unstarted;
    places.enterList(order, book);
    if (!admit(order, book)) return ending.cancel(order, CancelReason.LinkedOrder);
    const way = prepare(order, book);
    events.report(order, book, ExecType.Triggered, CancelReason.Unspecified, NO_LEVEL);
    go(order, book, way);
  }

  // ---- post only ----

  /** Rule 20, for an order that is about to enter the market: a slide moves its price. */
  function admit(order: OrderBase, book: BookBase): boolean {
    return !books.isMatching(book) || !wouldTradePostOnly(order, book) || slide(order, book);
  }

  function wouldTradePostOnly(order: OrderBase, book: BookBase): boolean {
    const flags = i32[order + ORD_FLAGS] as number;
    if ((flags & OrderFlag.Extended) === 0 || ((ext[extensionOf(order) + EXT_OPTIONS] as number) & 0xff) === 0)
      return false;
    return opposition.best(order, book) !== NO_LEVEL;
  }

  /** The price at which a post-only order that would trade does not, NO_SLIDE: it has none. */
  function slidOf(order: OrderBase, book: BookBase): number {
    const isSliding = ((ext[extensionOf(order) + EXT_OPTIONS] as number) & 0xff) === PostOnly.Slide;
    return isSliding ? slidePrice(order, book) : NO_SLIDE;
  }

  /** @returns whether the order now has a price at which it does not trade. */
  function slide(order: OrderBase, book: BookBase): boolean {
    const price = slidOf(order, book);
    if (price === NO_SLIDE) return false;
    registry.keepOrigin(order);
    i32[order + ORD_PRICE] = price;
    return true;
  }

  /** One step away from the best price that the order would meet; NO_SLIDE. */
  function slidePrice(order: OrderBase, book: BookBase): number {
    const met = levelI32[opposition.best(order, book) + LVL_PRICE] as number;
    const isBuy = wordSide(i32[order + ORD_WORD] as number) === Side.Buy;
    const price = terms.neighbour(book, met, isBuy ? -1 : 1);
    return price < 1 || price > (bookI32[book + BOOK_MAX_PRICE] as number) ? NO_SLIDE : price;
  }

  return {
    crossesShown,
    prepare,
    go,
    trigger,
    start,
    admit,
    wouldTradePostOnly,
    slidOf,
  };
}
