/** What an engine holds at one point, as values that can be printed and compared. */
import { LVL_ORDER_COUNT, LVL_PRICE, LVL_TOTAL_QTY, NO_LEVEL } from "../../engine/book/price-levels.ts";
import { BOOK_INSTRUMENT_ID, BOOK_LADDER, type BookBase } from "../../engine/book/book-record.ts";
import { SHOWN_BIDS, SHOWN_OFFERS } from "../../engine/book/ladders.ts";
import type { MatchingEngine } from "../../engine/matching-engine.ts";
import {
  NO_ORDER,
  ORD_BOOK,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_SESSION_NEXT,
  ORD_WORD,
  type OrderBase,
  wordOrderType,
  wordSide,
} from "../../engine/orders/order-record.ts";
import { SES_OPEN_HEAD } from "../../engine/sessions/session-table.ts";
import { OrderType, Side } from "../../protocol/codes.ts";
import { codeText } from "../journal/code-text.ts";
import { type Ladder, type LadderLevel, createLadder } from "../match/ladder.ts";

export interface StateSummary {
  readonly sequence: number;
  /** µs since 1970-01-01 UTC. */
  readonly time: number;
  readonly hash: string;
  readonly openOrders: number;
  /** That are still remembered. */
  readonly endedOrders: number;
  readonly connectedSessions: number;
  readonly knownSessions: number;
  readonly priceLevels: number;
}

export interface OpenOrder {
  readonly orderId: number;
  readonly session: string;
  readonly clientOrderId: number;
  readonly instrumentId: number;
  readonly side: string;
  readonly type: string;
  /** Ticks; 0: none. */
  readonly price: number;
  readonly orderQty: number;
  readonly cumQty: number;
}

export interface StatePicture {
  readonly summary: StateSummary;
  readonly ladders: readonly Ladder[];
  /** By session, in the order of their entry. */
  readonly openOrders: readonly OpenOrder[];
}

export function takePicture(engine: MatchingEngine): StatePicture {
  return { summary: summaryOf(engine), ladders: laddersOf(engine), openOrders: openOrdersOf(engine) };
}

export function summaryOf(engine: MatchingEngine): StateSummary {
  return {
    sequence: engine.sequence,
    time: engine.time,
    hash: engine.stateHash(),
    openOrders: engine.openOrderCount,
    endedOrders: engine.endedOrderCount,
    connectedSessions: engine.connectedSessionCount,
    knownSessions: engine.state.sessions.knownCount,
    priceLevels: engine.priceLevelCount,
  };
}

/** The visible book of every instrument. */
export function laddersOf(engine: MatchingEngine): Ladder[] {
  const { books } = engine.state;
  return engine.instruments().map(({ instrumentId, symbol }) => {
    const ladder = createLadder(instrumentId, symbol);
    const book = books.find(instrumentId);
    ladder.bids.push(...levelsOf(engine, book, SHOWN_BIDS));
    ladder.offers.push(...levelsOf(engine, book, SHOWN_OFFERS));
    return ladder;
  });
}

function levelsOf(engine: MatchingEngine, book: BookBase, side: number): LadderLevel[] {
  const { books, ladders, levels } = engine.state;
  const first = (books.i32[book + BOOK_LADDER] as number) + side;
  const found: LadderLevel[] = [];
  for (let level = ladders.best(first); level !== NO_LEVEL; level = ladders.nextWorse(level)) {
    found.push({
      price: levels.i32[level + LVL_PRICE] as number,
      qty: levels.f64[(level >> 1) + LVL_TOTAL_QTY] as number,
      orderCount: levels.i32[level + LVL_ORDER_COUNT] as number,
    });
  }
  return found;
}

function openOrdersOf(engine: MatchingEngine): OpenOrder[] {
  const { sessions, pool } = engine.state;
  return sessions.names.flatMap((session, handle) => {
    const orders: OpenOrder[] = [];
    let order = sessions.i32[sessions.baseOf(handle) + SES_OPEN_HEAD] as OrderBase;
    while (order !== NO_ORDER) {
      orders.push(openOrderAt(engine, order, session));
      order = pool.i32[order + ORD_SESSION_NEXT] as OrderBase;
    }
    return orders;
  });
}

function openOrderAt(engine: MatchingEngine, order: OrderBase, session: string): OpenOrder {
  const { pool, books } = engine.state;
  const { i32, f64 } = pool;
  const word = i32[order + ORD_WORD] as number;
  return {
    orderId: f64[(order >> 1) + ORD_ORDER_ID] as number,
    session,
    clientOrderId: f64[(order >> 1) + ORD_CLIENT_ORDER_ID] as number,
    instrumentId: books.i32[(i32[order + ORD_BOOK] as number) + BOOK_INSTRUMENT_ID] as number,
    side: codeText(Side, wordSide(word)),
    type: codeText(OrderType, wordOrderType(word)),
    price: i32[order + ORD_PRICE] as number,
    orderQty: i32[order + ORD_ORDER_QTY] as number,
    cumQty: i32[order + ORD_CUM_QTY] as number,
  };
}
