import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CancelReason, ExecType, REJECT_TEXTS, RejectReason, RequestType, Side } from "../codes.ts";
import { commandHead } from "../record/command-record.ts";
import * as command from "../record/command-record.ts";
import * as event from "../record/event-record.ts";
import { EventFlag, EventKind, RECORD_BYTES, eventDetail, eventHead } from "../record/event-record.ts";
import { BookDeltaWriter, MAX_EMPTY_BOOK_DELTA_BYTES, MAX_LEVEL_CHANGE_BYTES } from "./book-delta-writer.ts";
import { encodeServerFrame, type fairlead } from "./cold-codec.ts";
import {
  MAX_BEST_BID_OFFER_BYTES,
  MAX_BUSINESS_REJECT_BYTES,
  MAX_EXECUTION_REPORT_BYTES,
  MAX_MASS_CANCEL_REPORT_BYTES,
  MAX_TRADE_BYTES,
  encodeBestBidOffer,
  encodeBusinessReject,
  encodeCommandRefused,
  encodeExecutionReport,
  encodeMassCancelReport,
  encodeTrade,
} from "./server-frame-encoder.ts";
import { anyId, anyInt32, anyUint32 } from "./testing/wire-arbitraries.ts";

const BASE = 32;
const HALF = BASE >> 1;
const AT = 7;

const i32 = new Int32Array((3 * RECORD_BYTES) / 4);
const f64 = new Float64Array(i32.buffer);

const anyByte = fc.nat(255);
const anyReason = fc.constantFrom(...Object.values(RejectReason));
const anyRealReason = anyReason.filter((reason) => reason !== RejectReason.Unspecified);

const anyEvent = fc.record({
  execType: fc.oneof(fc.constantFrom(...Object.values(ExecType)), anyByte),
  orderStatus: anyByte,
  side: anyByte,
  orderType: anyByte,
  timeInForce: anyByte,
  reason: anyReason,
  flags: fc.nat(63),
  instrumentId: anyInt32,
  orderId: anyId,
  /** −1 when the client's number was too large. */
  clientOrderId: fc.oneof(anyId, fc.constant(-1)),
  origOrTradeId: fc.oneof(anyId, fc.constant(-1)),
  price: anyInt32,
  orderQty: anyInt32,
  cumQty: anyInt32,
  leavesQty: anyInt32,
  lastPx: anyInt32,
  lastQty: anyInt32,
  sequence: anyId,
  time: anyId,
  sessionSequence: anyInt32,
  gatewayInNs: anyInt32,
  ringWaitNs: anyInt32,
  matchingNs: anyInt32,
});
type Event = typeof anyEvent extends fc.Arbitrary<infer T> ? T : never;

const QUIET: Event = {
  execType: 0,
  orderStatus: 0,
  side: 0,
  orderType: 0,
  timeInForce: 0,
  reason: RejectReason.Unspecified,
  flags: 0,
  instrumentId: 0,
  orderId: 0,
  clientOrderId: 0,
  origOrTradeId: 0,
  price: 0,
  orderQty: 0,
  cumQty: 0,
  leavesQty: 0,
  lastPx: 0,
  lastQty: 0,
  sequence: 0,
  time: 0,
  sessionSequence: 0,
  gatewayInNs: 0,
  ringWaitNs: 0,
  matchingNs: 0,
};

function writeEvent(e: Event): void {
  i32[BASE + event.EVT_HEAD] = eventHead(EventKind.ExecutionReport, e.execType, e.orderStatus, e.side);
  i32[BASE + event.EVT_DETAIL] = eventDetail(e.orderType, e.timeInForce, e.reason, e.flags);
  i32[BASE + event.EVT_INSTRUMENT_ID] = e.instrumentId;
  f64[HALF + event.EVT_ORDER_ID] = e.orderId;
  f64[HALF + event.EVT_CLIENT_ORDER_ID] = e.clientOrderId;
  f64[HALF + event.EVT_ORIG_CLIENT_ORDER_ID] = e.origOrTradeId;
  i32[BASE + event.EVT_PRICE] = e.price;
  i32[BASE + event.EVT_ORDER_QTY] = e.orderQty;
  i32[BASE + event.EVT_CUM_QTY] = e.cumQty;
  i32[BASE + event.EVT_LEAVES_QTY] = e.leavesQty;
  i32[BASE + event.EVT_LAST_PX] = e.lastPx;
  i32[BASE + event.EVT_LAST_QTY] = e.lastQty;
  f64[HALF + event.EVT_SEQUENCE] = e.sequence;
  f64[HALF + event.EVT_TIME] = e.time;
  i32[BASE + event.EVT_SESSION_SEQUENCE] = e.sessionSequence;
  i32[BASE + event.EVT_GATEWAY_IN_NS] = e.gatewayInNs;
  i32[BASE + event.EVT_RING_WAIT_NS] = e.ringWaitNs;
  i32[BASE + event.EVT_MATCHING_NS] = e.matchingNs;
}

