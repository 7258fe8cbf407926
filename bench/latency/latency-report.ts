/** `fairlead bench latency`. */
import { type BenchOptions, type BenchReport, formatFigure, formatSpread, judge } from "../bench-report.ts";
import {
  ARRANGEMENTS,
  LATENCY_BENCH_DEFAULTS,
  type LatencyBenchResult,
  type LatencyRound,
  type Percentiles,
  benchLatency,
  spreadOf,
} from "./latency-bench.ts";

const NS_PER_US = 1000;
/** Of the engine's own loop. */
const TARGETS_US = { p50Ns: 1, p99Ns: 5, p999Ns: 25 } as const;
const FIGURES = { p50Ns: "p50", p99Ns: "p99", p999Ns: "p99.9", maxNs: "max" } as const;

export async function reportLatency({ quick, rounds, onProgress }: BenchOptions): Promise<BenchReport> {
  const options = quick
    ? { ...LATENCY_BENCH_DEFAULTS, count: 50_000, rounds: 1 }
    : { ...LATENCY_BENCH_DEFAULTS, rounds: rounds ?? LATENCY_BENCH_DEFAULTS.rounds };
  const results: LatencyBenchResult[] = [];
  for (const arrangement of ARRANGEMENTS) {
    results.push(await benchLatency(options, arrangement));
    onProgress(`latency: ${arrangement} done`);
  }
  const clockNs = Math.max(...results.map((result) => spreadOf(result, (round) => round.nsPerClockReading).median));
  return {
    title: `Latency of one command, open loop at ${formatFigure(options.commandsPerSecond)}/s, ${options.flow}, µs; median of rounds (min … max); one reading of the clock, ${formatFigure(clockNs)} ns, included`,
    columns: ["arrangement", "from", ...Object.values(FIGURES)],
    rows: results.flatMap((result) => rowsOf(result)),
    verdicts: results.flatMap((result) => verdictsOf(result)),
    data: results,
  };
}

function rowsOf(result: LatencyBenchResult): string[][] {
  const row = (from: string, percentiles: (round: LatencyRound) => Percentiles): string[] => [
    result.arrangement,
    from,
    ...keysOf(FIGURES).map((key) => formatSpread(microseconds(result, (round) => percentiles(round)[key]))),
  ];
  return [
    row("intended time", ({ corrected }) => corrected),
    row("start (service time)", ({ service }) => service),
    row("gaps in an idle loop, 2 µs and more", ({ gaps }) => gaps),
    [result.arrangement, "garbage collections, all rounds", String(collectionCount(result)), "", "", ""],
  ];
}

function verdictsOf(result: LatencyBenchResult): BenchReport["verdicts"] {
  const collections = judge(`${result.arrangement}, garbage collections`, collectionCount(result), { atMost: 0 });
  if (result.arrangement !== "own loop") return [collections];
  const percentiles = keysOf(TARGETS_US).map((key) =>
    judge(
      `${result.arrangement}, ${FIGURES[key]}, µs`,
      microseconds(result, ({ corrected }) => corrected[key]).median,
      {
        atMost: TARGETS_US[key],
      },
    ),
  );
  return [...percentiles, collections];
}

function microseconds(
  result: LatencyBenchResult,
  nanoseconds: (round: LatencyRound) => number,
): ReturnType<typeof spreadOf> {
  return spreadOf(result, (round) => nanoseconds(round) / NS_PER_US);
}

function collectionCount({ rounds }: LatencyBenchResult): number {
  return rounds.reduce((sum, { collections }) => sum + collections.count, 0);
}

function keysOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}
