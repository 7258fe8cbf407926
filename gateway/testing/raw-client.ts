/**
 * A client at the level of frames and bytes, over TCP and both WebSocket sub-protocols. It checks nothing and answers
 * nothing by itself, so that a test can break every rule of the protocol; what it receives it keeps in order.
 *
 * It speaks through protobufjs alone, not through the hand-written codec of the venue.
 */
import { type Socket, connect as connectTcp } from "node:net";
import protobuf from "protobufjs/minimal.js";
import { WebSocket } from "ws";
import { encodeClientFrame, fairlead } from "../../protocol/codec/cold-codec.ts";
import { formatClientFrame, parseServerFrame } from "../../protocol/json/json-codec.ts";
import { JsonFault } from "../../protocol/json/json-fault.ts";
import type { ServerPorts } from "./server-process.ts";

export type ClientFrame = fairlead.v1.ClientFrame.$Properties;
export type ServerFrame = fairlead.v1.ServerFrame;
export type FrameKind = NonNullable<ServerFrame["frame"]>;
/** A frame of a kind that was asked for; every scalar has its value or the default. */
export type FrameOf<K extends FrameKind> = Complete<NonNullable<ServerFrame[K]>>;
type Complete<T> = { [Field in keyof T]-?: NonNullable<T[Field]> };

export const WIRES = ["tcp", "ws", "json"] as const;
export type Wire = (typeof WIRES)[number];

export interface Closed {
  /** Of the WebSocket; undefined over TCP. */
  readonly code: number | undefined;
  /** Reason and text of the Logout that came last; 0 and empty when none came. */
  readonly reason: number;
  readonly text: string;
  /** Whether a TCP connection was reset. */
  readonly error: string | undefined;
}

const TIMEOUT_MS = 15_000;

/** Of the three example instruments, the one that tests leave alone. */
const QUIET_INSTRUMENT = 3;

/** What a wire is to the client. */
interface Link {
  send(frames: readonly ClientFrame[]): void;
  sendBytes(bytes: Uint8Array): void;
  sendText(text: string): void;
  pause(): void;
  resume(): void;
  /** Ends as a polite peer does. */
  end(): void;
  /** Ends without a word. */
  destroy(): void;
}

interface LinkEvents {
  readonly frame: (frame: ServerFrame) => void;
  readonly closed: (code: number | undefined, error: string | undefined) => void;
}

export class RawClient {
  readonly wire: Wire;
  /** Everything that came, in order. */
  readonly received: ServerFrame[] = [];
  #link: Link | undefined;
  /** How many of `received` the test has taken. */
  #taken = 0;
  #settleCount = 0;
  #closed: Closed | undefined;
  #wakeUp: () => void = () => {};

  private constructor(wire: Wire) {
    this.wire = wire;
  }

  static async connect(wire: Wire, ports: ServerPorts): Promise<RawClient> {
    const client = new RawClient(wire);
    const events: LinkEvents = {
      frame: (frame) => {
        client.received.push(frame);
        client.#wakeUp();
      },
      closed: (code, error) => {
        const last = client.received.at(-1)?.logout;
        client.#closed = { code, reason: last?.reason ?? 0, text: last?.text ?? "", error };
        client.#wakeUp();
      },
    };
    client.#link = wire === "tcp" ? await openTcp(ports.tcpPort ?? 0, events) : await openWs(wire, ports, events);
    return client;
  }

