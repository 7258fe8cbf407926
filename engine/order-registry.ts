/**
 * Every order that the engine knows: the open ones, and the ended ones that it still remembers so that a request which is
 * sent twice gets the same answer.
 *
 *                 add                    end                   more than maxEndedOrders, or the session's
 *      (free) ──────────► open ───────────────────► ended ───────────────────────────────────► (free)
 *
 * Invariants (checked by book-invariants.ts):
 *  1. Each known order is in the index under its session and client order id.
 *  2. Open orders are in the list of their session in the order of their entry; a replace does not move them.
 *  3. Ended orders are in one list over all sessions and in one per session, both in the order in which they ended; so
 *     the oldest of all is the first of its session.
 *  4. Between commands there are at most maxOpenOrders open orders, and never more than maxEndedOrders ended ones.
 */
import { assert } from "../protocol/assert.ts";
import { OrderStatus } from "../protocol/codes.ts";
import { IDS_PER_ENGINE } from "../protocol/limits.ts";
import { CMD_CLIENT_ORDER_ID, CMD_ORDER_QTY, CMD_PRICE } from "../protocol/record/command-record.ts";
import { ClientOrderIndex } from "./client-order-index.ts";
import type { EngineConfig } from "./engine-config.ts";
import { OrderPool } from "./order-pool.ts";
import {
  HAS_ORIGIN,
  NONE,
  NO_ORDER,
  ORDER_I32_SHIFT,
  ORD_BOOK,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_LEVEL,
  ORD_NEXT,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
  ORD_PREV,
  ORD_PRICE,
  ORD_SESSION,
  ORD_SESSION_NEXT,
  ORD_SESSION_PREV,
  ORD_WORD,
  ORIGIN_I32_SHIFT,
  ORIGIN_ORDER_QTY,
  ORIGIN_PRICE,
  ORIGIN_REPLACED_ID,
  type OrderBase,
  wordWithStatus,
} from "./order-record.ts";
import {
  SES_ENDED_HEAD,
  SES_ENDED_TAIL,
  SES_OPEN_COUNT,
  SES_OPEN_HEAD,
  SES_OPEN_TAIL,
  type SessionTable,
} from "./session-table.ts";

const ORIGIN_SHIFT_DIFFERENCE = ORDER_I32_SHIFT - ORIGIN_I32_SHIFT;

export class OrderRegistry {
  readonly pool: OrderPool;
  readonly index: ClientOrderIndex;
  readonly #sessions: SessionTable;
  readonly #sessionI32: Int32Array;
  readonly #maxOpenOrders: number;
  readonly #maxEndedOrders: number;
  /** In an array, because a number above 2^31 in a field would be put on the heap at every change. */
  readonly #lastOrderId: Float64Array;
  #openCount: number;
  #endedCount: number;
  #endedHead: OrderBase;
  #endedTail: OrderBase;

  constructor(config: EngineConfig, sessions: SessionTable) {
    // One more than both together: an order that never rests is held while it matches, even when everything is full.
    this.pool = new OrderPool(config.maxOpenOrders + config.maxEndedOrders + 1);
    this.index = new ClientOrderIndex(this.pool);
    this.#sessions = sessions;
    this.#sessionI32 = sessions.i32;
    this.#maxOpenOrders = config.maxOpenOrders;
    this.#maxEndedOrders = config.maxEndedOrders;
    this.#lastOrderId = Float64Array.of(config.engineIndex * IDS_PER_ENGINE);
    this.#openCount = 0;
    this.#endedCount = 0;
    this.#endedHead = NO_ORDER;
    this.#endedTail = NO_ORDER;
  }

  get openCount(): number {
    return this.#openCount;
  }

  get endedCount(): number {
    return this.#endedCount;
  }

  /** Oldest ended order; the list runs on through ORD_NEXT. */
  get endedHead(): OrderBase {
    return this.#endedHead;
  }

  /** Whether another order may stay open. */
  hasRoom(): boolean {
    return this.#openCount < this.#maxOpenOrders;
  }

  /** An order of this session by the id at `ids[at]`, open or ended; NO_ORDER when none is known. */
  find(session: number, ids: Float64Array, at: number): OrderBase {
    return this.index.find(session, ids, at);
  }

