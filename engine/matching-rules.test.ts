/** The rules of the market, one per test. How to read them: testing/scenario.ts. */
import { expect, test } from "vitest";
import { RejectReason } from "../protocol/codes.ts";
import { CommandKind } from "../protocol/record/command-record.ts";
import type { EngineConfig } from "./engine-config.ts";
import { type CommandFields, commandOf } from "./testing/command-fields.ts";
import { EngineRig, SMALL_ENGINE, instrumentOf } from "./testing/engine-rig.ts";
import { Scenario, normalized } from "./testing/scenario.ts";

function check(text: string, config: EngineConfig = SMALL_ENGINE): void {
  expect(new Scenario(config).play(text)).toBe(normalized(text));
}

test("an aggressor takes the best price first, then the oldest order at that price", () => {
  check(`
    sell 1  10 @ 101
    sell 2   5 @ 100
    sell 3   4 @ 101
    buy  4  17 @ 101  ->  new 4, trade 2x4 5 @ 100, trade 1x4 10 @ 101, trade 3x4 2 @ 101, filled 4
    book              ->  offers: 2 @ 101 x1`);
});

test("so it does on the other side", () => {
  check(`
    buy  1  10 @ 99
    buy  2   5 @ 100
    buy  3   4 @ 99
    sell 4  17 @ 99  ->  new 4, trade 2x4 5 @ 100, trade 1x4 10 @ 99, trade 3x4 2 @ 99, filled 4
    book             ->  bids: 2 @ 99 x1`);
});

test("both sides of a trade get the price of the resting order", () => {
  const scenario = new Scenario();
  scenario.play("sell 1 5 @ 100");
  const [accepted, resting, aggressor] = scenario.events("b: buy 2 5 @ 105");
  expect(accepted).toMatchObject({ price: 105, leavesQty: 5 });
  expect(resting).toMatchObject({ clientOrderId: 1, lastPx: 100, lastQty: 5, session: 0 });
  expect(aggressor).toMatchObject({ clientOrderId: 2, lastPx: 100, lastQty: 5, session: 1, price: 105 });
});

test("a partial fill keeps its time priority", () => {
  check(`
    sell 1  10 @ 100
    sell 2  10 @ 100
    buy  3   4 @ 100  ->  new 3, trade 1x3 4 @ 100, filled 3
    buy  4   8 @ 100  ->  new 4, trade 1x4 6 @ 100, trade 2x4 2 @ 100, filled 4`);
});

test("what is left of a good-till-cancel order rests at its limit", () => {
  check(`
    sell 1   5 @ 100
    buy  2  12 @ 101  ->  new 2, trade 1x2 5 @ 100
    book              ->  bids: 7 @ 101 x1
    sell 3   7 @ 101  ->  new 3, trade 2x3 7 @ 101, filled 3
    book              ->  empty`);
});

test("what is left of an immediate-or-cancel order expires and never rests", () => {
  check(`
    sell 1   5 @ 100
    buy  2  12 @ 101 ioc  ->  new 2, trade 1x2 5 @ 100, expired 2
    buy  3   1 @ 101 ioc  ->  new 3, expired 3
    book                  ->  empty
    sell 4   5 @ 90       ->  new 4`);
});

test("a market order takes any price, and what is left expires", () => {
  check(`
    sell 1  5 @ 1
    sell 2  5 @ 2147483647  on 1
    buy  3  7 market          ->  new 3, trade 1x3 5 @ 1, trade 2x3 2 @ 2147483647, filled 3
    buy  4  7 market          ->  new 4, trade 2x4 3 @ 2147483647, expired 4
    buy  5  1 @ 1
    sell 6  9 market          ->  new 6, trade 5x6 1 @ 1, expired 6
    sell 7  9 market fok      ->  new 7, expired 7`);
});

test("a fill-or-kill order trades in full", () => {
  check(`
    sell 1  5 @ 100
    sell 2  5 @ 101
    buy  3 10 @ 101 fok  ->  new 3, trade 1x3 5 @ 100, trade 2x3 5 @ 101, filled 3`);
});

test("a fill-or-kill order that cannot trade in full leaves no trace in the book", () => {
  check(`
    sell 1   5 @ 100
    sell 2   5 @ 102
    buy  3   6 @ 101 fok  ->  new 3, expired 3
    book                  ->  offers: 5 @ 100 x1, 5 @ 102 x1
    buy  4  11 market fok ->  new 4, expired 4
    buy  5   7 @ 102      ->  new 5, trade 1x5 5 @ 100, trade 2x5 2 @ 102, filled 5`);
});

