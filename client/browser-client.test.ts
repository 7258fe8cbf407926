/** The browser's client, with the WebSocket of the `ws` package in the place of the browser's: they share their interface. */
import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import {
  ConnectError,
  FairleadClient,
  ProtocolViolationError,
  SessionEndedError,
  Side,
  type ClientOptions,
} from "./browser.ts";
import { FakeVenue, portOf } from "./testing/fake-venue.ts";

/** A browser does not throw when nobody listens to an error. */
class BrowserLikeWebSocket extends WebSocket {
  constructor(url: URL) {
    super(url);
    this.on("error", () => undefined);
  }
}

let venue: FakeVenue;

beforeEach(async () => {
  vi.stubGlobal("WebSocket", BrowserLikeWebSocket);
  venue = await FakeVenue.start();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await venue.stop();
});

function connect(options: Partial<ClientOptions> = {}): Promise<FairleadClient> {
  return FairleadClient.connect({ url: venue.wsUrl, session: "alice", ...options });
}

function closeOf(client: FairleadClient): Promise<unknown> {
  return new Promise((resolve) => {
    client.on("close", resolve);
  });
}

test("it logs on, subscribes, places and cancels an order, and logs out", async () => {
  const client = await connect();
  const subscription = await client.subscribe(1);
  expect(subscription.book.state).toBe("current");
  const order = await client.placeOrder({ instrumentId: 1, side: Side.Buy, price: 100, orderQty: 5 });
  await order.cancel();
  expect(order.isOpen).toBe(false);
  const closed = closeOf(client);
  await client.logout();
  expect(await closed).toBeUndefined();
});

test("a lost connection is a SessionEndedError", async () => {
  const client = await connect();
  const closed = closeOf(client);
  venue.peer.drop();
  expect(await closed).toBeInstanceOf(SessionEndedError);
});

test("text from the venue is a ProtocolViolationError", async () => {
  const client = await connect();
  const closed = closeOf(client);
  venue.peer.sendText("{}");
  expect(await closed).toBeInstanceOf(ProtocolViolationError);
});

test("a connection that fails, or is not made in time, is a ConnectError", async () => {
  const silent = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const url = `ws://127.0.0.1:${portOf(silent)}`;
  await expect(connect({ url, connectTimeoutMs: 50 })).rejects.toThrow("no connection in 50 ms");
  silent.close();
  await once(silent, "close");
  await expect(connect({ url })).rejects.toThrow(ConnectError);
});

test("an address that a browser cannot open is refused", async () => {
  await expect(connect({ url: venue.tcpUrl })).rejects.toThrow('"tcp:" is not ws: or wss:');
});
