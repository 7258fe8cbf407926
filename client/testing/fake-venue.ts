/**
 * A venue without an engine, for tests of the SDK: it speaks the protocol over TCP and WebSocket on free ports, and
 * answers every request in the simplest correct way, unless the test's script answers it instead.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { assert } from "../../protocol/assert.ts";
import { decodeClientFrameCold, encodeServerFrame, type fairlead } from "../../protocol/codec/cold-codec.ts";
import { FRAME, FrameSplitter } from "../../protocol/codec/delimited.ts";
import { MAX_CLIENT_FRAME_BYTES } from "../../protocol/limits.ts";
import { answer } from "./fake-answers.ts";

export type ClientFrame = fairlead.v1.ClientFrame;
export type ServerFrame = fairlead.v1.ServerFrame.$Properties;

/** @returns Whether the script has dealt with the frame; otherwise the venue answers it. */
export type Script = (peer: FakePeer, frame: ClientFrame) => boolean;

/** One connection as the venue sees it. */
export class FakePeer {
  /** Session sequence of the last report. */
  sessionSequence = 0;
  /** How many pieces of bytes (TCP: of any size; WebSocket: messages) have come. */
  receivedPieces = 0;
  readonly #write: (data: Uint8Array | string) => void;
  readonly #end: () => void;

  constructor(write: (data: Uint8Array | string) => void, end: () => void) {
    this.#write = write;
    this.#end = end;
  }

  /** All frames in one piece. */
  send(...frames: ServerFrame[]): void {
    this.#write(Buffer.concat(frames.map(encodeServerFrame)));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  /** A text message; WebSocket only. */
  sendText(text: string): void {
    this.#write(text);
  }

  /** Ends the connection without a word. */
  drop(): void {
    this.#end();
  }
}

export class FakeVenue {
  script: Script = () => false;
  readonly peers: FakePeer[] = [];
  /** Every frame that a client sent, logons and heartbeats included. */
  readonly received: ClientFrame[] = [];
  readonly #tcp: Server;
  readonly #ws: WebSocketServer;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#tcp = createServer((socket) => this.#acceptTcp(socket));
    this.#ws = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    this.#ws.on("connection", (socket) => this.#acceptWs(socket));
  }

  static async start(): Promise<FakeVenue> {
    const venue = new FakeVenue();
    venue.#tcp.listen(0, "127.0.0.1");
    await Promise.all([once(venue.#tcp, "listening"), once(venue.#ws, "listening")]);
    return venue;
  }

  get tcpUrl(): string {
    return `tcp://127.0.0.1:${portOf(this.#tcp)}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${portOf(this.#ws)}`;
  }

  /** The connection made last. */
  get peer(): FakePeer {
    const last = this.peers.at(-1);
    assert(last !== undefined, "a client has connected");
    return last;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const socket of this.#ws.clients) socket.terminate();
    const closed = [once(this.#tcp, "close"), once(this.#ws, "close")];
    this.#tcp.close();
    this.#ws.close();
    await Promise.all(closed);
  }

  #acceptTcp(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    const peer = new FakePeer(
      (data) => socket.write(data),
      () => socket.end(),
    );
    const splitter = this.#accept(peer);
    socket.on("data", (bytes) => this.#receive(peer, splitter, bytes));
  }

  #acceptWs(socket: WebSocket): void {
    const peer = new FakePeer(
      (data) => socket.send(data),
      () => socket.close(),
    );
    const splitter = this.#accept(peer);
    socket.on("error", () => socket.terminate());
    socket.on("message", (data) => {
      if (data instanceof Uint8Array) this.#receive(peer, splitter, data);
    });
  }

  #accept(peer: FakePeer): FrameSplitter {
    this.peers.push(peer);
    return new FrameSplitter(MAX_CLIENT_FRAME_BYTES);
  }

  #receive(peer: FakePeer, splitter: FrameSplitter, bytes: Uint8Array): void {
    peer.receivedPieces += 1;
    splitter.feed(bytes, 0, bytes.length);
    while (splitter.next() === FRAME) {
      const frame = decodeClientFrameCold(splitter.bytes, splitter.start, splitter.end);
      assert(typeof frame === "object", "the SDK sends frames that can be decoded");
      this.received.push(frame);
      if (!this.script(peer, frame)) answer(peer, frame);
    }
  }
}

export function portOf(server: { address(): ReturnType<Server["address"]> }): number {
  const address = server.address();
  assert(typeof address === "object" && address !== null, "the server listens on a port");
  return address.port;
}
