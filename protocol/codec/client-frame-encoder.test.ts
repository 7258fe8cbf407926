import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AssertionError } from "../assert.ts";
import {
  MAX_ORDER_FRAME_BYTES,
  encodeCancelOrder,
  encodeMassCancel,
  encodeNewOrder,
  encodeReplaceOrder,
  type NewOrderFields,
} from "./client-frame-encoder.ts";
import { encodeClientFrame } from "./cold-codec.ts";
import { anyEnum, anyId, anyInt32, anyUint32, orderTermFields } from "./testing/wire-arbitraries.ts";

const AT = 5;

/** Encodes behind AT bytes with exactly the room that is promised to be enough. */
function encoded<T>(encode: (fields: T, out: Uint8Array, at: number) => number, fields: T): number[] {
  const out = new Uint8Array(AT + MAX_ORDER_FRAME_BYTES);
  const end = encode(fields, out, AT);
  expect(end).toBeLessThanOrEqual(out.length);
  return [...out.subarray(AT, end)];
}

const anyNewOrder = fc.record(
  {
    clientOrderId: anyId,
    instrumentId: anyUint32,
    side: anyEnum,
    orderType: anyEnum,
    timeInForce: anyEnum,
    price: anyInt32,
    orderQty: anyUint32,
    receipt: fc.boolean(),
  },
  { requiredKeys: ["clientOrderId", "instrumentId", "side", "orderQty"] },
);
const anyTerms = fc.record({ ...orderTermFields, expireTime: anyId, quoteAmount: anyId }, { requiredKeys: [] });
const anyCancelOrder = fc.record(
  { clientOrderId: anyId, origClientOrderId: anyId, instrumentId: anyUint32, receipt: fc.boolean() },
  { requiredKeys: ["origClientOrderId", "instrumentId"] },
);
const anyReplaceOrder = fc.record(
  {
    clientOrderId: anyId,
    origClientOrderId: anyId,
    instrumentId: anyUint32,
    price: anyInt32,
    orderQty: anyUint32,
    receipt: fc.boolean(),
    replaceMode: anyEnum,
    triggerPrice: anyInt32,
    displayQty: anyUint32,
  },
  { requiredKeys: ["origClientOrderId", "instrumentId", "price", "orderQty"] },
);
const anyMassCancel = fc.record(
  {
    clientOrderId: anyId,
    instrumentId: anyUint32,
    side: anyEnum,
    account: anyUint32,
    priceFrom: anyInt32,
    priceTo: anyInt32,
  },
  { requiredKeys: [] },
);

test("the bytes are those of protobufjs", () => {
  fc.assert(
    fc.property(
      anyNewOrder,
      anyCancelOrder,
      anyReplaceOrder,
      anyMassCancel,
      (newOrder, cancelOrder, replaceOrder, massCancel) => {
        expect(encoded(encodeNewOrder, newOrder)).toEqual([...encodeClientFrame({ newOrder })]);
        expect(encoded(encodeCancelOrder, cancelOrder)).toEqual([...encodeClientFrame({ cancelOrder })]);
        expect(encoded(encodeReplaceOrder, replaceOrder)).toEqual([...encodeClientFrame({ replaceOrder })]);
        expect(encoded(encodeMassCancel, massCancel)).toEqual([...encodeClientFrame({ massCancel })]);
      },
    ),
    { numRuns: 1000 },
  );
});

test("the bytes of an order with terms are those of protobufjs", () => {
  fc.assert(
    fc.property(anyNewOrder, anyTerms, (order, terms) => {
      const newOrder = { ...order, ...terms };
      expect(encoded(encodeNewOrder, { ...order, terms } as NewOrderFields)).toEqual([
        ...encodeClientFrame({ newOrder }),
      ]);
    }),
    { numRuns: 1000 },
  );
});

test("the longest order fits the room that is promised", () => {
  const longest = { id: Number.MAX_SAFE_INTEGER, uint: 2 ** 32 - 1, int: -1, on: true } as const;
  const { id, uint, int, on } = longest;
  const trigger = { triggerPrice: int, triggerBy: int, trailingDistance: uint, protection: uint };
  const peg = { pegOffset: -(2 ** 31), offsetInBps: on, pegReference: int };
  const size = { displayQty: uint, displayVariance: uint, hidden: on, allOrNone: on, minQty: uint };
  const rest = {
    postOnly: int,
    selfTradePrevention: int,
    account: uint,
    tradeGroup: uint,
    expireTime: id,
    quoteAmount: id,
  };
  const order = { clientOrderId: id, instrumentId: uint, side: int, orderType: int, timeInForce: int, price: int };
  const terms = { ...trigger, ...peg, ...size, ...rest } as object;
  const bytes = encoded(encodeNewOrder, { ...order, orderQty: uint, receipt: on, terms });
  expect(bytes.length).toBeGreaterThan(MAX_ORDER_FRAME_BYTES - 10);
});

test("a number that would arrive as another one is not sent", () => {
  const order = { clientOrderId: 1, instrumentId: 1, side: 1, price: 100, orderQty: 10 };
  for (const wrong of [
    { clientOrderId: 2 ** 53 },
    { clientOrderId: -1 },
    { clientOrderId: Number.NaN },
    { price: 100.5 },
    { price: 2 ** 31 },
    { orderQty: 0.1 },
    { orderQty: -1 },
    { orderQty: 2 ** 32 },
    { side: 2 ** 31 },
    { instrumentId: Infinity },
    { terms: { quoteAmount: 2 ** 53 } },
    { terms: { account: -1 } },
    { terms: { pegOffset: 0.5 } },
  ]) {
    expect(() => encoded(encodeNewOrder, { ...order, ...wrong }), JSON.stringify(wrong)).toThrow(AssertionError);
  }
});
