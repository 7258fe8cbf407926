/**
 * Order entry and market data over WebSocket, by uWebSockets.js: sub-protocol `fairlead.v1` carries delimited frames in
 * binary messages, `fairlead.v1.json` one frame of canonical JSON in each text message.
 *
 * uWebSockets.js calls std::terminate when a closed socket is touched, hence the `#open` flag in the transport. The
 * process aborts when a thread ends while sockets of its are open, be they only half closed.
 */
import type { us_listen_socket, WebSocket } from "uws-legacy";
import { LogoutReason } from "../../protocol/codes.ts";
import type { Gateway } from "../gateway.ts";
import type { Uws, UwsApp } from "../native-uws.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import type { OrderSession, WireEncoding } from "../session/order-session.ts";
import { closeCodeOf } from "./close-codes.ts";
import type { Transport } from "./transport.ts";

const BINARY_PROTOCOL = "fairlead.v1";
const JSON_PROTOCOL = "fairlead.v1.json";

/** A message may carry many frames. Longer ones are closed with 1009. */
const MAX_MESSAGE_BYTES = 2 ** 20;

/** What uWebSockets.js itself gives up at, without a close code: room to answer a message that is too long. */
const HARD_MESSAGE_BYTES = 4 * MAX_MESSAGE_BYTES;

/** What a WebSocket that ended without a close frame is said to be closed with. */
const ABNORMAL_CLOSURE = 1006;

/** RFC 6455: a close reason has at most 123 bytes. */
const MAX_CLOSE_TEXT = 120;

const ABOUT = `This is Fairlead, an exchange in a box. Open a WebSocket here:
sub-protocol "${BINARY_PROTOCOL}" for binary frames, "${JSON_PROTOCOL}" for JSON.
`;

interface SocketData {
  readonly encoding: WireEncoding;
  transport: WebSocketTransport | undefined;
}

/**
 * The library hands out the same object for a socket every time. The session hangs on it, because asking for the user data
 * at every message would be another call into native code.
 */
type ClientSocket = WebSocket<SocketData> & { session?: OrderSession | undefined };

class WebSocketTransport implements Transport {
  readonly description: string;
  readonly #socket: ClientSocket;
  #open = true;

  constructor(socket: ClientSocket) {
    this.#socket = socket;
    this.description = `websocket ${Buffer.from(socket.getRemoteAddressAsText()).toString()}`;
  }

  queuedBytes(): number {
    return this.#open ? this.#socket.getBufferedAmount() : 0;
  }

  send(bytes: Uint8Array): void {
    if (this.#open) this.#socket.send(bytes, true);
  }

  sendText(text: string): void {
    if (this.#open) this.#socket.send(text, false);
  }

  close(reason: LogoutReason, text: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.end(closeCodeOf(reason), text.slice(0, MAX_CLOSE_TEXT));
  }

  /** The socket is gone: nothing may touch it any more. */
  closed(): void {
    this.#open = false;
  }
}

export interface WebSocketServerOptions {
  readonly host: string;
  readonly port: number;
  readonly maxQueuedBytes: number;
}

export interface WebSocketServer {
  readonly port: number;
  stopListening(): void;
  /** Ends the server and every connection at once. Must have been called when the thread ends: see the file's header. */
  close(): void;
}

/** Rejects when the port cannot be listened on. */
export async function startWebSocketServer(
  uws: Uws,
  gateway: Gateway,
  options: WebSocketServerOptions,
): Promise<WebSocketServer> {
  const app = uws.App();
  app.ws<SocketData>("/*", {
    maxPayloadLength: HARD_MESSAGE_BYTES,
    // A slow client is ended by its session, with a reason, before this is reached.
    maxBackpressure: 2 * options.maxQueuedBytes + HARD_MESSAGE_BYTES,
    idleTimeout: 0,
    sendPingsAutomatically: false,
    upgrade(response, request, context) {
      const offered = request.getHeader("sec-websocket-protocol");
      const protocol = chooseProtocol(offered);
      if (protocol === undefined) {
        response.writeStatus("400 Bad Request").end(ABOUT);
        return;
      }
      const data: SocketData = {
        encoding: protocol === JSON_PROTOCOL ? "json" : "binary",
        transport: undefined,
      };
      response.upgrade(
        data,
        request.getHeader("sec-websocket-key"),
        offered === "" ? "" : protocol,
        request.getHeader("sec-websocket-extensions"),
        context,
      );
    },
    open(socket: ClientSocket) {
      const data = socket.getUserData();
      data.transport = new WebSocketTransport(socket);
      socket.session = gateway.connected(data.transport, data.encoding);
    },
    message(socket: ClientSocket, message, isBinary) {
      const { session } = socket;
      if (session !== undefined) receive(gateway, session, message, isBinary);
    },
    close(socket: ClientSocket, code, message) {
      const { session } = socket;
      socket.getUserData().transport?.closed();
      if (session === undefined) return;
      if (code === ABNORMAL_CLOSURE && message.byteLength > 0) endForViolation(gateway, session, message);
      gateway.disconnected(session);
    },
  });
  app.get("/*", (response) => {
    response.writeHeader("content-type", "text/plain; charset=utf-8").end(ABOUT);
  });
  const listenSocket = await listen(app, options);
  let isListening = true;
  return {
    port: uws.us_socket_local_port(listenSocket),
    stopListening() {
      if (isListening) uws.us_listen_socket_close(listenSocket);
      isListening = false;
    },
    close() {
      isListening = false;
      app.close();
    },
  };
}

/** The first that we speak; undefined when none of those offered is. */
function chooseProtocol(offered: string): string | undefined {
  if (offered === "") return BINARY_PROTOCOL;
  const names = offered.split(",").map((name) => name.trim());
  return names.find((name) => name === BINARY_PROTOCOL || name === JSON_PROTOCOL);
}

/** uWebSockets.js has cut the connection off by itself, and tells why; where the client is simply gone it does not. */
function endForViolation(gateway: Gateway, session: OrderSession, message: ArrayBuffer): void {
  const text = Buffer.from(message).toString("utf8");
  if (text.includes("UTF-8")) gateway.end(session, LogoutReason.InvalidText, text);
  else if (text.includes("too big")) gateway.end(session, LogoutReason.FrameTooLarge, text);
  else gateway.end(session, LogoutReason.MalformedFrame, text);
}

async function listen(app: UwsApp, { host, port }: WebSocketServerOptions): Promise<us_listen_socket> {
  return await new Promise((resolve, reject) => {
    // Sets SO_REUSEPORT for every port but 0: that is how several gateways share it.
    app.listen(host, port, (socket) => {
      if (socket) resolve(socket);
      else reject(new OperatingError(`cannot listen on ${host}:${port}`));
    });
  });
}

/** `message` dies with this call: what outlives it is copied. */
function receive(gateway: Gateway, session: OrderSession, message: ArrayBuffer, isBinary: boolean): void {
  gateway.beginReceive(session, message.byteLength);
  if (message.byteLength > MAX_MESSAGE_BYTES) gateway.end(session, LogoutReason.FrameTooLarge);
  else if (isBinary !== (session.encoding === "binary")) gateway.end(session, LogoutReason.WrongMessageKind);
  else if (isBinary) gateway.receiveFrames(session, new Uint8Array(message));
  else gateway.receiveText(session, Buffer.from(message).toString("utf8"));
}