  /** A new open order from the complete newOrder record at `base`. It does not rest yet. */
  add(
    session: number,
    book: number,
    word: number,
    commandI32: Int32Array,
    commandF64: Float64Array,
    base: number,
  ): OrderBase {
    const order = this.pool.allocate();
    const { i32, f64 } = this.pool;
    const orderId = (this.#lastOrderId[0] as number) + 1;
    this.#lastOrderId[0] = orderId;
    f64[(order >> 1) + ORD_CLIENT_ORDER_ID] = commandF64[(base >> 1) + CMD_CLIENT_ORDER_ID] as number;
    f64[(order >> 1) + ORD_ORDER_ID] = orderId;
    i32[order + ORD_SESSION] = session;
    i32[order + ORD_BOOK] = book;
    i32[order + ORD_PRICE] = commandI32[base + CMD_PRICE] as number;
    i32[order + ORD_ORDER_QTY] = commandI32[base + CMD_ORDER_QTY] as number;
    i32[order + ORD_CUM_QTY] = 0;
    i32[order + ORD_LEVEL] = NONE;
    i32[order + ORD_WORD] = word;
    this.index.insert(order);
    this.#appendOpen(session, order);
    return order;
  }

  setStatus(order: OrderBase, status: OrderStatus): void {
    const { i32 } = this.pool;
    i32[order + ORD_WORD] = wordWithStatus(i32[order + ORD_WORD] as number, status);
  }

  /** The order has its last status and no longer rests. Its record may be free afterwards, but is not overwritten yet. */
  end(order: OrderBase): void {
    assert(this.pool.i32[order + ORD_LEVEL] === NONE, "an order that ends does not rest");
    this.#removeOpen(order);
    this.#makeRoomForEnded();
    if (this.#maxEndedOrders > 0) this.#appendEnded(order);
    else this.#forget(order);
  }

  /**
   * Before price or quantity change by a replace that keeps the client order id: what the id came with is put aside, so
   * that the request that introduced it is still recognised.
   */
  keepOrigin(order: OrderBase): void {
    const { i32 } = this.pool;
    if ((i32[order + ORD_WORD] as number) < 0) return;
    this.#writeOrigin(order, 0, i32[order + ORD_PRICE] as number, i32[order + ORD_ORDER_QTY] as number);
  }

  /**
   * Before price or quantity change by a replace that brings the client order id `ids[idAt]`: the order goes by that id
   * from now on, and the old id is remembered as that of an ended order with status Replaced.
   */
  rename(order: OrderBase, ids: Float64Array, idAt: number, price: number, orderQty: number): void {
    const { f64 } = this.pool;
    const idOf = (order >> 1) + ORD_CLIENT_ORDER_ID;
    const oldId = f64[idOf] as number;
    this.index.remove(order);
    this.#rememberReplaced(order);
    f64[idOf] = ids[idAt] as number;
    this.#writeOrigin(order, oldId, price, orderQty);
    this.index.insert(order);
  }

  /** Whether the order's client order id came with a new order of this price and quantity. */
  cameWithNewOrder(order: OrderBase, price: number, orderQty: number): boolean {
    const { i32, originF64 } = this.pool;
    if ((i32[order + ORD_WORD] as number) >= 0) {
      return i32[order + ORD_PRICE] === price && i32[order + ORD_ORDER_QTY] === orderQty;
    }
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    return originF64[(origin >> 1) + ORIGIN_REPLACED_ID] === 0 && this.#originHas(origin, price, orderQty);
  }

  /** Whether the order's client order id came with a replace of the order `ids[idAt]` to this price and quantity. */
  cameWithReplace(order: OrderBase, ids: Float64Array, idAt: number, price: number, orderQty: number): boolean {
    const { i32, originF64 } = this.pool;
    if ((i32[order + ORD_WORD] as number) >= 0) return false;
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    return originF64[(origin >> 1) + ORIGIN_REPLACED_ID] === ids[idAt] && this.#originHas(origin, price, orderQty);
  }

  /** Forgets the ended orders of a session whose handle goes to another name. */
  forgetEndedOf(session: number): void {
    const base = this.#sessions.baseOf(session);
    for (;;) {
      const order = this.#sessions.i32[base + SES_ENDED_HEAD] as OrderBase;
      if (order === NO_ORDER) return;
      this.#removeEnded(order);
      this.#forget(order);
    }
  }

  #originHas(origin: number, price: number, orderQty: number): boolean {
    const { originI32 } = this.pool;
    return originI32[origin + ORIGIN_PRICE] === price && originI32[origin + ORIGIN_ORDER_QTY] === orderQty;
  }

  #writeOrigin(order: OrderBase, replacedId: number, price: number, orderQty: number): void {
    const { i32, originI32, originF64 } = this.pool;
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    originF64[(origin >> 1) + ORIGIN_REPLACED_ID] = replacedId;
    originI32[origin + ORIGIN_PRICE] = price;
    originI32[origin + ORIGIN_ORDER_QTY] = orderQty;
    i32[order + ORD_WORD] = (i32[order + ORD_WORD] as number) | HAS_ORIGIN;
  }

