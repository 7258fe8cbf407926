/**
 * What the moment allows: rules 16 … 19 and 21 of docs/MATCHING.md, section 2. Unlike the terms of an order (order-terms.ts) these depend on the
 * phase, the kill switches, the prices of the market and the room that is left.
 */
import { OrderType, Phase, RejectReason, Side, TimeInForce } from "../../protocol/codes.ts";
import { CMD_ACCOUNT, CMD_FLAGS, CMD_ORDER_QTY, CMD_PRICE, CommandFlag } from "../../protocol/record/command-record.ts";
import {
  BOOK_CHECKS,
  BOOK_INSTRUMENT_ID,
  BOOK_LADDER,
  BOOK_MAX_DEVIATION_BPS,
  BOOK_PHASE,
  BOOK_REFERENCE_PX,
  BOOK_STATIC_BAND_BPS,
  type BookBase,
  EntryCheck,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { ladderOfSide, oppositeSide } from "../book/ladders.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { NO_LEVEL, NO_PRICE } from "../book/price-levels.ts";
import { isWithin } from "../matching/price-bands.ts";
import type { KillSwitches } from "../operator/kill-switches.ts";
import type { OrderRegistry } from "./order-registry.ts";
import {
  NO_ORDER,
  ORD_BOOK,
  ORD_WORD,
  type OrderBase,
  isOpenStatus,
  wordOrderType,
  wordSide,
  wordStatus,
  wordTimeInForce,
} from "./order-record.ts";
import { bpsOf, isImmediateTime } from "./order-terms.ts";

export type EntryChecks = ReturnType<typeof createEntryChecks>;

export function createEntryChecks(
  registry: OrderRegistry,
  books: Books,
  ladders: PriceLadders,
  maxPriceLevels: number,
  kills: KillSwitches,
) {
  const orderI32 = registry.pool.i32;
  const bookI32 = books.i32;

  /** Of a newOrder record. @param word The order word that it would have. */
  function check(i32: Int32Array, base: number, book: BookBase, word: number): RejectReason {
    const account =
      ((i32[base + CMD_FLAGS] as number) & CommandFlag.Extended) === 0 ? 0 : (i32[base + CMD_ACCOUNT] as number);
    const reason = checkState(book, word, account);
    return reason === RejectReason.Unspecified
      ? checkPrice(book, wordSide(word), i32[base + CMD_PRICE] as number)
      : reason;
  }

  /** Phase and kill switches, for a new order or a replace of one. */
  function checkState(book: BookBase, word: number, account: number): RejectReason {
    const reason = checkPhase(book, word);
    if (reason !== RejectReason.Unspecified) return reason;
    const isKilled = ((bookI32[book + BOOK_CHECKS] as number) & EntryCheck.KillSwitch) !== 0;
    return isKilled || (account !== 0 && kills.holdsAccount(account))
      ? RejectReason.KillSwitch
      : RejectReason.Unspecified;
  }

  function checkPhase(book: BookBase, word: number): RejectReason {
    const phase = bookI32[book + BOOK_PHASE] as number;
    const timeInForce = wordTimeInForce(word);
    if (phase === Phase.Halt) return RejectReason.InstrumentHalted;
    if (phase === Phase.Closed) return RejectReason.InstrumentClosed;
    if (phase === Phase.Delisted) return RejectReason.InstrumentDelisted;
    if (timeInForce === TimeInForce.AtTheOpen && phase !== Phase.PreOpen && phase !== Phase.OpeningAuction) {
      return RejectReason.NotInThisPhase;
    }
    const needsMarket = isImmediateTime(timeInForce) || wordOrderType(word) === OrderType.MarketToLimit;
    return needsMarket && phase !== Phase.Continuous ? RejectReason.NotInThisPhase : RejectReason.Unspecified;
  }

  /** Bands and deviation. @param price 0: the order has none. */
  function checkPrice(book: BookBase, side: number, price: number): RejectReason {
    const checks = bookI32[book + BOOK_CHECKS] as number;
    if (price === 0 || (checks & (EntryCheck.StaticBand | EntryCheck.Deviation)) === 0) return RejectReason.Unspecified;
    const reference = bookI32[book + BOOK_REFERENCE_PX] as number;
    if (!isWithin(price, reference, bookI32[book + BOOK_STATIC_BAND_BPS] as number))
      return RejectReason.PriceOutsideBand;
    if ((checks & EntryCheck.Deviation) === 0 || bookI32[book + BOOK_PHASE] !== Phase.Continuous)
      return RejectReason.Unspecified;
    const market = marketPrice(book, side);
    if (market === 0) return RejectReason.Unspecified;
    const distance = bpsOf(market, bookI32[book + BOOK_MAX_DEVIATION_BPS] as number);
    const isFair = side === Side.Buy ? price <= market + distance : price >= market - distance;
    return isFair ? RejectReason.Unspecified : RejectReason.PriceTooAggressive;
  }

  /** The best opposite price, else the last price, else the reference price; 0: there is none. */
  function marketPrice(book: BookBase, side: number): number {
    const best = ladders.bestPrice((bookI32[book + BOOK_LADDER] as number) + ladderOfSide(oppositeSide(side)));
    return best === NO_PRICE ? books.lastOrReferencePrice(book) : best;
  }

  /** Whether one more order may stay, in the shown book at that price. */
  function hasRoom(book: BookBase, side: number, price: number): boolean {
    return registry.hasRoom(1) && hasLevel(book, side, price);
  }

  /** Whether the shown book has a level at that price, or room for another one. */
  function hasLevel(book: BookBase, side: number, price: number): boolean {
    return hasLevels(1) || isLevel(book, side, price);
  }

  /** Whether there is room for so many more shown levels. */
  function hasLevels(count: number): boolean {
    return ladders.shownLevelCount() + count <= maxPriceLevels;
  }

  function isLevel(book: BookBase, side: number, price: number): boolean {
    return ladders.find((bookI32[book + BOOK_LADDER] as number) + ladderOfSide(side), price) !== NO_LEVEL;
  }

  /** Whether a request of this instrument names an order that it can act on. */
  function checkNamed(order: OrderBase, instrumentId: number): RejectReason {
    if (order === NO_ORDER) return RejectReason.UnknownOrder;
    if (bookI32[(orderI32[order + ORD_BOOK] as number) + BOOK_INSTRUMENT_ID] !== instrumentId)
      return RejectReason.UnknownOrder;
    const status = wordStatus(orderI32[order + ORD_WORD] as number);
    return isOpenStatus(status) ? RejectReason.Unspecified : RejectReason.OrderClosed;
  }

  /** Whether a newOrder that uses the client order id of a known order is the one that brought it. */
  function isRepeated(order: OrderBase, book: BookBase, word: number, i32: Int32Array, base: number): boolean {
    const knownWord = orderI32[order + ORD_WORD] as number;
    return (
      orderI32[order + ORD_BOOK] === book &&
      wordSide(knownWord) === wordSide(word) &&
      wordOrderType(knownWord) === wordOrderType(word) &&
      wordTimeInForce(knownWord) === wordTimeInForce(word) &&
      registry.cameWithNewOrder(order, i32[base + CMD_PRICE] as number, i32[base + CMD_ORDER_QTY] as number)
    );
  }

  return { check, checkState, checkPrice, hasRoom, hasLevel, hasLevels, isLevel, checkNamed, isRepeated };
}
