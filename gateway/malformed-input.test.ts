/**
 * What the venue does with input that breaks the rules of the wire: the client is told with a coded Logout and is closed;
 * it is counted and logged once; nobody else notices.
 */
import type { Writable } from "node:stream";
import * as fc from "fast-check";
import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { LogoutReason } from "../protocol/codes.ts";
import { encodeClientFrame } from "../protocol/codec/cold-codec.ts";
import { adminGet, metric, metricBecomes } from "./testing/admin-client.ts";
import { buy, cancel } from "./testing/order-frames.ts";
import { RawClient, type Wire, logOn } from "./testing/raw-client.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

const MAX_FRAME_BYTES = 1024;
const MAX_CONNECTIONS = 12;
const MIB = 2 ** 20;

let venue: ServerProcess;
let bystander: RawClient;
const clients: RawClient[] = [];
let sessions = 0;

beforeAll(async () => {
  venue = await startVenue([
    "--max-frame-bytes",
    String(MAX_FRAME_BYTES),
    "--max-connections",
    String(MAX_CONNECTIONS),
    "--logon-timeout-ms",
    "60000",
  ]);
  bystander = await logOn("tcp", venue.ports, "bystander");
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await othersStillTrade();
});

afterAll(async () => {
  bystander?.destroy();
  await venue?.stop();
});

async function loggedOn(wire: Wire): Promise<RawClient> {
  sessions += 1;
  const client = await logOn(wire, venue.ports, `offender-${sessions}`);
  clients.push(client);
  return client;
}

async function othersStillTrade(): Promise<void> {
  const answers = await bystander.settle(buy(1, 1, 1, { instrumentId: 2 }), cancel(1, { instrumentId: 2 }));
  expect(answers.length, "another session is answered as ever").toBe(2);
}

function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part as string))));
}

/** A frame with its length in front. */
function delimited(...body: number[]): Uint8Array {
  return bytes(body.length, Uint8Array.from(body));
}

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}

