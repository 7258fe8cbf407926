import { FIRST_SLOT, HEAD, SLOT_I32_SHIFT, TAIL, ringSlotCount } from "./ring-layout.ts";

/** What {@link RingProducer.claim} answers when every slot is in use. */
export const FULL = -1;

/**
 * Writing end of a ring: claim a slot, write it in place, publish. Exactly one thread may own it.
 *
 * Invariants: head ≤ published tail ≤ claimed ≤ head + slotCount, in wrapping int32 arithmetic.
 */
export class RingProducer {
  /** The ring as int32 and as doubles. Write only between claim and publish, only in the claimed slot. */
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly slotCount: number;
  #claimed: number;
  #cachedHead: number;

  constructor(buffer: SharedArrayBuffer) {
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.slotCount = ringSlotCount(buffer);
    this.#claimed = Atomics.load(this.i32, TAIL);
    this.#cachedHead = Atomics.load(this.i32, HEAD);
  }

  /** Base of the next slot as an index into `i32` (half of it into `f64`), or FULL. Slots hold what was last in them. */
  claim(): number {
    const position = this.#claimed;
    if (((position - this.#cachedHead) | 0) === this.slotCount) {
      // The consumer's line is fetched only when the ring looks full, so in steady flow it stays in the consumer's cache.
      this.#cachedHead = Atomics.load(this.i32, HEAD);
      if (((position - this.#cachedHead) | 0) === this.slotCount) return FULL;
    }
    this.#claimed = (position + 1) | 0;
    return FIRST_SLOT + ((position & (this.slotCount - 1)) << SLOT_I32_SHIFT);
  }

  /** Hands every slot claimed so far to the consumer. */
  publish(): void {
    // The consumer loads this tail and then sees all bytes written to the slots before it.
    Atomics.store(this.i32, TAIL, this.#claimed);
  }

  /** Takes back every slot claimed and not published. */
  discard(): void {
    // Only this thread writes the tail.
    this.#claimed = this.i32[TAIL] as number;
  }

  /** Slots that can be claimed at least, after asking the consumer. */
  freeCount(): number {
    this.#cachedHead = Atomics.load(this.i32, HEAD);
    return this.slotCount - ((this.#claimed - this.#cachedHead) | 0);
  }
}
