/** What the property tests of the codecs are fed with: messages at the edges of their numbers, and damaged bytes. */
import * as fc from "fast-check";
import { MAX_ID } from "../../limits.ts";
import type { fairlead } from "../cold-codec.ts";

const POWERS = Array.from({ length: 53 }, (_, exponent) => 2 ** exponent);
const EDGES = POWERS.flatMap((power) => [power - 1, power, power + 1]);

function edgesWithin(min: number, max: number): fc.Arbitrary<number> {
  return fc.constantFrom(...EDGES.flatMap((edge) => [edge, 0 - edge]).filter((edge) => edge >= min && edge <= max));
}

export const anyUint32 = fc.oneof(edgesWithin(0, 2 ** 32 - 1), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
export const anyInt32 = fc.oneof(edgesWithin(-(2 ** 31), 2 ** 31 - 1), fc.integer());
/** What a record holds: never more than 2^53−1. */
export const anyId = fc.oneof(edgesWithin(0, MAX_ID), fc.integer({ min: 0, max: MAX_ID }));
/** Whatever a double can hold of a uint64. */
export const anyUint64 = fc.oneof(anyId, fc.constantFrom(2 ** 53, 2 ** 54, 2 ** 60, 2 ** 63, 2 ** 64 - 2048));
export const anyEnum = fc.oneof(
  fc.integer({ min: 0, max: 16 }),
  fc.constantFrom(-1, 127, 128, 254, 255, 256, 2 ** 31 - 1),
);

/** Fields are absent at random, or present and zero. */
function message<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

const plainOrderFields = {
  clientOrderId: anyUint64,
  instrumentId: anyUint32,
  side: anyEnum,
  orderType: anyEnum,
  timeInForce: anyEnum,
  price: anyInt32,
  orderQty: anyUint32,
  receipt: fc.boolean(),
};

/** What an order has beyond a plain limit order. Most terms of most orders are absent. */
export const orderTermFields = {
  triggerPrice: anyInt32,
  triggerBy: anyEnum,
  trailingDistance: anyUint32,
  protection: anyUint32,
  pegOffset: anyInt32,
  offsetInBps: fc.boolean(),
  pegReference: anyEnum,
  displayQty: anyUint32,
  displayVariance: anyUint32,
  hidden: fc.boolean(),
  allOrNone: fc.boolean(),
  minQty: anyUint32,
  postOnly: anyEnum,
  selfTradePrevention: anyEnum,
  account: anyUint32,
  tradeGroup: anyUint32,
};
const newOrder = fc.oneof(
  message(plainOrderFields),
  message({ ...plainOrderFields, ...orderTermFields, expireTime: anyUint64, quoteAmount: anyUint64 }),
  // Of a term alone each must be seen to make the order an extended one.
  fc.constantFrom(...Object.entries(orderTermFields)).chain(([name, value]) => message({ [name]: value })),
);
const cancelOrder = message({
  clientOrderId: anyUint64,
  origClientOrderId: anyUint64,
  instrumentId: anyUint32,
  receipt: fc.boolean(),
});
const replaceOrder = message({
  clientOrderId: anyUint64,
  origClientOrderId: anyUint64,
  instrumentId: anyUint32,
  price: anyInt32,
  orderQty: anyUint32,
  receipt: fc.boolean(),
  replaceMode: anyEnum,
  triggerPrice: anyInt32,
  displayQty: anyUint32,
});
const massCancel = message({
  clientOrderId: anyUint64,
  instrumentId: anyUint32,
  side: anyEnum,
  account: anyUint32,
  priceFrom: anyInt32,
  priceTo: anyInt32,
});

export const anyOrderFrame: fc.Arbitrary<fairlead.v1.ClientFrame.$Properties> = fc.oneof(
  newOrder.map((fields) => ({ newOrder: fields })),
  cancelOrder.map((fields) => ({ cancelOrder: fields })),
  replaceOrder.map((fields) => ({ replaceOrder: fields })),
  massCancel.map((fields) => ({ massCancel: fields })),
);

export const anyOrderList: fc.Arbitrary<fairlead.v1.NewOrderList.$Properties> = message({
  contingency: anyEnum,
  orders: fc.array(newOrder, { maxLength: 4 }),
});

const text = fc.string({ unit: "grapheme", maxLength: 200 });

const instrumentDefinition = message({
  instrumentId: anyUint32,
  symbol: text,
  priceDecimals: anyUint32,
  tickSize: anyUint32,
  qtyDecimals: anyUint32,
  lotSize: anyUint32,
  maxPrice: anyInt32,
  maxOrderQty: anyUint32,
  phase: anyEnum,
  engine: anyUint32,
  priceSteps: fc.array(message({ fromPrice: anyInt32, step: anyInt32 }), { maxLength: 3 }),
  qtyStep: anyUint32,
  minNotional: anyId,
  maxNotional: anyId,
  maxDeviationBps: anyUint32,
  staticBandBps: anyUint32,
  dynamicBandBps: anyUint32,
  volatilityPauseMs: anyUint32,
  referencePrice: anyInt32,
  allocation: anyEnum,
  proRataMinQty: anyUint32,
  topOrderMaxQty: anyUint32,
  schedule: fc.array(message({ secondOfDay: anyUint32, phase: anyEnum }), { maxLength: 3 }),
});

const operatorCommand: fc.Arbitrary<fairlead.v1.OperatorRequest.$Properties> = fc.oneof(
  message({ instrumentId: anyUint32, phase: anyEnum }).map((setPhase) => ({ setPhase })),
  message({ scope: anyEnum, account: anyUint32, instrumentId: anyUint32, release: fc.boolean() }).map((killSwitch) => ({
    killSwitch,
  })),
  message({
    instrumentId: anyUint32,
    side: anyEnum,
    account: anyUint32,
    priceFrom: anyInt32,
    priceTo: anyInt32,
    session: text,
  }).map((cancelOrders) => ({ cancelOrders })),
  message({ instrumentId: anyUint32, tradeId: anyId }).map((bustTrade) => ({ bustTrade })),
  message({ instrumentId: anyUint32, tradeId: anyId, price: anyInt32, qty: anyUint32 }).map((correctTrade) => ({
    correctTrade,
  })),
  instrumentDefinition.map((defineInstrument) => ({ defineInstrument })),
  message({ to: anyId }).map((advanceTime) => ({ advanceTime })),
);

export const anyOperatorRequest: fc.Arbitrary<fairlead.v1.OperatorRequest.$Properties> = fc
  .tuple(anyId, operatorCommand)
  .map(([requestId, command]) => Object.assign({ requestId }, command));

export const anySessionFrame: fc.Arbitrary<fairlead.v1.ClientFrame.$Properties> = fc.oneof(
  message({
    session: text,
    protocolVersion: anyUint32,
    heartbeatIntervalMs: anyUint32,
    cancelOnDisconnect: fc.boolean(),
  }).map((fields) => ({ logon: fields })),
  message({ reason: anyEnum, text }).map((fields) => ({ logout: fields })),
  message({ requestId: anyId, echoId: anyId }).map((fields) => ({ heartbeat: fields })),
  message({ instrumentId: anyUint32, channels: fc.array(anyEnum, { maxLength: 4 }) }).map((fields) => ({
    subscribe: fields,
  })),
  message({ instrumentId: anyUint32 }).map((fields) => ({ unsubscribe: fields })),
  fc.constant({ instrumentsRequest: {} }),
  anyOperatorRequest.map((operatorRequest) => ({ operatorRequest })),
);

const anyOrderListFrame: fc.Arbitrary<fairlead.v1.ClientFrame.$Properties> = anyOrderList.map((newOrderList) => ({
  newOrderList,
}));

export const anyClientFrame = fc.oneof(anyOrderFrame, anyOrderListFrame, anySessionFrame);

const receipt = message({
  gatewayInNs: anyUint32,
  ringWaitNs: anyUint32,
  matchingNs: anyUint32,
  ringOutNs: anyUint32,
  gatewayOutNs: anyUint32,
});
const executionReport = message({
  sessionSequence: anyUint32,
  execType: anyEnum,
  orderStatus: anyEnum,
  orderId: anyId,
  clientOrderId: anyId,
  origClientOrderId: anyId,
  instrumentId: anyUint32,
  side: anyEnum,
  price: anyInt32,
  orderQty: anyUint32,
  cumQty: anyUint32,
  leavesQty: anyUint32,
  lastPx: anyInt32,
  lastQty: anyUint32,
  tradeId: anyId,
  rejectReason: anyEnum,
  sequenceNumber: anyId,
  transactTime: anyId,
  orderType: anyEnum,
  timeInForce: anyEnum,
  text,
  engine: anyUint32,
  receipt,
  cancelReason: anyEnum,
  triggerPrice: anyInt32,
  contraOrderId: anyId,
});
const levelChange = message({ side: anyEnum, price: anyInt32, qty: anyId, orderCount: anyUint32 });
const bookDelta = message({
  instrumentId: anyUint32,
  sequenceNumber: anyId,
  changes: fc.array(levelChange, { maxLength: 20 }),
});
const trade = message({
  instrumentId: anyUint32,
  tradeId: anyId,
  price: anyInt32,
  qty: anyUint32,
  aggressorSide: anyEnum,
  transactTime: anyId,
});

/** The server frames that have a hand-written decoder. */
export const anyHotServerFrame: fc.Arbitrary<fairlead.v1.ServerFrame.$Properties> = fc.oneof(
  executionReport.map((fields) => ({ executionReport: fields })),
  bookDelta.map((fields) => ({ bookDelta: fields })),
  trade.map((fields) => ({ trade: fields })),
);

const levels = fc.array(message({ price: anyInt32, qty: anyId, orderCount: anyUint32 }), { maxLength: 5 });
const instruments = fc.array(instrumentDefinition, { maxLength: 3 });

export const anyOperatorReport: fc.Arbitrary<fairlead.v1.OperatorReport.$Properties> = message({
  requestId: anyId,
  rejectReason: anyEnum,
  count: anyUint32,
  text,
  sequenceNumber: anyId,
  transactTime: anyId,
  engine: anyUint32,
});

export const anyColdServerFrame: fc.Arbitrary<fairlead.v1.ServerFrame.$Properties> = fc.oneof(
  message({
    sessionSequence: anyUint32,
    requestType: anyEnum,
    rejectReason: anyEnum,
    clientOrderId: anyId,
    origClientOrderId: anyId,
    instrumentId: anyUint32,
    text,
    sequenceNumber: anyId,
    transactTime: anyId,
    engine: anyUint32,
  }).map((fields) => ({ businessReject: fields })),
  message({
    instrumentId: anyUint32,
    bidPrice: anyInt32,
    bidQty: anyId,
    offerPrice: anyInt32,
    offerQty: anyId,
  }).map((fields) => ({ bestBidOffer: fields })),
  message({
    instrumentId: anyUint32,
    sequenceNumber: anyId,
    bids: levels,
    offers: levels,
    last: fc.boolean(),
  }).map((fields) => ({ bookSnapshot: fields })),
  message({
    session: text,
    heartbeatIntervalMs: anyUint32,
    venue: text,
    maxFrameBytes: anyUint32,
    serverTime: anyId,
    durability: anyEnum,
    lastSessionSequence: fc.array(anyUint32, { maxLength: 4 }),
  }).map((fields) => ({ logonAccepted: fields })),
  message({ reason: anyEnum, text }).map((fields) => ({ logout: fields })),
  message({ requestId: anyId, echoId: anyId }).map((fields) => ({ heartbeat: fields })),
  message({ instruments, last: fc.boolean() }).map((fields) => ({ instrumentList: fields })),
  message({ state: anyEnum, serverTime: anyId }).map((fields) => ({ venueStatus: fields })),
  message({ clientOrderId: anyId, canceledCount: anyUint32, instrumentId: anyUint32, side: anyEnum }).map((fields) => ({
    massCancelReport: fields,
  })),
  message({
    instrumentId: anyUint32,
    price: anyInt32,
    qty: anyId,
    imbalance: anyId,
    imbalanceSide: anyEnum,
  }).map((fields) => ({ auctionIndication: fields })),
  message({ instrumentId: anyUint32, phase: anyEnum, until: anyId }).map((fields) => ({ instrumentStatus: fields })),
  message({
    instrumentId: anyUint32,
    tradeId: anyId,
    busted: fc.boolean(),
    price: anyInt32,
    qty: anyUint32,
    transactTime: anyId,
  }).map((fields) => ({ tradeAmendment: fields })),
  anyOperatorReport.map((operatorReport) => ({ operatorReport })),
);

export const anyServerFrame = fc.oneof(anyHotServerFrame, anyColdServerFrame);

const varint = fc.oneof(
  fc.integer({ min: 0, max: 127 }).map((value) => [value]),
  fc
    .array(fc.integer({ min: 128, max: 255 }), { maxLength: 11 })
    .chain((head) => fc.integer({ min: 0, max: 127 }).map((last) => head.concat(last))),
);

const fieldNumber = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 28 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 29, 2 ** 11, 2 ** 18, 2 ** 29 - 1) },
);

