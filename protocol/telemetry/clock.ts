/**
 * The clock that stage latencies are taken with: one time line for all threads of the process.
 *
 * performance.now() counts milliseconds from the timeOrigin of its thread. In Node 20 every thread has the origin of the
 * process, so readings of two threads can be subtracted as they are. Where a Node version gives a worker its own origin,
 * alignClock() moves the worker's readings by the difference. A thread that never calls it is on its own time line.
 */
import { performance } from "node:perf_hooks";

/** Readings of the clock are in ms, latencies in ns. */
export const NS_PER_MS = 1e6;

let offsetMs = 0;
/** Zero of the time line that this thread is on, ms since 1970-01-01 UTC. */
let originMs = performance.timeOrigin;

/** Origin of this thread's clock, ms since 1970-01-01 UTC: the main thread hands it to workers for alignClock. */
export function clockOriginMs(): number {
  return performance.timeOrigin;
}

/** Puts this thread on the time line of the thread whose clockOriginMs() is given. Call once, when the thread starts. */
export function alignClock(newOriginMs: number): void {
  originMs = newOriginMs;
  offsetMs = performance.timeOrigin - newOriginMs;
}

/** Milliseconds with a fraction, monotonic, comparable between aligned threads. */
export function nowMs(): number {
  return performance.now() + offsetMs;
}

/** A reading of {@link nowMs} as milliseconds since 1970-01-01 UTC. */
export function toEpochMs(reading: number): number {
  return originMs + reading;
}

export interface ClockCost {
  /** One reading, in ns: the median of several rounds. */
  readonly nsPerReading: number;
  /** Smallest step seen between two readings that differ, in ns. */
  readonly resolutionNs: number;
}

const ROUNDS = 9;
const READINGS_PER_ROUND = 2000;
const WARM_UP_READINGS = 20_000;

/** Takes about 2 ms: for start-up and reports. */
export function measureClockCost(): ClockCost {
  readClock(WARM_UP_READINGS);
  const rounds = Array.from({ length: ROUNDS }, () => readClock(READINGS_PER_ROUND));
  const costs = rounds.map((round) => round.nsPerReading).toSorted((a, b) => a - b);
  return {
    nsPerReading: costs[ROUNDS >> 1] ?? 0,
    resolutionNs: Math.min(...rounds.map((round) => round.resolutionNs)),
  };
}

function readClock(readings: number): ClockCost {
  const start = nowMs();
  let last = start;
  let smallestStepMs = Infinity;
  for (let i = 0; i < readings; i++) {
    const now = nowMs();
    if (now > last && now - last < smallestStepMs) smallestStepMs = now - last;
    last = now;
  }
  return { nsPerReading: ((last - start) / readings) * 1e6, resolutionNs: smallestStepMs * 1e6 };
}
