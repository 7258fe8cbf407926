/**
 * The price of the single-price auction: docs/MATCHING.md, section 6. As stock exchanges do it (for example Xetra, "Market Model Equities", chapter on
 * price determination in auctions): most volume, then least surplus, then nearest to the reference.
 *
 * The shown and the hidden levels that could trade are merged into one table per side, best first, with running sums. A price is
 * then judged by two positions in these tables; candidates are the prices of the levels, their neighbours and the reference.
 */
import { Side } from "../../protocol/codes.ts";
import {
  BOOK_INDICATION_PX,
  BOOK_INDICATION_QTY,
  BOOK_INDICATION_REST,
  BOOK_INDICATION_SIDE,
  BOOK_LADDER,
  BOOK_MAX_PRICE,
  type BookBase,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { HIDDEN_BIDS, SHOWN_BIDS, SHOWN_OFFERS } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { LVL_HEAD, LVL_PRICE, type LevelBase, NO_LEVEL, NO_PRICE, type PriceLevels } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { Opposition } from "../matching/opposition.ts";
import type { Places } from "../matching/places.ts";
import { OrderFlag } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_FLAGS, ORD_NEXT, type OrderBase } from "../orders/order-record.ts";
import type { OrderTerms } from "../orders/order-terms.ts";

const NOTHING = 0;

/** One side's levels that could trade: price and lots up to and including it, best first. */
interface Curve {
  prices: Int32Array;
  sums: Float64Array;
  count: number;
  /** Where the levels begin that have a limit; before them are orders that take any price. */
  firstLimit: number;
}

export type AuctionPrice = ReturnType<typeof createAuctionPrice>;

