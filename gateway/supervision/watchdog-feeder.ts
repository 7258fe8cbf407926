/**
 * Feeds the watchdog of systemd with the progress of the engines, and with nothing else: a main thread that still runs its timers
 * beside an engine that hangs is no reason to be left alone.
 *
 * The supervisor replaces an engine that stalls within seconds. So an engine without progress for a whole interval means that the
 * supervisor has failed, too, and that systemd must replace the process.
 */
export interface WatchdogFeederParts {
  /** Absent: nobody watches. */
  readonly intervalMs: number | undefined;
  /** Of each engine a number that changes while it makes progress: its beats (engine/engine-control.ts). */
  readonly progress: () => readonly number[];
  readonly feed: () => void;
}

export class WatchdogFeeder {
  readonly #parts: WatchdogFeederParts;
  #seen: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: WatchdogFeederParts) {
    this.#parts = parts;
  }

  /** Once every engine runs. */
  start(): void {
    const { intervalMs, progress } = this.#parts;
    if (intervalMs === undefined) return;
    this.#seen = progress();
    this.#timer = setInterval(() => this.look(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Feeds if every engine has made progress since the last look. */
  look(): void {
    const now = this.#parts.progress();
    // An engine that was replaced counts from 0 again, so any change is progress.
    const hasProgress = now.every((count, engine) => count !== this.#seen[engine]);
    this.#seen = now;
    if (hasProgress) this.#parts.feed();
  }
}
