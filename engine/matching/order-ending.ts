/**
 * How open orders end, and what a trade or an end means for the orders that they are linked to. See docs/MATCHING.md, section 7.
 *
 *   role          peer                          second peer
 *   OneOfTwo      the other order               -
 *   Entry         the order that waits for it   the second exit of a bracket
 *   WaitingExit   the entry                     the other exit of a bracket
 *   Exit          the other exit                -
 *
 * An order is unlinked before anything is done to its peers, so nothing comes back to it. Orders that may start are put into
 * a queue, which is worked off when the market settles.
 */
import { CancelReason, ExecType, OrderStatus } from "../../protocol/codes.ts";
import { BOOK_PARTS, type BookBase, BookPart } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { PriceLadders } from "../book/price-ladders.ts";
import { type LevelBase, NO_LEVEL } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { EngineMemory } from "../memory.ts";
import type { Deadlines } from "../orders/deadlines.ts";
import {
  EXT_PEER,
  EXT_ROLE,
  EXT_SECOND_PEER,
  EXT_START_NEXT,
  OrderFlag,
  extensionOf,
} from "../orders/order-extension.ts";
import type { OrderRegistry } from "../orders/order-registry.ts";
import {
  NO_ORDER,
  ORD_BOOK,
  ORD_CUM_QTY,
  ORD_FLAGS,
  ORD_ORDER_QTY,
  ORD_WORD,
  type OrderBase,
  isOpenStatus,
  wordStatus,
} from "../orders/order-record.ts";
import type { Places } from "./places.ts";

export const LinkRole = { None: 0, OneOfTwo: 1, Entry: 2, WaitingExit: 3, Exit: 4 } as const;

const START_HEAD = 0;
const START_TAIL = 1;
const REGISTERS = 2;

export type OrderEnding = ReturnType<typeof createOrderEnding>;

