/**
 * One event in a slot of an event ring. 128 bytes, little endian. An event tells one session what happened to its
 * order, and at the same time tells every follower of the instrument what happened to the visible book.
 *
 *   byte  0        1        2        3        4        5        6        7        8                 12
 *      0  kind     execType status   side     type     tif      reason   flags    session           instrumentId
 *     16  orderId (f64)                       clientOrderId (f64)
 *     32  origClientOrderId or tradeId (f64)  price             orderQty
 *     48  cumQty            leavesQty         lastPx            lastQty
 *     64  sequence (f64)                      time (f64)
 *     80  sessionSequence   levelOrderCount   levelQty (f64)
 *     96  prevLevelOrders   gatewayInNs       prevLevelQty (f64)
 *    112  receivedAt (f64)                    ringWaitNs        matchingNs
 *
 * By kind:
 *   executionReport  Everything. In a trade, bytes 32 … 39 are the trade id. In a replaced report, `lastPx` is the price
 *                    that the order had before.
 *   businessReject   `execType` holds the RequestType.
 *   massCancelReport `orderQty` is the number of orders canceled.
 *   sessionOpened, sessionRefused
 *                    `price` is the connection from the command; `reason` a LogoutReason; `sessionSequence` that of the
 *                    last report made for the session.
 *   sessionClosed    `session` may be given to another one from now on.
 *   levelUpdate      Public only: the level at `price` on `side`, as LevelChanged says.
 *   snapshotLevel    One level of a book that this gateway asked to follow: best first, bids before offers.
 *   snapshotEnd      The snapshot is complete; from here on the changes follow. `price` is the Phase of the instrument, `orderId`
 *                    when that ends by itself (µs, 0: not known).
 *   indication       What the auction would do now: `price` (0: nothing), `levelQty` lots that would trade, `prevLevelQty`
 *                    lots left over, `side` whose they are.
 *   phaseChanged     `price` is the Phase, `orderId` when it ends by itself (µs, 0: not known).
 *   tradeAmended     Public: `tradeId`, `lastPx`, `lastQty`; `execType` TradeBusted or TradeCorrected.
 *   operatorReport   Answers an operator command: `clientOrderId` echoed, `price` the connection, `reason`, `orderQty` the
 *                    number of orders canceled or instruments changed, `execType` the CommandKind.
 *
 * More about executionReport: in a canceled or expired report `reason` is a CancelReason. In new, triggered and orderStatus
 * `lastPx` is the trigger price. In tradePrevented bytes 32 … 39 are the order id of the other side. In tradeBusted and
 * tradeCorrected they are the trade id. In an auction's trade the Auction flag says that there is no aggressor; the buy
 * order's report comes first and publishes the trade, and both may say that their level changed.
 *
 * `session` is NO_SESSION in a copy for a gateway that follows the instrument but does not serve the session, and in
 * reports whose session is not connected. Such an event has only its public meaning.
 */
import { RECORD_BYTES } from "./command-record.ts";

export { RECORD_BYTES };

export const EventKind = {
  ExecutionReport: 1,
  BusinessReject: 2,
  MassCancelReport: 3,
  SessionOpened: 4,
  SessionRefused: 5,
  SessionClosed: 6,
  LevelUpdate: 7,
  SnapshotLevel: 8,
  SnapshotEnd: 9,
  Indication: 10,
  PhaseChanged: 11,
  TradeAmended: 12,
  OperatorReport: 13,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

export const NO_SESSION = -1;

/** u8 each, lowest byte first: kind, exec type, order status, side. */
export const EVT_HEAD = 0; //              I32
/** u8 each: order type, time in force, reason, EventFlag bits. */
export const EVT_DETAIL = 1; //            I32
export const EVT_SESSION = 2; //           I32
export const EVT_INSTRUMENT_ID = 3; //     I32
export const EVT_ORDER_ID = 2; //          F64
export const EVT_CLIENT_ORDER_ID = 3; //   F64
export const EVT_ORIG_CLIENT_ORDER_ID = 4; // F64
export const EVT_TRADE_ID = 4; //          F64  shares the place of the original id: a trade has none
export const EVT_CONTRA_ORDER_ID = 4; //   F64  shares it in tradePrevented
export const EVT_UNTIL = 2; //             F64  µs; in phaseChanged, in the place of the order id
export const EVT_PRICE = 10; //            I32  ticks
export const EVT_ORDER_QTY = 11; //        I32  lots
export const EVT_CUM_QTY = 12; //          I32  lots
export const EVT_LEAVES_QTY = 13; //       I32  lots
export const EVT_LAST_PX = 14; //          I32  ticks
export const EVT_PREV_PRICE = 14; //       I32  ticks; shares the place of lastPx in a replaced report
export const EVT_TRIGGER_PRICE = 14; //    I32  ticks; shares it in new, triggered and orderStatus
export const EVT_LAST_QTY = 15; //         I32  lots
export const EVT_SEQUENCE = 8; //          F64  of the command; a query has that of the last command before it
export const EVT_TIME = 9; //              F64  µs since 1970-01-01 UTC
export const EVT_SESSION_SEQUENCE = 20; // I32
export const EVT_LEVEL_ORDER_COUNT = 21; // I32  at `price`, after this event
export const EVT_LEVEL_QTY = 11; //        F64  lots at `price`, after this event
export const EVT_PREV_LEVEL_ORDER_COUNT = 24; // I32  at the previous price, after this event
export const EVT_GATEWAY_IN_NS = 25; //    I32  ns, copied from the command
export const EVT_PREV_LEVEL_QTY = 13; //   F64  lots
export const EVT_RECEIVED_AT = 14; //      F64  ms, copied from the command
export const EVT_RING_WAIT_NS = 30; //     I32  ns
export const EVT_MATCHING_NS = 31; //      I32  ns

export const EventFlag = {
  /** The visible level at `side`, `price` is now levelQty / levelOrderCount. */
  LevelChanged: 1,
  /** The visible level at `side`, previous price is now prevLevelQty / prevLevelOrderCount. */
  PrevLevelChanged: 2,
  /** The resting order's side of a trade: publishes the trade. */
  PublicTrade: 4,
  /** The client asked for a receipt. */
  Receipt: 8,
  /** receivedAt and the stage times hold readings. Only in the first event of a command to its own session. */
  Stamped: 16,
  /** Of a trade: two resting orders met in an auction, there is no aggressor. */
  Auction: 32,
} as const;

export function eventHead(kind: EventKind, execType: number, orderStatus: number, side: number): number {
  return kind | (execType << 8) | (orderStatus << 16) | (side << 24);
}

export function eventDetail(orderType: number, timeInForce: number, reason: number, flags: number): number {
  return orderType | (timeInForce << 8) | (reason << 16) | (flags << 24);
}
