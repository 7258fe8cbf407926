/** Order entry between a session and the command rings, without engines: what is in the rings, what is answered. */
import protobuf from "protobufjs/minimal.js";
import { beforeEach, describe, expect, test } from "vitest";
import { fairlead } from "../protocol/codec/cold-codec.ts";
import { writeCommand } from "../protocol/codec/client-frame-decoder.ts";
import { Contingency, PostOnly, RejectReason, RequestType, Side } from "../protocol/codes.ts";
import { createDurableSequence } from "../protocol/durable-sequence.ts";
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_FLAGS,
  CMD_LINK,
  CMD_OPTIONS,
  CMD_SESSION,
  CMD_TRIGGER_PRICE,
  CommandFlag,
} from "../protocol/record/command-record.ts";
import { createDoorbell } from "../protocol/ring/doorbell.ts";
import { EMPTY, RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { createRing } from "../protocol/ring/ring-layout.ts";
import { CounterWriter, createCounterPage } from "../protocol/telemetry/counters.ts";
import { CommandScratch } from "./command-scratch.ts";
import { EngineLane } from "./engine-lane.ts";
import { GATEWAY_COUNTERS } from "./gateway-counters.ts";
import { OrderEntry } from "./order-entry.ts";
import { FlushList } from "./session/flush-list.ts";
import { OrderSession } from "./session/order-session.ts";

const RING_SLOTS = 64;
const HANDLES = [70, 71];

const silent = { description: "test", queuedBytes: () => 0, send: () => {}, sendText: () => {}, close: () => {} };

let session: OrderSession;
let entry: OrderEntry;
let rings: RingConsumer[];

/** Two engines; instrument 1 lives on the first one, 2 on the second. */
beforeEach(() => {
  const buffers = [createRing(RING_SLOTS), createRing(RING_SLOTS)];
  rings = buffers.map((buffer) => new RingConsumer(buffer));
  const lanes = buffers.map(
    (commandRing, engine) =>
      new EngineLane({
        engine,
        commandRing,
        eventRing: createRing(RING_SLOTS),
        engineDoorbell: createDoorbell(),
        durableSequence: createDurableSequence(),
        startsAfter: 0,
      }),
  );
  const counters = new CounterWriter(createCounterPage(GATEWAY_COUNTERS.length));
  const engineOfInstrument = new Map([
    [1, 0],
    [2, 1],
  ]);
  entry = new OrderEntry(
    new CommandScratch(),
    lanes,
    engineOfInstrument,
    new FlushList(counters, 2 ** 30, () => {}),
    counters,
  );
  session = new OrderSession(1, silent, "binary", 2, 0);
  session.name = "trader";
  session.handles.set(HANDLES);
});

interface TakenCommand {
  readonly clientOrderId: number;
  readonly session: number;
  readonly flags: number;
  readonly link: number;
  readonly terms: readonly number[];
}

/** What the engine finds in its ring now. */
function taken(engine: number): TakenCommand[] {
  const ring = rings[engine] as RingConsumer;
  const { i32, f64 } = ring;
  const commands: TakenCommand[] = [];
  for (let base = ring.poll(); base !== EMPTY; base = ring.poll()) {
    const int = (index: number) => i32[base + index] as number;
    commands.push({
      clientOrderId: f64[(base >> 1) + CMD_CLIENT_ORDER_ID] as number,
      session: int(CMD_SESSION),
      flags: int(CMD_FLAGS),
      link: int(CMD_LINK),
      terms: [CMD_TRIGGER_PRICE, CMD_ACCOUNT, CMD_OPTIONS].map(int),
    });
  }
  ring.release();
  return commands;
}

/** The rejects that wait for the session. */
function rejects(): fairlead.v1.BusinessReject.$Properties[] {
  const reader = protobuf.Reader.create(session.output.bytes.slice(0, session.output.length));
  const found: fairlead.v1.BusinessReject.$Properties[] = [];
  while (reader.pos < reader.len) found.push(fairlead.v1.ServerFrame.decodeDelimited(reader).businessReject ?? {});
  return found;
}

const order = (clientOrderId: number, instrumentId = 2, fields: fairlead.v1.NewOrder.$Properties = {}) => ({
  clientOrderId,
  instrumentId,
  side: Side.Buy as Side,
  price: 100,
  orderQty: 5,
  ...fields,
});

function submit(frame: fairlead.v1.ClientFrame.$Properties): void {
  const { i32, f64 } = entry.command;
  entry.submit(session, writeCommand(frame, i32, f64, 0), 0);
}

describe("terms", () => {
  test("reach the ring with their order, and stay away from the plain order after it", () => {
    submit({ newOrder: order(1, 2, { triggerPrice: 99, account: 8, postOnly: PostOnly.Slide }) });
    submit({ newOrder: order(2) });
    entry.submitList(session, { contingency: Contingency.OneCancelsOther, orders: [order(3), order(4)] }, 0);
    const commands = taken(1);
    expect(commands.map(({ flags }) => (flags & CommandFlag.Extended) !== 0)).toEqual([true, false, true, true]);
    expect(commands[0]?.terms).toEqual([99, 8, PostOnly.Slide]);
    expect(commands.map(({ link }) => link)).toEqual([0, 0, 0x02_00_01, 0x02_01_01]);
    expect(commands[2]?.terms).toEqual([0, 0, 0]);
  });
});

const list = (...ids: number[]) => ({ contingency: Contingency.Bracket, orders: ids.map((id) => order(id)) });

describe("a list", () => {
  test("is consecutive records of its session on the engine of its instrument", () => {
    entry.submitList(session, list(11, 12, 13), 0);
    expect(taken(0)).toEqual([]);
    const commands = taken(1);
    expect(commands.map(({ clientOrderId, link }) => [clientOrderId, link])).toEqual([
      [11, 0x03_00_03],
      [12, 0x03_01_03],
      [13, 0x03_02_03],
    ]);
    expect(new Set(commands.map((command) => command.session))).toEqual(new Set([HANDLES[1]]));
    expect(rejects()).toEqual([]);
  });

  test.each([[[]], [[1, 2, 3, 4]]])("of orders %j is refused with one answer", (ids) => {
    entry.submitList(session, list(...ids), 0);
    expect(taken(0).concat(taken(1))).toEqual([]);
    const named = ids.length === 0 ? {} : { clientOrderId: 1, instrumentId: 2 };
    expect(rejects()).toEqual([
      {
        requestType: RequestType.NewOrderList,
        rejectReason: RejectReason.InvalidList,
        text: expect.stringContaining("a list has") as string,
        ...named,
      },
    ]);
  });

  test("of another length than its contingency asks for is the engine's to judge", () => {
    entry.submitList(session, list(1), 0);
    expect(taken(1).map(({ link }) => link)).toEqual([0x01_00_03]);
  });

  test("for which there is no room in whole is turned away in whole", () => {
    for (let id = 1; id <= RING_SLOTS - 2; id++) submit({ newOrder: order(id) });
    entry.submitList(session, list(101, 102, 103), 0);
    expect(rejects()).toMatchObject([
      { requestType: RequestType.NewOrderList, rejectReason: RejectReason.Busy, clientOrderId: 101 },
    ]);
    entry.submitList(session, list(201, 202), 0);
    expect(
      taken(1)
        .map(({ clientOrderId }) => clientOrderId)
        .slice(-3),
    ).toEqual([RING_SLOTS - 2, 201, 202]);
  });

  test("is not for a session without a name, nor for a venue that drains", () => {
    session.name = "";
    entry.submitList(session, list(1, 2, 3), 0);
    session.name = "trader";
    entry.isDraining = true;
    entry.submitList(session, list(1, 2, 3), 0);
    expect(rejects().map(({ rejectReason }) => rejectReason)).toEqual([
      RejectReason.MarketDataOnly,
      RejectReason.VenueClosed,
    ]);
    expect(taken(1)).toEqual([]);
  });

  test("whose first id is too large is refused without it", () => {
    entry.submitList(session, { orders: [order(2 ** 60), order(1), order(2), order(3)] }, 0);
    expect(rejects()[0]?.clientOrderId ?? 0).toBe(0);
  });
});

describe("a mass cancel of every instrument", () => {
  test("reaches every engine with its account", () => {
    submit({ massCancel: { clientOrderId: 9, account: 8 } });
    for (const engine of [0, 1]) {
      expect(taken(engine)).toMatchObject([{ clientOrderId: 9, session: HANDLES[engine], terms: [0, 8, 0] }]);
    }
  });

  test.each([
    { priceFrom: -1 },
    { priceTo: -1 },
    { priceFrom: 9, priceTo: 8 },
    { account: 2 ** 30 },
    { side: 3 as Side },
  ])("with %j is for the first engine alone to reject", (fields) => {
    submit({ massCancel: { clientOrderId: 9, ...fields } });
    expect(taken(0)).toHaveLength(1);
    expect(taken(1)).toEqual([]);
    expect(session.pendingMassCancels).toEqual([]);
  });
});
