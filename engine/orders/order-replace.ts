/** Replace: docs/MATCHING.md, section 9. A refused request has changed nothing. */
import { CancelReason, OrderType, RejectReason, ReplaceMode, RequestType } from "../../protocol/codes.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_DISPLAY_QTY,
  CMD_FLAGS,
  CMD_INSTRUMENT_ID,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_TRIGGER_PRICE,
  CommandFlag,
} from "../../protocol/record/command-record.ts";
import {
  BOOK_CHECKS,
  BOOK_INSTRUMENT_ID,
  BOOK_MAX_ORDER_QTY,
  BOOK_PARTS,
  type BookBase,
  BookPart,
  PARTS_OF_SETTLING,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { NO_LEVEL } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import { type MarketEntry, Way } from "../market/market-entry.ts";
import type { Settling } from "../market/settling.ts";
import type { Matcher } from "../matching/matcher.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import type { Places } from "../matching/places.ts";
import type { EntryChecks } from "./entry-checks.ts";
import {
  EXT_ACCOUNT,
  EXT_DISPLAY_QTY,
  EXT_DISPLAY_VARIANCE,
  EXT_LIMIT,
  EXT_TRIGGER_PRICE,
  OrderFlag,
  extensionOf,
} from "./order-extension.ts";
import type { OrderRegistry } from "./order-registry.ts";
import {
  NO_ORDER,
  ORD_BOOK,
  ORD_CUM_QTY,
  ORD_FLAGS,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_WORD,
  type OrderBase,
  wordSide,
} from "./order-record.ts";
import { type OrderTerms, isRequestId } from "./order-terms.ts";

const PRIVATE = OrderFlag.Hidden | OrderFlag.AllOrNone | OrderFlag.Trigger | OrderFlag.Waiting | OrderFlag.Unstarted;

export function createOrderReplace(
  registry: OrderRegistry,
  books: Books,
  ladders: PriceLadders,
  places: Places,
  terms: OrderTerms,
  checks: EntryChecks,
  entry: MarketEntry,
  matcher: Matcher,
  ending: OrderEnding,
  settling: Settling,
  events: EventWriter,
) {
  const { i32: orders, ext } = registry.pool;
  const { index } = registry;
  const bookI32 = books.i32;
  /** What the replace under way asks for, once its mode is understood. */
  const wish = { price: 0, orderQty: 0, triggerPrice: 0, displayQty: 0, keepsPlace: false };

  function replaceOrder(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const requestAt = (base >> 1) + CMD_CLIENT_ORDER_ID;
    if (!isRequestId(f64, requestAt)) return reject(i32, base, RejectReason.InvalidClientOrderId);
    if (f64[requestAt] !== 0) {
      const known = index.find(session, f64, requestAt);
      if (known !== NO_ORDER) return answerRepeated(known, i32, f64, base);
    }
    const order = index.find(session, f64, (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID);
    const named = checks.checkNamed(order, i32[base + CMD_INSTRUMENT_ID] as number);
    if (named !== RejectReason.Unspecified) return reject(i32, base, named);
    const book = orders[order + ORD_BOOK] as BookBase;
    const isPlain =
      (((i32[base + CMD_FLAGS] as number) & CommandFlag.Extended) | (orders[order + ORD_FLAGS] as number)) === 0;
    const isQuiet = ((bookI32[book + BOOK_CHECKS] as number) | (bookI32[book + BOOK_PARTS] as number)) === 0;
    if (isPlain && isQuiet) return replacePlain(order, book, i32, f64, base);
    const reason = check(order, book, i32, base);
    if (reason !== RejectReason.Unspecified) return reject(i32, base, reason);
    const parts = bookI32[book + BOOK_PARTS] as number;
    if (wish.orderQty <= (orders[order + ORD_CUM_QTY] as number)) {
      ending.cancelOnRequest(order, CancelReason.ReplacedBelowExecuted);
    } else replace(order, book, i32, f64, base);
    const follows = PARTS_OF_SETTLING | BookPart.NotMatching;
    if (((parts | (bookI32[book + BOOK_PARTS] as number)) & follows) !== 0 || ending.hasStarts()) settling.touch(book);
  }

  /** A limit order and a book without anything special: the same rules, as far as they can matter. */
  function replacePlain(order: OrderBase, book: BookBase, i32: Int32Array, f64: Float64Array, base: number): void {
    const price = i32[base + CMD_PRICE] as number;
    const orderQty = i32[base + CMD_ORDER_QTY] as number;
    const reason = checkPlain(order, book, price, orderQty);
    if (reason !== RejectReason.Unspecified) return reject(i32, base, reason);
    const requestAt = (base >> 1) + CMD_CLIENT_ORDER_ID;
    if (f64[requestAt] === 0) registry.keepOrigin(order);
    else registry.rename(order, f64, requestAt, price, orderQty);
    const prevPrice = orders[order + ORD_PRICE] as number;
    const prevQty = orders[order + ORD_ORDER_QTY] as number;
    if (price === prevPrice && orderQty <= prevQty) {
      const level = places.reduceTo(order, orderQty);
      return events.replaced(order, book, prevPrice, orderQty === prevQty ? NO_LEVEL : level, NO_LEVEL);
    }
    const prevLevel = places.takePlain(order);
    orders[order + ORD_PRICE] = price;
    orders[order + ORD_ORDER_QTY] = orderQty;
    if (entry.crossesShown(wordSide(orders[order + ORD_WORD] as number), price, book)) {
      events.replaced(order, book, prevPrice, NO_LEVEL, prevLevel);
      ladders.dropIfEmpty(prevLevel);
      matcher.execute(order, book);
      return;
    }
    const level = places.restPlain(order, book);
    events.replaced(order, book, prevPrice, level, level === prevLevel ? NO_LEVEL : prevLevel);
    ladders.dropIfEmpty(prevLevel);
  }

  function checkPlain(order: OrderBase, book: BookBase, price: number, orderQty: number): RejectReason {
    const reason = terms.checkPriceAndQty(book, price, orderQty);
    if (reason !== RejectReason.Unspecified) return reason;
    if (orderQty <= (orders[order + ORD_CUM_QTY] as number)) return RejectReason.QuantityBelowExecuted;
    const side = wordSide(orders[order + ORD_WORD] as number);
    return checks.hasLevel(book, side, price) ? RejectReason.Unspecified : RejectReason.BookFull;
  }

  function reject(i32: Int32Array, base: number, reason: RejectReason): void {
    events.requestRejected(i32, base, RequestType.ReplaceOrder, reason);
  }

  function answerRepeated(order: OrderBase, i32: Int32Array, f64: Float64Array, base: number): void {
    const origAt = (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID;
    const book = orders[order + ORD_BOOK] as BookBase;
    const isSame =
      bookI32[book + BOOK_INSTRUMENT_ID] === i32[base + CMD_INSTRUMENT_ID] &&
      registry.cameWithReplace(
        order,
        f64,
        origAt,
        i32[base + CMD_PRICE] as number,
        i32[base + CMD_ORDER_QTY] as number,
      );
    if (isSame) events.statusOfReplaced(order, book);
    else reject(i32, base, RejectReason.DuplicateClientOrderId);
  }

  // ---- checks ----

  function check(order: OrderBase, book: BookBase, i32: Int32Array, base: number): RejectReason {
    const isExtended = ((i32[base + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
    const word = orders[order + ORD_WORD] as number;
    const flags = orders[order + ORD_FLAGS] as number;
    const account = (flags & OrderFlag.Extended) === 0 ? 0 : (ext[extensionOf(order) + EXT_ACCOUNT] as number);
    const state = checks.checkState(book, word, account);
    if (state !== RejectReason.Unspecified) return state;
    const mode = isExtended ? (i32[base + CMD_OPTIONS] as number) & 0xff : ReplaceMode.Unspecified;
    const qty = i32[base + CMD_ORDER_QTY] as number;
    const traded = orders[order + ORD_CUM_QTY] as number;
    if (mode > ReplaceMode.NewLeaves) return RejectReason.InvalidReplace;
    wish.price = i32[base + CMD_PRICE] as number;
    wish.orderQty = mode === ReplaceMode.NewLeaves ? traded + qty : qty;
    wish.triggerPrice = isExtended ? (i32[base + CMD_TRIGGER_PRICE] as number) : 0;
    wish.displayQty = isExtended ? (i32[base + CMD_DISPLAY_QTY] as number) : 0;
    const special = checkSpecial(order, book, flags);
    if (special !== RejectReason.Unspecified) return special;
    const priceAndQty = checkPriceAndQty(order, book, flags, qty);
    if (priceAndQty !== RejectReason.Unspecified) return priceAndQty;
    const band = checks.checkPrice(book, wordSide(word), wish.price);
    if (band !== RejectReason.Unspecified) return band;
    if (wish.orderQty <= traded) {
      return mode === ReplaceMode.InFlightMitigated ? RejectReason.Unspecified : RejectReason.QuantityBelowExecuted;
    }
    wish.keepsPlace = keepsPlace(order);
    const postOnly = wish.keepsPlace ? RejectReason.Unspecified : checkPostOnly(order, book, flags);
    if (postOnly !== RejectReason.Unspecified) return postOnly;
    const isShown = (flags & PRIVATE) === 0;
    // The level that the order leaves does not count as room, though it may become free: its totals are still reported.
    return !isShown || checks.hasLevel(book, wordSide(word), wish.price)
      ? RejectReason.Unspecified
      : RejectReason.BookFull;
  }

  function checkSpecial(order: OrderBase, book: BookBase, flags: number): RejectReason {
    if (wish.triggerPrice !== 0) {
      if ((flags & OrderFlag.Trigger) === 0) return RejectReason.InvalidReplace;
      if (terms.checkSpecialPrice(book, OrderType.Limit, wish.triggerPrice) !== RejectReason.Unspecified)
        return RejectReason.InvalidTrigger;
    }
    if (wish.displayQty === 0) return RejectReason.Unspecified;
    const leaves = wish.orderQty - (orders[order + ORD_CUM_QTY] as number);
    const isSound =
      (flags & OrderFlag.Iceberg) !== 0 &&
      wish.displayQty > (ext[extensionOf(order) + EXT_DISPLAY_VARIANCE] as number) &&
      wish.displayQty <= leaves &&
      terms.isInLots(book, wish.displayQty);
    return isSound ? RejectReason.Unspecified : RejectReason.InvalidReplace;
  }

  /** Rules 4 to 6, for what the order would be. */
  function checkPriceAndQty(order: OrderBase, book: BookBase, flags: number, qty: number): RejectReason {
    const hasPrice = (flags & OrderFlag.Pegged) === 0 && orders[order + ORD_PRICE] !== 0;
    const type = (flags & OrderFlag.Pegged) !== 0 ? OrderType.Pegged : hasPrice ? OrderType.Limit : OrderType.Market;
    const price = terms.checkSpecialPrice(book, type, wish.price);
    if (price !== RejectReason.Unspecified) return price;
    const quantity = terms.checkQty(book, qty);
    if (quantity !== RejectReason.Unspecified) return quantity;
    if (wish.orderQty > (bookI32[book + BOOK_MAX_ORDER_QTY] as number)) return RejectReason.InvalidQuantity;
    if (wish.price === 0) return RejectReason.Unspecified;
    const notional = wish.price * wish.orderQty;
    return notional > Number.MAX_SAFE_INTEGER ? RejectReason.NotionalTooLarge : terms.checkNotional(book, notional);
  }

  /** Rule 20 for the new price; a slide changes the wish. */
  function checkPostOnly(order: OrderBase, book: BookBase, flags: number): RejectReason {
    if (!books.isMatching(book) || (flags & OrderFlag.Extended) === 0 || (flags & OrderFlag.Unstarted) !== 0)
      return RejectReason.Unspecified;
    const price = orders[order + ORD_PRICE] as number;
    const orderQty = orders[order + ORD_ORDER_QTY] as number;
    // For a moment the order is what it would be; nothing looks at where it rests.
    orders[order + ORD_PRICE] = wish.price;
    orders[order + ORD_ORDER_QTY] = wish.orderQty;
    const wouldTrade = entry.wouldTradePostOnly(order, book);
    const slid = wouldTrade ? entry.slidOf(order, book) : wish.price;
    orders[order + ORD_PRICE] = price;
    orders[order + ORD_ORDER_QTY] = orderQty;
    if (slid === 0 && wouldTrade) return RejectReason.PostOnlyWouldTrade;
    wish.price = slid;
    return RejectReason.Unspecified;
  }

  // ---- doing it ----

  function replace(order: OrderBase, book: BookBase, i32: Int32Array, f64: Float64Array, base: number): void {
    const requestAt = (base >> 1) + CMD_CLIENT_ORDER_ID;
    if (f64[requestAt] === 0) registry.keepOrigin(order);
    else registry.rename(order, f64, requestAt, i32[base + CMD_PRICE] as number, i32[base + CMD_ORDER_QTY] as number);
    if (wish.keepsPlace) reduce(order, book);
    else if (((orders[order + ORD_FLAGS] as number) & OrderFlag.Unstarted) !== 0) changeUnstarted(order, book);
    else reenter(order, book);
  }

  /** Reducing keeps time priority; raising the quantity or moving the price loses it, so those go to the back. */
  function keepsPlace(order: OrderBase): boolean {
    const flags = orders[order + ORD_FLAGS] as number;
    if (wish.orderQty > (orders[order + ORD_ORDER_QTY] as number)) return false;
    const extension = extensionOf(order);
    const price = (flags & OrderFlag.Pegged) === 0 ? orders[order + ORD_PRICE] : ext[extension + EXT_LIMIT];
    if (price !== wish.price) return false;
    if (wish.triggerPrice !== 0 && ext[extension + EXT_TRIGGER_PRICE] !== wish.triggerPrice) return false;
    return wish.displayQty === 0 || ext[extension + EXT_DISPLAY_QTY] === wish.displayQty;
  }

  function reduce(order: OrderBase, book: BookBase): void {
    const isChanged = orders[order + ORD_ORDER_QTY] !== wish.orderQty;
    const level = places.reduceTo(order, wish.orderQty);
    events.replaced(order, book, orders[order + ORD_PRICE] as number, isChanged ? level : NO_LEVEL, NO_LEVEL);
  }

  function assume(order: OrderBase): void {
    const flags = orders[order + ORD_FLAGS] as number;
    const extension = extensionOf(order);
    orders[order + ORD_ORDER_QTY] = wish.orderQty;
    if ((flags & OrderFlag.Pegged) === 0) orders[order + ORD_PRICE] = wish.price;
    else ext[extension + EXT_LIMIT] = wish.price;
    if (wish.triggerPrice !== 0) ext[extension + EXT_TRIGGER_PRICE] = wish.triggerPrice;
    if (wish.displayQty !== 0) ext[extension + EXT_DISPLAY_QTY] = wish.displayQty;
  }

  function changeUnstarted(order: OrderBase, book: BookBase): void {
    const prevPrice = orders[order + ORD_PRICE] as number;
    assume(order);
    events.replaced(order, book, prevPrice, NO_LEVEL, NO_LEVEL);
  }

  function reenter(order: OrderBase, book: BookBase): void {
    const prevPrice = orders[order + ORD_PRICE] as number;
    const prevLevel = places.take(order);
    assume(order);
    const way = entry.prepare(order, book);
    if (way === Way.Rest) {
      const level = places.rest(order, book);
      events.replaced(order, book, prevPrice, level, level === prevLevel ? NO_LEVEL : prevLevel);
    } else events.replaced(order, book, prevPrice, NO_LEVEL, prevLevel);
    if (prevLevel !== NO_LEVEL) ladders.dropIfEmpty(prevLevel);
    if (way !== Way.Rest) entry.go(order, book, way);
  }

  return { replaceOrder };
}
