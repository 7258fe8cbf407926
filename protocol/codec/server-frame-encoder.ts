/**
 * Writes the frequent messages of the venue from event records; every function writes one delimited ServerFrame at
 * out[at] and answers the position after it. The bytes are those of protobufjs' encodeDelimited.
 *
 * The caller guarantees the room that MAX_…_BYTES names. Nothing is allocated.
 */
import { ExecType, REJECT_TEXTS, Side } from "../codes.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_ORIG_CLIENT_ORDER_ID,
} from "../record/command-record.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_CONTRA_ORDER_ID,
  EVT_CUM_QTY,
  EVT_DETAIL,
  EVT_GATEWAY_IN_NS,
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEAVES_QTY,
  EVT_MATCHING_NS,
  EVT_ORDER_ID,
  EVT_ORDER_QTY,
  EVT_ORIG_CLIENT_ORDER_ID,
  EVT_PRICE,
  EVT_RING_WAIT_NS,
  EVT_SEQUENCE,
  EVT_SESSION_SEQUENCE,
  EVT_TIME,
  EVT_TRADE_ID,
  EVT_TRIGGER_PRICE,
  EventFlag,
} from "../record/event-record.ts";
import {
  FRAME_HEAD_BYTES,
  MAX_FRAME_HEAD_BYTES,
  finishFrame,
  writeInt32Field,
  writeUint32Field,
  writeUint64Field,
  writeWideInt32Field,
  writeWideUint32Field,
  writeWideUint64Field,
} from "./wire-writer.ts";

/** Tags of the messages in ServerFrame's oneof: length-delimited. */
const EXECUTION_REPORT = 0x0a;
const BUSINESS_REJECT = 0x12;
const TRADE = 0x22;
const BEST_BID_OFFER = 0x2a;
const MASS_CANCEL_REPORT = 0x62;

const TEXT_BYTES: readonly Uint8Array[] = REJECT_TEXTS.map((text) => new TextEncoder().encode(text));
const NO_TEXT = new Uint8Array(0);
const LONGEST_TEXT = Math.max(...TEXT_BYTES.map((text) => text.length));

/** EventFlag.Auction where it lies in EVT_DETAIL. */
const AUCTION = EventFlag.Auction << 24;

/** Longest field: two bytes of tag, ten of varint. */
const MAX_FIELD_BYTES = 12;

export const MAX_EXECUTION_REPORT_BYTES = MAX_FRAME_HEAD_BYTES + 31 * MAX_FIELD_BYTES + LONGEST_TEXT;
export const MAX_BUSINESS_REJECT_BYTES = MAX_FRAME_HEAD_BYTES + 10 * MAX_FIELD_BYTES + LONGEST_TEXT;
export const MAX_MASS_CANCEL_REPORT_BYTES = MAX_FRAME_HEAD_BYTES + 4 * MAX_FIELD_BYTES;
export const MAX_TRADE_BYTES = MAX_FRAME_HEAD_BYTES + 6 * MAX_FIELD_BYTES;
export const MAX_BEST_BID_OFFER_BYTES = MAX_FRAME_HEAD_BYTES + 5 * MAX_FIELD_BYTES;

/** The fields that only some reports have, because they share their place in the record or the meaning of their byte. */
const PART = {
  OrigClientOrderId: 1,
  Last: 2,
  TradeId: 4,
  ContraOrderId: 8,
  TriggerPrice: 16,
  CancelReason: 32,
} as const;
/** By exec type: bits of PART. */
const REPORT_PARTS = reportParts();

function reportParts(): Uint8Array {
  const parts = new Uint8Array(256).fill(PART.OrigClientOrderId);
  for (const execType of [ExecType.Trade, ExecType.TradeBusted, ExecType.TradeCorrected]) {
    parts[execType] = PART.Last | PART.TradeId;
  }
  parts[ExecType.TradePrevented] = PART.Last | PART.ContraOrderId;
  for (const execType of [ExecType.New, ExecType.Triggered, ExecType.OrderStatus]) {
    parts[execType] = PART.OrigClientOrderId | PART.TriggerPrice;
  }
  for (const execType of [ExecType.Canceled, ExecType.Expired]) {
    parts[execType] = PART.OrigClientOrderId | PART.CancelReason;
  }
  return parts;
}

/**
 * From the event record at `base`. With EventFlag.Receipt the report carries a Receipt, whose last two stages only the
 * gateway knows.
 * @param engine Index of the engine that made the event.
 * @param ringOutNs,gatewayOutNs Integers, 0 … 2^32−1; used with a receipt only.
 */
