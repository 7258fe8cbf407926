/** Every benchmark by name, each with a short and a full size. */
import { type BenchOptions, type BenchReport, formatFigure, formatSpread, judge } from "./bench-report.ts";
import { BOOK_BENCH_DEFAULTS, benchBook } from "./book/book-bench.ts";
import { FLOW_NAMES } from "./book/flow.ts";
import { reportCapacity } from "./capacity/capacity-report.ts";
import { runCodecBench } from "./codec/codec-bench.ts";
import { reportDurable } from "./durable/durable-report.ts";
import { reportFeatures } from "./features/feature-report.ts";
import { reportLatency } from "./latency/latency-report.ts";
import { reportRecovery } from "./recovery/recovery-report.ts";
import { runRingBench } from "./ring/ring-bench.ts";
import { runMemoryBench } from "./wire/memory-bench.ts";
import { runWireBench } from "./wire/wire-bench.ts";
import { reportWorstCases } from "./worst-case/worst-case-report.ts";

export interface Bench {
  readonly name: string;
  readonly summary: string;
  readonly run: (options: BenchOptions) => Promise<BenchReport>;
}

const RING_MESSAGES_PER_SECOND = 20e6;
const BOOK_TIMES_PEER = { core: 50, itch: 50, deep: 12 } as const;

export const BENCHES: readonly Bench[] = [
  { name: "codec", summary: "hot codec beside protobufjs, ns per message", run: benchCodec },
  { name: "ring", summary: "128-byte messages between two threads", run: benchRing },
  { name: "book", summary: "matching engine beside nodejs-order-book", run: benchBooks },
  { name: "features", summary: "what features cost a flow that does not use them", run: reportFeatures },
  { name: "latency", summary: "one command in an open loop at 1 M/s", run: reportLatency },
  {
    name: "worst",
    summary: "sweep, mass cancel, cascade, pegs, auction: how long each keeps the engine",
    run: reportWorstCases,
  },
  {
    name: "capacity",
    summary: "resident set with 10,000 instruments and 1 M orders; adding an instrument",
    run: reportCapacity,
  },
  { name: "wire", summary: "the venue beside bare servers, over loopback", run: benchWire },
  { name: "durable", summary: "what a journal costs, beside fdatasync", run: reportDurable },
  { name: "recovery", summary: "replay, starts, the death of an engine, snapshots", run: reportRecovery },
  { name: "memory", summary: "bytes allocated per order in the running venue", run: benchMemory },
];

async function benchCodec(): Promise<BenchReport> {
  const rows = await runCodecBench();
  return {
    title: "Codec: ns per message, medians",
    columns: ["message", "bytes", "fairlead", "protobufjs", "times as fast"],
    rows: rows.map((row) => [
      row.task,
      String(row.bytes),
      formatFigure(row.fairleadNs),
      formatFigure(row.protobufjsNs),
      formatFigure(row.ratio),
    ]),
    verdicts: [],
    data: rows,
  };
}

async function benchRing({ quick, rounds }: BenchOptions): Promise<BenchReport> {
  const size = quick
    ? { messageCount: 1_000_000, rounds: 2, roundTrips: 2000 }
    : { messageCount: 10_000_000, rounds: rounds ?? 5, roundTrips: 50_000 };
  const result = await runRingBench(size);
  const best = Math.max(...result.throughput.map((row) => row.messagesPerSecond.median));
  return {
    title: "Ring: messages of 128 bytes, all written by one thread and read by another; median (min … max)",
    columns: ["messages per publication", "per second"],
    rows: [
      ...result.throughput.map((row) => [String(row.batch), formatSpread(row.messagesPerSecond)]),
      ...result.roundTrip.map((row) => [
        `round trip, ${row.strategy}, pause ${row.pauseMs} ms`,
        `p50 ${formatFigure(row.p50Ns / 1000)} µs, p99 ${formatFigure(row.p99Ns / 1000)} µs`,
      ]),
    ],
    verdicts: [judge("messages per second, batched", best, { atLeast: RING_MESSAGES_PER_SECOND })],
    data: result,
  };
}

async function benchBooks({ quick, rounds, onProgress }: BenchOptions): Promise<BenchReport> {
  const results = [];
  for (const flow of FLOW_NAMES) {
    const { count, turns, ...rest } = BOOK_BENCH_DEFAULTS[flow];
    const size = quick ? { count: 20_000, turns: 1 } : { count, turns: rounds ?? turns };
    results.push(await benchBook({ ...rest, ...size }));
    onProgress(`book: ${flow} done`);
  }
  return {
    title:
      "Book: commands per second, every event read in another thread; trades and checksum are the reference's; median (min … max)",
    columns: ["flow", "commands", "trades", "fairlead", "cold", "nodejs-order-book", "times as fast"],
    rows: results.map(({ options, trades, fairlead, fairleadCold, peer, ratioSpread }) => [
      options.flow,
      formatFigure(options.count),
      formatFigure(trades),
      formatSpread(fairlead),
      formatFigure(fairleadCold.median),
      formatSpread(peer),
      formatSpread(ratioSpread),
    ]),
    verdicts: results.map(({ options, ratio }) =>
      judge(`${options.flow}, times nodejs-order-book`, ratio, { atLeast: BOOK_TIMES_PEER[options.flow] }),
    ),
    data: results,
  };
}

async function benchWire({ quick, rounds, waitStrategy, onProgress }: BenchOptions): Promise<BenchReport> {
  const size = quick
    ? { rounds: 1, roundTrips: 500, pipelined: 10_000 }
    : { rounds: rounds ?? 9, roundTrips: 5000, pipelined: 100_000 };
  const rows = await runWireBench({ ...size, waitStrategy, onProgress });
  return {
    title: `Wire: one connection on loopback, venue in memory mode, wait strategy ${waitStrategy}; median (min … max)`,
    columns: ["what", "unit", "fairlead", "bare server", "ratio"],
    rows: rows.map((row) => [
      row.name,
      row.unit,
      formatSpread(row.fairlead),
      formatSpread(row.bare),
      formatSpread(row.ratio),
    ]),
    verdicts: rows.map((row) => judge(`${row.name}, ratio`, row.ratio.median, row.target)),
    data: rows,
  };
}

async function benchMemory({ quick }: BenchOptions): Promise<BenchReport> {
  const rows = await runMemoryBench(quick ? 2 : 20);
  return {
    title: "Memory: bytes allocated per order that is accepted and canceled, pipelined over one connection",
    columns: ["thread", "transport", "orders", "bytes per order"],
    rows: rows.map((row) => [row.thread, row.transport, formatFigure(row.orders), formatFigure(row.bytesPerOrder)]),
    verdicts: rows.map((row) =>
      judge(`${row.thread}, ${row.transport}, bytes`, row.bytesPerOrder, { atMost: row.atMost }),
    ),
    data: rows,
  };
}
