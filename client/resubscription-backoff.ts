/**
 * How long to wait before subscribing again after a gap. A gap is often the venue's answer to load, and every subscriber
 * that asks for a snapshot at once adds to it: so the wait doubles from gap to gap, and half of it is random.
 */

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
/** After so long without a gap the delay starts over. */
const CALM_MS = 60_000;

export class ResubscriptionBackoff {
  #lastGapAtMs = Number.NEGATIVE_INFINITY;
  #delayMs = FIRST_DELAY_MS;

  /**
   * @param nowMs On any clock that does not run backwards.
   * @param random 0 … 1.
   */
  next(nowMs: number, random: number): number {
    this.#delayMs = nowMs - this.#lastGapAtMs > CALM_MS ? FIRST_DELAY_MS : Math.min(2 * this.#delayMs, MAX_DELAY_MS);
    this.#lastGapAtMs = nowMs;
    return this.#delayMs * (0.5 + random / 2);
  }
}
