/** An order of the naive twin: everything that was asked for and everything that became of it, in one plain object. */
import { OrderStatus, OrderType, TimeInForce } from "../../../protocol/codes.ts";
import type { TwinInstrument } from "./twin-instrument.ts";

export interface TwinSession {
  readonly name: string;
  gateway: number | undefined;
  connection: number;
  opening: number;
  cancelOnDisconnect: boolean;
  sequence: number;
  disconnectedAt: number;
}

/** Where an open order is; `none` while it is on its way and after it has ended. */
export type Place = "none" | "shown" | "hidden" | "allOrNone" | "trigger" | "waiting";

/** What introduced a client order id: 15 of section 2 compares with it. */
export interface Origin {
  readonly replacedId: number;
  readonly price: number;
  readonly orderQty: number;
}

/** A new order as it was asked for, what was left out filled in. */
export interface OrderTerms {
  readonly clientOrderId: number;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly price: number;
  readonly orderQty: number;
  readonly triggerPrice: number;
  readonly triggerBy: number;
  readonly offset: number;
  readonly isOffsetInBps: boolean;
  readonly displayQty: number;
  readonly displayVariance: number;
  readonly minQty: number;
  readonly hidden: boolean;
  readonly allOrNone: boolean;
  readonly postOnly: number;
  readonly selfTradePrevention: number;
  readonly pegReference: number;
  readonly account: number;
  readonly tradeGroup: number;
  readonly quoteAmount: number;
  readonly expireTime: number;
}

export interface TwinList {
  readonly contingency: number;
  /** In their places. */
  readonly legs: TwinOrder[];
  /** All orders are accepted; before that, nothing that happens to the first concerns the others. */
  isComplete: boolean;
  /** The legs no longer depend on each other. */
  isOver: boolean;
}

export interface TwinOrder {
  readonly orderId: number;
  clientOrderId: number;
  readonly session: TwinSession;
  readonly instrument: TwinInstrument;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly isOffsetInBps: boolean;
  readonly offset: number;
  readonly displayVariance: number;
  readonly minQty: number;
  readonly hidden: boolean;
  readonly allOrNone: boolean;
  readonly postOnly: number;
  readonly selfTradePrevention: number;
  readonly pegReference: number;
  readonly account: number;
  readonly tradeGroup: number;
  readonly triggerBy: number;
  readonly expireTime: number;
  readonly isQuoted: boolean;
  /** Ticks × lots that an order with a quote amount has not used yet. */
  quoteLeft: number;
  /** At which it trades now; 0: none. */
  price: number;
  /** The worst price of a pegged order; 0: none. */
  limit: number;
  orderQty: number;
  cumQty: number;
  status: OrderStatus;
  origin: Origin;
  /** 0: none, or it has triggered. */
  triggerPrice: number;
  isTriggered: boolean;
  displayQty: number;
  /** Of an iceberg in the shown book. */
  shownQty: number;
  place: Place;
  /** When it came to its place, at its price: lower is first. */
  priority: number;
  list: TwinList | undefined;
  /** Waits for the first order of its list. */
  isWaitingForStart: boolean;
}

export function isOpen(order: TwinOrder): boolean {
  return order.status === OrderStatus.New || order.status === OrderStatus.PartiallyFilled;
}

export function leavesOf(order: TwinOrder): number {
  return order.orderQty - order.cumQty;
}

/** Lots that others see, or would see if its book were shown. */
export function shownOf(order: TwinOrder): number {
  return order.displayQty > 0 && order.place === "shown" ? order.shownQty : leavesOf(order);
}

const TRIGGER_TYPES: ReadonlySet<number> = new Set([
  OrderType.Stop,
  OrderType.StopLimit,
  OrderType.TakeProfit,
  OrderType.TakeProfitLimit,
  OrderType.TrailingStop,
]);

export function isTriggerType(orderType: number): boolean {
  return TRIGGER_TYPES.has(orderType);
}

export function waitsForTrigger(order: TwinOrder): boolean {
  return isTriggerType(order.orderType) && !order.isTriggered;
}

/** Trades at any price once it trades: its residue expires. */
export function isMarketLike(orderType: number): boolean {
  return orderType === OrderType.Market || (isTriggerType(orderType) && !hasLimit(orderType));
}

/** Needs a price of its own. */
export function hasLimit(orderType: number): boolean {
  return orderType === OrderType.Limit || orderType === OrderType.StopLimit || orderType === OrderType.TakeProfitLimit;
}

/** GTC, DAY, GTD. */
export function isLasting(timeInForce: number): boolean {
  return (
    timeInForce === TimeInForce.GoodTillCancel ||
    timeInForce === TimeInForce.Day ||
    timeInForce === TimeInForce.GoodTillDate
  );
}