export function createOrderEnding(
  memory: EngineMemory,
  registry: OrderRegistry,
  deadlines: Deadlines,
  books: Books,
  ladders: PriceLadders,
  places: Places,
  events: EventWriter,
) {
  const { i32, ext } = registry.pool;
  const starts = memory.allocate("orders that start", REGISTERS).i32.fill(NO_ORDER);

  function bookOf(order: OrderBase): BookBase {
    return i32[order + ORD_BOOK] as BookBase;
  }

  /** Also of an order that has ended in this command, whose record may be free. */
  function isOpen(order: OrderBase): boolean {
    const word = i32[order + ORD_WORD] as number;
    return word !== 0 && isOpenStatus(wordStatus(word));
  }

  // ---- endings ----

  /** Ends an open order, wherever it is, with the report that says so. */
  function cancel(order: OrderBase, reason: CancelReason): void {
    endAs(order, OrderStatus.Canceled, ExecType.Canceled, reason);
  }

  function expire(order: OrderBase, reason: CancelReason): void {
    endAs(order, OrderStatus.Expired, ExecType.Expired, reason);
  }

  function endAs(order: OrderBase, status: OrderStatus, execType: ExecType, reason: CancelReason): void {
    const book = bookOf(order);
    const level = places.take(order);
    registry.setStatus(order, status);
    events.report(order, book, execType, reason, level);
    leave(order, level);
  }

  /** Cancels an order of which self-trade prevention has taken all that was left: its total is what it has traded. */
  function cancelEmptied(order: OrderBase): void {
    const level = places.take(order);
    registry.keepOrigin(order);
    i32[order + ORD_ORDER_QTY] = i32[order + ORD_CUM_QTY] as number;
    registry.setStatus(order, OrderStatus.Canceled);
    events.report(order, bookOf(order), ExecType.Canceled, CancelReason.SelfTrade, level);
    leave(order, level);
  }

  /** As `cancel`, on the request of the current command, which may have an id of its own. */
  function cancelOnRequest(order: OrderBase, reason: CancelReason): void {
    const level = places.take(order);
    registry.setStatus(order, OrderStatus.Canceled);
    events.canceledOnRequest(order, bookOf(order), reason, level);
    leave(order, level);
  }

  function leave(order: OrderBase, level: LevelBase): void {
    if (level !== NO_LEVEL) ladders.dropIfEmpty(level);
    finish(order);
  }

  /** The order has its last status, is in no book any more, and that was reported. */
  function finish(order: OrderBase): void {
    const book = bookOf(order);
    const flags = i32[order + ORD_FLAGS] as number;
    const isFilled = wordStatus(i32[order + ORD_WORD] as number) === OrderStatus.Filled;
    if (flags !== 0) finishSpecial(order, book, flags);
    if (((books.i32[book + BOOK_PARTS] as number) & BookPart.TopOrder) !== 0) places.forgetTopOrder(order, book);
    registry.end(order);
    // The record may be free now, but nothing is written to it before the next order comes.
    if ((flags & OrderFlag.Linked) !== 0) afterEnd(order, isFilled);
  }

  function finishSpecial(order: OrderBase, book: BookBase, flags: number): void {
    if ((flags & OrderFlag.Unstarted) === 0) places.leaveList(order, book);
    else leaveQueue(order);
    deadlines.remove(order);
  }

  // ---- links ----

  function link(order: OrderBase, role: number, peer: OrderBase, secondPeer: OrderBase): void {
    const extension = extensionOf(order);
    ext[extension + EXT_ROLE] = role;
    ext[extension + EXT_PEER] = peer;
    ext[extension + EXT_SECOND_PEER] = secondPeer;
    i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) | OrderFlag.Extended | OrderFlag.Linked;
  }

  function unlink(order: OrderBase): void {
    i32[order + ORD_FLAGS] = (i32[order + ORD_FLAGS] as number) & ~OrderFlag.Linked;
  }

  function roleOf(order: OrderBase): number {
    return ((i32[order + ORD_FLAGS] as number) & OrderFlag.Linked) === 0
      ? LinkRole.None
      : (ext[extensionOf(order) + EXT_ROLE] as number);
  }

  function peerOf(order: OrderBase): OrderBase {
    return ext[extensionOf(order) + EXT_PEER] as OrderBase;
  }

  function secondPeerOf(order: OrderBase): OrderBase {
    return ext[extensionOf(order) + EXT_SECOND_PEER] as OrderBase;
  }

  /** The order has just traded `qty` lots, both sides are reported. */
  function afterTrade(order: OrderBase, qty: number): void {
    const role = roleOf(order);
    if (role === LinkRole.OneOfTwo) cancelPeer(order);
    else if (role === LinkRole.Exit) reducePeer(order, qty);
  }

  function cancelPeer(order: OrderBase): void {
    const peer = peerOf(order);
    unlink(order);
    unlink(peer);
    // The two may have traded with each other.
    if (isOpen(peer)) cancel(peer, CancelReason.LinkedOrder);
  }

  function reducePeer(order: OrderBase, qty: number): void {
    const peer = peerOf(order);
    if (places.leavesOf(peer) <= qty) return cancelPeer(order);
    registry.keepOrigin(peer);
    const level = places.reduceTo(peer, (i32[peer + ORD_ORDER_QTY] as number) - qty);
    events.report(peer, bookOf(peer), ExecType.Restated, CancelReason.Unspecified, level);
  }

  function afterEnd(order: OrderBase, isFilled: boolean): void {
    const role = roleOf(order);
    const peer = peerOf(order);
    const secondPeer = secondPeerOf(order);
    unlink(order);
    if (role === LinkRole.OneOfTwo) cancelUnlinked(peer);
    else if (role === LinkRole.Entry) afterEntry(order, peer, secondPeer);
    else if (role === LinkRole.WaitingExit) afterWaitingExit(peer, secondPeer);
    else if (role === LinkRole.Exit) afterExit(peer, isFilled);
  }

  function cancelUnlinked(order: OrderBase): void {
    unlink(order);
    cancel(order, CancelReason.LinkedOrder);
  }

  /** One that was filled has reduced the other by all of that already. */
  function afterExit(peer: OrderBase, isFilled: boolean): void {
    unlink(peer);
    if (!isFilled) cancel(peer, CancelReason.LinkedOrder);
  }

  function afterWaitingExit(entry: OrderBase, otherExit: OrderBase): void {
    unlink(entry);
    if (otherExit !== NO_ORDER) cancelUnlinked(otherExit);
  }

  function afterEntry(entry: OrderBase, first: OrderBase, second: OrderBase): void {
    const traded = i32[entry + ORD_CUM_QTY] as number;
    if (traded === 0) {
      unlink(first);
      if (second !== NO_ORDER) unlink(second);
      cancel(first, CancelReason.LinkedOrder);
      if (second !== NO_ORDER) cancel(second, CancelReason.LinkedOrder);
      return;
    }
    if (second === NO_ORDER) unlink(first);
    else {
      link(first, LinkRole.Exit, second, NO_ORDER);
      link(second, LinkRole.Exit, first, NO_ORDER);
    }
    enqueueStart(first, traded);
    if (second !== NO_ORDER) enqueueStart(second, traded);
  }

  // ---- the queue of orders that start ----

  /** It starts with no more than its entry has traded. */
  function enqueueStart(order: OrderBase, traded: number): void {
    if ((i32[order + ORD_ORDER_QTY] as number) > traded) {
      registry.keepOrigin(order);
      i32[order + ORD_ORDER_QTY] = traded;
    }
    ext[extensionOf(order) + EXT_START_NEXT] = NO_ORDER;
    if (starts[START_TAIL] === NO_ORDER) starts[START_HEAD] = order;
    else ext[extensionOf(starts[START_TAIL] as OrderBase) + EXT_START_NEXT] = order;
    starts[START_TAIL] = order;
  }

  function leaveQueue(order: OrderBase): void {
    let prev = NO_ORDER;
    let at = starts[START_HEAD] as OrderBase;
    while (at !== NO_ORDER && at !== order) {
      prev = at;
      at = ext[extensionOf(at) + EXT_START_NEXT] as OrderBase;
    }
    if (at === NO_ORDER) return;
    const next = ext[extensionOf(at) + EXT_START_NEXT] as OrderBase;
    if (prev === NO_ORDER) starts[START_HEAD] = next;
    else ext[extensionOf(prev) + EXT_START_NEXT] = next;
    if (next === NO_ORDER) starts[START_TAIL] = prev;
  }

  /** The next order that starts in this book, out of the queue; NO_ORDER when there is none. */
  function takeStart(book: BookBase): OrderBase {
    let order = starts[START_HEAD] as OrderBase;
    while (order !== NO_ORDER && bookOf(order) !== book) order = nextStart(order);
    if (order !== NO_ORDER) leaveQueue(order);
    return order;
  }

  function nextStart(order: OrderBase): OrderBase {
    return ext[extensionOf(order) + EXT_START_NEXT] as OrderBase;
  }

  return {
    isOpen,
    cancel,
    expire,
    cancelEmptied,
    cancelOnRequest,
    finish,
    link,
    roleOf,
    peerOf,
    afterTrade,
    afterEntry,
    takeStart,
    nextStart,
    /** NO_ORDER: none starts. */
    firstStart: () => starts[START_HEAD] as OrderBase,
    hasStarts: () => starts[START_HEAD] !== NO_ORDER,
  };
}
