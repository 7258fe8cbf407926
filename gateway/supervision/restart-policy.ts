/**
 * Whether and when a thread that has died is replaced: at once the first time, then after pauses that double; and no more when it
 * keeps dying, because what kills it is then not going to pass.
 */
const WINDOW_MS = 60_000;
const MAX_RESTARTS = 5;
const FIRST_PAUSE_MS = 100;

export class RestartPolicy {
  readonly #nowMs: () => number;
  /** When the restarts of the last minute were, ms. */
  #recent: number[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Counts one more restart. @returns how long to wait before it, ms; undefined: this is a storm, do not. */
  next(): number | undefined {
    const now = this.#nowMs();
    this.#recent = this.#recent.filter((at) => now - at < WINDOW_MS);
    if (this.#recent.length >= MAX_RESTARTS) return undefined;
    this.#recent.push(now);
    return this.#recent.length === 1 ? 0 : FIRST_PAUSE_MS * 2 ** (this.#recent.length - 2);
  }
}

export const STORM_TEXT = `it has died more than ${MAX_RESTARTS} times in ${WINDOW_MS / 1000} s`;
