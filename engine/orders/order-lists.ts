/**
 * Orders that come as a list: docs/MATCHING.md, section 7. The records of a list follow each other in the ring of one gateway; commands of
 * other gateways may come between them. They are put aside until the last one is there, and only that one does anything.
 */
import { CancelReason, Contingency, ExecType, OrderStatus, RejectReason } from "../../protocol/codes.ts";
import { isOn } from "../../protocol/guards.ts";
import { MAX_GATEWAYS } from "../../protocol/limits.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_GATEWAY_IN_NS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_LINK,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_ORDER_QTY,
  CMD_RECEIVED_AT,
  CMD_SESSION,
  CMD_TIME,
  CommandFlag,
  RECORD_I32_SHIFT,
} from "../../protocol/record/command-record.ts";
import type { BookBase } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { NO_LEVEL } from "../book/price-levels.ts";
import type { EventWriter } from "../event-writer.ts";
import type { MarketEntry } from "../market/market-entry.ts";
import type { Settling } from "../market/settling.ts";
import { LinkRole, type OrderEnding } from "../matching/order-ending.ts";
import type { EngineMemory } from "../memory.ts";
import type { EntryChecks } from "./entry-checks.ts";
import type { OrderRegistry } from "./order-registry.ts";
import { NO_ORDER, ORD_CUM_QTY, type OrderBase, orderWord } from "./order-record.ts";
import { type OrderTerms, orderTypeOf, timeInForceOf } from "./order-terms.ts";
import type { SpecialOrders } from "./special-orders.ts";

/** Orders in a list. */
export const MAX_LEGS = 3;
const RECORD_I32 = 1 << RECORD_I32_SHIFT;
const LEGS_I32 = MAX_LEGS * RECORD_I32;

/** Orders per contingency. Index = code. */
const LEG_COUNTS = [0, 2, 2, 3];

export type OrderLists = ReturnType<typeof createOrderLists>;

