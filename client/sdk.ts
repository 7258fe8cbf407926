/** What both entries, index.ts and browser.ts, offer. */
export {
  Channel,
  Durability,
  ExecType,
  LogoutReason,
  OrderStatus,
  OrderType,
  RejectReason,
  RequestType,
  Side,
  TimeInForce,
} from "../protocol/codes.ts";
export { BookMirror } from "./book-mirror.ts";
export { lotsToQty, priceToTicks, qtyToLots, ticksToPrice } from "./decimals.ts";
export * from "./errors.ts";
export type * from "./messages.ts";
export { OrderEntryConnection, type ConnectionHandler, type ConnectionOptions } from "./order-entry.ts";
export type { MassCancelFilter, MassCancelResult, OrderName } from "./order-tracker.ts";
export type { NewOrderRequest, Order, OrderEvents, ReplaceTerms } from "./order.ts";
export type { Gap, Subscription, SubscriptionEvents } from "./subscription.ts";
export type { ClientEvents, ClientOptions } from "./venue-client.ts";
