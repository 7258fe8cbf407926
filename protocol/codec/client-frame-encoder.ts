/**
 * Writes the four order messages as delimited ClientFrames; the client's side. Every function writes at out[at] and
 * answers the position after the frame; the bytes are those of protobufjs' encodeDelimited.
 *
 * The caller guarantees room for MAX_ORDER_FRAME_BYTES. Nothing is allocated.
 */
import { assert } from "../assert.ts";
import type { PegReference, PostOnly, SelfTradePrevention, TriggerBy } from "../codes.ts";
import {
  FRAME_HEAD_BYTES,
  finishFrame,
  writeInt32Field,
  writeSint32Field,
  writeUint32Field,
  writeUint64Field,
  writeWideInt32Field,
  writeWideUint32Field,
  writeWideUint64Field,
} from "./wire-writer.ts";

/** Tags of the messages in ClientFrame's oneof: length-delimited. */
const NEW_ORDER = 0x0a;
const CANCEL_ORDER = 0x12;
const REPLACE_ORDER = 0x1a;
const MASS_CANCEL = 0x22;

/** Plain orders stay below 126 bytes, so that both lengths take one byte; one with every term is the longest. */
export const MAX_ORDER_FRAME_BYTES = 216;

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
  /** Absent for a plain order, which then costs nothing for them. */
  readonly terms?: OrderTerms | undefined;
}

/** What an order may have beyond that: units and meanings as in fairlead.proto. Absent is zero or false. */
export interface OrderTerms {
  /** Ticks. */
  readonly triggerPrice?: number;
  readonly triggerBy?: TriggerBy;
  /** Ticks, or basis points with offsetInBps. */
  readonly trailingDistance?: number;
  /** Ticks, or basis points with offsetInBps. */
  readonly protection?: number;
  /** Ticks, either sign. */
  readonly pegOffset?: number;
  readonly offsetInBps?: boolean;
  readonly pegReference?: PegReference;
  /** Lots. */
  readonly displayQty?: number;
  /** Lots. */
  readonly displayVariance?: number;
  readonly hidden?: boolean;
  readonly allOrNone?: boolean;
  /** Lots. */
  readonly minQty?: number;
  readonly postOnly?: PostOnly;
  readonly selfTradePrevention?: SelfTradePrevention;
  readonly account?: number;
  readonly tradeGroup?: number;
  /** Microseconds since 1970-01-01 UTC. */
  readonly expireTime?: number;
  /** Ticks × lots. */
  readonly quoteAmount?: number;
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
  readonly replaceMode?: number;
  /** Ticks, int32; 0: stays. */
  readonly triggerPrice?: number;
  /** Lots, uint32; 0: stays. */
  readonly displayQty?: number;
}

export interface MassCancelFields {
  readonly clientOrderId?: number;
  readonly instrumentId?: number;
  readonly side?: number;
  readonly account?: number;
  /** Ticks, int32; 0: no end. */
  readonly priceFrom?: number;
  readonly priceTo?: number;
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
  pos = writeUint32Field(out, pos, 0x40, bool(order.receipt));
  if (order.terms !== undefined) pos = writeTerms(order.terms, out, pos);
  return finishFrame(out, at, NEW_ORDER, pos);
}

