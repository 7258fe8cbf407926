/** What becomes of an order and of the requests about it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ExecType, OrderStatus, OrderType, RejectReason, RequestType, TimeInForce } from "../protocol/codes.ts";
import {
  BusyError,
  FairleadClient,
  OrderRejectedError,
  OutcomeUnknownError,
  RequestRejectedError,
  Side,
  TimeoutError,
  type ExecutionReport,
  type Order,
} from "./index.ts";
import { accepted, report } from "./testing/fake-answers.ts";
import { FakeVenue, type Script } from "./testing/fake-venue.ts";
import { until } from "./testing/until.ts";

const TERMS = { instrumentId: 1, side: Side.Buy, price: 100, orderQty: 5 };

let venue: FakeVenue;
let client: FairleadClient;

beforeEach(async () => {
  venue = await FakeVenue.start();
  client = await FairleadClient.connect({ url: venue.tcpUrl, session: "alice", requestTimeoutMs: 2000 });
});

afterEach(async () => {
  client.close();
  await venue.stop();
});

/** The venue reports a trade of `lastQty` at `lastPx` on the order. */
function trade(order: Order, lastQty: number, lastPx: number): void {
  const { clientOrderId, orderQty, price } = order;
  const cumQty = order.cumQty + lastQty;
  const orderStatus = cumQty === orderQty ? OrderStatus.Filled : OrderStatus.PartiallyFilled;
  const state = { clientOrderId, orderId: order.orderId, price, orderQty, cumQty, leavesQty: orderQty - cumQty };
  venue.peer.send(report(venue.peer, { ...state, execType: ExecType.Trade, orderStatus, lastQty, lastPx, tradeId: 1 }));
}

/** Refuses every request of this kind. */
function refuse(requestType: RequestType, rejectReason: RejectReason): Script {
  return (peer, frame) => {
    const request = frame.newOrder ?? frame.cancelOrder ?? frame.replaceOrder ?? frame.massCancel;
    if (!request) return false;
    const { clientOrderId } = request;
    const origClientOrderId = "origClientOrderId" in request ? request.origClientOrderId : 0;
    const ids = { clientOrderId: clientOrderId ?? 0, origClientOrderId: origClientOrderId ?? 0 };
    peer.send({ businessReject: { requestType, rejectReason, ...ids, text: "because" } });
    return true;
  };
}

test("a new order travels with every term and resolves when it is accepted", async () => {
  const order = await client.placeOrder({
    instrumentId: 2,
    side: Side.Sell,
    price: 7,
    orderQty: 9,
    timeInForce: TimeInForce.GoodTillCancel,
    clientOrderId: 42,
    receipt: true,
  });
  expect(venue.received.at(-1)?.newOrder).toMatchObject({
    clientOrderId: 42,
    instrumentId: 2,
    side: Side.Sell,
    orderType: OrderType.Limit,
    timeInForce: TimeInForce.GoodTillCancel,
    price: 7,
    orderQty: 9,
    receipt: true,
  });
  expect(order).toMatchObject({ clientOrderId: 42, orderId: 7042, status: OrderStatus.New, isOpen: true });
  expect(order).toMatchObject({ price: 7, orderQty: 9, cumQty: 0, leavesQty: 9, avgPx: undefined });
});

test("an order without a price is a market order", async () => {
  await client.placeOrder({ instrumentId: 1, side: Side.Buy, orderQty: 1 });
  expect(venue.received.at(-1)?.newOrder).toMatchObject({ orderType: OrderType.Market, price: 0 });
});

test("trades fill the order; done resolves at the last one", async () => {
  const order = await client.placeOrder(TERMS);
  const seen: number[] = [];
  order.on("trade", ({ lastQty }) => seen.push(lastQty));
  client.on("trade", ({ lastQty }) => seen.push(-lastQty));
  const done = order.done();
  trade(order, 2, 99);
  await until(() => order.cumQty === 2);
  expect(order).toMatchObject({ status: OrderStatus.PartiallyFilled, leavesQty: 3, isOpen: true, avgPx: 99 });
  trade(order, 3, 100);
  expect(await done).toBe(order);
  expect(order).toMatchObject({
    status: OrderStatus.Filled,
    leavesQty: 0,
    isOpen: false,
    avgPx: (2 * 99 + 3 * 100) / 5,
  });
  expect(seen).toEqual([2, -2, 3, -3]);
  expect(await order.done()).toBe(order);
});

