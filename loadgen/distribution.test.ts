import { expect, test } from "vitest";
import { distributionOf, percentileCurve } from "./distribution.ts";
import { newRunHistogram, recordMs, recordNs } from "./histograms.ts";
import type { Histogram } from "./histograms.ts";

/** 1 µs, 2 µs, … `count` µs. */
function histogramOf(count: number): Histogram {
  const histogram = newRunHistogram();
  for (let us = 1; us <= count; us++) recordNs(histogram, us * 1000);
  return histogram;
}

test.each([
  [0, [], [50, 75, 90, 95, 99, 99.9, 99.99]],
  [19, [], [50, 75, 90, 95, 99, 99.9, 99.99]],
  [20, [50], [75, 90, 95, 99, 99.9, 99.99]],
  [999, [50, 75, 90, 95], [99, 99.9, 99.99]],
  [1000, [50, 75, 90, 95, 99], [99.9, 99.99]],
  [99_999, [50, 75, 90, 95, 99, 99.9], [99.99]],
  [100_000, [50, 75, 90, 95, 99, 99.9, 99.99], []],
])("of %i samples a percentile is told when ten lie beyond it", (samples, told, leftOut) => {
  const distribution = distributionOf(histogramOf(samples));
  expect(distribution.samples).toBe(samples);
  expect(distribution.percentiles.map(({ percentile }) => percentile)).toEqual(told);
  expect(distribution.leftOut).toEqual(leftOut);
});

test("values are right to three digits, and no percentile exceeds the maximum", () => {
  const { percentiles, minUs, meanUs, maxUs } = distributionOf(histogramOf(100_000));
  for (const { percentile, us } of percentiles) {
    expect(Math.abs(us / (percentile * 1000) - 1)).toBeLessThan(0.001);
    expect(us).toBeLessThanOrEqual(maxUs);
  }
  expect(minUs).toBe(1);
  expect(Math.abs(meanUs / 50_000 - 1)).toBeLessThan(0.001);
  expect(maxUs).toBe(100_000);
});

test("of no samples nothing is told", () => {
  expect(distributionOf(newRunHistogram())).toMatchObject({ minUs: 0, meanUs: 0, maxUs: 0, percentiles: [] });
});

test("what takes longer than an hour counts as an hour, and time never runs backwards", () => {
  const histogram = newRunHistogram();
  recordMs(histogram, 5_000_000);
  recordMs(histogram, -0.001);
  expect(distributionOf(histogram)).toMatchObject({ samples: 2, minUs: 0, maxUs: 3_600_000_000 });
});

test("the curve of the plot rises and ends where ten samples lie beyond", () => {
  const curve = percentileCurve(histogramOf(10_000));
  expect(curve[0]?.oneIn).toBe(1);
  expect(curve.at(-1)?.oneIn).toBeCloseTo(1000, 6);
  expect(curve.map(({ us }) => us)).toEqual(curve.map(({ us }) => us).toSorted((a, b) => a - b));
  expect(percentileCurve(histogramOf(9))).toEqual([]);
});
