import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ExecType, OrderStatus, OrderType, RejectReason, RequestType, Side, TimeInForce } from "../protocol/codes.ts";
import { metric } from "./testing/admin-client.ts";
import { buy, cancel, limit, replace, sell } from "./testing/order-frames.ts";
import { type ClientFrame, type FrameOf, type RawClient, type Wire, WIRES, logOn } from "./testing/raw-client.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

let venue: ServerProcess;
const clients: RawClient[] = [];
let sessions = 0;

beforeAll(async () => {
  venue = await startVenue();
});

/** Every test leaves an empty book. */
afterEach(async () => {
  for (const client of clients) client.send({ massCancel: { clientOrderId: 99 } });
  for (const client of clients) while ((await client.skipTo("massCancelReport")).clientOrderId !== 99);
  for (const client of clients.splice(0)) client.destroy();
});

afterAll(async () => {
  await venue?.stop();
});

async function trader(wire: Wire): Promise<RawClient> {
  sessions += 1;
  const client = await logOn(wire, venue.ports, `trader-${sessions}`);
  clients.push(client);
  return client;
}

/** The answers to these frames, all of them execution reports. */
async function reports(client: RawClient, ...frames: ClientFrame[]): Promise<FrameOf<"executionReport">[]> {
  const answers = await client.settle(...frames);
  expect(answers.map(({ frame }) => frame)).toEqual(answers.map(() => "executionReport"));
  return answers.map((answer) => answer.executionReport as FrameOf<"executionReport">);
}

