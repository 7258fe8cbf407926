/** What becomes of an order and of the requests about it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExecType, OrderStatus, OrderType, RejectReason, RequestType, TimeInForce } from "../protocol/codes.ts";
import {
  BusyError,
  CancelReason,
  Contingency,
  FairleadClient,
  OrderRejectedError,
  OutcomeUnknownError,
  PegReference,
  PostOnly,
  ReplaceMode,
  RequestRejectedError,
  SelfTradePrevention,
  Side,
  TimeoutError,
  TriggerBy,
  type ExecutionReport,
  type Order,
} from "./index.ts";
import { accepted, report } from "./testing/fake-answers.ts";
import { FakeVenue, type Script } from "./testing/fake-venue.ts";
import { until } from "./testing/until.ts";

const TERMS = { instrumentId: 1, side: Side.Buy, price: 100, orderQty: 5 };

let tradeCount = 0;
let venue: FakeVenue;
let client: FairleadClient;

beforeEach(async () => {
  tradeCount = 0;
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
  venue.peer.send(
    report(venue.peer, { ...state, execType: ExecType.Trade, orderStatus, lastQty, lastPx, tradeId: ++tradeCount }),
  );
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

/** What the venue says of the order, on top of its state. */
function tell(order: Order, fields: NonNullable<Parameters<typeof report>[1]>): void {
  const { clientOrderId, orderId, price, orderQty, cumQty, leavesQty } = order;
  const orderStatus = order.status;
  venue.peer.send(
    report(venue.peer, { clientOrderId, orderId, price, orderQty, cumQty, leavesQty, orderStatus, ...fields }),
  );
}

function nextReport(order: Order): Promise<ExecutionReport> {
  return new Promise((resolve) => {
    order.once("report", resolve);
  });
}

test("every term of an order travels", async () => {
  const trigger = { triggerPrice: 90, triggerBy: TriggerBy.BestPrice, trailingDistance: 3, protection: 4 };
  const peg = { pegOffset: -2, offsetInBps: true, pegReference: PegReference.Mid };
  const size = { displayQty: 2, displayVariance: 1, hidden: true, allOrNone: true, minQty: 1 };
  const conduct = { postOnly: PostOnly.Slide, selfTradePrevention: SelfTradePrevention.Decrement };
  const rest = { account: 8, tradeGroup: 9, expireTime: 2 ** 50, quoteAmount: 2 ** 52 };
  const terms = { ...trigger, ...peg, ...size, ...conduct, ...rest };
  await client.placeOrder({ ...TERMS, orderType: OrderType.StopLimit, ...terms });
  expect(venue.received.at(-1)?.newOrder).toMatchObject({ orderType: OrderType.StopLimit, ...terms });
});

test("a term that cannot travel is not sent", async () => {
  for (const wrong of [{ account: -1 }, { triggerPrice: 0.5 }, { quoteAmount: 2 ** 53 }, { pegOffset: 2 ** 31 }]) {
    await expect(client.placeOrder({ ...TERMS, ...wrong }), JSON.stringify(wrong)).rejects.toThrow(RangeError);
  }
  expect(venue.received.some((frame) => frame.newOrder)).toBe(false);
});

test("an order says its trigger, and why it was canceled", async () => {
  const order = await client.placeOrder({ ...TERMS, orderType: OrderType.StopLimit, triggerPrice: 90 });
  const triggered = nextReport(order);
  tell(order, { execType: ExecType.Triggered, triggerPrice: 91 });
  expect(await triggered).toMatchObject({ execType: ExecType.Triggered, triggerPrice: 91 });
  expect(order).toMatchObject({ triggerPrice: 91, isOpen: true, cancelReason: CancelReason.Unspecified });
  tell(order, {
    execType: ExecType.Canceled,
    orderStatus: OrderStatus.Canceled,
    leavesQty: 0,
    cancelReason: CancelReason.LinkedOrder,
  });
  await order.done();
  expect(order).toMatchObject({ isOpen: false, cancelReason: CancelReason.LinkedOrder });
});

test("an order that was restated, or kept from trading with itself, is as the report says", async () => {
  const order = await client.placeOrder(TERMS);
  const prevented = nextReport(order);
  tell(order, { execType: ExecType.TradePrevented, lastPx: 100, lastQty: 2, contraOrderId: 77 });
  expect(await prevented).toMatchObject({ contraOrderId: 77, lastQty: 2 });
  const restated = nextReport(order);
  tell(order, { execType: ExecType.Restated, orderQty: 3, leavesQty: 3, price: 99 });
  await restated;
  expect(order).toMatchObject({ price: 99, orderQty: 3, leavesQty: 3, cumQty: 0, avgPx: undefined, isOpen: true });
});

test("the average price follows corrections and busts", async () => {
  const order = await client.placeOrder(TERMS);
  trade(order, 1, 90);
  await until(() => order.cumQty === 1);
  trade(order, 2, 96);
  await until(() => order.cumQty === 3);
  expect(order.avgPx).toBe(94);
  tell(order, { execType: ExecType.TradeCorrected, tradeId: 2, lastPx: 93, lastQty: 2 });
  await until(() => order.avgPx === 92);
  tell(order, { execType: ExecType.TradeBusted, tradeId: 1, lastPx: 90, lastQty: 1 });
  await until(() => order.avgPx === 93);
  expect(order).toMatchObject({ cumQty: 3, leavesQty: 2, isOpen: true });
});

