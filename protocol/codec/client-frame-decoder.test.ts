import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assert } from "../assert.ts";
import { MAX_ID } from "../limits.ts";
import {
  Contingency,
  OrderType,
  PegReference,
  PostOnly,
  ReplaceMode,
  SelfTradePrevention,
  TriggerBy,
} from "../codes.ts";
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
  CMD_QUOTE_AMOUNT,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  RECORD_BYTES,
} from "../record/command-record.ts";
import { COLD_FRAME, MALFORMED, decodeClientFrame, writeCommand, writeListedOrder } from "./client-frame-decoder.ts";
import { decodeClientFrameCold, fairlead } from "./cold-codec.ts";
import {
  anyClientFrame,
  anyOrderFrame,
  anyOrderList,
  mutated,
  rawFields,
  varintBytes,
  wireEdits,
} from "./testing/wire-arbitraries.ts";

const BASE = 32;

interface Slot {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
}

/** A slot with garbage in it: what a decoder does not write shows up. */
function usedSlot(): Slot {
  const buffer = new ArrayBuffer(3 * RECORD_BYTES);
  new Uint8Array(buffer).fill(0x5a);
  return { i32: new Int32Array(buffer), f64: new Float64Array(buffer) };
}

function fieldsOf({ i32, f64 }: Slot) {
  const isExtended = ((i32[BASE + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
  return {
    head: i32[BASE + CMD_HEAD],
    instrumentId: i32[BASE + CMD_INSTRUMENT_ID],
    flags: i32[BASE + CMD_FLAGS],
    clientOrderId: f64[(BASE >> 1) + CMD_CLIENT_ORDER_ID],
    origClientOrderId: f64[(BASE >> 1) + CMD_ORIG_CLIENT_ORDER_ID],
    price: i32[BASE + CMD_PRICE],
    orderQty: i32[BASE + CMD_ORDER_QTY],
    link: i32[BASE + CMD_LINK],
    terms: isExtended ? termsOf({ i32, f64 }) : undefined,
  };
}

/** Bytes 80 … 127, which only an extended order has. */
function termsOf({ i32, f64 }: Slot) {
  return {
    triggerPrice: i32[BASE + CMD_TRIGGER_PRICE],
    displayQty: i32[BASE + CMD_DISPLAY_QTY],
    minQty: i32[BASE + CMD_MIN_QTY],
    offset: i32[BASE + CMD_OFFSET],
    displayVariance: i32[BASE + CMD_DISPLAY_VARIANCE],
    account: i32[BASE + CMD_ACCOUNT],
    tradeGroup: i32[BASE + CMD_TRADE_GROUP],
    options: i32[BASE + CMD_OPTIONS],
    quoteAmount: f64[(BASE >> 1) + CMD_QUOTE_AMOUNT],
    expireTime: f64[(BASE >> 1) + CMD_EXPIRE_TIME],
  };
}

type Outcome = number | ReturnType<typeof fieldsOf>;

function hot(bytes: Uint8Array, start = 0, end = bytes.length): Outcome {
  const slot = usedSlot();
  const answer = decodeClientFrame(bytes, start, end, slot.i32, slot.f64, BASE);
  return answer > 0 ? fieldsOf(slot) : answer;
}

/** The same through protobufjs: MALFORMED where it throws, COLD_FRAME for what is no order. */
function oracle(bytes: Uint8Array): Outcome {
  let frame: fairlead.v1.ClientFrame;
  try {
    frame = fairlead.v1.ClientFrame.decode(bytes);
  } catch {
    return MALFORMED;
  }
  const slot = usedSlot();
  return writeCommand(frame, slot.i32, slot.f64, BASE) === COLD_FRAME ? COLD_FRAME : fieldsOf(slot);
}

/** The hot decoder may leave a frame to the cold path, but never contradicts it. */
function expectAgreement(bytes: Uint8Array): void {
  const answer = hot(bytes);
  expect(answer === COLD_FRAME ? oracle(bytes) : answer).toEqual(oracle(bytes));
}

const encode = (frame: fairlead.v1.ClientFrame.$Properties) => fairlead.v1.ClientFrame.encode(frame).finish();

describe("what protobufjs encodes", () => {
  test("an order message comes out with the same fields", () => {
    fc.assert(
      fc.property(anyOrderFrame, (frame) => {
        const bytes = encode(frame);
        const answer = hot(bytes);
        expect(answer).not.toBe(COLD_FRAME);
        expect(answer).toEqual(oracle(bytes));
      }),
    );
  });

  test("a frame in the middle of a buffer is read within its bounds", () => {
    fc.assert(
      fc.property(anyOrderFrame, fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (frame, a, b) => {
        const bytes = encode(frame);
        const around = new Uint8Array([...a, ...bytes, ...b]);
        expect(hot(around, a.length, a.length + bytes.length)).toEqual(hot(bytes));
      }),
    );
  });

  test("every other frame is left to the cold path", () => {
    fc.assert(
      fc.property(anyClientFrame, (frame) => {
        const bytes = encode(frame);
        expect(hot(bytes) === COLD_FRAME).toBe(oracle(bytes) === COLD_FRAME);
      }),
    );
  });
});

const newOrder = (fields: fairlead.v1.NewOrder.$Properties) => hot(encode({ newOrder: fields }));

describe("numbers", () => {
  test.each([0, 1, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 32, 2 ** 35, 2 ** 42, 2 ** 49, MAX_ID])(
    "id %d is exact",
    (id) => {
      expect(newOrder({ clientOrderId: id })).toMatchObject({ clientOrderId: id });
    },
  );

  test.each([MAX_ID + 1, 2 ** 54, 2 ** 56, 2 ** 63, 2 ** 64 - 2048])("id %d does not fit and is marked", (id) => {
    expect(newOrder({ clientOrderId: id })).toMatchObject({ clientOrderId: -1 });
  });

  test("the largest id on the wire is marked", () => {
    const bytes = Uint8Array.of(0x0a, 11, 0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1);
    expect(hot(bytes)).toMatchObject({ clientOrderId: -1 });
  });

  test("of the tenth byte of an id only the lowest bit counts", () => {
    for (const [last, clientOrderId] of [
      [0, 5],
      [1, -1],
      [2, 5],
    ] as const) {
      const bytes = Uint8Array.of(0x0a, 11, 0x08, 0x85, 128, 128, 128, 128, 128, 128, 128, 128, last);
      expect(hot(bytes)).toMatchObject({ clientOrderId });
      expectAgreement(bytes);
    }
  });

  test("prices are signed", () => {
    expect(newOrder({ price: 2 ** 31 - 1 })).toMatchObject({ price: 2 ** 31 - 1 });
    expect(newOrder({ price: -1 })).toMatchObject({ price: -1 });
    expect(newOrder({ price: -(2 ** 31) })).toMatchObject({ price: -(2 ** 31) });
  });

  test("a quantity of 2^31 or more is negative in the record", () => {
    expect(newOrder({ orderQty: 2 ** 31 - 1 })).toMatchObject({ orderQty: 2 ** 31 - 1 });
    expect(newOrder({ orderQty: 2 ** 31 })).toMatchObject({ orderQty: -(2 ** 31) });
    expect(newOrder({ orderQty: 2 ** 32 - 1 })).toMatchObject({ orderQty: -1 });
  });

  test("a code that no byte holds is 255, never another code", () => {
    for (const side of [-1, 255, 256, 257, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(newOrder({ side })).toMatchObject({ head: 1 | (255 << 8) });
    }
  });
});

const NO_TERMS = {
  triggerPrice: 0,
  displayQty: 0,
  minQty: 0,
  offset: 0,
  displayVariance: 0,
  account: 0,
  tradeGroup: 0,
  options: 0,
  quoteAmount: 0,
  expireTime: 0,
};

describe("terms beyond those of a plain order", () => {
  const EXTENDED = CommandFlag.Extended;

  test("are not written for an order that has none, nor for one whose terms are all zero", () => {
    const plain = { clientOrderId: 1, instrumentId: 2, side: 1, price: 3, orderQty: 4, receipt: true };
    expect(newOrder(plain)).toMatchObject({ flags: CommandFlag.Receipt, terms: undefined });
    expect(hot(Uint8Array.of(0x0a, 7, 0x48, 0, 0x90, 1, 0, 0x38, 4))).toMatchObject({ flags: 0, terms: undefined });
    expect(hot(Uint8Array.of(0x1a, 4, 0x38, 0, 0x40, 0))).toMatchObject({ flags: 0, terms: undefined });
  });

  test("are all written where there is one, the absent ones as zero", () => {
    expect(newOrder({ minQty: 5 })).toMatchObject({ flags: EXTENDED, terms: { ...NO_TERMS, minQty: 5 } });
    expect(newOrder({ hidden: true })).toMatchObject({ flags: EXTENDED | CommandFlag.Hidden, terms: NO_TERMS });
    expect(newOrder({ allOrNone: true })).toMatchObject({ flags: EXTENDED | CommandFlag.AllOrNone, terms: NO_TERMS });
    expect(hot(encode({ replaceOrder: { displayQty: 3 } }))).toMatchObject({ terms: { ...NO_TERMS, displayQty: 3 } });
    expect(hot(encode({ massCancel: { account: 7 } }))).toMatchObject({ terms: { ...NO_TERMS, account: 7 } });
  });

  test("that are codes lie in a byte each, and one that does not fit there is 255", () => {
    const options = { postOnly: PostOnly.Slide, selfTradePrevention: SelfTradePrevention.Decrement };
    const references = { triggerBy: TriggerBy.BestPrice, pegReference: PegReference.Mid };
    expect(newOrder({ ...options, ...references })).toMatchObject({ terms: { options: 0x03_02_04_02 } });
    for (const triggerBy of [-1, 255, 256, 258, 2 ** 31 - 1] as TriggerBy[]) {
      expect(newOrder({ triggerBy })).toMatchObject({ terms: { options: 255 << 16 } });
    }
    const replaceOrder = { replaceMode: ReplaceMode.NewLeaves };
    expect(hot(encode({ replaceOrder }))).toMatchObject({ terms: { options: ReplaceMode.NewLeaves } });
  });

  test("that do not fit are negative, or -1 with 64 bits", () => {
    expect(newOrder({ account: 2 ** 32 - 1, displayQty: 2 ** 31 })).toMatchObject({
      terms: { account: -1, displayQty: -(2 ** 31) },
    });
    expect(newOrder({ quoteAmount: 2 ** 53, expireTime: 2 ** 63 })).toMatchObject({
      terms: { quoteAmount: -1, expireTime: -1 },
    });
    expect(newOrder({ quoteAmount: MAX_ID, expireTime: 1 })).toMatchObject({
      terms: { quoteAmount: MAX_ID, expireTime: 1 },
    });
  });

  test.each([
    [OrderType.TrailingStop, { trailingDistance: 9 }, 9],
    [OrderType.Market, { protection: 9 }, 9],
    [OrderType.Limit, { protection: 9 }, 9],
    [OrderType.Pegged, { pegOffset: -9 }, -9],
    [OrderType.Pegged, { pegOffset: 9 }, 9],
    [OrderType.Pegged, { protection: 9 }, -(2 ** 31)],
    [OrderType.Market, { trailingDistance: 9 }, -(2 ** 31)],
    [OrderType.TrailingStop, { trailingDistance: 9, protection: 9 }, -(2 ** 31)],
  ])("of order type %i the offset of %j is %i", (orderType, fields, offset) => {
    expect(newOrder({ orderType, ...fields })).toMatchObject({ terms: { offset } });
  });

  test("an offset is that of its order type, also when the type comes after it", () => {
    expect(hot(Uint8Array.of(0x0a, 4, 0x58, 9, 0x20, OrderType.TrailingStop))).toMatchObject({ terms: { offset: 9 } });
  });

  test("the range of a mass cancel needs no terms", () => {
    expect(hot(encode({ massCancel: { priceFrom: 5, priceTo: 9, side: 1 } }))).toMatchObject({
      price: 5,
      orderQty: 9,
      terms: undefined,
    });
  });
});

describe("encodings that nobody promised to avoid", () => {
  test("any mix of fields, known and unknown, of any wire type agrees with protobufjs", () => {
    fc.assert(
      fc.property(rawFields, fc.integer({ min: 1, max: 10 }), rawFields, (inner, message, outer) => {
        expectAgreement(new Uint8Array([(message << 3) | 2, ...varintBytes(inner.length), ...inner, ...outer]));
        expectAgreement(new Uint8Array([...outer, (message << 3) | 2, ...varintBytes(inner.length), ...inner]));
      }),
      { numRuns: 2000 },
    );
  });

  test("unknown fields around and inside an order message are skipped", () => {
    const unknown = [0x7a, 3, 1, 2, 3, 0xf8, 0x01, 5, 0x7d, 1, 2, 3, 4, 0x79, 1, 2, 3, 4, 5, 6, 7, 8];
    const fields = [...unknown, 0x08, 7, ...unknown];
    expect(hot(new Uint8Array([...unknown, 0x0a, fields.length, ...fields, ...unknown]))).toMatchObject({
      clientOrderId: 7,
    });
  });

  test("every wire type on every field number agrees with protobufjs", () => {
    for (let message = 1; message <= 13; message++) {
      for (let tag = 0; tag < 256; tag++) {
        for (const value of [[5], [0x85, 0], [2, 8, 1], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8], []]) {
          const inner = [...(tag < 128 ? [tag] : [tag, 1]), ...value];
          expectAgreement(new Uint8Array([(message << 3) | 2, inner.length, ...inner]));
        }
      }
    }
  });

  test("a frame cut at any byte agrees with protobufjs", () => {
    fc.assert(
      fc.property(anyOrderFrame, (frame) => {
        const bytes = encode(frame);
        for (let length = 0; length < bytes.length; length++) {
          expectAgreement(bytes.subarray(0, length));
          expectAgreement(bytes.slice(0, length));
        }
      }),
      { numRuns: 50 },
    );
  });

  test("a message that claims to be longer or shorter than it is agrees with protobufjs", () => {
    fc.assert(
      fc.property(anyOrderFrame, fc.integer({ min: -3, max: 3 }), (frame, difference) => {
        const bytes = Uint8Array.from(encode(frame));
        bytes[1] = Math.max(0, (bytes[1] as number) + difference);
        expectAgreement(bytes);
      }),
    );
  });

  test("lengths up to 2^32-1 agree with protobufjs", () => {
    for (const length of [2 ** 14, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      const bytes = new Uint8Array([0x0a, ...varintBytes(length), 0x08, 1]);
      expect(hot(bytes)).toBe(MALFORMED);
      expectAgreement(bytes);
    }
  });

  test("varints padded with zeros up to ten bytes are read, longer ones are malformed", () => {
    for (let padding = 0; padding <= 12; padding++) {
      for (const field of [0x08, 0x10, 0x18, 0x30, 0x38, 0x40, 0x48, 0x50, 0x68, 0x70]) {
        const inner = padding === 0 ? [field, 1] : [field, 0x81, ...Array<number>(padding - 1).fill(0x80), 0];
        const bytes = new Uint8Array([0x0a, inner.length, ...inner]);
        expect(hot(bytes) === MALFORMED, `field ${field}, padding ${padding}`).toBe(padding > 9);
        expectAgreement(bytes);
      }
    }
  });

  test("a field that comes twice has its last value, zero included", () => {
    expect(hot(Uint8Array.of(0x0a, 4, 0x30, 5, 0x30, 0))).toMatchObject({ price: 0 });
    expect(hot(Uint8Array.of(0x0a, 6, 0x40, 1, 0x18, 2, 0x40, 0))).toMatchObject({ flags: 0 });
    expect(hot(Uint8Array.of(0x0a, 4, 0x18, 2, 0x18, 1))).toMatchObject({ head: 1 | (1 << 8) });
  });

  test("two messages in one frame go the cold path", () => {
    expect(hot(Uint8Array.of(0x0a, 2, 0x30, 5, 0x0a, 2, 0x38, 9))).toBe(COLD_FRAME);
    expect(hot(Uint8Array.of(0x0a, 2, 0x30, 5, 0x12, 0))).toBe(COLD_FRAME);
    expect(hot(Uint8Array.of(0x3a, 0, 0x0a, 0))).toBe(COLD_FRAME);
  });

  test("groups and padded tags go the cold path", () => {
    expect(hot(Uint8Array.of(0x0a, 2, 0x7b, 0x7c))).toBe(COLD_FRAME);
    expect(hot(Uint8Array.of(0x0a, 3, 0x88, 0x00, 1))).toBe(COLD_FRAME);
    expect(hot(Uint8Array.of(0x8a, 0x00, 2, 0x08, 1))).toBe(COLD_FRAME);
  });

  test("random damage gives the same verdict and the same values as protobufjs", () => {
    fc.assert(
      fc.property(anyClientFrame, wireEdits, (frame, edits) => expectAgreement(mutated(encode(frame), edits))),
      { numRuns: 5000 },
    );
  });

  test("random bytes give the same verdict as protobufjs", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => expectAgreement(bytes)),
      { numRuns: 5000 },
    );
  });
});

test("the cold path fills a record with the same fields", () => {
  fc.assert(
    fc.property(anyOrderFrame, (frame) => {
      const cold = decodeClientFrameCold(encode(frame), 0, encode(frame).length);
      assert(typeof cold !== "number", "the cold codec reads what protobufjs wrote");
      const slot = usedSlot();
      expect(writeCommand(cold, slot.i32, slot.f64, BASE)).toBeGreaterThan(0);
      expect(fieldsOf(slot)).toEqual(hot(encode(frame)));
    }),
  );
});

test("each order of a list is written like an order alone, and says where in the list it is", () => {
  fc.assert(
    fc.property(anyOrderList, (list) => {
      const orders = list.orders ?? [];
      for (const [place, order] of orders.entries()) {
        const slot = usedSlot();
        writeListedOrder(order, list.contingency, place, orders.length, slot.i32, slot.f64, BASE);
        const { link, flags, terms, ...fields } = fieldsOf(slot);
        const alone = hot(encode({ newOrder: order }));
        assert(typeof alone !== "number", "an order alone is read");
        expect({ ...fields, link: 0 }).toEqual({ ...alone, flags: undefined, terms: undefined });
        expect(flags).toBe((alone.flags ?? 0) | CommandFlag.Extended);
        expect(terms).toEqual(alone.terms ?? NO_TERMS);
        const contingency: number = list.contingency ?? 0;
        const code = contingency >= 0 && contingency < 255 ? contingency : 255;
        expect(link).toBe(code + place * 2 ** 8 + orders.length * 2 ** 16);
      }
    }),
  );
  const slot = usedSlot();
  writeListedOrder({ clientOrderId: 1 }, Contingency.Bracket, 2, 3, slot.i32, slot.f64, BASE);
  expect(fieldsOf(slot)).toMatchObject({ link: 0x03_02_03 });
});
