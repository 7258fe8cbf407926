/** `fairlead bench durable`. */
import { type BenchOptions, type BenchReport, formatFigure, formatSpread, judge } from "../bench-report.ts";
import { type HighRateOptions, type HighRateResult, benchHighRate } from "./high-rate-bench.ts";
import { type JournalingOptions, type JournalingResult, benchJournaling } from "./journaling-bench.ts";
import { type LowRateResult, benchLowRate } from "./low-rate-bench.ts";

/** Of the median of fdatasync in the same run. */
const LOW_RATE_P50_TIMES_FDATASYNC = 2;
const HIGH_RATE_P99_TIMES_FDATASYNC = 5;
const COMMANDS_PER_SECOND = 500_000;
/** The engine loses at most a tenth. */
const ENGINE_SPEED_SHARE = 0.9;

/** The one that leaves the cores to the others, as four threads share them, and the default. */
const WAIT_STRATEGIES = ["adaptive", "park"] as const;

const ROUNDS = 5;

interface Sizes {
  readonly lowRate: { readonly rounds: number; readonly count: number };
  readonly highRate: Omit<HighRateOptions, "waitStrategy">;
  readonly journaling: Omit<JournalingOptions, "hasReader">;
}

const QUICK: Sizes = {
  lowRate: { rounds: 1, count: 20 },
  highRate: { rounds: 1, load: { ordersPerBurst: 2, burstCount: 100, warmBursts: 20 }, syncCount: 10 },
  journaling: { commandCount: 3000, passCount: 2, rounds: 1 },
};

function fullSize(rounds: number): Sizes {
  return {
    lowRate: { rounds, count: 500 },
    highRate: { rounds, load: { ordersPerBurst: 100, burstCount: 5000, warmBursts: 1000 }, syncCount: 1000 },
    journaling: { commandCount: 400_000, passCount: 4, rounds },
  };
}

export async function reportDurable({ quick, rounds, waitStrategy, onProgress }: BenchOptions): Promise<BenchReport> {
  const sizes = quick ? QUICK : fullSize(rounds ?? ROUNDS);
  const lowRate = await benchLowRate({ ...sizes.lowRate, waitStrategy });
  onProgress("durable: low rate done");
  const highRate = [];
  for (const strategy of WAIT_STRATEGIES) {
    highRate.push(await benchHighRate({ ...sizes.highRate, waitStrategy: strategy }));
    onProgress(`durable: high rate, ${strategy}, done`);
  }
  const journaling = [];
  for (const hasReader of [false, true]) {
    journaling.push(await benchJournaling({ ...sizes.journaling, hasReader }));
    onProgress(`durable: journaling ${hasReader ? "with" : "without"} a reader of events done`);
  }
  return {
    title: `Durable: what a journal costs, beside fdatasync of one record on the same disk and beside an engine without a journal; median (min … max)`,
    columns: ["what", "unit", "durable", "beside it", "ratio"],
    rows: [...lowRate.map(lowRateRow), ...highRate.flatMap(highRateRows), ...journaling.flatMap(journalingRows)],
    verdicts: [
      ...lowRate.map(({ arrangement, ratio }) =>
        judge(`${arrangement}, p50, times fdatasync`, ratio.median, { atMost: LOW_RATE_P50_TIMES_FDATASYNC }),
      ),
      ...highRate.flatMap(highRateVerdicts),
      ...journaling.flatMap(journalingVerdicts),
    ],
    data: { lowRate, highRate, journaling },
  };
}

function lowRateRow({ arrangement, order, fdatasync, ratio }: LowRateResult): string[] {
  return [`order to accepted, ${arrangement}, p50`, "µs", ...[order, fdatasync, ratio].map(formatSpread)];
}

function highRateRows(result: HighRateResult): string[][] {
  const name = `${formatFigure(result.ordersPerSecond)} orders/s, ${result.waitStrategy}`;
  return [
    [`${name}, p50`, "µs", formatSpread(result.p50), "", ""],
    [`${name}, p99`, "µs", ...[result.p99, result.fdatasync, result.ratio].map(formatSpread)],
    [`${name}, max`, "µs", formatSpread(result.max), "", ""],
    [`${name}, turned away`, "orders", formatSpread(result.refused), "", ""],
    [`${name}, client late by, p99`, "µs", formatSpread(result.latenessP99), "", ""],
  ];
}

function highRateVerdicts({ waitStrategy, ordersPerSecond, ratio, refused }: HighRateResult): BenchReport["verdicts"] {
  const name = `${formatFigure(ordersPerSecond)} orders/s, ${waitStrategy}`;
  return [
    judge(`${name}, p99, times fdatasync p50`, ratio.median, { atMost: HIGH_RATE_P99_TIMES_FDATASYNC }),
    judge(`${name}, turned away`, refused.max, { atMost: 0 }),
  ];
}

function journalingRows(result: JournalingResult): string[][] {
  const { options, journaled, plain, ratio, durable, checkedCommands } = result;
  const threads = options.hasReader ? "engine, journal, reader" : "engine, journal";
  return [
    [`engine's own speed (${threads})`, "commands/s", ...[journaled, plain, ratio].map(formatSpread)],
    [`made durable (${threads})`, "commands/s", formatSpread(durable), "", ""],
    ["  of these read back, same state", "commands", formatFigure(checkedCommands), "", ""],
  ];
}

function journalingVerdicts({ options, ratio, durable }: JournalingResult): BenchReport["verdicts"] {
  const threads = options.hasReader ? "three threads" : "two threads";
  return [
    judge(`engine's speed with a journal, ${threads}`, ratio.median, { atLeast: ENGINE_SPEED_SHARE }),
    judge(`commands made durable per second, ${threads}`, durable.median, { atLeast: COMMANDS_PER_SECOND }),
  ];
}