const otherSide = (side: Side) => (side === Side.Buy ? Side.Sell : Side.Buy);
const idOf = (id: number) => Math.max(0, id);

/** The fields that depend on why the report was sent. */
function particularsOf(e: Event): fairlead.v1.ExecutionReport.$Properties {
  const { lastPx, lastQty } = e;
  const rejectReason = e.reason;
  const id = idOf(e.origOrTradeId);
  const text = REJECT_TEXTS[e.reason] ?? "";
  switch (e.execType) {
    case ExecType.Trade:
    case ExecType.TradeBusted:
    case ExecType.TradeCorrected:
      return { rejectReason, text, lastPx, lastQty, tradeId: id };
    case ExecType.TradePrevented:
      return { rejectReason, text, lastPx, lastQty, contraOrderId: id };
    case ExecType.New:
    case ExecType.Triggered:
    case ExecType.OrderStatus:
      return { rejectReason, text, origClientOrderId: id, triggerPrice: lastPx };
    case ExecType.Canceled:
    case ExecType.Expired:
      return { cancelReason: e.reason as number, origClientOrderId: id };
    default:
      return { rejectReason, text, origClientOrderId: id };
  }
}

function executionReportOf(e: Event, engine: number, ringOutNs: number, gatewayOutNs: number) {
  const report: fairlead.v1.ExecutionReport.$Properties = {
    sessionSequence: e.sessionSequence,
    execType: e.execType,
    orderStatus: e.orderStatus,
    orderId: e.orderId,
    clientOrderId: idOf(e.clientOrderId),
    instrumentId: e.instrumentId,
    side: e.side,
    price: e.price,
    orderQty: e.orderQty,
    cumQty: e.cumQty,
    leavesQty: e.leavesQty,
    sequenceNumber: e.sequence,
    transactTime: e.time,
    orderType: e.orderType,
    timeInForce: e.timeInForce,
    engine,
    ...particularsOf(e),
  };
  if ((e.flags & EventFlag.Receipt) !== 0) {
    const { gatewayInNs, ringWaitNs, matchingNs } = e;
    report.receipt = { gatewayInNs, ringWaitNs, matchingNs, ringOutNs, gatewayOutNs };
  }
  return report;
}

/** Gives the encoder exactly the room that it asks for, checks that it kept to it, and answers the frame. */
function encoded(maxBytes: number, encode: (out: Uint8Array, at: number) => number): number[] {
  const out = new Uint8Array(AT + maxBytes + 1).fill(0xee);
  const end = encode(out, AT);
  expect(end).toBeLessThanOrEqual(AT + maxBytes);
  expect([...out.subarray(0, AT)]).toEqual(Array<number>(AT).fill(0xee));
  expect(out[AT + maxBytes]).toBe(0xee);
  return [...out.subarray(AT, end)];
}

const oracle = (frame: fairlead.v1.ServerFrame.$Properties) => [...encodeServerFrame(frame)];