describe.each(WIRES)("over %s", (wire) => {
  test("an accepted order is reported with all that the venue knows of it", async () => {
    const client = await trader(wire);
    const before = Date.now() * 1000;
    const [report] = await reports(client, buy(41, 12_345, 7, { instrumentId: 2 }));
    expect(report).toMatchObject({
      sessionSequence: 1,
      execType: ExecType.New,
      orderStatus: OrderStatus.New,
      clientOrderId: 41,
      origClientOrderId: 0,
      instrumentId: 2,
      side: Side.Buy,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel,
      price: 12_345,
      orderQty: 7,
      cumQty: 0,
      leavesQty: 7,
      lastPx: 0,
      lastQty: 0,
      tradeId: 0,
      rejectReason: RejectReason.Unspecified,
      text: "",
      engine: 0,
    });
    expect(report?.orderId).toBeGreaterThan(0);
    expect(report?.sequenceNumber).toBeGreaterThan(0);
    expect(Math.abs((report?.transactTime ?? 0) - before), "µs since 1970").toBeLessThan(60e6);
  });

  test("a replace that keeps its place, one that does not, and a cancel", async () => {
    const client = await trader(wire);
    const [, kept, moved, canceled] = await reports(
      client,
      buy(1, 100, 10),
      replace(1, 100, 5, { clientOrderId: 2 }),
      replace(2, 101, 8, { clientOrderId: 3 }),
      cancel(3, { clientOrderId: 4 }),
    );
    const replaced = { execType: ExecType.Replaced, orderStatus: OrderStatus.New };
    expect(kept).toMatchObject({ ...replaced, clientOrderId: 2, origClientOrderId: 1, price: 100, leavesQty: 5 });
    expect(moved).toMatchObject({ ...replaced, clientOrderId: 3, origClientOrderId: 2, price: 101, leavesQty: 8 });
    expect(canceled).toMatchObject({
      execType: ExecType.Canceled,
      orderStatus: OrderStatus.Canceled,
      clientOrderId: 4,
      origClientOrderId: 3,
      leavesQty: 0,
      orderQty: 8,
    });
    expect(canceled?.orderId).toBe(kept?.orderId);
  });

  test("what an immediate or cancel order leaves over expires, and a fill or kill trades in full or not at all", async () => {
    const resting = await trader("tcp");
    const client = await trader(wire);
    await reports(resting, sell(1, 100, 5));
    const outcome = await reports(
      client,
      buy(1, 100, 6, { timeInForce: TimeInForce.FillOrKill }),
      buy(2, 100, 6, { timeInForce: TimeInForce.ImmediateOrCancel }),
      { newOrder: { clientOrderId: 3, instrumentId: 1, side: Side.Buy, orderType: OrderType.Market, orderQty: 1 } },
    );
    expect(outcome.map((report) => [report.clientOrderId, report.execType, report.cumQty])).toEqual([
      [1, ExecType.New, 0],
      [1, ExecType.Expired, 0],
      [2, ExecType.New, 0],
      [2, ExecType.Trade, 5],
      [2, ExecType.Expired, 5],
      [3, ExecType.New, 0],
      [3, ExecType.Expired, 0],
    ]);
  });

  test("a mass cancel ends the session's own orders of one side, oldest first, and sums up", async () => {
    const client = await trader(wire);
    const other = await trader("tcp");
    await reports(other, buy(1, 50, 1));
    await reports(client, buy(1, 50, 1), sell(2, 60, 1), buy(3, 51, 1), buy(4, 49, 1, { instrumentId: 2 }));
    const answers = await client.settle({ massCancel: { clientOrderId: 8, side: Side.Buy } });
    expect(answers.map((answer) => answer.executionReport?.clientOrderId)).toEqual([1, 3, 4, undefined]);
    expect(answers.at(-1)?.massCancelReport).toMatchObject({
      clientOrderId: 8,
      canceledCount: 3,
      instrumentId: 0,
      side: Side.Buy,
    });
    const [still] = await reports(other, cancel(1));
    expect(still?.execType, "another session's order is untouched").toBe(ExecType.Canceled);
  });

  const rejectedOrders: readonly [string, ClientFrame, RejectReason][] = [
    ["an unknown instrument", buy(1, 100, 1, { instrumentId: 77 }), RejectReason.UnknownInstrument],
    ["an instrument beyond int32", buy(1, 100, 1, { instrumentId: 2 ** 32 - 1 }), RejectReason.UnknownInstrument],
    ["no side", buy(1, 100, 1, { side: Side.Unspecified }), RejectReason.InvalidSide],
    ["a price of 0", buy(1, 0, 1), RejectReason.InvalidPrice],
    ["a negative price", buy(1, -5, 1), RejectReason.InvalidPrice],
    [
      "a price on a market order",
      buy(1, 5, 1, { orderType: OrderType.Market, timeInForce: TimeInForce.ImmediateOrCancel }),
      RejectReason.InvalidPrice,
    ],
    ["a market order that is to rest", buy(1, 0, 1, { orderType: OrderType.Market }), RejectReason.InvalidTimeInForce],
    ["no quantity", buy(1, 100, 0), RejectReason.InvalidQuantity],
    ["a quantity beyond int32", buy(1, 100, 2 ** 32 - 1), RejectReason.InvalidQuantity],
    ["a quantity above the instrument's maximum", buy(1, 100, 1_000_001), RejectReason.InvalidQuantity],
    ["no client order id", buy(0, 100, 1), RejectReason.InvalidClientOrderId],
  ];

  test.each(rejectedOrders)("an order with %s is rejected in words", async (_, frame, rejectReason) => {
    const client = await trader(wire);
    const [report] = await reports(client, frame);
    expect(report).toMatchObject({
      execType: ExecType.Rejected,
      orderStatus: OrderStatus.Rejected,
      orderId: 0,
      rejectReason,
      sessionSequence: 1,
    });
    expect(report?.text).not.toBe("");
  });

  const rejectedRequests: readonly [string, ClientFrame, RequestType, RejectReason][] = [
    ["a cancel of nothing", cancel(9), RequestType.CancelOrder, RejectReason.UnknownOrder],
    ["a replace of nothing", replace(9, 100, 1), RequestType.ReplaceOrder, RejectReason.UnknownOrder],
    ["a mass cancel of no side", { massCancel: { side: 3 as Side } }, RequestType.MassCancel, RejectReason.InvalidSide],
    [
      "a mass cancel elsewhere",
      { massCancel: { instrumentId: 77 } },
      RequestType.MassCancel,
      RejectReason.UnknownInstrument,
    ],
  ];

  test.each(rejectedRequests)("%s is rejected in words", async (_, frame, requestType, rejectReason) => {
    // An enum value that the schema does not have cannot be said in JSON.
    const client = await trader(wire === "json" && rejectReason === RejectReason.InvalidSide ? "ws" : wire);
    const [answer, ...others] = await client.settle(frame);
    expect(answer?.businessReject).toMatchObject({ requestType, rejectReason, sessionSequence: 1 });
    expect(answer?.businessReject?.text).not.toBe("");
    expect(others).toEqual([]);
  });

  test("an operator request is not for a client to make, and a list without orders is none", async () => {
    const client = await trader(wire);
    const answers = await client.settle({ operatorRequest: { requestId: 5, setPhase: {} } }, { newOrderList: {} });
    expect(answers.map(({ businessReject }) => [businessReject?.requestType, businessReject?.rejectReason])).toEqual([
      [RequestType.OperatorRequest, RejectReason.NotAuthorized],
      [RequestType.NewOrderList, RejectReason.InvalidList],
    ]);
  });

  test("a repeated order is answered with its state and changes nothing; other terms are refused", async () => {
    const client = await trader(wire);
    const [first, again, changed] = await reports(client, buy(1, 100, 5), buy(1, 100, 5), buy(1, 101, 5));
    expect(again).toMatchObject({
      execType: ExecType.OrderStatus,
      orderStatus: OrderStatus.New,
      orderId: first?.orderId,
      leavesQty: 5,
    });
    expect(changed).toMatchObject({
      execType: ExecType.Rejected,
      rejectReason: RejectReason.DuplicateClientOrderId,
    });
    const answers = await client.settle({ massCancel: { clientOrderId: 1 } });
    expect(answers.at(-1)?.massCancelReport?.canceledCount).toBe(1);
  });

  test("a receipt tells the five stages, and comes when asked for only", async () => {
    const client = await trader(wire);
    const started = performance.now();
    const all = await reports(
      client,
      buy(1, 100, 5, { receipt: true }),
      buy(2, 100, 5),
      replace(1, 99, 5, { receipt: true }),
      replace(2, 99, 5),
      cancel(1, { receipt: true }),
      cancel(2),
    );
    const elapsedNs = (performance.now() - started) * 1e6;
    expect(all.map(({ receipt }) => Boolean(receipt))).toEqual([true, false, true, false, true, false]);
    for (const { receipt } of all) {
      if (!receipt) continue;
      const { gatewayInNs, ringWaitNs, matchingNs, ringOutNs, gatewayOutNs } = receipt;
      const stages = [gatewayInNs, ringWaitNs, matchingNs, ringOutNs, gatewayOutNs].map((ns) => ns ?? 0);
      const sum = stages.reduce((total, ns) => total + ns, 0);
      expect(sum).toBeGreaterThan(0);
      expect(sum, "an order spends no more time in the venue than its client waits").toBeLessThan(elapsedNs);
    }
  });
});

