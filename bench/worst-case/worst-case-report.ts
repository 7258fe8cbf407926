/** `fairlead bench worst`. */
import { type BenchOptions, type BenchReport, formatFigure, formatSpread, judge } from "../bench-report.ts";
import { type WorstCaseResult, benchWorstCase } from "./worst-case-bench.ts";
import { WORST_CASES, WORST_CASE_NAMES } from "./worst-cases.ts";

/** Longest that one command may keep the engine. */
const MAX_STALL_MS = 50;
const TURNS = 5;

export async function reportWorstCases({ quick, rounds, onProgress }: BenchOptions): Promise<BenchReport> {
  const results: WorstCaseResult[] = [];
  for (const worstCase of WORST_CASE_NAMES) {
    const { orderCount } = WORST_CASES[worstCase];
    const size = quick ? { orderCount: 1000, turns: 1 } : { orderCount, turns: rounds ?? TURNS };
    results.push(await benchWorstCase({ worstCase, ...size }));
    onProgress(`worst: ${worstCase} done`);
  }
  return {
    title: `Worst cases: how long one command keeps the engine, its events read in another thread, ms; median (min … max); bound ${MAX_STALL_MS} ms`,
    columns: ["case", "orders", "done", "longest", "cold", "all work", "ns per order", "longest while building"],
    rows: results.map((result) => [
      `${result.options.worstCase}: ${WORST_CASES[result.options.worstCase].story}`,
      formatFigure(result.options.orderCount),
      formatFigure(result.doneCount),
      formatSpread(result.longestMs),
      formatFigure(result.coldMs),
      formatSpread(result.totalMs),
      formatFigure((result.totalMs.median * 1e6) / result.options.orderCount),
      formatFigure(result.longestSetUpMs.max),
    ]),
    verdicts: results.flatMap(({ options, doneCount, longestMs, longestSetUpMs }) => [
      judge(`${options.worstCase}, orders done`, doneCount, { atLeast: options.orderCount }),
      judge(`${options.worstCase}, longest stall, ms`, Math.max(longestMs.max, longestSetUpMs.max), {
        atMost: MAX_STALL_MS,
      }),
    ]),
    data: results,
  };
}
