/** The two sizes of HDR histogram that a run keeps, and how a time gets into and out of them: whole nanoseconds. */
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";

export type { Histogram };

/** Longest latency that is told apart, one hour in ns. What takes longer counts as that long. */
const LONGEST_NS = 3_600_000_000_000;

/** Three significant digits from 1 ns up, about 130 kB: for a whole run. */
export function newRunHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_NS,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
  });
}

/** Two significant digits from half a microsecond up, about 14 kB: for one interval of the run, of which there are many. */
export function newIntervalHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 512,
    highestTrackableValue: LONGEST_NS,
    numberOfSignificantValueDigits: 2,
    autoResize: false,
  });
}

export function recordMs(histogram: Histogram, elapsedMs: number): void {
  recordNs(histogram, Math.round(elapsedMs * 1e6));
}

export function recordNs(histogram: Histogram, elapsedNs: number): void {
  histogram.recordValue(Math.min(Math.max(elapsedNs, 0), LONGEST_NS));
}

/** How a histogram travels from a worker to the main thread: every pair of the same size can be added up. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

export function addEncoded(into: Histogram, encoded: string): void {
  into.add(decodeFromCompressedBase64(encoded));
}
