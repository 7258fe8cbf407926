/**
 * The codes that travel in frames and in ring records. Their numbers are those of `fairlead.proto`, so that a codec
 * moves them without a table; codes.test.ts checks that the two agree.
 */

export const Side = { Unspecified: 0, Buy: 1, Sell: 2 } as const;
export type Side = (typeof Side)[keyof typeof Side];

export const OrderType = { Unspecified: 0, Limit: 1, Market: 2 } as const;
export type OrderType = (typeof OrderType)[keyof typeof OrderType];

export const TimeInForce = { Unspecified: 0, GoodTillCancel: 1, ImmediateOrCancel: 2, FillOrKill: 3 } as const;
export type TimeInForce = (typeof TimeInForce)[keyof typeof TimeInForce];

/** FIX tag 150. */
export const ExecType = {
  Unspecified: 0,
  New: 1,
  Rejected: 2,
  Trade: 3,
  Replaced: 4,
  Canceled: 5,
  Expired: 6,
  OrderStatus: 7,
} as const;
export type ExecType = (typeof ExecType)[keyof typeof ExecType];

/** FIX tag 39. */
export const OrderStatus = {
  Unspecified: 0,
  New: 1,
  PartiallyFilled: 2,
  Filled: 3,
  Canceled: 4,
  Expired: 5,
  Rejected: 6,
  Replaced: 7,
} as const;
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus];

export const RejectReason = {
  Unspecified: 0,
  Busy: 1,
  UnknownInstrument: 2,
  InvalidSide: 3,
  InvalidOrderType: 4,
  InvalidTimeInForce: 5,
  InvalidPrice: 6,
  InvalidQuantity: 7,
  InvalidClientOrderId: 8,
  DuplicateClientOrderId: 9,
  UnknownOrder: 10,
  OrderClosed: 11,
  QuantityBelowExecuted: 12,
  BookFull: 13,
  SessionNotFound: 14,
  NotionalTooLarge: 15,
  VenueClosed: 16,
  NotSubscribed: 17,
  MarketDataOnly: 18,
  TooManySubscriptions: 19,
} as const;
export type RejectReason = (typeof RejectReason)[keyof typeof RejectReason];

/** What each reject reason says to a person; sent as `text`. Index = code. */
export const REJECT_TEXTS: readonly string[] = [
  "",
  "busy: nothing was changed, try again",
  "no instrument has this id",
  "side must be buy or sell",
  "order type is not supported",
  "time in force is not supported for this order type",
  "price must be 1 to the instrument's maximum in ticks on a limit order, and absent on a market order",
  "quantity must be 1 to the instrument's maximum in lots",
  "client order id must be 1 to 2^53-1",
  "client order id was used before with other terms",
  "no order of this session has this client order id",
  "too late: the order has ended",
  "the new quantity must exceed what has already traded",
  "the engine has no room for another order or price level",
  "the session is not open on this engine",
  "price times quantity must stay below 2^53",
  "the venue is draining and takes no new orders",
  "there is no subscription to this instrument",
  "a session without a name cannot place orders",
  "too many subscriptions on this connection",
];

export const RequestType = {
  Unspecified: 0,
  NewOrder: 1,
  CancelOrder: 2,
  ReplaceOrder: 3,
  MassCancel: 4,
  Subscribe: 8,
  Unsubscribe: 9,
} as const;
export type RequestType = (typeof RequestType)[keyof typeof RequestType];

export const LogoutReason = {
  Unspecified: 0,
  Requested: 1,
  Draining: 2,
  HeartbeatTimeout: 3,
  LogonTimeout: 4,
  SlowConsumer: 5,
  SessionInUse: 6,
  TooManySessions: 7,
  BadLogon: 8,
  InternalError: 9,
  MalformedFrame: 32,
  EmptyFrame: 33,
  FrameTooLarge: 34,
  InvalidText: 35,
  LogonExpected: 36,
  AlreadyLoggedOn: 37,
  WrongMessageKind: 38,
} as const;
export type LogoutReason = (typeof LogoutReason)[keyof typeof LogoutReason];

export const Channel = { Unspecified: 0, Book: 1, Trades: 2, BestBidOffer: 3 } as const;
export type Channel = (typeof Channel)[keyof typeof Channel];

export const Phase = { Unspecified: 0, Continuous: 1 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

export const VenueState = { Unspecified: 0, Open: 1, Draining: 2 } as const;
export type VenueState = (typeof VenueState)[keyof typeof VenueState];

export const Durability = { Unspecified: 0, Memory: 1, Local: 2, Quorum: 3 } as const;
export type Durability = (typeof Durability)[keyof typeof Durability];

/** Marks the end of a switch over codes: a new code that is not handled fails to compile here. */
export function unreachable(code: never): never {
  throw new Error(`no case for code ${String(code)}`);
}
