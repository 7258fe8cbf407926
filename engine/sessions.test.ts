/** How sessions open, close and own orders, and who is told what. */
import { expect, test } from "vitest";
import { CommandFlag, CommandKind } from "../protocol/record/command-record.ts";
import { EventFlag, EventKind, NO_SESSION } from "../protocol/record/event-record.ts";
import { IDS_PER_ENGINE } from "../protocol/limits.ts";
import { Side } from "../protocol/codes.ts";
import { commandOf } from "./testing/command-fields.ts";
import { EngineRig, SMALL_ENGINE } from "./testing/engine-rig.ts";
import { Scenario } from "./testing/scenario.ts";

const TWO_GATEWAYS = { ...SMALL_ENGINE, gatewayCount: 2 };

test("reports that nobody read are counted all the same", () => {
  const scenario = new Scenario(new EngineRig(SMALL_ENGINE));
  scenario.events("close");
  scenario.events("open a canceling");
  scenario.events("buy 1  5 @ 100");
  scenario.events("buy 2  5 @ 101");
  const [closed] = scenario.events("close");
  expect(closed).toMatchObject({ sessionSequence: 4 });
  const [opened] = scenario.events("open a");
  expect(opened).toMatchObject({ sessionSequence: 4 });
});

test("commands of a session that is not connected change nothing and are counted", () => {
  const rig = new EngineRig(SMALL_ENGINE);
  const scenario = new Scenario(rig);
  scenario.events("close");
  expect(scenario.events("buy 1 5 @ 100")).toEqual([]);
  expect(scenario.events("c: buy 1 5 @ 100")).toEqual([]);
  expect(rig.engine.droppedCommandCount).toBe(2);
  expect(rig.engine.openOrderCount).toBe(0);
});

test("a later engine follows the first one: a session that moves is taken over", () => {
  const rig = new EngineRig({ ...TWO_GATEWAYS, engineIndex: 1 });
  const scenario = new Scenario(rig);
  expect(scenario.outcome("open a via 1")).toBe("closed 0, opened 0");
  // What the old connection still had on its way comes too late.
  const late = commandOf({ kind: CommandKind.CloseSession, session: 0, gateway: 0 });
  expect(rig.apply(late)).toEqual([[], []]);
  expect(rig.engine.connectedSessionCount).toBe(2);
  expect(rig.engine.droppedCommandCount).toBe(1);
});

test("a close that names an earlier connection through the same gateway changes nothing", () => {
  const rig = new EngineRig({ ...SMALL_ENGINE, engineIndex: 1 });
  const scenario = new Scenario(rig);
  expect(scenario.outcome("open a")).toBe("closed 0, opened 0");
  // Scenarios number connections by command: the first one was opened by the first command.
  const late = commandOf({ kind: CommandKind.CloseSession, session: 0, connection: 1 });
  expect(rig.apply(late)).toEqual([[]]);
  expect(scenario.outcome("a: buy 1 5 @ 100")).toBe("new 1");
});

test("a later engine refuses an opening that is older than the one it has followed", () => {
  const rig = new EngineRig({ ...TWO_GATEWAYS, engineIndex: 1 });
  const opening = (clientOrderId: number, gateway: number): number[] => {
    const command = commandOf({ kind: CommandKind.OpenSession, name: "z", clientOrderId, gateway, connection: 9 });
    return rig.apply(command).flatMap((events) => events.map(({ kind }) => kind));
  };
  expect(opening(20, 1)).toEqual([EventKind.SessionOpened]);
  expect(opening(10, 0)).toEqual([EventKind.SessionRefused]);
  expect(opening(30, 0), "a newer one takes over").toEqual([EventKind.SessionOpened, EventKind.SessionClosed]);
});

test("order and trade ids of an engine begin at its own range", () => {
  const scenario = new Scenario(new EngineRig({ ...SMALL_ENGINE, engineIndex: 2 }));
  const [first] = scenario.events("buy 1 5 @ 100");
  const [second, trade] = scenario.events("sell 2 5 @ 100");
  expect(first?.orderId).toBe(2 * IDS_PER_ENGINE + 1);
  expect(second?.orderId).toBe(2 * IDS_PER_ENGINE + 2);
  expect(trade?.origClientOrderId).toBe(2 * IDS_PER_ENGINE + 1);
});

test("another gateway that follows gets the public part alone", () => {
  const scenario = new Scenario(new EngineRig(TWO_GATEWAYS));
  scenario.events("follow 1 via 1");
  const [own, copy] = scenario.events("buy 1 5 @ 100");
  expect(own).toMatchObject({ session: 0, flags: EventFlag.LevelChanged, levelQty: 5, levelOrderCount: 1 });
  expect(copy).toEqual({ ...own, session: NO_SESSION });
  scenario.events("unfollow 1 via 1");
  expect(scenario.events("buy 2 5 @ 100")).toHaveLength(1);
});

test("a trade with an order whose session is gone is still published", () => {
  const scenario = new Scenario(new EngineRig(TWO_GATEWAYS));
  scenario.events("buy 1 5 @ 100");
  scenario.events("close");
  scenario.events("follow 1 via 1");
  const [accepted, aggressor, published] = scenario.events("b: sell 2 5 @ 100");
  expect(accepted).toMatchObject({ session: 1 });
  expect(aggressor).toMatchObject({ session: 1, flags: 0 });
  expect(published).toMatchObject({
    session: NO_SESSION,
    side: Side.Buy,
    flags: EventFlag.LevelChanged | EventFlag.PublicTrade,
    lastPx: 100,
    lastQty: 5,
    levelQty: 0,
  });
});

test("a level that is left and a level that is joined are told in one report", () => {
  const scenario = new Scenario(new EngineRig(SMALL_ENGINE));
  scenario.events("buy 1 5 @ 100");
  scenario.events("buy 2 7 @ 101");
  const [report] = scenario.events("replace 1 6 @ 101");
  expect(report).toMatchObject({
    flags: EventFlag.LevelChanged | EventFlag.PrevLevelChanged,
    levelQty: 13,
    levelOrderCount: 2,
    lastPx: 100,
    prevLevelQty: 0,
    prevLevelOrderCount: 0,
  });
});

test("only the first event of a command to its own session is stamped", () => {
  const rig = new EngineRig(SMALL_ENGINE);
  const order = { kind: CommandKind.NewOrder, session: 0, instrumentId: 1, price: 100, orderQty: 5 } as const;
  const flags = CommandFlag.Receipt | CommandFlag.Stamped;
  const stamps = { flags, receivedAt: 12.5, gatewayInNs: 700 };
  rig.apply(commandOf({ kind: CommandKind.OpenSession, name: "a" }));
  const [[resting] = []] = rig.apply(commandOf({ ...order, ...stamps, clientOrderId: 1, side: Side.Buy }));
  expect(resting).toMatchObject({ receivedAt: 12.5, gatewayInNs: 700, ringWaitNs: 0, matchingNs: 0 });
  expect((resting?.flags ?? 0) & (EventFlag.Receipt | EventFlag.Stamped)).toBe(24);
  const [events = []] = rig.apply(commandOf({ ...order, ...stamps, clientOrderId: 2, side: Side.Sell }));
  expect(events.map((event) => event.flags & EventFlag.Stamped)).toEqual([16, 0, 0]);
  const [plain = []] = rig.apply(commandOf({ ...order, receivedAt: 1, clientOrderId: 3, side: Side.Sell }));
  expect(plain[0]).toMatchObject({ flags: EventFlag.LevelChanged, receivedAt: 0, gatewayInNs: 0 });
});
