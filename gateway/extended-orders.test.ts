/** Orders beyond the plain ones over every wire of a running venue: that their terms arrive, and what comes back. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  CancelReason,
  Contingency,
  ExecType,
  OrderType,
  PostOnly,
  RejectReason,
  ReplaceMode,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "../protocol/codes.ts";
import { buy, replace, sell } from "./testing/order-frames.ts";
import { type ClientFrame, type FrameOf, type RawClient, WIRES, type Wire, logOn } from "./testing/raw-client.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

let venue: ServerProcess;
const clients: RawClient[] = [];
let sessions = 0;

beforeAll(async () => {
  venue = await startVenue();
});

/** Every test leaves an empty book. */
afterEach(async () => {
  for (const client of clients) await client.settle({ massCancel: { clientOrderId: 99 } });
  for (const client of clients.splice(0)) client.destroy();
});

afterAll(async () => {
  await venue?.stop();
});

async function trader(wire: Wire): Promise<RawClient> {
  const client = await logOn(wire, venue.ports, `extended-${sessions++}`);
  clients.push(client);
  return client;
}

async function reports(client: RawClient, ...frames: ClientFrame[]): Promise<FrameOf<"executionReport">[]> {
  const answers = await client.settle(...frames);
  return answers.flatMap((answer) => (answer.executionReport as FrameOf<"executionReport"> | null | undefined) ?? []);
}

function isOf(report: FrameOf<"executionReport">, execType: number): boolean {
  return (report.execType as number) === execType;
}