test("no level stays behind when its last order is canceled", () => {
  check(`
    buy 1  5 @ 100
    buy 2  5 @ 99
    cancel 1         ->  canceled 1
    book             ->  bids: 5 @ 99 x1
    sell 3  5 @ 100  ->  new 3
    sell 4  5 @ 99   ->  new 4, trade 2x4 5 @ 99, filled 4`);
});

test("an order may trade with another of its own session", () => {
  check(`
    sell 1  5 @ 100
    buy  2  3 @ 100  ->  new 2, trade 1x2 3 @ 100, filled 2`);
});

test("instruments do not meet", () => {
  check(`
    sell 1  5 @ 100 on 1
    buy  2  5 @ 100 on 2  ->  new 2
    book                  ->  offers: 5 @ 100 x1`);
});

test("a canceled report is named by its request, if that has an id", () => {
  check(`
    buy 1  5 @ 100
    buy 2  5 @ 100
    cancel 1 as 70  ->  canceled 1 as 70
    cancel 2        ->  canceled 2`);
});

test("a cancel finds only open orders of its own session and instrument", () => {
  check(`
    buy 1  5 @ 100
    b: cancel 1          ->  cancel refused UnknownOrder
    cancel 2             ->  cancel refused UnknownOrder
    cancel 1 on 2        ->  cancel refused UnknownOrder
    cancel 1 on 77       ->  cancel refused UnknownOrder
    cancel 1 as -1       ->  cancel refused InvalidClientOrderId
    cancel 1             ->  canceled 1
    cancel 1             ->  cancel refused OrderClosed`);
});

test("the id of a cancel need not be unique", () => {
  check(`
    buy 1  5 @ 100
    buy 2  5 @ 100
    cancel 1 as 2  ->  canceled 1 as 2
    cancel 2 as 2  ->  canceled 2 as 2`);
});

test("a replace to less keeps time priority, one to the same too", () => {
  check(`
    sell 1  10 @ 100
    sell 2  10 @ 100
    replace 1  6 @ 100  ->  replaced 1
    replace 1  6 @ 100  ->  replaced 1
    book                ->  offers: 16 @ 100 x2
    buy 3  7 @ 100      ->  new 3, trade 1x3 6 @ 100, trade 2x3 1 @ 100, filled 3`);
});

test("a replace to more goes to the back", () => {
  check(`
    sell 1  10 @ 100
    sell 2  10 @ 100
    replace 1  11 @ 100  ->  replaced 1
    buy 3  11 @ 100      ->  new 3, trade 2x3 10 @ 100, trade 1x3 1 @ 100, filled 3`);
});

test("a replace to another price goes to the back there", () => {
  check(`
    sell 1  10 @ 100
    sell 2  10 @ 101
    replace 1  5 @ 101  ->  replaced 1
    book                ->  offers: 15 @ 101 x2
    buy 3  12 @ 101     ->  new 3, trade 2x3 10 @ 101, trade 1x3 2 @ 101, filled 3`);
});

test("a replace may trade, and what is left rests", () => {
  check(`
    sell 1   5 @ 100
    buy  2   8 @ 99
    replace 2  9 @ 100  ->  replaced 2, trade 1x2 5 @ 100
    book                ->  bids: 4 @ 100 x1`);
});

test("a replaced order may be filled at once", () => {
  check(`
    sell 1   5 @ 100
    buy  2   5 @ 99
    replace 2 as 3  5 @ 100  ->  replaced 2 as 3, trade 1x3 5 @ 100, filled 3
    book                     ->  empty
    cancel 3                 ->  cancel refused OrderClosed`);
});

test("the quantity of a replace is the total, and must exceed what has traded", () => {
  check(`
    sell 1  10 @ 100
    buy  2   4 @ 100
    replace 1  4 @ 100  ->  replace refused QuantityBelowExecuted
    replace 1  5 @ 100  ->  replaced 1
    book                ->  offers: 1 @ 100 x1`);
});

test("a replace names an open order of its session and has valid terms", () => {
  check(`
    buy 1  5 @ 100
    b: replace 1  5 @ 100           ->  replace refused UnknownOrder
    replace 2  5 @ 100              ->  replace refused UnknownOrder
    replace 1  5 @ 100 on 2         ->  replace refused UnknownOrder
    replace 1  5 @ 0                ->  replace refused InvalidPrice
    replace 1  0 @ 100              ->  replace refused InvalidQuantity
    replace 1  1000001 @ 100        ->  replace refused InvalidQuantity
    replace 1 as -1  5 @ 100        ->  replace refused InvalidClientOrderId
    cancel 1
    replace 1  5 @ 100              ->  replace refused OrderClosed`);
});

