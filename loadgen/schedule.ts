/**
 * When each send of a run is due. A schedule is fixed before the run starts and never hears how the venue is doing:
 * that is what makes the load open loop.
 *
 * The times are those of the whole run, not of one worker: every worker walks the same schedule and takes the sends of
 * its own sessions (see pacer.ts), so the intended times do not depend on how many workers there are.
 */
import { unreachable } from "../protocol/codes.ts";
import { SeededRandom } from "./seeded-random.ts";

export const SCHEDULE_KINDS = ["constant", "poisson", "burst"] as const;
export type ScheduleKind = (typeof SCHEDULE_KINDS)[number];

export interface ScheduleSettings {
  readonly kind: ScheduleKind;
  /** Sends per second over all sessions, on average. More than 0. */
  readonly ratePerSecond: number;
  /** Sends that are due at the same moment; only of a burst schedule. */
  readonly burstSize: number;
  readonly seed: number;
}

export interface Schedule {
  /** When the next send is due, in ms after the start. Never before the one that was returned last. */
  nextDueMs(): number;
}

/** Stream of the seed that draws the gaps; sessions use the streams from 0 up. */
const SCHEDULE_STREAM = -1;

export function createSchedule(settings: ScheduleSettings): Schedule {
  switch (settings.kind) {
    case "constant":
      return new BurstSchedule(settings.ratePerSecond, 1);
    case "burst":
      return new BurstSchedule(settings.ratePerSecond, settings.burstSize);
    case "poisson":
      return new PoissonSchedule(settings.ratePerSecond, settings.seed);
    default:
      return unreachable(settings.kind);
  }
}

/** `size` sends at once, then none for the time that keeps the rate. A constant schedule has bursts of one. */
class BurstSchedule implements Schedule {
  readonly #ratePerSecond: number;
  readonly #size: number;
  #sends = 0;

  constructor(ratePerSecond: number, size: number) {
    this.#ratePerSecond = ratePerSecond;
    this.#size = size;
  }

  nextDueMs(): number {
    const burst = Math.floor(this.#sends / this.#size);
    this.#sends++;
    // From the count, not by adding up gaps: a long run does not drift.
    return (burst * this.#size * 1000) / this.#ratePerSecond;
  }
}

/** Independent arrivals: exponential gaps, so that sends cluster as those of many unrelated clients do. */
class PoissonSchedule implements Schedule {
  readonly #meanGapMs: number;
  readonly #random: SeededRandom;
  #dueMs = 0;

  constructor(ratePerSecond: number, seed: number) {
    this.#meanGapMs = 1000 / ratePerSecond;
    this.#random = new SeededRandom(seed, SCHEDULE_STREAM);
  }

  nextDueMs(): number {
    // 1 − u is never 0, so that the logarithm is finite.
    this.#dueMs -= Math.log(1 - this.#random.nextUnit()) * this.#meanGapMs;
    return this.#dueMs;
  }
}
