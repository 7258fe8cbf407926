/** `fairlead bench capacity`. */
import { type BenchOptions, type BenchReport, formatFigure, formatSpread, judge } from "../bench-report.ts";
import { CAPACITY_DEFAULTS, PRICE_SPREADS, benchCapacity } from "./capacity-bench.ts";

const MEBIBYTE = 2 ** 20;
const MAX_RESIDENT_MIB = 1024;
const MAX_ADD_MS = 1;

export async function reportCapacity({ quick, onProgress }: BenchOptions): Promise<BenchReport> {
  const size = quick ? { instrumentCount: 100, orderCount: 10_000, addedCount: 10 } : CAPACITY_DEFAULTS;
  const results = [];
  for (const prices of PRICE_SPREADS) {
    results.push({ prices, ...(await benchCapacity({ ...size, prices })) });
    onProgress(`capacity: ${prices} done`);
  }
  return {
    title: `Capacity: ${formatFigure(size.instrumentCount)} instruments, ${formatFigure(size.orderCount)} resting orders, in a fresh process; prices near the touch, or each its own over 1 … 2^31 − 1`,
    columns: ["prices", "resting", "levels", "MiB at start", "empty", "full", "adding an instrument, ms", "added"],
    rows: results.map((result) => [
      result.prices,
      formatFigure(result.restingCount),
      formatFigure(result.levelCount),
      formatFigure(result.startRssBytes / MEBIBYTE),
      formatFigure(result.emptyRssBytes / MEBIBYTE),
      formatFigure(result.fullRssBytes / MEBIBYTE),
      formatSpread(result.addMs),
      `${result.addedCount} of ${size.addedCount}`,
    ]),
    verdicts: results.flatMap(({ prices, fullRssBytes, restingCount, addMs, addedCount }) => [
      judge(`${prices}, resting orders`, restingCount, { atLeast: size.orderCount }),
      judge(`${prices}, MiB resident`, fullRssBytes / MEBIBYTE, { atMost: MAX_RESIDENT_MIB }),
      judge(`${prices}, instruments added`, addedCount, { atLeast: size.addedCount }),
      judge(`${prices}, adding an instrument, ms`, addMs.median, { atMost: MAX_ADD_MS }),
    ]),
    data: results,
  };
}
