/** Frames as text against the codecs of the gateway, and against the JSON mapping. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExecType, Phase, REJECT_TEXTS, RejectReason, Side } from "../../protocol/codes.ts";
import { fairlead } from "../../protocol/codec/cold-codec.ts";
import {
  encodeBusinessReject,
  encodeExecutionReport,
  encodeMassCancelReport,
  encodeTrade,
} from "../../protocol/codec/server-frame-encoder.ts";
import { anyId, anyInt32 } from "../../protocol/codec/testing/wire-arbitraries.ts";
import { formatServerFrame } from "../../protocol/json/json-codec.ts";
import * as event from "../../protocol/record/event-record.ts";
import { EventFlag, EventKind, eventDetail, eventHead } from "../../protocol/record/event-record.ts";
import { EventFrames } from "./event-frames.ts";

const { ServerFrame } = fairlead.v1;

const BASE = 32;
const HALF = BASE >> 1;
const SESSION = 3;

const i32 = new Int32Array(64);
const f64 = new Float64Array(i32.buffer);
const encoded = new Uint8Array(2048);

const anyCode = fc.oneof(fc.nat(12), fc.nat(255));
/** An id as a record has it: −1 is one that did not fit. */
const anyRecordId = fc.oneof(anyId, fc.constant(-1));

const anyEvent = fc.record({
  execType: fc.oneof(fc.constantFrom(...Object.values(ExecType)), fc.nat(255)),
  orderStatus: anyCode,
  side: anyCode,
  orderType: anyCode,
  timeInForce: anyCode,
  reason: fc.constantFrom(...Object.values(RejectReason)),
  flags: fc.nat(63),
  /** All of the 32-bit fields from the instrument on, whatever they mean. */
  words: fc.array(anyInt32, { minLength: 29, maxLength: 29 }),
  ids: fc.array(anyRecordId, { minLength: 3, maxLength: 3 }),
  sequence: anyId,
  time: anyId,
});
type Event = typeof anyEvent extends fc.Arbitrary<infer T> ? T : never;

function writeEvent(kind: EventKind, e: Event, flags = e.flags): void {
  for (const [n, word] of e.words.entries()) i32[BASE + 3 + n] = word;
  i32[BASE + event.EVT_HEAD] = eventHead(kind, e.execType, e.orderStatus, e.side);
  i32[BASE + event.EVT_DETAIL] = eventDetail(e.orderType, e.timeInForce, e.reason, flags);
  i32[BASE + event.EVT_SESSION] = SESSION;
  for (const [n, id] of e.ids.entries()) f64[HALF + event.EVT_ORDER_ID + n] = id;
  f64[HALF + event.EVT_SEQUENCE] = e.sequence;
  f64[HALF + event.EVT_TIME] = e.time;
}

function written(choice = { marketData: false, withSession: false }): string {
  const frames = new EventFrames(choice);
  frames.sessionOpened(SESSION, "alice", false);
  frames.write(i32, f64, BASE);
  return frames.text.take().toString();
}

/** What the gateway's bytes are in JSON, as a line. */
function lineOf(end: number): string {
  return `${formatServerFrame(ServerFrame.decodeDelimited(encoded.subarray(0, end)))}\n`;
}

describe("the text is that of the gateway's frame", () => {
  test("for an execution report", () => {
    fc.assert(
      fc.property(anyEvent, (e) => {
        writeEvent(EventKind.ExecutionReport, e);
        expect(written()).toBe(lineOf(encodeExecutionReport(i32, f64, BASE, 0, 0, 0, encoded, 0)));
      }),
      { numRuns: 1000 },
    );
  });

  test("for a business reject", () => {
    fc.assert(
      fc.property(anyEvent, (e) => {
        writeEvent(EventKind.BusinessReject, e);
        expect(written()).toBe(lineOf(encodeBusinessReject(i32, f64, BASE, 0, encoded, 0)));
      }),
    );
  });

  test("for a mass-cancel report", () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(2 ** 31 - 1), (e, canceledCount) => {
        writeEvent(EventKind.MassCancelReport, e);
        i32[BASE + event.EVT_ORDER_QTY] = canceledCount;
        expect(written()).toBe(lineOf(encodeMassCancelReport(i32, f64, BASE, canceledCount, encoded, 0)));
      }),
    );
  });

  test("for a public trade, after the report that tells it", () => {
    fc.assert(
      fc.property(anyEvent, (e) => {
        writeEvent(EventKind.ExecutionReport, e, EventFlag.PublicTrade | (e.flags & EventFlag.Auction));
        const report = lineOf(encodeExecutionReport(i32, f64, BASE, 0, 0, 0, encoded, 0));
        const trade = lineOf(encodeTrade(i32, f64, BASE, encoded, 0));
        expect(written({ marketData: true, withSession: false })).toBe(report + trade);
      }),
    );
  });
});

