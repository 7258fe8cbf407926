import type { RunClock } from "../run-clock.ts";

/** Stands still until a test moves it. */
export class FakeClock implements RunClock {
  ms = 0;

  nowMs(): number {
    return this.ms;
  }
}
