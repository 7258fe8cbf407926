import { connect, type Socket } from "node:net";
import { ConnectError } from "./errors.ts";
import type { Transport, TransportListener } from "./transport.ts";

const READ_BUFFER_BYTES = 65_536;

/** Opens `tcp://host:port`: a stream of length-delimited frames. */
export function openTcp(url: URL, listener: TransportListener, timeoutMs: number): Promise<Transport> {
  const host = url.hostname.replace(/^\[|\]$/gu, "");
  const port = Number(url.port);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      noDelay: true,
      // One buffer for every read of this socket: the listener has used the bytes when it returns.
      onread: {
        buffer: new Uint8Array(READ_BUFFER_BYTES),
        callback: (count, buffer) => deliver(listener, count, buffer),
      },
    });
    let opened = false;
    let reason = "closed by the venue";
    const timer = setTimeout(() => socket.destroy(new Error(`no connection in ${timeoutMs} ms`)), timeoutMs);
    socket.on("connect", () => {
      clearTimeout(timer);
      opened = true;
      resolve(new TcpTransport(socket));
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      reason = error.code ?? error.message;
    });
    socket.on("close", () => {
      clearTimeout(timer);
      if (opened) listener.onEnd(reason);
      else reject(new ConnectError(host, port, reason));
    });
  });
}

function deliver(listener: TransportListener, count: number, buffer: Uint8Array): boolean {
  listener.onBytes(buffer.subarray(0, count), false);
  return true;
}

class TcpTransport implements Transport {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  close(): void {
    // Without the destroy a venue that never closes its half would keep the socket, and with it the process, alive.
    this.#socket.end(() => this.#socket.destroy());
  }

  abort(): void {
    this.#socket.destroy();
  }
}
