import { beforeEach, describe, expect, test } from "vitest";
import { SMALL_ENGINE } from "../../engine/testing/engine-rig.ts";
import { commandOf, writeCommand } from "../../engine/testing/command-fields.ts";
import { type EventFields, readEvent } from "../../engine/testing/event-fields.ts";
import { ExecType, OrderType, Side, TimeInForce } from "../../protocol/codes.ts";
import { CommandKind, RECORD_I32_SHIFT } from "../../protocol/record/command-record.ts";
import { EventKind, NO_SESSION } from "../../protocol/record/event-record.ts";
import { OfflineEngine, createCommandBlock } from "./offline-engine.ts";

const MANY = 20_000;

let events: EventFields[];
let offline: OfflineEngine;

beforeEach(() => {
  events = [];
  offline = engineWith(64);
});

function engineWith(maxOpenOrders: number): OfflineEngine {
  const config = { ...SMALL_ENGINE, maxOpenOrders };
  return new OfflineEngine(config, (i32, f64, base) => events.push(readEvent(i32, f64, base)));
}

function order(session: number, clientOrderId: number, side: Side, time = 0) {
  const terms = { orderType: OrderType.Limit, timeInForce: TimeInForce.GoodTillCancel, price: 100, orderQty: 1 };
  return commandOf({ kind: CommandKind.NewOrder, session, instrumentId: 1, clientOrderId, side, time, ...terms });
}

function apply(...commands: ReturnType<typeof commandOf>[]): void {
  const block = createCommandBlock(commands.length);
  for (const [n, command] of commands.entries()) writeCommand(command, block.i32, block.f64, n << RECORD_I32_SHIFT);
  offline.apply(block, commands.length);
}

test("a session is opened by name, and has the same handle until the end", () => {
  expect([offline.openSession("a", 0), offline.openSession("a-session-with-a-name-of-32-char", 1)]).toEqual([0, 1]);
  expect(offline.openSession("a", 2)).toBe(NO_SESSION);
  expect(events.map(({ kind, session }) => [kind, session])).toEqual([
    [EventKind.SessionOpened, 0],
    [EventKind.SessionOpened, 1],
    [EventKind.SessionRefused, NO_SESSION],
  ]);
});

test("every event has been read when a block is applied, in the order of its commands", () => {
  const session = offline.openSession("a", 0);
  apply(order(session, 1, Side.Buy, 10), order(session, 2, Side.Sell, 20));
  expect(events.map(({ execType, sequence, time }) => [execType, sequence, time])).toEqual([
    [0, 1, 0],
    [ExecType.New, 2, 10],
    [ExecType.New, 3, 20],
    [ExecType.Trade, 3, 20],
    [ExecType.Trade, 3, 20],
  ]);
  expect(offline.sequence).toBe(3);
});

test("fewer records than the block has may be applied", () => {
  const session = offline.openSession("a", 0);
  const block = createCommandBlock(8);
  writeCommand(order(session, 1, Side.Buy), block.i32, block.f64, 0);
  offline.apply(block, 1);
  expect(offline.sequence).toBe(2);
  expect(() => offline.apply(block, 9)).toThrow("a block has as many records as are applied");
});

test("one command may make more events than the ring holds", () => {
  offline = engineWith(MANY);
  const session = offline.openSession("a", 0);
  for (let id = 1; id <= MANY; id++) apply(order(session, id, Side.Buy));
  events = [];
  apply(commandOf({ kind: CommandKind.MassCancel, session, instrumentId: 1 }));
  expect(events).toHaveLength(MANY + 1);
  expect(events.at(-1)).toMatchObject({ kind: EventKind.MassCancelReport, orderQty: MANY });
});

describe("following a book", () => {
  test("tells its levels and is not a command", () => {
    const session = offline.openSession("a", 0);
    apply(order(session, 1, Side.Buy));
    events = [];
    offline.followBook(1);
    expect(events).toMatchObject([
      { kind: EventKind.SnapshotLevel, instrumentId: 1, price: 100, levelQty: 1 },
      { kind: EventKind.SnapshotEnd, instrumentId: 1 },
    ]);
    expect(offline.sequence).toBe(2);
  });
});

test("the engine's time is counted", () => {
  const session = offline.openSession("a", 0);
  for (let id = 1; id <= 1000; id++) apply(order(session, id, Side.Buy));
  expect(offline.engineMs).toBeGreaterThan(0);
});
