/**
 * Reads the four order messages of a ClientFrame from the wire straight into a command record; the venue's side. What a
 * plain limit order does not have is read by order-terms-decoder.ts.
 *
 * Everything unusual goes to the cold codec (protobufjs), which then fills the record with {@link writeCommand}: both ways
 * write the same. What this one calls malformed, the cold codec refuses as well.
 */
import type { fairlead } from "./cold-codec.ts";
import { MAX_ID } from "../limits.ts";
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_LINK,
  CMD_MIN_QTY,
  CMD_OFFSET,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_PRICE_FROM,
  CMD_PRICE_TO,
  CMD_QUOTE_AMOUNT,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  CommandKind,
  commandHead,
} from "../record/command-record.ts";
import {
  PEG_REFERENCE,
  POST_ONLY,
  SELF_TRADE_PREVENTION,
  TRIGGER_BY,
  beginTerms,
  endNewOrderTerms,
  endTerms,
  offsetFor,
  readNewOrderTerm,
} from "./order-terms-decoder.ts";
import {
  MALFORMED,
  UNUSUAL,
  payloadEnd,
  payloadStart,
  readCode,
  readFlag,
  readInt32,
  readUint64,
  skipField,
} from "./wire-reader.ts";

export { MALFORMED };

/** Not one of the four order messages, or encoded in a way that only the cold codec reads. */
export const COLD_FRAME = 0;

/** Bits of CMD_OPTIONS in a replaceOrder. */
const REPLACE_MODE = 0;

/** Bits of CMD_HEAD. */
const SIDE = 8;
const ORDER_TYPE = 16;
const TIME_IN_FORCE = 24;

/** Tags of the messages in ClientFrame's oneof: length-delimited, fields 1 … 12. */
const NEW_ORDER = 0x0a;
const CANCEL_ORDER = 0x12;
const REPLACE_ORDER = 0x1a;
const MASS_CANCEL = 0x22;
const LAST_MESSAGE = 0x62;

/**
 * Decodes the ClientFrame at bytes[start, end), its length prefix not included, into the command record at `base`: head,
 * instrument id, flags, both ids, price, quantity and link; with the Extended flag the terms too. What the message does not
 * have becomes 0.
 *
 * @returns the CommandKind (1 … 4, which is also the RequestType), COLD_FRAME or MALFORMED. After the last two, the
 * record holds nothing of use.
 */
export function decodeClientFrame(
  bytes: Uint8Array,
  start: number,
  end: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  let kind = COLD_FRAME;
  let pos = start;
  while (pos < end) {
    const tag = bytes[pos] as number;
    if (isMessage(tag)) {
      // A second message replaces or extends the first one: legal, and never seen.
      if (kind !== COLD_FRAME || tag > MASS_CANCEL) return COLD_FRAME;
      const messageEnd = payloadEnd(bytes, pos + 1, end);
      if (messageEnd < 0) return MALFORMED;
      const last = decodeMessage(bytes, payloadStart(bytes, pos + 1), messageEnd, tag, i32, f64, base);
      if (last < 0) return failure(last);
      kind = tag >>> 3;
      pos = messageEnd;
    } else {
      pos = skipField(bytes, pos, end);
      if (pos < 0) return failure(pos);
    }
  }
  return kind;
}

function isMessage(tag: number): boolean {
  return (tag & 7) === 2 && tag >= NEW_ORDER && tag <= LAST_MESSAGE;
}

function failure(answer: number): number {
  return answer === UNUSUAL ? COLD_FRAME : MALFORMED;
}

/** @returns the end of the message, or MALFORMED, or UNUSUAL. */
function decodeMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  i32[base + CMD_HEAD] = tag >>> 3;
  i32[base + CMD_INSTRUMENT_ID] = 0;
  i32[base + CMD_FLAGS] = 0;
  f64[(base >> 1) + CMD_CLIENT_ORDER_ID] = 0;
  f64[(base >> 1) + CMD_ORIG_CLIENT_ORDER_ID] = 0;
  i32[base + CMD_PRICE] = 0;
  i32[base + CMD_ORDER_QTY] = 0;
  i32[base + CMD_LINK] = 0;
  switch (tag) {
    case NEW_ORDER:
      return decodeNewOrder(bytes, start, end, i32, f64, base);
    case CANCEL_ORDER:
      return decodeCancelOrder(bytes, start, end, i32, f64, base);
    case REPLACE_ORDER:
      return decodeReplaceOrder(bytes, start, end, i32, f64, base);
    default:
      return decodeMassCancel(bytes, start, end, i32, f64, base);
  }
}

// The cases are tags: field number × 8 + wire type 0. A known field with another wire type is skipped like an unknown one.