export function createAuctionPrice(
  orders: OrderPool,
  books: Books,
  levels: PriceLevels,
  ladders: PriceLadders,
  places: Places,
  opposition: Opposition,
  terms: OrderTerms,
  events: EventWriter,
) {
  const { i32 } = orders;
  const bookI32 = books.i32;
  const bookF64 = books.f64;
  const levelI32 = levels.i32;
  const demand: Curve = { prices: new Int32Array(1024), sums: new Float64Array(1024), count: 0, firstLimit: 0 };
  const supply: Curve = { prices: new Int32Array(1024), sums: new Float64Array(1024), count: 0, firstLimit: 0 };
  /** The best price so far, of the book that is being judged. */
  const found = { price: NO_PRICE, qty: 0, rest: 0 };

  function priceOf(level: LevelBase): number {
    return levelI32[level + LVL_PRICE] as number;
  }

  /** Lots of a level, what its icebergs do not show included. */
  function lotsOf(level: LevelBase): number {
    let lots = levels.f64[level >> 1] as number;
    for (
      let order = levelI32[level + LVL_HEAD] as OrderBase;
      order !== NO_ORDER;
      order = i32[order + ORD_NEXT] as OrderBase
    ) {
      lots += places.leavesOf(order) - places.shownOf(order);
    }
    return lots;
  }

  /** Fills a curve with the levels of one side that are no worse than `limit`. */
  function fillCurve(curve: Curve, book: BookBase, kind: number, limit: number): void {
    const ladder = (bookI32[book + BOOK_LADDER] as number) + kind;
    let shown = ladders.best(ladder);
    let hidden = ladders.best(ladder + HIDDEN_BIDS);
    let sum = 0;
    curve.count = 0;
    curve.firstLimit = 0;
    for (;;) {
      const level = opposition.better(shown, hidden);
      if (level === NO_LEVEL || (kind === SHOWN_BIDS ? priceOf(level) < limit : priceOf(level) > limit)) return;
      sum += lotsOf(level);
      append(curve, priceOf(level), sum);
      if (isUnpriced(level)) curve.firstLimit = Math.max(curve.firstLimit, curve.count);
      if (level === shown) shown = ladders.nextWorse(level);
      else hidden = ladders.nextWorse(level);
    }
  }

  /** Market orders have a level of the hidden book to themselves, or share it with limits at the end of the price range. */
  function isUnpriced(level: LevelBase): boolean {
    const flags = i32[(levelI32[level + LVL_HEAD] as number) + ORD_FLAGS] as number;
    return (flags & OrderFlag.Unpriced) !== 0;
  }

  function append(curve: Curve, price: number, sum: number): void {
    if (curve.count > 0 && curve.prices[curve.count - 1] === price) curve.count -= 1;
    if (curve.count === curve.prices.length) grow(curve);
    curve.prices[curve.count] = price;
    curve.sums[curve.count] = sum;
    curve.count += 1;
  }

  function grow(curve: Curve): void {
    const { prices, sums } = curve;
    curve.prices = new Int32Array(prices.length * 2);
    curve.sums = new Float64Array(sums.length * 2);
    curve.prices.set(prices);
    curve.sums.set(sums);
  }

  /** Lots of the curve that would trade at that price: of its levels from the best to the last one that reaches it. */
  function sumAt(curve: Curve, price: number, isDemand: boolean): number {
    let low = 0;
    let high = curve.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = curve.prices[middle] as number;
      if (isDemand ? at >= price : at <= price) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : (curve.sums[low - 1] as number);
  }

  /** Finds the auction price into `found`; price NO_PRICE: nothing would trade. */
  function judge(book: BookBase): void {
    found.price = NO_PRICE;
    found.qty = 0;
    found.rest = 0;
    const bid = opposition.bestOfSide(book, SHOWN_BIDS);
    const offer = opposition.bestOfSide(book, SHOWN_OFFERS);
    if (bid === NO_LEVEL || offer === NO_LEVEL || priceOf(bid) < priceOf(offer)) return;
    fillCurve(demand, book, SHOWN_BIDS, priceOf(offer));
    fillCurve(supply, book, SHOWN_OFFERS, priceOf(bid));
    const reference = books.lastOrReferencePrice(book);
    judgeAround(book, demand, reference);
    judgeAround(book, supply, reference);
    // Below every limit there is room only where orders take any price.
    const hasLimit = demand.count > demand.firstLimit || supply.count > supply.firstLimit;
    if (hasLimit && supply.firstLimit > 0) judgePrice(book, terms.roundedAway(book, Side.Sell, 1), reference);
    if (reference === NO_PRICE) return;
    const down = terms.roundedAway(book, Side.Buy, reference);
    const up = terms.roundedAway(book, Side.Sell, reference);
    judgePrice(book, down, reference);
    judgePrice(book, up, reference);
  }

  /** Between two levels nothing changes, so the prices next to each level stand for all others. */
  function judgeAround(book: BookBase, curve: Curve, reference: number): void {
    for (let n = curve.firstLimit; n < curve.count; n++) {
      const price = curve.prices[n] as number;
      if (price < 1 || price > (bookI32[book + BOOK_MAX_PRICE] as number)) continue;
      judgePrice(book, price, reference);
      judgePrice(book, terms.neighbour(book, price, -1), reference);
      judgePrice(book, terms.neighbour(book, price, 1), reference);
    }
  }

  function judgePrice(book: BookBase, price: number, reference: number): void {
    if (price < 1 || price > (bookI32[book + BOOK_MAX_PRICE] as number) || !terms.isOnStep(book, price)) return;
    const wanted = sumAt(demand, price, true);
    const offered = sumAt(supply, price, false);
    const qty = Math.min(wanted, offered);
    if (qty === NOTHING || qty < found.qty) return;
    const rest = wanted - offered;
    if (qty === found.qty && !isBetter(price, rest, reference)) return;
    found.price = price;
    found.qty = qty;
    found.rest = rest;
  }

  /** Of two prices with the same volume: less surplus, nearer to the reference, lower. */
  function isBetter(price: number, rest: number, reference: number): boolean {
    const surplus = Math.abs(rest) - Math.abs(found.rest);
    if (surplus !== 0) return surplus < 0;
    const distance = reference === NO_PRICE ? 0 : Math.abs(price - reference) - Math.abs(found.price - reference);
    return distance !== 0 ? distance < 0 : price < found.price;
  }

  /** Publishes what the auction would do now, if that is something new. */
  function indicate(book: BookBase): void {
    judge(book);
    const side = found.rest === 0 ? Side.Unspecified : found.rest > 0 ? Side.Buy : Side.Sell;
    const rest = Math.abs(found.rest);
    const isKnown =
      bookI32[book + BOOK_INDICATION_PX] === found.price &&
      bookI32[book + BOOK_INDICATION_SIDE] === side &&
      bookF64[(book >> 1) + BOOK_INDICATION_QTY] === found.qty &&
      bookF64[(book >> 1) + BOOK_INDICATION_REST] === rest;
    if (isKnown) return;
    bookI32[book + BOOK_INDICATION_PX] = found.price;
    bookI32[book + BOOK_INDICATION_SIDE] = side;
    bookF64[(book >> 1) + BOOK_INDICATION_QTY] = found.qty;
    bookF64[(book >> 1) + BOOK_INDICATION_REST] = rest;
    events.indication(book);
  }

  return { judge, indicate, found };
}