export function encodeExecutionReport(
  i32: Int32Array,
  f64: Float64Array,
  base: number,
  engine: number,
  ringOutNs: number,
  gatewayOutNs: number,
  out: Uint8Array,
  at: number,
): number {
  const half = base >> 1;
  const head = i32[base + EVT_HEAD] as number;
  const detail = i32[base + EVT_DETAIL] as number;
  const execType = (head >>> 8) & 255;
  const parts = REPORT_PARTS[execType] as number;
  const reason = (detail >>> 16) & 255;
  const rejectReason = (parts & PART.CancelReason) === 0 ? reason : 0;
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeUint32Field(out, pos, 0x08, i32[base + EVT_SESSION_SEQUENCE] as number);
  pos = writeUint32Field(out, pos, 0x10, execType);
  pos = writeUint32Field(out, pos, 0x18, (head >>> 16) & 255);
  pos = writeUint64Field(out, pos, 0x20, f64, half + EVT_ORDER_ID);
  pos = writeUint64Field(out, pos, 0x28, f64, half + EVT_CLIENT_ORDER_ID);
  if ((parts & PART.OrigClientOrderId) !== 0) {
    pos = writeUint64Field(out, pos, 0x30, f64, half + EVT_ORIG_CLIENT_ORDER_ID);
  }
  pos = writeUint32Field(out, pos, 0x38, i32[base + EVT_INSTRUMENT_ID] as number);
  pos = writeUint32Field(out, pos, 0x40, head >>> 24);
  pos = writeInt32Field(out, pos, 0x48, i32[base + EVT_PRICE] as number);
  pos = writeUint32Field(out, pos, 0x50, i32[base + EVT_ORDER_QTY] as number);
  pos = writeUint32Field(out, pos, 0x58, i32[base + EVT_CUM_QTY] as number);
  pos = writeUint32Field(out, pos, 0x60, i32[base + EVT_LEAVES_QTY] as number);
  if ((parts & PART.Last) !== 0) {
    pos = writeInt32Field(out, pos, 0x68, i32[base + EVT_LAST_PX] as number);
    pos = writeUint32Field(out, pos, 0x70, i32[base + EVT_LAST_QTY] as number);
    if ((parts & PART.TradeId) !== 0) pos = writeUint64Field(out, pos, 0x78, f64, half + EVT_TRADE_ID);
  }
  pos = writeWideUint32Field(out, pos, 0x00, rejectReason);
  pos = writeWideUint64Field(out, pos, 0x08, f64, half + EVT_SEQUENCE);
  pos = writeWideUint64Field(out, pos, 0x10, f64, half + EVT_TIME);
  pos = writeWideUint32Field(out, pos, 0x18, detail & 255);
  pos = writeWideUint32Field(out, pos, 0x20, (detail >>> 8) & 255);
  if (rejectReason !== 0) pos = writeWideText(out, pos, 0x2a, rejectReason);
  pos = writeWideUint32Field(out, pos, 0x30, engine);
  if (((detail >>> 24) & EventFlag.Receipt) !== 0) {
    pos = writeReceipt(out, pos, i32, base, ringOutNs, gatewayOutNs);
  }
  if ((parts & PART.CancelReason) !== 0) pos = writeWideUint32Field(out, pos, 0x40, reason);
  if ((parts & PART.TriggerPrice) !== 0) {
    pos = writeWideInt32Field(out, pos, 0x48, i32[base + EVT_TRIGGER_PRICE] as number);
  }
  if ((parts & PART.ContraOrderId) !== 0) pos = writeWideUint64Field(out, pos, 0x50, f64, half + EVT_CONTRA_ORDER_ID);
  return finishFrame(out, at, EXECUTION_REPORT, pos);
}

/** Field 23. At most 30 bytes long, so that its length is one byte. */
function writeReceipt(
  out: Uint8Array,
  at: number,
  i32: Int32Array,
  base: number,
  ringOutNs: number,
  gatewayOutNs: number,
): number {
  out[at] = 0xba;
  out[at + 1] = 0x01;
  const start = at + 3;
  let pos = start;
  pos = writeUint32Field(out, pos, 0x08, i32[base + EVT_GATEWAY_IN_NS] as number);
  pos = writeUint32Field(out, pos, 0x10, i32[base + EVT_RING_WAIT_NS] as number);
  pos = writeUint32Field(out, pos, 0x18, i32[base + EVT_MATCHING_NS] as number);
  pos = writeUint32Field(out, pos, 0x20, ringOutNs);
  pos = writeUint32Field(out, pos, 0x28, gatewayOutNs);
  out[at + 2] = pos - start;
  return pos;
}

function writeWideText(out: Uint8Array, at: number, low: number, reason: number): number {
  out[at] = low | 128;
  return writeText(out, at + 1, 1, reason);
}

/** The words for a reject reason; nothing for a reason that has none. */
function writeText(out: Uint8Array, at: number, tag: number, reason: number): number {
  const text = TEXT_BYTES[reason] ?? NO_TEXT;
  out[at] = tag;
  out[at + 1] = text.length;
  out.set(text, at + 2);
  return at + 2 + text.length;
}

