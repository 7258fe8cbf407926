import { assert } from "../../protocol/assert.ts";

const INITIAL_BYTES = 4096;

/** Delimited frames that wait for the end of the turn, when they are sent in one piece. Grows to what a turn needs. */
export class OutputBuffer {
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  length = 0;

  /** Makes room for `count` more bytes and returns the offset at which they start. The caller then sets `length`. */
  reserve(count: number): number {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count);
    return this.length;
  }

  append(source: Uint8Array, start: number, end: number): void {
    let at = this.reserve(end - start);
    const { bytes } = this;
    for (let n = start; n < end; n++) bytes[at++] = source[n] as number;
    this.length = at;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(needed: number): void {
    assert(needed < 2 ** 30, "a turn never produces a gigabyte for one connection");
    let capacity = this.bytes.length;
    while (capacity < needed) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