test("all reports of a replaced order have its first order id", () => {
  const scenario = new Scenario();
  const [first] = scenario.events("buy 1 5 @ 100");
  const [moved] = scenario.events("replace 1 as 2 6 @ 101");
  const [again] = scenario.events("replace 2 as 3 6 @ 102");
  expect(moved).toMatchObject({ orderId: first?.orderId, lastPx: 100, price: 101, clientOrderId: 2 });
  expect(again).toMatchObject({ orderId: first?.orderId, lastPx: 101, price: 102, origClientOrderId: 2 });
});

test("the same new order again is answered with its state, whatever has become of it", () => {
  check(`
    buy 1  5 @ 100        ->  new 1
    buy 1  5 @ 100 gtc    ->  status 1 New
    sell 2  2 @ 100
    buy 1  5 @ 100        ->  status 1 PartiallyFilled
    replace 1  9 @ 99
    buy 1  5 @ 100        ->  status 1 PartiallyFilled
    cancel 1
    buy 1  5 @ 100        ->  status 1 Canceled
    sell 2  2 @ 100       ->  status 2 Filled
    buy 3  1 @ 50 ioc
    buy 3  1 @ 50 ioc     ->  status 3 Expired
    book                  ->  empty`);
});

test("a client order id that comes back with other terms is a duplicate", () => {
  check(`
    buy 1  5 @ 100
    sell 1 5 @ 100      ->  rejected 1 DuplicateClientOrderId
    buy 1  6 @ 100      ->  rejected 1 DuplicateClientOrderId
    buy 1  5 @ 101      ->  rejected 1 DuplicateClientOrderId
    buy 1  5 @ 100 ioc  ->  rejected 1 DuplicateClientOrderId
    buy 1  5 @ 100 on 2 ->  rejected 1 DuplicateClientOrderId
    b: buy 1  6 @ 100   ->  new 1`);
});

test("an id that was replaced answers Replaced and cannot be used again", () => {
  check(`
    buy 1  5 @ 100
    replace 1 as 2  6 @ 101
    buy 1  5 @ 100            ->  status 1 Replaced
    cancel 1                  ->  cancel refused OrderClosed
    replace 1 as 4  7 @ 100   ->  replace refused OrderClosed
    replace 2 as 1  7 @ 100   ->  replace refused DuplicateClientOrderId
    buy 2  6 @ 101            ->  rejected 2 DuplicateClientOrderId
    cancel 2                  ->  canceled 2`);
});

test("the same replace again is answered with the state of the order", () => {
  check(`
    buy 1  5 @ 100
    replace 1 as 2  6 @ 101  ->  replaced 1 as 2
    replace 1 as 2  6 @ 101  ->  status 1 as 2 New
    replace 1 as 2  6 @ 102  ->  replace refused DuplicateClientOrderId
    replace 2 as 3  6 @ 103
    replace 1 as 2  6 @ 101  ->  status 1 as 2 Replaced
    replace 2 as 3  6 @ 103  ->  status 2 as 3 New
    buy 4  1 @ 50
    replace 4 as 3  6 @ 103  ->  replace refused DuplicateClientOrderId
    replace 4 as 4  1 @ 51   ->  replace refused DuplicateClientOrderId`);
});

test("a rejected client order id may be used again", () => {
  check(`
    buy 1  0 @ 100  ->  rejected 1 InvalidQuantity
    buy 1  5 @ 100  ->  new 1`);
});

test("an ended order is forgotten after as many others as the engine remembers", () => {
  check(
    `
    buy 1  1 @ 50 ioc
    buy 2  1 @ 50 ioc
    buy 1  1 @ 50 ioc  ->  status 1 Expired
    buy 3  1 @ 50 ioc
    buy 1  1 @ 50 ioc  ->  new 1, expired 1`,
    { ...SMALL_ENGINE, maxEndedOrders: 2 },
  );
});

