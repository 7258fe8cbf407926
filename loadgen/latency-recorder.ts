/**
 * Every time that one worker measures. Times are in ms of the run: 0 is when the schedule starts.
 *
 * A request belongs to the measured window by the time it was due, never by when it was sent or answered: a stall cannot
 * push the requests that suffer from it out of the measurement.
 *
 *   corrected     due  → first answer: what a client sees that does not care why its order waited
 *   uncorrected   sent → first answer: hides what a sender that fell behind makes its orders wait
 *   pacing error  due  → sent: how well this process keeps its own schedule
 */
import type { Receipt } from "../client/messages.ts";
import { encodeHistogram, newIntervalHistogram, newRunHistogram, recordMs, recordNs } from "./histograms.ts";
import type { Histogram } from "./histograms.ts";

/** The stages of a receipt, in the order in which an order goes through them. */
export const STAGES = ["gatewayInNs", "ringWaitNs", "matchingNs", "ringOutNs", "gatewayOutNs"] as const;
export type Stage = (typeof STAGES)[number];

export interface MeasuredWindow {
  /** Requests due from here on are measured. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Width of a point of the latency-over-time plot. */
  readonly intervalMs: number;
}

/** What a worker hands over at the end; see histograms.ts for the encoding. */
export interface RecordedLatencies {
  readonly corrected: string;
  readonly uncorrected: string;
  readonly pacingError: string;
  readonly stages: Readonly<Record<Stage, string>>;
  /** Corrected latency by interval of the due time; an interval without a sample is empty text. */
  readonly intervals: readonly string[];
}

export class LatencyRecorder {
  readonly #window: MeasuredWindow;
  readonly #corrected = newRunHistogram();
  readonly #uncorrected = newRunHistogram();
  readonly #pacingError = newRunHistogram();
  readonly #stages: Readonly<Record<Stage, Histogram>> = {
    gatewayInNs: newRunHistogram(),
    ringWaitNs: newRunHistogram(),
    matchingNs: newRunHistogram(),
    ringOutNs: newRunHistogram(),
    gatewayOutNs: newRunHistogram(),
  };
  readonly #intervals: (Histogram | undefined)[];
  #endMs: number;

  constructor(window: MeasuredWindow) {
    this.#window = window;
    this.#endMs = window.toMs;
    const intervalCount = Math.ceil((window.toMs - window.fromMs) / window.intervalMs);
    this.#intervals = Array.from({ length: intervalCount }, () => undefined);
  }

  /** Whether a request that is due at this time is measured. */
  measures(dueMs: number): boolean {
    return dueMs >= this.#window.fromMs && dueMs < this.#window.toMs;
  }

  /** Whether something that happens now happens in the measured time, up to where the run was stopped. */
  windowIncludes(nowMs: number): boolean {
    return nowMs >= this.#window.fromMs && nowMs < this.#endMs;
  }

  /** The run is stopped: from now on only answers are awaited. */
  stopAt(nowMs: number): void {
    this.#endMs = Math.min(this.#endMs, nowMs);
  }

  /** @param dueMs Of a measured request, as below. */
  recordSent(dueMs: number, sentMs: number): void {
    recordMs(this.#pacingError, sentMs - dueMs);
  }

  recordAnswer(dueMs: number, sentMs: number, answeredMs: number): void {
    recordMs(this.#corrected, answeredMs - dueMs);
    recordMs(this.#uncorrected, answeredMs - sentMs);
    recordMs(this.#interval(dueMs), answeredMs - dueMs);
  }

  recordReceipt(receipt: Receipt): void {
    for (const stage of STAGES) recordNs(this.#stages[stage], receipt[stage]);
  }

  encode(): RecordedLatencies {
    const stages = STAGES.map((stage) => [stage, encodeHistogram(this.#stages[stage])]);
    return {
      corrected: encodeHistogram(this.#corrected),
      uncorrected: encodeHistogram(this.#uncorrected),
      pacingError: encodeHistogram(this.#pacingError),
      stages: Object.fromEntries(stages) as Record<Stage, string>,
      intervals: this.#intervals.map((interval) => (interval === undefined ? "" : encodeHistogram(interval))),
    };
  }

  #interval(dueMs: number): Histogram {
    const index = Math.floor((dueMs - this.#window.fromMs) / this.#window.intervalMs);
    // The first sample of an interval pays for its histogram: 14 kB once per second or less often.
    return (this.#intervals[index] ??= newIntervalHistogram());
  }
}
