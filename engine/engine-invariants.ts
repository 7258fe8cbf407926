/**
 * Checks between two commands that all parts of an engine agree: the numbered invariants in the headers of order-pool.ts,
 * order-registry.ts, price-levels.ts and price-ladders.ts; that every open order is in exactly the place that its flags say;
 * and that no two orders which may trade could do so. Visits everything.
 */
import { assert } from "../protocol/assert.ts";
import { OrderStatus, Phase, Side } from "../protocol/codes.ts";
import { BOOK_LADDER, BOOK_PHASE, type BookBase } from "./book/book-record.ts";
import {
  HIDDEN_BIDS,
  LADDERS_PER_BOOK_MASK,
  LADDERS_PER_BOOK_SHIFT,
  LAST_DOWN,
  SHOWN_BIDS,
  SHOWN_LADDERS,
  SHOWN_OFFERS,
} from "./book/ladders.ts";
import {
  LVL_HEAD,
  LVL_LADDER,
  LVL_ORDER_COUNT,
  LVL_PRICE,
  LVL_TAIL,
  LVL_TOTAL_QTY,
  type LevelBase,
  NO_LEVEL,
  rankOf,
} from "./book/price-levels.ts";
import type { MatchingEngine } from "./matching-engine.ts";
import { EXT_TRIGGER_PRICE, OrderFlag, extensionOf } from "./orders/order-extension.ts";
import {
  NONE,
  NO_ORDER,
  ORD_BOOK,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_FLAGS,
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
} from "./orders/order-record.ts";
import { SES_OPEN_COUNT, SES_OPEN_HEAD, SES_OPEN_TAIL } from "./sessions/session-table.ts";

export function assertInvariants(engine: MatchingEngine): void {
  const open = openOrders(engine);
  const ended = endedOrders(engine);
  assertPool(engine, open, ended);
  assertIndex(engine, [...open, ...ended]);
  assertLadders(engine, open);
  assertNotCrossed(engine);
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
      assertQuantities(i32, order);
      open.add(order);
      count += 1;
      prev = order;
      order = i32[order + ORD_SESSION_NEXT] as OrderBase;
    }
    assert(sessions.i32[base + SES_OPEN_TAIL] === prev, "the last open order is the tail");
    assert(sessions.i32[base + SES_OPEN_COUNT] === count, "the open orders of a session are counted");
  }
  assert(registry.openCount() === open.size, "the open orders are counted");
  return open;
}

function assertQuantities(i32: Int32Array, order: OrderBase): void {
  const cumQty = i32[order + ORD_CUM_QTY] as number;
  const status = wordStatus(i32[order + ORD_WORD] as number);
  assert(cumQty >= 0 && cumQty < (i32[order + ORD_ORDER_QTY] as number), "an open order has something left");
  assert(cumQty > 0 === (status === OrderStatus.PartiallyFilled), "an order that traded is partially filled");
}

function endedOrders(engine: MatchingEngine): Set<OrderBase> {
  const { registry } = engine.state;
  const { i32 } = registry.pool;
  const ended = new Set<OrderBase>();
  for (let n = 0; n < registry.endedCount(); n++) {
    const order = registry.endedAt(n);
    assert(!ended.has(order), "an order has ended once");
    assert(!isOpenStatus(wordStatus(i32[order + ORD_WORD] as number)), "an ended order has an ended status");
    assert(i32[order + ORD_LEVEL] === NONE, "an ended order does not rest");
    ended.add(order);
  }
  return ended;
}

function assertPool(engine: MatchingEngine, open: Set<OrderBase>, ended: Set<OrderBase>): void {
  const { pool } = engine.state;
  const free = new Set<OrderBase>();
  for (let order = pool.freeHead(); order !== NO_ORDER; order = pool.i32[order + ORD_NEXT] as OrderBase) {
    assert(!free.has(order) && !open.has(order) && !ended.has(order), "a free order is nothing else");
    assert(pool.i32[order + ORD_WORD] === 0, "a free order has no status");
    free.add(order);
  }
  assert(free.size === pool.freeCount(), "the free orders are counted");
  assert(free.size + open.size + ended.size === pool.highWater(), "every order is free, open or ended");
}

function assertIndex(engine: MatchingEngine, known: OrderBase[]): void {
  const { pool, index } = engine.state;
  for (const order of known) {
    const session = pool.i32[order + ORD_SESSION] as number;
    const found = index.find(session, pool.f64, (order >> 1) + ORD_CLIENT_ORDER_ID);
    assert(found === order, "a known order is found by its session and client order id");
  }
  let chained = 0;
  for (let bucket = 0; bucket < index.bucketCount; bucket++) {
    for (let order = index.headOf(bucket); order !== NO_ORDER; order = index.nextOf(order)) chained += 1;
  }
  assert(chained === known.length, "the index knows no other orders");
}