test("the first thing that is wrong with a new order is told", () => {
  check(
    `
    buy 0  0 @ 0 on 9           ->  rejected 0 InvalidClientOrderId
    buy -1 5 @ 100              ->  rejected -1 InvalidClientOrderId
    buy 1  0 @ 0 on 9           ->  rejected 1 UnknownInstrument
    buy 1  5 @ 0                ->  rejected 1 InvalidPrice
    buy 1  5 @ -1               ->  rejected 1 InvalidPrice
    buy 1  0 @ 2000000001       ->  rejected 1 InvalidPrice
    buy 1  0 @ 2000000000       ->  rejected 1 InvalidQuantity
    buy 1  -1 @ 100             ->  rejected 1 InvalidQuantity
    buy 1  30000001 @ 100       ->  rejected 1 InvalidQuantity
    buy 1  30000000 @ 2000000000 -> rejected 1 NotionalTooLarge
    buy 1  30000000 @ 300239976 ->  rejected 1 NotionalTooLarge
    buy 1  30000000 @ 300239975 ->  new 1
    buy 2  5 market gtc         ->  rejected 2 InvalidTimeInForce
    buy 2  5 market @ 100       ->  rejected 2 InvalidPrice
    buy 2  0 market             ->  rejected 2 InvalidQuantity
    replace 1  30000000 @ 300239976 -> replace refused NotionalTooLarge`,
    { ...SMALL_ENGINE, instruments: [instrumentOf(1, 2_000_000_000, 30_000_000)] },
  );
});

test("codes that do not exist are refused", () => {
  const rig = new EngineRig(SMALL_ENGINE);
  const order = {
    kind: CommandKind.NewOrder,
    clientOrderId: 1,
    instrumentId: 1,
    side: 1,
    price: 100,
    orderQty: 5,
  } as const;
  const reasonOf = (fields: Partial<CommandFields>): number | undefined =>
    rig.apply(commandOf({ ...order, ...fields }))[0]?.[0]?.reason;
  rig.apply(commandOf({ kind: CommandKind.OpenSession, name: "a" }));
  expect(reasonOf({ side: 0 })).toBe(RejectReason.InvalidSide);
  expect(reasonOf({ side: 3 })).toBe(RejectReason.InvalidSide);
  expect(reasonOf({ orderType: 3 })).toBe(RejectReason.InvalidOrderType);
  expect(reasonOf({ timeInForce: 4 })).toBe(RejectReason.InvalidTimeInForce);
  expect(reasonOf({ timeInForce: 255 })).toBe(RejectReason.InvalidTimeInForce);
  expect(reasonOf({})).toBe(0);
});

test("a full engine refuses what may rest and changes nothing", () => {
  check(
    `
    buy  1  5 @ 100
    buy  2  5 @ 100
    buy  3  5 @ 100      ->  rejected 3 BookFull
    sell 3  9 @ 100      ->  rejected 3 BookFull
    sell 3  9 @ 100 ioc  ->  new 3, trade 1x3 5 @ 100, trade 2x3 4 @ 100, filled 3
    buy  4  5 @ 100      ->  new 4`,
    { ...SMALL_ENGINE, maxOpenOrders: 2 },
  );
});

test("an engine without free price levels takes orders at the levels that it has", () => {
  check(
    `
    buy 1  5 @ 100
    buy 2  5 @ 99
    buy 3  5 @ 98        ->  rejected 3 BookFull
    buy 3  5 @ 99        ->  new 3
    replace 1  5 @ 101   ->  replace refused BookFull
    replace 1  5 @ 99    ->  replaced 1
    replace 1  5 @ 101   ->  replaced 1`,
    { ...SMALL_ENGINE, maxPriceLevels: 2 },
  );
});

test("a mass cancel ends the session's orders from the oldest on", () => {
  check(`
    buy  1  5 @ 100
    sell 2  5 @ 110
    b: buy 1  5 @ 90
    buy  3  5 @ 101 on 2
    replace 1  9 @ 95     ->  replaced 1
    mass-cancel           ->  canceled 1, canceled 2, canceled 3, mass canceled 3
    mass-cancel           ->  mass canceled 0
    book                  ->  bids: 5 @ 90 x1`);
});

test("a mass cancel may be limited to an instrument, a side, or both", () => {
  check(`
    buy  1  5 @ 100
    sell 2  5 @ 110
    buy  3  5 @ 100 on 2
    sell 4  5 @ 110 on 2
    mass-cancel sell on 1  ->  canceled 2, mass canceled 1
    mass-cancel on 2       ->  canceled 3, canceled 4, mass canceled 2
    mass-cancel buy        ->  canceled 1, mass canceled 1`);
});

test("a mass cancel of something that does not exist is refused", () => {
  check(`
    mass-cancel on 9      ->  masscancel refused UnknownInstrument
    mass-cancel sideways  ->  masscancel refused InvalidSide
    mass-cancel as -1     ->  masscancel refused InvalidClientOrderId`);
});
