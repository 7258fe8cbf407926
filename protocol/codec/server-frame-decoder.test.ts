import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assert } from "../assert.ts";
import { decodeServerFrameCold, encodeServerFrame, fairlead } from "./cold-codec.ts";
import {
  BOOK_DELTA,
  COLD_FRAME,
  EXECUTION_REPORT,
  MALFORMED,
  TRADE,
  decodeServerFrame,
} from "./server-frame-decoder.ts";
import { ServerFrameView } from "./server-frame-view.ts";
import {
  anyColdServerFrame,
  anyHotServerFrame,
  anyServerFrame,
  mutated,
  rawFields,
  varintBytes,
  wireEdits,
} from "./testing/wire-arbitraries.ts";

/** Used over and over, as a client does: what is left of the frame before shows up. */
const view = new ServerFrameView();

const RECEIPT_STAGES = ["gatewayInNs", "ringWaitNs", "matchingNs", "ringOutNs", "gatewayOutNs"] as const;

const own = <T extends object>(object: T, keys: readonly (keyof T)[]) =>
  Object.fromEntries(keys.map((key) => [key, object[key]]));

const REPORT_FIELDS = [
  ...(["sessionSequence", "execType", "orderStatus", "orderId", "clientOrderId", "origClientOrderId"] as const),
  ...(["instrumentId", "side", "price", "orderQty", "cumQty", "leavesQty", "lastPx", "lastQty", "tradeId"] as const),
  ...(["rejectReason", "sequenceNumber", "transactTime", "orderType", "timeInForce", "text", "engine"] as const),
  ...(["cancelReason", "triggerPrice", "contraOrderId"] as const),
];
const TRADE_FIELDS = ["instrumentId", "tradeId", "price", "qty", "aggressorSide", "transactTime"] as const;

function hot(bytes: Uint8Array): unknown {
  switch (decodeServerFrame(bytes, 0, bytes.length, view)) {
    case EXECUTION_REPORT: {
      const { executionReport: report } = view;
      return { ...own(report, REPORT_FIELDS), ...own(report, RECEIPT_STAGES), hasReceipt: report.hasReceipt };
    }
    case BOOK_DELTA: {
      const { bookDelta: delta } = view;
      const changes = Array.from({ length: delta.changeCount }, (_, i) => ({
        side: delta.side(i),
        price: delta.price(i),
        qty: delta.qty(i),
        orderCount: delta.orderCount(i),
      }));
      return { instrumentId: delta.instrumentId, sequenceNumber: delta.sequenceNumber, changes };
    }
    case TRADE:
      return own(view.trade, TRADE_FIELDS);
    case MALFORMED:
      return MALFORMED;
    default:
      return COLD_FRAME;
  }
}

/** What a view shows for a uint64 that a number may not hold. */
function exactOrMarked(value: unknown): unknown {
  if (typeof value === "number") return value <= Number.MAX_SAFE_INTEGER ? value : -1;
  if (Array.isArray(value)) return value.map(exactOrMarked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, exactOrMarked(field)]));
}

const OPTIONS = { defaults: true, arrays: true };

function oracle(bytes: Uint8Array): unknown {
  let frame: fairlead.v1.ServerFrame;
  try {
    frame = fairlead.v1.ServerFrame.decode(bytes);
  } catch {
    return MALFORMED;
  }
  const { executionReport, bookDelta, trade } = fairlead.v1.ServerFrame.toObject(frame, OPTIONS);
  if (executionReport) {
    const { receipt, ...fields } = executionReport;
    const stages = receipt ?? Object.fromEntries(RECEIPT_STAGES.map((stage) => [stage, 0]));
    return exactOrMarked({ ...fields, ...stages, hasReceipt: Boolean(receipt) });
  }
  return exactOrMarked(bookDelta ?? trade ?? COLD_FRAME);
}

function expectAgreement(bytes: Uint8Array): void {
  const answer = hot(bytes);
  expect(answer === COLD_FRAME ? oracle(bytes) : answer).toEqual(oracle(bytes));
}

const encode = (frame: fairlead.v1.ServerFrame.$Properties) => fairlead.v1.ServerFrame.encode(frame).finish();

