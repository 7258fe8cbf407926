/**
 * New, cancel and replace, as commands of a connected session. A refused request has changed nothing.
 *
 * A client order id that the session used before is not an error when the request is the same one again: the answer is
 * then the state of the order (OrderStatus), so a client may repeat what it is not sure of. An id whose order was replaced
 * answers with status Replaced and the order id of the chain; it does not speak for its successor, whose id and terms
 * the client chose itself. Ids are free again once the engine has forgotten their orders.
 *
 * Order types and times in force are compared as they are read: an absent one is the same as its default spelled out.
 */
import { ExecType, OrderStatus, RejectReason, RequestType, TimeInForce } from "../protocol/codes.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
} from "../protocol/record/command-record.ts";
import type { EventWriter } from "./event-writer.ts";
import type { Matcher } from "./matcher.ts";
import type { OrderBook } from "./order-book.ts";
import type { OrderBooks } from "./order-books.ts";
import {
  NO_ORDER,
  ORD_BOOK,
  ORD_CUM_QTY,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_WORD,
  type OrderBase,
  isOpenStatus,
  orderWord,
  wordOrderType,
  wordSide,
  wordStatus,
  wordTimeInForce,
} from "./order-record.ts";
import type { OrderRegistry } from "./order-registry.ts";
import { checkNewOrder, checkPriceAndQty, isRequestId, orderTypeOf, timeInForceOf } from "./order-terms.ts";
import { NO_LEVEL } from "./price-levels.ts";

export class OrderEntry {
  readonly #orderI32: Int32Array;
  readonly #registry: OrderRegistry;
  readonly #books: OrderBooks;
  readonly #matcher: Matcher;
  readonly #events: EventWriter;

  constructor(registry: OrderRegistry, books: OrderBooks, matcher: Matcher, events: EventWriter) {
    this.#orderI32 = registry.pool.i32;
    this.#registry = registry;
    this.#books = books;
    this.#matcher = matcher;
    this.#events = events;
  }

  newOrder(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const book = this.#books.find(i32[base + CMD_INSTRUMENT_ID] as number);
    const reason = checkNewOrder(i32, f64, base, book);
    if (reason !== RejectReason.Unspecified || book === undefined) {
      this.#events.orderRejected(i32, base, reason);
      return;
    }
    const head = i32[base + CMD_HEAD] as number;
    const word = orderWord(orderTypeOf(head), timeInForceOf(head), OrderStatus.New, (head >>> 8) & 0xff);
    const known = this.#registry.find(session, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
    if (known !== NO_ORDER) this.#answerRepeatedOrder(known, book, word, i32, base);
    else if (!this.#hasRoomFor(book, word, i32[base + CMD_PRICE] as number)) {
      this.#events.orderRejected(i32, base, RejectReason.BookFull);
    } else this.#accept(this.#registry.add(session, book.index, word, i32, f64, base), book);
  }

  cancelOrder(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const order = this.#registry.find(session, f64, (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID);
    const reason = this.#checkCancel(order, i32, f64, base);
    if (reason !== RejectReason.Unspecified) {
      this.#events.requestRejected(i32, base, RequestType.CancelOrder, reason);
      return;
    }
    const book = this.#bookOf(order);
    const level = book.take(order);
    this.#registry.setStatus(order, OrderStatus.Canceled);
    this.#events.canceledOnRequest(order, level);
    book.dropIfEmpty(this.#sideOf(order), level);
    this.#registry.end(order);
  }

  replaceOrder(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const requestAt = (base >> 1) + CMD_CLIENT_ORDER_ID;
    if (!isRequestId(f64, requestAt)) {
      this.#rejectReplace(i32, base, RejectReason.InvalidClientOrderId);
      return;
    }
    if (f64[requestAt] !== 0) {
      const known = this.#registry.find(session, f64, requestAt);
      if (known !== NO_ORDER) {
        this.#answerRepeatedReplace(known, i32, f64, base);
        return;
      }
    }
    const order = this.#registry.find(session, f64, (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID);
    const reason = this.#checkReplace(order, i32, base);
    if (reason === RejectReason.Unspecified) this.#replace(order, i32, f64, base);
    else this.#rejectReplace(i32, base, reason);
  }

  /** Ends an open, resting order without a request that names it: by mass cancel, or because its connection ended. */
  cancelUnasked(order: OrderBase): void {
    const book = this.#bookOf(order);
    const level = book.take(order);
    this.#registry.setStatus(order, OrderStatus.Canceled);
    this.#events.report(order, ExecType.Canceled, level);
    book.dropIfEmpty(this.#sideOf(order), level);
    this.#registry.end(order);
  }

  #accept(order: OrderBase, book: OrderBook): void {
    const mayRest = wordTimeInForce(this.#orderI32[order + ORD_WORD] as number) === TimeInForce.GoodTillCancel;
    if (mayRest && book.crossedLevel(order) === NO_LEVEL) {
      this.#events.report(order, ExecType.New, book.rest(order));
      return;
    }
    this.#events.report(order, ExecType.New, NO_LEVEL);
    this.#matcher.execute(order, book);
  }

  /** An order that may rest needs its place before anything happens, even if it will trade at once. */
  #hasRoomFor(book: OrderBook, word: number, price: number): boolean {
    if (wordTimeInForce(word) !== TimeInForce.GoodTillCancel) return true;
    return this.#registry.hasRoom() && book.hasRoomAt(wordSide(word), price);
  }

  #answerRepeatedOrder(order: OrderBase, book: OrderBook, word: number, i32: Int32Array, base: number): void {
    const orders = this.#orderI32;
    const knownWord = orders[order + ORD_WORD] as number;
    const isSame =
      orders[order + ORD_BOOK] === book.index &&
      wordSide(knownWord) === wordSide(word) &&
      wordOrderType(knownWord) === wordOrderType(word) &&
      wordTimeInForce(knownWord) === wordTimeInForce(word) &&
      this.#registry.cameWithNewOrder(order, i32[base + CMD_PRICE] as number, i32[base + CMD_ORDER_QTY] as number);
    if (isSame) this.#events.report(order, ExecType.OrderStatus, NO_LEVEL);
    else this.#events.orderRejected(i32, base, RejectReason.DuplicateClientOrderId);
  }

