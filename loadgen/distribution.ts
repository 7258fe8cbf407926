/**
 * What a histogram says, as plain numbers in microseconds, and no more than it can say: a percentile is told only when at
 * least ten samples lie beyond it. With fewer, it would be the story of a few single requests.
 */
import type { Histogram } from "./histograms.ts";

interface PercentileValue {
  /** 0 … 100. */
  readonly percentile: number;
  readonly us: number;
}

export interface Distribution {
  readonly samples: number;
  /** Of no samples: all zero. */
  readonly minUs: number;
  readonly meanUs: number;
  readonly maxUs: number;
  readonly percentiles: readonly PercentileValue[];
  /** Percentiles of the table that the sample count does not support. */
  readonly leftOut: readonly number[];
}

/** A point of the percentile plot. */
export interface CurvePoint {
  /** 1 / (1 − p): 2 for the median, 100 for p99. */
  readonly oneIn: number;
  readonly us: number;
}

/** One sample in `oneIn` lies beyond the percentile. A whole number says exactly what the percentile as a double cannot. */
const TABLE_PERCENTILES = [
  { percentile: 50, oneIn: 2 },
  { percentile: 75, oneIn: 4 },
  { percentile: 90, oneIn: 10 },
  { percentile: 95, oneIn: 20 },
  { percentile: 99, oneIn: 100 },
  { percentile: 99.9, oneIn: 1000 },
  { percentile: 99.99, oneIn: 10_000 },
] as const;

const MIN_SAMPLES_BEYOND = 10;
const CURVE_POINTS_PER_DECADE = 40;

function supportsOneIn(samples: number, oneIn: number): boolean {
  return samples >= MIN_SAMPLES_BEYOND * oneIn;
}

/** The value at this percentile in µs, or null when there are too few samples beyond it. */
export function supportedUs(histogram: Histogram, percentile: number, oneIn: number): number | null {
  return supportsOneIn(histogram.totalCount, oneIn) ? valueUs(histogram, percentile) : null;
}

export function distributionOf(histogram: Histogram): Distribution {
  const samples = histogram.totalCount;
  const supported = TABLE_PERCENTILES.filter(({ oneIn }) => supportsOneIn(samples, oneIn));
  const leftOut = TABLE_PERCENTILES.filter(({ oneIn }) => !supportsOneIn(samples, oneIn));
  return {
    samples,
    minUs: samples === 0 ? 0 : valueUs(histogram, 0),
    meanUs: samples === 0 ? 0 : toUs(histogram.mean),
    maxUs: maxUs(histogram),
    percentiles: supported.map(({ percentile }) => ({ percentile, us: valueUs(histogram, percentile) })),
    leftOut: leftOut.map(({ percentile }) => percentile),
  };
}

/** Evenly spaced on a logarithmic axis, as deep as the samples support. */
export function percentileCurve(histogram: Histogram): CurvePoint[] {
  const points: CurvePoint[] = [];
  for (let step = 0; ; step++) {
    const oneIn = 10 ** (step / CURVE_POINTS_PER_DECADE);
    if (!supportsOneIn(histogram.totalCount, oneIn)) return points;
    points.push({ oneIn, us: valueUs(histogram, 100 * (1 - 1 / oneIn)) });
  }
}

/** In µs; 0 of no samples. */
export function maxUs(histogram: Histogram): number {
  return toUs(histogram.maxValue);
}

function valueUs(histogram: Histogram, percentile: number): number {
  // A histogram answers with the upper end of a bucket, which may lie above the largest value it has seen.
  return toUs(Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue));
}

/** To three decimals: whole nanoseconds. */
function toUs(ns: number): number {
  return Math.round(ns) / 1000;
}