export function createOrderLists(
  memory: EngineMemory,
  registry: OrderRegistry,
  books: Books,
  terms: OrderTerms,
  checks: EntryChecks,
  special: SpecialOrders,
  entry: MarketEntry,
  ending: OrderEnding,
  settling: Settling,
  events: EventWriter,
) {
  /** Per gateway the records of the list under way, as they came. */
  const { i32, f64 } = memory.allocate("lists under way", MAX_GATEWAYS * LEGS_I32);
  const counts = memory.allocate("legs under way", MAX_GATEWAYS).i32;
  const { index } = registry;
  const remembersIds = isOn("duplicateMemory");
  /** The orders of the list at hand. */
  const orders: OrderBase[] = [NO_ORDER, NO_ORDER, NO_ORDER];

  /** One record of a list. */
  function takeLeg(commandI32: Int32Array, base: number, session: number): void {
    const gateway = commandI32[base + CMD_GATEWAY] as number;
    const link = commandI32[base + CMD_LINK] as number;
    const place = (link >>> 8) & 0xff;
    const count = (link >>> 16) & 0xff;
    const first = gateway * LEGS_I32;
    if (place === 0) counts[gateway] = 0;
    if (place !== counts[gateway] || count > MAX_LEGS || place >= count || !isSameList(first, place, session, link)) {
      counts[gateway] = 0;
      events.orderRejected(commandI32, base, RejectReason.InvalidList);
      return;
    }
    keepLeg(commandI32, base, first + place * RECORD_I32);
    counts[gateway] = place + 1;
    if (place + 1 < count) return;
    // The list is one request, of the time at which it was complete.
    const time = f64[((first + place * RECORD_I32) >> 1) + CMD_TIME] as number;
    for (let leg = 0; leg < count; leg++) f64[((first + leg * RECORD_I32) >> 1) + CMD_TIME] = time;
    commit(first, count, session, link & 0xff);
    counts[gateway] = 0;
  }

  /** Without its measurements, and without what only happens to be in its slot: neither is part of the state. */
  function keepLeg(commandI32: Int32Array, base: number, leg: number): void {
    i32.set(commandI32.subarray(base, base + RECORD_I32), leg);
    i32[leg + CMD_GATEWAY_IN_NS] = 0;
    f64[(leg >> 1) + CMD_RECEIVED_AT] = 0;
    i32[leg + CMD_FLAGS] = (i32[leg + CMD_FLAGS] as number) & ~CommandFlag.Stamped;
    const isExtended = ((i32[leg + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
    i32.fill(0, leg + CMD_NAME_BYTES, leg + (isExtended ? CMD_NAME : RECORD_I32));
  }

  function isSameList(first: number, place: number, session: number, link: number): boolean {
    if (place === 0) return true;
    const sameKind = ((i32[first + CMD_LINK] as number) & 0xff_00_ff) === (link & 0xff_00_ff);
    return sameKind && i32[first + CMD_SESSION] === session;
  }

  function commit(first: number, count: number, session: number, contingency: number): void {
    const wrong = structureOf(first, count, contingency);
    if (wrong !== RejectReason.Unspecified) return rejectAll(first, count, wrong);
    const book = books.find(i32[first + CMD_INSTRUMENT_ID] as number);
    if (isRepeated(first, count, session, book)) return answerRepeated(first, count, session, book);
    const made = create(first, count, session, contingency, book);
    if (made < count) return;
    if (!hasRoom(count, book)) {
      discard(count);
      return rejectAll(first, count, RejectReason.BookFull);
    }
    settling.touch(book);
    if (contingency === Contingency.OneCancelsOther) enterBoth(orders[0] as OrderBase, orders[1] as OrderBase, book);
    else enterWithExits(count, book);
  }

  /** What is wrong with the list as such. */
  function structureOf(first: number, count: number, contingency: number): RejectReason {
    if (contingency < 1 || contingency >= LEG_COUNTS.length || LEG_COUNTS[contingency] !== count)
      return RejectReason.InvalidList;
    for (let leg = 1; leg < count; leg++) {
      const base = first + leg * RECORD_I32;
      if (i32[base + CMD_INSTRUMENT_ID] !== i32[first + CMD_INSTRUMENT_ID]) return RejectReason.InvalidList;
      if (contingency === Contingency.Bracket && !isExitOf(first, base)) return RejectReason.InvalidList;
    }
    return RejectReason.Unspecified;
  }

  function isExitOf(entryBase: number, base: number): boolean {
    const side = (at: number): number => ((i32[at + CMD_HEAD] as number) >>> 8) & 0xff;
    return side(base) !== side(entryBase) && i32[base + CMD_ORDER_QTY] === i32[entryBase + CMD_ORDER_QTY];
  }

  function wordOf(base: number): number {
    const head = i32[base + CMD_HEAD] as number;
    return orderWord(orderTypeOf(head), timeInForceOf(head), OrderStatus.New, (head >>> 8) & 0xff);
  }

  function knownOf(base: number, session: number): OrderBase {
    if (!remembersIds) return NO_ORDER;
    return index.find(session, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
  }

  function idOf(base: number): number {
    return f64[(base >> 1) + CMD_CLIENT_ORDER_ID] as number;
  }

  /** Rule 15 for a list: every order is one that is known, with the same terms. */
  function isRepeated(first: number, count: number, session: number, book: BookBase): boolean {
    for (let leg = 0; leg < count; leg++) {
      const base = first + leg * RECORD_I32;
      if (terms.check(i32, f64, base, book) !== RejectReason.Unspecified) return false;
      const known = knownOf(base, session);
      if (known === NO_ORDER || !checks.isRepeated(known, book, wordOf(base), i32, base)) return false;
    }
    return true;
  }

  function answerRepeated(first: number, count: number, session: number, book: BookBase): void {
    for (let leg = 0; leg < count; leg++) {
      const base = first + leg * RECORD_I32;
      events.beginLeg(idOf(base));
      events.report(knownOf(base, session), book, ExecType.OrderStatus, CancelReason.Unspecified, NO_LEVEL);
    }
  }

  function reject(base: number, reason: RejectReason): void {
    events.beginLeg(idOf(base));
    events.orderRejected(i32, base, reason);
  }

  function rejectAt(first: number, count: number, broken: number, reason: RejectReason): void {
    for (let leg = 0; leg < count; leg++)
      reject(first + leg * RECORD_I32, leg === broken ? reason : RejectReason.ListRejected);
  }

  /** Every order for the same reason. */
  function rejectAll(first: number, count: number, reason: RejectReason): void {
    for (let leg = 0; leg < count; leg++) reject(first + leg * RECORD_I32, reason);
  }

  /**
   * Makes the orders of the list one after the other. If one is refused the others go again, and all are rejected.
   *
   * @returns how many there are.
   */
  function create(first: number, count: number, session: number, contingency: number, book: BookBase): number {
    for (let leg = 0; leg < count; leg++) {
      const base = first + leg * RECORD_I32;
      const entersNow = leg === 0 || contingency === Contingency.OneCancelsOther;
      const reason = createLeg(base, leg, session, book, entersNow);
      if (reason === RejectReason.Unspecified) continue;
      rejectAt(first, count, leg, reason);
      return 0;
    }
    return count;
  }

  /** @returns why not; then nothing of the list is left. */
  function createLeg(base: number, leg: number, session: number, book: BookBase, entersNow: boolean): RejectReason {
    const reason = checkLeg(base, session, book);
    if (reason === RejectReason.Unspecified) {
      const bucket = index.bucketOf(session, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
      const order = special.create(i32, f64, base, session, book, wordOf(base), bucket);
      orders[leg] = order;
      if (!entersNow || entry.admit(order, book)) return RejectReason.Unspecified;
      discard(leg + 1);
      return RejectReason.PostOnlyWouldTrade;
    }
    discard(leg);
    return reason;
  }

  function checkLeg(base: number, session: number, book: BookBase): RejectReason {
    const reason = terms.check(i32, f64, base, book);
    if (reason !== RejectReason.Unspecified) return reason;
    if (knownOf(base, session) !== NO_ORDER) return RejectReason.DuplicateClientOrderId;
    return checks.check(i32, base, book, wordOf(base));
  }

  /** Takes back the first orders of the list that were made, the last one first. */
  function discard(count: number): void {
    for (let leg = count - 1; leg >= 0; leg--) special.discard(orders[leg] as OrderBase);
  }

  /** Rule 21 for all orders together. */
  function hasRoom(count: number, book: BookBase): boolean {
    let missing = 0;
    for (let leg = 0; leg < count; leg++) {
      const order = orders[leg] as OrderBase;
      const isFirst = !orders.slice(0, leg).some((other) => special.wantSameLevel(order, other));
      if (isFirst && !special.hasLevel(order, book)) missing += 1;
    }
    return registry.hasRoom(0) && checks.hasLevels(missing);
  }

  function enterBoth(first: OrderBase, second: OrderBase, book: BookBase): void {
    special.enter(first, book);
    if (ending.isOpen(first) && registry.pool.i32[first + ORD_CUM_QTY] === 0) {
      ending.link(first, LinkRole.OneOfTwo, second, NO_ORDER);
      ending.link(second, LinkRole.OneOfTwo, first, NO_ORDER);
      special.enter(second, book);
      return;
    }
    special.enterUnstarted(second, book);
    ending.cancel(second, CancelReason.LinkedOrder);
  }

  function enterWithExits(count: number, book: BookBase): void {
    const opening = orders[0] as OrderBase;
    const first = orders[1] as OrderBase;
    const second = count === 3 ? (orders[2] as OrderBase) : NO_ORDER;
    special.enter(opening, book);
    special.enterUnstarted(first, book);
    if (second !== NO_ORDER) special.enterUnstarted(second, book);
    ending.link(first, LinkRole.WaitingExit, opening, second);
    if (second !== NO_ORDER) ending.link(second, LinkRole.WaitingExit, opening, first);
    if (ending.isOpen(opening)) ending.link(opening, LinkRole.Entry, first, second);
    else ending.afterEntry(opening, first, second);
  }

  return { takeLeg };
}
