import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Durability, ExecType, LogoutReason, OrderStatus, RejectReason } from "../protocol/codes.ts";
import { MAX_CLIENT_FRAME_BYTES } from "../protocol/limits.ts";
import { buy, cancel } from "./testing/order-frames.ts";
import { type ClientFrame, RawClient, type Wire, WIRES } from "./testing/raw-client.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

let venue: ServerProcess;
const clients: RawClient[] = [];
let names = 0;

beforeAll(async () => {
  venue = await startVenue(["--logon-timeout-ms", "300"]);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

afterAll(async () => {
  await venue?.stop();
});

async function connect(wire: Wire = "tcp"): Promise<RawClient> {
  const client = await RawClient.connect(wire, venue.ports);
  clients.push(client);
  return client;
}

/** A session name that no other test uses. */
function freshName(): string {
  names += 1;
  return `session-${names}`;
}

describe.each(WIRES)("over %s", (wire) => {
  test("a logon is accepted with the terms of the session", async () => {
    const client = await connect(wire);
    const name = freshName();
    const before = Date.now();
    const accepted = await client.logon(name, { heartbeatIntervalMs: 5000, protocolVersion: 1 });
    expect(accepted).toMatchObject({
      session: name,
      heartbeatIntervalMs: 5000,
      maxFrameBytes: MAX_CLIENT_FRAME_BYTES,
      durability: Durability.Memory,
      lastSessionSequence: [0],
    });
    expect(accepted.venue).toMatch(/^fairlead \d+\.\d+\.\d+/u);
    expect(accepted.serverTime).toBeGreaterThanOrEqual(before * 1000);
    expect(accepted.serverTime).toBeLessThanOrEqual(Date.now() * 1000);
  });

  test("a logout is answered with a logout, and the connection ends", async () => {
    const client = await connect(wire);
    await client.logon(freshName());
    client.send({ logout: {} });
    expect(await client.expect("logout")).toMatchObject({ reason: LogoutReason.Requested, text: "goodbye" });
    expect(await client.expectClosed()).toMatchObject({ code: wire === "tcp" ? undefined : 1000, error: undefined });
  });

  test("frames sent right behind the logon are handled after it, in their order", async () => {
    const client = await connect(wire);
    client.send(
      { logon: { session: freshName() } },
      buy(1, 100, 5),
      buy(2, 100, 5),
      cancel(1),
      { instrumentsRequest: {} },
      { heartbeat: { requestId: 7 } },
    );
    const kinds = (await client.take(6)).map((frame) => frame.frame);
    expect(kinds[0]).toBe("logonAccepted");
    expect(kinds.filter((kind) => kind !== "executionReport")).toEqual([
      "logonAccepted",
      "instrumentList",
      "heartbeat",
    ]);
    const reports = client.all("executionReport").map((report) => [report.execType, report.clientOrderId]);
    expect(reports).toEqual([
      [ExecType.New, 1],
      [ExecType.New, 2],
      [ExecType.Canceled, 1],
    ]);
  });

  test("a session without a name watches and cannot trade", async () => {
    const client = await connect(wire);
    const accepted = await client.logon("");
    expect(accepted.session).toBe("");
    client.send({ subscribe: { instrumentId: 2 } }, buy(1, 100, 1));
    // The gateway itself rejects the order, maybe before the engine has told it the book.
    await client.until(() => client.all("businessReject").length > 0 && client.all("bestBidOffer").length > 0);
    expect(client.all("businessReject")[0]?.rejectReason).toBe(RejectReason.MarketDataOnly);
    expect(client.all("bookSnapshot")).toMatchObject([{ instrumentId: 2, last: true }]);
  });

  const badLogons: readonly [string, NonNullable<ClientFrame["logon"]>, RegExp][] = [
    ["a name of 33 characters", { session: "n".repeat(33) }, /^session: /u],
    ["a name with a space", { session: "a b" }, /^session: /u],
    ["a name beyond ASCII", { session: "müller" }, /^session: /u],
    ["another protocol version", { session: "a", protocolVersion: 2 }, /^protocol_version: .* 1, not 2$/u],
    ["a short heartbeat interval", { session: "a", heartbeatIntervalMs: 99 }, /^heartbeat_interval_ms: .* not 99$/u],
    ["a long heartbeat interval", { session: "a", heartbeatIntervalMs: 600_001 }, /^heartbeat_interval_ms: /u],
  ];

  test.each(badLogons)("a logon with %s is refused with the reason in words", async (_, logon, text) => {
    const client = await connect(wire);
    client.send({ logon });
    const closed = await client.expectClosed();
    expect(closed).toMatchObject({ reason: LogoutReason.BadLogon, code: wire === "tcp" ? undefined : 1008 });
    expect(closed.text).toMatch(text);
    expect(client.received).toHaveLength(1);
  });

  test.each<[string, ClientFrame]>([
    ["an order", buy(1, 100, 1)],
    ["a heartbeat", { heartbeat: { requestId: 1 } }],
    ["a subscription", { subscribe: { instrumentId: 1 } }],
    ["a logout", { logout: {} }],
  ])("%s before the logon ends the connection", async (_, frame) => {
    const client = await connect(wire);
    client.send(frame);
    expect(await client.expectClosed()).toMatchObject({
      reason: LogoutReason.LogonExpected,
      code: wire === "tcp" ? undefined : 1002,
    });
  });

  test("a second logon on a connection ends it", async () => {
    const client = await connect(wire);
    const name = freshName();
    await client.logon(name);
    client.send({ logon: { session: name } });
    expect(await client.expectClosed()).toMatchObject({
      reason: LogoutReason.AlreadyLoggedOn,
      code: wire === "tcp" ? undefined : 1002,
    });
  });

  test("a session name is held by one connection at a time, and free when that has gone", async () => {
    const name = freshName();
    const holder = await connect(wire);
    await holder.logon(name);
    const second = await connect(wire);
    second.send({ logon: { session: name } });
    expect(await second.expectClosed()).toMatchObject({
      reason: LogoutReason.SessionInUse,
      code: wire === "tcp" ? undefined : 1008,
    });
    const answers = await holder.settle(buy(1, 100, 1));
    expect(answers, "the holder notices nothing").toHaveLength(1);
    await holder.close();
    await (await connect(wire)).logon(name);
  });

  test("a connection that does not log on in time is ended", async () => {
    const client = await connect(wire);
    expect(await client.expectClosed()).toMatchObject({
      reason: LogoutReason.LogonTimeout,
      code: wire === "tcp" ? undefined : 1008,
    });
  });

  test("a silent client is ended after two heartbeat intervals, and the venue's heartbeats come before", async () => {
    const client = await connect(wire);
    await client.logon(freshName(), { heartbeatIntervalMs: 100 });
    const closed = await client.expectClosed();
    expect(closed).toMatchObject({ reason: LogoutReason.HeartbeatTimeout, code: wire === "tcp" ? undefined : 1008 });
    expect(client.all("heartbeat").length).toBeGreaterThanOrEqual(1);
  });

  test("a client that sends heartbeats stays, and each request is echoed", async () => {
    const client = await connect(wire);
    await client.logon(freshName(), { heartbeatIntervalMs: 200 });
    for (let requestId = 1; requestId <= 6; requestId++) {
      client.send({ heartbeat: { requestId } });
      while ((await client.expect("heartbeat")).echoId !== requestId);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(client.isClosed).toBe(false);
  });
});

test("a heartbeat that asks for nothing is answered by nothing", async () => {
  const client = await connect();
  await client.logon(freshName());
  const answers = await client.settle({ heartbeat: {} }, { heartbeat: { echoId: 5 } });
  expect(answers).toEqual([]);
});

test("resting orders survive a disconnect, and the session sequence goes on without a hole", async () => {
  const name = freshName();
  const first = await connect();
  await first.logon(name);
  await first.settle(buy(1, 50, 5), buy(2, 50, 5));
  first.destroy();
  await first.expectClosed();

  const second = await connect("ws");
  expect((await logonWhenFree(second, name)).lastSessionSequence).toEqual([2]);
  await second.settle(buy(3, 50, 5), cancel(1), cancel(99));
  const sequences = second.received.map((frame) => (frame.executionReport ?? frame.businessReject)?.sessionSequence);
  expect(sequences.filter((sequence) => sequence !== undefined)).toEqual([3, 4, 5]);
  expect(second.all("executionReport")[1]).toMatchObject({
    execType: ExecType.Canceled,
    orderStatus: OrderStatus.Canceled,
    clientOrderId: 1,
  });
});

test("cancel on disconnect cancels what rests, counts it in the sequence, and tells who asks", async () => {
  const name = freshName();
  const first = await connect();
  await first.logon(name, { cancelOnDisconnect: true });
  await first.settle(buy(1, 51, 5), buy(2, 51, 5));
  first.destroy();
  await first.expectClosed();

  const second = await connect("json");
  expect((await logonWhenFree(second, name)).lastSessionSequence, "two accepted, two canceled").toEqual([4]);
  await second.settle(buy(1, 51, 5), cancel(2));
  expect(second.all("executionReport")[0]).toMatchObject({
    execType: ExecType.OrderStatus,
    orderStatus: OrderStatus.Canceled,
    sessionSequence: 5,
  });
  expect(second.all("businessReject")[0]).toMatchObject({ rejectReason: RejectReason.OrderClosed, sessionSequence: 6 });
});

test("many quick reconnects lose no report and never find the name taken", async () => {
  const name = freshName();
  let last = 0;
  for (let round = 1; round <= 30; round++) {
    const client = await connect(round % 2 === 0 ? "tcp" : "ws");
    client.send({ logon: { session: name } }, buy(round, 10, 1), { logout: {} });
    const accepted = await client.expect("logonAccepted");
    expect(accepted.lastSessionSequence, "what came last is what was sent last").toEqual([last]);
    await client.expectClosed();
    last += 1;
  }
});

/** A connection that vanished is noticed a moment later by the venue than by the client. */
async function logonWhenFree(client: RawClient, name: string) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return await client.logon(name);
}
