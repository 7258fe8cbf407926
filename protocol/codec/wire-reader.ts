/**
 * Reads protobuf primitives straight into typed arrays, without allocating.
 *
 * Every function takes the position of the first byte to read and `end`, the first byte that does not belong to the
 * message, and answers the position after what it read, or a negative code. Values go into the array given, never
 * through a return value: a double above 2^31 that leaves a function costs an allocation.
 *
 * What is malformed is what protobufjs throws on; the tests of the two decoders hold them together.
 */

/** Not protobuf: truncated, field number 0, wire type 4, 6 or 7, a varint of more than 10 bytes, a length past the end. */
export const MALFORMED = -1;

/** Legal, but nobody writes it: a group, a tag with superfluous zero bytes. The caller asks the cold codec. */
export const UNUSUAL = -2;

/** What {@link readUint64} stores for a value of 2^53 or more, which a double may not hold exactly. */
const TOO_LARGE = -1;
const EXACT_LIMIT = 2 ** 53;

const MAX_VARINT_BYTES = 10;

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH_DELIMITED = 2;
const WIRE_GROUP_START = 3;
const WIRE_FIXED32 = 5;

/** int32 or uint32 into `target[index]`: the low 32 bits, so that a uint32 of 2^31 or more is negative there. */
export function readInt32(bytes: Uint8Array, pos: number, end: number, target: Int32Array, index: number): number {
  if (pos >= end) return MALFORMED;
  const byte = bytes[pos] as number;
  if (byte >= 128) return readLongInt32(bytes, pos, end, target, index);
  target[index] = byte;
  return pos + 1;
}

function readLongInt32(bytes: Uint8Array, start: number, end: number, target: Int32Array, index: number): number {
  const limit = Math.min(end, start + MAX_VARINT_BYTES);
  let value = 0;
  let shift = 0;
  for (let pos = start; pos < limit; pos++) {
    const byte = bytes[pos] as number;
    // Bits from 32 on are dropped, as protobuf prescribes; a shift count of 32 or more would wrap around.
    if (shift < 32) value |= (byte & 127) << shift;
    if (byte < 128) {
      target[index] = value;
      return pos + 1;
    }
    shift += 7;
  }
  return MALFORMED;
}

/** sint32: signs alternate, so that small negative numbers are short. */
export function readSint32(bytes: Uint8Array, pos: number, end: number, target: Int32Array, index: number): number {
  const next = readInt32(bytes, pos, end, target, index);
  const zigzag = target[index] as number;
  target[index] = (zigzag >>> 1) ^ -(zigzag & 1);
  return next;
}

/** uint64 into `target[index]`; −1 when it is 2^53 or more. */
export function readUint64(bytes: Uint8Array, start: number, end: number, target: Float64Array, index: number): number {
  // Groups of 28 bits are added up as integers; only their sum is a double.
  let part = 0;
  let shift = 0;
  let value = 0;
  let scale = 1;
  const limit = Math.min(end, start + MAX_VARINT_BYTES);
  for (let pos = start; pos < limit; pos++) {
    const byte = bytes[pos] as number;
    part |= (byte & 127) << shift;
    if (byte < 128) {
      // Of the tenth byte only the lowest bit belongs to a 64-bit number.
      if (pos === start + MAX_VARINT_BYTES - 1) part &= 0xff;
      value += part * scale;
      target[index] = value < EXACT_LIMIT ? value : TOO_LARGE;
      return pos + 1;
    }
    shift += 7;
    if (shift === 28) {
      value += part * scale;
      scale *= 2 ** 28;
      part = 0;
      shift = 0;
    }
  }
  return MALFORMED;
}

/** bool: sets or clears the bits of `mask` in `target[index]`. */
export function readFlag(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Int32Array,
  index: number,
  mask: number,
): number {
  const limit = Math.min(end, start + MAX_VARINT_BYTES);
  let bits = 0;
  for (let pos = start; pos < limit; pos++) {
    const byte = bytes[pos] as number;
    bits |= byte & 127;
    if (byte < 128) {
      const rest = (target[index] as number) & ~mask;
      target[index] = bits === 0 ? rest : rest | mask;
      return pos + 1;
    }
  }
  return MALFORMED;
}

const wideCode = new Int32Array(1);

/** Enum into the byte of `target[index]` that starts at bit `shift`; 255 when the number does not fit there. */
export function readCode(
  bytes: Uint8Array,
  pos: number,
  end: number,
  target: Int32Array,
  index: number,
  shift: number,
): number {
  const next = readInt32(bytes, pos, end, wideCode, 0);
  const wide = wideCode[0] as number;
  const code = wide >= 0 && wide < 255 ? wide : 255;
  target[index] = ((target[index] as number) & ~(255 << shift)) | (code << shift);
  return next;
}

/** Reads the length at `pos` and answers where the bytes that it counts end; they start at {@link payloadStart}. */
export function payloadEnd(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  let shift = 0;
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos] as number;
    // A fifth byte above 7 would make the length 2^31 or more; a sixth one is never read.
    if (shift === 28 && byte > 7) return MALFORMED;
    length |= (byte & 127) << shift;
    if (byte < 128) return length <= end - pos - 1 ? pos + 1 + length : MALFORMED;
    shift += 7;
  }
  return MALFORMED;
}

/** Where the bytes start whose length is at `pos`. Only after {@link payloadEnd} has found that length complete. */
export function payloadStart(bytes: Uint8Array, pos: number): number {
  let last = pos;
  while ((bytes[last] as number) >= 128) last++;
  return last + 1;
}

/** Skips the field whose tag is at `pos`. */
export function skipField(bytes: Uint8Array, pos: number, end: number): number {
  const tag = bytes[pos] as number;
  if (tag < 8) return MALFORMED;
  if (tag < 128) return skipValue(bytes, pos + 1, end, tag & 7);
  const limit = Math.min(end, pos + 5);
  for (let last = pos + 1; last < limit; last++) {
    const byte = bytes[last] as number;
    // A tag has 32 bits: four of them in its fifth byte.
    if (last === pos + 4 && byte > 15) return MALFORMED;
    if (byte === 0) return UNUSUAL;
    if (byte < 128) return skipValue(bytes, last + 1, end, tag & 7);
  }
  return MALFORMED;
}

function skipValue(bytes: Uint8Array, pos: number, end: number, wireType: number): number {
  switch (wireType) {
    case WIRE_VARINT:
      return skipVarint(bytes, pos, end);
    case WIRE_FIXED64:
      return end - pos >= 8 ? pos + 8 : MALFORMED;
    case WIRE_LENGTH_DELIMITED:
      return payloadEnd(bytes, pos, end);
    case WIRE_GROUP_START:
      return UNUSUAL;
    case WIRE_FIXED32:
      return end - pos >= 4 ? pos + 4 : MALFORMED;
    default:
      return MALFORMED;
  }
}

/** Of any length: nobody looks at the value, and protobufjs does not count its bytes either. */
function skipVarint(bytes: Uint8Array, start: number, end: number): number {
  for (let pos = start; pos < end; pos++) {
    if ((bytes[pos] as number) < 128) return pos + 1;
  }
  return MALFORMED;
}
