/**
 * Every order that the engine knows: the open ones, and the ended ones that it still remembers so that a request which is
 * sent twice gets the same answer.
 *
 *                 add                    end                   more than maxEndedOrders, or the session's
 *      (free) ──────────► open ───────────────────► ended ───────────────────────────────────► (free)
 *
 * Ended orders are in a ring, in the order in which they ended.
 *
 * Invariants (checked by engine-invariants.ts):
 *  1. Each known order is in the index under its session and client order id.
 *  2. Open orders are in the list of their session in the order of their entry; a replace does not move them.
 *  3. Between commands there are at most maxOpenOrders open orders, and never more than maxEndedOrders ended ones.
 */
import { assert } from "../../protocol/assert.ts";
import { OrderStatus } from "../../protocol/codes.ts";
import { IDS_PER_ENGINE } from "../../protocol/limits.ts";
import { CMD_CLIENT_ORDER_ID, CMD_ORDER_QTY, CMD_PRICE } from "../../protocol/record/command-record.ts";
import type { BookBase } from "../book/book-record.ts";
import type { EngineConfig } from "../engine-config.ts";
import type { EngineMemory } from "../memory.ts";
import {
  SES_OPEN_COUNT,
  SES_OPEN_HEAD,
  SES_OPEN_TAIL,
  SESSION_I32_SHIFT,
  type SessionTable,
} from "../sessions/session-table.ts";
import type { ClientOrderIndex } from "./client-order-index.ts";
import { EXT_I32_SHIFT, extensionOf } from "./order-extension.ts";
import type { OrderPool } from "./order-pool.ts";
import {
  HAS_ORIGIN,
  NONE,
  NO_ORDER,
  ORDER_I32_SHIFT,
  ORD_BOOK,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_FLAGS,
  ORD_LEVEL,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
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

const ORIGIN_SHIFT_DIFFERENCE = ORDER_I32_SHIFT - ORIGIN_I32_SHIFT;

const OPEN_COUNT = 0;
/** Place in the ring of the oldest ended order, and how many places from there are in use. */
const ENDED_FIRST = 1;
const ENDED_COUNT = 2;
const REGISTERS = 4;

export type OrderRegistry = ReturnType<typeof createOrderRegistry>;

export function createOrderRegistry(
  memory: EngineMemory,
  config: EngineConfig,
  pool: OrderPool,
  index: ClientOrderIndex,
  sessions: SessionTable,
) {
  const { i32, f64, originI32, originF64 } = pool;
  const sessionI32 = sessions.i32;
  const { maxOpenOrders, maxEndedOrders } = config;
  const registers = memory.allocate("registry", REGISTERS).i32;
  const lastOrderId = memory.allocate("last order id", 2).f64;
  const ended = memory.allocate("ended orders", Math.max(2, maxEndedOrders + (maxEndedOrders & 1))).i32;
  lastOrderId[0] = config.engineIndex * IDS_PER_ENGINE;

  /** Whether `count` more orders may stay open. */
  function hasRoom(count: number): boolean {
    return (registers[OPEN_COUNT] as number) + count <= maxOpenOrders;
  }

  /**
   * A new open order from the complete newOrder record at `base`, with the quantity that it asks for. It is in no book yet.
   *
   * @param bucket That of the session and the client order id in the index.
   */
  function add(
    session: number,
    book: BookBase,
    word: number,
    bucket: number,
    commandI32: Int32Array,
    commandF64: Float64Array,
    base: number,
  ): OrderBase {
    const order = pool.allocate();
    const orderId = (lastOrderId[0] as number) + 1;
    lastOrderId[0] = orderId;
    f64[(order >> 1) + ORD_CLIENT_ORDER_ID] = commandF64[(base >> 1) + CMD_CLIENT_ORDER_ID] as number;
    f64[(order >> 1) + ORD_ORDER_ID] = orderId;
    i32[order + ORD_SESSION] = session;
    i32[order + ORD_BOOK] = book;
    i32[order + ORD_PRICE] = commandI32[base + CMD_PRICE] as number;
    i32[order + ORD_ORDER_QTY] = commandI32[base + CMD_ORDER_QTY] as number;
    i32[order + ORD_CUM_QTY] = 0;
    i32[order + ORD_LEVEL] = NONE;
    i32[order + ORD_FLAGS] = 0;
    i32[order + ORD_WORD] = word;
    index.insertInto(bucket, order);
    appendOpen(session, order);
    return order;
  }

  /** Takes back the last order that was added, as if it had never been. */
  function discard(order: OrderBase): void {
    assert(f64[(order >> 1) + ORD_ORDER_ID] === lastOrderId[0], "only the last order is taken back");
    removeOpen(order);
    forget(order);
    lastOrderId[0] = (lastOrderId[0] as number) - 1;
  }

  function setStatus(order: OrderBase, status: OrderStatus): void {
    i32[order + ORD_WORD] = wordWithStatus(i32[order + ORD_WORD] as number, status);
  }

  /** The order has its last status and is in no book. Its record may be free afterwards, but is not overwritten yet. */
  function end(order: OrderBase): void {
    assert(i32[order + ORD_LEVEL] === NONE, "an order that ends does not rest");
    removeOpen(order);
    remember(order);
  }

  function remember(order: OrderBase): void {
    const count = registers[ENDED_COUNT] as number;
    if (maxEndedOrders === 0) return forget(order);
    const first = registers[ENDED_FIRST] as number;
    if (count < maxEndedOrders) {
      const place = first + count;
      ended[place < maxEndedOrders ? place : place - maxEndedOrders] = order;
      registers[ENDED_COUNT] = count + 1;
      return;
    }
    const oldest = ended[first] as OrderBase;
    ended[first] = order;
    registers[ENDED_FIRST] = first + 1 === maxEndedOrders ? 0 : first + 1;
    forget(oldest);
  }

  function forget(order: OrderBase): void {
    index.remove(order);
    pool.free(order);
  }

  /**
   * Before price or quantity change by a replace that keeps the client order id: what the id came with is put aside, so
   * that the request that introduced it is still recognised.
   */
  function keepOrigin(order: OrderBase): void {
    if ((i32[order + ORD_WORD] as number) < 0) return;
    writeOrigin(order, 0, i32[order + ORD_PRICE] as number, i32[order + ORD_ORDER_QTY] as number);
  }

  /**
   * Before price or quantity change by a replace that brings the client order id `ids[idAt]`: the order goes by that id
   * from now on, and the old id is remembered as that of an ended order with status Replaced.
   */
  function rename(order: OrderBase, ids: Float64Array, idAt: number, price: number, orderQty: number): void {
    const idOf = (order >> 1) + ORD_CLIENT_ORDER_ID;
    const oldId = f64[idOf] as number;
    index.remove(order);
    rememberReplaced(order);
    f64[idOf] = ids[idAt] as number;
    writeOrigin(order, oldId, price, orderQty);
    index.insertInto(index.bucketOfOrder(order), order);
  }

  /** Leaves an ended order under the client order id that `order` is about to give up. */
  function rememberReplaced(order: OrderBase): void {
    if (maxEndedOrders === 0) return;
    const copy = pool.allocate();
    i32.copyWithin(copy, order, order + (1 << ORDER_I32_SHIFT));
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    originI32.copyWithin(copy >> ORIGIN_SHIFT_DIFFERENCE, origin, origin + (1 << ORIGIN_I32_SHIFT));
    const extension = extensionOf(order);
    pool.ext.copyWithin(extensionOf(copy), extension, extension + (1 << EXT_I32_SHIFT));
    i32[copy + ORD_LEVEL] = NONE;
    setStatus(copy, OrderStatus.Replaced);
    index.insertInto(index.bucketOfOrder(copy), copy);
    remember(copy);
  }

  /** Whether the order's client order id came with a new order of this price and quantity. */
  function cameWithNewOrder(order: OrderBase, price: number, orderQty: number): boolean {
    if ((i32[order + ORD_WORD] as number) >= 0) {
      return i32[order + ORD_PRICE] === price && i32[order + ORD_ORDER_QTY] === orderQty;
    }
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    return originF64[(origin >> 1) + ORIGIN_REPLACED_ID] === 0 && originHas(origin, price, orderQty);
  }

  /** Whether the order's client order id came with a replace of the order `ids[idAt]` to this price and quantity. */
  function cameWithReplace(
    order: OrderBase,
    ids: Float64Array,
    idAt: number,
    price: number,
    orderQty: number,
  ): boolean {
    if ((i32[order + ORD_WORD] as number) >= 0) return false;
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    return originF64[(origin >> 1) + ORIGIN_REPLACED_ID] === ids[idAt] && originHas(origin, price, orderQty);
  }

  function originHas(origin: number, price: number, orderQty: number): boolean {
    return originI32[origin + ORIGIN_PRICE] === price && originI32[origin + ORIGIN_ORDER_QTY] === orderQty;
  }

  function writeOrigin(order: OrderBase, replacedId: number, price: number, orderQty: number): void {
    const origin = order >> ORIGIN_SHIFT_DIFFERENCE;
    originF64[(origin >> 1) + ORIGIN_REPLACED_ID] = replacedId;
    originI32[origin + ORIGIN_PRICE] = price;
    originI32[origin + ORIGIN_ORDER_QTY] = orderQty;
    i32[order + ORD_WORD] = (i32[order + ORD_WORD] as number) | HAS_ORIGIN;
  }

  /** Forgets the ended orders of a session whose handle goes to another name. The others close up. */
  function forgetEndedOf(session: number): void {
    const count = registers[ENDED_COUNT] as number;
    let kept = 0;
    for (let n = 0; n < count; n++) {
      const order = ended[endedPlace(n)] as OrderBase;
      if (i32[order + ORD_SESSION] === session) forget(order);
      else ended[endedPlace(kept++)] = order;
    }
    registers[ENDED_COUNT] = kept;
  }

  function endedPlace(n: number): number {
    return ((registers[ENDED_FIRST] as number) + n) % maxEndedOrders;
  }

  function appendOpen(session: number, order: OrderBase): void {
    const base = session << SESSION_I32_SHIFT;
    const tail = sessionI32[base + SES_OPEN_TAIL] as OrderBase;
    i32[order + ORD_SESSION_NEXT] = NO_ORDER;
    i32[order + ORD_SESSION_PREV] = tail;
    if (tail === NO_ORDER) sessionI32[base + SES_OPEN_HEAD] = order;
    else i32[tail + ORD_SESSION_NEXT] = order;
    sessionI32[base + SES_OPEN_TAIL] = order;
    sessionI32[base + SES_OPEN_COUNT] = ((sessionI32[base + SES_OPEN_COUNT] as number) + 1) | 0;
    registers[OPEN_COUNT] = ((registers[OPEN_COUNT] as number) + 1) | 0;
  }

  function removeOpen(order: OrderBase): void {
    const base = (i32[order + ORD_SESSION] as number) << SESSION_I32_SHIFT;
    const next = i32[order + ORD_SESSION_NEXT] as OrderBase;
    const prev = i32[order + ORD_SESSION_PREV] as OrderBase;
    if (prev === NO_ORDER) sessionI32[base + SES_OPEN_HEAD] = next;
    else i32[prev + ORD_SESSION_NEXT] = next;
    if (next === NO_ORDER) sessionI32[base + SES_OPEN_TAIL] = prev;
    else i32[next + ORD_SESSION_PREV] = prev;
    sessionI32[base + SES_OPEN_COUNT] = ((sessionI32[base + SES_OPEN_COUNT] as number) - 1) | 0;
    registers[OPEN_COUNT] = ((registers[OPEN_COUNT] as number) - 1) | 0;
  }

  return {
    pool,
    index,
    hasRoom,
    add,
    discard,
    setStatus,
    end,
    keepOrigin,
    rename,
    cameWithNewOrder,
    cameWithReplace,
    forgetEndedOf,
    openCount: () => registers[OPEN_COUNT] as number,
    endedCount: () => registers[ENDED_COUNT] as number,
    /** From the oldest on. */
    endedAt: (n: number) => ended[endedPlace(n)] as OrderBase,
  };
}