function assertLadders(engine: MatchingEngine, open: Set<OrderBase>): void {
  const { books, ladders, levels } = engine.state;
  let levelCount = 0;
  let shownCount = 0;
  const placed = new Set<OrderBase>();
  for (let ladder = 0; ladder < books.size() << LADDERS_PER_BOOK_SHIFT; ladder++) {
    let prev = NO_LEVEL;
    for (let level = ladders.best(ladder); level !== NO_LEVEL; level = ladders.nextWorse(level)) {
      assert(
        prev === NO_LEVEL || rankAt(engine, prev) > rankAt(engine, level),
        "levels come from the best to the worst",
      );
      assert(levels.i32[level + LVL_LADDER] === ladder, "a level knows its ladder");
      assertLevel(engine, ladder, level, open, placed);
      levelCount += 1;
      if ((ladder & LADDERS_PER_BOOK_MASK) < SHOWN_LADDERS) shownCount += 1;
      prev = level;
    }
  }
  assert(ladders.shownLevelCount() === shownCount, "the shown levels are counted");
  assert(ladders.assertConsistent() === levelCount, "every level is reached from the best one");
  assert(levels.inUse() === levelCount, "every level is free or in a ladder");
  for (const order of open)
    assert(placed.has(order) !== isOutside(engine, order), "every open order is where it belongs");
}

/** Orders that are in no ladder: those that wait for something that is not a price. */
function isOutside(engine: MatchingEngine, order: OrderBase): boolean {
  const { pool } = engine.state;
  const flags = pool.i32[order + ORD_FLAGS] as number;
  if ((flags & (OrderFlag.Waiting | OrderFlag.Unstarted)) !== 0) return true;
  return (flags & OrderFlag.Trigger) !== 0 && pool.ext[extensionOf(order) + EXT_TRIGGER_PRICE] === 0;
}

function assertLevel(
  engine: MatchingEngine,
  ladder: number,
  level: LevelBase,
  open: Set<OrderBase>,
  placed: Set<OrderBase>,
): void {
  const { pool, levels, places, books } = engine.state;
  const price = levels.i32[level + LVL_PRICE] as number;
  const kind = ladder & LADDERS_PER_BOOK_MASK;
  let count = 0;
  let totalQty = 0;
  let prev = NO_ORDER;
  for (let order = levels.i32[level + LVL_HEAD] as OrderBase; order !== NO_ORDER;) {
    assert(open.has(order), "only open orders rest");
    assert(pool.i32[order + ORD_LEVEL] === level, "a resting order knows its level");
    assert(pool.i32[order + ORD_PREV] === prev, "a level's orders read the same from both ends");
    const book = pool.i32[order + ORD_BOOK] as BookBase;
    assert(books.indexOf(book) === ladder >> LADDERS_PER_BOOK_SHIFT, "an order rests in the book of its instrument");
    assert(places.ladderOf(order, book) === ladder, "an order rests where its flags say");
    if (kind < HIDDEN_BIDS) assert(pool.i32[order + ORD_PRICE] === price, "a shown order rests at its price");
    if (kind < LAST_DOWN)
      assert(wordSide(pool.i32[order + ORD_WORD] as number) - Side.Buy === (kind & 1), "and on its side");
    const shown = places.shownOf(order);
    assert(shown > 0 && shown <= places.leavesOf(order), "an order shows some of what it has left");
    placed.add(order);
    totalQty += shown;
    count += 1;
    prev = order;
    order = pool.i32[order + ORD_NEXT] as OrderBase;
  }
  assert(levels.i32[level + LVL_TAIL] === prev, "the last order of a level is its tail");
  assert(count > 0 && levels.i32[level + LVL_ORDER_COUNT] === count, "the orders of a level are counted");
  assert(levels.f64[(level >> 1) + LVL_TOTAL_QTY] === totalQty, "a level's quantity is the sum of its orders'");
}

/** In continuous trading neither the shown nor the hidden book has a bid at or above an offer of either. */
function assertNotCrossed(engine: MatchingEngine): void {
  const { books, ladders, levels } = engine.state;
  for (let index = 0; index < books.size(); index++) {
    const book = books.at(index);
    if (books.i32[book + BOOK_PHASE] !== Phase.Continuous) continue;
    const first = books.i32[book + BOOK_LADDER] as number;
    const bids = [SHOWN_BIDS, SHOWN_BIDS + HIDDEN_BIDS].map((kind) => ladders.best(first + kind));
    const offers = [SHOWN_OFFERS, SHOWN_OFFERS + HIDDEN_BIDS].map((kind) => ladders.best(first + kind));
    const prices = (of: LevelBase[]): number[] =>
      of.filter((level) => level !== NO_LEVEL).map((level) => levels.i32[level + LVL_PRICE] as number);
    assert(
      Math.max(0, ...prices(bids)) < Math.min(Infinity, ...prices(offers)),
      "the best bid is below the best offer",
    );
  }
}

function rankAt(engine: MatchingEngine, level: LevelBase): number {
  const { levels } = engine.state;
  return rankOf(levels.i32[level + LVL_LADDER] as number, levels.i32[level + LVL_PRICE] as number);
}
