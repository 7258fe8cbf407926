/** The connection under the client, as load generators and bots use it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OrderType, Side, TimeInForce } from "../protocol/codes.ts";
import { openNodeTransport } from "./node-transport.ts";
import { OrderEntryConnection, type ConnectionHandler } from "./order-entry.ts";
import { FakeVenue } from "./testing/fake-venue.ts";
import { until } from "./testing/until.ts";

let venue: FakeVenue;

beforeEach(async () => {
  venue = await FakeVenue.start();
});

afterEach(() => venue.stop());

function sendOrder(connection: OrderEntryConnection, clientOrderId: number): void {
  connection.sendNewOrder(clientOrderId, 1, Side.Buy, OrderType.Limit, TimeInForce.GoodTillCancel, 100, 5, false);
}

describe.each(["tcp", "ws"])("over %s", (transport) => {
  function connect(handler: ConnectionHandler): Promise<OrderEntryConnection> {
    const url = transport === "tcp" ? venue.tcpUrl : venue.wsUrl;
    return OrderEntryConnection.connect(openNodeTransport, { url, session: "bot" }, handler);
  }

  test("nothing leaves before flush, and then everything in one piece and in order", async () => {
    const seen: number[] = [];
    const connection = await connect({ onExecutionReport: (report) => seen.push(report.clientOrderId) });
    for (let id = 1; id <= 100; id++) sendOrder(connection, id);
    expect(connection.bufferedBytes).toBeGreaterThan(0);
    await new Promise(setImmediate);
    expect(venue.received).toHaveLength(1);
    connection.flush();
    await until(() => seen.length === 100);
    expect(venue.peer.receivedPieces).toBe(2);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(connection.bufferedBytes).toBe(0);
    connection.close();
  });

  test("a batch that grows too large leaves by itself, and no frame is damaged", async () => {
    let count = 0;
    const connection = await connect({ onExecutionReport: () => count++ });
    for (let id = 1; id <= 20_000; id++) sendOrder(connection, id);
    await until(() => count > 0);
    connection.flush();
    await until(() => count === 20_000);
    const ids = venue.received.slice(1).map((frame) => frame.newOrder?.clientOrderId);
    expect(ids).toEqual(Array.from({ length: 20_000 }, (_, n) => n + 1));
    connection.close();
  });

  test("cancel, replace and mass cancel travel with what they are given", async () => {
    const connection = await connect({});
    connection.sendCancelOrder(2, 1, 3, true);
    connection.sendReplaceOrder(4, 1, 3, 101, 7, true);
    connection.sendMassCancel(5, 3, Side.Sell);
    connection.flush();
    await until(() => venue.received.length === 4);
    const [, cancel, replace, massCancel] = venue.received;
    expect(cancel?.cancelOrder).toMatchObject({
      clientOrderId: 2,
      origClientOrderId: 1,
      instrumentId: 3,
      receipt: true,
    });
    const terms = { price: 101, orderQty: 7, receipt: true };
    expect(replace?.replaceOrder).toMatchObject({ clientOrderId: 4, origClientOrderId: 1, instrumentId: 3, ...terms });
    expect(massCancel?.massCancel).toMatchObject({ clientOrderId: 5, instrumentId: 3, side: Side.Sell });
    connection.close();
  });

  test("what was sent leaves before a close; a send after it throws", async () => {
    const connection = await connect({});
    sendOrder(connection, 1);
    connection.close();
    await until(() => venue.received.length === 2);
    expect(() => sendOrder(connection, 2)).toThrow("closed by this side");
  });

  test("onEnd comes once: the close that follows a lost connection adds nothing", async () => {
    const causes: unknown[] = [];
    const connection = await connect({ onEnd: (cause) => causes.push(cause) });
    venue.peer.drop();
    await until(() => causes.length === 1);
    connection.close();
    await new Promise(setImmediate);
    expect(causes).toHaveLength(1);
  });

  test("a close during the logon ends it", async () => {
    venue.script = () => true;
    const url = transport === "tcp" ? venue.tcpUrl : venue.wsUrl;
    const connection = new OrderEntryConnection({ url, session: "bot" }, {});
    const opened = connection.open(openNodeTransport).catch((error: unknown) => error);
    connection.close();
    expect(await opened).toMatchObject({ name: "SessionEndedError" });
    const again = new OrderEntryConnection({ url, session: "bot" }, {});
    const answer = again.open(openNodeTransport).catch((error: unknown) => error);
    await until(() => venue.received.some((frame) => frame.logon));
    again.close();
    expect(await answer).toMatchObject({ name: "SessionEndedError" });
  });
});

test("a send before the logon throws", () => {
  const connection = new OrderEntryConnection({ url: venue.tcpUrl }, {});
  expect(() => sendOrder(connection, 1)).toThrow("not logged on yet");
});
