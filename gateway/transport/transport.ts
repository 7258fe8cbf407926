import type { LogoutReason } from "../../protocol/codes.ts";

/** One client connection, as far as a session needs it: the seam between sessions and sockets. */
export interface Transport {
  /** "websocket" or "tcp", and the peer's address: for log lines. */
  readonly description: string;
  /** Bytes accepted by `send` that the peer's kernel has not taken yet. */
  queuedBytes(): number;
  /** Sends delimited frames. `bytes` belongs to the caller again on return. */
  send(bytes: Uint8Array): void;
  /** Sends one JSON text; only on connections that speak the JSON sub-protocol. */
  sendText(text: string): void;
  /** Ends the connection once what was sent is out; `disconnected` is called then. Later calls have no effect. */
  close(reason: LogoutReason, text: string): void;
}
