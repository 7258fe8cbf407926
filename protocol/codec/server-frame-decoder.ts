/**
 * Reads the frequent messages of the venue into views that are used again and again; the client's side.
 *
 * Everything else, and every unusual encoding, goes to the cold codec (protobufjs). What this one calls malformed, the
 * cold codec refuses as well. An integer of 2^53 or more, which no venue sends, shows as −1.
 */
import type { BookDeltaView, ExecutionReportView, ServerFrameView, TradeView } from "./server-frame-view.ts";
import * as view from "./server-frame-view.ts";
import { MALFORMED, UNUSUAL, payloadEnd, payloadStart, readInt32, readUint64, skipField } from "./wire-reader.ts";

export { MALFORMED };

/** Not one of the messages below, or encoded in a way that only the cold codec reads. */
export const COLD_FRAME = 0;

/** What decodeServerFrame answers: field numbers of ServerFrame's oneof. */
export const EXECUTION_REPORT = 1;
export const BOOK_DELTA = 3;
export const TRADE = 4;

/** Tag of the first message in ServerFrame's oneof. */
const FIRST_MESSAGE = 0x0a;

/**
 * Decodes the ServerFrame at bytes[start, end), its length prefix not included.
 * @returns EXECUTION_REPORT, BOOK_DELTA or TRADE, whose view is filled; COLD_FRAME or MALFORMED, and no view is of use.
 */
export function decodeServerFrame(bytes: Uint8Array, start: number, end: number, into: ServerFrameView): number {
  let kind = COLD_FRAME;
  let pos = start;
  while (pos < end) {
    const tag = bytes[pos] as number;
    if (isMessage(tag)) {
      // A second message replaces or extends the first one: legal, and never seen.
      if (kind !== COLD_FRAME) return COLD_FRAME;
      kind = tag >>> 3;
      if (kind !== EXECUTION_REPORT && kind !== BOOK_DELTA && kind !== TRADE) return COLD_FRAME;
      pos = decodeMessage(bytes, pos + 1, end, kind, into);
    } else {
      pos = skipField(bytes, pos, end);
    }
    if (pos < 0) return pos === UNUSUAL ? COLD_FRAME : MALFORMED;
  }
  return kind;
}

/** What is length-delimited is taken for a message: the venue sends nothing else in a frame. */
function isMessage(tag: number): boolean {
  return (tag & 7) === 2 && tag >= FIRST_MESSAGE;
}

/** The message whose length is at `pos`. */
function decodeMessage(bytes: Uint8Array, pos: number, end: number, kind: number, into: ServerFrameView): number {
  const messageEnd = payloadEnd(bytes, pos, end);
  if (messageEnd < 0) return MALFORMED;
  const start = payloadStart(bytes, pos);
  if (kind === EXECUTION_REPORT) return decodeExecutionReport(bytes, start, messageEnd, into.executionReport);
  if (kind === BOOK_DELTA) return decodeBookDelta(bytes, start, messageEnd, into.bookDelta);
  return decodeTrade(bytes, start, messageEnd, into.trade);
}

function decodeExecutionReport(bytes: Uint8Array, start: number, end: number, report: ExecutionReportView): number {
  report.clear();
  let pos = start;
  while (pos >= 0 && pos < end) {
    const tag = bytes[pos] as number;
    if (tag < 128) {
      pos = readReportField(bytes, pos + 1, end, tag, report);
    } else if (pos + 1 < end && bytes[pos + 1] === 1) {
      pos = readReportField(bytes, pos + 2, end, tag, report);
    } else {
      pos = skipField(bytes, pos, end);
    }
  }
  return pos;
}

/**
 * @param pos After the tag.
 * @param tag Field number × 8 + wire type; or, for fields 16 … 31, the first byte of the tag, of which the second one is 1.
 */
function readReportField(
  bytes: Uint8Array,
  pos: number,
  end: number,
  tag: number,
  report: ExecutionReportView,
): number {
  const { i32, f64 } = report;
  switch (tag) {
    case 0x08:
      return readInt32(bytes, pos, end, i32, view.REPORT_SESSION_SEQUENCE);
    case 0x10:
      return readInt32(bytes, pos, end, i32, view.REPORT_EXEC_TYPE);
    case 0x18:
      return readInt32(bytes, pos, end, i32, view.REPORT_ORDER_STATUS);
    case 0x20:
      return readUint64(bytes, pos, end, f64, view.REPORT_ORDER_ID);
    case 0x28:
      return readUint64(bytes, pos, end, f64, view.REPORT_CLIENT_ORDER_ID);
    case 0x30:
      return readUint64(bytes, pos, end, f64, view.REPORT_ORIG_CLIENT_ORDER_ID);
    case 0x38:
      return readInt32(bytes, pos, end, i32, view.REPORT_INSTRUMENT_ID);
    case 0x40:
      return readInt32(bytes, pos, end, i32, view.REPORT_SIDE);
    case 0x48:
      return readInt32(bytes, pos, end, i32, view.REPORT_PRICE);
    case 0x50:
      return readInt32(bytes, pos, end, i32, view.REPORT_ORDER_QTY);
    case 0x58:
      return readInt32(bytes, pos, end, i32, view.REPORT_CUM_QTY);
    case 0x60:
      return readInt32(bytes, pos, end, i32, view.REPORT_LEAVES_QTY);
    case 0x68:
      return readInt32(bytes, pos, end, i32, view.REPORT_LAST_PX);
    case 0x70:
      return readInt32(bytes, pos, end, i32, view.REPORT_LAST_QTY);
    case 0x78:
      return readUint64(bytes, pos, end, f64, view.REPORT_TRADE_ID);
    case 0x80:
      return readInt32(bytes, pos, end, i32, view.REPORT_REJECT_REASON);
    case 0x88:
      return readUint64(bytes, pos, end, f64, view.REPORT_SEQUENCE_NUMBER);
    case 0x90:
      return readUint64(bytes, pos, end, f64, view.REPORT_TRANSACT_TIME);
    case 0x98:
      return readInt32(bytes, pos, end, i32, view.REPORT_ORDER_TYPE);
    case 0xa0:
      return readInt32(bytes, pos, end, i32, view.REPORT_TIME_IN_FORCE);
    case 0xb0:
      return readInt32(bytes, pos, end, i32, view.REPORT_ENGINE);
    case 0xaa:
      return readText(bytes, pos, end, report);
    case 0xba:
      return readReceipt(bytes, pos, end, report);
    case 0xc0:
      return readInt32(bytes, pos, end, i32, view.REPORT_CANCEL_REASON);
    case 0xc8:
      return readInt32(bytes, pos, end, i32, view.REPORT_TRIGGER_PRICE);
    case 0xd0:
      return readUint64(bytes, pos, end, f64, view.REPORT_CONTRA_ORDER_ID);
    default:
      return skipField(bytes, tag < 128 ? pos - 1 : pos - 2, end);
  }
}

