/**
 * The codec against protobufjs, on the same bytes and in the same run: what an order costs on its way in, and what its
 * report costs on its way out.
 *
 * The two sides alternate over several rounds, and each row has the median of its rounds: on a shared machine the clock
 * speed drifts during a run, and drifts for both. Read the ratio, not the nanoseconds.
 */
import { Bench } from "tinybench";
import { assert } from "../../protocol/assert.ts";
import { ExecType, OrderStatus, OrderType, Side, TimeInForce } from "../../protocol/codes.ts";
import { BookDeltaWriter } from "../../protocol/codec/book-delta-writer.ts";
import { decodeClientFrame } from "../../protocol/codec/client-frame-decoder.ts";
import { encodeNewOrder } from "../../protocol/codec/client-frame-encoder.ts";
import { fairlead } from "../../protocol/codec/cold-codec.ts";
import { decodeServerFrame } from "../../protocol/codec/server-frame-decoder.ts";
import { encodeExecutionReport } from "../../protocol/codec/server-frame-encoder.ts";
import { ServerFrameView } from "../../protocol/codec/server-frame-view.ts";
import { formatServerFrame, parseClientFrame } from "../../protocol/json/json-codec.ts";
import * as event from "../../protocol/record/event-record.ts";
import { spread } from "../ratio.ts";

export interface CodecBenchRow {
  readonly task: string;
  /** Bytes of the frame, its length prefix included. */
  readonly bytes: number;
  /** Medians over the rounds, per message. */
  readonly fairleadNs: number;
  readonly protobufjsNs: number;
  /** How many times faster. */
  readonly ratio: number;
}

const ROUNDS = 3;
const ROUND_MS = 150;

/** Every call handles this many messages, so that neither the clock nor the call itself is what is measured. */
const BATCH = 100;

const BASE = 32;
const i32 = new Int32Array(64);
const f64 = new Float64Array(i32.buffer);
const out = new Uint8Array(4096);

const ORDER = {
  clientOrderId: 1_234_567_890_123,
  instrumentId: 42,
  side: Side.Buy,
  orderType: OrderType.Limit,
  timeInForce: TimeInForce.GoodTillCancel,
  price: 1_000_250,
  orderQty: 1500,
};

const REPORT = {
  sessionSequence: 123_456,
  execType: ExecType.Trade,
  orderStatus: OrderStatus.PartiallyFilled,
  orderId: 987_654_321,
  clientOrderId: ORDER.clientOrderId,
  instrumentId: ORDER.instrumentId,
  side: ORDER.side,
  price: ORDER.price,
  orderQty: ORDER.orderQty,
  cumQty: 500,
  leavesQty: 1000,
  lastPx: 1_000_249,
  lastQty: 500,
  tradeId: 55_555,
  sequenceNumber: 7_654_321,
  transactTime: 1_760_000_000_000_000,
  orderType: ORDER.orderType,
  timeInForce: ORDER.timeInForce,
};

const DELTA = {
  instrumentId: 42,
  sequenceNumber: 1_000_000,
  changes: Array.from({ length: 4 }, (_, i) => ({
    side: Side.Buy,
    price: 1_000_250 - i,
    qty: 10_000 + i,
    orderCount: 3 + i,
  })),
};

function writeReportRecord(): void {
  const half = BASE >> 1;
  i32[BASE + event.EVT_HEAD] = event.eventHead(
    event.EventKind.ExecutionReport,
    REPORT.execType,
    REPORT.orderStatus,
    REPORT.side,
  );
  i32[BASE + event.EVT_DETAIL] = event.eventDetail(REPORT.orderType, REPORT.timeInForce, 0, 0);
  i32[BASE + event.EVT_INSTRUMENT_ID] = REPORT.instrumentId;
  f64[half + event.EVT_ORDER_ID] = REPORT.orderId;
  f64[half + event.EVT_CLIENT_ORDER_ID] = REPORT.clientOrderId;
  f64[half + event.EVT_TRADE_ID] = REPORT.tradeId;
  i32[BASE + event.EVT_PRICE] = REPORT.price;
  i32[BASE + event.EVT_ORDER_QTY] = REPORT.orderQty;
  i32[BASE + event.EVT_CUM_QTY] = REPORT.cumQty;
  i32[BASE + event.EVT_LEAVES_QTY] = REPORT.leavesQty;
  i32[BASE + event.EVT_LAST_PX] = REPORT.lastPx;
  i32[BASE + event.EVT_LAST_QTY] = REPORT.lastQty;
  f64[half + event.EVT_SEQUENCE] = REPORT.sequenceNumber;
  f64[half + event.EVT_TIME] = REPORT.transactTime;
  i32[BASE + event.EVT_SESSION_SEQUENCE] = REPORT.sessionSequence;
}

