/**
 * Order entry and market data over TCP: a stream of varint-delimited frames.
 *
 * Several gateways share one port. Where libuv can set SO_REUSEPORT each binds it by itself; on older versions the first
 * gateway listens and the others accept on its file descriptor, which works because worker threads share the table.
 */
import { createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from "node:net";
import { FRAME, FRAME_TOO_LARGE, FrameSplitter, NEED_MORE } from "../../protocol/codec/delimited.ts";
import { LogoutReason } from "../../protocol/codes.ts";
import type { Gateway } from "../gateway.ts";
import type { OrderSession } from "../session/order-session.ts";
import type { Transport } from "./transport.ts";

/** How long a client may take to read our last frame before the socket is torn down. */
const CLOSE_TIMEOUT_MS = 1000;

class TcpTransport implements Transport {
  readonly description: string;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.description = `tcp ${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
  }

  queuedBytes(): number {
    return this.#socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    // The socket keeps its chunk until the kernel has taken it, and the caller's buffer is used again at once.
    this.#socket.write(Buffer.from(bytes));
  }

  sendText(): void {
    throw new Error("TCP connections speak the binary protocol only");
  }

  close(): void {
    if (this.#socket.destroyed) return;
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  }
}

export interface TcpServerOptions {
  readonly host: string;
  readonly port: number;
  /** File descriptor of another gateway's listening socket; host and port are those it listens on. */
  readonly sharedFd: number | undefined;
  readonly reusePort: boolean;
  readonly maxFrameBytes: number;
}

export interface TcpServer {
  readonly port: number;
  /** For gateways that share it; −1 where the platform has none. */
  readonly fd: number;
  /** Accepts no further connections. */
  stopListening(): void;
}

/** @throws the system's error when the port cannot be listened on. */
export async function startTcpServer(gateway: Gateway, options: TcpServerOptions): Promise<TcpServer> {
  let accepting = true;
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    if (accepting) serve(gateway, socket, options.maxFrameBytes);
    else socket.destroy();
  });
  await listen(server, options);
  return {
    port: options.sharedFd === undefined ? (server.address() as AddressInfo).port : options.port,
    fd: fileDescriptorOf(server),
    stopListening() {
      accepting = false;
      // A shared descriptor is its owner's to close: closing it here would close it for every gateway.
      if (options.sharedFd === undefined) server.close();
      else server.unref();
    },
  };
}

async function listen(server: Server, options: TcpServerOptions): Promise<void> {
  // `reusePort` is newer than the oldest Node.js we support, and so than its types.
  const own: ListenOptions & { reusePort?: boolean } = { host: options.host, port: options.port };
  if (options.reusePort) own.reusePort = true;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.sharedFd === undefined ? own : { fd: options.sharedFd }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Node.js has no public way to ask; the handle has had this property since the first version. */
function fileDescriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { _handle?: { fd?: number } };
  return handle?.fd ?? -1;
}

function serve(gateway: Gateway, socket: Socket, maxFrameBytes: number): void {
  // An error is always followed by close, which is where the session ends. A connection that is refused can fail too.
  socket.on("error", () => {});
  const session = gateway.connected(new TcpTransport(socket), "binary");
  if (session === undefined) return;
  const splitter = new FrameSplitter(maxFrameBytes);
  socket.on("data", (chunk: Buffer) => receive(gateway, session, splitter, chunk));
  socket.on("close", () => gateway.disconnected(session));
}

function receive(gateway: Gateway, session: OrderSession, splitter: FrameSplitter, chunk: Buffer): void {
  gateway.beginReceive(session, chunk.length);
  splitter.feed(chunk, 0, chunk.length);
  let found = splitter.next();
  while (found === FRAME) {
    gateway.receiveFrame(session, splitter.bytes, splitter.start, splitter.end);
    found = splitter.next();
  }
  if (found === NEED_MORE) return;
  gateway.end(session, found === FRAME_TOO_LARGE ? LogoutReason.FrameTooLarge : LogoutReason.MalformedFrame);
}
