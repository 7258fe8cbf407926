/** Rules that are easy to get wrong, one by one, in the words of docs/MATCHING.md. */
import { expect, test } from "vitest";
import {
  Contingency,
  OrderType,
  PegReference,
  Phase,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggerBy,
} from "../../../protocol/codes.ts";
import { CommandFlag, CommandKind, InstrumentTerm } from "../../../protocol/record/command-record.ts";
import { TwinMarket } from "./twin-market.ts";

const MARKET = { orderType: OrderType.Market };
const ALL_OR_NONE = { flags: CommandFlag.AllOrNone };

test("an iceberg shows anew at the back of the queue", () => {
  const market = new TwinMarket();
  market.sell(10, 100, { displayQty: 3 });
  market.sell(3, 100);
  expect(market.levels(Side.Sell)).toBe("6 @ 100");
  expect(market.buy(4, 100)).toEqual([
    "new 3",
    "trade 1 3 @ 100",
    "trade 3 3 @ 100",
    "trade 2 1 @ 100",
    "trade 3 1 @ 100",
  ]);
  expect(market.levels(Side.Sell)).toBe("5 @ 100");
});

test("at one price shown orders trade before hidden ones, and those before all-or-none orders", () => {
  const market = new TwinMarket();
  market.sell(2, 100, ALL_OR_NONE);
  market.sell(2, 100, { flags: CommandFlag.Hidden });
  market.sell(2, 100);
  const trades = market.buy(6, 100).filter((line) => line.startsWith("trade") && !line.startsWith("trade 4"));
  expect(trades).toEqual(["trade 3 2 @ 100", "trade 2 2 @ 100", "trade 1 2 @ 100"]);
});

test("an aggressor passes an all-or-none order by that wants more than it has left", () => {
  const market = new TwinMarket();
  market.sell(5, 99, ALL_OR_NONE);
  market.sell(3, 100);
  expect(market.buy(4, 100)).toEqual(["new 3", "trade 2 3 @ 100", "trade 3 3 @ 100"]);
  expect(market.levels(Side.Buy)).toBe("1 @ 100");
});

test("an all-or-none order that rests trades as soon as it can in full", () => {
  const market = new TwinMarket();
  expect(market.buy(5, 100, ALL_OR_NONE)).toEqual(["new 1"]);
  expect(market.sell(3, 100)).toEqual(["new 2"]);
  expect(market.sell(2, 99)).toEqual([
    "new 3",
    "trade 3 2 @ 99",
    "trade 1 2 @ 99",
    "trade 2 3 @ 100",
    "trade 1 3 @ 100",
  ]);
});

test("a fill-or-kill order does not count what self-trade prevention keeps from it", () => {
  const market = new TwinMarket();
  market.sell(3, 100);
  market.sell(3, 100, { session: 1 });
  const fok = { timeInForce: TimeInForce.FillOrKill };
  const oldest = { ...fok, selfTradePrevention: SelfTradePrevention.CancelOldest };
  expect(market.buy(4, 100, oldest)).toEqual(["new 3", "expired 3 NotFillable"]);
  expect(market.levels(Side.Sell)).toBe("6 @ 100");
  expect(market.buy(3, 100, oldest).slice(0, 4)).toEqual([
    "new 4",
    "prevented 1 3 @ 100",
    "prevented 4 3 @ 100",
    "canceled 1 SelfTrade",
  ]);
});

test("decrement makes both smaller, and an iceberg shows anew", () => {
  const market = new TwinMarket();
  market.sell(10, 100, { displayQty: 2 });
  const lines = market.buy(3, 100, { selfTradePrevention: SelfTradePrevention.Decrement });
  expect(lines).toEqual([
    "new 2",
    "prevented 1 2 @ 100",
    "prevented 2 2 @ 100",
    "restated 1 8",
    "restated 2 1",
    "prevented 1 1 @ 100",
    "prevented 2 1 @ 100",
    "restated 1 7",
    "canceled 2 SelfTrade",
  ]);
  expect(market.levels(Side.Sell)).toBe("1 @ 100");
});

