/**
 * Memory of a single-producer, single-consumer ring of 128-byte slots in a SharedArrayBuffer.
 *
 *   byte    0  tail        int32, written by the producer only
 *         128  head        int32, written by the consumer only
 *         256  slot 0
 *         384  slot 1 …    slotCount slots, a power of two
 *
 * tail and head count slots published and slots released since the start. They wrap as int32; `tail − head | 0` is exact
 * across the wrap because a ring never holds 2^31 slots. The slot of position p is p & (slotCount − 1).
 *
 * Publication rule: slot bytes are written first, then `tail` is stored atomically (sequentially consistent); a consumer
 * that has loaded this tail sees those bytes. In the same way a producer that has loaded `head` may overwrite what lies
 * before it. Nothing else in the buffer is accessed atomically.
 *
 * The two counters lie two cache lines apart, because processors prefetch lines in pairs.
 */
import { assert } from "../assert.ts";
import { RECORD_BYTES } from "../record/command-record.ts";

/** Int32 indices. */
export const TAIL = 0;
export const HEAD = 32;
export const FIRST_SLOT = 64;

/** log2 of the int32 in a slot. */
export const SLOT_I32_SHIFT = 5;

const CONTROL_BYTES = 256;

/**
 * @param slotCount Power of two, 2 … 2^20.
 * @param startPosition Where both counters begin; only tests of the wrap need another than 0.
 */
export function createRing(slotCount: number, startPosition = 0): SharedArrayBuffer {
  assert(slotCount >= 2 && slotCount <= 2 ** 20 && (slotCount & (slotCount - 1)) === 0, "a ring has 2^1 to 2^20 slots");
  const buffer = new SharedArrayBuffer(CONTROL_BYTES + slotCount * RECORD_BYTES);
  const control = new Int32Array(buffer);
  control[TAIL] = startPosition;
  control[HEAD] = startPosition;
  return buffer;
}

export function ringSlotCount(buffer: SharedArrayBuffer): number {
  return (buffer.byteLength - CONTROL_BYTES) / RECORD_BYTES;
}

/** Releases everything that is published, in place of a consumer that is gone. */
export function emptyRing(control: Int32Array): void {
  Atomics.store(control, HEAD, Atomics.load(control, TAIL));
}

/** Slots published and not yet released, as seen from any thread: for metrics, stale by the time it is read. */
export function ringDepth(control: Int32Array): number {
  return (Atomics.load(control, TAIL) - Atomics.load(control, HEAD)) | 0;
}
