/**
 * New orders that are not plain: made from their command, given their flags and their place. One that turns out not to be possible
 * is taken back before anybody heard of it.
 */
import { CancelReason, ExecType, OrderType, Phase, RejectReason, TimeInForce } from "../../protocol/codes.ts";
import {
  CMD_ACCOUNT,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_MIN_QTY,
  CMD_OFFSET,
  CMD_OPTIONS,
  CMD_QUOTE_AMOUNT,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  MAX_ACCOUNT,
} from "../../protocol/record/command-record.ts";
import { BOOK_PHASE, type BookBase } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { NO_LEVEL } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { Agenda } from "../market/agenda.ts";
import { type MarketEntry, Way } from "../market/market-entry.ts";
import type { Opposition } from "../matching/opposition.ts";
import type { Places } from "../matching/places.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EntryChecks } from "./entry-checks.ts";
import {
  EXT_ACCOUNT,
  EXT_COMMAND_FLAGS,
  EXT_DISPLAY_QTY,
  EXT_DISPLAY_VARIANCE,
  EXT_DRY_RUN,
  EXT_EXPIRE_TIME,
  EXT_I32_SHIFT,
  EXT_LIMIT,
  EXT_MIN_QTY,
  EXT_OFFSET,
  EXT_OPTIONS,
  EXT_OWNER,
  EXT_QUOTE_AMOUNT,
  EXT_QUOTE_LEFT,
  EXT_TRIGGER_PRICE,
  OrderFlag,
  extensionOf,
} from "./order-extension.ts";
import type { OrderRegistry } from "./order-registry.ts";
import {
  ORD_FLAGS,
  ORD_PRICE,
  ORD_WORD,
  type OrderBase,
  hasTrigger,
  wordOrderType,
  wordSide,
  wordTimeInForce,
} from "./order-record.ts";
import { isAuctionTime, isImmediateTime } from "./order-terms.ts";

/** Above every trade group, so that accounts and groups are different owners. */
const ACCOUNT_OWNERS = MAX_ACCOUNT + 1;

export type SpecialOrders = ReturnType<typeof createSpecialOrders>;

