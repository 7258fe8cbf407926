/**
 * Cuts a stream of bytes into delimited frames: a varint length, then that many bytes.
 *
 * Feed a chunk, take frames until NEED_MORE, feed the next chunk. A frame that lies in one chunk is given in place; one
 * that straddles chunks is put together in a buffer that was allocated at the start. A WebSocket message must not end
 * within a frame: reset, feed it, take frames until NEED_MORE, and ask `isPartial`. One splitter serves all of them.
 *
 * Invariants:
 *  1. Outside of feed and next, #carried is 0 or less than one whole frame lies in the carry buffer.
 *  2. After a negative answer the stream has no frame boundary any more: every further answer is the same.
 */
import { assert } from "../assert.ts";

/** What {@link FrameSplitter.next} answers. */
export const NEED_MORE = 0;
export const FRAME = 1;
/** The length prefix takes more than five bytes or is above 2^32−1. */
export const BAD_PREFIX = -1;
/** The length is above maxFrameBytes. */
export const FRAME_TOO_LARGE = -2;

const MAX_PREFIX_BYTES = 5;

export class FrameSplitter {
  /** The frame that next() found: bytes[start, end), valid until the next call of next() or feed(). */
  bytes: Uint8Array;
  start: number;
  end: number;

  readonly #maxFrameBytes: number;
  readonly #carry: Uint8Array;
  #carried: number;
  #chunk: Uint8Array;
  #pos: number;
  #limit: number;
  #failure: number;
  /** What #readPrefix found: the length, and the position after it. */
  #length: number;
  #bodyAt: number;

  /** @param maxFrameBytes Longest frame, its length prefix not counted. */
  constructor(maxFrameBytes: number) {
    this.bytes = new Uint8Array(0);
    this.start = 0;
    this.end = 0;
    this.#maxFrameBytes = maxFrameBytes;
    this.#carry = new Uint8Array(MAX_PREFIX_BYTES + maxFrameBytes);
    this.#carried = 0;
    this.#chunk = this.bytes;
    this.#pos = 0;
    this.#limit = 0;
    this.#failure = NEED_MORE;
    this.#length = 0;
    this.#bodyAt = 0;
  }

  /** Gives the next chunk, chunk[start, end). It is read in place and must not change until next() answers NEED_MORE. */
  feed(chunk: Uint8Array, start: number, end: number): void {
    assert(this.#pos === this.#limit || this.#failure < 0, "a chunk is fed after the one before is used up");
    this.#chunk = chunk;
    this.#pos = start;
    this.#limit = end;
  }

  /** Forgets what is unfinished, and any failure: the next chunk starts with a frame. */
  reset(): void {
    this.#carried = 0;
    this.#pos = this.#limit;
    this.#failure = NEED_MORE;
  }

  /** Bytes of an unfinished frame are waiting for the rest. */
  get isPartial(): boolean {
    return this.#carried > 0;
  }

  /** FRAME, NEED_MORE, BAD_PREFIX or FRAME_TOO_LARGE. */
  next(): number {
    if (this.#failure < 0) return this.#failure;
    if (this.#carried > 0) return this.#nextCarried();
    const found = this.#readPrefix(this.#chunk, this.#pos, this.#limit);
    if (found !== FRAME) return found < 0 ? this.#fail(found) : this.#carryRest();
    if (this.#length > this.#limit - this.#bodyAt) return this.#carryRest();
    this.#pos = this.#bodyAt + this.#length;
    return this.#found(this.#chunk, this.#bodyAt);
  }

  /** Continues the frame whose first bytes are in the carry buffer. */
  #nextCarried(): number {
    let found = this.#readPrefix(this.#carry, 0, this.#carried);
    while (found === NEED_MORE && this.#pos < this.#limit) {
      this.#carry[this.#carried++] = this.#chunk[this.#pos++] as number;
      found = this.#readPrefix(this.#carry, 0, this.#carried);
    }
    if (found !== FRAME) return found < 0 ? this.#fail(found) : NEED_MORE;
    const missing = this.#bodyAt + this.#length - this.#carried;
    this.#append(Math.min(missing, this.#limit - this.#pos));
    if (this.#carried < this.#bodyAt + this.#length) return NEED_MORE;
    this.#carried = 0;
    return this.#found(this.#carry, this.#bodyAt);
  }

  #carryRest(): number {
    this.#append(this.#limit - this.#pos);
    return NEED_MORE;
  }

  #append(count: number): void {
    if (count === 0) return;
    this.#carry.set(this.#chunk.subarray(this.#pos, this.#pos + count), this.#carried);
    this.#carried += count;
    this.#pos += count;
  }

  #found(bytes: Uint8Array, start: number): number {
    this.bytes = bytes;
    this.start = start;
    this.end = start + this.#length;
    return FRAME;
  }

  #fail(code: number): number {
    this.#failure = code;
    return code;
  }

  /** FRAME when the prefix at `start` is complete and acceptable. */
  #readPrefix(bytes: Uint8Array, start: number, end: number): number {
    let length = 0;
    const limit = Math.min(end, start + MAX_PREFIX_BYTES);
    for (let pos = start; pos < limit; pos++) {
      const byte = bytes[pos] as number;
      if (pos === start + 4 && byte > 15) return BAD_PREFIX;
      length |= (byte & 127) << ((pos - start) * 7);
      if (byte < 128) {
        // Unsigned: a length of 2^31 or more is too large, not negative.
        this.#length = length >>> 0;
        this.#bodyAt = pos + 1;
        return this.#length > this.#maxFrameBytes ? FRAME_TOO_LARGE : FRAME;
      }
    }
    return NEED_MORE;
  }
}
