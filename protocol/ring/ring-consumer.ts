import { assert } from "../assert.ts";
import { FIRST_SLOT, HEAD, SLOT_I32_SHIFT, TAIL, ringSlotCount } from "./ring-layout.ts";

/** What {@link RingConsumer.peek} and {@link RingConsumer.poll} answer when nothing is published. */
export const EMPTY = -1;

/**
 * Reading end of a ring: poll slots, use them in place, release. Exactly one thread may own it. A polled slot belongs to
 * the consumer, which may also write to it, until release.
 *
 * Invariants: head ≤ polled ≤ cached tail ≤ tail, in wrapping int32 arithmetic.
 */
export class RingConsumer {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** For copying slots; half of a base is an index into it too. */
  readonly words: BigUint64Array;
  readonly slotCount: number;
  #polled: number;
  #cachedTail: number;

  constructor(buffer: SharedArrayBuffer) {
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.words = new BigUint64Array(buffer);
    this.slotCount = ringSlotCount(buffer);
    this.#polled = Atomics.load(this.i32, HEAD);
    this.#cachedTail = this.#polled;
  }

  /** Base of the oldest slot that was not polled yet, as an index into `i32` (half of it into `f64`), or EMPTY. */
  peek(): number {
    if (this.#polled === this.#cachedTail) {
      // Sequentially consistent: the bytes of every slot before this tail are visible after the load.
      this.#cachedTail = Atomics.load(this.i32, TAIL);
      if (this.#polled === this.#cachedTail) return EMPTY;
    }
    return FIRST_SLOT + ((this.#polled & (this.slotCount - 1)) << SLOT_I32_SHIFT);
  }

  /** Like peek, and moves on. */
  poll(): number {
    const base = this.peek();
    if (base !== EMPTY) this.#polled = (this.#polled + 1) | 0;
    return base;
  }

  /** Position of the slot that poll answers next: counts all slots since the ring was made, wrapping as int32. */
  get position(): number {
    return this.#polled;
  }

  /** Goes on at a position between the released slots and the published ones. */
  skipTo(position: number): void {
    this.#cachedTail = Atomics.load(this.i32, TAIL);
    assert(((this.#cachedTail - position) | 0) >= 0, "nothing is skipped that was not published");
    this.#polled = position | 0;
  }

  /** Gives every slot polled so far back to the producer. */
  release(): void {
    // The producer loads this head before it overwrites the slots: our reads of them come before.
    Atomics.store(this.i32, HEAD, this.#polled);
  }
}
