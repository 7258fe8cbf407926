/**
 * Reads the terms that a plain limit order does not have into bytes 80 … 127 of its command record.
 *
 *   begin (at the first such field: clears the bytes, sets Extended) ──► read … ──► end (after the last field)
 *
 * A record is Extended exactly when one of its terms is not zero, or it is part of a list: a field that says zero says nothing
 * in proto3.
 */
import { OrderType } from "../codes.ts";
import {
  CMD_ACCOUNT,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_MIN_QTY,
  CMD_OFFSET,
  CMD_OPTIONS,
  CMD_QUOTE_AMOUNT,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  RECORD_BYTES,
} from "../record/command-record.ts";
import { readCode, readFlag, readInt32, readSint32, readUint64, skipField } from "./wire-reader.ts";

/** Index of the first term, and the index after the last one, in int32. */
export const FIRST_TERM = CMD_TRIGGER_PRICE;
export const AFTER_TERMS = RECORD_BYTES / Int32Array.BYTES_PER_ELEMENT;

/** Bits of CMD_OPTIONS in a newOrder. */
export const POST_ONLY = 0;
export const SELF_TRADE_PREVENTION = 8;
export const TRIGGER_BY = 16;
export const PEG_REFERENCE = 24;

const TERM_FLAGS = CommandFlag.Hidden | CommandFlag.AllOrNone | CommandFlag.OffsetInBps;

/** Three fields share one place in the record: which of them it is depends on the order type, which may come later. */
const offsets = new Int32Array(3);
const TRAILING_DISTANCE = 0;
const PROTECTION = 1;
const PEG_OFFSET = 2;

/** What CMD_OFFSET has when the order has an offset that is not for its type: no order takes this one. */
const MISPLACED_OFFSET = -(2 ** 31);

/** Only the first call for a message does anything. */
export function beginTerms(i32: Int32Array, base: number): void {
  const flags = i32[base + CMD_FLAGS] as number;
  if ((flags & CommandFlag.Extended) !== 0) return;
  i32[base + CMD_FLAGS] = flags | CommandFlag.Extended;
  for (let n = FIRST_TERM; n < AFTER_TERMS; n++) i32[base + n] = 0;
  offsets.fill(0);
}

/** The field of a NewOrder whose tag is at `pos` and which no plain order has. @returns as readField does. */
export function readNewOrderTerm(
  bytes: Uint8Array,
  pos: number,
  end: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  beginTerms(i32, base);
  const tag = bytes[pos] as number;
  if (tag < 128) return readLowTerm(bytes, pos, end, tag, i32, base);
  const isWide = pos + 1 < end && bytes[pos + 1] === 1;
  return isWide ? readHighTerm(bytes, pos, end, tag, i32, f64, base) : skipField(bytes, pos, end);
}

/** Fields 9 … 15. */
function readLowTerm(bytes: Uint8Array, pos: number, end: number, tag: number, i32: Int32Array, base: number): number {
  switch (tag) {
    case 0x48:
      return readInt32(bytes, pos + 1, end, i32, base + CMD_TRIGGER_PRICE);
    case 0x50:
      return readCode(bytes, pos + 1, end, i32, base + CMD_OPTIONS, TRIGGER_BY);
    case 0x58:
      return readInt32(bytes, pos + 1, end, offsets, TRAILING_DISTANCE);
    case 0x60:
      return readInt32(bytes, pos + 1, end, offsets, PROTECTION);
    case 0x68:
      return readSint32(bytes, pos + 1, end, offsets, PEG_OFFSET);
    case 0x70:
      return readFlag(bytes, pos + 1, end, i32, base + CMD_FLAGS, CommandFlag.OffsetInBps);
    case 0x78:
      return readCode(bytes, pos + 1, end, i32, base + CMD_OPTIONS, PEG_REFERENCE);
    default:
      return skipField(bytes, pos, end);
  }
}

/** Fields 16 … 26: `tag` is the first of two bytes, the second one is 1. */
function readHighTerm(
  bytes: Uint8Array,
  pos: number,
  end: number,
  tag: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  const half = base >> 1;
  switch (tag) {
    case 0x80:
      return readInt32(bytes, pos + 2, end, i32, base + CMD_DISPLAY_QTY);
    case 0x88:
      return readInt32(bytes, pos + 2, end, i32, base + CMD_DISPLAY_VARIANCE);
    case 0x90:
      return readFlag(bytes, pos + 2, end, i32, base + CMD_FLAGS, CommandFlag.Hidden);
    case 0x98:
      return readFlag(bytes, pos + 2, end, i32, base + CMD_FLAGS, CommandFlag.AllOrNone);
    case 0xa0:
      return readInt32(bytes, pos + 2, end, i32, base + CMD_MIN_QTY);
    case 0xa8:
      return readCode(bytes, pos + 2, end, i32, base + CMD_OPTIONS, POST_ONLY);
    case 0xb0:
      return readCode(bytes, pos + 2, end, i32, base + CMD_OPTIONS, SELF_TRADE_PREVENTION);
    case 0xb8:
      return readInt32(bytes, pos + 2, end, i32, base + CMD_ACCOUNT);
    case 0xc0:
      return readInt32(bytes, pos + 2, end, i32, base + CMD_TRADE_GROUP);
    case 0xc8:
      return readUint64(bytes, pos + 2, end, f64, half + CMD_EXPIRE_TIME);
    case 0xd0:
      return readUint64(bytes, pos + 2, end, f64, half + CMD_QUOTE_AMOUNT);
    default:
      return skipField(bytes, pos, end);
  }
}

/** After the last field of a NewOrder that has begun its terms. */
export function endNewOrderTerms(i32: Int32Array, base: number): void {
  const [trailingDistance = 0, protection = 0, pegOffset = 0] = offsets;
  i32[base + CMD_OFFSET] = offsetFor(orderTypeAt(i32, base), trailingDistance, protection, pegOffset);
  endTerms(i32, base);
}

/** After the last field of any other message that has begun its terms. */
export function endTerms(i32: Int32Array, base: number): void {
  let bits = (i32[base + CMD_FLAGS] as number) & TERM_FLAGS;
  for (let n = FIRST_TERM; n < AFTER_TERMS; n++) bits |= i32[base + n] as number;
  if (bits === 0) i32[base + CMD_FLAGS] = (i32[base + CMD_FLAGS] as number) & ~CommandFlag.Extended;
}

/** The offset that an order of this type has, of the three that a NewOrder can say. */
export function offsetFor(orderType: number, trailingDistance: number, protection: number, pegOffset: number): number {
  switch (orderType) {
    case OrderType.TrailingStop:
      return (protection | pegOffset) === 0 ? trailingDistance : MISPLACED_OFFSET;
    case OrderType.Pegged:
      return (protection | trailingDistance) === 0 ? pegOffset : MISPLACED_OFFSET;
    default:
      return (trailingDistance | pegOffset) === 0 ? protection : MISPLACED_OFFSET;
  }
}

function orderTypeAt(i32: Int32Array, base: number): number {
  return ((i32[base + CMD_HEAD] as number) >>> 16) & 0xff;
}
