/**
 * What the ring can do between two threads: messages per second by batch size, and the round trip of one message by
 * wait strategy. Both sides are worker threads; the calling thread only waits.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createDoorbell } from "../../protocol/ring/doorbell.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import type { WaitStrategy } from "../../protocol/ring/wait-strategy.ts";
import { createHistogram, readHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { type Spread, spread } from "../ratio.ts";
import type { PingPongTask, RingBenchTask, ThroughputTask } from "./ring-bench-task.ts";

export interface RingThroughputRow {
  /** Messages per publish. */
  readonly batch: number;
  readonly slotCount: number;
  readonly messageCount: number;
  /** Over the rounds. Every message is 128 bytes, all written by one thread and summed by the other. */
  readonly messagesPerSecond: Spread;
}

export interface RingRoundTripRow {
  readonly strategy: WaitStrategy;
  /** Time between a reply and the next message. 0: at once, so that an adaptive thread spins; 1: it sleeps. */
  readonly pauseMs: number;
  /** Round trips measured. The clock brackets publish of the message to poll of the reply, one reading included. */
  readonly count: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
}

export interface RingBenchResult {
  readonly throughput: readonly RingThroughputRow[];
  readonly roundTrip: readonly RingRoundTripRow[];
}

export interface RingBenchOptions {
  /** Messages of one round, a multiple of 10, and how many rounds. */
  readonly messageCount: number;
  readonly rounds: number;
  /** Round trips without a pause; those with one are a fiftieth of that. */
  readonly roundTrips: number;
}

const BATCHES = [1, 16, 256];
const SLOT_COUNT = 4096;
const STRATEGIES: readonly WaitStrategy[] = ["spin", "adaptive", "park"];
const DEFAULTS: RingBenchOptions = { messageCount: 10_000_000, rounds: 5, roundTrips: 50_000 };

/** Takes about 20 s with the defaults. */
export async function runRingBench(options: RingBenchOptions = DEFAULTS): Promise<RingBenchResult> {
  const throughput: RingThroughputRow[] = [];
  for (const batch of BATCHES) throughput.push(await measureThroughput(batch, options));
  const roundTrip: RingRoundTripRow[] = [];
  for (const strategy of STRATEGIES) {
    roundTrip.push(await measureRoundTrip(strategy, 0, options.roundTrips));
    roundTrip.push(await measureRoundTrip(strategy, 1, Math.ceil(options.roundTrips / 50)));
  }
  return { throughput, roundTrip };
}

async function measureThroughput(batch: number, options: RingBenchOptions): Promise<RingThroughputRow> {
  const { messageCount, rounds } = options;
  const elapsedMs = new SharedArrayBuffer(rounds * Float64Array.BYTES_PER_ELEMENT);
  const task: Omit<ThroughputTask, "role"> = { ring: createRing(SLOT_COUNT), batch, messageCount, rounds, elapsedMs };
  await runPair({ ...task, role: "produce" }, { ...task, role: "consume" });
  const rates = Array.from(new Float64Array(elapsedMs), (ms) => messageCount / (ms / 1000));
  return { batch, slotCount: SLOT_COUNT, messageCount, messagesPerSecond: spread(rates) };
}

async function measureRoundTrip(strategy: WaitStrategy, pauseMs: number, count: number): Promise<RingRoundTripRow> {
  const histogram = createHistogram();
  const there = { ring: createRing(64), doorbell: createDoorbell() };
  const back = { ring: createRing(64), doorbell: createDoorbell() };
  const task: Omit<PingPongTask, "role"> = { there, back, strategy, pauseMs, count, histogram };
  await runPair({ ...task, role: "ping" }, { ...task, role: "pong" });
  const reading = readHistogram(histogram);
  return {
    strategy,
    pauseMs,
    count: reading.count,
    p50Ns: reading.percentile(50),
    p90Ns: reading.percentile(90),
    p99Ns: reading.percentile(99),
    p999Ns: reading.percentile(99.9),
    maxNs: reading.maxNs,
  };
}

/** Rejects when either thread throws, and leaves none of them behind. */
async function runPair(first: RingBenchTask, second: RingBenchTask): Promise<void> {
  const workers = [first, second].map(
    (task) => new Worker(new URL("./ring-bench-worker.js", import.meta.url), { workerData: task }),
  );
  try {
    await Promise.all(workers.map((worker) => once(worker, "exit")));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
