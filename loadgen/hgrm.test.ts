import { expect, test } from "vitest";
import { formatHgrm } from "./hgrm.ts";
import { newRunHistogram, recordNs } from "./histograms.ts";
import { SeededRandom } from "./seeded-random.ts";

const HEADER = /^ +Value +Percentile +TotalCount +1\/\(1-Percentile\)$/u;
const ROW = /^ *(\d+\.\d{3}) +([01]\.\d{12}) +(\d+)(?: +(\d+\.\d{2}))?$/u;

test("a file has the header, the rows and the footer that HdrHistogram tools read, in microseconds", () => {
  const histogram = newRunHistogram();
  const random = new SeededRandom(1, 1);
  for (let count = 0; count < 50_000; count++) recordNs(histogram, 10_000 + random.nextBelow(5_000_000));
  const lines = formatHgrm(histogram).trimEnd().split("\n");
  const rows = lines.filter((line) => ROW.test(line)).map((line) => ROW.exec(line)?.slice(1).map(Number) ?? []);

  expect(lines[0]).toMatch(HEADER);
  expect(lines.slice(-3).map((line) => line.slice(0, 9))).toEqual(["#[Mean   ", "#[Max    ", "#[Buckets"]);
  expect(rows).toHaveLength(lines.length - 5);
  expect(rows.at(-1)).toEqual([expect.any(Number), 1, 50_000, NaN]);
  const columns = [0, 1, 2].map((column) => rows.map((row) => row[column] ?? NaN));
  for (const column of columns) expect(column).toEqual(column.toSorted((a, b) => a - b));
  for (const [us = 0, quantile = 0, count = 0, oneIn = NaN] of rows.slice(0, -1)) {
    expect(Math.abs(oneIn * (1 - quantile) - 1)).toBeLessThan(0.01);
    // At least that share of the samples lies at or below the value.
    expect(count / 50_000).toBeGreaterThanOrEqual(quantile);
    expect(Math.abs((us * 1000) / histogram.getValueAtPercentile(100 * quantile) - 1)).toBeLessThan(0.01);
  }
});
