/** What a scenario cannot say about the rules of the market: single fields of events. The rules are in testing/scenarios. */
import { expect, test } from "vitest";
import { EngineRig, SMALL_ENGINE } from "./testing/engine-rig.ts";
import { Scenario } from "./testing/scenario.ts";

test("both sides of a trade get the price of the resting order", () => {
  const scenario = new Scenario(new EngineRig(SMALL_ENGINE));
  scenario.events("sell 1 5 @ 100");
  const [accepted, resting, aggressor] = scenario.events("b: buy 2 5 @ 105");
  expect(accepted).toMatchObject({ price: 105, leavesQty: 5 });
  expect(resting).toMatchObject({ clientOrderId: 1, lastPx: 100, lastQty: 5, session: 0 });
  expect(aggressor).toMatchObject({ clientOrderId: 2, lastPx: 100, lastQty: 5, session: 1, price: 105 });
});

test("all reports of a replaced order have its first order id", () => {
  const scenario = new Scenario(new EngineRig(SMALL_ENGINE));
  const [first] = scenario.events("buy 1 5 @ 100");
  const [moved] = scenario.events("replace 1 as 2 6 @ 101");
  const [again] = scenario.events("replace 2 as 3 6 @ 102");
  expect(moved).toMatchObject({ orderId: first?.orderId, lastPx: 100, price: 101, clientOrderId: 2 });
  expect(again).toMatchObject({ orderId: first?.orderId, lastPx: 101, price: 102, origClientOrderId: 2 });
});
