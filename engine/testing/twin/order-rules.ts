/** What is demanded of a new order or a replace: section 2 of docs/MATCHING.md, rule by rule. */
import {
  OrderType,
  PegReference,
  Phase,
  PostOnly,
  RejectReason,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggerBy,
} from "../../../protocol/codes.ts";
import { MAX_ID, MAX_INT32 } from "../../../protocol/limits.ts";
import { CommandFlag, MAX_ACCOUNT } from "../../../protocol/record/command-record.ts";
import type { CommandFields } from "../command-fields.ts";
import { bestShown, oppositeOf } from "./book-queries.ts";
import { bpsOf, isOnTick } from "./price-grid.ts";
import { type InstrumentTerms, type TwinInstrument, isCollecting } from "./twin-instrument.ts";
import { type OrderTerms, hasLimit, isLasting, isTriggerType } from "./twin-order.ts";

const OK = RejectReason.Unspecified;

const { GoodTillCancel, ImmediateOrCancel, FillOrKill, Day, GoodTillDate, AtTheOpen, AtTheClose } = TimeInForce;
const LASTING: readonly number[] = [GoodTillCancel, Day, GoodTillDate];
const LASTING_OR_AT_ONCE: readonly number[] = [...LASTING, ImmediateOrCancel, FillOrKill];

/** The first is what an absent one is read as. */
const TIMES_IN_FORCE: Readonly<Record<number, readonly number[]>> = {
  [OrderType.Limit]: [...LASTING_OR_AT_ONCE, AtTheOpen, AtTheClose],
  [OrderType.Market]: [ImmediateOrCancel, FillOrKill, AtTheOpen, AtTheClose],
  [OrderType.Stop]: LASTING,
  [OrderType.StopLimit]: LASTING_OR_AT_ONCE,
  [OrderType.TakeProfit]: LASTING,
  [OrderType.TakeProfitLimit]: LASTING_OR_AT_ONCE,
  [OrderType.TrailingStop]: LASTING,
  [OrderType.Pegged]: LASTING,
  [OrderType.MarketToLimit]: LASTING,
};

export function termsOf(command: CommandFields): OrderTerms {
  const { clientOrderId, side, price, orderQty, flags } = command;
  const orderType = command.orderType === OrderType.Unspecified ? OrderType.Limit : command.orderType;
  const usual = TIMES_IN_FORCE[orderType]?.[0] ?? TimeInForce.Unspecified;
  const timeInForce = command.timeInForce === TimeInForce.Unspecified ? usual : command.timeInForce;
  const isExtended = (flags & CommandFlag.Extended) !== 0;
  const extended = (value: number): number => (isExtended ? value : 0);
  return {
    clientOrderId,
    side,
    orderType,
    timeInForce,
    price,
    orderQty,
    triggerPrice: extended(command.triggerPrice),
    triggerBy: extended(command.triggerBy),
    offset: extended(command.offset),
    isOffsetInBps: (flags & CommandFlag.OffsetInBps) !== 0,
    displayQty: extended(command.displayQty),
    displayVariance: extended(command.displayVariance),
    minQty: extended(command.minQty),
    hidden: (flags & CommandFlag.Hidden) !== 0,
    allOrNone: (flags & CommandFlag.AllOrNone) !== 0,
    postOnly: extended(command.postOnly),
    selfTradePrevention: extended(command.selfTradePrevention),
    pegReference: extended(command.pegReference),
    account: extended(command.account),
    tradeGroup: extended(command.tradeGroup),
    quoteAmount: extended(command.quoteAmount),
    expireTime: extended(command.expireTime),
  };
}