test("one of two linked orders cancels the other in the middle of a sweep", () => {
  const market = new TwinMarket();
  market.list(Contingency.OneCancelsOther, [
    { side: Side.Sell, orderQty: 2, price: 100 },
    { side: Side.Sell, orderQty: 5, price: 101 },
  ]);
  market.sell(1, 102, { session: 1 });
  expect(market.buy(9, 102)).toEqual([
    "new 4",
    "trade 1 2 @ 100",
    "trade 4 2 @ 100",
    "canceled 2 LinkedOrder",
    "trade 3 1 @ 102",
    "trade 4 1 @ 102",
  ]);
});

test("a fill-or-kill order knows that linked orders cannot both trade", () => {
  const market = new TwinMarket();
  market.list(Contingency.OneCancelsOther, [
    { side: Side.Sell, orderQty: 2, price: 100 },
    { side: Side.Sell, orderQty: 5, price: 101 },
  ]);
  expect(market.buy(7, 101, { timeInForce: TimeInForce.FillOrKill })).toEqual(["new 3", "expired 3 NotFillable"]);
  expect(market.levels(Side.Sell)).toBe("2 @ 100, 5 @ 101");
});

test("the exits of a bracket start with what the entry traded, and reduce each other", () => {
  const market = new TwinMarket();
  const lines = market.list(Contingency.Bracket, [
    { side: Side.Buy, orderQty: 5, price: 100 },
    { side: Side.Sell, orderQty: 5, price: 110 },
    { side: Side.Sell, orderQty: 5, orderType: OrderType.Stop, triggerPrice: 95 },
  ]);
  expect(lines).toEqual(["new 1", "new 2", "new 3"]);
  market.sell(4, 100, { session: 1 });
  expect(market.send({ kind: CommandKind.CancelOrder, origClientOrderId: 1 })).toEqual([
    "canceled 1 Requested",
    "triggered 2",
    "triggered 3",
  ]);
  expect(market.levels(Side.Sell)).toBe("4 @ 110");
  expect(market.buy(1, 110, { session: 1 }).slice(-1)).toEqual(["restated 3 3"]);
  expect(market.buy(3, 110, { session: 1 }).slice(-1)).toEqual(["canceled 3 LinkedOrder"]);
  expect(market.twin.openCount).toBe(0);
});

test("stops cascade: each trade may reach the next trigger, the nearest one first", () => {
  const market = new TwinMarket();
  for (const price of [100, 98, 96]) market.buy(1, price);
  market.sell(1, 100);
  const stop = { orderType: OrderType.Stop, orderQty: 1 };
  market.sell(1, 0, { ...stop, triggerPrice: 96 });
  market.sell(1, 0, { ...stop, triggerPrice: 98 });
  expect(market.sell(1, 98)).toEqual([
    "new 7",
    "trade 2 1 @ 98",
    "trade 7 1 @ 98",
    "triggered 6",
    "trade 3 1 @ 96",
    "trade 6 1 @ 96",
    "triggered 5",
    "expired 5 Residue",
  ]);
});

test("a trailing stop follows the market up and triggers on the way down", () => {
  const market = new TwinMarket();
  const tradeAt = (price: number): string[] => {
    market.buy(1, price, { session: 1 });
    return market.sell(1, price, { session: 1 });
  };
  tradeAt(100);
  market.sell(1, 0, { orderType: OrderType.TrailingStop, offset: 3 });
  expect(market.twin.openOrders[0]?.triggerPrice).toBe(97);
  tradeAt(105);
  expect(market.twin.openOrders[0]?.triggerPrice).toBe(102);
  tradeAt(104);
  expect(market.twin.openOrders[0]?.triggerPrice).toBe(102);
  expect(tradeAt(102)).toContain("triggered 3");
});