interface Contest {
  readonly task: string;
  readonly bytes: number;
  readonly fairlead: () => unknown;
  readonly protobufjs: () => unknown;
}

function repeated(once: () => unknown): () => void {
  return () => {
    for (let i = 0; i < BATCH; i++) once();
  };
}

function contests(): Contest[] {
  const { ClientFrame, ServerFrame } = fairlead.v1;
  const order = ClientFrame.encode({ newOrder: ORDER }).finish();
  const report = ServerFrame.encode({ executionReport: REPORT }).finish();
  const delta = ServerFrame.encode({ bookDelta: DELTA }).finish();
  const orderJson = JSON.stringify({ newOrder: { ...ORDER, clientOrderId: String(ORDER.clientOrderId) } });
  const orderMessage = new ClientFrame({ newOrder: new fairlead.v1.NewOrder(ORDER) });
  const reportMessage = new ServerFrame({ executionReport: new fairlead.v1.ExecutionReport(REPORT) });
  const deltaMessage = new ServerFrame({ bookDelta: new fairlead.v1.BookDelta(DELTA) });
  const view = new ServerFrameView();
  const deltaWriter = new BookDeltaWriter();
  writeReportRecord();
  return [
    {
      task: "NewOrder decode",
      bytes: order.length + 1,
      fairlead: () => decodeClientFrame(order, 0, order.length, i32, f64, 0),
      protobufjs: () => ClientFrame.decode(order),
    },
    {
      task: "NewOrder encode",
      bytes: order.length + 1,
      fairlead: () => encodeNewOrder(ORDER, out, 0),
      protobufjs: () => ClientFrame.encodeDelimited(orderMessage).finish(),
    },
    {
      task: "ExecutionReport encode",
      bytes: report.length + 1,
      fairlead: () => encodeExecutionReport(i32, f64, BASE, 0, 0, 0, out, 0),
      protobufjs: () => ServerFrame.encodeDelimited(reportMessage).finish(),
    },
    {
      task: "ExecutionReport decode",
      bytes: report.length + 1,
      fairlead: () => decodeServerFrame(report, 0, report.length, view),
      protobufjs: () => ServerFrame.decode(report),
    },
    {
      task: "BookDelta of 4 levels encode",
      bytes: delta.length + 1,
      fairlead: () => {
        deltaWriter.begin(DELTA.instrumentId, DELTA.sequenceNumber, out, 0);
        for (let i = 0; i < DELTA.changes.length; i++) deltaWriter.change(Side.Buy, 1_000_250 - i, 10_000 + i, 3 + i);
        return deltaWriter.finish();
      },
      protobufjs: () => ServerFrame.encodeDelimited(deltaMessage).finish(),
    },
    {
      task: "BookDelta of 4 levels decode",
      bytes: delta.length + 1,
      fairlead: () => decodeServerFrame(delta, 0, delta.length, view),
      protobufjs: () => ServerFrame.decode(delta),
    },
    {
      task: "NewOrder from JSON",
      bytes: orderJson.length,
      fairlead: () => parseClientFrame(orderJson),
      protobufjs: () => ClientFrame.fromObject(JSON.parse(orderJson) as object),
    },
    {
      task: "ExecutionReport to JSON",
      bytes: formatServerFrame(reportMessage).length,
      fairlead: () => formatServerFrame(reportMessage),
      protobufjs: () => JSON.stringify(reportMessage),
    },
  ];
}

/** Nanoseconds per message of both sides, one after the other. */
async function round(contest: Contest): Promise<[number, number]> {
  const bench = new Bench({ time: ROUND_MS, warmupTime: 30 });
  bench.add("fairlead", repeated(contest.fairlead)).add("protobufjs", repeated(contest.protobufjs));
  const [ours, theirs] = await bench.run();
  return [nanoseconds(ours), nanoseconds(theirs)];
}

function nanoseconds(task: Bench["tasks"][number] | undefined): number {
  const result = task?.result;
  assert(result !== undefined && "latency" in result, "a task that has run has a result");
  return (result.latency.p50 * 1e6) / BATCH;
}

/** Takes some five seconds. */
export async function runCodecBench(): Promise<CodecBenchRow[]> {
  const rows: CodecBenchRow[] = [];
  for (const contest of contests()) {
    const rounds: [number, number][] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await round(contest));
    const fairleadNs = spread(rounds.map(([ours]) => ours)).median;
    const protobufjsNs = spread(rounds.map(([, theirs]) => theirs)).median;
    const ratio = protobufjsNs / fairleadNs;
    rows.push({ task: contest.task, bytes: contest.bytes, fairleadNs, protobufjsNs, ratio });
  }
  return rows;
}
