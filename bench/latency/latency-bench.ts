/**
 * Latency of one command in an open loop, on a machine of two cores. Two arrangements:
 *
 *   own loop       The engine's thread keeps the time itself, another thread reads the events: each has a core. What is
 *                  measured is the engine with its outbox; nothing else has a say. The primary figure.
 *   command ring   A gateway's part is played by one thread that sends by the clock and reads the events in between; the
 *                  engine's thread polls the ring. What is measured includes the way through the ring.
 *
 * Each round has fresh threads and histograms of its own; a figure is the median of the rounds, with the lowest and the highest.
 */
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { createHistogram, readHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { type Flow, type FlowName, generateFlow } from "../book/flow.ts";
import { EVENT_RING_SLOTS } from "../feed/bench-engine.ts";
import type { Collections, DrainTask, PacedResult, PacedTask, PacerTask } from "../feed/bench-task.ts";
import { type TurnOutcome, runTurn } from "../feed/bench-threads.ts";
import { type CommandColumns, columnsOf } from "../feed/command-columns.ts";
import { type Spread, spread } from "../ratio.ts";

export const ARRANGEMENTS = ["own loop", "command ring"] as const;
export type Arrangement = (typeof ARRANGEMENTS)[number];

export interface LatencyBenchOptions {
  readonly flow: FlowName;
  /** Commands of one round: at a million per second, as many microseconds. */
  readonly count: number;
  readonly seed: number;
  readonly commandsPerSecond: number;
  readonly rounds: number;
  /** Passes of the flow before the measured one, at the same rate. */
  readonly warmPasses: number;
}

export const LATENCY_BENCH_DEFAULTS: LatencyBenchOptions = {
  flow: "core",
  count: 1_000_000,
  seed: 42,
  commandsPerSecond: 1_000_000,
  rounds: 5,
  warmPasses: 2,
};

/** Of one round. */
export interface Percentiles {
  readonly count: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
}

export interface LatencyRound {
  /** Completion − intended send time. */
  readonly corrected: Percentiles;
  /** Completion − start. */
  readonly service: Percentiles;
  /** Gaps of 2 µs and more in a loop that did nothing but read the clock: time that the machine took from the thread. */
  readonly gaps: Percentiles;
  /** Of the engine's thread, in the measured pass. */
  readonly collections: Collections;
  readonly nsPerClockReading: number;
  /** Achieved. */
  readonly commandsPerSecond: number;
}

export interface LatencyBenchResult {
  readonly options: LatencyBenchOptions;
  readonly arrangement: Arrangement;
  readonly rounds: readonly LatencyRound[];
}

const COMMAND_RING_SLOTS = 4096;

export async function benchLatency(
  options: LatencyBenchOptions,
  arrangement: Arrangement,
): Promise<LatencyBenchResult> {
  const flow = generateFlow(options.flow, options.count, options.seed);
  const columns = columnsOf(flow);
  const rounds: LatencyRound[] = [];
  for (let round = 0; round < options.rounds; round++) {
    rounds.push(await takeRound(flow, pacedTask(flow, columns, options, arrangement)));
  }
  return { options, arrangement, rounds };
}

/** A figure over the rounds. */
export function spreadOf({ rounds }: LatencyBenchResult, figure: (round: LatencyRound) => number): Spread {
  return spread(rounds.map(figure));
}

async function takeRound(flow: Flow, task: PacedTask): Promise<LatencyRound> {
  const turn = await runTurn<PacedResult>(task, readerOf(task));
  verify(flow, turn);
  const { seconds, collections, nsPerClockReading } = turn.result;
  return {
    corrected: percentilesOf(task.corrected),
    service: percentilesOf(task.service),
    gaps: percentilesOf(task.gaps),
    collections,
    nsPerClockReading,
    commandsPerSecond: task.columns.count / seconds,
  };
}

function pacedTask(
  flow: Flow,
  columns: CommandColumns,
  { warmPasses, commandsPerSecond }: LatencyBenchOptions,
  arrangement: Arrangement,
): PacedTask {
  const task: PacedTask = {
    role: "paced",
    eventRing: createRing(EVENT_RING_SLOTS),
    columns,
    warmPasses,
    maxOpenOrders: Math.ceil(flow.outcome.resting * 1.25) + 1024,
    commandsPerSecond,
    corrected: createHistogram(),
    service: createHistogram(),
    gaps: createHistogram(),
  };
  return arrangement === "own loop" ? task : { ...task, commandRing: createRing(COMMAND_RING_SLOTS) };
}

function readerOf({
  eventRing,
  commandRing,
  columns,
  warmPasses,
  commandsPerSecond,
}: PacedTask): DrainTask | PacerTask {
  if (commandRing === undefined) return { role: "drain", eventRing, passCount: warmPasses + 1 };
  return { role: "pacer", eventRing, commandRing, columns, warmPasses, commandsPerSecond };
}

function verify({ name, outcome }: Flow, { tallies }: TurnOutcome<PacedResult>): void {
  const isRight = tallies.every(
    ({ checksum, tradeCount, faultCount }) =>
      checksum === outcome.checksum && tradeCount === outcome.trades && faultCount === 0,
  );
  if (!isRight) throw new Error(`flow ${name}: the events are not those of the reference`);
}

function percentilesOf(histogram: SharedArrayBuffer): Percentiles {
  const reading = readHistogram(histogram);
  return {
    count: reading.count,
    p50Ns: reading.percentile(50),
    p99Ns: reading.percentile(99),
    p999Ns: reading.percentile(99.9),
    maxNs: reading.maxNs,
  };
}
