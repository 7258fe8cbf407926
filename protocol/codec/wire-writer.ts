/**
 * Writes protobuf primitives into a byte array, without allocating. Every function answers the position after what it
 * wrote. The caller guarantees room.
 */

/** The bits of `value` as a uint32. A byte array keeps the low eight bits of what is stored, so nothing is masked. */
export function writeUint32(out: Uint8Array, at: number, value: number): number {
  if ((value & ~0x7f) === 0) {
    out[at] = value;
    return at + 1;
  }
  out[at] = value | 128;
  if ((value & ~0x3fff) === 0) {
    out[at + 1] = value >>> 7;
    return at + 2;
  }
  out[at + 1] = (value >>> 7) | 128;
  if ((value & ~0x1f_ffff) === 0) {
    out[at + 2] = value >>> 14;
    return at + 3;
  }
  out[at + 2] = (value >>> 14) | 128;
  if ((value & ~0xfff_ffff) === 0) {
    out[at + 3] = value >>> 21;
    return at + 4;
  }
  out[at + 3] = (value >>> 21) | 128;
  out[at + 4] = value >>> 28;
  return at + 5;
}

/** Negative numbers take ten bytes: protobuf sends them as 64 bits. */
export function writeInt32(out: Uint8Array, at: number, value: number): number {
  return value >= 0 ? writeUint32(out, at, value) : writeNegativeInt32(out, at, value);
}

function writeNegativeInt32(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (let pos = at; pos < at + 9; pos++) {
    out[pos] = (rest & 127) | 128;
    rest >>= 7;
  }
  out[at + 9] = 1;
  return at + 10;
}

const LOW_BITS = 2 ** 28;

/**
 * The integer at `source[index]`, 0 … 2^53−1. Taken from the array and not as an argument: a double above 2^31 that is
 * handed to a function costs an allocation.
 */
function writeUint64(out: Uint8Array, at: number, source: Float64Array, index: number): number {
  const value = source[index] as number;
  if (value < LOW_BITS) return writeUint32(out, at, value | 0);
  // 28 bits are four whole bytes; what is above them is below 2^25, an integer again.
  const high = (value / LOW_BITS) | 0;
  const low = (value - high * LOW_BITS) | 0;
  out[at] = low | 128;
  out[at + 1] = (low >>> 7) | 128;
  out[at + 2] = (low >>> 14) | 128;
  out[at + 3] = (low >>> 21) | 128;
  return writeUint32(out, at + 4, high);
}

// ---- fields: nothing at all when the value is zero, as proto3 prescribes ----

/** @param tag Below 128: field number 15 at most. */
export function writeUint32Field(out: Uint8Array, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  out[at] = tag;
  return writeUint32(out, at + 1, value);
}

export function writeInt32Field(out: Uint8Array, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  out[at] = tag;
  return writeInt32(out, at + 1, value);
}

/** sint32: signs alternate, so that small negative numbers are short. */
export function writeSint32Field(out: Uint8Array, at: number, tag: number, value: number): number {
  return writeUint32Field(out, at, tag, (value << 1) ^ (value >> 31));
}

/** From source[index]. Negative values are absent too: that is how an id that did not fit 2^53 travels in a record. */
export function writeUint64Field(
  out: Uint8Array,
  at: number,
  tag: number,
  source: Float64Array,
  index: number,
): number {
  if ((source[index] as number) <= 0) return at;
  out[at] = tag;
  return writeUint64(out, at + 1, source, index);
}

// The same for field numbers 16 … 31, whose tags have two bytes: 0x80 | the low seven bits, then 1.

/** @param low The low seven bits of the tag. */
export function writeWideUint32Field(out: Uint8Array, at: number, low: number, value: number): number {
  if (value === 0) return at;
  out[at] = low | 128;
  out[at + 1] = 1;
  return writeUint32(out, at + 2, value);
}

/** @param low The low seven bits of the tag. */
export function writeWideInt32Field(out: Uint8Array, at: number, low: number, value: number): number {
  if (value === 0) return at;
  out[at] = low | 128;
  out[at + 1] = 1;
  return writeInt32(out, at + 2, value);
}

/** @param low The low seven bits of the tag. */
export function writeWideUint64Field(
  out: Uint8Array,
  at: number,
  low: number,
  source: Float64Array,
  index: number,
): number {
  if ((source[index] as number) <= 0) return at;
  out[at] = low | 128;
  out[at + 1] = 1;
  return writeUint64(out, at + 2, source, index);
}

/** Bytes of `length` as a varint. */
function lengthBytes(length: number): number {
  if (length < 2 ** 7) return 1;
  if (length < 2 ** 14) return 2;
  return length < 2 ** 21 ? 3 : 4;
}

// ---- frames ----

/** A frame's message is written this far behind the start of the frame: length, tag, length, one byte each. */
export const FRAME_HEAD_BYTES = 3;

/** {@link FRAME_HEAD_BYTES} when both lengths take as many bytes as they can. */
export const MAX_FRAME_HEAD_BYTES = 9;

/**
 * Completes a delimited frame at `at` whose only field is the message at `at + FRAME_HEAD_BYTES` … `end`. Only a message
 * of 126 bytes or more has to be moved to make room for longer lengths.
 * @param tag Of the message in the frame's oneof; below 128.
 */
export function finishFrame(out: Uint8Array, at: number, tag: number, end: number): number {
  const length = end - at - FRAME_HEAD_BYTES;
  if (length > 125) return finishLongFrame(out, at, tag, end);
  out[at] = length + 2;
  out[at + 1] = tag;
  out[at + 2] = length;
  return end;
}

function finishLongFrame(out: Uint8Array, at: number, tag: number, end: number): number {
  const length = end - at - FRAME_HEAD_BYTES;
  const frameLength = 1 + lengthBytes(length) + length;
  const messageAt = at + lengthBytes(frameLength) + 1 + lengthBytes(length);
  out.copyWithin(messageAt, at + FRAME_HEAD_BYTES, end);
  const tagAt = writeUint32(out, at, frameLength);
  out[tagAt] = tag;
  writeUint32(out, tagAt + 1, length);
  return messageAt + length;
}