test("an order that trades and expires in the same piece of bytes as its acceptance is done when it is handed out", async () => {
  venue.script = (peer, frame) => {
    if (!frame.newOrder) return false;
    const { clientOrderId, orderQty } = frame.newOrder;
    const order = { clientOrderId: clientOrderId ?? 0, orderQty: orderQty ?? 0 };
    const traded = { ...order, cumQty: 2, leavesQty: 3, execType: ExecType.Trade, lastQty: 2, lastPx: 100 };
    const expired = { ...order, cumQty: 2, leavesQty: 0, execType: ExecType.Expired, orderStatus: OrderStatus.Expired };
    peer.send(
      accepted(peer, frame),
      report(peer, { ...traded, orderStatus: OrderStatus.PartiallyFilled }),
      report(peer, expired),
    );
    return true;
  };
  const order = await client.placeOrder({ ...TERMS, timeInForce: TimeInForce.ImmediateOrCancel });
  await order.done();
  expect(order).toMatchObject({ status: OrderStatus.Expired, cumQty: 2, leavesQty: 0, isOpen: false, avgPx: 100 });
});

test("a rejected order is an OrderRejectedError with code, name and text", async () => {
  venue.script = (peer, frame) => {
    if (!frame.newOrder) return false;
    const { clientOrderId } = frame.newOrder;
    const rejected = { execType: ExecType.Rejected, orderStatus: OrderStatus.Rejected, orderId: 0 };
    const reason = { rejectReason: RejectReason.InvalidPrice, text: "no" };
    peer.send(report(peer, { clientOrderId: clientOrderId ?? 0, ...rejected, ...reason }));
    return true;
  };
  const rejects: unknown[] = [];
  client.on("reject", (error) => rejects.push(error));
  const error = await client.placeOrder({ ...TERMS, clientOrderId: 5 }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(OrderRejectedError);
  expect(error).toMatchObject({
    clientOrderId: 5,
    reason: RejectReason.InvalidPrice,
    reasonName: "InvalidPrice",
    text: "no",
  });
  expect(rejects).toEqual([error]);
});

test("an order that the gateway refuses is an OrderRejectedError; a busy venue is a BusyError", async () => {
  venue.script = refuse(RequestType.NewOrder, RejectReason.MarketDataOnly);
  await expect(client.placeOrder(TERMS)).rejects.toThrow(OrderRejectedError);
  venue.script = refuse(RequestType.NewOrder, RejectReason.Busy);
  await expect(client.placeOrder(TERMS)).rejects.toThrow(BusyError);
});

test("the id of an order that was turned away may be used again", async () => {
  venue.script = refuse(RequestType.NewOrder, RejectReason.Busy);
  await expect(client.placeOrder({ ...TERMS, clientOrderId: 5 })).rejects.toThrow(BusyError);
  venue.script = () => false;
  expect(await client.placeOrder({ ...TERMS, clientOrderId: 5 })).toMatchObject({ isOpen: true });
});

test("a repeated order is answered with the state of the first, also when that has ended", async () => {
  venue.script = (peer, frame) => {
    if (!frame.newOrder) return false;
    const state = { orderQty: 5, cumQty: 5, leavesQty: 0, orderStatus: OrderStatus.Filled };
    peer.send(report(peer, { clientOrderId: 5, execType: ExecType.OrderStatus, ...state }));
    return true;
  };
  const order = await client.placeOrder({ ...TERMS, clientOrderId: 5 });
  expect(order).toMatchObject({ status: OrderStatus.Filled, cumQty: 5, isOpen: false, avgPx: undefined });
});

test("a cancel names the order and resolves with the canceled report", async () => {
  const order = await client.placeOrder(TERMS);
  const done = order.done();
  const canceled: ExecutionReport = await order.cancel();
  const request = venue.received.at(-1)?.cancelOrder;
  expect(request).toMatchObject({ origClientOrderId: order.clientOrderId, instrumentId: 1 });
  expect(canceled).toMatchObject({ execType: ExecType.Canceled, clientOrderId: request?.clientOrderId });
  expect(await done).toMatchObject({ status: OrderStatus.Canceled, isOpen: false });
});

test("an order of an earlier connection is canceled by its name", async () => {
  expect(await client.cancelOrder({ clientOrderId: 3, instrumentId: 1 })).toMatchObject({ origClientOrderId: 3 });
});

test("a cancel that comes too late is a RequestRejectedError, also as an event of the order", async () => {
  const order = await client.placeOrder(TERMS);
  venue.script = refuse(RequestType.CancelOrder, RejectReason.OrderClosed);
  const rejects: unknown[] = [];
  order.on("reject", (error) => rejects.push(error));
  const error = await order.cancel().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(RequestRejectedError);
  expect(error).toMatchObject({ reasonName: "OrderClosed", requestType: RequestType.CancelOrder, text: "because" });
  expect(rejects).toEqual([error]);
  expect(order.isOpen).toBe(true);
});

test("a replace changes the terms and keeps the client order id", async () => {
  const order = await client.placeOrder(TERMS);
  await order.replace({ orderQty: 3 });
  expect(venue.received.at(-1)?.replaceOrder).toMatchObject({
    clientOrderId: 0,
    origClientOrderId: order.clientOrderId,
    price: 100,
    orderQty: 3,
  });
  expect(order).toMatchObject({ price: 100, orderQty: 3, leavesQty: 3, isOpen: true });
  await order.replace({ price: 101 });
  expect(order).toMatchObject({ price: 101, orderQty: 3 });
});

test("a refused replace leaves the order as it was", async () => {
  const order = await client.placeOrder(TERMS);
  venue.script = refuse(RequestType.ReplaceOrder, RejectReason.QuantityBelowExecuted);
  await expect(order.replace({ orderQty: 1 })).rejects.toThrow(RequestRejectedError);
  expect(order).toMatchObject({ orderQty: 5, isOpen: true });
});

test("a second replace before the first is answered is the caller's mistake; a cancel is not", async () => {
  const order = await client.placeOrder(TERMS);
  const replaced = order.replace({ price: 101 });
  await expect(order.replace({ price: 102 })).rejects.toThrow(RangeError);
  const canceled = order.cancel();
  expect(await replaced).toMatchObject({ price: 101 });
  expect(await canceled).toMatchObject({ execType: ExecType.Canceled });
});

test("a mass cancel ends the orders and resolves with their number", async () => {
  const orders = await Promise.all([client.placeOrder(TERMS), client.placeOrder(TERMS)]);
  venue.script = (peer, frame) => {
    if (!frame.massCancel) return false;
    const { clientOrderId, side } = frame.massCancel;
    const canceled = { execType: ExecType.Canceled, orderStatus: OrderStatus.Canceled };
    peer.send(...orders.map((order) => report(peer, { clientOrderId: order.clientOrderId, ...canceled })), {
      massCancelReport: { clientOrderId: clientOrderId ?? 0, canceledCount: orders.length, side: side ?? 0 },
    });
    return true;
  };
  expect(await client.massCancel({ instrumentId: 1, side: Side.Buy })).toEqual({ canceledCount: 2 });
  expect(venue.received.at(-1)?.massCancel).toMatchObject({ instrumentId: 1, side: Side.Buy });
  expect(orders.map((order) => order.status)).toEqual([OrderStatus.Canceled, OrderStatus.Canceled]);
});

test("a refused mass cancel is a RequestRejectedError", async () => {
  venue.script = refuse(RequestType.MassCancel, RejectReason.UnknownInstrument);
  await expect(client.massCancel()).rejects.toThrow(RequestRejectedError);
});

test("done of an open order is of unknown outcome when the session ends", async () => {
  const order = await client.placeOrder(TERMS);
  const done = order.done();
  venue.peer.drop();
  await expect(done).rejects.toThrow(OutcomeUnknownError);
  await expect(order.done()).rejects.toThrow(OutcomeUnknownError);
});

test("an order without an answer is a TimeoutError; a later report of it still comes as an event", async () => {
  client.close();
  client = await FairleadClient.connect({ url: venue.tcpUrl, session: "alice", requestTimeoutMs: 50 });
  venue.script = () => true;
  await expect(client.placeOrder({ ...TERMS, clientOrderId: 5 })).rejects.toThrow(TimeoutError);
  const late = new Promise<ExecutionReport>((resolve) => {
    client.on("report", resolve);
  });
  venue.peer.send(report(venue.peer, { clientOrderId: 5, orderQty: 5 }));
  expect(await late).toMatchObject({ clientOrderId: 5, execType: ExecType.New });
});

test("reports of orders that this client did not place are events of the client", async () => {
  const seen = new Promise<ExecutionReport>((resolve) => {
    client.on("trade", resolve);
  });
  venue.peer.send(report(venue.peer, { clientOrderId: 12, execType: ExecType.Trade, lastQty: 1, lastPx: 3 }));
  expect(await seen).toMatchObject({ clientOrderId: 12, lastQty: 1, lastPx: 3 });
});

test("a receipt is handed out with the report", async () => {
  const receipt = { gatewayInNs: 1, ringWaitNs: 2, matchingNs: 3, ringOutNs: 4, gatewayOutNs: 4_000_000_000 };
  venue.script = (peer, frame) => {
    if (!frame.newOrder) return false;
    peer.send(report(peer, { clientOrderId: frame.newOrder.clientOrderId ?? 0, receipt }));
    return true;
  };
  const seen = new Promise<ExecutionReport>((resolve) => {
    client.on("report", resolve);
  });
  await client.placeOrder({ ...TERMS, receipt: true });
  expect((await seen).receipt).toEqual(receipt);
});

test.each([
  ["price", { price: 1.5 }],
  ["price", { price: 2 ** 31 }],
  ["price", { price: -1 }],
  ["orderQty", { orderQty: Number.NaN }],
  ["orderQty", { orderQty: 2 ** 31 }],
  ["clientOrderId", { clientOrderId: 0 }],
  ["clientOrderId", { clientOrderId: 2 ** 53 }],
  ["instrumentId", { instrumentId: -1 }],
])("a %s that cannot travel is a RangeError and is not sent: %j", async (field, terms) => {
  await expect(client.placeOrder({ ...TERMS, ...terms })).rejects.toThrow(new RegExp(`^${field} must be`, "u"));
  await client.ping();
  expect(venue.received.some((frame) => frame.newOrder)).toBe(false);
});

test("the id of an open order cannot be used again", async () => {
  await client.placeOrder({ ...TERMS, clientOrderId: 5 });
  await expect(client.placeOrder({ ...TERMS, clientOrderId: 5 })).rejects.toThrow(RangeError);
});

test("generated client order ids are distinct and count up", async () => {
  const orders = await Promise.all([1, 2, 3].map(() => client.placeOrder(TERMS)));
  const [first = 0] = orders.map((order) => order.clientOrderId);
  expect(orders.map((order) => order.clientOrderId)).toEqual([first, first + 1, first + 2]);
});

test("what is asked for in one go leaves in one piece", async () => {
  const before = venue.peer.receivedPieces;
  await Promise.all([client.placeOrder(TERMS), client.placeOrder(TERMS), client.ping(), client.instruments()]);
  expect(venue.peer.receivedPieces).toBe(before + 1);
});

test("instruments come in one list, however many frames they take; calls at the same time share a request", async () => {
  const [first, second] = await Promise.all([client.instruments(), client.instruments()]);
  expect(first).toBe(second);
  expect(first.map((instrument) => instrument.symbol)).toEqual(["ACME", "BTC-USD", "EUR-USD"]);
  expect(venue.received.filter((frame) => frame.instrumentsRequest)).toHaveLength(1);
  expect(await client.instruments()).toEqual(first);
});
