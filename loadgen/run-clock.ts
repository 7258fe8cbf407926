/** The time of the run: 0 is when the schedule starts, in ms with fractions. The seam at which tests own the time. */
export interface RunClock {
  nowMs(): number;
}

/** Runs on the monotonic clock of this thread, whose origin differs from that of other threads. */
export class MonotonicRunClock implements RunClock {
  #startMs = 0;

  /** @param startTime In ms since 1970-01-01 UTC, the same for all workers: they start within the clocks' agreement. */
  startAt(startTime: number): void {
    this.#startMs = startTime - performance.timeOrigin;
  }

  /** About 50 ns per reading. */
  nowMs(): number {
    return performance.now() - this.#startMs;
  }
}