/** A record that is zero but for these. */
function writeFields(kind: EventKind, code: number, side: number, flags: number, fields: object): void {
  i32.fill(0, BASE, BASE + 32);
  i32[BASE + event.EVT_HEAD] = eventHead(kind, code, 0, side);
  i32[BASE + event.EVT_DETAIL] = eventDetail(0, 0, 0, flags);
  i32[BASE + event.EVT_SESSION] = event.NO_SESSION;
  i32[BASE + event.EVT_INSTRUMENT_ID] = 7;
  for (const [name, value] of Object.entries(fields) as [keyof typeof event, number][]) {
    const at = event[name] as number;
    if (WIDE_FIELDS.has(name)) f64[HALF + at] = value;
    else i32[BASE + at] = value;
  }
}

const WIDE_FIELDS = new Set<string>([
  "EVT_CLIENT_ORDER_ID",
  "EVT_LEVEL_QTY",
  "EVT_PREV_LEVEL_QTY",
  "EVT_UNTIL",
  "EVT_TRADE_ID",
  "EVT_TIME",
  "EVT_SEQUENCE",
]);

const MARKET_DATA = { marketData: true, withSession: false };
const QTY = 2 ** 53 - 1;

describe("what everybody is told", () => {
  test("both levels that a report changed are in one delta, the one that was left first", () => {
    const flags = EventFlag.LevelChanged | EventFlag.PrevLevelChanged;
    writeFields(EventKind.ExecutionReport, ExecType.Replaced, Side.Sell, flags, {
      EVT_PRICE: 101,
      EVT_LEVEL_QTY: QTY,
      EVT_LEVEL_ORDER_COUNT: 2,
      EVT_PREV_PRICE: 100,
    });
    const [first, second] = [
      { side: Side.Sell, price: 100 },
      { side: Side.Sell, price: 101, qty: QTY, orderCount: 2 },
    ];
    expect(written(MARKET_DATA)).toBe(
      `${formatServerFrame({ bookDelta: { instrumentId: 7, sequenceNumber: 1, changes: [first, second] } })}\n`,
    );
  });

  test("deltas of an instrument are numbered without holes", () => {
    const frames = new EventFrames(MARKET_DATA);
    for (const instrumentId of [7, 8, 7]) {
      writeFields(EventKind.LevelUpdate, 0, Side.Buy, EventFlag.LevelChanged, { EVT_PRICE: 1 });
      i32[BASE + event.EVT_INSTRUMENT_ID] = instrumentId;
      frames.write(i32, f64, BASE);
    }
    const lines = frames.text.take().toString().trimEnd().split("\n");
    const sequences = lines.map((line) => (JSON.parse(line) as { bookDelta: object }).bookDelta);
    expect(sequences).toMatchObject([
      { instrumentId: 7, sequenceNumber: "1" },
      { instrumentId: 8, sequenceNumber: "1" },
      { instrumentId: 7, sequenceNumber: "2" },
    ]);
  });

  test("an indication, a phase, an amendment", () => {
    writeFields(EventKind.Indication, 0, Side.Sell, 0, { EVT_PRICE: 9, EVT_LEVEL_QTY: QTY, EVT_PREV_LEVEL_QTY: 5 });
    const indication = { instrumentId: 7, price: 9, qty: QTY, imbalance: 5, imbalanceSide: Side.Sell };
    expect(written(MARKET_DATA)).toBe(`${formatServerFrame({ auctionIndication: indication })}\n`);

    writeFields(EventKind.PhaseChanged, 0, 0, 0, { EVT_PRICE: Phase.Halt, EVT_UNTIL: 12 });
    const status = { instrumentId: 7, phase: Phase.Halt, until: 12 };
    expect(written(MARKET_DATA)).toBe(`${formatServerFrame({ instrumentStatus: status })}\n`);

    writeFields(EventKind.TradeAmended, ExecType.TradeBusted, 0, 0, { EVT_TRADE_ID: 3, EVT_TIME: 4 });
    const bust = { instrumentId: 7, tradeId: 3, busted: true, transactTime: 4 };
    expect(written(MARKET_DATA)).toBe(`${formatServerFrame({ tradeAmendment: bust })}\n`);

    writeFields(EventKind.TradeAmended, ExecType.TradeCorrected, 0, 0, {
      EVT_TRADE_ID: 3,
      EVT_LAST_PX: 5,
      EVT_LAST_QTY: 6,
    });
    const correction = { instrumentId: 7, tradeId: 3, price: 5, qty: 6 };
    expect(written(MARKET_DATA)).toBe(`${formatServerFrame({ tradeAmendment: correction })}\n`);
  });

  test("is not told to those who did not ask", () => {
    for (const kind of [EventKind.LevelUpdate, EventKind.Indication, EventKind.PhaseChanged, EventKind.TradeAmended]) {
      writeFields(kind, 0, 0, EventFlag.LevelChanged, { EVT_PRICE: 1 });
      expect(written()).toBe("");
    }
  });
});

