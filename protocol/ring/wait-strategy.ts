/**
 * What a thread that polls rings does when a pass over them found nothing: poll again, or sleep on its doorbell.
 *
 *   spin      Never sleeps. Lowest latency; the thread owns a core.
 *   adaptive  Polls through gaps that are short, sleeps through long ones. The default.
 *   park      Sleeps as soon as a pass finds nothing. Every command after a gap pays for a wake-up; costs no idle CPU.
 *
 * A gap is the time from the first empty pass to the next pass with work. `adaptive` spins when four things are so:
 *
 *  1. Gaps are short. It polls for at most SPIN_LIMIT_MS of a gap, and only while at least half of the recent gaps ended
 *     within that (moving average, each gap weighs 1/8); else it sleeps from the start of the gap. A gap that was slept
 *     through is measured too, so a thread that sleeps goes back to spinning after a few short gaps.
 *  2. The core is to spare. A spinning thread never gives its core away, so where other busy threads share it, they wait for
 *     the end of its time slice, and it for the end of theirs. The spinner sees this as a hole of PREEMPTED_MS or more
 *     between two readings of the clock that should be a microsecond apart. Then it sleeps through all gaps for a while:
 *     10 ms, and twice as long each time that spinning is interrupted again sooner than it had been given up for, up to 100 ms.
 *     Shorter holes are a client or a gateway that runs for a moment and sleeps again: nobody is waiting for the core.
 *  3. Work comes one by one. In a pipeline, where a pass takes LARGE_BATCH slots or more on average, the producer's thread
 *     needs the cores more than a wake-up per batch costs.
 *
 *  4. Nobody waits for what this thread has published. A reader that has not taken it after STARVED_MS has no core to run on,
 *     and it may be this one. Where a client that spins shares two cores with gateway and engine, this is what keeps the
 *     gateway from waiting for the end of the engine's time slice.
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
  /** Is there something published that its reader has not taken? */
  readonly hasUnread: () => boolean;
  /** Upper bound of the sleep that begins now, after which the thread makes a pass anyway. */
  readonly maxSleepMs: () => number;
  /** Clock in ms; its origin does not matter. */
  readonly now: () => number;
}

/**
 * Much longer than a wake-up costs. A limit near that cost makes a thread sleep in the rare long gaps of a busy flow, and on two
 * cores it is then woken onto the core of the gateway that woke it, which has to wait for it: with 1 ms the p99 of a closed
 * loop was 1.2 ms, with 0.2 ms its median doubled.
 */
export const SPIN_LIMIT_MS = 5;

/** Longer than a gateway's turn or a client's; shorter than a time slice, which is some 3 ms. */
export const PREEMPTED_MS = 2;

/** Several times what a reader that is awake needs to take what was published. */
export const STARVED_MS = 0.05;

/** How long spinning is given up for. */
export const MIN_PENALTY_MS = 10;
const MAX_PENALTY_MS = 100;

const POLLS_PER_DECISION = 64;
const GAP_WEIGHT = 1 / 8;

/** Slots that one pass takes, on average, from which on the flow is a pipeline. */
export const LARGE_BATCH = 8;
const BATCH_WEIGHT = 1 / 16;
const NONE = -1;

export class IdleStrategy {
  readonly #strategy: WaitStrategy;
  readonly #sleeper: Sleeper;
  readonly #hasWork: () => boolean;
  readonly #hasUnread: () => boolean;
  readonly #maxSleepMs: () => number;
  readonly #now: () => number;
  readonly #pollsPerDecision: number;
  #emptyPolls: number;
  /** When the current gap was first noticed, or NONE. */
  #gapStart: number;
  /** The last reading of the clock in this gap, if the thread has only spun since; else NONE. */
  #lastSpin: number;
  /** Of the recent gaps, the share that ended within the limit: 0 … 1. */
  #shortGapShare: number;
  /** Slots per pass with work: moving average. */
  #batchSize: number;
  #penaltyMs: number;
  #penaltyEnd: number;
  #sleepCount: number;

  constructor(options: IdleOptions) {
    this.#strategy = options.strategy;
    this.#sleeper = options.sleeper;
    this.#hasWork = options.hasWork;
    this.#hasUnread = options.hasUnread;
    this.#maxSleepMs = options.maxSleepMs;
    this.#now = options.now;
    this.#pollsPerDecision = options.strategy === "park" ? 1 : POLLS_PER_DECISION;
    this.#emptyPolls = 0;
    this.#gapStart = NONE;
    this.#lastSpin = NONE;
    this.#shortGapShare = 1;
    this.#batchSize = 0;
    this.#penaltyMs = MIN_PENALTY_MS;
    this.#penaltyEnd = -Infinity;
    this.#sleepCount = 0;
  }

  /** How often the thread went to sleep since the start. */
  get sleepCount(): number {
    return this.#sleepCount;
  }

  /** Call after each pass over the rings with the number of slots that it took. May block for maxSleepMs. */
  idle(workCount: number): void {
    if (workCount > 0) {
      this.#batchSize += (workCount - this.#batchSize) * BATCH_WEIGHT;
      this.#emptyPolls = 0;
      if (this.#gapStart !== NONE) this.#endGap();
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
    if (this.#gapStart === NONE) this.#gapStart = now;
    this.#noticePreemption(now);
    this.#lastSpin = now;
    const gapMs = now - this.#gapStart;
    if (gapMs >= SPIN_LIMIT_MS || now < this.#penaltyEnd) return false;
    if (this.#batchSize >= LARGE_BATCH || this.#shortGapShare < 0.5) return false;
    return gapMs < STARVED_MS || !this.#hasUnread();
  }

  #endGap(): void {
    const now = this.#now();
    this.#noticePreemption(now);
    const wasShort = now - this.#gapStart < SPIN_LIMIT_MS ? 1 : 0;
    this.#shortGapShare += (wasShort - this.#shortGapShare) * GAP_WEIGHT;
    this.#gapStart = NONE;
    this.#lastSpin = NONE;
  }

  #noticePreemption(now: number): void {
    if (this.#lastSpin === NONE || now - this.#lastSpin < PREEMPTED_MS) return;
    const recurred = now - this.#penaltyEnd < this.#penaltyMs;
    this.#penaltyMs = recurred ? Math.min(2 * this.#penaltyMs, MAX_PENALTY_MS) : MIN_PENALTY_MS;
    this.#penaltyEnd = now + this.#penaltyMs;
  }

  #sleep(): void {
    this.#sleeper.prepare();
    if (this.#hasWork()) {
      this.#sleeper.cancel();
      return;
    }
    this.#sleepCount++;
    this.#sleeper.sleep(this.#maxSleepMs());
    this.#lastSpin = NONE;
  }
}
