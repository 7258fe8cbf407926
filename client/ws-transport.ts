import { WebSocket, type RawData } from "ws";
import { ConnectError } from "./errors.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** Opens `ws://host:port` or `wss://host:port` with the `ws` package: each binary message is one or more whole frames. */
export function openWs(url: URL, listener: TransportListener, timeoutMs: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: timeoutMs, perMessageDeflate: false });
    let opened = false;
    let error = "";
    socket.on("open", () => {
      opened = true;
      resolve(new WsTransport(socket));
    });
    socket.on("message", (data, isBinary) => deliver(listener, data, isBinary));
    socket.on("error", (cause: NodeJS.ErrnoException) => {
      error = cause.code ?? cause.message;
    });
    socket.on("close", (code) => {
      const reason = error === "" ? `closed with WebSocket code ${code}` : error;
      if (opened) listener.onEnd(reason);
      else reject(new ConnectError(url.hostname, Number(url.port), reason));
    });
  });
}

function deliver(listener: TransportListener, data: RawData, isBinary: boolean): void {
  if (isBinary && data instanceof Uint8Array) listener.onBytes(data, true);
  else listener.onViolation("a text message on a binary connection");
}

class WsTransport implements Transport {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, ignoreLoss);
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  close(): void {
    this.#socket.close(1000);
  }

  abort(): void {
    this.#socket.terminate();
  }
}

/** With a callback, a send on a socket that is closing does not throw; the loss shows in onEnd. */
function ignoreLoss(): void {}