  get link(): Link {
    if (this.#link === undefined) throw new Error("not connected");
    return this.#link;
  }

  /** All frames leave in one piece where the wire allows it. */
  send(...frames: ClientFrame[]): void {
    this.link.send(frames);
  }

  sendBytes(bytes: Uint8Array): void {
    this.link.sendBytes(bytes);
  }

  sendText(text: string): void {
    this.link.sendText(text);
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The next frame that the test has not taken yet. */
  async next(timeoutMs = TIMEOUT_MS): Promise<ServerFrame> {
    await this.#until(() => this.#taken < this.received.length || this.isClosed, timeoutMs, "a frame");
    const frame = this.received[this.#taken];
    if (frame === undefined) throw new Error(`the connection is closed: ${JSON.stringify(this.#closed)}`);
    this.#taken++;
    return frame;
  }

  /** The next frame, which must be of this kind. */
  async expect<K extends FrameKind>(kind: K, timeoutMs = TIMEOUT_MS): Promise<FrameOf<K>> {
    const frame = await this.next(timeoutMs);
    if (frame.frame !== kind) throw new Error(`expected ${kind}, received ${JSON.stringify(frame)}`);
    return frame[kind] as FrameOf<K>;
  }

  /** The next frame of this kind; frames of other kinds before it are passed over. */
  async skipTo<K extends FrameKind>(kind: K, timeoutMs = TIMEOUT_MS): Promise<FrameOf<K>> {
    for (;;) {
      const frame = await this.next(timeoutMs);
      if (frame.frame === kind) return frame[kind] as FrameOf<K>;
    }
  }

  async take(count: number, timeoutMs = TIMEOUT_MS): Promise<ServerFrame[]> {
    const from = this.#taken;
    await this.#until(() => this.received.length >= from + count || this.isClosed, timeoutMs, `${count} frames`);
    this.#taken = Math.min(this.received.length, from + count);
    return this.received.slice(from, from + count);
  }

  /** Frames of one kind that have come so far, taken or not. */
  all<K extends FrameKind>(kind: K): FrameOf<K>[] {
    return this.received.filter((frame) => frame.frame === kind).map((frame) => frame[kind] as FrameOf<K>);
  }

  /** Waits until what has come so far is enough. */
  async until(isEnough: () => boolean, timeoutMs = TIMEOUT_MS): Promise<void> {
    await this.#until(() => isEnough() || this.isClosed, timeoutMs, "what was waited for");
  }

  /** Waits for the end of the connection. */
  async expectClosed(timeoutMs = TIMEOUT_MS): Promise<Closed> {
    await this.#until(() => this.isClosed, timeoutMs, "the end of the connection");
    if (this.#closed === undefined) throw new Error("not closed");
    return this.#closed;
  }

  /** Logs on and waits for the answer. */
  async logon(session: string, fields: fairlead.v1.Logon.$Properties = {}): Promise<FrameOf<"logonAccepted">> {
    this.send({ logon: { session, ...fields } });
    return await this.expect("logonAccepted");
  }

  /**
   * Sends frames; resolves with what came until the engine had answered all of them: a mass cancel on an instrument that
   * nobody trades goes behind them, which changes nothing and has no place in the session's sequence.
   */
  async settle(...frames: ClientFrame[]): Promise<ServerFrame[]> {
    const clientOrderId = ++this.#settleCount;
    const from = this.#taken;
    this.send(...frames, { massCancel: { clientOrderId, instrumentId: QUIET_INSTRUMENT } });
    for (;;) {
      const { massCancelReport: report } = await this.next();
      if (report?.instrumentId === QUIET_INSTRUMENT && report.clientOrderId === clientOrderId) {
        return this.received.slice(from, this.#taken - 1);
      }
    }
  }

  /** Leaves, and waits until the connection is gone. */
  async close(): Promise<void> {
    this.link.end();
    await this.expectClosed();
  }

  /** Vanishes: the venue sees a reset connection. */
  destroy(): void {
    this.link.destroy();
  }

  async #until(isDone: () => boolean, timeoutMs: number, what: string): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!isDone()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${what} did not come within ${timeoutMs} ms; last: ${this.#lastReceived()}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  #lastReceived(): string {
    return JSON.stringify(this.received.slice(-3));
  }
}

/** Logs on with a new client. */
export async function logOn(
  wire: Wire,
  ports: ServerPorts,
  session: string,
  fields: fairlead.v1.Logon.$Properties = {},
): Promise<RawClient> {
  const client = await RawClient.connect(wire, ports);
  await client.logon(session, fields);
  return client;
}

function encodeAll(frames: readonly ClientFrame[]): Uint8Array {
  return Buffer.concat(frames.map(encodeClientFrame));
}

async function openTcp(port: number, events: LinkEvents): Promise<Link> {
  const socket = connectTcp({ host: "127.0.0.1", port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let error: string | undefined;
  let rest: Uint8Array = new Uint8Array(0);
  socket.on("data", (chunk: Buffer) => {
    rest = readFrames(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), events.frame);
  });
  socket.on("error", (failure: NodeJS.ErrnoException) => {
    error = failure.code ?? failure.message;
  });
  socket.on("close", () => events.closed(undefined, error));
  return tcpLink(socket);
}

function tcpLink(socket: Socket): Link {
  return {
    send: (frames) => void socket.write(encodeAll(frames)),
    sendBytes: (bytes) => void socket.write(bytes),
    sendText: (text) => void socket.write(text),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.resetAndDestroy(),
  };
}

/** Hands over every whole frame; returns the bytes that are left. */
function readFrames(bytes: Uint8Array, found: (frame: ServerFrame) => void): Uint8Array {
  const reader = protobuf.Reader.create(bytes);
  let whole = 0;
  while (whole < bytes.length) {
    try {
      const length = reader.uint32();
      if (reader.pos + length > bytes.length) break;
      found(fairlead.v1.ServerFrame.decode(reader, length));
      whole = reader.pos;
    } catch (error) {
      // The length itself is cut.
      if (error instanceof RangeError && bytes.length - whole < 5) break;
      throw error;
    }
  }
  return bytes.subarray(whole);
}

async function openWs(wire: "ws" | "json", ports: ServerPorts, events: LinkEvents): Promise<Link> {
  const protocol = wire === "ws" ? "fairlead.v1" : "fairlead.v1.json";
  const socket = new WebSocket(`ws://127.0.0.1:${ports.wsPort}/`, protocol, { perMessageDeflate: false });
  // Before the open: the first messages come in the same read as the answer to the upgrade.
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (isBinary) readFrames(data, events.frame);
    else events.frame(readText(data.toString("utf8")));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  let error: string | undefined;
  socket.on("error", (failure: NodeJS.ErrnoException) => {
    error = failure.code ?? failure.message;
  });
  socket.on("close", (code) => events.closed(code, error));
  return wsLink(wire, socket);
}

function readText(text: string): ServerFrame {
  const frame = parseServerFrame(text);
  if (frame instanceof JsonFault) throw new Error(`the venue sent ${text}: ${frame.toString()}`);
  return frame;
}

function wsLink(wire: "ws" | "json", socket: WebSocket): Link {
  return {
    send: (frames) => {
      if (wire === "ws") socket.send(encodeAll(frames));
      else for (const frame of frames) socket.send(formatClientFrame(frame));
    },
    sendBytes: (bytes) => socket.send(bytes),
    sendText: (text) => socket.send(text),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => socket.close(),
    destroy: () => socket.terminate(),
  };
}