const ELEVEN_BYTE_VARINT = [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
const NEW_ORDER = 0x0a;
const LOGON = 0x2a;
const HEARTBEAT = 0x3a;

interface Case {
  readonly name: string;
  readonly input: Uint8Array;
  readonly reason: LogoutReason;
  readonly code: number;
}

const malformed = { reason: LogoutReason.MalformedFrame, code: 1002 };
const empty = { reason: LogoutReason.EmptyFrame, code: 1002 };
const tooLarge = { reason: LogoutReason.FrameTooLarge, code: 1009 };
const invalidText = { reason: LogoutReason.InvalidText, code: 1007 };
const wrongKind = { reason: LogoutReason.WrongMessageKind, code: 1003 };

const BINARY_CASES: readonly Case[] = [
  { name: "a frame of no bytes", input: delimited(), ...empty },
  { name: "a frame with unknown fields only", input: delimited(0x98, 0x06, 0x01), ...empty },
  { name: "a message longer than its frame", input: delimited(NEW_ORDER, 10, 8, 1), ...malformed },
  { name: "a field number of 0", input: delimited(0x00, 0x01), ...malformed },
  { name: "a group that does not end", input: delimited(0x9b, 0x06), ...malformed },
  { name: "the end of a group that did not begin", input: delimited(0x9c, 0x06), ...malformed },
  { name: "wire type 6", input: delimited(0x0e, 0x01), ...malformed },
  { name: "a varint of eleven bytes", input: delimited(NEW_ORDER, 12, 8, ...ELEVEN_BYTE_VARINT), ...malformed },
  { name: "a varint that is cut", input: delimited(NEW_ORDER, 2, 8, 128), ...malformed },
  { name: "a heartbeat id of 2^53", input: delimited(HEARTBEAT, 9, 8, ...varint(2 ** 53)), ...malformed },
  { name: "a length prefix of six bytes", input: bytes(128, 128, 128, 128, 128, 0), ...malformed },
  { name: "a length prefix above 2^32", input: bytes(255, 255, 255, 255, 16), ...malformed },
  { name: "a length of 2^32-1", input: varint(2 ** 32 - 1), ...tooLarge },
  { name: "a length one above the limit", input: varint(MAX_FRAME_BYTES + 1), ...tooLarge },
  { name: "a string that is not UTF-8", input: delimited(LOGON, 3, 0x0a, 1, 0xff), ...invalidText },
  { name: "an HTTP request", input: bytes(`GET / HTTP/1.1\r\n${"x: y\r\n".repeat(50)}`), ...malformed },
];

describe.each<Wire>(["tcp", "ws"])("binary frames over %s", (wire) => {
  test.each(BINARY_CASES)("$name", async ({ input, reason, code }) => {
    const client = await loggedOn(wire);
    client.sendBytes(input);
    await expectEnded(client, reason, code);
  });

  test("what came before the fault in the same read is handled, what comes after it is not", async () => {
    const client = await loggedOn(wire);
    const echo = encodeClientFrame({ heartbeat: { requestId: 5 } });
    client.sendBytes(bytes(echo, delimited(), echo));
    await expectEnded(client, LogoutReason.EmptyFrame, 1002);
    expect(client.all("heartbeat").map(({ echoId }) => echoId)).toEqual([5]);
    expect(client.received.map(({ frame }) => frame)).toEqual(["logonAccepted", "heartbeat", "logout"]);
  });

  test("a frame of exactly the greatest length is read", async () => {
    const client = await loggedOn(wire);
    const order = encodeClientFrame(buy(1, 5, 5)).subarray(1);
    const filler = MAX_FRAME_BYTES - order.length - 4;
    client.sendBytes(bytes(varint(MAX_FRAME_BYTES), order, bytes(0x9a, 0x06), varint(filler), new Uint8Array(filler)));
    expect((await client.expect("executionReport")).clientOrderId).toBe(1);
  });
});

async function expectEnded(client: RawClient, reason: LogoutReason, code: number): Promise<void> {
  const closed = await client.expectClosed();
  expect(closed).toMatchObject({ reason, code: client.wire === "tcp" ? undefined : code });
  expect(closed.text).not.toBe("");
}

describe("binary messages", () => {
  test("a message that ends within a frame", async () => {
    const client = await loggedOn("ws");
    client.sendBytes(encodeClientFrame(buy(1, 5, 5)).subarray(0, 8));
    await expectEnded(client, LogoutReason.MalformedFrame, 1002);
  });

  test("a text message", async () => {
    const client = await loggedOn("ws");
    client.sendText('{"heartbeat":{}}');
    await expectEnded(client, wrongKind.reason, wrongKind.code);
  });

  test("a message of 1 MiB is read, one byte more is not", async () => {
    const client = await loggedOn("ws");
    const heartbeat = Buffer.from(encodeClientFrame({ heartbeat: {} }));
    client.sendBytes(Buffer.alloc(MIB - (MIB % heartbeat.length), heartbeat));
    expect(await client.settle()).toEqual([]);
    client.sendBytes(Buffer.alloc(MIB + 1, heartbeat));
    await expectEnded(client, LogoutReason.FrameTooLarge, 1009);
  });

  test("a message of no bytes holds no frame, which is fine", async () => {
    const client = await loggedOn("ws");
    client.sendBytes(new Uint8Array(0));
    expect(await client.settle()).toEqual([]);
  });
});

const TEXT_CASES: readonly { name: string; text: string; reason: LogoutReason; code: number }[] = [
  { name: "an empty text", text: "", ...invalidText },
  { name: "not JSON", text: "{", ...invalidText },
  { name: "two texts in one", text: "{} {}", ...invalidText },
  { name: "a list", text: "[]", ...invalidText },
  { name: "null", text: "null", ...invalidText },
  { name: "a frame of an unknown kind", text: '{"newOrdr":{}}', ...invalidText },
  { name: "an unknown field", text: '{"newOrder":{"qty":1}}', ...invalidText },
  { name: "a field of the prototype", text: '{"__proto__":{},"constructor":{}}', ...invalidText },
  { name: "two frames at once", text: '{"heartbeat":{},"logout":{}}', ...invalidText },
  { name: "a fraction", text: '{"newOrder":{"orderQty":1.5}}', ...invalidText },
  { name: "a number that is not one", text: '{"newOrder":{"orderQty":"ten"}}', ...invalidText },
  { name: "a number beyond 32 bits", text: '{"newOrder":{"orderQty":4294967296}}', ...invalidText },
  { name: "an unknown enum value", text: '{"newOrder":{"side":"SIDE_BOTH"}}', ...invalidText },
  { name: "deep nesting", text: "[".repeat(MAX_FRAME_BYTES), ...invalidText },
  { name: "no frame", text: "{}", ...empty },
  { name: "a long text", text: JSON.stringify({ logout: { text: "x".repeat(MAX_FRAME_BYTES) } }), ...tooLarge },
  { name: "a text of 1 MiB and one byte", text: "x".repeat(MIB + 1), ...tooLarge },
];

describe("JSON texts", () => {
  test.each(TEXT_CASES)("$name", async ({ text, reason, code }) => {
    const client = await loggedOn("json");
    client.sendText(text);
    await expectEnded(client, reason, code);
  });

  test("the fault is named with its place", async () => {
    const client = await loggedOn("json");
    client.sendText('{"newOrder":{"side":"SIDE_UP"}}');
    expect((await client.expectClosed()).text).toMatch(/^newOrder\.side: /u);
  });

  test("a heartbeat id of 2^53 ends the session, not the venue", async () => {
    const client = await loggedOn("json");
    client.sendText('{"heartbeat":{"requestId":"9007199254740992"}}');
    expect([1002, 1007]).toContain((await client.expectClosed()).code);
  });

  test("a binary message", async () => {
    const client = await loggedOn("json");
    client.sendBytes(Buffer.from('{"heartbeat":{}}'));
    await expectEnded(client, wrongKind.reason, wrongKind.code);
  });
});

/** Opens a WebSocket of its own, for what a RawClient cannot do. */
async function closeCodeAfter(protocol: string, act: (socket: WebSocket) => void): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${venue.ports.wsPort}/`, protocol);
  socket.on("error", () => {});
  return await new Promise((resolve) => {
    socket.on("open", () => act(socket));
    socket.on("close", resolve);
  });
}

describe("broken WebSocket framing, which uWebSockets.js cuts off without a close code", () => {
  test.each<[string, Uint8Array]>([
    ["an unknown opcode", bytes(0x83, 0x80, 0, 0, 0, 0)],
    ["reserved bits", bytes(0xc2, 0x80, 0, 0, 0, 0)],
    ["a continuation of nothing", bytes(0x80, 0x80, 0, 0, 0, 0)],
  ])("%s", async (_, input) => {
    const write = (socket: WebSocket): unknown => (Reflect.get(socket, "_socket") as Writable).write(input);
    expect(await closeCodeAfter("fairlead.v1", write)).toBe(1006);
  });

  test("text that is not UTF-8 is counted and logged as such", async () => {
    const before = await metric(venue.ports, "fairlead_gateway_protocol_errors_total");
    const notUtf8 = Buffer.of(0xff, 0xfe);
    expect(await closeCodeAfter("fairlead.v1.json", (socket) => socket.send(notUtf8, { binary: false }))).toBe(1006);
    await metricBecomes(venue.ports, "fairlead_gateway_protocol_errors_total", before + 1);
    expect(lastLogLine()).toMatchObject({ reason: "InvalidText", text: "Received invalid UTF-8" });
  });

  test("a message of 5 MiB is counted and logged as such", async () => {
    const before = await metric(venue.ports, "fairlead_gateway_protocol_errors_total");
    const long = Buffer.alloc(5 * MIB);
    expect(await closeCodeAfter("fairlead.v1", (socket) => socket.send(long))).toBe(1006);
    await metricBecomes(venue.ports, "fairlead_gateway_protocol_errors_total", before + 1);
    expect(lastLogLine()).toMatchObject({ reason: "FrameTooLarge" });
  });

  test("an upgrade to a sub-protocol that is not ours is answered with those that are", async () => {
    const response = await fetch(`http://127.0.0.1:${venue.ports.wsPort}/`);
    expect(await response.text()).toContain('"fairlead.v1.json"');
    const socket = new WebSocket(`ws://127.0.0.1:${venue.ports.wsPort}/`, "fairlead.v2");
    const failure = await new Promise<Error>((resolve) => {
      socket.on("error", resolve);
    });
    expect(failure.message).toBe("Unexpected server response: 400");
  });
});