const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Rejections only: the one field whose reading allocates. */
function readText(bytes: Uint8Array, pos: number, end: number, report: ExecutionReportView): number {
  const textEnd = payloadEnd(bytes, pos, end);
  if (textEnd < 0) return MALFORMED;
  try {
    report.text = strictText.decode(bytes.subarray(payloadStart(bytes, pos), textEnd));
  } catch {
    // Not UTF-8. The cold codec says so with a reason of its own.
    return UNUSUAL;
  }
  return textEnd;
}

function readReceipt(bytes: Uint8Array, at: number, end: number, report: ExecutionReportView): number {
  const receiptEnd = payloadEnd(bytes, at, end);
  if (receiptEnd < 0) return MALFORMED;
  report.hasReceipt = true;
  let pos = payloadStart(bytes, at);
  while (pos >= 0 && pos < receiptEnd) {
    const tag = bytes[pos] as number;
    const isStage = (tag & 7) === 0 && tag >= 0x08 && tag <= 0x28;
    pos = isStage
      ? readInt32(bytes, pos + 1, receiptEnd, report.i32, view.REPORT_STAGES + (tag >>> 3) - 1)
      : skipField(bytes, pos, receiptEnd);
  }
  return pos;
}

function decodeBookDelta(bytes: Uint8Array, start: number, end: number, delta: BookDeltaView): number {
  delta.clear();
  let pos = start;
  while (pos >= 0 && pos < end) {
    switch (bytes[pos]) {
      case 0x08:
        pos = readInt32(bytes, pos + 1, end, delta.head, view.DELTA_INSTRUMENT_ID);
        break;
      case 0x10:
        pos = readUint64(bytes, pos + 1, end, delta.sequence, 0);
        break;
      case 0x1a:
        pos = decodeChange(bytes, pos + 1, end, delta);
        break;
      default:
        pos = skipField(bytes, pos, end);
    }
  }
  return pos;
}

/** The LevelChange whose length is at `at`. */
function decodeChange(bytes: Uint8Array, at: number, end: number, delta: BookDeltaView): number {
  const changeEnd = payloadEnd(bytes, at, end);
  if (changeEnd < 0) return MALFORMED;
  const index = delta.append();
  const { changes, quantities } = delta;
  const base = index << view.CHANGE_SHIFT;
  let pos = payloadStart(bytes, at);
  while (pos >= 0 && pos < changeEnd) {
    switch (bytes[pos]) {
      case 0x08:
        pos = readInt32(bytes, pos + 1, changeEnd, changes, base + view.CHANGE_SIDE);
        break;
      case 0x10:
        pos = readInt32(bytes, pos + 1, changeEnd, changes, base + view.CHANGE_PRICE);
        break;
      case 0x18:
        pos = readUint64(bytes, pos + 1, changeEnd, quantities, index);
        break;
      case 0x20:
        pos = readInt32(bytes, pos + 1, changeEnd, changes, base + view.CHANGE_ORDER_COUNT);
        break;
      default:
        pos = skipField(bytes, pos, changeEnd);
    }
  }
  return pos;
}

function decodeTrade(bytes: Uint8Array, start: number, end: number, trade: TradeView): number {
  trade.clear();
  const { i32, f64 } = trade;
  let pos = start;
  while (pos >= 0 && pos < end) {
    switch (bytes[pos]) {
      case 0x08:
        pos = readInt32(bytes, pos + 1, end, i32, view.TRADE_INSTRUMENT_ID);
        break;
      case 0x10:
        pos = readUint64(bytes, pos + 1, end, f64, view.TRADE_ID);
        break;
      case 0x18:
        pos = readInt32(bytes, pos + 1, end, i32, view.TRADE_PRICE);
        break;
      case 0x20:
        pos = readInt32(bytes, pos + 1, end, i32, view.TRADE_QTY);
        break;
      case 0x28:
        pos = readInt32(bytes, pos + 1, end, i32, view.TRADE_AGGRESSOR_SIDE);
        break;
      case 0x30:
        pos = readUint64(bytes, pos + 1, end, f64, view.TRADE_TRANSACT_TIME);
        break;
      default:
        pos = skipField(bytes, pos, end);
    }
  }
  return pos;
}
