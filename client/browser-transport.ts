import { ConnectError } from "./errors.ts";
import type { OpenTransport, Transport, TransportListener } from "./transport.ts";

/** Opens `ws://host:port` or `wss://host:port` with the WebSocket of the browser. */
export const openBrowserTransport: OpenTransport = (url, listener, timeoutMs) =>
  new Promise((resolve, reject) => {
    if (url.protocol !== "ws:" && url.protocol !== "wss:") {
      reject(new ConnectError(url.hostname, Number(url.port), `"${url.protocol}" is not ws: or wss:`));
      return;
    }
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    let opened = false;
    const fail = (reason: string): void => reject(new ConnectError(url.hostname, Number(url.port), reason));
    const timer = setTimeout(() => {
      fail(`no connection in ${timeoutMs} ms`);
      socket.close();
    }, timeoutMs);
    socket.addEventListener("open", () => {
      clearTimeout(timer);
      opened = true;
      resolve(new BrowserTransport(socket));
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => deliver(listener, event.data));
    socket.addEventListener("close", ({ code }) => {
      clearTimeout(timer);
      // A browser tells a page nothing more about a failed connection than this code.
      const reason = `closed with WebSocket code ${code}`;
      if (opened) listener.onEnd(reason);
      else fail(reason);
    });
  });

function deliver(listener: TransportListener, data: unknown): void {
  if (data instanceof ArrayBuffer) listener.onBytes(new Uint8Array(data), true);
  else listener.onViolation("a text message on a binary connection");
}

class BrowserTransport implements Transport {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(bytes);
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  close(): void {
    this.#socket.close(1000);
  }

  /** A browser offers no harder end than this. */
  abort(): void {
    this.#socket.close();
  }
}
