/** `fairlead bench features`. */
import { type BenchOptions, type BenchReport, formatSpread, judge } from "../bench-report.ts";
import { BOOK_BENCH_DEFAULTS } from "../book/book-bench.ts";
import { FLOW_NAMES } from "../book/flow.ts";
import { benchFeatures } from "./feature-bench.ts";

/** Time with features / without. */
const MAX_COST = 1.1;

export async function reportFeatures({ quick, rounds, onProgress }: BenchOptions): Promise<BenchReport> {
  const results = [];
  for (const flow of FLOW_NAMES) {
    const { count, seed, turns } = BOOK_BENCH_DEFAULTS[flow];
    const size = quick ? { count: 20_000, turns: 1 } : { count, turns: rounds ?? turns };
    results.push(await benchFeatures({ flow, seed, ...size }));
    onProgress(`features: ${flow} done`);
  }
  return {
    title: "Features: commands per second of flows that do not use them, without and with; median (min … max)",
    columns: ["flow", "plain", "with features", "times as long", "configured"],
    rows: results.map(({ options, plain, withFeatures, cost, takenCount, featureCommandCount }) => [
      options.flow,
      formatSpread(plain),
      formatSpread(withFeatures),
      formatSpread(cost),
      `${takenCount} of ${featureCommandCount}`,
    ]),
    verdicts: results.flatMap(({ options, cost, takenCount, featureCommandCount }) => [
      judge(`${options.flow}, times as long`, cost.median, { atMost: MAX_COST }),
      judge(`${options.flow}, features that the engine took, %`, (100 * takenCount) / featureCommandCount, {
        atLeast: 100,
      }),
    ]),
    data: results,
  };
}