describe.each(WIRES)("over %s", (wire) => {
  test("an iceberg shows a part, and a hidden order nothing", async () => {
    const client = await trader(wire);
    const watcher = await trader("tcp");
    watcher.send({ subscribe: { instrumentId: 1 } });
    await watcher.skipTo("bookSnapshot");
    const outcome = await reports(client, sell(1, 100, 50, { displayQty: 10 }), sell(2, 99, 7, { hidden: true }));
    expect(outcome.map(({ execType }) => execType)).toEqual([ExecType.New, ExecType.New]);
    await watcher.until(() => watcher.all("bestBidOffer").at(-1)?.offerPrice === 100);
    expect(watcher.all("bestBidOffer").at(-1)).toMatchObject({ offerPrice: 100, offerQty: 10 });
  });

  test("a stop waits with its trigger and starts when its price is traded", async () => {
    const client = await trader(wire);
    const other = await trader("tcp");
    const stop = { orderType: OrderType.StopLimit, triggerPrice: 105 };
    const [waiting] = await reports(client, buy(1, 110, 5, stop));
    expect(waiting).toMatchObject({ execType: ExecType.New, triggerPrice: 105, orderType: OrderType.StopLimit });
    await reports(other, sell(1, 105, 1), buy(2, 105, 1));
    const started = await reports(client);
    expect(started).toMatchObject([{ execType: ExecType.Triggered, clientOrderId: 1, triggerPrice: 105 }]);
  });

  test("a post-only order is refused or slides, and a mass cancel by account and price spares the others", async () => {
    const client = await trader(wire);
    const outcome = await reports(
      client,
      sell(1, 100, 5),
      buy(2, 100, 5, { postOnly: PostOnly.Reject }),
      buy(3, 101, 5, { postOnly: PostOnly.Slide, account: 8 }),
      buy(4, 98, 5, { account: 8 }),
    );
    expect(outcome.slice(1)).toMatchObject([
      { rejectReason: RejectReason.PostOnlyWouldTrade },
      { execType: ExecType.New, price: 99 },
      { execType: ExecType.New, price: 98 },
    ]);
    const massCancel = { clientOrderId: 7, instrumentId: 1, account: 8, priceFrom: 99, priceTo: 100 };
    const answers = await client.settle({ massCancel });
    expect(answers[0]?.executionReport).toMatchObject({ clientOrderId: 3, cancelReason: CancelReason.MassCancel });
    expect(answers.at(-1)?.massCancelReport).toMatchObject({ canceledCount: 1 });
  });

  test("a trade with one's own group is prevented and told", async () => {
    const client = await trader(wire);
    const stp = { selfTradePrevention: SelfTradePrevention.CancelOldest };
    const [resting, , ...outcome] = await reports(client, sell(1, 100, 5), buy(2, 100, 3, stp));
    const about = outcome.filter((one) => isOf(one, ExecType.TradePrevented));
    expect(about).toHaveLength(2);
    expect(about.map(({ lastPx, lastQty, tradeId }) => [lastPx, lastQty, tradeId])).toEqual([
      [100, 3, 0],
      [100, 3, 0],
    ]);
    expect(about.map(({ contraOrderId }) => contraOrderId)).toContain(resting?.orderId);
    expect(outcome).toContainEqual(
      expect.objectContaining({ execType: ExecType.Canceled, cancelReason: CancelReason.SelfTrade }),
    );
  });

  test("one order of a list cancels the other", async () => {
    const client = await trader(wire);
    const other = await trader("tcp");
    const order = { instrumentId: 1, side: Side.Sell, orderQty: 5, timeInForce: TimeInForce.GoodTillCancel };
    const orders = [
      { ...order, clientOrderId: 1, price: 110, orderType: OrderType.Limit },
      { ...order, clientOrderId: 2, triggerPrice: 90, orderType: OrderType.Stop },
    ];
    const accepted = await reports(client, { newOrderList: { contingency: Contingency.OneCancelsOther, orders } });
    expect(accepted).toMatchObject([
      { execType: ExecType.New, clientOrderId: 1 },
      { execType: ExecType.New, clientOrderId: 2, triggerPrice: 90 },
    ]);
    await reports(other, buy(1, 110, 1));
    expect(await reports(client)).toMatchObject([
      { execType: ExecType.Trade, clientOrderId: 1 },
      { execType: ExecType.Canceled, clientOrderId: 2, cancelReason: CancelReason.LinkedOrder },
    ]);
  });

  test("a list that its contingency does not fit is refused as a whole", async () => {
    const client = await trader(wire);
    const orders = [1, 2].map((clientOrderId) => buy(clientOrderId, 90, 1).newOrder ?? {});
    const refused = await reports(client, { newOrderList: { contingency: Contingency.Bracket, orders } });
    expect(refused.map(({ clientOrderId, rejectReason }) => [clientOrderId, rejectReason])).toEqual([
      [1, RejectReason.InvalidList],
      [2, RejectReason.InvalidList],
    ]);
  });

  test("a replace says what its quantity means", async () => {
    const client = await trader(wire);
    const other = await trader("tcp");
    await reports(client, sell(1, 100, 5), sell(2, 100, 5));
    await reports(other, buy(1, 100, 3));
    const outcome = await reports(
      client,
      replace(1, 100, 4, { replaceMode: ReplaceMode.NewLeaves }),
      replace(1, 100, 3, { replaceMode: ReplaceMode.InFlightMitigated }),
    );
    expect(outcome.slice(-2)).toMatchObject([
      { execType: ExecType.Replaced, cumQty: 3, leavesQty: 4, orderQty: 7 },
      { execType: ExecType.Canceled, cancelReason: CancelReason.ReplacedBelowExecuted },
    ]);
  });

  test("an offset that is not for its order type is refused", async () => {
    const client = await trader(wire);
    const market = { orderType: OrderType.Market, timeInForce: TimeInForce.ImmediateOrCancel };
    const [limited, trailing] = await reports(
      client,
      buy(1, 100, 1, { protection: 5 }),
      buy(2, 0, 1, { ...market, trailingDistance: 5 }),
    );
    expect(limited?.rejectReason).toBe(RejectReason.InvalidProtection);
    expect(trailing?.rejectReason).toBe(RejectReason.InvalidProtection);
  });

  test("a good-till-date order expires at its time", async () => {
    const client = await trader(wire);
    const expireTime = (Date.now() + 300) * 1000;
    const [accepted] = await reports(client, buy(1, 90, 1, { timeInForce: TimeInForce.GoodTillDate, expireTime }));
    expect(accepted?.execType).toBe(ExecType.New);
    let later: FrameOf<"executionReport">[] = [];
    // What is due happens before the next command, whatever that is.
    while (later.length === 0 && Date.now() * 1000 < expireTime + 10e6) later = await reports(client);
    expect(later).toMatchObject([{ execType: ExecType.Expired, cancelReason: CancelReason.Deadline }]);
  });
});