describe("the bytes are those of protobufjs", () => {
  test("ExecutionReport", () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(15), anyUint32, anyUint32, (e, engine, ringOutNs, gatewayOutNs) => {
        writeEvent(e);
        const bytes = encoded(MAX_EXECUTION_REPORT_BYTES, (out, at) =>
          encodeExecutionReport(i32, f64, BASE, engine, ringOutNs, gatewayOutNs, out, at),
        );
        expect(bytes).toEqual(oracle({ executionReport: executionReportOf(e, engine, ringOutNs, gatewayOutNs) }));
      }),
      { numRuns: 1000 },
    );
  });

  test("BusinessReject", () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(15), (e, engine) => {
        writeEvent(e);
        const businessReject = {
          sessionSequence: e.sessionSequence,
          requestType: e.execType,
          rejectReason: e.reason,
          clientOrderId: idOf(e.clientOrderId),
          origClientOrderId: idOf(e.origOrTradeId),
          instrumentId: e.instrumentId,
          text: REJECT_TEXTS[e.reason] ?? "",
          sequenceNumber: e.sequence,
          transactTime: e.time,
          engine,
        };
        const bytes = encoded(MAX_BUSINESS_REJECT_BYTES, (out, at) =>
          encodeBusinessReject(i32, f64, BASE, engine, out, at),
        );
        expect(bytes).toEqual(oracle({ businessReject }));
      }),
    );
  });

  test("BusinessReject of a command that never reached the engine", () => {
    const kinds = fc.constantFrom(1, 2, 3, 4);
    const ids = fc.oneof(anyId, fc.constant(-1));
    fc.assert(
      fc.property(
        kinds,
        ids,
        ids,
        anyInt32,
        anyRealReason,
        (kind, clientOrderId, origClientOrderId, instrumentId, reason) => {
          i32[BASE + command.CMD_HEAD] = commandHead(kind, Side.Sell, 2, 3);
          f64[HALF + command.CMD_CLIENT_ORDER_ID] = clientOrderId;
          f64[HALF + command.CMD_ORIG_CLIENT_ORDER_ID] = origClientOrderId;
          i32[BASE + command.CMD_INSTRUMENT_ID] = instrumentId;
          const businessReject = {
            requestType: kind,
            rejectReason: reason,
            clientOrderId: idOf(clientOrderId),
            origClientOrderId: idOf(origClientOrderId),
            instrumentId,
            text: REJECT_TEXTS[reason] ?? "",
          };
          const bytes = encoded(MAX_BUSINESS_REJECT_BYTES, (out, at) =>
            encodeCommandRefused(i32, f64, BASE, reason, out, at),
          );
          expect(bytes).toEqual(oracle({ businessReject }));
        },
      ),
    );
  });

  test("MassCancelReport", () => {
    fc.assert(
      fc.property(anyEvent, anyUint32, (e, canceledCount) => {
        writeEvent(e);
        const { instrumentId, side } = e;
        const massCancelReport = { clientOrderId: idOf(e.clientOrderId), canceledCount, instrumentId, side };
        const bytes = encoded(MAX_MASS_CANCEL_REPORT_BYTES, (out, at) =>
          encodeMassCancelReport(i32, f64, BASE, canceledCount, out, at),
        );
        expect(bytes).toEqual(oracle({ massCancelReport }));
      }),
    );
  });

  test("Trade, whose aggressor is on the other side of the resting order; an auction's trade has none", () => {
    fc.assert(
      fc.property(anyEvent, fc.constantFrom(Side.Buy, Side.Sell), (e, restingSide) => {
        writeEvent({ ...e, side: restingSide });
        const isAuction = (e.flags & EventFlag.Auction) !== 0;
        const trade = {
          instrumentId: e.instrumentId,
          tradeId: idOf(e.origOrTradeId),
          price: e.lastPx,
          qty: e.lastQty,
          aggressorSide: isAuction ? Side.Unspecified : otherSide(restingSide),
          transactTime: e.time,
        };
        expect(encoded(MAX_TRADE_BYTES, (out, at) => encodeTrade(i32, f64, BASE, out, at))).toEqual(oracle({ trade }));
      }),
    );
  });

  test("BestBidOffer", () => {
    fc.assert(
      fc.property(
        anyUint32,
        anyInt32,
        anyId,
        anyInt32,
        anyId,
        (instrumentId, bidPrice, bidQty, offerPrice, offerQty) => {
          const bytes = encoded(MAX_BEST_BID_OFFER_BYTES, (out, at) =>
            encodeBestBidOffer(instrumentId, bidPrice, bidQty, offerPrice, offerQty, out, at),
          );
          expect(bytes).toEqual(oracle({ bestBidOffer: { instrumentId, bidPrice, bidQty, offerPrice, offerQty } }));
        },
      ),
    );
  });

  const anyChange = fc.record({ side: fc.nat(2), price: anyInt32, qty: anyId, orderCount: anyUint32 });

  test("BookDelta, whatever its size", () => {
    const writer = new BookDeltaWriter();
    const anyChanges = fc.oneof(
      fc.array(anyChange, { maxLength: 12 }),
      fc.array(anyChange, { maxLength: 1000, size: "max" }),
    );
    fc.assert(
      fc.property(anyUint32, anyId, anyChanges, (instrumentId, sequenceNumber, changes) => {
        const room = MAX_EMPTY_BOOK_DELTA_BYTES + changes.length * MAX_LEVEL_CHANGE_BYTES;
        const bytes = encoded(room, (out, at) => {
          writer.begin(instrumentId, sequenceNumber, out, at);
          for (const { side, price, qty, orderCount } of changes) writer.change(side, price, qty, orderCount);
          return writer.finish();
        });
        expect(bytes).toEqual(oracle({ bookDelta: { instrumentId, sequenceNumber, changes } }));
      }),
    );
  });
});