describe("sessions", () => {
  test("a report for a session that is not connected has only its public side", () => {
    writeFields(EventKind.ExecutionReport, ExecType.Canceled, Side.Buy, EventFlag.LevelChanged, { EVT_PRICE: 5 });
    expect(written()).toBe("");
    expect(Object.keys(JSON.parse(written(MARKET_DATA)) as object)).toEqual(["bookDelta"]);
  });

  test("the name comes first where it is asked for, in what is for one session", () => {
    writeFields(EventKind.MassCancelReport, 0, 0, 0, { EVT_SESSION: SESSION, EVT_ORDER_QTY: 2 });
    expect(written({ marketData: false, withSession: true })).toBe(
      '{"session":"alice","massCancelReport":{"canceledCount":2,"instrumentId":7}}\n',
    );
  });

  test("a logon that was asked for and a logout are answered", () => {
    const frames = new EventFrames({ marketData: false, withSession: false });
    frames.sessionOpened(SESSION, "alice", true);
    frames.sessionClosed(SESSION);
    expect(frames.text.take().toString()).toBe(
      '{"logonAccepted":{"session":"alice"}}\n{"logout":{"reason":"LOGOUT_REASON_REQUESTED"}}\n',
    );
  });
});

test("an operator gets a report", () => {
  const fields = { EVT_CLIENT_ORDER_ID: 5, EVT_ORDER_QTY: 2, EVT_SEQUENCE: 3, EVT_TIME: 4 };
  writeFields(EventKind.OperatorReport, 0, 0, 0, fields);
  i32[BASE + event.EVT_DETAIL] = eventDetail(0, 0, RejectReason.InvalidPhase, 0);
  const rejectReason = RejectReason.InvalidPhase;
  const text = REJECT_TEXTS[rejectReason] ?? "";
  const operatorReport = { requestId: 5, rejectReason, count: 2, text, sequenceNumber: 3, transactTime: 4 };
  expect(written({ marketData: false, withSession: true })).toBe(`${formatServerFrame({ operatorReport })}\n`);
});

test("more than the buffer holds is kept, and a buffer that is given back is used again", () => {
  const frames = new EventFrames({ marketData: false, withSession: false });
  writeFields(EventKind.MassCancelReport, 0, 0, 0, { EVT_SESSION: SESSION, EVT_ORDER_QTY: 2 });
  const line = '{"massCancelReport":{"canceledCount":2,"instrumentId":7}}\n';
  const count = 20_000;
  for (let n = 0; n < count; n++) frames.write(i32, f64, BASE);
  const grown = frames.text.take();
  expect(grown.toString()).toBe(line.repeat(count));
  frames.write(i32, f64, BASE);
  const small = frames.text.take();
  frames.text.giveBack(small);
  frames.write(i32, f64, BASE);
  frames.text.take();
  frames.write(i32, f64, BASE);
  expect(frames.text.take().buffer).toBe(small.buffer);
});