test("a stop by best price looks at the other side of the book, not at trades", () => {
  const market = new TwinMarket();
  market.buy(1, 99);
  market.sell(1, 101);
  const stop = { orderType: OrderType.Stop, triggerBy: TriggerBy.BestPrice };
  expect(market.buy(1, 0, { ...stop, triggerPrice: 103 })).toEqual(["new 3"]);
  market.sell(1, 103);
  expect(market.send({ kind: CommandKind.CancelOrder, origClientOrderId: 2 })).toEqual([
    "canceled 2 Requested",
    "triggered 3",
    "trade 4 1 @ 103",
    "trade 3 1 @ 103",
  ]);
});

test("a pegged order follows the best price, and is not shown", () => {
  const market = new TwinMarket();
  market.buy(1, 98);
  market.buy(5, 100, { orderType: OrderType.Pegged, pegReference: PegReference.Primary });
  market.buy(1, 99);
  expect(market.levels(Side.Buy)).toBe("1 @ 99, 1 @ 98");
  expect(market.sell(2, 99)).toEqual(["new 4", "trade 3 1 @ 99", "trade 4 1 @ 99", "trade 2 1 @ 99", "trade 4 1 @ 99"]);
  expect(market.twin.openOrders.map(({ price }) => price)).toEqual([98, 98]);
});

test("an auction ends the opening: market orders first, one price, at-the-open residue expires", () => {
  const market = new TwinMarket();
  market.phase(Phase.PreOpen);
  market.buy(5, 102);
  market.sell(3, 98);
  market.buy(2, 0, { ...MARKET, timeInForce: TimeInForce.AtTheOpen });
  market.sell(1, 110, { timeInForce: TimeInForce.AtTheOpen });
  expect(market.phase(Phase.Continuous)).toEqual([
    "trade 3 2 @ 98",
    "trade 2 2 @ 98",
    "trade 1 1 @ 98",
    "trade 2 1 @ 98",
    "expired 4 Residue",
  ]);
  expect(market.levels(Side.Buy)).toBe("4 @ 102");
});

test("a trade outside the dynamic band does not happen: the instrument pauses, then an auction ends the pause", () => {
  const market = new TwinMarket();
  market.define([
    [InstrumentTerm.DynamicBandBps, 500],
    [InstrumentTerm.VolatilityPauseMs, 1],
    [InstrumentTerm.ReferencePrice, 100],
  ]);
  market.sell(1, 105);
  market.sell(1, 106);
  expect(market.buy(3, 110)).toEqual(["new 3", "trade 1 1 @ 105", "trade 3 1 @ 105"]);
  expect(market.twin.phaseOf(1)).toBe(Phase.VolatilityPause);
  market.time += 1000;
  expect(market.send({ kind: CommandKind.AdvanceTime })).toEqual(["trade 3 1 @ 106", "trade 2 1 @ 106"]);
  expect(market.twin.phaseOf(1)).toBe(Phase.Continuous);
});

test("a quote amount buys whole lots at each price and expires with what is too little for one", () => {
  const market = new TwinMarket();
  market.sell(2, 100);
  market.sell(9, 150);
  expect(market.buy(0, 0, { ...MARKET, quoteAmount: 600 })).toEqual([
    "new 3",
    "trade 1 2 @ 100",
    "trade 3 2 @ 100",
    "trade 2 2 @ 150",
    "trade 3 2 @ 150",
    "expired 3 Residue",
  ]);
});

test("a pro-rata level goes to the order that made the price first, then by quantity", () => {
  const market = new TwinMarket();
  market.define([
    [InstrumentTerm.Allocation, 2],
    [InstrumentTerm.TopOrderMaxQty, 2],
  ]);
  market.sell(10, 100);
  market.sell(20, 100);
  const lines = market.buy(10, 100).filter((line) => line.startsWith("trade") && !line.startsWith("trade 3"));
  expect(lines).toEqual(["trade 1 5 @ 100", "trade 2 5 @ 100"]);
});
