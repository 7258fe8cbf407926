/**
 * Whole frames through protobufjs: everything that is not frequent, and the unusual encodings of what is.
 *
 * The one door to the generated code: whoever needs its messages takes `fairlead` from here, because 64-bit integers must
 * be set to numbers before that code is evaluated.
 *
 * Integers of 2^53 and more do not survive as numbers. In an order message they stay as they are, too large, and
 * writeCommand marks them for a typed reject; anywhere else they make the frame malformed.
 */
import { protobuf } from "./protobufjs-numbers.ts";
import { assert } from "../assert.ts";
import { LogoutReason } from "../codes.ts";
import { fairlead } from "../generated/fairlead.js";

export { fairlead };

/** Why a frame cannot be read; the reason with which its sender is logged out. */
export type FrameFault =
  | typeof LogoutReason.MalformedFrame
  | typeof LogoutReason.EmptyFrame
  | typeof LogoutReason.InvalidText;

/** Decodes the ClientFrame at bytes[start, end), its length prefix not included. Tell the two results apart by typeof. */
export function decodeClientFrameCold(
  bytes: Uint8Array,
  start: number,
  end: number,
): fairlead.v1.ClientFrame | FrameFault {
  try {
    const frame = fairlead.v1.ClientFrame.decode(readerOver(bytes, start, end));
    if (frame.frame === undefined) return LogoutReason.EmptyFrame;
    return isOrder(frame) || hasExactIntegers(frame) ? frame : LogoutReason.MalformedFrame;
  } catch (error) {
    return faultOf(error);
  }
}

/** Decodes the ServerFrame at bytes[start, end); a frame of a kind that this version does not know is an EmptyFrame. */
export function decodeServerFrameCold(
  bytes: Uint8Array,
  start: number,
  end: number,
): fairlead.v1.ServerFrame | FrameFault {
  try {
    const frame = fairlead.v1.ServerFrame.decode(readerOver(bytes, start, end));
    if (frame.frame === undefined) return LogoutReason.EmptyFrame;
    return hasExactIntegers(frame) ? frame : LogoutReason.MalformedFrame;
  } catch (error) {
    return faultOf(error);
  }
}

/** @returns a delimited frame in memory of its own. */
export function encodeClientFrame(frame: fairlead.v1.ClientFrame.$Properties): Uint8Array {
  assert(hasExactIntegers(frame), "integers in a frame are below 2^53");
  return fairlead.v1.ClientFrame.encodeDelimited(frame).finish();
}

/** @returns a delimited frame in memory of its own. */
export function encodeServerFrame(frame: fairlead.v1.ServerFrame.$Properties): Uint8Array {
  assert(hasExactIntegers(frame), "integers in a frame are below 2^53");
  return fairlead.v1.ServerFrame.encodeDelimited(frame).finish();
}

function readerOver(bytes: Uint8Array, start: number, end: number): protobuf.Reader {
  const reader = new protobuf.Reader(bytes);
  reader.pos = start;
  reader.len = end;
  return reader;
}

function isOrder(frame: fairlead.v1.ClientFrame): boolean {
  switch (frame.frame) {
    case "newOrder":
    case "cancelOrder":
    case "replaceOrder":
    case "massCancel":
    case "newOrderList":
      return true;
    default:
      return false;
  }
}

/** Only 64-bit fields can hold more than 2^53, and protobufjs rounds them to numbers of at least that size. */
function hasExactIntegers(value: unknown): boolean {
  if (typeof value === "number") return value <= Number.MAX_SAFE_INTEGER;
  // protobufjs would write a bigint as 0.
  if (typeof value === "bigint") return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(hasExactIntegers);
}

/** The generated code throws a TypeError, from TextDecoder, for a string that is not UTF-8, and nothing else does. */
function faultOf(error: unknown): FrameFault {
  return error instanceof TypeError ? LogoutReason.InvalidText : LogoutReason.MalformedFrame;
}