function isWithin(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** Rules 1 … 14. */
export function checkTermsOfOrder(
  order: OrderTerms,
  instrument: TwinInstrument | undefined,
  time: number,
  isInList: boolean,
): RejectReason {
  if (!isWithin(order.clientOrderId, 1, MAX_ID)) return RejectReason.InvalidClientOrderId;
  if (instrument === undefined) return RejectReason.UnknownInstrument;
  if (order.side !== Side.Buy && order.side !== Side.Sell) return RejectReason.InvalidSide;
  const timesInForce = TIMES_IN_FORCE[order.orderType];
  if (timesInForce === undefined) return RejectReason.InvalidOrderType;
  if (!timesInForce.includes(order.timeInForce)) return RejectReason.InvalidTimeInForce;
  const { terms } = instrument;
  return (
    checkPrice(order.orderType, order.price, terms) ||
    checkQty(order, terms) ||
    checkNotional(order.price, order.orderQty, terms) ||
    checkParties(order) ||
    checkTrigger(order, terms) ||
    checkDisplay(order, terms) ||
    checkMinQty(order) ||
    checkPeg(order) ||
    checkExpireTime(order, time) ||
    checkProtection(order) ||
    checkTogether(order, isInList)
  );
}

/** Rule 4. */
export function checkPrice(orderType: number, price: number, terms: InstrumentTerms): RejectReason {
  const mayHaveNone = !hasLimit(orderType);
  const mayHaveOne = hasLimit(orderType) || orderType === OrderType.Pegged;
  if (price === 0 && mayHaveNone) return OK;
  if (!mayHaveOne || !isWithin(price, 1, terms.maxPrice)) return RejectReason.InvalidPrice;
  return isOnTick(terms.priceSteps, price) ? OK : RejectReason.PriceNotOnTick;
}

/** Rule 5. */
function checkQty(order: OrderTerms, terms: InstrumentTerms): RejectReason {
  if (order.quoteAmount === 0) return checkLots(order.orderQty, terms);
  const isMarket = order.orderType === OrderType.Market && order.timeInForce === ImmediateOrCancel;
  const isSound = isMarket && order.orderQty === 0 && isWithin(order.quoteAmount, 1, MAX_ID);
  return isSound ? OK : RejectReason.InvalidQuoteAmount;
}

export function checkLots(orderQty: number, terms: InstrumentTerms): RejectReason {
  if (!isWithin(orderQty, 1, terms.maxOrderQty)) return RejectReason.InvalidQuantity;
  return orderQty % terms.qtyStep === 0 ? OK : RejectReason.QuantityNotInLots;
}

/** Rule 6. */
export function checkNotional(price: number, orderQty: number, terms: InstrumentTerms): RejectReason {
  if (price === 0) return OK;
  const notional = BigInt(price) * BigInt(orderQty);
  if (notional > BigInt(MAX_ID)) return RejectReason.NotionalTooLarge;
  if (notional < BigInt(terms.minNotional)) return RejectReason.NotionalTooSmall;
  const isAbove = terms.maxNotional !== 0 && notional > BigInt(terms.maxNotional);
  return isAbove ? RejectReason.NotionalLimit : OK;
}

/** Rule 7. */
function checkParties(order: OrderTerms): RejectReason {
  const isSound = [order.account, order.tradeGroup].every((value) => isWithin(value, 0, MAX_ACCOUNT));
  if (!isSound) return RejectReason.InvalidAccount;
  return order.selfTradePrevention > SelfTradePrevention.Decrement ? RejectReason.InvalidSelfTradePrevention : OK;
}

/** Rule 8. */
function checkTrigger(order: OrderTerms, terms: InstrumentTerms): RejectReason {
  const { orderType, triggerPrice, triggerBy, offset } = order;
  const wrong = RejectReason.InvalidTrigger;
  if (!isTriggerType(orderType)) return triggerPrice === 0 && triggerBy === 0 ? OK : wrong;
  if (triggerBy > TriggerBy.BestPrice) return wrong;
  const isTrailing = orderType === OrderType.TrailingStop;
  if (isTrailing && !isWithin(offset, 1, order.isOffsetInBps ? 9999 : MAX_INT32)) return wrong;
  return (isTrailing && triggerPrice === 0) || isTriggerPrice(triggerPrice, terms) ? OK : wrong;
}

export function isTriggerPrice(price: number, terms: InstrumentTerms): boolean {
  return isWithin(price, 1, terms.maxPrice) && isOnTick(terms.priceSteps, price);
}

/** Rule 9. */
function checkDisplay(order: OrderTerms, terms: InstrumentTerms): RejectReason {
  const { orderType, displayQty, displayVariance, orderQty } = order;
  if (displayQty === 0 && displayVariance === 0) return OK;
  const isSound =
    isWithin(displayQty, 1, orderQty) &&
    displayQty % terms.qtyStep === 0 &&
    isWithin(displayVariance, 0, displayQty - 1) &&
    (hasLimit(orderType) || orderType === OrderType.MarketToLimit) &&
    isLasting(order.timeInForce) &&
    !order.hidden &&
    !order.allOrNone;
  return isSound ? OK : RejectReason.InvalidDisplayQty;
}

/** Rule 10. */
function checkMinQty(order: OrderTerms): RejectReason {
  const { orderType, timeInForce, minQty } = order;
  if (minQty === 0) return OK;
  const isImmediate = timeInForce === ImmediateOrCancel;
  const suits =
    orderType === OrderType.MarketToLimit ||
    (orderType === OrderType.Market && isImmediate) ||
    (orderType === OrderType.Limit && (isLasting(timeInForce) || isImmediate));
  const isSound = suits && isWithin(minQty, 1, order.orderQty) && order.quoteAmount === 0 && !order.allOrNone;
  return isSound ? OK : RejectReason.InvalidMinQty;
}

/** Rule 11. */
function checkPeg({ orderType, pegReference }: OrderTerms): RejectReason {
  const isSound =
    orderType === OrderType.Pegged
      ? isWithin(pegReference, PegReference.Primary, PegReference.Mid)
      : pegReference === 0;
  return isSound ? OK : RejectReason.InvalidPeg;
}

/** Rule 12. */
function checkExpireTime({ timeInForce, expireTime }: OrderTerms, time: number): RejectReason {
  const isSound = timeInForce === GoodTillDate ? expireTime > time : expireTime === 0;
  return isSound ? OK : RejectReason.InvalidExpireTime;
}

/** Rule 13. The offset is one field for protection, trailing distance and peg offset. */
function checkProtection({ orderType, timeInForce, offset, isOffsetInBps }: OrderTerms): RejectReason {
  if (offset === 0 || orderType === OrderType.TrailingStop || orderType === OrderType.Pegged) return OK;
  const isImmediate = timeInForce === ImmediateOrCancel || timeInForce === FillOrKill;
  const isSound =
    orderType === OrderType.Market && isImmediate && isWithin(offset, 1, isOffsetInBps ? 10_000 : MAX_INT32);
  return isSound ? OK : RejectReason.InvalidProtection;
}

/** Rule 14. */
function checkTogether(order: OrderTerms, isInList: boolean): RejectReason {
  const { orderType, timeInForce, hidden, allOrNone, postOnly, minQty } = order;
  const isPlainLimit = orderType === OrderType.Limit && isLasting(timeInForce);
  const canRest =
    isLasting(timeInForce) &&
    (hasLimit(orderType) || orderType === OrderType.Pegged || orderType === OrderType.MarketToLimit);
  const isSound =
    (!hidden || canRest) &&
    (!allOrNone || (isPlainLimit && !hidden && postOnly === 0 && !isInList)) &&
    (postOnly === 0 || (postOnly <= PostOnly.Slide && isPlainLimit && minQty === 0)) &&
    (!isInList || (isLasting(timeInForce) && orderType !== OrderType.MarketToLimit && minQty === 0));
  return isSound ? OK : RejectReason.IncompatibleTerms;
}

/** Rule 16. */
export function checkPhase(phase: number, orderType: number, timeInForce: number): RejectReason {
  if (phase === Phase.Halt) return RejectReason.InstrumentHalted;
  if (phase === Phase.Closed) return RejectReason.InstrumentClosed;
  if (phase === Phase.Delisted) return RejectReason.InstrumentDelisted;
  const isForOpen = timeInForce === AtTheOpen;
  if (isForOpen && phase !== Phase.PreOpen && phase !== Phase.OpeningAuction) return RejectReason.NotInThisPhase;
  const isAtOnce =
    timeInForce === ImmediateOrCancel || timeInForce === FillOrKill || orderType === OrderType.MarketToLimit;
  return isCollecting(phase) && isAtOnce ? RejectReason.NotInThisPhase : OK;
}

/** Rules 18 and 19. */
export function checkBands(instrument: TwinInstrument, side: number, price: number): RejectReason {
  const { terms, referencePrice, lastPrice, phase } = instrument;
  if (price === 0) return OK;
  if (terms.staticBandBps !== 0 && referencePrice !== 0) {
    const isInside = Math.abs(price - referencePrice) <= bpsOf(referencePrice, terms.staticBandBps);
    if (!isInside) return RejectReason.PriceOutsideBand;
  }
  const market = bestShown(instrument, oppositeOf(side)) || lastPrice || referencePrice;
  if (phase !== Phase.Continuous || terms.maxDeviationBps === 0 || market === 0) return OK;
  const through = side === Side.Buy ? price - market : market - price;
  return through > bpsOf(market, terms.maxDeviationBps) ? RejectReason.PriceTooAggressive : OK;
}
