/**
 * A WebSocket client that costs next to nothing, so that the server is what a bench measures: it sends bytes that were
 * masked and framed beforehand, and hands back the payloads of unfragmented binary messages without copying them.
 * Enough of RFC 6455 for servers that we start ourselves; not for use with anything else.
 */
import { connect, type Socket } from "node:net";

const BINARY = 0x82;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** All bytes 0: a mask that leaves the payload as it is, so that framing is a copy. */
const MASK_BYTES = 4;

/** One client message, as it goes over the wire. */
export function frameMessage(payload: Uint8Array): Uint8Array {
  const extended = payload.length < LENGTH_16 ? 0 : 2;
  const framed = new Uint8Array(2 + extended + MASK_BYTES + payload.length);
  framed[0] = BINARY;
  framed[1] = MASKED | (extended === 0 ? payload.length : LENGTH_16);
  if (extended > 0) new DataView(framed.buffer).setUint16(2, payload.length);
  framed.set(payload, 2 + extended + MASK_BYTES);
  return framed;
}

export type OnPayload = (bytes: Uint8Array, start: number, end: number) => void;

export class RawWebSocket {
  readonly #socket: Socket;
  readonly #onPayload: OnPayload;
  /** What came of a message that is not complete. */
  #rest: Uint8Array = new Uint8Array(0);

  private constructor(socket: Socket, onPayload: OnPayload) {
    this.#socket = socket;
    this.#onPayload = onPayload;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  static async open(port: number, onPayload: OnPayload): Promise<RawWebSocket> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const request = [
      "GET / HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${Buffer.from("fairlead bench!!").toString("base64")}`,
      "",
      "",
    ].join("\r\n");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => socket.write(request));
      socket.once("data", (head: Buffer) => {
        if (head.toString("latin1").startsWith("HTTP/1.1 101")) resolve();
        else reject(new Error(`no WebSocket on port ${port}: ${head.toString("latin1").split("\r\n", 1)[0] ?? ""}`));
      });
    });
    return new RawWebSocket(socket, onPayload);
  }

  /** Framed messages, in bytes that stay unchanged until they are sent. */
  write(framed: Uint8Array): void {
    this.#socket.write(framed);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const end = this.#takeMessage(bytes, at);
      if (end < 0) break;
      at = end;
    }
    this.#rest = at === bytes.length ? new Uint8Array(0) : bytes.subarray(at);
  }

  /** Position after the message at `at`, or −1 when it is not complete. */
  #takeMessage(bytes: Uint8Array, at: number): number {
    if (bytes.length - at < 2) return -1;
    let length = bytes[at + 1] as number;
    let start = at + 2;
    if (length === LENGTH_16) {
      if (bytes.length - at < 4) return -1;
      length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
      start = at + 4;
    } else if (length === LENGTH_64) {
      if (bytes.length - at < 10) return -1;
      length = Number(new DataView(bytes.buffer, bytes.byteOffset + at + 2, 8).getBigUint64(0));
      start = at + 10;
    }
    if (bytes.length - start < length) return -1;
    if (bytes[at] === BINARY) this.#onPayload(bytes, start, start + length);
    return start + length;
  }
}
