/** Pegged orders: what price each should have, and how they get there when the market moves. docs/MATCHING.md, section 8. */
import { PegReference, Side } from "../../protocol/codes.ts";
import {
  BOOK_LADDER,
  BOOK_MAX_PRICE,
  BOOK_PEG_BID,
  BOOK_PEG_OFFER,
  type BookBase,
  BookList,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { SHOWN_BIDS, SHOWN_OFFERS } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { LVL_PRICE, NO_LEVEL, NO_PRICE, type PriceLevels } from "../book/price-levels.ts";
import type { Opposition } from "../matching/opposition.ts";
import type { Places } from "../matching/places.ts";
import { EXT_LIMIT, EXT_OFFSET, EXT_OPTIONS, OrderFlag, extensionOf } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_FLAGS, ORD_PRICE, ORD_WORD, type OrderBase, wordSide } from "../orders/order-record.ts";
import type { OrderTerms } from "../orders/order-terms.ts";

export type Pegs = ReturnType<typeof createPegs>;

export function createPegs(
  orders: OrderPool,
  books: Books,
  levels: PriceLevels,
  ladders: PriceLadders,
  places: Places,
  opposition: Opposition,
  terms: OrderTerms,
) {
  const { i32, ext } = orders;
  const bookI32 = books.i32;
  const levelI32 = levels.i32;

  /** The price that a peg should have between these best shown prices; NO_PRICE: it waits. */
  function priceFor(order: OrderBase, book: BookBase, bid: number, offer: number): number {
    const extension = extensionOf(order);
    const isBuy = wordSide(i32[order + ORD_WORD] as number) === Side.Buy;
    const reference = (ext[extension + EXT_OPTIONS] as number) >>> 24;
    const from = referencePrice(reference, isBuy, bid, offer);
    if (from === NO_PRICE) return NO_PRICE;
    const most = bookI32[book + BOOK_MAX_PRICE] as number;
    const limit = ext[extension + EXT_LIMIT] as number;
    let price = from + (ext[extension + EXT_OFFSET] as number);
    if (limit !== NO_PRICE) price = isBuy ? Math.min(price, limit) : Math.max(price, limit);
    price = Math.min(Math.max(price, 1), most);
    const rounded = terms.roundedAway(book, isBuy ? Side.Buy : Side.Sell, price);
    return rounded > most ? NO_PRICE : rounded;
  }

  /** Gives a peg that is in no book its price. @returns whether it has one; else it waits. */
  function setPrice(order: OrderBase, book: BookBase): boolean {
    const ladder = bookI32[book + BOOK_LADDER] as number;
    const bid = ladders.bestPrice(ladder + SHOWN_BIDS);
    const offer = ladders.bestPrice(ladder + SHOWN_OFFERS);
    // The market may be back where it was by the end of the command, with this one priced in between.
    if (bookI32[book + BOOK_PEG_BID] !== bid || bookI32[book + BOOK_PEG_OFFER] !== offer)
      bookI32[book + BOOK_PEG_BID] = -1;
    return assign(order, priceFor(order, book, bid, offer));
  }

  function assign(order: OrderBase, price: number): boolean {
    const flags = i32[order + ORD_FLAGS] as number;
    i32[order + ORD_PRICE] = price;
    i32[order + ORD_FLAGS] = price === NO_PRICE ? flags | OrderFlag.Waiting : flags & ~OrderFlag.Waiting;
    return price !== NO_PRICE;
  }

  /** Moves every peg whose price is not what it should be. @returns whether one moved. */
  function follow(book: BookBase): boolean {
    const ladder = bookI32[book + BOOK_LADDER] as number;
    const bid = ladders.bestPrice(ladder + SHOWN_BIDS);
    const offer = ladders.bestPrice(ladder + SHOWN_OFFERS);
    if (bookI32[book + BOOK_PEG_BID] === bid && bookI32[book + BOOK_PEG_OFFER] === offer) return false;
    bookI32[book + BOOK_PEG_BID] = bid;
    bookI32[book + BOOK_PEG_OFFER] = offer;
    let hasMoved = false;
    for (let order = places.headOf(book, BookList.Pegs); order !== NO_ORDER; order = places.nextOf(order)) {
      const price = priceFor(order, book, bid, offer);
      if (price === i32[order + ORD_PRICE]) continue;
      places.take(order);
      if (assign(order, price)) places.rest(order, book);
      hasMoved = true;
    }
    return hasMoved;
  }

  /** The first peg by entry that crosses a shown or hidden price of the other side, NO_ORDER when there is none. */
  function firstCrossed(book: BookBase): OrderBase {
    const bidLevel = opposition.bestOfSide(book, SHOWN_BIDS);
    const offerLevel = opposition.bestOfSide(book, SHOWN_OFFERS);
    if (bidLevel === NO_LEVEL || offerLevel === NO_LEVEL) return NO_ORDER;
    const bid = levelI32[bidLevel + LVL_PRICE] as number;
    const offer = levelI32[offerLevel + LVL_PRICE] as number;
    // Only a peg that moved can be on the wrong side of the market.
    if (bid < offer) return NO_ORDER;
    for (let order = places.headOf(book, BookList.Pegs); order !== NO_ORDER; order = places.nextOf(order)) {
      const price = i32[order + ORD_PRICE] as number;
      const isBuy = wordSide(i32[order + ORD_WORD] as number) === Side.Buy;
      if (price !== NO_PRICE && (isBuy ? price >= offer : price <= bid)) return order;
    }
    return NO_ORDER;
  }

  return { setPrice, follow, firstCrossed };
}

function referencePrice(reference: number, isBuy: boolean, bid: number, offer: number): number {
  if (reference === PegReference.Primary) return isBuy ? bid : offer;
  if (reference === PegReference.Opposite) return isBuy ? offer : bid;
  if (bid === NO_PRICE || offer === NO_PRICE) return NO_PRICE;
  return isBuy ? Math.floor((bid + offer) / 2) : Math.ceil((bid + offer) / 2);
}
