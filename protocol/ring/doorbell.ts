/**
 * Wakes a thread that waits on several rings at once. One per consumer thread.
 *
 *   int32 0  parked   1 while the consumer sleeps or is about to
 *   int32 1  rings    counts the wake-ups; the word that the consumer waits on
 *
 * No wake-up is lost: the consumer stores parked, then looks at its rings once more, then waits; a producer stores its
 * tail, then loads parked. All four are sequentially consistent, so at least one of the two sees the other (Dekker).
 */

const PARKED = 0;
const RINGS = 1;

export function createDoorbell(): SharedArrayBuffer {
  return new SharedArrayBuffer(256);
}

/** The producers' side. */
export class DoorbellRinger {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  /** Call after publish. One atomic load when the consumer is awake. Returns whether it was asleep. */
  ring(): boolean {
    return Atomics.load(this.#words, PARKED) === 1 && this.#wake();
  }

  #wake(): boolean {
    // Only the producer that takes the flag down pays for the system call.
    if (Atomics.exchange(this.#words, PARKED, 0) !== 1) return false;
    Atomics.add(this.#words, RINGS, 1);
    Atomics.notify(this.#words, RINGS);
    return true;
  }
}

/** The consumer's side. `prepare`, look at the rings, then `sleep` or `cancel`. */
export class DoorbellSleeper {
  readonly #words: Int32Array;
  #seen: number;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#seen = 0;
  }

  prepare(): void {
    this.#seen = Atomics.load(this.#words, RINGS);
    Atomics.store(this.#words, PARKED, 1);
  }

  cancel(): void {
    Atomics.store(this.#words, PARKED, 0);
  }

  /** Blocks the thread until a producer rings or the time is over. */
  sleep(timeoutMs: number): void {
    Atomics.wait(this.#words, RINGS, this.#seen, timeoutMs);
    this.cancel();
  }

  /** Resolves when a producer rings or the time is over; for a thread with an event loop. */
  async sleepAsync(timeoutMs: number): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, RINGS, this.#seen, timeoutMs);
    if (wait.async) await wait.value;
    this.cancel();
  }
}
