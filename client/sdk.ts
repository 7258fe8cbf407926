/** What both entries, index.ts and browser.ts, offer. */
export {
  Allocation,
  CancelReason,
  Channel,
  Contingency,
  Durability,
  ExecType,
  LogoutReason,
  OrderStatus,
  OrderType,
  PegReference,
  Phase,
  PostOnly,
  RejectReason,
  ReplaceMode,
  RequestType,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggerBy,
} from "../protocol/codes.ts";
export type { OrderTerms } from "../protocol/codec/client-frame-encoder.ts";
export { BookMirror } from "./book-mirror.ts";
export type { ListedOrder, MassCancelOptions, ReplaceOptions } from "./client-frame-writer.ts";
export { lotsToQty, priceToTicks, qtyToLots, ticksToPrice } from "./decimals.ts";
export * from "./errors.ts";
export type * from "./messages.ts";
export { OrderEntryConnection, type ConnectionHandler, type ConnectionOptions } from "./order-entry.ts";
export type { MassCancelFilter, MassCancelResult, OrderName } from "./order-tracker.ts";
export type { NewOrderRequest, Order, OrderEvents, ReplaceTerms } from "./order.ts";
export type { Gap, Subscription, SubscriptionEvents } from "./subscription.ts";
export type { ClientEvents, ClientOptions } from "./venue-client.ts";