function executions(reported: readonly FrameOf<"executionReport">[]): number[][] {
  return reported
    .filter(({ tradeId }) => tradeId !== 0)
    .map(({ lastPx, lastQty, tradeId }) => [lastPx, lastQty, tradeId]);
}

describe.each<[Wire, Wire]>([
  ["tcp", "ws"],
  ["ws", "json"],
  ["json", "tcp"],
])("a resting order over %s and an aggressor over %s", (restingWire, aggressorWire) => {
  test("trade at the resting order's price, and both sides hear of the same trade", async () => {
    const seller = await trader(restingWire);
    const buyer = await trader(aggressorWire);
    await reports(seller, sell(1, 100, 5), sell(2, 102, 5));
    const bought = await reports(buyer, buy(1, 105, 8, { receipt: true }));
    const sold = (await seller.settle()).map((answer) => answer.executionReport as FrameOf<"executionReport">);

    expect(executions(bought).map(([price, qty]) => [price, qty])).toEqual([
      [100, 5],
      [102, 3],
    ]);
    expect(executions(sold)).toEqual(executions(bought));
    expect(bought.map(({ orderStatus, cumQty, leavesQty }) => [orderStatus, cumQty, leavesQty])).toEqual([
      [OrderStatus.New, 0, 8],
      [OrderStatus.PartiallyFilled, 5, 3],
      [OrderStatus.Filled, 8, 0],
    ]);
    expect(sold.map(({ orderStatus, clientOrderId, leavesQty }) => [orderStatus, clientOrderId, leavesQty])).toEqual([
      [OrderStatus.Filled, 1, 0],
      [OrderStatus.PartiallyFilled, 2, 2],
    ]);
    expect(new Set([...bought, ...sold].map(({ sequenceNumber }) => sequenceNumber)).size, "one command").toBe(1);
    expect(
      sold.every(({ receipt }) => !receipt),
      "a receipt is for who asked",
    ).toBe(true);
  });
});

test("client order ids of different sessions have nothing to do with each other", async () => {
  const [one, two] = [await trader("tcp"), await trader("ws")];
  const [first] = await reports(one, buy(5, 40, 1));
  const [second] = await reports(two, buy(5, 41, 1));
  expect(second?.orderId).not.toBe(first?.orderId);
  const answers = await two.settle(cancel(5), cancel(5));
  expect(answers.map(({ frame }) => frame)).toEqual(["executionReport", "businessReject"]);
  const [own] = await reports(one, cancel(5));
  expect(own?.execType).toBe(ExecType.Canceled);
});

test("an id of 2^53 is rejected, one below is taken", async () => {
  const client = await trader("tcp");
  // What encodeClientFrame refuses to write: 2^53 as a varint.
  const id = [128, 128, 128, 128, 128, 128, 128, 16];
  const order = [8, ...id, 16, 1, 24, Side.Buy, 32, OrderType.Limit, 48, 5, 56, 1];
  client.sendBytes(Uint8Array.from([order.length + 2, 0x0a, order.length, ...order]));
  expect(await client.expect("executionReport")).toMatchObject({
    execType: ExecType.Rejected,
    rejectReason: RejectReason.InvalidClientOrderId,
  });
  const [report] = await reports(client, limit(Number.MAX_SAFE_INTEGER, Side.Buy, 5, 1));
  expect(report).toMatchObject({ execType: ExecType.New, clientOrderId: Number.MAX_SAFE_INTEGER });
});

async function countOf(stage: string): Promise<number> {
  return await metric(venue.ports, "fairlead_stage_latency_seconds_count", `stage="${stage}"`);
}

test("the stages of every order are counted in the metrics", async () => {
  const stages = ["gateway_in", "ring_wait", "matching", "ring_out", "gateway_out"];
  const before = await Promise.all(stages.map(countOf));
  const client = await trader("tcp");
  await client.settle(...Array.from({ length: 99 }, (_, n) => buy(n + 1, 10, 1)));
  const after = await Promise.all(stages.map(countOf));
  expect(after.map((now, n) => now - (before[n] ?? 0))).toEqual(stages.map(() => 99));
});
