/** Percentiles of figures that are all kept; for what cannot be kept, see protocol/telemetry/latency-histogram.ts. */

/** @param share 0 … 1. @returns the value that this share of the values does not exceed; NaN when there are none. */
export function percentile(values: Float64Array | readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
