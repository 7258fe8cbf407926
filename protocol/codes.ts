/**
 * The codes that travel in frames and in ring records. Their numbers are those of `fairlead.proto`, so that a codec
 * moves them without a table; codes.test.ts checks that the two agree.
 */

export const Side = { Unspecified: 0, Buy: 1, Sell: 2 } as const;
export type Side = (typeof Side)[keyof typeof Side];

export const OrderType = {
  Unspecified: 0,
  Limit: 1,
  Market: 2,
  Stop: 3,
  StopLimit: 4,
  TakeProfit: 5,
  TakeProfitLimit: 6,
  TrailingStop: 7,
  Pegged: 8,
  MarketToLimit: 9,
} as const;
export type OrderType = (typeof OrderType)[keyof typeof OrderType];

export const TimeInForce = {
  Unspecified: 0,
  GoodTillCancel: 1,
  ImmediateOrCancel: 2,
  FillOrKill: 3,
  Day: 4,
  GoodTillDate: 5,
  AtTheOpen: 6,
  AtTheClose: 7,
} as const;
export type TimeInForce = (typeof TimeInForce)[keyof typeof TimeInForce];

/** What a trigger price is compared with. */
export const TriggerBy = {
  Unspecified: 0,
  LastTrade: 1,
  BestPrice: 2,
} as const;
export type TriggerBy = (typeof TriggerBy)[keyof typeof TriggerBy];

/** What the price of a pegged order follows. */
export const PegReference = {
  Unspecified: 0,
  Primary: 1,
  Opposite: 2,
  Mid: 3,
} as const;
export type PegReference = (typeof PegReference)[keyof typeof PegReference];

export const PostOnly = {
  Unspecified: 0,
  Reject: 1,
  Slide: 2,
} as const;
export type PostOnly = (typeof PostOnly)[keyof typeof PostOnly];

export const SelfTradePrevention = {
  Unspecified: 0,
  CancelNewest: 1,
  CancelOldest: 2,
  CancelBoth: 3,
  Decrement: 4,
} as const;
export type SelfTradePrevention = (typeof SelfTradePrevention)[keyof typeof SelfTradePrevention];

/** FIX tag 1385: how orders of one list depend on each other. */
export const Contingency = {
  Unspecified: 0,
  OneCancelsOther: 1,
  OneTriggersOther: 2,
  Bracket: 3,
} as const;
export type Contingency = (typeof Contingency)[keyof typeof Contingency];

/** What the quantity of a replace means. */
export const ReplaceMode = {
  Unspecified: 0,
  NewTotal: 1,
  InFlightMitigated: 2,
  NewLeaves: 3,
} as const;
export type ReplaceMode = (typeof ReplaceMode)[keyof typeof ReplaceMode];

/** Why an order was canceled or expired. */
export const CancelReason = {
  Unspecified: 0,
  Requested: 1,
  MassCancel: 2,
  Disconnect: 3,
  Residue: 4,
  NotFillable: 5,
  SelfTrade: 6,
  KillSwitch: 7,
  LinkedOrder: 8,
  Deadline: 9,
  EndOfDay: 10,
  Delisted: 11,
  Operator: 12,
  PriceBand: 13,
  ReplacedBelowExecuted: 14,
  NoReference: 15,
} as const;
export type CancelReason = (typeof CancelReason)[keyof typeof CancelReason];

export const Allocation = {
  Unspecified: 0,
  PriceTime: 1,
  ProRata: 2,
} as const;
export type Allocation = (typeof Allocation)[keyof typeof Allocation];

