/** Logging on, staying on, and every way in which a session ends. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogoutReason } from "../protocol/codes.ts";
import {
  ConnectError,
  FairleadClient,
  HeartbeatTimeoutError,
  LogonRefusedError,
  OutcomeUnknownError,
  ProtocolViolationError,
  SessionEndedError,
  Side,
  TimeoutError,
  type ClientOptions,
  type FairleadError,
} from "./index.ts";
import { FakeVenue, portOf } from "./testing/fake-venue.ts";
import { until } from "./testing/until.ts";

const ORDER = { instrumentId: 1, side: Side.Buy, price: 100, orderQty: 5 };

let venue: FakeVenue;

beforeEach(async () => {
  venue = await FakeVenue.start();
});

afterEach(() => venue.stop());

function closeOf(client: FairleadClient): Promise<FairleadError | undefined> {
  return new Promise((resolve) => {
    client.on("close", resolve);
  });
}

describe.each(["tcp", "ws"])("over %s", (transport) => {
  function connect(options: Partial<ClientOptions> = {}): Promise<FairleadClient> {
    return FairleadClient.connect({
      url: transport === "tcp" ? venue.tcpUrl : venue.wsUrl,
      session: "alice",
      ...options,
    });
  }

  test("the logon says what the options ask for, and the client knows what the venue answered", async () => {
    const client = await connect({ cancelOnDisconnect: true, heartbeatIntervalMs: 5000 });
    expect(venue.received[0]?.logon).toMatchObject({
      session: "alice",
      protocolVersion: 1,
      heartbeatIntervalMs: 5000,
      cancelOnDisconnect: true,
    });
    expect(client.logon).toMatchObject({ venue: "fake venue", heartbeatIntervalMs: 5000 });
    client.close();
  });

  test("a refused logon is a LogonRefusedError with the venue's reason", async () => {
    venue.script = (peer) => {
      peer.send({ logout: { reason: LogoutReason.SessionInUse, text: "alice is logged on" } });
      peer.drop();
      return true;
    };
    const error = await connect().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(LogonRefusedError);
    expect(error).toMatchObject({ reason: LogoutReason.SessionInUse, reasonName: "SessionInUse" });
  });

  test("a venue that ends the connection instead of answering the logon is a ConnectError", async () => {
    venue.script = (peer) => {
      peer.drop();
      return true;
    };
    await expect(connect()).rejects.toThrow(ConnectError);
  });

  test("a venue that does not answer the logon in time is a ConnectError", async () => {
    venue.script = () => true;
    await expect(connect({ connectTimeoutMs: 50 })).rejects.toThrow("no logon answer in 50 ms");
  });

  test("garbage instead of a logon answer is a ProtocolViolationError", async () => {
    venue.script = (peer) => {
      peer.sendBytes(Uint8Array.of(3, 0x0a, 0xff, 0xff));
      return true;
    };
    await expect(connect()).rejects.toThrow(ProtocolViolationError);
  });

  test("logout resolves when the venue has confirmed it; close has no cause", async () => {
    const client = await connect();
    const closed = closeOf(client);
    await client.logout();
    expect(await closed).toBeUndefined();
    expect(client.isOpen).toBe(false);
    await expect(client.placeOrder(ORDER)).rejects.toThrow(SessionEndedError);
  });

  test("a logout that is not answered is a TimeoutError and closes all the same", async () => {
    venue.script = (_, frame) => Boolean(frame.logout);
    const client = await connect({ requestTimeoutMs: 50 });
    const closed = closeOf(client);
    await expect(client.logout()).rejects.toThrow(TimeoutError);
    expect(await closed).toBeUndefined();
  });

  test("the venue's logout is an event, then the cause of the close", async () => {
    const client = await connect();
    const logouts: unknown[] = [];
    client.on("logout", (logout) => logouts.push(logout));
    const closed = closeOf(client);
    venue.peer.send({ logout: { reason: LogoutReason.Draining, text: "bye" } });
    expect(await closed).toMatchObject({ name: "SessionEndedError", reason: LogoutReason.Draining, text: "bye" });
    expect(logouts).toEqual([{ reason: LogoutReason.Draining, text: "bye" }]);
  });

  test("when the venue dies, what waits for an answer is of unknown outcome, and later requests were never sent", async () => {
    const client = await connect();
    venue.script = () => true;
    const closed = closeOf(client);
    const waiting = [
      client.placeOrder(ORDER),
      client.massCancel(),
      client.instruments(),
      client.subscribe(1),
      client.ping(),
    ];
    const outcomes = Promise.allSettled(waiting);
    await until(() => venue.received.length === 6);
    venue.peer.drop();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "OutcomeUnknownError" } });
    }
    const cause = await closed;
    expect(cause).toBeInstanceOf(SessionEndedError);
    await expect(waiting[0]).rejects.toMatchObject({ cause });
    await expect(client.placeOrder(ORDER)).rejects.toThrow(SessionEndedError);
    await expect(client.instruments()).rejects.toThrow(SessionEndedError);
  });

  test("close ends the session at once: what waits is of unknown outcome", async () => {
    const client = await connect();
    venue.script = () => true;
    const order = client.placeOrder(ORDER);
    client.close();
    await expect(order).rejects.toThrow(OutcomeUnknownError);
  });

  test.each([
    ["a frame that is no protobuf", [3, 0x0a, 0xff, 0xff]],
    ["an endless length", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ["a length of 2^32−1", [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("%s from the venue ends the session with a ProtocolViolationError", async (_, bytes) => {
    const client = await connect();
    const closed = closeOf(client);
    venue.peer.sendBytes(Uint8Array.from(bytes));
    expect(await closed).toBeInstanceOf(ProtocolViolationError);
  });

  test("a second LogonAccepted is a protocol violation", async () => {
    const client = await connect();
    const closed = closeOf(client);
    venue.peer.send({ logonAccepted: { session: "alice" } });
    expect(await closed).toBeInstanceOf(ProtocolViolationError);
  });

  test("frames of a kind that this version does not know are skipped", async () => {
    const client = await connect();
    // Field 100 of ServerFrame, length-delimited, empty; and a frame without anything.
    venue.peer.sendBytes(Uint8Array.of(3, 0xa2, 0x06, 0, 0));
    expect(await client.ping()).toBeGreaterThan(0);
    client.close();
  });

  test("nothing is delivered after the frame that ends the session", async () => {
    const client = await connect();
    const events: string[] = [];
    client.on("report", () => events.push("report")).on("close", () => events.push("close"));
    const report = { executionReport: { clientOrderId: 1, execType: 1, orderStatus: 1 } };
    venue.peer.send(report, { logout: { reason: LogoutReason.Draining } }, report);
    await closeOf(client);
    await new Promise(setImmediate);
    expect(events).toEqual(["report", "close"]);
  });

  test("an idle client sends heartbeats, and the venue's keep the session alive", async () => {
    const client = await connect({ heartbeatIntervalMs: 100 });
    const beat = setInterval(() => venue.peer.send({ heartbeat: {} }), 100);
    await until(() => venue.received.filter((frame) => frame.heartbeat).length > 2);
    clearInterval(beat);
    expect(client.isOpen).toBe(true);
    client.close();
  });

  test("a venue that is silent for two intervals is a HeartbeatTimeoutError", async () => {
    const client = await connect({ heartbeatIntervalMs: 100 });
    expect(await closeOf(client)).toBeInstanceOf(HeartbeatTimeoutError);
    expect(client.isOpen).toBe(false);
    await expect(client.placeOrder(ORDER)).rejects.toThrow(SessionEndedError);
  });

  test("a heartbeat that asks for an echo gets it", async () => {
    const client = await connect();
    venue.peer.send({ heartbeat: { requestId: 77 } });
    await until(() => venue.received.find((frame) => frame.heartbeat)?.heartbeat?.echoId === 77);
    client.close();
  });

  test("ping measures a round trip", async () => {
    const client = await connect();
    expect(await client.ping()).toBeGreaterThan(0);
    client.close();
  });

  test("a ping that is not answered is a TimeoutError", async () => {
    const client = await connect({ requestTimeoutMs: 50 });
    venue.script = () => true;
    await expect(client.ping()).rejects.toThrow(TimeoutError);
    client.close();
  });

  test("nobody listening is a ConnectError that names the address and the reason", async () => {
    const closedPort = createServer().listen(0, "127.0.0.1");
    await once(closedPort, "listening");
    const port = portOf(closedPort);
    closedPort.close();
    await once(closedPort, "close");
    const error = await connect({ url: `${transport}://127.0.0.1:${port}` }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ host: "127.0.0.1", port, reason: "ECONNREFUSED" });
  });
});

test("a text message on a WebSocket is a protocol violation", async () => {
  const client = await FairleadClient.connect({ url: venue.wsUrl, session: "alice" });
  const closed = closeOf(client);
  venue.peer.sendText("{}");
  expect(await closed).toBeInstanceOf(ProtocolViolationError);
});

test("a WebSocket message that ends within a frame is a protocol violation", async () => {
  const client = await FairleadClient.connect({ url: venue.wsUrl, session: "alice" });
  const closed = closeOf(client);
  venue.peer.sendBytes(Uint8Array.of(2, 0x4a));
  expect(await closed).toBeInstanceOf(ProtocolViolationError);
});

test("an address of another kind is a ConnectError", async () => {
  await expect(FairleadClient.connect({ url: "http://127.0.0.1:1" })).rejects.toThrow('"http:" is not tcp:');
});

test("an HTTP server without WebSocket is a ConnectError", async () => {
  const server = createHttpServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  await expect(FairleadClient.connect({ url: `ws://127.0.0.1:${portOf(server)}` })).rejects.toThrow(ConnectError);
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

test("a listener that throws does not stop the session", async () => {
  const client = await FairleadClient.connect({ url: venue.tcpUrl, session: "alice" });
  const uncaught = new Promise((resolve) => {
    process.once("uncaughtException", resolve);
  });
  client.on("report", () => {
    throw new Error("from a listener");
  });
  const order = await client.placeOrder(ORDER);
  expect(order.isOpen).toBe(true);
  expect(await uncaught).toMatchObject({ message: "from a listener" });
  client.close();
});
