/**
 * Client order ids that do not repeat over restarts: they start from the time in microseconds and count up, so that they
 * stay ahead of an earlier run as long as no run places more than a million requests per second. Below 2^53 until 2255.
 */
export class ClientOrderIds {
  #last: number;

  /** @param nowMs Milliseconds since 1970-01-01 UTC. */
  constructor(nowMs: number = Date.now()) {
    this.#last = nowMs * 1000;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
