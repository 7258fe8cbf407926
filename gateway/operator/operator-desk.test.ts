/** The desk between the main thread and the rings, with events made by hand in the place of engines. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { KillScope, Phase, RejectReason } from "../../protocol/codes.ts";
import { createDurableSequence } from "../../protocol/durable-sequence.ts";
import { CMD_CONNECTION, CMD_HEAD, CommandKind, RECORD_BYTES } from "../../protocol/record/command-record.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_ORDER_QTY,
  EVT_PRICE,
  EVT_SEQUENCE,
  EVT_TIME,
  EventKind,
  eventDetail,
  eventHead,
} from "../../protocol/record/event-record.ts";
import { createDoorbell } from "../../protocol/ring/doorbell.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { ControlCommands } from "../control-commands.ts";
import { EngineLane } from "../engine-lane.ts";
import { type OperatorAnswer, OperatorDesk } from "./operator-desk.ts";

const RING_SLOTS = 64;
const TIMEOUT_MS = 1000;
const ENGINES = [0, 1, 2];

let rings: RingConsumer[];
let commands: ControlCommands;
let desk: OperatorDesk;
let answers: OperatorAnswer[];

/** Instrument 5 lives on engine 1. */
beforeEach(() => {
  vi.useFakeTimers();
  const buffers = ENGINES.map(() => createRing(RING_SLOTS));
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
  commands = new ControlCommands(lanes);
  answers = [];
  desk = new OperatorDesk({
    engineCount: ENGINES.length,
    engineOfInstrument: new Map([[5, 1]]),
    commands,
    timeoutMs: TIMEOUT_MS,
    answer: (answer) => answers.push(answer),
  });
});

afterEach(() => {
  desk.stop();
  vi.useRealTimers();
});

/** Kind and correlation of every command in the ring. */
function taken(engine: number): number[][] {
  const ring = rings[engine] as RingConsumer;
  const found: number[][] = [];
  for (let base = ring.poll(); base !== EMPTY; base = ring.poll()) {
    found.push([(ring.i32[base + CMD_HEAD] as number) & 0xff, ring.i32[base + CMD_CONNECTION] as number]);
  }
  ring.release();
  return found;
}

function enginesOf(request: fairlead.v1.OperatorRequest.$Properties): number[] {
  desk.submit({ correlation: 1, request });
  return ENGINES.filter((engine) => taken(engine).length > 0);
}

interface Reported {
  readonly kind?: CommandKind;
  readonly reason?: RejectReason;
  readonly count?: number;
}

/** The engine answers. */
function report(
  engine: number,
  correlation: number,
  { kind = CommandKind.SetPhase, reason = 0, count = 0 }: Reported = {},
): void {
  const i32 = new Int32Array(RECORD_BYTES / 4);
  const f64 = new Float64Array(i32.buffer);
  i32[EVT_HEAD] = eventHead(EventKind.OperatorReport, kind, 0, 0);
  i32[EVT_DETAIL] = eventDetail(0, 0, reason, 0);
  i32[EVT_PRICE] = correlation;
  i32[EVT_ORDER_QTY] = count;
  f64[EVT_CLIENT_ORDER_ID] = 2 ** 40;
  f64[EVT_SEQUENCE] = 100 + engine;
  f64[EVT_TIME] = 5;
  desk.reported(engine, i32, f64, 0);
}

test.each<[string, fairlead.v1.OperatorRequest.$Properties, number[]]>([
  ["a phase of one instrument", { setPhase: { instrumentId: 5 } }, [1]],
  ["a phase of an unknown instrument", { setPhase: { instrumentId: 6 } }, [0]],
  ["a phase of every instrument", { setPhase: {} }, ENGINES],
  ["a kill switch of an instrument", { killSwitch: { scope: KillScope.Instrument, instrumentId: 5 } }, [1]],
  ["a kill switch of an account", { killSwitch: { scope: KillScope.Account, account: 1, instrumentId: 5 } }, ENGINES],
  ["a kill switch of the venue", { killSwitch: { scope: KillScope.Venue } }, ENGINES],
  ["a cancel in one instrument", { cancelOrders: { instrumentId: 5 } }, [1]],
  ["a cancel everywhere", { cancelOrders: {} }, ENGINES],
  ["a bust", { bustTrade: { instrumentId: 5, tradeId: 1 } }, [1]],
  ["a correction", { correctTrade: { instrumentId: 5, tradeId: 1 } }, [1]],
  ["a definition", { defineInstrument: { instrumentId: 9, engine: 2 } }, [2]],
])("%s goes to the engines that it concerns", (_, request, engines) => {
  expect(enginesOf(request)).toEqual(engines);
});

test("the answer comes when every engine has reported, in the order of the engines", () => {
  desk.submit({ correlation: 9, request: { setPhase: { phase: Phase.Halt } } });
  for (const engine of [2, 0]) report(engine, 9, { count: engine });
  report(2, 9);
  expect(answers).toEqual([]);
  report(1, 9, { reason: RejectReason.InvalidPhase });
  expect(answers).toMatchObject([
    {
      correlation: 9,
      missing: [],
      reports: [
        { requestId: 2 ** 40, engine: 0, rejectReason: 0, text: "", sequenceNumber: 100, transactTime: 5 },
        { engine: 1, rejectReason: RejectReason.InvalidPhase, text: "phase is not known, or cannot be set" },
        { engine: 2, count: 2 },
      ],
    },
  ]);
});

test("a definition is answered by its commit, not by its terms", () => {
  desk.submit({ correlation: 3, request: { defineInstrument: { instrumentId: 9, engine: 2, tickSize: 1 } } });
  expect(taken(2)).toEqual([
    [CommandKind.InstrumentTerm, 3],
    [CommandKind.CommitInstrument, 3],
  ]);
  report(2, 3, { kind: CommandKind.InstrumentTerm });
  expect(answers).toEqual([]);
  report(2, 3, { kind: CommandKind.CommitInstrument, count: 1 });
  expect(answers).toMatchObject([{ reports: [{ count: 1 }] }]);
});

test("engines that do not answer in time are named, and what they say later is dropped", () => {
  desk.submit({ correlation: 3, request: { setPhase: {} } });
  report(1, 3);
  vi.advanceTimersByTime(TIMEOUT_MS);
  expect(answers).toMatchObject([{ correlation: 3, reports: [{ engine: 1 }], missing: [0, 2] }]);
  report(0, 3);
  vi.advanceTimersByTime(TIMEOUT_MS);
  expect(answers).toHaveLength(1);
});

test("a definition that is longer than the ring arrives whole and in order", () => {
  const schedule = Array.from({ length: 3 * RING_SLOTS }, (_, n) => ({ secondOfDay: n, phase: Phase.Halt }));
  desk.submit({ correlation: 3, request: { defineInstrument: { instrumentId: 5, engine: 1, schedule } } });
  desk.submit({ correlation: 4, request: { setPhase: { instrumentId: 5 } } });
  const found: number[][] = [];
  while (commands.isWaiting) {
    found.push(...taken(1));
    commands.retry();
  }
  found.push(...taken(1));
  expect(found).toEqual([
    ...schedule.map(() => [CommandKind.InstrumentTerm, 3]),
    [CommandKind.CommitInstrument, 3],
    [CommandKind.SetPhase, 4],
  ]);
});
