import * as fc from "fast-check";
import { build } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { createHistogram, HistogramWriter, MAX_LATENCY_NS, readHistogram } from "./latency-histogram.ts";

const PERCENTILES = [0, 10, 50, 90, 99, 99.9, 99.99, 100];

function recorded(values: readonly number[]): SharedArrayBuffer {
  const buffer = createHistogram();
  const writer = new HistogramWriter(buffer);
  for (const value of values) writer.record(value);
  return buffer;
}

/** Every order of magnitude is as likely as every other. */
const latency = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc
    .tuple(fc.integer({ min: 0, max: 35 }), fc.double({ min: 1, max: 2, noNaN: true, maxExcluded: true }))
    .map(([octave, mantissa]) => Math.floor(mantissa * 2 ** octave)),
);

test("a percentile is the sorted value of that rank, at most 1/64 too high", () => {
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 300 }), (values) => {
      const reading = readHistogram(recorded(values));
      const sorted = values.toSorted((a, b) => a - b);
      for (const percent of PERCENTILES) {
        const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
        const exact = sorted[rank - 1] ?? Number.NaN;
        const reported = reading.percentile(percent);
        expect(reported, `p${percent}`).toBeGreaterThanOrEqual(exact);
        expect(reported, `p${percent}`).toBeLessThanOrEqual(exact * (1 + 1 / 64));
      }
      expect(reading.count).toBe(values.length);
      expect(reading.sumNs).toBe(values.reduce((a, b) => a + b, 0));
      expect(reading.maxNs).toBe(sorted.at(-1));
    }),
  );
});

test("percentiles agree with hdr-histogram-js within the error bounds of both", () => {
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 300 }), (values) => {
      const reading = readHistogram(recorded(values));
      const hdr = build({
        highestTrackableValue: MAX_LATENCY_NS,
        numberOfSignificantValueDigits: 3,
        bitBucketSize: 64,
      });
      for (const value of values) hdr.recordValue(value);
      for (const percent of [50, 90, 99, 100]) {
        const theirs = hdr.getValueAtPercentile(percent);
        expect(Math.abs(reading.percentile(percent) - theirs)).toBeLessThanOrEqual(theirs / 64 + theirs / 1000);
      }
    }),
    { numRuns: 30 },
  );
});

test("values below 128 ns are exact", () => {
  for (let value = 0; value < 128; value++) expect(readHistogram(recorded([value, 1000])).percentile(50)).toBe(value);
});

test("each power of two up to the limit keeps to the error bound, and so does the value before it", () => {
  for (let octave = 1; octave < 36; octave++) {
    for (const value of [2 ** octave - 1, 2 ** octave]) {
      const reported = readHistogram(recorded([value, MAX_LATENCY_NS])).percentile(50);
      expect(reported).toBeGreaterThanOrEqual(value);
      expect(reported).toBeLessThanOrEqual(value * (1 + 1 / 64));
    }
  }
});

test.each([2 ** 36 - 1, 2 ** 36, 1e12, Infinity])("%d ns counts as the largest value", (value) => {
  const reading = readHistogram(recorded([value]));
  expect(reading.percentile(50)).toBe(MAX_LATENCY_NS);
  expect(reading.maxNs).toBe(MAX_LATENCY_NS);
  expect(reading.sumNs).toBe(MAX_LATENCY_NS);
});

test.each([0, -0, -1, -1e9, 0.5, Number.NaN, -Infinity])("%d ns counts as 0", (value) => {
  const reading = readHistogram(recorded([value]));
  expect(reading.count).toBe(1);
  expect(reading.percentile(100)).toBe(0);
  expect(reading.sumNs).toBe(0);
});

test("an empty histogram reads as zeros", () => {
  const reading = readHistogram(createHistogram());
  expect([reading.count, reading.sumNs, reading.maxNs, reading.percentile(99)]).toEqual([0, 0, 0, 0]);
  expect(reading.buckets([10, 1000])).toEqual([0, 0]);
});

test("cumulative buckets count the values up to each bound, but for those within 1/64 below it", () => {
  const bounds = [100, 1000, 50_000, 1_000_000, 3e9, MAX_LATENCY_NS];
  fc.assert(
    fc.property(fc.array(latency, { maxLength: 300 }), (values) => {
      const counts = readHistogram(recorded(values)).buckets(bounds);
      bounds.forEach((bound, index) => {
        expect(counts[index]).toBeLessThanOrEqual(values.filter((value) => value <= bound).length);
        expect(counts[index]).toBeGreaterThanOrEqual(values.filter((value) => value <= bound * (1 - 1 / 64)).length);
      });
      expect(counts.at(-1)).toBe(values.length);
    }),
  );
});

test("counts go on beyond 2^32", () => {
  const buffer = recorded([7]);
  const words = new Float64Array(buffer);
  const bucket = words.indexOf(1, 2);
  words[bucket] = 2 ** 32 - 1;
  new HistogramWriter(buffer).record(7);
  expect(readHistogram(buffer).count).toBe(2 ** 32);
});

test("a reading does not change while recording goes on", () => {
  const buffer = recorded([10]);
  const reading = readHistogram(buffer);
  new HistogramWriter(buffer).record(500);
  expect([reading.count, reading.percentile(100)]).toEqual([1, 10]);
});