function lastLogLine(): Record<string, unknown> {
  return JSON.parse(venue.stderr.trimEnd().split("\n").at(-1) ?? "{}") as Record<string, unknown>;
}

test("each offender is counted once and logged once, with who it was", async () => {
  const before = await metric(venue.ports, "fairlead_gateway_protocol_errors_total");
  const logged = venue.stderr.length;
  const client = await loggedOn("tcp");
  client.sendBytes(bytes(delimited(), delimited(), ...BINARY_CASES.map(({ input }) => input)));
  await client.expectClosed();
  expect(await metric(venue.ports, "fairlead_gateway_protocol_errors_total")).toBe(before + 1);
  const lines = venue.stderr.slice(logged).trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(lastLogLine()).toMatchObject({
    level: "warn",
    reason: "EmptyFrame",
    session: `offender-${sessions}`,
    peer: expect.stringMatching(/^tcp 127\.0\.0\.1:\d+$/u),
  });
});

describe("more connections than the venue takes", () => {
  test.each<Wire>(["tcp", "ws", "json"])("over %s, one too many is told so and closed", async (wire) => {
    await metricBecomes(venue.ports, "fairlead_gateway_connections", 1);
    await Promise.all(Array.from({ length: MAX_CONNECTIONS - 1 }, () => loggedOn("tcp")));
    const refused = await RawClient.connect(wire, venue.ports);
    clients.push(refused);
    await expectEnded(refused, LogoutReason.TooManySessions, 1008);
    const [freed] = clients;
    await freed?.close();
    await metricBecomes(venue.ports, "fairlead_gateway_connections", MAX_CONNECTIONS - 1);
    await loggedOn(wire);
  });

  test("those that are refused may vanish at any moment", async () => {
    await metricBecomes(venue.ports, "fairlead_gateway_connections", 1);
    await Promise.all(Array.from({ length: MAX_CONNECTIONS - 1 }, () => loggedOn("tcp")));
    for (let n = 0; n < 50; n++) {
      const refused = await RawClient.connect("tcp", venue.ports);
      refused.sendBytes(encodeClientFrame({ logon: { session: "late" } }));
      refused.destroy();
    }
    await othersStillTrade();
  });
});

