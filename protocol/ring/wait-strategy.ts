/**
 * What a thread that polls rings does when a pass over them found nothing: poll again, or sleep on its doorbell.
 *
 *   spin      Never sleeps. Lowest latency; the thread owns a core.
 *   adaptive  Polls through gaps that are short, sleeps through long ones. The default.
 *   park      Sleeps as soon as a pass finds nothing. Every command after a gap pays for a wake-up; costs no idle CPU.
 *
 * A gap is the time from the first empty pass to the next pass with work. `adaptive` polls for at most SPIN_LIMIT_MS of a
 * gap, and only while spinning pays: #shortGapShare is the share of recent gaps that ended within the limit (moving
 * average, each gap weighs 1/8), and below one half a gap is slept through from its start. Such a gap is still measured,
 * so a thread that sleeps goes back to spinning after a few short gaps. At an even flow of commands this means: spinning
 * from one command per SPIN_LIMIT_MS upwards, sleeping below; a single pause in a busy flow costs one futile spin.
 * When cores are scarce, what matters is that futile spinning ends: it takes the core that the gateway or the client
 * needs to produce the next command.
 *
 * The clock is read every POLLS_PER_DECISION empty passes and when a gap longer than that ends: never in busy flow.
 * Nothing here allocates.
 */

export type WaitStrategy = "spin" | "adaptive" | "park";

/** What idling needs of {@link DoorbellSleeper}. */
export interface Sleeper {
  prepare(): void;
  cancel(): void;
  sleep(timeoutMs: number): void;
}

export interface IdleOptions {
  readonly strategy: WaitStrategy;
  readonly sleeper: Sleeper;
  /** Is there work in any ring? Asked between prepare and sleep: what came before prepare rings no bell. */
  readonly hasWork: () => boolean;
  /** Upper bound of one sleep, after which the thread makes a pass anyway. */
  readonly maxSleepMs: number;
  /** Clock in ms; its origin does not matter. */
  readonly now: () => number;
}

/** Several times what a wake-up costs, so that a thread that sleeps can tell by its gaps that spinning would pay. */
export const SPIN_LIMIT_MS = 0.2;

const POLLS_PER_DECISION = 64;
const GAP_WEIGHT = 1 / 8;
const NOT_MEASURED = -1;

export class IdleStrategy {
  readonly #strategy: WaitStrategy;
  readonly #sleeper: Sleeper;
  readonly #hasWork: () => boolean;
  readonly #maxSleepMs: number;
  readonly #now: () => number;
  readonly #pollsPerDecision: number;
  #emptyPolls: number;
  #gapStart: number;
  #shortGapShare: number;
  #sleepCount: number;

  constructor(options: IdleOptions) {
    this.#strategy = options.strategy;
    this.#sleeper = options.sleeper;
    this.#hasWork = options.hasWork;
    this.#maxSleepMs = options.maxSleepMs;
    this.#now = options.now;
    this.#pollsPerDecision = options.strategy === "park" ? 1 : POLLS_PER_DECISION;
    this.#emptyPolls = 0;
    this.#gapStart = NOT_MEASURED;
    this.#shortGapShare = 1;
    this.#sleepCount = 0;
  }

  /** How often the thread went to sleep since the start. */
  get sleepCount(): number {
    return this.#sleepCount;
  }

  /** Call after each pass over the rings with the number of slots that it took. May block for maxSleepMs. */
  idle(workCount: number): void {
    if (workCount > 0) {
      this.#emptyPolls = 0;
      if (this.#gapStart !== NOT_MEASURED) this.#endGap();
      return;
    }
    this.#emptyPolls++;
    if (this.#emptyPolls === this.#pollsPerDecision) {
      this.#emptyPolls = 0;
      this.#decide();
    }
  }

  #decide(): void {
    if (this.#strategy === "spin") return;
    if (this.#strategy === "park" || !this.#spinningPays()) this.#sleep();
  }

  #spinningPays(): boolean {
    const now = this.#now();
    if (this.#gapStart === NOT_MEASURED) this.#gapStart = now;
    return this.#shortGapShare >= 0.5 && now - this.#gapStart < SPIN_LIMIT_MS;
  }

  #endGap(): void {
    const wasShort = this.#now() - this.#gapStart < SPIN_LIMIT_MS ? 1 : 0;
    this.#shortGapShare += (wasShort - this.#shortGapShare) * GAP_WEIGHT;
    this.#gapStart = NOT_MEASURED;
  }

  #sleep(): void {
    this.#sleeper.prepare();
    if (this.#hasWork()) {
      this.#sleeper.cancel();
      return;
    }
    this.#sleepCount++;
    this.#sleeper.sleep(this.#maxSleepMs);
  }
}
