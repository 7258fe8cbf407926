/** A clock that stands still until it is moved: what sequencer and journaler read in a simulated world. */

/** 2025-01-02 09:00 UTC. */
const START_EPOCH_MS = 1_735_808_400_000;

export class SimClock {
  #ms = 1;
  #epochMs = START_EPOCH_MS;

  readonly nowMs = (): number => this.#ms;
  readonly toEpochMs = (reading: number): number => this.#epochMs + reading;

  /** Microseconds since 1970-01-01 UTC, by the wall. */
  get wallUs(): number {
    return Math.floor((this.#epochMs + this.#ms) * 1000);
  }

  pass(ms: number): void {
    this.#ms += ms;
  }

  /** Somebody sets the wall clock, forward or back. */
  setWall(byMs: number): void {
    this.#epochMs += byMs;
  }
}
