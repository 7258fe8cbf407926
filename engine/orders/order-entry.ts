/**
 * New orders and cancels, as commands of a connected session. A refused request has changed nothing.
 *
 * A client order id that the session used before is not an error when the request is the same one again: the answer is
 * then the state of the order (OrderStatus), so a client may repeat what it is not sure of. An id whose order was replaced
 * answers with status Replaced and the order id of the chain; it does not speak for its successor, whose id and terms
 * the client chose itself. Ids are free again once the engine has forgotten their orders.
 *
 * Order types and times in force are compared as they are read: an absent one is the same as its default spelled out.
 */
import {
  CancelReason,
  ExecType,
  OrderStatus,
  OrderType,
  RejectReason,
  RequestType,
  TimeInForce,
} from "../../protocol/codes.ts";
import { isOn } from "../../protocol/guards.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_LINK,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CommandFlag,
} from "../../protocol/record/command-record.ts";
import {
  BOOK_CHECKS,
  BOOK_PARTS,
  type BookBase,
  BookPart,
  PARTS_OF_MATCHING,
  PARTS_OF_SETTLING,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { NO_LEVEL } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { MarketEntry } from "../market/market-entry.ts";
import type { Settling } from "../market/settling.ts";
import type { Matcher } from "../matching/matcher.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import type { Places } from "../matching/places.ts";
import type { EntryChecks } from "./entry-checks.ts";
import type { OrderRegistry } from "./order-registry.ts";
import { NO_ORDER, ORD_BOOK, type OrderBase, orderWord, wordSide, wordTimeInForce } from "./order-record.ts";
import { type OrderTerms, isRequestId, orderTypeOf, timeInForceOf } from "./order-terms.ts";
import type { SpecialOrders } from "./special-orders.ts";
import type { OrderLists } from "./order-lists.ts";

/** Bits of BOOK_PARTS with which something may follow from a command. */
const PARTS_THAT_FOLLOW = PARTS_OF_SETTLING | BookPart.NotMatching;

export interface OrderEntryParts {
  readonly registry: OrderRegistry;
  readonly books: Books;
  readonly places: Places;
  readonly terms: OrderTerms;
  readonly checks: EntryChecks;
  readonly matcher: Matcher;
  readonly entry: MarketEntry;
  readonly ending: OrderEnding;
  readonly settling: Settling;
  readonly special: SpecialOrders;
  readonly lists: OrderLists;
  readonly events: EventWriter;
}

export function createOrderEntry(parts: OrderEntryParts) {
  const { registry, books, places, terms, checks, matcher, entry, ending, settling, special, lists, events } = parts;
  const { i32: orderI32 } = registry.pool;
  const { index } = registry;
  const bookI32 = books.i32;
  const remembersIds = isOn("duplicateMemory");

  function newOrder(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const flags = i32[base + CMD_FLAGS] as number;
    if (i32[base + CMD_LINK] !== 0) return lists.takeLeg(i32, base, session);
    const book = books.find(i32[base + CMD_INSTRUMENT_ID] as number);
    const reason = terms.check(i32, f64, base, book);
    if (reason !== RejectReason.Unspecified) return events.orderRejected(i32, base, reason);
    const head = i32[base + CMD_HEAD] as number;
    const orderType = orderTypeOf(head);
    const timeInForce = timeInForceOf(head);
    const word = orderWord(orderType, timeInForce, OrderStatus.New, (head >>> 8) & 0xff);
    const bucket = index.bucketOf(session, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
    const known = remembersIds ? index.findIn(bucket, session, f64, (base >> 1) + CMD_CLIENT_ORDER_ID) : NO_ORDER;
    if (known !== NO_ORDER) return answerRepeatedOrder(known, book, word, i32, base);
    const isPlain =
      orderType === OrderType.Limit && timeInForce <= TimeInForce.Day && (flags & CommandFlag.Extended) === 0;
    if (isPlain && (bookI32[book + BOOK_CHECKS] as number) === 0)
      return newPlainOrder(i32, f64, base, session, book, word, bucket);
    const refused = checks.check(i32, base, book, word);
    if (refused !== RejectReason.Unspecified) return events.orderRejected(i32, base, refused);
    if (isPlain && books.isMatching(book)) {
      return newPlainOrder(i32, f64, base, session, book, word, bucket);
    }
    const answer = special.accept(i32, f64, base, session, book, word, bucket);
    if (answer !== RejectReason.Unspecified) events.orderRejected(i32, base, answer);
    else settling.touch(book);
  }

  /** A limit order without an extension in continuous trading: nothing but the book decides what becomes of it. */
  function newPlainOrder(
    i32: Int32Array,
    f64: Float64Array,
    base: number,
    session: number,
    book: BookBase,
    word: number,
    bucket: number,
  ): void {
    const price = i32[base + CMD_PRICE] as number;
    const timeInForce = wordTimeInForce(word);
    const mayRest = timeInForce === TimeInForce.GoodTillCancel || timeInForce === TimeInForce.Day;
    if (mayRest && !checks.hasRoom(book, wordSide(word), price)) {
      return events.orderRejected(i32, base, RejectReason.BookFull);
    }
    const order = registry.add(session, book, word, bucket, i32, f64, base);
    const bookParts = bookI32[book + BOOK_PARTS] as number;
    if (mayRest && !crosses(order, book, bookParts, word, price)) {
      events.report(order, book, ExecType.New, CancelReason.Unspecified, places.rest(order, book));
    } else {
      events.report(order, book, ExecType.New, CancelReason.Unspecified, NO_LEVEL);
      matcher.execute(order, book);
    }
    if (((bookI32[book + BOOK_PARTS] as number) & PARTS_THAT_FOLLOW) !== 0) settling.touch(book);
  }

  function crosses(order: OrderBase, book: BookBase, bookParts: number, word: number, price: number): boolean {
    if ((bookParts & PARTS_OF_MATCHING) === 0) return entry.crossesShown(wordSide(word), price, book);
    return special.crosses(order, book);
  }

  function cancelOrder(i32: Int32Array, f64: Float64Array, base: number, session: number): void {
    const order = index.find(session, f64, (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID);
    const reason = checkCancel(order, i32, f64, base);
    if (reason !== RejectReason.Unspecified) {
      events.requestRejected(i32, base, RequestType.CancelOrder, reason);
      return;
    }
    const book = orderI32[order + ORD_BOOK] as BookBase;
    ending.cancelOnRequest(order, CancelReason.Requested);
    if (((bookI32[book + BOOK_PARTS] as number) & PARTS_THAT_FOLLOW) !== 0 || ending.hasStarts()) settling.touch(book);
  }

  function checkCancel(order: OrderBase, i32: Int32Array, f64: Float64Array, base: number): RejectReason {
    if (!isRequestId(f64, (base >> 1) + CMD_CLIENT_ORDER_ID)) return RejectReason.InvalidClientOrderId;
    return checks.checkNamed(order, i32[base + CMD_INSTRUMENT_ID] as number);
  }

  function answerRepeatedOrder(order: OrderBase, book: BookBase, word: number, i32: Int32Array, base: number): void {
    if (checks.isRepeated(order, book, word, i32, base)) {
      events.report(order, book, ExecType.OrderStatus, CancelReason.Unspecified, NO_LEVEL);
    } else events.orderRejected(i32, base, RejectReason.DuplicateClientOrderId);
  }

  return { newOrder, cancelOrder };
}
