/**
 * Writes one delimited ServerFrame with a BookDelta, level by level, from numbers.
 *
 * Use: begin, change …, finish. Between begin and finish the bytes at `at` belong to the writer.
 */
import {
  FRAME_HEAD_BYTES,
  MAX_FRAME_HEAD_BYTES,
  finishFrame,
  writeInt32Field,
  writeUint32Field,
  writeUint64Field,
} from "./wire-writer.ts";

const BOOK_DELTA = 0x1a;
const CHANGES = 0x1a;

/** Tag, length, then side 2, price 11, quantity 9, order count 6 at most. */
export const MAX_LEVEL_CHANGE_BYTES = 30;

/** A BookDelta without changes. */
export const MAX_EMPTY_BOOK_DELTA_BYTES = MAX_FRAME_HEAD_BYTES + 15;

export class BookDeltaWriter {
  /** The 64-bit value that is being written. */
  readonly #wide: Float64Array;
  #out: Uint8Array;
  #at: number;
  #pos: number;

  constructor() {
    this.#wide = new Float64Array(1);
    this.#out = new Uint8Array(0);
    this.#at = 0;
    this.#pos = 0;
  }

  /** The caller guarantees room for {@link MAX_EMPTY_BOOK_DELTA_BYTES}, and {@link MAX_LEVEL_CHANGE_BYTES} per change. */
  begin(instrumentId: number, sequenceNumber: number, out: Uint8Array, at: number): void {
    this.#out = out;
    this.#at = at;
    this.#wide[0] = sequenceNumber;
    this.#pos = writeUint32Field(out, at + FRAME_HEAD_BYTES, 0x08, instrumentId);
    this.#pos = writeUint64Field(out, this.#pos, 0x10, this.#wide, 0);
  }

  /** The level at `price` (ticks) is now `qty` lots in `orderCount` orders; zero: it is gone. */
  change(side: number, price: number, qty: number, orderCount: number): void {
    const out = this.#out;
    const start = this.#pos + 2;
    this.#wide[0] = qty;
    let pos = start;
    pos = writeUint32Field(out, pos, 0x08, side);
    pos = writeInt32Field(out, pos, 0x10, price);
    pos = writeUint64Field(out, pos, 0x18, this.#wide, 0);
    pos = writeUint32Field(out, pos, 0x20, orderCount);
    out[start - 2] = CHANGES;
    out[start - 1] = pos - start;
    this.#pos = pos;
  }

  /** @returns the position after the frame. */
  finish(): number {
    return finishFrame(this.#out, this.#at, BOOK_DELTA, this.#pos);
  }
}
