/**
 * A number that stands for a sequence of event records: two runs that print the same one made the same events. 64 bits, as
 * two 32-bit hashes (MurmurHash3's round) that differ in their start. Not meant against somebody who wants them to collide.
 */
import { RECORD_I32_SHIFT } from "../../protocol/record/command-record.ts";

const RECORD_I32 = 1 << RECORD_I32_SHIFT;

export class EventHash {
  #low: number;
  #high: number;
  #words: number;

  constructor() {
    this.#low = 0x9747b28c | 0;
    this.#high = 0x2f0b4c47;
    this.#words = 0;
  }

  /** The whole record at `base`. */
  add(i32: Int32Array, base: number): void {
    let low = this.#low;
    let high = this.#high;
    for (let at = base; at < base + RECORD_I32; at++) {
      const word = Math.imul(i32[at] as number, 0xcc9e2d51);
      const mixed = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
      low ^= mixed;
      low = (Math.imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0;
      high = Math.imul(high ^ mixed, 0x85ebca6b);
      high ^= high >>> 13;
    }
    this.#low = low;
    this.#high = high;
    this.#words += RECORD_I32;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return hex(finish(this.#high ^ this.#words)) + hex(finish(this.#low ^ this.#words));
  }
}

function finish(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
