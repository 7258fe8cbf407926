/**
 * Checks between two commands that all parts of an engine agree: the numbered invariants in the headers of order-pool.ts,
 * order-registry.ts, price-levels.ts and price-ladders.ts, and that no two orders of a book could trade. Visits everything.
 */
import { assert } from "../../protocol/assert.ts";
import { OrderStatus, Side, TimeInForce } from "../../protocol/codes.ts";
import type { MatchingEngine } from "../matching-engine.ts";
import type { OrderBook } from "../order-book.ts";
import {
  NONE,
  NO_ORDER,
  ORD_BOOK,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_HASH_NEXT,
  ORD_LEVEL,
  ORD_NEXT,
  ORD_ORDER_QTY,
  ORD_PREV,
  ORD_PRICE,
  ORD_SESSION,
  ORD_SESSION_NEXT,
  ORD_SESSION_PREV,
  ORD_WORD,
  type OrderBase,
  isOpenStatus,
  wordSide,
  wordStatus,
  wordTimeInForce,
} from "../order-record.ts";
import {
  LVL_HEAD,
  LVL_ORDER_COUNT,
  LVL_PRICE,
  LVL_RANK,
  LVL_TAIL,
  LVL_TOTAL_QTY,
  type LevelBase,
  NO_LEVEL,
  rankOf,
} from "../price-levels.ts";
import { SES_ENDED_HEAD, SES_ENDED_TAIL, SES_OPEN_COUNT, SES_OPEN_HEAD, SES_OPEN_TAIL } from "../session-table.ts";

export function assertInvariants(engine: MatchingEngine): void {
  const open = openOrders(engine);
  const ended = endedOrders(engine);
  assertPool(engine, open, ended);
  assertIndex(engine, [...open, ...ended]);
  assertBooks(engine, open);
}

function openOrders(engine: MatchingEngine): Set<OrderBase> {
  const { sessions, registry } = engine.state;
  const { i32 } = registry.pool;
  const open = new Set<OrderBase>();
  for (let session = 0; session < sessions.knownCount; session++) {
    const base = sessions.baseOf(session);
    let prev = NO_ORDER;
    let count = 0;
    for (let order = sessions.i32[base + SES_OPEN_HEAD] as OrderBase; order !== NO_ORDER;) {
      const word = i32[order + ORD_WORD] as number;
      assert(!open.has(order), "an order is open once");
      assert(i32[order + ORD_SESSION] === session, "an open order is in the list of its session");
      assert(i32[order + ORD_SESSION_PREV] === prev, "the list of open orders reads the same from both ends");
      assert(isOpenStatus(wordStatus(word)) && wordStatus(word) !== 0, "an open order has an open status");
      assert(wordTimeInForce(word) === TimeInForce.GoodTillCancel, "only good-till-cancel orders rest");
      assertQuantities(i32, order);
      open.add(order);
      count += 1;
      prev = order;
      order = i32[order + ORD_SESSION_NEXT] as OrderBase;
    }
    assert(sessions.i32[base + SES_OPEN_TAIL] === prev, "the last open order is the tail");
    assert(sessions.i32[base + SES_OPEN_COUNT] === count, "the open orders of a session are counted");
  }
  assert(registry.openCount === open.size, "the open orders are counted");
  return open;
}

function assertQuantities(i32: Int32Array, order: OrderBase): void {
  const cumQty = i32[order + ORD_CUM_QTY] as number;
  const status = wordStatus(i32[order + ORD_WORD] as number);
  assert(cumQty >= 0 && cumQty < (i32[order + ORD_ORDER_QTY] as number), "an open order has something left");
  assert(cumQty > 0 === (status === OrderStatus.PartiallyFilled), "an order that traded is partially filled");
}

function endedOrders(engine: MatchingEngine): Set<OrderBase> {
  const { sessions, registry } = engine.state;
  const { i32 } = registry.pool;
  const ended = new Set<OrderBase>();
  const lastOf = new Map<number, OrderBase>();
  let prev = NO_ORDER;
  for (let order = registry.endedHead; order !== NO_ORDER; order = i32[order + ORD_NEXT] as OrderBase) {
    const session = i32[order + ORD_SESSION] as number;
    const before = lastOf.get(session);
    const expected =
      before === undefined ? sessions.i32[sessions.baseOf(session) + SES_ENDED_HEAD] : i32[before + ORD_SESSION_NEXT];
    assert(expected === order, "the ended orders of a session come in the order of all");
    assert(i32[order + ORD_PREV] === prev, "the list of ended orders reads the same from both ends");
    assert(!isOpenStatus(wordStatus(i32[order + ORD_WORD] as number)), "an ended order has an ended status");
    assert(i32[order + ORD_LEVEL] === NONE, "an ended order does not rest");
    ended.add(order);
    lastOf.set(session, order);
    prev = order;
  }
  for (let session = 0; session < sessions.knownCount; session++) {
    const tail = sessions.i32[sessions.baseOf(session) + SES_ENDED_TAIL];
    assert(tail === (lastOf.get(session) ?? NO_ORDER), "the youngest ended order of a session is its tail");
  }
  assert(registry.endedCount === ended.size, "the ended orders are counted");
  return ended;
}