describe("what protobufjs encodes", () => {
  test("a report, a delta and a trade come out with the same fields", () => {
    fc.assert(
      fc.property(anyHotServerFrame, (frame) => {
        const answer = hot(encode(frame));
        expect(answer).not.toBe(COLD_FRAME);
        expect(answer).toEqual(oracle(encode(frame)));
      }),
      { numRuns: 1000 },
    );
  });

  test("a delta with more changes than any before comes out whole", () => {
    const changes = Array.from({ length: 1000 }, (_, i) => ({ side: 1, price: i, qty: 2 ** 40 + i, orderCount: i }));
    const bytes = encode({ bookDelta: { changes } });
    expect(hot(bytes)).toEqual(oracle(bytes));
  });

  test("every other frame is left to the cold path", () => {
    fc.assert(
      fc.property(anyColdServerFrame, (frame) => {
        expect(hot(encode(frame))).toBe(COLD_FRAME);
      }),
    );
  });
});

describe("what a venue never sends", () => {
  test("any mix of fields of any wire type agrees with protobufjs", () => {
    fc.assert(
      fc.property(rawFields, fc.constantFrom(1, 3, 4, 2, 12, 13, 15), rawFields, (inner, message, outer) => {
        expectAgreement(new Uint8Array([(message << 3) | 2, ...varintBytes(inner.length), ...inner, ...outer]));
        expectAgreement(new Uint8Array([...outer, (message << 3) | 2, ...varintBytes(inner.length), ...inner]));
      }),
      { numRuns: 2000 },
    );
  });

  test("every wire type on every field number agrees with protobufjs", () => {
    for (const message of [1, 3, 4]) {
      for (let tag = 0; tag < 256; tag++) {
        for (const value of [[5], [0x85, 0], [2, 8, 1], [2, 0xc3, 0x28], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8], []]) {
          const inner = [...(tag < 128 ? [tag] : [tag, 1]), ...value];
          expectAgreement(new Uint8Array([(message << 3) | 2, inner.length, ...inner]));
        }
      }
    }
  });

  test("a frame cut at any byte agrees with protobufjs", () => {
    fc.assert(
      fc.property(anyHotServerFrame, (frame) => {
        const bytes = encode(frame);
        for (let length = 0; length < bytes.length; length++) expectAgreement(bytes.subarray(0, length));
      }),
      { numRuns: 30 },
    );
  });

  test("random damage gives the same verdict and the same values as protobufjs", () => {
    fc.assert(
      fc.property(anyServerFrame, wireEdits, (frame, edits) => expectAgreement(mutated(encode(frame), edits))),
      { numRuns: 3000 },
    );
  });

  test("a second message in a frame goes the cold path, whatever its number", () => {
    for (const second of [
      [0x12, 0],
      [0x6a, 0],
      [0x7a, 0],
      [0x82, 1, 0],
    ]) {
      expect(hot(Uint8Array.of(0x0a, 2, 0x10, 1, ...second))).toBe(COLD_FRAME);
    }
  });

  test("text that is not UTF-8 is left to the cold path, which refuses it", () => {
    const bytes = Uint8Array.of(0x0a, 5, 0xaa, 0x01, 2, 0xc3, 0x28);
    expect(hot(bytes)).toBe(COLD_FRAME);
    expect(oracle(bytes)).toBe(MALFORMED);
  });
});

test("a frame in the middle of a buffer is read within its bounds", () => {
  fc.assert(
    fc.property(anyHotServerFrame, fc.uint8Array({ maxLength: 20 }), (frame, around) => {
      const bytes = encode(frame);
      const buffer = new Uint8Array([...around, ...bytes, ...around]);
      const inPlace = decodeServerFrame(buffer, around.length, around.length + bytes.length, view);
      expect(inPlace).toBe(decodeServerFrame(bytes, 0, bytes.length, view));
      expect(inPlace).toBeGreaterThan(COLD_FRAME);
    }),
  );
});

test("the cold path gives back what it encoded", () => {
  fc.assert(
    fc.property(anyServerFrame, (frame) => {
      const bytes = encodeServerFrame(frame);
      const prefix = bytes.findIndex((byte) => byte < 128) + 1;
      const decoded = decodeServerFrameCold(bytes, prefix, bytes.length);
      assert(typeof decoded !== "number", "the cold codec reads what it wrote");
      expect(encodeServerFrame(decoded)).toEqual(bytes);
    }),
  );
});