test("a replace may change trigger and display quantity, and says what its quantity means", async () => {
  const order = await client.placeOrder(TERMS);
  await order.replace({ mode: ReplaceMode.InFlightMitigated, orderQty: 4, triggerPrice: 88, displayQty: 2 });
  expect(venue.received.at(-1)?.replaceOrder).toMatchObject({
    price: 100,
    orderQty: 4,
    replaceMode: ReplaceMode.InFlightMitigated,
    triggerPrice: 88,
    displayQty: 2,
  });
  trade(order, 1, 100);
  await until(() => order.cumQty === 1);
  await order.replace({ mode: ReplaceMode.NewLeaves, price: 101 });
  expect(venue.received.at(-1)?.replaceOrder).toMatchObject({ price: 101, orderQty: 3 });
});

test("a replace that found as much traded resolves with the end of the order", async () => {
  const order = await client.placeOrder(TERMS);
  venue.script = (_, frame) => {
    if (!frame.replaceOrder) return false;
    const end = { orderStatus: OrderStatus.Canceled, leavesQty: 0, cancelReason: CancelReason.ReplacedBelowExecuted };
    tell(order, { execType: ExecType.Canceled, ...end });
    return true;
  };
  const answer = await order.replace({ mode: ReplaceMode.InFlightMitigated, orderQty: 1 });
  expect(answer).toMatchObject({ execType: ExecType.Canceled, cancelReason: CancelReason.ReplacedBelowExecuted });
  expect(order.isOpen).toBe(false);
});

test("a mass cancel names account and price range", async () => {
  const filter = { instrumentId: 1, side: Side.Buy, account: 8, priceFrom: 5, priceTo: 9 };
  await client.massCancel(filter);
  expect(venue.received.at(-1)?.massCancel).toMatchObject(filter);
  await expect(client.massCancel({ priceFrom: -1 })).rejects.toThrow(RangeError);
});

describe("a list of orders", () => {
  const LIST = [
    { ...TERMS, clientOrderId: 1 },
    { ...TERMS, clientOrderId: 2, orderType: OrderType.Stop, triggerPrice: 110 },
  ];

  test("travels in one frame and resolves when all are accepted", async () => {
    venue.script = (peer, frame) => {
      for (const newOrder of frame.newOrderList?.orders ?? []) {
        peer.send(report(peer, { clientOrderId: newOrder.clientOrderId ?? 0, orderQty: newOrder.orderQty ?? 0 }));
      }
      return Boolean(frame.newOrderList);
    };
    const orders = await client.placeOrderList(Contingency.OneCancelsOther, LIST);
    expect(orders.map(({ clientOrderId, orderId }) => [clientOrderId, orderId])).toEqual([
      [1, 7001],
      [2, 7002],
    ]);
    expect(venue.received.at(-1)?.newOrderList).toMatchObject({
      contingency: Contingency.OneCancelsOther,
      orders: [{ orderType: OrderType.Limit }, { orderType: OrderType.Stop, triggerPrice: 110 }],
    });
  });

  test("rejects with the reason of the order that was at fault", async () => {
    venue.script = (peer, frame) => {
      if (!frame.newOrderList) return false;
      const rejected = { execType: ExecType.Rejected, orderStatus: OrderStatus.Rejected, orderId: 0 };
      peer.send(
        report(peer, { ...rejected, clientOrderId: 1, rejectReason: RejectReason.ListRejected }),
        report(peer, { ...rejected, clientOrderId: 2, rejectReason: RejectReason.InvalidTrigger }),
      );
      return true;
    };
    await expect(client.placeOrderList(Contingency.OneCancelsOther, LIST)).rejects.toMatchObject({
      clientOrderId: 2,
      reason: RejectReason.InvalidTrigger,
    });
  });

  test("that is turned away in one answer is turned away in whole", async () => {
    venue.script = (peer, frame) => {
      if (!frame.newOrderList) return false;
      const requestType = RequestType.NewOrderList;
      peer.send({ businessReject: { requestType, rejectReason: RejectReason.Busy, clientOrderId: 1 } });
      return true;
    };
    await expect(client.placeOrderList(Contingency.OneCancelsOther, LIST)).rejects.toThrow(BusyError);
    venue.script = () => false;
    // Their ids are free again.
    for (const order of LIST) expect(await client.placeOrder(order)).toMatchObject({ isOpen: true });
  });

  test("has at least one order, and each has an id of its own", async () => {
    await expect(client.placeOrderList(Contingency.Bracket, [])).rejects.toThrow(RangeError);
    const twice = [LIST[0], LIST[0]].flatMap((order) => order ?? []);
    await expect(client.placeOrderList(Contingency.OneCancelsOther, twice)).rejects.toThrow(RangeError);
  });
});