function decodeNewOrder(
  bytes: Uint8Array,
  start: number,
  end: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  let hasTerms = false;
  let pos = start;
  while (pos >= 0 && pos < end) {
    switch (bytes[pos]) {
      case 0x08:
        pos = readUint64(bytes, pos + 1, end, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
        break;
      case 0x10:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_INSTRUMENT_ID);
        break;
      case 0x18:
        pos = readCode(bytes, pos + 1, end, i32, base + CMD_HEAD, SIDE);
        break;
      case 0x20:
        pos = readCode(bytes, pos + 1, end, i32, base + CMD_HEAD, ORDER_TYPE);
        break;
      case 0x28:
        pos = readCode(bytes, pos + 1, end, i32, base + CMD_HEAD, TIME_IN_FORCE);
        break;
      case 0x30:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_PRICE);
        break;
      case 0x38:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_ORDER_QTY);
        break;
      case 0x40:
        pos = readFlag(bytes, pos + 1, end, i32, base + CMD_FLAGS, CommandFlag.Receipt);
        break;
      default:
        hasTerms = true;
        pos = readNewOrderTerm(bytes, pos, end, i32, f64, base);
    }
  }
  if (hasTerms) endNewOrderTerms(i32, base);
  return pos;
}

function isExtended(i32: Int32Array, base: number): boolean {
  return ((i32[base + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
}

function decodeCancelOrder(
  bytes: Uint8Array,
  start: number,
  end: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  let pos = start;
  while (pos >= 0 && pos < end) {
    switch (bytes[pos]) {
      case 0x08:
        pos = readUint64(bytes, pos + 1, end, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
        break;
      case 0x10:
        pos = readUint64(bytes, pos + 1, end, f64, (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID);
        break;
      case 0x18:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_INSTRUMENT_ID);
        break;
      case 0x20:
        pos = readFlag(bytes, pos + 1, end, i32, base + CMD_FLAGS, CommandFlag.Receipt);
        break;
      default:
        pos = skipField(bytes, pos, end);
    }
  }
  return pos;
}

function decodeReplaceOrder(
  bytes: Uint8Array,
  start: number,
  end: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  let pos = start;
  while (pos >= 0 && pos < end) {
    switch (bytes[pos]) {
      case 0x08:
        pos = readUint64(bytes, pos + 1, end, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
        break;
      case 0x10:
        pos = readUint64(bytes, pos + 1, end, f64, (base >> 1) + CMD_ORIG_CLIENT_ORDER_ID);
        break;
      case 0x18:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_INSTRUMENT_ID);
        break;
      case 0x20:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_PRICE);
        break;
      case 0x28:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_ORDER_QTY);
        break;
      case 0x30:
        pos = readFlag(bytes, pos + 1, end, i32, base + CMD_FLAGS, CommandFlag.Receipt);
        break;
      case 0x38:
        beginTerms(i32, base);
        pos = readCode(bytes, pos + 1, end, i32, base + CMD_OPTIONS, REPLACE_MODE);
        break;
      case 0x40:
        beginTerms(i32, base);
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_TRIGGER_PRICE);
        break;
      case 0x48:
        beginTerms(i32, base);
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_DISPLAY_QTY);
        break;
      default:
        pos = skipField(bytes, pos, end);
    }
  }
  if (isExtended(i32, base)) endTerms(i32, base);
  return pos;
}

function decodeMassCancel(
  bytes: Uint8Array,
  start: number,
  end: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  let pos = start;
  while (pos >= 0 && pos < end) {
    switch (bytes[pos]) {
      case 0x08:
        pos = readUint64(bytes, pos + 1, end, f64, (base >> 1) + CMD_CLIENT_ORDER_ID);
        break;
      case 0x10:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_INSTRUMENT_ID);
        break;
      case 0x18:
        pos = readCode(bytes, pos + 1, end, i32, base + CMD_HEAD, SIDE);
        break;
      case 0x20:
        beginTerms(i32, base);
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_ACCOUNT);
        break;
      case 0x28:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_PRICE_FROM);
        break;
      case 0x30:
        pos = readInt32(bytes, pos + 1, end, i32, base + CMD_PRICE_TO);
        break;
      default:
        pos = skipField(bytes, pos, end);
    }
  }
  if (isExtended(i32, base)) endTerms(i32, base);
  return pos;
}

/**
 * Writes the same fields as {@link decodeClientFrame} from a message of the cold codec or of the JSON mapping.
 * @returns the CommandKind, or COLD_FRAME when the frame does not hold an order message.
 */
export function writeCommand(
  frame: fairlead.v1.ClientFrame.$Properties,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  const { newOrder, cancelOrder, replaceOrder, massCancel } = frame;
  if (newOrder) return writeNewOrder(newOrder, i32, f64, base);
  if (cancelOrder) return writeFields(CommandKind.CancelOrder, cancelOrder, i32, f64, base);
  if (replaceOrder) return writeReplaceOrder(replaceOrder, i32, f64, base);
  if (massCancel) return writeMassCancel(massCancel, i32, f64, base);
  return COLD_FRAME;
}

/**
 * Writes the order at `place` (0 …) of a NewOrderList: a newOrder with its link, and Extended whatever its terms, so that
 * only extended orders need be asked for a link.
 * @param contingency As on the wire.
 */