  /** Leaves an ended order under the client order id that `order` is about to give up. */
  #rememberReplaced(order: OrderBase): void {
    if (this.#maxEndedOrders === 0) return;
    this.#makeRoomForEnded();
    const { i32, originI32 } = this.pool;
    const copy = this.pool.allocate();
    i32.copyWithin(copy, order, order + (1 << ORDER_I32_SHIFT));
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    originI32.copyWithin(copy >> ORIGIN_SHIFT_DIFFERENCE, origin, origin + (1 << ORIGIN_I32_SHIFT));
    i32[copy + ORD_LEVEL] = NONE;
    this.setStatus(copy, OrderStatus.Replaced);
    this.index.insert(copy);
    this.#appendEnded(copy);
  }

  #makeRoomForEnded(): void {
    if (this.#endedCount < this.#maxEndedOrders || this.#endedCount === 0) return;
    const oldest = this.#endedHead;
    this.#removeEnded(oldest);
    this.#forget(oldest);
  }

  #forget(order: OrderBase): void {
    this.index.remove(order);
    this.pool.free(order);
  }

  #appendOpen(session: number, order: OrderBase): void {
    const { i32 } = this.pool;
    const sessions = this.#sessionI32;
    const base = this.#sessions.baseOf(session);
    const tail = sessions[base + SES_OPEN_TAIL] as OrderBase;
    i32[order + ORD_SESSION_NEXT] = NO_ORDER;
    i32[order + ORD_SESSION_PREV] = tail;
    if (tail === NO_ORDER) sessions[base + SES_OPEN_HEAD] = order;
    else i32[tail + ORD_SESSION_NEXT] = order;
    sessions[base + SES_OPEN_TAIL] = order;
    sessions[base + SES_OPEN_COUNT] = (sessions[base + SES_OPEN_COUNT] as number) + 1;
    this.#openCount += 1;
  }

  #removeOpen(order: OrderBase): void {
    const { i32 } = this.pool;
    const sessions = this.#sessionI32;
    const base = this.#sessions.baseOf(i32[order + ORD_SESSION] as number);
    const next = i32[order + ORD_SESSION_NEXT] as OrderBase;
    const prev = i32[order + ORD_SESSION_PREV] as OrderBase;
    if (prev === NO_ORDER) sessions[base + SES_OPEN_HEAD] = next;
    else i32[prev + ORD_SESSION_NEXT] = next;
    if (next === NO_ORDER) sessions[base + SES_OPEN_TAIL] = prev;
    else i32[next + ORD_SESSION_PREV] = prev;
    sessions[base + SES_OPEN_COUNT] = (sessions[base + SES_OPEN_COUNT] as number) - 1;
    this.#openCount -= 1;
  }

  #appendEnded(order: OrderBase): void {
    const { i32 } = this.pool;
    const sessions = this.#sessionI32;
    const base = this.#sessions.baseOf(i32[order + ORD_SESSION] as number);
    i32[order + ORD_NEXT] = NO_ORDER;
    i32[order + ORD_PREV] = this.#endedTail;
    if (this.#endedTail === NO_ORDER) this.#endedHead = order;
    else i32[this.#endedTail + ORD_NEXT] = order;
    this.#endedTail = order;
    const sessionTail = sessions[base + SES_ENDED_TAIL] as OrderBase;
    i32[order + ORD_SESSION_NEXT] = NO_ORDER;
    if (sessionTail === NO_ORDER) sessions[base + SES_ENDED_HEAD] = order;
    else i32[sessionTail + ORD_SESSION_NEXT] = order;
    sessions[base + SES_ENDED_TAIL] = order;
    this.#endedCount += 1;
  }

  /** The order is the oldest of its session: the list of a session has no way back. */
  #removeEnded(order: OrderBase): void {
    const { i32 } = this.pool;
    const sessions = this.#sessionI32;
    const base = this.#sessions.baseOf(i32[order + ORD_SESSION] as number);
    assert(sessions[base + SES_ENDED_HEAD] === order, "ended orders are forgotten from the oldest of a session on");
    const sessionNext = i32[order + ORD_SESSION_NEXT] as OrderBase;
    sessions[base + SES_ENDED_HEAD] = sessionNext;
    if (sessionNext === NO_ORDER) sessions[base + SES_ENDED_TAIL] = NO_ORDER;
    const next = i32[order + ORD_NEXT] as OrderBase;
    const prev = i32[order + ORD_PREV] as OrderBase;
    if (prev === NO_ORDER) this.#endedHead = next;
    else i32[prev + ORD_NEXT] = next;
    if (next === NO_ORDER) this.#endedTail = prev;
    else i32[next + ORD_PREV] = prev;
    this.#endedCount -= 1;
  }
}
