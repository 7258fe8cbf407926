/**
 * New orders as a generated market sends them: prices and quantities from small ranges, so that orders cross, triggers are near the
 * market and icebergs are hit again and again; every term that an order may have, alone and with others; some of it wrong.
 */
import {
  Contingency,
  OrderType,
  PegReference,
  PostOnly,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggerBy,
} from "../../../protocol/codes.ts";
import { MAX_ID } from "../../../protocol/limits.ts";
import { CommandFlag } from "../../../protocol/record/command-record.ts";
import type { CommandFields } from "../command-fields.ts";
import type { Dice } from "./dice.ts";

/** Of a new order: what it asks for, without who sends it and under which id. `expireTime` is counted from its own time. */
export type OrderFields = Partial<CommandFields>;

const LAST_PRICE = 2 ** 31 - 1;

/** Bids and offers overlap a little, so that books fill and orders cross. */
export function priceOn(dice: Dice, side: number): number {
  if (dice.onceIn(80)) return dice.oneOf([0, -5, 1, LAST_PRICE, 2 ** 30, 32, 1024]);
  const distance = dice.onceIn(3) ? dice.between(-2, 15) : dice.between(-2, 5);
  return side === Side.Buy ? 100 - distance : 100 + distance;
}

export function qtyOf(dice: Dice): number {
  if (dice.onceIn(100)) return dice.oneOf([0, -1, 1_000_000, 1_000_001]);
  return dice.onceIn(3) ? 2 * dice.between(1, 15) : dice.between(1, 20);
}

type Draw = (dice: Dice, side: number) => OrderFields;

const plainLimit: Draw = (dice, side) => ({
  orderType: dice.below(2),
  price: priceOn(dice, side),
  orderQty: qtyOf(dice),
});

const immediate: Draw = (dice, side) => ({
  ...plainLimit(dice, side),
  timeInForce: dice.oneOf([TimeInForce.ImmediateOrCancel, TimeInForce.FillOrKill]),
});

const market: Draw = (dice) => ({
  orderType: OrderType.Market,
  timeInForce: dice.oneOf([0, TimeInForce.ImmediateOrCancel, TimeInForce.FillOrKill]),
  orderQty: dice.between(1, 60),
});

/** What the engine of plain orders knows. */
const PLAIN: readonly (readonly [number, Draw])[] = [
  [60, plainLimit],
  [6, immediate],
  [4, market],
];

const protectedMarket: Draw = (dice, side) => ({
  ...market(dice, side),
  offset: dice.onceIn(3) ? dice.between(50, 600) : dice.between(1, 8),
  flags: dice.onceIn(3) ? CommandFlag.OffsetInBps : 0,
});

const quoted: Draw = (dice) => ({
  orderType: OrderType.Market,
  quoteAmount: dice.onceIn(20) ? dice.oneOf([-1, 1, MAX_ID]) : dice.between(50, 4000),
});

const iceberg: Draw = (dice, side) => ({
  ...plainLimit(dice, side),
  orderQty: 2 * dice.between(5, 20),
  displayQty: dice.onceIn(10) ? dice.between(-1, 60) : 2 * dice.between(1, 3),
  displayVariance: dice.onceIn(3) ? 1 : 0,
});

const hidden: Draw = (dice, side) => ({ ...plainLimit(dice, side), flags: CommandFlag.Hidden });

const allOrNone: Draw = (dice, side) => ({ ...plainLimit(dice, side), flags: CommandFlag.AllOrNone });

const minimum: Draw = (dice, side) => ({
  ...dice.weighted([
    [5, plainLimit],
    [2, market],
    [1, marketToLimit],
  ])(dice, side),
  minQty: dice.between(1, 6),
});

const postOnly: Draw = (dice, side) => ({
  ...plainLimit(dice, side),
  postOnly: dice.onceIn(30) ? 3 : dice.oneOf([PostOnly.Reject, PostOnly.Slide]),
  flags: dice.onceIn(5) ? CommandFlag.Hidden : 0,
});

const STOPS = [OrderType.Stop, OrderType.StopLimit, OrderType.TakeProfit, OrderType.TakeProfitLimit];

/** Near the market on either side, so that some trigger at once. */
const stop: Draw = (dice, side) => {
  const orderType = dice.oneOf(STOPS);
  const isLimit = orderType === OrderType.StopLimit || orderType === OrderType.TakeProfitLimit;
  return {
    orderType,
    triggerPrice: dice.onceIn(40) ? dice.oneOf([0, -1, LAST_PRICE]) : dice.between(92, 108),
    triggerBy: dice.oneOf([0, 0, TriggerBy.LastTrade, TriggerBy.BestPrice]),
    price: isLimit ? priceOn(dice, side) : 0,
    orderQty: qtyOf(dice),
    timeInForce: isLimit && dice.onceIn(5) ? dice.oneOf([2, 3]) : 0,
    displayQty: isLimit && dice.onceIn(6) ? 2 : 0,
    flags: isLimit && dice.onceIn(8) ? CommandFlag.Hidden : 0,
  };
};

const trailing: Draw = (dice) => ({
  orderType: OrderType.TrailingStop,
  orderQty: qtyOf(dice),
  triggerPrice: dice.onceIn(3) ? dice.between(92, 108) : 0,
  triggerBy: dice.oneOf([0, 0, TriggerBy.BestPrice]),
  ...(dice.onceIn(3)
    ? { offset: dice.between(1, 400), flags: CommandFlag.OffsetInBps }
    : { offset: dice.onceIn(20) ? dice.between(-1, 200) : dice.between(1, 5) }),
});