export function writeListedOrder(
  order: fairlead.v1.NewOrder.$Properties,
  contingency: number | null | undefined,
  place: number,
  orderCount: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): void {
  writeNewOrder(order, i32, f64, base);
  i32[base + CMD_FLAGS] = (i32[base + CMD_FLAGS] as number) | CommandFlag.Extended;
  i32[base + CMD_LINK] = code(contingency) | (place << 8) | (orderCount << 16);
}

/** What the four order messages have between them. */
interface OrderFields {
  clientOrderId?: number | null;
  origClientOrderId?: number | null;
  instrumentId?: number | null;
  side?: number | null;
  orderType?: number | null;
  timeInForce?: number | null;
  price?: number | null;
  orderQty?: number | null;
  receipt?: boolean | null;
}

function writeFields(kind: CommandKind, fields: OrderFields, i32: Int32Array, f64: Float64Array, base: number): number {
  i32[base + CMD_HEAD] = commandHead(kind, code(fields.side), code(fields.orderType), code(fields.timeInForce));
  i32[base + CMD_INSTRUMENT_ID] = fields.instrumentId ?? 0;
  i32[base + CMD_FLAGS] = fields.receipt ? CommandFlag.Receipt : 0;
  f64[(base >> 1) + CMD_CLIENT_ORDER_ID] = wide(fields.clientOrderId);
  f64[(base >> 1) + CMD_ORIG_CLIENT_ORDER_ID] = wide(fields.origClientOrderId);
  i32[base + CMD_PRICE] = fields.price ?? 0;
  i32[base + CMD_ORDER_QTY] = fields.orderQty ?? 0;
  i32[base + CMD_LINK] = 0;
  return kind;
}

function writeNewOrder(
  order: fairlead.v1.NewOrder.$Properties,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  writeFields(CommandKind.NewOrder, order, i32, f64, base);
  beginTerms(i32, base);
  i32[base + CMD_FLAGS] = (i32[base + CMD_FLAGS] as number) | termFlags(order);
  i32[base + CMD_TRIGGER_PRICE] = order.triggerPrice ?? 0;
  i32[base + CMD_DISPLAY_QTY] = order.displayQty ?? 0;
  i32[base + CMD_MIN_QTY] = order.minQty ?? 0;
  const { trailingDistance, protection, pegOffset } = order;
  i32[base + CMD_OFFSET] = offsetFor(code(order.orderType), trailingDistance ?? 0, protection ?? 0, pegOffset ?? 0);
  i32[base + CMD_DISPLAY_VARIANCE] = order.displayVariance ?? 0;
  i32[base + CMD_ACCOUNT] = order.account ?? 0;
  i32[base + CMD_TRADE_GROUP] = order.tradeGroup ?? 0;
  i32[base + CMD_OPTIONS] =
    (code(order.postOnly) << POST_ONLY) |
    (code(order.selfTradePrevention) << SELF_TRADE_PREVENTION) |
    (code(order.triggerBy) << TRIGGER_BY) |
    (code(order.pegReference) << PEG_REFERENCE);
  f64[(base >> 1) + CMD_QUOTE_AMOUNT] = wide(order.quoteAmount);
  f64[(base >> 1) + CMD_EXPIRE_TIME] = wide(order.expireTime);
  endTerms(i32, base);
  return CommandKind.NewOrder;
}

function termFlags(order: fairlead.v1.NewOrder.$Properties): number {
  return (
    (order.hidden ? CommandFlag.Hidden : 0) |
    (order.allOrNone ? CommandFlag.AllOrNone : 0) |
    (order.offsetInBps ? CommandFlag.OffsetInBps : 0)
  );
}

function writeReplaceOrder(
  replace: fairlead.v1.ReplaceOrder.$Properties,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  writeFields(CommandKind.ReplaceOrder, replace, i32, f64, base);
  beginTerms(i32, base);
  i32[base + CMD_TRIGGER_PRICE] = replace.triggerPrice ?? 0;
  i32[base + CMD_DISPLAY_QTY] = replace.displayQty ?? 0;
  i32[base + CMD_OPTIONS] = code(replace.replaceMode) << REPLACE_MODE;
  endTerms(i32, base);
  return CommandKind.ReplaceOrder;
}

function writeMassCancel(
  massCancel: fairlead.v1.MassCancel.$Properties,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  writeFields(CommandKind.MassCancel, massCancel, i32, f64, base);
  i32[base + CMD_PRICE_FROM] = massCancel.priceFrom ?? 0;
  i32[base + CMD_PRICE_TO] = massCancel.priceTo ?? 0;
  beginTerms(i32, base);
  i32[base + CMD_ACCOUNT] = massCancel.account ?? 0;
  endTerms(i32, base);
  return CommandKind.MassCancel;
}

function code(value: number | null | undefined): number {
  const number = value ?? 0;
  return number >= 0 && number < 255 ? number : 255;
}

/** A 64-bit integer, or −1 for one that a double may not hold. */
function wide(value: number | null | undefined): number {
  const number = value ?? 0;
  return number <= MAX_ID ? number : -1;
}
