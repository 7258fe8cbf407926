/**
 * What a new order may say: rules 1 … 14 of docs/MATCHING.md, section 2, in their order. They depend on the order and on the
 * terms of its instrument alone, not on what is in the book.
 */
import {
  OrderType,
  PegReference,
  PostOnly,
  RejectReason,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggerBy,
} from "../../protocol/codes.ts";
import { MAX_ID } from "../../protocol/limits.ts";
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_LINK,
  CMD_MIN_QTY,
  CMD_OFFSET,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_PRICE,
  CMD_QUOTE_AMOUNT,
  CMD_TIME,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  MAX_ACCOUNT,
} from "../../protocol/record/command-record.ts";
import {
  BOOK_CHECKS,
  BOOK_MAX_NOTIONAL,
  BOOK_MAX_ORDER_QTY,
  BOOK_MAX_PRICE,
  BOOK_MIN_NOTIONAL,
  BOOK_QTY_STEP,
  BOOK_STEP_COUNT,
  type BookBase,
  EntryCheck,
  NO_BOOK,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { hasTrigger } from "./order-record.ts";

const BPS = 10_000;
/** What a gateway writes for an offset of another order type. */
const MISPLACED_OFFSET = -(2 ** 31);

const GTC = 1 << TimeInForce.GoodTillCancel;
const IOC = 1 << TimeInForce.ImmediateOrCancel;
const FOK = 1 << TimeInForce.FillOrKill;
const DAY = 1 << TimeInForce.Day;
const GTD = 1 << TimeInForce.GoodTillDate;
const OPEN = 1 << TimeInForce.AtTheOpen;
const CLOSE = 1 << TimeInForce.AtTheClose;
/** Those with which an order may stay in a book for as long as it likes. */
const RESTING = GTC | DAY | GTD;
const ANY_TIME = RESTING | IOC | FOK | OPEN | CLOSE;

/** Times in force per order type, as bits. Index = order type. */
const TIMES_OF_TYPE = [
  0,
  ANY_TIME,
  IOC | FOK | OPEN | CLOSE,
  RESTING,
  RESTING | IOC | FOK,
  RESTING,
  RESTING | IOC | FOK,
  RESTING,
  RESTING,
  RESTING,
];

/** Order types, as bits. */
const typeBits = (...types: number[]): number => types.reduce((bits, type) => bits | (1 << type), 0);
const NEEDS_PRICE = typeBits(OrderType.Limit, OrderType.StopLimit, OrderType.TakeProfitLimit);
const NEEDS_TRIGGER = typeBits(OrderType.Stop, OrderType.StopLimit, OrderType.TakeProfit, OrderType.TakeProfitLimit);
const MAY_SHOW_PART = NEEDS_PRICE | typeBits(OrderType.MarketToLimit);
const MAY_HIDE = MAY_SHOW_PART | typeBits(OrderType.Pegged);
const MAY_HAVE_OFFSET = typeBits(OrderType.Market, OrderType.TrailingStop, OrderType.Pegged);

function isOneOf(code: number, bits: number): boolean {
  return code < 32 && ((bits >>> code) & 1) === 1;
}

/** The order type of a newOrder record: absent is limit. */
export function orderTypeOf(head: number): number {
  const sent = (head >>> 16) & 0xff;
  return sent === OrderType.Unspecified ? OrderType.Limit : sent;
}

/** The time in force of a newOrder record: absent depends on the order type. */
export function timeInForceOf(head: number): number {
  const sent = head >>> 24;
  if (sent !== TimeInForce.Unspecified) return sent;
  return orderTypeOf(head) === OrderType.Market ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
}

export function isRestingTime(timeInForce: number): boolean {
  return isOneOf(timeInForce, RESTING);
}

export function isAuctionTime(timeInForce: number): boolean {
  return timeInForce === TimeInForce.AtTheOpen || timeInForce === TimeInForce.AtTheClose;
}

export function isImmediateTime(timeInForce: number): boolean {
  return timeInForce === TimeInForce.ImmediateOrCancel || timeInForce === TimeInForce.FillOrKill;
}

/** Whether the id at `ids[at]` may name a request; those need none, which is 0. */
export function isRequestId(ids: Float64Array, at: number): boolean {
  const id = ids[at] as number;
  return id >= 0 && id <= MAX_ID;
}

export type OrderTerms = ReturnType<typeof createOrderTerms>;

export function createOrderTerms(books: Books) {
  const bookI32 = books.i32;
  const bookF64 = books.f64;
  const { tables } = books;

  /** @param book NO_BOOK: there is none. */
  function check(i32: Int32Array, f64: Float64Array, base: number, book: BookBase): RejectReason {
    const clientOrderId = f64[(base >> 1) + CMD_CLIENT_ORDER_ID] as number;
    if (!(clientOrderId >= 1 && clientOrderId <= MAX_ID)) return RejectReason.InvalidClientOrderId;
    if (book === NO_BOOK) return RejectReason.UnknownInstrument;
    const head = i32[base + CMD_HEAD] as number;
    const side = (head >>> 8) & 0xff;
    if (side !== Side.Buy && side !== Side.Sell) return RejectReason.InvalidSide;
    const orderType = orderTypeOf(head);
    if (orderType > OrderType.MarketToLimit) return RejectReason.InvalidOrderType;
    if (!isOneOf(timeInForceOf(head), TIMES_OF_TYPE[orderType] as number)) return RejectReason.InvalidTimeInForce;
    const isExtended = ((i32[base + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
    const isPlain = orderType === OrderType.Limit && !isExtended && i32[base + CMD_LINK] === 0;
    if (isPlain && timeInForceOf(head) !== TimeInForce.GoodTillDate) {
      return checkPriceAndQty(book, i32[base + CMD_PRICE] as number, i32[base + CMD_ORDER_QTY] as number);
    }
    return checkSpecial(i32, f64, base, book, orderType, isExtended);
  }

  /** Rules 4 to 6 for an order with a price. */
  function checkPriceAndQty(book: BookBase, price: number, orderQty: number): RejectReason {
    if (price < 1 || price > (bookI32[book + BOOK_MAX_PRICE] as number)) return RejectReason.InvalidPrice;
    const checks = bookI32[book + BOOK_CHECKS] as number;
    if ((checks & EntryCheck.PriceStep) !== 0 && !isOnStep(book, price)) return RejectReason.PriceNotOnTick;
    const reason = checkQty(book, orderQty);
    if (reason !== RejectReason.Unspecified) return reason;
    // Both factors are below 2^31. A product of 2^53 or more may be rounded, but never to less than 2^53.
    if (price * orderQty > Number.MAX_SAFE_INTEGER) return RejectReason.NotionalTooLarge;
    return (checks & EntryCheck.Notional) === 0 ? RejectReason.Unspecified : checkNotional(book, price * orderQty);
  }

  function checkNotional(book: BookBase, notional: number): RejectReason {
    if (notional < (bookF64[(book >> 1) + BOOK_MIN_NOTIONAL] as number)) return RejectReason.NotionalTooSmall;
    const most = bookF64[(book >> 1) + BOOK_MAX_NOTIONAL] as number;
    return most !== 0 && notional > most ? RejectReason.NotionalLimit : RejectReason.Unspecified;
  }

  function checkQty(book: BookBase, orderQty: number): RejectReason {
    if (orderQty < 1 || orderQty > (bookI32[book + BOOK_MAX_ORDER_QTY] as number)) return RejectReason.InvalidQuantity;
    return isInLots(book, orderQty) ? RejectReason.Unspecified : RejectReason.QuantityNotInLots;
  }

  function isInLots(book: BookBase, qty: number): boolean {
    if (((bookI32[book + BOOK_CHECKS] as number) & EntryCheck.QtyStep) === 0) return true;
    return qty % (bookI32[book + BOOK_QTY_STEP] as number) === 0;
  }

  /** A price as it may be on an order without one: 0, or as one with a price. */
  function checkPriceIn(book: BookBase, price: number): RejectReason {
    if (price < 1 || price > (bookI32[book + BOOK_MAX_PRICE] as number)) return RejectReason.InvalidPrice;
    return isOnStep(book, price) ? RejectReason.Unspecified : RejectReason.PriceNotOnTick;
  }

  /** Ticks between two prices of the range that this price is in. */
  function stepAt(book: BookBase, price: number): number {
    const count = bookI32[book + BOOK_STEP_COUNT] as number;
    const table = books.tableOf(book);
    let step = 1;
    for (let row = 0; row < count && (tables[table + row * 2] as number) <= price; row++) {
      step = tables[table + row * 2 + 1] as number;
    }
    return step;
  }

  function isOnStep(book: BookBase, price: number): boolean {
    return price % stepAt(book, price) === 0;
  }

  /** The nearest price on a step that is not above (buy) or not below (sell) this one; 0 or above 2^31−1: there is none. */
  function roundedAway(book: BookBase, side: number, price: number): number {
    if (price < 1) return side === Side.Buy ? 0 : roundedAway(book, side, 1);
    const step = stepAt(book, price);
    const down = price - (price % step);
    if (down === price || side === Side.Buy) return down === 0 ? 0 : down;
    return down + step;
  }

  /** The next price on a step above (`direction` 1) or below (−1) one that is on a step. */
  function neighbour(book: BookBase, price: number, direction: number): number {
    return direction > 0 ? price + stepAt(book, price) : price - stepAt(book, price - 1);
  }

  // ---- orders that are not plain ----

  function checkSpecial(
    i32: Int32Array,
    f64: Float64Array,
    base: number,
    book: BookBase,
    orderType: number,
    isExtended: boolean,
  ): RejectReason {
    const price = i32[base + CMD_PRICE] as number;
    const orderQty = i32[base + CMD_ORDER_QTY] as number;
    let reason = checkSpecialPrice(book, orderType, price);
    if (reason !== RejectReason.Unspecified) return reason;
    const quoteAmount = isExtended ? (f64[(base >> 1) + CMD_QUOTE_AMOUNT] as number) : 0;
    reason =
      quoteAmount === 0 ? checkQty(book, orderQty) : checkQuoteAmount(i32, base, orderType, orderQty, quoteAmount);
    if (reason !== RejectReason.Unspecified) return reason;
    if (price !== 0) {
      if (price * orderQty > Number.MAX_SAFE_INTEGER) return RejectReason.NotionalTooLarge;
      reason = checkNotional(book, price * orderQty);
      if (reason !== RejectReason.Unspecified) return reason;
    }
    if (isExtended) return checkExtension(i32, f64, base, book, orderType, quoteAmount);
    if (isOneOf(orderType, NEEDS_TRIGGER | (1 << OrderType.TrailingStop))) return RejectReason.InvalidTrigger;
    if (orderType === OrderType.Pegged) return RejectReason.InvalidPeg;
    if (timeInForceOf(i32[base + CMD_HEAD] as number) === TimeInForce.GoodTillDate)
      return RejectReason.InvalidExpireTime;
    const isListed = i32[base + CMD_LINK] !== 0;
    return isListed && !isListable(orderType, timeInForceOf(i32[base + CMD_HEAD] as number))
      ? RejectReason.IncompatibleTerms
      : RejectReason.Unspecified;
  }

  function checkSpecialPrice(book: BookBase, orderType: number, price: number): RejectReason {
    if (isOneOf(orderType, NEEDS_PRICE)) return checkPriceIn(book, price);
    if (price === 0) return RejectReason.Unspecified;
    return orderType === OrderType.Pegged ? checkPriceIn(book, price) : RejectReason.InvalidPrice;
  }

  /** Rules 7 to 14. */
  function checkExtension(
    i32: Int32Array,
    f64: Float64Array,
    base: number,
    book: BookBase,
    orderType: number,
    quoteAmount: number,
  ): RejectReason {
    const timeInForce = timeInForceOf(i32[base + CMD_HEAD] as number);
    const options = i32[base + CMD_OPTIONS] as number;
    if (!isAccount(i32[base + CMD_ACCOUNT] as number) || !isAccount(i32[base + CMD_TRADE_GROUP] as number)) {
      return RejectReason.InvalidAccount;
    }
    if (((options >>> 8) & 0xff) > SelfTradePrevention.Decrement) return RejectReason.InvalidSelfTradePrevention;
    if (!isTriggerFit(i32, base, book, orderType)) return RejectReason.InvalidTrigger;
    if (!isDisplayFit(i32, base, book, orderType, timeInForce)) return RejectReason.InvalidDisplayQty;
    if (!isMinQtyFit(i32, base, orderType, timeInForce, quoteAmount)) return RejectReason.InvalidMinQty;
    const peg = options >>> 24;
    if (orderType === OrderType.Pegged ? peg < 1 || peg > PegReference.Mid : peg !== 0) return RejectReason.InvalidPeg;
    const expireTime = f64[(base >> 1) + CMD_EXPIRE_TIME] as number;
    const time = f64[(base >> 1) + CMD_TIME] as number;
    if (timeInForce === TimeInForce.GoodTillDate ? !(expireTime > time) : expireTime !== 0) {
      return RejectReason.InvalidExpireTime;
    }
    if (!isProtectionFit(i32, base, orderType, timeInForce)) return RejectReason.InvalidProtection;
    return areCompatible(i32, base, orderType, timeInForce) ? RejectReason.Unspecified : RejectReason.IncompatibleTerms;
  }

  function isTriggerFit(i32: Int32Array, base: number, book: BookBase, orderType: number): boolean {
    const price = i32[base + CMD_TRIGGER_PRICE] as number;
    const triggerBy = ((i32[base + CMD_OPTIONS] as number) >>> 16) & 0xff;
    if (!hasTrigger(orderType)) return price === 0 && triggerBy === TriggerBy.Unspecified;
    if (triggerBy > TriggerBy.BestPrice) return false;
    const isPriceFit = checkPriceIn(book, price) === RejectReason.Unspecified;
    if (orderType !== OrderType.TrailingStop) return isPriceFit;
    const distance = i32[base + CMD_OFFSET] as number;
    const isInBps = ((i32[base + CMD_FLAGS] as number) & CommandFlag.OffsetInBps) !== 0;
    return (price === 0 || isPriceFit) && distance >= 1 && (!isInBps || distance < BPS);
  }

  function isDisplayFit(
    i32: Int32Array,
    base: number,
    book: BookBase,
    orderType: number,
    timeInForce: number,
  ): boolean {
    const displayQty = i32[base + CMD_DISPLAY_QTY] as number;
    const variance = i32[base + CMD_DISPLAY_VARIANCE] as number;
    if (displayQty === 0) return variance === 0;
    const flags = i32[base + CMD_FLAGS] as number;
    return (
      displayQty > 0 &&
      displayQty <= (i32[base + CMD_ORDER_QTY] as number) &&
      isInLots(book, displayQty) &&
      variance >= 0 &&
      variance < displayQty &&
      isOneOf(orderType, MAY_SHOW_PART) &&
      isRestingTime(timeInForce) &&
      (flags & (CommandFlag.Hidden | CommandFlag.AllOrNone)) === 0
    );
  }

  return {
    check,
    checkPriceAndQty,
    checkSpecialPrice,
    checkQty,
    checkNotional,
    isInLots,
    stepAt,
    isOnStep,
    roundedAway,
    neighbour,
  };
}

function areCompatible(i32: Int32Array, base: number, orderType: number, timeInForce: number): boolean {
  const flags = i32[base + CMD_FLAGS] as number;
  const isResting = isRestingTime(timeInForce);
  const isHidden = (flags & CommandFlag.Hidden) !== 0;
  const isAllOrNone = (flags & CommandFlag.AllOrNone) !== 0;
  const isListed = i32[base + CMD_LINK] !== 0;
  const postOnly = (i32[base + CMD_OPTIONS] as number) & 0xff;
  const isRestingLimit = orderType === OrderType.Limit && isResting;
  if (isHidden && !(isOneOf(orderType, MAY_HIDE) && isResting)) return false;
  if (isAllOrNone && (!isRestingLimit || isHidden || postOnly !== 0 || isListed)) return false;
  if (postOnly > PostOnly.Slide) return false;
  if (postOnly !== 0 && (!isRestingLimit || i32[base + CMD_MIN_QTY] !== 0)) return false;
  return !isListed || (isListable(orderType, timeInForce) && i32[base + CMD_MIN_QTY] === 0);
}

function checkQuoteAmount(
  i32: Int32Array,
  base: number,
  orderType: number,
  orderQty: number,
  quoteAmount: number,
): RejectReason {
  const isFit =
    orderType === OrderType.Market &&
    timeInForceOf(i32[base + CMD_HEAD] as number) === TimeInForce.ImmediateOrCancel &&
    orderQty === 0 &&
    quoteAmount >= 1 &&
    quoteAmount <= MAX_ID;
  return isFit ? RejectReason.Unspecified : RejectReason.InvalidQuoteAmount;
}

function isAccount(account: number): boolean {
  return account >= 0 && account <= MAX_ACCOUNT;
}

function isMinQtyFit(
  i32: Int32Array,
  base: number,
  orderType: number,
  timeInForce: number,
  quoteAmount: number,
): boolean {
  const minQty = i32[base + CMD_MIN_QTY] as number;
  if (minQty === 0) return true;
  if (minQty < 0 || minQty > (i32[base + CMD_ORDER_QTY] as number) || quoteAmount !== 0) return false;
  if (((i32[base + CMD_FLAGS] as number) & CommandFlag.AllOrNone) !== 0) return false;
  const times =
    orderType === OrderType.Limit
      ? RESTING | IOC
      : orderType === OrderType.Market
        ? IOC
        : orderType === OrderType.MarketToLimit
          ? RESTING
          : 0;
  return isOneOf(timeInForce, times);
}

function isProtectionFit(i32: Int32Array, base: number, orderType: number, timeInForce: number): boolean {
  const offset = i32[base + CMD_OFFSET] as number;
  if (offset === 0) return true;
  if (!isOneOf(orderType, MAY_HAVE_OFFSET)) return false;
  if (orderType !== OrderType.Market) return offset !== MISPLACED_OFFSET;
  const isInBps = ((i32[base + CMD_FLAGS] as number) & CommandFlag.OffsetInBps) !== 0;
  return offset >= 1 && (!isInBps || offset <= BPS) && isImmediateTime(timeInForce);
}

/** Rule 14 for the order of a list, also one without an extension. */
function isListable(orderType: number, timeInForce: number): boolean {
  return isRestingTime(timeInForce) && orderType !== OrderType.MarketToLimit;
}

/** `bps` hundredths of a percent of a price: below 2^31 × 2^21, exact. */
export function bpsOf(price: number, bps: number): number {
  return Math.floor((price * bps) / BPS);
}