/** The bytes of `value`, 0 … 2^53−1, as a varint. */
export function varintBytes(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varintBytes(Math.floor(value / 128))];
}

function bytes(length: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(255), { minLength: length, maxLength: length });
}

function payload(wireType: number): fc.Arbitrary<number[]> {
  switch (wireType) {
    case 0:
      return varint;
    case 1:
      return bytes(8);
    case 2:
      return fc.array(fc.nat(255), { maxLength: 6 }).map((content) => [content.length].concat(content));
    case 5:
      return bytes(4);
    default:
      return fc.constant([]);
  }
}

const rawField = fc
  .tuple(fieldNumber, fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 7))
  .chain(([number, wireType]) =>
    payload(wireType).map((content) => varintBytes(number * 8 + wireType).concat(content)),
  );

/** Any fields one after the other; every field is well formed unless its wire type is not, or its varint too long. */
export const rawFields: fc.Arbitrary<Uint8Array> = fc
  .array(rawField, { maxLength: 6 })
  .map((fields) => new Uint8Array(fields.flat()));

interface WireEdit {
  readonly kind: "set" | "insert" | "remove" | "cut";
  /** 0 … 1: where in the bytes. */
  readonly where: number;
  readonly byte: number;
}

export const wireEdits: fc.Arbitrary<WireEdit[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("set", "set", "set", "insert", "remove", "cut"),
    where: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
);

export function mutated(original: Uint8Array, edits: readonly WireEdit[]): Uint8Array {
  const damaged = [...original];
  for (const { kind, where, byte } of edits) {
    const at = Math.floor(where * damaged.length);
    if (kind === "set" && at < damaged.length) damaged[at] = byte;
    if (kind === "insert") damaged.splice(at, 0, byte);
    if (kind === "remove") damaged.splice(at, 1);
    if (kind === "cut") damaged.length = at;
  }
  return new Uint8Array(damaged);
}
