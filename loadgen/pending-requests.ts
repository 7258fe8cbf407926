/**
 * The requests of one session that wait for their answer, addressed by their number: 0 for the session's first request,
 * then one more each. A request is here from the moment it is due until its first answer.
 *
 * Slot `number & mask` holds the request of that number or none. Two live requests may want the same slot when answers
 * stay out for long; then the arrays double, so that a stalled venue never slows the sender.
 */

/** In `numbers`: no request in this slot. */
const EMPTY = -1;
/** In `sentMs`: not written to the socket yet. */
const NOT_SENT = -1;

export class PendingRequests {
  #mask: number;
  #numbers: Float64Array;
  #dueMs: Float64Array;
  #sentMs: Float64Array;
  #count = 0;
  #nextNumber = 0;
  #firstUnstamped = 0;

  /** @param slotCount A power of two. */
  constructor(slotCount = 1024) {
    this.#mask = slotCount - 1;
    this.#numbers = new Float64Array(slotCount).fill(EMPTY);
    this.#dueMs = new Float64Array(slotCount);
    this.#sentMs = new Float64Array(slotCount);
  }

  /** Requests without an answer. */
  get count(): number {
    return this.#count;
  }

  /** Requests that were ever added. */
  get addedCount(): number {
    return this.#nextNumber;
  }

  /** Adds the next request, which is due at this time of the run. */
  add(dueMs: number): void {
    const number = this.#nextNumber++;
    while (this.#numbers[number & this.#mask] !== EMPTY) this.#double();
    const slot = number & this.#mask;
    this.#numbers[slot] = number;
    this.#dueMs[slot] = dueMs;
    this.#sentMs[slot] = NOT_SENT;
    this.#count++;
  }

  /** The requests that were added since the last call are written to the socket now. Returns the number of the first. */
  stampSent(nowMs: number): number {
    const first = this.#firstUnstamped;
    for (let number = first; number < this.#nextNumber; number++) this.#sentMs[number & this.#mask] = nowMs;
    this.#firstUnstamped = this.#nextNumber;
    return first;
  }

  /** Whether this request still waits for its first answer. */
  isPending(number: number): boolean {
    return number >= 0 && number < this.#nextNumber && this.#numbers[number & this.#mask] === number;
  }

  /** @param number Of a pending request. In ms of the run. */
  dueMs(number: number): number {
    return this.#dueMs[number & this.#mask] ?? 0;
  }

  /** @param number Of a pending request. In ms of the run. */
  sentMs(number: number): number {
    return this.#sentMs[number & this.#mask] ?? 0;
  }

  /** @param number Of a pending request: its answer has arrived. */
  remove(number: number): void {
    this.#numbers[number & this.#mask] = EMPTY;
    this.#count--;
  }

  /** How many pending requests were due at a time that `matches`. Looks at every slot. */
  countMatching(matches: (dueMs: number) => boolean): number {
    let count = 0;
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (this.#numbers[slot] !== EMPTY && matches(this.#dueMs[slot] ?? 0)) count++;
    }
    return count;
  }

  #double(): void {
    const numbers = this.#numbers;
    const dueMs = this.#dueMs;
    const sentMs = this.#sentMs;
    const slotCount = 2 * numbers.length;
    this.#mask = slotCount - 1;
    this.#numbers = new Float64Array(slotCount).fill(EMPTY);
    this.#dueMs = new Float64Array(slotCount);
    this.#sentMs = new Float64Array(slotCount);
    for (let old = 0; old < numbers.length; old++) {
      const number = numbers[old] ?? EMPTY;
      if (number === EMPTY) continue;
      // Numbers that differed in the low bits still differ: no two meet in the larger arrays.
      const slot = number & this.#mask;
      this.#numbers[slot] = number;
      this.#dueMs[slot] = dueMs[old] ?? 0;
      this.#sentMs[slot] = sentMs[old] ?? 0;
    }
  }
}
