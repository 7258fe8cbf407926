/** The operator's way into a running venue of two gateways and two engines, and what traders and followers see of it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { CancelReason, ExecType, Phase, RejectReason, Side } from "../../protocol/codes.ts";
import { buy, sell } from "../testing/order-frames.ts";
import { type FrameOf, type RawClient, logOn } from "../testing/raw-client.ts";
import { type ServerProcess, startVenue } from "../testing/server-process.ts";

let venue: ServerProcess;
let alice: RawClient;
let bob: RawClient;
let testCount = 0;

beforeAll(async () => {
  venue = await startVenue(["--engines", "2", "--gateways", "2"]);
});

beforeEach(async () => {
  testCount += 1;
  alice = await logOn("tcp", venue.ports, `alice-${testCount}`);
  bob = await logOn("json", venue.ports, `bob-${testCount}`);
});

/** Every test leaves an empty book in continuous trading. */
afterEach(async () => {
  await operate({ cancelOrders: {} });
  await operate({ setPhase: { phase: "CONTINUOUS" } });
  alice.destroy();
  bob.destroy();
});

afterAll(async () => {
  await venue?.stop();
});

async function post(request: unknown): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${venue.ports.adminPort}/operator`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof request === "string" ? request : JSON.stringify(request),
  });
  return { status: response.status, body: await response.text() };
}

interface Report {
  readonly rejectReason?: string;
  readonly count?: number;
  readonly engine?: number;
  readonly sequenceNumber?: string;
}

/** Asks, and expects every engine that is asked to do it. */
async function operate(request: object): Promise<Report[]> {
  const { status, body } = await post(request);
  expect([status, body], body).toEqual([200, expect.not.stringContaining("rejectReason")]);
  return JSON.parse(body) as Report[];
}

function hasReport(client: RawClient, execType: number): boolean {
  return client.all("executionReport").some((report) => (report.execType as number) === execType);
}

/** The next execution report; market data before it is passed over. */
async function nextReport(client: RawClient): Promise<FrameOf<"executionReport">> {
  return await client.skipTo("executionReport");
}

test("a halt is told to followers of the book, and orders are refused until it ends", async () => {
  bob.send({ subscribe: { instrumentId: 1 } });
  expect(await bob.skipTo("instrumentStatus")).toMatchObject({ phase: Phase.Continuous });
  const [answer, ...others] = await operate({ requestId: "7", setPhase: { instrumentId: 1, phase: "HALT" } });
  expect(answer).toMatchObject({ requestId: "7", count: 1 });
  expect(Number(answer?.sequenceNumber)).toBeGreaterThan(0);
  expect(others).toEqual([]);
  expect(await bob.skipTo("instrumentStatus")).toMatchObject({ instrumentId: 1, phase: Phase.Halt });
  alice.send(buy(1, 100, 5));
  expect(await nextReport(alice)).toMatchObject({ rejectReason: RejectReason.InstrumentHalted });
  await operate({ setPhase: { instrumentId: 1, phase: "CONTINUOUS" } });
  alice.send(buy(1, 100, 5));
  expect(await nextReport(alice)).toMatchObject({ execType: ExecType.New });
});

test("an auction: the book may be crossed, its price is indicated, and its trades have no aggressor", async () => {
  await operate({ setPhase: { instrumentId: 1, phase: "OPENING_AUCTION" } });
  bob.send({ subscribe: { instrumentId: 1 } });
  await bob.skipTo("bookSnapshot");
  alice.send(buy(1, 105, 5), sell(2, 100, 3));
  await bob.until(() => bob.all("auctionIndication").some(({ qty }) => qty === 3));
  expect(bob.all("auctionIndication").at(-1)).toMatchObject({ qty: 3, imbalance: 2, imbalanceSide: Side.Buy });
  await bob.until(() =>
    bob.all("bestBidOffer").some(({ bidPrice, offerPrice }) => bidPrice > offerPrice && offerPrice > 0),
  );
  await operate({ setPhase: { instrumentId: 1, phase: "CONTINUOUS" } });
  expect(await bob.skipTo("trade")).toMatchObject({ qty: 3, aggressorSide: Side.Unspecified });
  await bob.until(() => bob.all("bestBidOffer").at(-1)?.offerPrice === 0);
  expect(bob.all("bestBidOffer").at(-1)).toMatchObject({ bidPrice: 105, bidQty: 2 });
});

test("a trade that is busted is told to its two sides and to everybody", async () => {
  bob.send({ subscribe: { instrumentId: 1 } });
  alice.send(sell(1, 100, 5));
  await nextReport(alice);
  bob.send(buy(1, 100, 5));
  const { tradeId } = await bob.skipTo("trade");
  await alice.until(() => hasReport(alice, ExecType.Trade));
  await operate({ bustTrade: { instrumentId: 1, tradeId: String(tradeId) } });
  expect(await bob.skipTo("tradeAmendment")).toMatchObject({ tradeId, busted: true, price: 100, qty: 5 });
  for (const client of [alice, bob]) {
    await client.until(() => hasReport(client, ExecType.TradeBusted));
    expect(client.all("executionReport").at(-1)).toMatchObject({ tradeId, lastPx: 100, lastQty: 5 });
  }
  const again = await post({ bustTrade: { instrumentId: 1, tradeId: String(tradeId) } });
  expect(again.body).toContain("REJECT_REASON_TRADE_BUSTED");
});

test("a kill switch of an account cancels its orders on every engine and keeps it out until it is released", async () => {
  const orders = [1, 2, 3].map((instrumentId) => buy(instrumentId, 90, 1, { instrumentId, account: 8 }));
  alice.send(...orders, buy(4, 90, 1));
  for (let n = 0; n < 4; n++) expect(await nextReport(alice)).toMatchObject({ execType: ExecType.New });
  const reports = await operate({ killSwitch: { scope: "ACCOUNT", account: 8 } });
  expect(reports.map(({ engine = 0 }) => engine)).toEqual([0, 1]);
  expect(reports.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(3);
  for (let n = 0; n < 3; n++) expect(await nextReport(alice)).toMatchObject({ cancelReason: CancelReason.KillSwitch });
  alice.send(buy(5, 90, 1, { account: 8 }));
  expect(await nextReport(alice)).toMatchObject({ rejectReason: RejectReason.KillSwitch });
  await operate({ killSwitch: { scope: "ACCOUNT", account: 8, release: true } });
  alice.send(buy(5, 90, 1, { account: 8 }));
  expect(await nextReport(alice)).toMatchObject({ execType: ExecType.New });
});

test("the operator cancels by session, over all engines", async () => {
  for (const client of [alice, bob]) {
    client.send(buy(1, 90, 1), buy(2, 90, 1, { instrumentId: 2 }));
    for (let n = 0; n < 2; n++) expect(await nextReport(client)).toMatchObject({ execType: ExecType.New });
  }
  const reports = await operate({ cancelOrders: { session: `alice-${testCount}` } });
  expect(reports.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(2);
  expect(await nextReport(alice)).toMatchObject({ execType: ExecType.Canceled, cancelReason: CancelReason.Operator });
  bob.send({ massCancel: { clientOrderId: 9 } });
  const { canceledCount } = await bob.skipTo("massCancelReport");
  expect(canceledCount, "another session's orders are untouched").toBe(2);
});

test("an instrument that is defined is known to every gateway when the answer comes", async () => {
  const definition = {
    instrumentId: 900 + testCount,
    symbol: `NEW-${testCount}`,
    engine: 1,
    maxPrice: 500,
    qtyStep: 10,
  };
  expect(await operate({ defineInstrument: definition })).toMatchObject([{ engine: 1, count: 1 }]);
  const { instrumentId } = definition;
  // Connections are spread over the gateways: of this many, both have some.
  const clients = await Promise.all(
    Array.from({ length: 8 }, (_, n) => logOn("ws", venue.ports, `new-${testCount}-${n}`)),
  );
  for (const client of clients) {
    client.send({ instrumentsRequest: {} }, { subscribe: { instrumentId } }, buy(1, 400, 10, { instrumentId }));
    const { instruments } = await client.skipTo("instrumentList");
    expect(instruments.at(-1)).toMatchObject({ ...definition, tickSize: 1, phase: Phase.Continuous });
    expect(await nextReport(client)).toMatchObject({ execType: ExecType.New, engine: 1 });
    client.send(buy(2, 400, 11, { instrumentId }), buy(3, 501, 10, { instrumentId }));
    expect(await nextReport(client)).toMatchObject({ rejectReason: RejectReason.QuantityNotInLots });
    expect(await nextReport(client)).toMatchObject({ rejectReason: RejectReason.InvalidPrice });
  }
  for (const client of clients) client.destroy();
  expect((await post({ defineInstrument: { instrumentId, priceSteps: [{ fromPrice: 2, step: 1 }] } })).body).toContain(
    "REJECT_REASON_INVALID_INSTRUMENT",
  );
});

test("a request that cannot be read is refused with its place", async () => {
  expect(await post('{"setPhase":\n}')).toEqual({
    status: 400,
    body: 'line 2, column 1: expected a value, found "}"\n',
  });
  expect(await post({ killSwitch: { scope: "PLANET" } })).toMatchObject({ status: 400 });
});

test("a definition that no engine need see is refused with a report", async () => {
  const { status, body } = await post({ requestId: "7", defineInstrument: { instrumentId: 99, symbol: "ACME" } });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual([
    {
      requestId: "7",
      rejectReason: "REJECT_REASON_INVALID_INSTRUMENT",
      text: "the instrument definition contradicts itself: symbol is already that of instrument 1",
    },
  ]);
});