const pegged: Draw = (dice, side) => ({
  orderType: OrderType.Pegged,
  orderQty: qtyOf(dice),
  pegReference: dice.onceIn(40)
    ? dice.oneOf([0, 4])
    : dice.oneOf([PegReference.Primary, PegReference.Opposite, PegReference.Mid]),
  offset: dice.onceIn(2) ? 0 : dice.between(-3, 3),
  price: dice.onceIn(3) ? priceOn(dice, side) : 0,
});

const marketToLimit: Draw = (dice) => ({
  orderType: OrderType.MarketToLimit,
  orderQty: qtyOf(dice),
  displayQty: dice.onceIn(5) ? 2 : 0,
});

const forAuction: Draw = (dice, side) => ({
  ...(dice.onceIn(3) ? { orderType: OrderType.Market, orderQty: dice.between(1, 30) } : plainLimit(dice, side)),
  timeInForce: dice.oneOf([TimeInForce.AtTheOpen, TimeInForce.AtTheClose]),
});

/** Every kind of order that has a section in the rules. */
const ALL: readonly (readonly [number, Draw])[] = [
  [34, plainLimit],
  [5, immediate],
  [4, market],
  [2, protectedMarket],
  [2, quoted],
  [6, iceberg],
  [4, hidden],
  [5, allOrNone],
  [3, minimum],
  [4, postOnly],
  [8, stop],
  [5, trailing],
  [8, pegged],
  [3, marketToLimit],
  [3, forAuction],
];

/** Time in force, owners and what does not go together, over an order that is fine by itself. */
function withMoreTerms(dice: Dice, order: OrderFields): OrderFields {
  const isOpenEnded = (order.timeInForce ?? 0) === 0 && order.orderType !== OrderType.Market;
  const timeInForce = isOpenEnded && dice.onceIn(6) ? dice.oneOf([TimeInForce.Day, TimeInForce.GoodTillDate]) : 0;
  const isPrevented = dice.onceIn(4);
  return {
    ...order,
    ...(timeInForce === 0 ? {} : { timeInForce }),
    expireTime: expiryOf(dice, timeInForce),
    account: dice.onceIn(4) ? dice.between(1, 3) : 0,
    tradeGroup: dice.onceIn(6) ? dice.between(1, 2) : 0,
    selfTradePrevention: isPrevented ? dice.between(1, SelfTradePrevention.Decrement) : 0,
    ...(dice.onceIn(60) ? oddTerm(dice) : {}),
  };
}

/** µs from the time of the order. */
function expiryOf(dice: Dice, timeInForce: number): number {
  if (timeInForce !== TimeInForce.GoodTillDate) return 0;
  return dice.onceIn(20) ? dice.oneOf([0, -10]) : dice.between(1, 400);
}

function oddTerm(dice: Dice): OrderFields {
  return dice.oneOf<OrderFields>([
    { account: -1 },
    { account: 2 ** 30 },
    { tradeGroup: 2 ** 30 },
    { selfTradePrevention: 5 },
    { triggerPrice: 100 },
    { triggerBy: 1 },
    { triggerBy: 3 },
    { displayQty: 3 },
    { displayVariance: 2 },
    { minQty: 2 },
    { minQty: -1 },
    { pegReference: 2 },
    { offset: 2 },
    { quoteAmount: 500 },
    { expireTime: 100 },
    { postOnly: 1 },
    { flags: CommandFlag.AllOrNone | CommandFlag.Hidden },
    { orderType: 10 },
    { orderType: 255 },
    { timeInForce: 8 },
    { timeInForce: 255 },
    { timeInForce: TimeInForce.AtTheClose },
    { side: 0 },
    { side: 3 },
  ]);
}

export function drawSide(dice: Dice): number {
  return dice.oneOf([Side.Buy, Side.Sell]);
}

export function drawPlainOrder(dice: Dice): OrderFields {
  const side = drawSide(dice);
  return { side: dice.onceIn(200) ? dice.oneOf([0, 3, 255]) : side, ...dice.weighted(PLAIN)(dice, side) };
}

export function drawOrder(dice: Dice): OrderFields {
  const side = drawSide(dice);
  const order = { side, ...dice.weighted(ALL)(dice, side) };
  return dice.onceIn(2) ? withMoreTerms(dice, order) : order;
}

// ---- lists ----

export interface DrawnList {
  readonly contingency: number;
  readonly orders: readonly OrderFields[];
}

const IN_LISTS: readonly (readonly [number, Draw])[] = [
  [6, plainLimit],
  [1, iceberg],
  [1, hidden],
  [1, postOnly],
  [5, stop],
  [2, trailing],
  [2, pegged],
];

function drawLeg(dice: Dice, side: number): OrderFields {
  const order = { side, ...dice.weighted(IN_LISTS)(dice, side) };
  return dice.onceIn(4) ? withMoreTerms(dice, order) : order;
}

export function drawList(dice: Dice): DrawnList {
  const { OneCancelsOther, OneTriggersOther, Bracket } = Contingency;
  const contingency = dice.oneOf([OneCancelsOther, OneTriggersOther, Bracket]);
  const side = drawSide(dice);
  const other = side === Side.Buy ? Side.Sell : Side.Buy;
  if (dice.onceIn(40)) {
    const orders = Array.from({ length: dice.between(1, 3) }, () => drawLeg(dice, drawSide(dice)));
    return { contingency: dice.between(0, 4), orders };
  }
  if (contingency !== Bracket) {
    return { contingency, orders: [drawLeg(dice, side), drawLeg(dice, dice.onceIn(2) ? side : other)] };
  }
  const entry = drawLeg(dice, side);
  const orderQty = dice.onceIn(40) ? 7 : (entry.orderQty ?? 0);
  const exits = [1, 2].map(() => Object.assign(drawLeg(dice, other), { orderQty }));
  return { contingency, orders: [entry, ...exits] };
}