describe("random bytes", () => {
  const frames = [
    { logon: { session: "fuzzer" } },
    { logon: {} },
    buy(1, 5, 5),
    cancel(1),
    { massCancel: {} },
    { subscribe: { instrumentId: 1 } },
    { unsubscribe: { instrumentId: 1 } },
    { instrumentsRequest: {} },
    { heartbeat: { requestId: 1 } },
    { logout: {} },
  ].map(encodeClientFrame);

  const noise = fc.uint8Array({ maxLength: 64 });
  /** A valid frame, of which one byte may be another. */
  const nearlyValid = fc
    .record({
      frame: fc.constantFrom(...frames),
      at: fc.nat(40),
      byte: fc.option(fc.nat(255)),
    })
    .map(({ frame, at, byte }) => frame.map((value, n) => (n === at && byte !== null ? byte : value)));
  const input = fc.array(fc.oneof({ weight: 4, arbitrary: nearlyValid }, noise), { minLength: 1, maxLength: 8 });

  test.each<[Wire, number]>([
    ["tcp", 400],
    ["ws", 300],
    ["json", 200],
  ])("over %s, whatever comes, the venue answers or closes, and lives", async (wire, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), input, async (logsOn, pieces) => {
        const client = await RawClient.connect(wire, venue.ports);
        if (logsOn) client.send({ logon: { session: "fuzzer" } });
        for (const piece of pieces) {
          if (wire === "json") client.sendText(Buffer.from(piece).toString("latin1"));
          else client.sendBytes(piece);
        }
        await client.close();
      }),
      { numRuns, endOnFailure: true },
    );
    await othersStillTrade();
    expect((await adminGet(venue.ports, "/healthz")).status).toBe(200);
  });
});