  #answerRepeatedReplace(order: OrderBase, i32: Int32Array, f64: Float64Array, base: number): void {
    const origAt = (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID;
    const price = i32[base + CMD_PRICE] as number;
    const orderQty = i32[base + CMD_ORDER_QTY] as number;
    const isSame =
      this.#bookOf(order).instrumentId === i32[base + CMD_INSTRUMENT_ID] &&
      this.#registry.cameWithReplace(order, f64, origAt, price, orderQty);
    if (isSame) this.#events.statusOfReplaced(order);
    else this.#rejectReplace(i32, base, RejectReason.DuplicateClientOrderId);
  }

  #checkCancel(order: OrderBase, i32: Int32Array, f64: Float64Array, base: number): RejectReason {
    if (!isRequestId(f64, (base >> 1) + CMD_CLIENT_ORDER_ID)) return RejectReason.InvalidClientOrderId;
    return this.#checkNamed(order, i32[base + CMD_INSTRUMENT_ID] as number);
  }

  #checkReplace(order: OrderBase, i32: Int32Array, base: number): RejectReason {
    const named = this.#checkNamed(order, i32[base + CMD_INSTRUMENT_ID] as number);
    if (named !== RejectReason.Unspecified) return named;
    const price = i32[base + CMD_PRICE] as number;
    const orderQty = i32[base + CMD_ORDER_QTY] as number;
    const book = this.#bookOf(order);
    const terms = checkPriceAndQty(book, price, orderQty);
    if (terms !== RejectReason.Unspecified) return terms;
    if (orderQty <= (this.#orderI32[order + ORD_CUM_QTY] as number)) return RejectReason.QuantityBelowExecuted;
    // The level that the order leaves does not count as room, though it may become free: its totals are still reported.
    return book.hasRoomAt(this.#sideOf(order), price) ? RejectReason.Unspecified : RejectReason.BookFull;
  }

  /** Whether a request of this instrument names an order that it can act on. */
  #checkNamed(order: OrderBase, instrumentId: number): RejectReason {
    if (order === NO_ORDER || this.#bookOf(order).instrumentId !== instrumentId) return RejectReason.UnknownOrder;
    const status = wordStatus(this.#orderI32[order + ORD_WORD] as number);
    return isOpenStatus(status) ? RejectReason.Unspecified : RejectReason.OrderClosed;
  }

  #replace(order: OrderBase, i32: Int32Array, f64: Float64Array, base: number): void {
    const price = i32[base + CMD_PRICE] as number;
    const orderQty = i32[base + CMD_ORDER_QTY] as number;
    const requestAt = (base >> 1) + CMD_CLIENT_ORDER_ID;
    if (f64[requestAt] === 0) this.#registry.keepOrigin(order);
    else this.#registry.rename(order, f64, requestAt, price, orderQty);
    const orders = this.#orderI32;
    // Reducing keeps time priority; raising the quantity or moving the price loses it, so those re-enter at the back.
    const keepsPriority = price === orders[order + ORD_PRICE] && orderQty <= (orders[order + ORD_ORDER_QTY] as number);
    if (keepsPriority) this.#reduce(order, orderQty);
    else this.#reenter(order, price, orderQty);
  }

  #reduce(order: OrderBase, orderQty: number): void {
    const orders = this.#orderI32;
    const isChanged = orders[order + ORD_ORDER_QTY] !== orderQty;
    const level = this.#bookOf(order).reduceTo(order, orderQty);
    this.#events.replaced(order, orders[order + ORD_PRICE] as number, isChanged ? level : NO_LEVEL, NO_LEVEL);
  }

  #reenter(order: OrderBase, price: number, orderQty: number): void {
    const orders = this.#orderI32;
    const book = this.#bookOf(order);
    const side = this.#sideOf(order);
    const prevPrice = orders[order + ORD_PRICE] as number;
    const prevLevel = book.take(order);
    orders[order + ORD_PRICE] = price;
    orders[order + ORD_ORDER_QTY] = orderQty;
    if (book.crossedLevel(order) === NO_LEVEL) {
      const level = book.rest(order);
      this.#events.replaced(order, prevPrice, level, level === prevLevel ? NO_LEVEL : prevLevel);
      book.dropIfEmpty(side, prevLevel);
    } else {
      this.#events.replaced(order, prevPrice, NO_LEVEL, prevLevel);
      book.dropIfEmpty(side, prevLevel);
      this.#matcher.execute(order, book);
    }
  }

  #rejectReplace(i32: Int32Array, base: number, reason: RejectReason): void {
    this.#events.requestRejected(i32, base, RequestType.ReplaceOrder, reason);
  }

  #bookOf(order: OrderBase): OrderBook {
    return this.#books.at(this.#orderI32[order + ORD_BOOK] as number);
  }

  #sideOf(order: OrderBase): number {
    return wordSide(this.#orderI32[order + ORD_WORD] as number);
  }
}