function assertPool(engine: MatchingEngine, open: Set<OrderBase>, ended: Set<OrderBase>): void {
  const { pool } = engine.state.registry;
  const free = new Set<OrderBase>();
  for (let order = pool.freeHead; order !== NO_ORDER; order = pool.i32[order + ORD_NEXT] as OrderBase) {
    assert(!free.has(order) && !open.has(order) && !ended.has(order), "a free order is nothing else");
    assert(pool.i32[order + ORD_WORD] === 0, "a free order has no status");
    free.add(order);
  }
  assert(free.size === pool.freeCount, "the free orders are counted");
  assert(free.size + open.size + ended.size === pool.capacity, "every order is free, open or ended");
}

function assertIndex(engine: MatchingEngine, known: OrderBase[]): void {
  const { pool, index } = engine.state.registry;
  for (const order of known) {
    const session = pool.i32[order + ORD_SESSION] as number;
    const found = index.find(session, pool.f64, (order >> 1) + ORD_CLIENT_ORDER_ID);
    assert(found === order, "a known order is found by its session and client order id");
  }
  let chained = 0;
  for (let bucket = 0; bucket < index.bucketCount; bucket++) {
    for (let order = index.headOf(bucket); order !== NO_ORDER; order = pool.i32[order + ORD_HASH_NEXT] as OrderBase) {
      chained += 1;
    }
  }
  assert(chained === known.length, "the index knows no other orders");
}

function assertBooks(engine: MatchingEngine, open: Set<OrderBase>): void {
  const { books } = engine.state;
  let levelCount = 0;
  let restingCount = 0;
  for (let index = 0; index < books.count; index++) {
    const book = books.at(index);
    for (const side of [Side.Buy, Side.Sell]) {
      let prev = NO_LEVEL;
      for (let level = book.best(side); level !== NO_LEVEL; level = book.nextWorse(level)) {
        const isInOrder = prev === NO_LEVEL || rankAt(engine, prev) > rankAt(engine, level);
        assert(isInOrder, "levels come from the best to the worst");
        restingCount += assertLevel(engine, book, side, level, open);
        levelCount += 1;
        prev = level;
      }
    }
    const bid = book.best(Side.Buy);
    const offer = book.best(Side.Sell);
    const isCrossed = bid !== NO_LEVEL && offer !== NO_LEVEL && priceAt(engine, bid) >= priceAt(engine, offer);
    assert(!isCrossed, "the best bid is below the best offer");
  }
  assert(restingCount === open.size, "every open order rests in its book");
  assert(books.ladders.assertConsistent() === levelCount, "every level is reached from the best one");
  let freeCount = 0;
  for (let level = books.levels.freeHead; level !== NO_LEVEL;) {
    assert(books.levels.i32[level + LVL_ORDER_COUNT] === 0, "a free level has no orders");
    freeCount += 1;
    level = books.levels.i32[level + LVL_HEAD] as LevelBase;
  }
  assert(freeCount === books.levels.freeCount, "the free levels are counted");
  assert(freeCount + levelCount === books.levels.capacity, "every level is free or in a book");
}

/** @returns how many orders rest there. */
function assertLevel(
  engine: MatchingEngine,
  book: OrderBook,
  side: number,
  level: LevelBase,
  open: Set<OrderBase>,
): number {
  const { pool } = engine.state.registry;
  const { levels } = engine.state.books;
  const price = priceAt(engine, level);
  let count = 0;
  let totalQty = 0;
  let prev = NO_ORDER;
  for (let order = levels.i32[level + LVL_HEAD] as OrderBase; order !== NO_ORDER;) {
    assert(open.has(order), "only open orders rest");
    assert(pool.i32[order + ORD_LEVEL] === level, "a resting order knows its level");
    assert(pool.i32[order + ORD_PREV] === prev, "a level's orders read the same from both ends");
    assert(pool.i32[order + ORD_BOOK] === book.index, "an order rests in the book of its instrument");
    assert(pool.i32[order + ORD_PRICE] === price, "an order rests at its price");
    assert(wordSide(pool.i32[order + ORD_WORD] as number) === side, "an order rests on its side");
    totalQty += (pool.i32[order + ORD_ORDER_QTY] as number) - (pool.i32[order + ORD_CUM_QTY] as number);
    count += 1;
    prev = order;
    order = pool.i32[order + ORD_NEXT] as OrderBase;
  }
  assert(levels.i32[level + LVL_TAIL] === prev, "the last order of a level is its tail");
  assert(count > 0 && levels.i32[level + LVL_ORDER_COUNT] === count, "the orders of a level are counted");
  assert(levels.f64[(level >> 1) + LVL_TOTAL_QTY] === totalQty, "a level's quantity is the sum of its orders'");
  assert(rankAt(engine, level) === rankOf(side, price), "a level's rank is that of its price");
  return count;
}

function priceAt(engine: MatchingEngine, level: LevelBase): number {
  return engine.state.books.levels.i32[level + LVL_PRICE] as number;
}

function rankAt(engine: MatchingEngine, level: LevelBase): number {
  return engine.state.books.levels.i32[level + LVL_RANK] as number;
}