function writeTerms(terms: OrderTerms, out: Uint8Array, at: number): number {
  let pos = at;
  pos = writeInt32Field(out, pos, 0x48, int32(terms.triggerPrice));
  pos = writeInt32Field(out, pos, 0x50, int32(terms.triggerBy));
  pos = writeUint32Field(out, pos, 0x58, uint32(terms.trailingDistance));
  pos = writeUint32Field(out, pos, 0x60, uint32(terms.protection));
  pos = writeSint32Field(out, pos, 0x68, int32(terms.pegOffset));
  pos = writeUint32Field(out, pos, 0x70, bool(terms.offsetInBps));
  pos = writeInt32Field(out, pos, 0x78, int32(terms.pegReference));
  pos = writeWideUint32Field(out, pos, 0x00, uint32(terms.displayQty));
  pos = writeWideUint32Field(out, pos, 0x08, uint32(terms.displayVariance));
  pos = writeWideUint32Field(out, pos, 0x10, bool(terms.hidden));
  pos = writeWideUint32Field(out, pos, 0x18, bool(terms.allOrNone));
  pos = writeWideUint32Field(out, pos, 0x20, uint32(terms.minQty));
  pos = writeWideInt32Field(out, pos, 0x28, int32(terms.postOnly));
  pos = writeWideInt32Field(out, pos, 0x30, int32(terms.selfTradePrevention));
  pos = writeWideUint32Field(out, pos, 0x38, uint32(terms.account));
  pos = writeWideUint32Field(out, pos, 0x40, uint32(terms.tradeGroup));
  pos = writeWideId(out, pos, 0x48, terms.expireTime);
  return writeWideId(out, pos, 0x50, terms.quoteAmount);
}

export function encodeCancelOrder(cancel: CancelOrderFields, out: Uint8Array, at: number): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeId(out, pos, 0x08, cancel.clientOrderId);
  pos = writeId(out, pos, 0x10, cancel.origClientOrderId);
  pos = writeUint32Field(out, pos, 0x18, uint32(cancel.instrumentId));
  pos = writeUint32Field(out, pos, 0x20, bool(cancel.receipt));
  return finishFrame(out, at, CANCEL_ORDER, pos);
}

export function encodeReplaceOrder(replace: ReplaceOrderFields, out: Uint8Array, at: number): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeId(out, pos, 0x08, replace.clientOrderId);
  pos = writeId(out, pos, 0x10, replace.origClientOrderId);
  pos = writeUint32Field(out, pos, 0x18, uint32(replace.instrumentId));
  pos = writeInt32Field(out, pos, 0x20, int32(replace.price));
  pos = writeUint32Field(out, pos, 0x28, uint32(replace.orderQty));
  pos = writeUint32Field(out, pos, 0x30, bool(replace.receipt));
  pos = writeInt32Field(out, pos, 0x38, int32(replace.replaceMode));
  pos = writeInt32Field(out, pos, 0x40, int32(replace.triggerPrice));
  pos = writeUint32Field(out, pos, 0x48, uint32(replace.displayQty));
  return finishFrame(out, at, REPLACE_ORDER, pos);
}

export function encodeMassCancel(massCancel: MassCancelFields, out: Uint8Array, at: number): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeId(out, pos, 0x08, massCancel.clientOrderId);
  pos = writeUint32Field(out, pos, 0x10, uint32(massCancel.instrumentId));
  pos = writeInt32Field(out, pos, 0x18, int32(massCancel.side));
  pos = writeUint32Field(out, pos, 0x20, uint32(massCancel.account));
  pos = writeInt32Field(out, pos, 0x28, int32(massCancel.priceFrom));
  pos = writeInt32Field(out, pos, 0x30, int32(massCancel.priceTo));
  return finishFrame(out, at, MASS_CANCEL, pos);
}

// A number that its field cannot carry would arrive as another number: an order nobody meant.

const wide = new Float64Array(1);

function writeId(out: Uint8Array, at: number, tag: number, id = 0): number {
  assert(Number.isSafeInteger(id) && id >= 0, "an id is an integer, 0 to 2^53-1");
  wide[0] = id;
  return writeUint64Field(out, at, tag, wide, 0);
}

function writeWideId(out: Uint8Array, at: number, low: number, value = 0): number {
  assert(Number.isSafeInteger(value) && value >= 0, "a time or an amount is an integer, 0 to 2^53-1");
  wide[0] = value;
  return writeWideUint64Field(out, at, low, wide, 0);
}

function bool(value: boolean | undefined): number {
  return value === true ? 1 : 0;
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
