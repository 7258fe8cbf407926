/**
 * Cuts what arrives on a connection into frames: each is preceded by its length as a varint.
 *
 *   … | length (1 … 4 bytes) | frame | length | frame …
 *
 * Frames that lie whole in the arriving bytes are handed out in place. Only a frame that is cut off at their end is
 * copied, to `rest`, and handed out when the remainder has come.
 */

/** Longest ServerFrame that is read. A snapshot frame of 500 levels takes about 15 KB. */
const MAX_SERVER_FRAME_BYTES = 2 ** 20;

const INCOMPLETE = -1;
const TOO_LONG = -2;

/** Says what is wrong with the frame at bytes[start … end), or "". The bytes are valid only during the call. */
export type FrameListener = (bytes: Uint8Array, start: number, end: number) => string;

export class FrameSplitter {
  readonly #onFrame: FrameListener;
  #rest: Uint8Array;
  #restBytes: number;
  #stopped: boolean;
  /** Where the frame begins whose length #readLength has just read. */
  #frameStart: number;

  constructor(onFrame: FrameListener) {
    this.#onFrame = onFrame;
    this.#rest = new Uint8Array(4096);
    this.#restBytes = 0;
    this.#stopped = false;
    this.#frameStart = 0;
  }

  /**
   * Hands out every frame that is complete now.
   * @param wholeFrames The bytes must end where a frame ends.
   * @returns What is wrong with the bytes, or "".
   */
  push(bytes: Uint8Array, wholeFrames: boolean): string {
    const violation = this.#restBytes === 0 ? this.#split(bytes) : this.#splitWithRest(bytes);
    if (violation !== "") return violation;
    return wholeFrames && this.#restBytes > 0 ? "a frame that is cut off at the end of its message" : "";
  }

  /** No frame is handed out any more, not even from the bytes that are being split. */
  stop(): void {
    this.#stopped = true;
  }

  #split(bytes: Uint8Array): string {
    let position = 0;
    while (!this.#stopped) {
      const length = this.#readLength(bytes, position);
      if (length === TOO_LONG) return `a frame of more than ${MAX_SERVER_FRAME_BYTES} bytes`;
      const end = this.#frameStart + length;
      if (length === INCOMPLETE || end > bytes.length) break;
      const violation = this.#onFrame(bytes, this.#frameStart, end);
      if (violation !== "") return violation;
      position = end;
    }
    this.#keep(bytes, position);
    return "";
  }

  #splitWithRest(bytes: Uint8Array): string {
    const byteCount = this.#restBytes + bytes.length;
    this.#reserve(byteCount);
    this.#rest.set(bytes, this.#restBytes);
    return this.#split(this.#rest.subarray(0, byteCount));
  }

  /** Remembers bytes[from …]; they may lie in #rest already. */
  #keep(bytes: Uint8Array, from: number): void {
    this.#restBytes = bytes.length - from;
    if (this.#restBytes === 0) return;
    if (bytes.buffer === this.#rest.buffer) {
      this.#rest.copyWithin(0, from, bytes.length);
    } else {
      this.#reserve(this.#restBytes);
      this.#rest.set(bytes.subarray(from));
    }
  }

  #reserve(byteCount: number): void {
    if (byteCount <= this.#rest.length) return;
    const grown = new Uint8Array(Math.max(byteCount, 2 * this.#rest.length));
    grown.set(this.#rest.subarray(0, this.#restBytes));
    this.#rest = grown;
  }

  /** The length at `position`, INCOMPLETE or TOO_LONG; sets #frameStart. */
  #readLength(bytes: Uint8Array, position: number): number {
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[position++];
      if (byte === undefined) return INCOMPLETE;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#frameStart = position;
        return length > MAX_SERVER_FRAME_BYTES ? TOO_LONG : length;
      }
    }
    return TOO_LONG;
  }
}
