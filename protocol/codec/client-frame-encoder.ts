/**
 * Writes the four order messages as delimited ClientFrames; the client's side. Every function writes at out[at] and
 * answers the position after the frame; the bytes are those of protobufjs' encodeDelimited.
 *
 * The caller guarantees room for MAX_ORDER_FRAME_BYTES. Nothing is allocated.
 */
import { assert } from "../assert.ts";
import { FRAME_HEAD_BYTES, finishFrame, writeInt32Field, writeUint32Field, writeUint64Field } from "./wire-writer.ts";

/** Tags of the messages in ClientFrame's oneof: length-delimited. */
const NEW_ORDER = 0x0a;
const CANCEL_ORDER = 0x12;
const REPLACE_ORDER = 0x1a;
const MASS_CANCEL = 0x22;

/** Every order message stays below 126 bytes, so that both lengths take one byte. */
export const MAX_ORDER_FRAME_BYTES = 128;

/** Ids are integers from 0 to 2^53−1; the other numbers fit their type on the wire. Absent is zero or false. */
export interface NewOrderFields {
  readonly clientOrderId: number;
  readonly instrumentId: number;
  readonly side: number;
  readonly orderType?: number;
  readonly timeInForce?: number;
  /** Ticks, int32. */
  readonly price?: number;
  /** Lots, uint32. */
  readonly orderQty: number;
  readonly receipt?: boolean;
}

export interface CancelOrderFields {
  readonly clientOrderId?: number;
  readonly origClientOrderId: number;
  readonly instrumentId: number;
  readonly receipt?: boolean;
}

export interface ReplaceOrderFields {
  readonly clientOrderId?: number;
  readonly origClientOrderId: number;
  readonly instrumentId: number;
  /** Ticks, int32. */
  readonly price: number;
  /** Lots, uint32. */
  readonly orderQty: number;
  readonly receipt?: boolean;
}

export interface MassCancelFields {
  readonly clientOrderId?: number;
  readonly instrumentId?: number;
  readonly side?: number;
}

export function encodeNewOrder(order: NewOrderFields, out: Uint8Array, at: number): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeId(out, pos, 0x08, order.clientOrderId);
  pos = writeUint32Field(out, pos, 0x10, uint32(order.instrumentId));
  pos = writeInt32Field(out, pos, 0x18, int32(order.side));
  pos = writeInt32Field(out, pos, 0x20, int32(order.orderType));
  pos = writeInt32Field(out, pos, 0x28, int32(order.timeInForce));
  pos = writeInt32Field(out, pos, 0x30, int32(order.price));
  pos = writeUint32Field(out, pos, 0x38, uint32(order.orderQty));
  pos = writeUint32Field(out, pos, 0x40, order.receipt === true ? 1 : 0);
  return finishFrame(out, at, NEW_ORDER, pos);
}

export function encodeCancelOrder(cancel: CancelOrderFields, out: Uint8Array, at: number): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeId(out, pos, 0x08, cancel.clientOrderId);
  pos = writeId(out, pos, 0x10, cancel.origClientOrderId);
  pos = writeUint32Field(out, pos, 0x18, uint32(cancel.instrumentId));
  pos = writeUint32Field(out, pos, 0x20, cancel.receipt === true ? 1 : 0);
  return finishFrame(out, at, CANCEL_ORDER, pos);
}

export function encodeReplaceOrder(replace: ReplaceOrderFields, out: Uint8Array, at: number): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeId(out, pos, 0x08, replace.clientOrderId);
  pos = writeId(out, pos, 0x10, replace.origClientOrderId);
  pos = writeUint32Field(out, pos, 0x18, uint32(replace.instrumentId));
  pos = writeInt32Field(out, pos, 0x20, int32(replace.price));
  pos = writeUint32Field(out, pos, 0x28, uint32(replace.orderQty));
  pos = writeUint32Field(out, pos, 0x30, replace.receipt === true ? 1 : 0);
  return finishFrame(out, at, REPLACE_ORDER, pos);
}

export function encodeMassCancel(massCancel: MassCancelFields, out: Uint8Array, at: number): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeId(out, pos, 0x08, massCancel.clientOrderId);
  pos = writeUint32Field(out, pos, 0x10, uint32(massCancel.instrumentId));
  pos = writeInt32Field(out, pos, 0x18, int32(massCancel.side));
  return finishFrame(out, at, MASS_CANCEL, pos);
}

// A number that its field cannot carry would arrive as another number: an order nobody meant.

const wide = new Float64Array(1);

function writeId(out: Uint8Array, at: number, tag: number, id = 0): number {
  assert(Number.isSafeInteger(id) && id >= 0, "an id is an integer, 0 to 2^53-1");
  wide[0] = id;
  return writeUint64Field(out, at, tag, wide, 0);
}

function uint32(value = 0): number {
  assert(value >>> 0 === value, "a quantity or an instrument id is an integer, 0 to 2^32-1");
  // The writer works on the bits: as an int32 they stay a small integer.
  return value | 0;
}

function int32(value = 0): number {
  assert((value | 0) === value, "a price or a code is an integer, -2^31 to 2^31-1");
  return value;
}