function reportBytes(e: Partial<Event>, engine = 0): number[] {
  writeEvent({ ...QUIET, ...e });
  return encoded(MAX_EXECUTION_REPORT_BYTES, (out, at) => encodeExecutionReport(i32, f64, BASE, engine, 5, 6, out, at));
}

describe("an ExecutionReport", () => {
  test("of nothing but zeros is an empty message", () => {
    expect(reportBytes({})).toEqual([2, 0x0a, 0]);
  });

  test("of the longest kind without text and receipt needs no longer length", () => {
    const id = Number.MAX_SAFE_INTEGER;
    const codes = { execType: ExecType.Trade, orderStatus: 255, side: 255, orderType: 255, timeInForce: 255 };
    const ids = { orderId: id, clientOrderId: id, origOrTradeId: id, sequence: id, time: id };
    const terms = { instrumentId: -1, price: -1, orderQty: -1, cumQty: -1, leavesQty: -1, lastPx: -1, lastQty: -1 };
    const bytes = reportBytes({ ...codes, ...ids, ...terms, sessionSequence: -1 }, 15);
    expect(bytes[0]).toBe(bytes.length - 1);
  });

  test("has a receipt only when the client asked for it, even one of zeros", () => {
    expect(reportBytes({ flags: EventFlag.Stamped, gatewayInNs: 9 })).toEqual([2, 0x0a, 0]);
    expect(reportBytes({ flags: EventFlag.Receipt })).toEqual([9, 0x0a, 7, 0xba, 1, 4, 0x20, 5, 0x28, 6]);
  });

  test("does not tell the previous price of a replaced order as a last price", () => {
    expect(reportBytes({ execType: ExecType.Replaced, lastPx: 100 })).toEqual([4, 0x0a, 2, 0x10, ExecType.Replaced]);
  });

  test("says why an order was canceled or expired, not as a rejection", () => {
    for (const execType of [ExecType.Canceled, ExecType.Expired]) {
      const reason = CancelReason.Deadline as number as RejectReason;
      expect(reportBytes({ execType, reason })).toEqual([7, 0x0a, 5, 0x10, execType, 0xc0, 1, CancelReason.Deadline]);
    }
  });

  test("has a trigger price when the order has one", () => {
    const { New } = ExecType;
    expect(reportBytes({ execType: New })).toEqual([4, 0x0a, 2, 0x10, New]);
    expect(reportBytes({ execType: New, lastPx: 5 })).toEqual([7, 0x0a, 5, 0x10, New, 0xc8, 1, 5]);
  });

  test("leaves an id out that did not fit", () => {
    expect(reportBytes({ clientOrderId: -1 })).toEqual([2, 0x0a, 0]);
  });
});

test("every reject text is short enough for a length of one byte", () => {
  for (const text of REJECT_TEXTS) expect(new TextEncoder().encode(text).length).toBeLessThan(128);
});

test("the kinds of order commands are the request types", () => {
  expect(command.CommandKind).toMatchObject({
    NewOrder: RequestType.NewOrder,
    CancelOrder: RequestType.CancelOrder,
    ReplaceOrder: RequestType.ReplaceOrder,
    MassCancel: RequestType.MassCancel,
  });
});