export const KillScope = {
  Unspecified: 0,
  Account: 1,
  Instrument: 2,
  Venue: 3,
} as const;
export type KillScope = (typeof KillScope)[keyof typeof KillScope];

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
  Triggered: 8,
  TradePrevented: 9,
  TradeBusted: 10,
  TradeCorrected: 11,
  Restated: 12,
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
  PriceNotOnTick: 20,
  QuantityNotInLots: 21,
  NotionalTooSmall: 22,
  NotionalLimit: 23,
  PriceOutsideBand: 24,
  PriceTooAggressive: 25,
  InvalidTrigger: 26,
  InvalidDisplayQty: 27,
  InvalidMinQty: 28,
  InvalidPeg: 29,
  InvalidExpireTime: 30,
  InvalidQuoteAmount: 31,
  InvalidProtection: 32,
  InvalidAccount: 33,
  IncompatibleTerms: 34,
  PostOnlyWouldTrade: 35,
  InvalidSelfTradePrevention: 36,
  InvalidList: 37,
  ListRejected: 38,
  NotInThisPhase: 39,
  InstrumentHalted: 40,
  InstrumentClosed: 41,
  InstrumentDelisted: 42,
  KillSwitch: 43,
  InvalidReplace: 44,
  UnknownTrade: 45,
  TradeBusted: 46,
  InvalidPhase: 47,
  InvalidInstrument: 48,
  TooManyInstruments: 49,
  NotAuthorized: 50,
  InvalidScope: 51,
  InvalidPriceRange: 52,
  StorageFull: 53,
  Quarantined: 54,
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
  "price must be 1 to the instrument's maximum in ticks on an order with a limit, and absent on others",
  "quantity must be 1 to the instrument's maximum in lots",
  "client order id must be 1 to 2^53-1",
  "client order id was used before with other terms",
  "no order of this session has this client order id",
  "too late: the order has ended",
  "the new quantity must exceed what has already traded",
  "the engine has no room for another order or price level",
  "the engine does not know the session, or it is not open",
  "price times quantity must stay below 2^53",
  "the venue is draining and takes no new orders",
  "there is no subscription to this instrument",
  "a session without a name cannot place orders",
  "too many subscriptions on this connection",
  "price is not a multiple of the tick size at this price",
  "quantity is not a multiple of the instrument's qty_step",
  "price times quantity is below the instrument's min_notional",
  "price times quantity is above the instrument's max_notional",
  "price is outside the static band around the reference price",
  "price is further through the market than max_deviation_bps allows",
  "trigger price, trigger reference or trailing distance is missing, out of range, or not for this order type",
  "display_qty and display_variance must leave something to show, and suit a resting order",
  "min_qty must be 1 to the order quantity on an order that may have one, and absent on others",
  "peg reference or offset is missing, out of range, or not for this order type",
  "expire_time must be in the future on a good-till-date order, and absent on others",
  "quote_amount must be 1 to 2^53-1 on a market order without order_qty, and absent on others",
  "protection must be 1 to the largest price on a market order, and absent on others",
  "account and trade group must be 0 to 2^30-1",
  "these terms do not go together on one order",
  "a post-only order would trade at once",
  "self-trade prevention mode is not known",
  "a list has the number of orders that its contingency asks for, all for one instrument",
  "another order of the list was rejected",
  "the instrument's phase does not allow this",
  "the instrument is halted: cancels only",
  "the instrument is closed: cancels only",
  "the instrument is delisted",
  "stopped by kill switch: cancels only",
  "the order has no such term to replace, or the replace mode is not known",
  "no trade of this instrument has this id, or it is too long ago",
  "the trade was busted before",
  "phase is not known, or cannot be set",
  "the instrument definition contradicts itself",
  "the engine has no room for another instrument",
  "operator requests come through the admin plane, not from a client",
  "kill switch scope must be account, instrument or venue, with its id",
  "price_from must not be above price_to, and neither negative",
  "the venue's disk has no room for more orders: cancels only",
  "this request has made the engine fail and is not applied any more",
];

export const RequestType = {
  Unspecified: 0,
  NewOrder: 1,
  CancelOrder: 2,
  ReplaceOrder: 3,
  MassCancel: 4,
  Subscribe: 8,
  Unsubscribe: 9,
  NewOrderList: 11,
  OperatorRequest: 12,
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
  StorageFailed: 10,
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

export const Phase = {
  Unspecified: 0,
  Continuous: 1,
  PreOpen: 2,
  OpeningAuction: 3,
  VolatilityPause: 4,
  Halt: 5,
  ResumeAuction: 6,
  ClosingAuction: 7,
  Closed: 8,
  Delisted: 9,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

export const VenueState = { Unspecified: 0, Open: 1, Draining: 2, Paused: 3, Resumed: 4 } as const;
export type VenueState = (typeof VenueState)[keyof typeof VenueState];

export const Durability = { Unspecified: 0, Memory: 1, Local: 2, Quorum: 3 } as const;
export type Durability = (typeof Durability)[keyof typeof Durability];

/** Marks the end of a switch over codes: a new code that is not handled fails to compile here. */
export function unreachable(code: never): never {
  throw new Error(`no case for code ${String(code)}`);
}
