/** A histogram in the percentile format that the HdrHistogram tools read and plot, with values in microseconds. */
import type { Histogram } from "./histograms.ts";

/** Lines between 0 and 50 %, again between 50 and 75 %, and so on. */
const TICKS_PER_HALF_DISTANCE = 5;
const NS_PER_US = 1000;

export function formatHgrm(histogram: Histogram): string {
  return histogram.outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, NS_PER_US);
}
