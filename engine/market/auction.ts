/** The trades of the single-price auction: docs/MATCHING.md, section 6. */
import { EventFlag } from "../../protocol/record/event-record.ts";
import { BOOK_REFERENCE_PX, type BookBase } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { SHOWN_BIDS, SHOWN_OFFERS } from "../book/ladders.ts";
import { LVL_HEAD, LVL_PRICE, type LevelBase, NO_LEVEL, NO_PRICE, type PriceLevels } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { Matcher } from "../matching/matcher.ts";
import type { Opposition } from "../matching/opposition.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import type { Places } from "../matching/places.ts";
import type { TradeLog } from "../matching/trade-log.ts";
import { OrderFlag } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { ORD_FLAGS, ORD_LEVEL, type OrderBase } from "../orders/order-record.ts";
import type { AuctionPrice } from "./auction-price.ts";

export type Auction = ReturnType<typeof createAuction>;

export function createAuction(
  orders: OrderPool,
  books: Books,
  levels: PriceLevels,
  places: Places,
  opposition: Opposition,
  ending: OrderEnding,
  matcher: Matcher,
  trades: TradeLog,
  pricing: AuctionPrice,
  events: EventWriter,
) {
  const { i32 } = orders;
  const bookI32 = books.i32;
  const levelI32 = levels.i32;

  /** Trades all that meets at the auction price. */
  function uncross(book: BookBase): void {
    pricing.judge(book);
    const { price } = pricing.found;
    if (price === NO_PRICE) return;
    for (;;) {
      const bid = opposition.bestOfSide(book, SHOWN_BIDS);
      const offer = opposition.bestOfSide(book, SHOWN_OFFERS);
      if (
        bid === NO_LEVEL ||
        offer === NO_LEVEL ||
        (levelI32[bid + LVL_PRICE] as number) < price ||
        (levelI32[offer + LVL_PRICE] as number) > price
      )
        break;
      trade(levelI32[bid + LVL_HEAD] as OrderBase, levelI32[offer + LVL_HEAD] as OrderBase, book, price);
    }
    bookI32[book + BOOK_REFERENCE_PX] = price;
  }

  function trade(buyer: OrderBase, seller: OrderBase, book: BookBase, price: number): void {
    const qty = Math.min(places.leavesOf(buyer), places.leavesOf(seller));
    trades.record(buyer, seller, book, price, qty);
    books.noteTrade(book, price);
    const buyLevel = i32[buyer + ORD_LEVEL] as LevelBase;
    const sellLevel = i32[seller + ORD_LEVEL] as LevelBase;
    fill(buyer, buyLevel, qty);
    fill(seller, sellLevel, qty);
    events.traded(buyer, book, price, qty, places.ifShown(buyLevel), EventFlag.PublicTrade | EventFlag.Auction);
    events.traded(seller, book, price, qty, places.ifShown(sellLevel), EventFlag.Auction);
    places.dropTraded(buyer, buyLevel);
    places.dropTraded(seller, sellLevel);
    settleTrade(buyer, qty);
    settleTrade(seller, qty);
  }

  function fill(order: OrderBase, level: LevelBase, qty: number): void {
    places.fill(order, level, qty);
    matcher.setFillStatus(order, places.leavesOf(order) === 0);
  }

  function settleTrade(order: OrderBase, qty: number): void {
    const isFilled = places.leavesOf(order) === 0;
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Linked) !== 0) ending.afterTrade(order, qty);
    if (isFilled) ending.finish(order);
  }

  return { uncross };
}