/** From the event record at `base`, whose `execType` is a RequestType. */
export function encodeBusinessReject(
  i32: Int32Array,
  f64: Float64Array,
  base: number,
  engine: number,
  out: Uint8Array,
  at: number,
): number {
  const half = base >> 1;
  const reason = ((i32[base + EVT_DETAIL] as number) >>> 16) & 255;
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeUint32Field(out, pos, 0x08, i32[base + EVT_SESSION_SEQUENCE] as number);
  pos = writeUint32Field(out, pos, 0x10, ((i32[base + EVT_HEAD] as number) >>> 8) & 255);
  pos = writeUint32Field(out, pos, 0x18, reason);
  pos = writeUint64Field(out, pos, 0x20, f64, half + EVT_CLIENT_ORDER_ID);
  pos = writeUint64Field(out, pos, 0x28, f64, half + EVT_ORIG_CLIENT_ORDER_ID);
  pos = writeUint32Field(out, pos, 0x30, i32[base + EVT_INSTRUMENT_ID] as number);
  if (reason !== 0) pos = writeText(out, pos, 0x3a, reason);
  pos = writeUint64Field(out, pos, 0x40, f64, half + EVT_SEQUENCE);
  pos = writeUint64Field(out, pos, 0x48, f64, half + EVT_TIME);
  pos = writeUint32Field(out, pos, 0x50, engine);
  return finishFrame(out, at, BUSINESS_REJECT, pos);
}

/**
 * A BusinessReject for the command record at `base`, which the gateway turns away and the engine never sees.
 * @param reason A RejectReason, not Unspecified.
 */
export function encodeCommandRefused(
  i32: Int32Array,
  f64: Float64Array,
  base: number,
  reason: number,
  out: Uint8Array,
  at: number,
): number {
  const half = base >> 1;
  let pos = at + FRAME_HEAD_BYTES;
  // The kinds of order commands are the numbers of RequestType.
  pos = writeUint32Field(out, pos, 0x10, (i32[base + CMD_HEAD] as number) & 255);
  pos = writeUint32Field(out, pos, 0x18, reason);
  pos = writeUint64Field(out, pos, 0x20, f64, half + CMD_CLIENT_ORDER_ID);
  pos = writeUint64Field(out, pos, 0x28, f64, half + CMD_ORIG_CLIENT_ORDER_ID);
  pos = writeUint32Field(out, pos, 0x30, i32[base + CMD_INSTRUMENT_ID] as number);
  pos = writeText(out, pos, 0x3a, reason);
  return finishFrame(out, at, BUSINESS_REJECT, pos);
}

/**
 * From the event record at `base`.
 * @param canceledCount Sum over all engines: one event knows its own engine's part only.
 */
export function encodeMassCancelReport(
  i32: Int32Array,
  f64: Float64Array,
  base: number,
  canceledCount: number,
  out: Uint8Array,
  at: number,
): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeUint64Field(out, pos, 0x08, f64, (base >> 1) + EVT_CLIENT_ORDER_ID);
  pos = writeUint32Field(out, pos, 0x10, canceledCount);
  pos = writeUint32Field(out, pos, 0x18, i32[base + EVT_INSTRUMENT_ID] as number);
  pos = writeUint32Field(out, pos, 0x20, (i32[base + EVT_HEAD] as number) >>> 24);
  return finishFrame(out, at, MASS_CANCEL_REPORT, pos);
}

/**
 * The public trade, from the trade report of the resting order: the aggressor is on the other side. Of an auction's trade,
 * from the report that publishes it: there is no aggressor.
 */
export function encodeTrade(i32: Int32Array, f64: Float64Array, base: number, out: Uint8Array, at: number): number {
  const half = base >> 1;
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeUint32Field(out, pos, 0x08, i32[base + EVT_INSTRUMENT_ID] as number);
  pos = writeUint64Field(out, pos, 0x10, f64, half + EVT_TRADE_ID);
  pos = writeInt32Field(out, pos, 0x18, i32[base + EVT_LAST_PX] as number);
  pos = writeUint32Field(out, pos, 0x20, i32[base + EVT_LAST_QTY] as number);
  pos = writeUint32Field(out, pos, 0x28, aggressorSide(i32, base));
  pos = writeUint64Field(out, pos, 0x30, f64, half + EVT_TIME);
  return finishFrame(out, at, TRADE, pos);
}

function aggressorSide(i32: Int32Array, base: number): number {
  if (((i32[base + EVT_DETAIL] as number) & AUCTION) !== 0) return Side.Unspecified;
  const restingSide = (i32[base + EVT_HEAD] as number) >>> 24;
  return restingSide === Side.Buy ? Side.Sell : Side.Buy;
}

const quantities = new Float64Array(1);

/** Prices in ticks, quantities in lots below 2^53; both zero where a side has no orders. */
export function encodeBestBidOffer(
  instrumentId: number,
  bidPrice: number,
  bidQty: number,
  offerPrice: number,
  offerQty: number,
  out: Uint8Array,
  at: number,
): number {
  let pos = at + FRAME_HEAD_BYTES;
  pos = writeUint32Field(out, pos, 0x08, instrumentId);
  pos = writeInt32Field(out, pos, 0x10, bidPrice);
  quantities[0] = bidQty;
  pos = writeUint64Field(out, pos, 0x18, quantities, 0);
  pos = writeInt32Field(out, pos, 0x20, offerPrice);
  quantities[0] = offerQty;
  pos = writeUint64Field(out, pos, 0x28, quantities, 0);
  return finishFrame(out, at, BEST_BID_OFFER, pos);
}