export function createSpecialOrders(
  registry: OrderRegistry,
  books: Books,
  places: Places,
  deadlines: Deadlines,
  agenda: Agenda,
  checks: EntryChecks,
  opposition: Opposition,
  entry: MarketEntry,
  events: EventWriter,
) {
  const { i32, ext, extF64 } = registry.pool;
  const bookI32 = books.i32;

  /** @returns why the order is refused; Unspecified: it was accepted and has entered the market. */
  function accept(
    commandI32: Int32Array,
    commandF64: Float64Array,
    base: number,
    session: number,
    book: BookBase,
    word: number,
    bucket: number,
  ): RejectReason {
    const order = create(commandI32, commandF64, base, session, book, word, bucket);
    const reason = entry.admit(order, book) ? checkRoom(order, book) : RejectReason.PostOnlyWouldTrade;
    if (reason === RejectReason.Unspecified) enter(order, book);
    else discard(order);
    return reason;
  }

  /** The order with its flags and terms. Nobody has heard of it, and it is in no book and no list. */
  function create(
    commandI32: Int32Array,
    commandF64: Float64Array,
    base: number,
    session: number,
    book: BookBase,
    word: number,
    bucket: number,
  ): OrderBase {
    const order = registry.add(session, book, word, bucket, commandI32, commandF64, base);
    const isExtended = ((commandI32[base + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
    i32[order + ORD_FLAGS] = isExtended ? OrderFlag.Extended : 0;
    if (isExtended) writeExtension(order, commandI32, commandF64, base);
    addTypeFlags(order, book, word);
    return order;
  }

  function addFlag(order: OrderBase, flag: number): void {
    i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) | flag;
  }

  function writeExtension(order: OrderBase, commandI32: Int32Array, commandF64: Float64Array, base: number): void {
    const extension = extensionOf(order);
    const commandFlags = commandI32[base + CMD_FLAGS] as number;
    const account = commandI32[base + CMD_ACCOUNT] as number;
    const tradeGroup = commandI32[base + CMD_TRADE_GROUP] as number;
    const options = commandI32[base + CMD_OPTIONS] as number;
    const at = base >> 1;
    ext.fill(0, extension, extension + (1 << EXT_I32_SHIFT));
    ext[extension + EXT_TRIGGER_PRICE] = commandI32[base + CMD_TRIGGER_PRICE] as number;
    ext[extension + EXT_DISPLAY_QTY] = commandI32[base + CMD_DISPLAY_QTY] as number;
    ext[extension + EXT_DISPLAY_VARIANCE] = commandI32[base + CMD_DISPLAY_VARIANCE] as number;
    ext[extension + EXT_MIN_QTY] = commandI32[base + CMD_MIN_QTY] as number;
    ext[extension + EXT_OFFSET] = commandI32[base + CMD_OFFSET] as number;
    ext[extension + EXT_OPTIONS] = options;
    // Whether the command was stamped is not in the journal, and must not be in a state that it makes.
    ext[extension + EXT_COMMAND_FLAGS] = commandFlags & ~CommandFlag.Stamped;
    ext[extension + EXT_ACCOUNT] = account;
    ext[extension + EXT_OWNER] = tradeGroup === 0 ? ACCOUNT_OWNERS + account : tradeGroup;
    extF64[(extension >> 1) + EXT_EXPIRE_TIME] = commandF64[at + CMD_EXPIRE_TIME] as number;
    extF64[(extension >> 1) + EXT_QUOTE_AMOUNT] = commandF64[at + CMD_QUOTE_AMOUNT] as number;
    extF64[(extension >> 1) + EXT_QUOTE_LEFT] = commandF64[at + CMD_QUOTE_AMOUNT] as number;
    ext[extension + EXT_DRY_RUN] = 0;
    if (commandI32[base + CMD_DISPLAY_QTY] !== 0) addFlag(order, OrderFlag.Iceberg);
    if (commandI32[base + CMD_MIN_QTY] !== 0) addFlag(order, OrderFlag.MinQty);
    if (((options >>> 8) & 0xff) !== 0) addFlag(order, OrderFlag.SelfTrade);
    if (account !== 0 || tradeGroup !== 0) addFlag(order, OrderFlag.Owned);
    if ((commandFlags & CommandFlag.Hidden) !== 0) addFlag(order, OrderFlag.Hidden);
    if ((commandFlags & CommandFlag.AllOrNone) !== 0) addFlag(order, OrderFlag.AllOrNone);
    if (commandF64[at + CMD_QUOTE_AMOUNT] !== 0) {
      registry.keepOrigin(order);
      addFlag(order, OrderFlag.Quote);
    }
    if (commandF64[at + CMD_EXPIRE_TIME] !== 0) {
      deadlines.add(order);
      agenda.orderAdded(commandF64[at + CMD_EXPIRE_TIME] as number);
    }
  }

  function addTypeFlags(order: OrderBase, book: BookBase, word: number): void {
    const orderType = wordOrderType(word);
    const timeInForce = wordTimeInForce(word);
    if (orderType === OrderType.Market) {
      addFlag(order, isAuctionTime(timeInForce) ? OrderFlag.Unpriced | OrderFlag.Hidden : OrderFlag.Unpriced);
      const isExtended = ((i32[order + ORD_FLAGS] as number) & OrderFlag.Extended) !== 0;
      if (isExtended && ext[extensionOf(order) + EXT_OFFSET] !== 0) addFlag(order, OrderFlag.Protected);
    }
    if (hasTrigger(orderType)) addFlag(order, OrderFlag.Trigger);
    if (orderType === OrderType.TrailingStop) addFlag(order, OrderFlag.Trailing);
    if (orderType === OrderType.Pegged) {
      registry.keepOrigin(order);
      ext[extensionOf(order) + EXT_LIMIT] = i32[order + ORD_PRICE] as number;
      i32[order + ORD_PRICE] = 0;
      addFlag(order, OrderFlag.Pegged | OrderFlag.Hidden);
    }
    if (timeInForce === TimeInForce.AtTheClose && bookI32[book + BOOK_PHASE] !== Phase.ClosingAuction) {
      addFlag(order, OrderFlag.Waiting);
    }
  }

  /** Rule 21. The order is counted already. */
  function checkRoom(order: OrderBase, book: BookBase): RejectReason {
    const word = i32[order + ORD_WORD] as number;
    const mayStay = hasTrigger(wordOrderType(word)) || !isImmediateTime(wordTimeInForce(word));
    const hasRoom = !mayStay || (registry.hasRoom(0) && (hasLevel(order, book) || checks.hasLevels(1)));
    return hasRoom ? RejectReason.Unspecified : RejectReason.BookFull;
  }

  function needsLevel(order: OrderBase): boolean {
    const word = i32[order + ORD_WORD] as number;
    const isPrivate = ((i32[order + ORD_FLAGS] as number) & (OrderFlag.Hidden | OrderFlag.AllOrNone)) !== 0;
    return wordOrderType(word) === OrderType.Limit && !isPrivate && !isImmediateTime(wordTimeInForce(word));
  }

  /** Whether the order needs no shown level of its own, or has one at its price. */
  function hasLevel(order: OrderBase, book: BookBase): boolean {
    const side = wordSide(i32[order + ORD_WORD] as number);
    return !needsLevel(order) || checks.isLevel(book, side, i32[order + ORD_PRICE] as number);
  }

  /** Whether two orders of a book need the same shown level. */
  function wantSameLevel(order: OrderBase, other: OrderBase): boolean {
    const isSame =
      wordSide(i32[order + ORD_WORD] as number) === wordSide(i32[other + ORD_WORD] as number) &&
      i32[order + ORD_PRICE] === i32[other + ORD_PRICE];
    return isSame && needsLevel(order) && needsLevel(other);
  }

  /** Takes back the last order that was created, as if it had never been. */
  function discard(order: OrderBase): void {
    deadlines.remove(order);
    registry.discard(order);
  }

  /** The order is accepted: reports it as new and lets it enter the market. */
  function enter(order: OrderBase, book: BookBase): void {
    places.enterList(order, book);
    const way = entry.prepare(order, book);
    // A minimum quantity counts when the order enters the market as new, or never.
    if (way !== Way.Execute) i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) & ~OrderFlag.MinQty;
    if (way === Way.Rest) {
      events.report(order, book, ExecType.New, CancelReason.Unspecified, places.rest(order, book));
      return;
    }
    events.report(order, book, ExecType.New, CancelReason.Unspecified, NO_LEVEL);
    entry.go(order, book, way);
  }

  /** The order is accepted and waits for another one of its list. */
  function enterUnstarted(order: OrderBase, book: BookBase): void {
    addFlag(order, OrderFlag.Unstarted);
    events.report(order, book, ExecType.New, CancelReason.Unspecified, NO_LEVEL);
  }

  /** Whether an order, which is in no book, would trade at once. */
  function crosses(order: OrderBase, book: BookBase): boolean {
    return opposition.best(order, book) !== NO_LEVEL;
  }

  return { accept, create, hasLevel, wantSameLevel, discard, enter, enterUnstarted, crosses };
}
