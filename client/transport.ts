/**
 * The seam between a session and what carries its bytes: TCP or WebSocket, in Node or in a browser.
 */

export interface TransportListener {
  /**
   * Bytes from the venue; the view is valid only during the call.
   * @param wholeFrames The bytes end where a frame ends, as in a WebSocket message; a TCP stream may stop anywhere.
   */
  onBytes(bytes: Uint8Array, wholeFrames: boolean): void;
  /** The venue sent something that is not bytes. */
  onViolation(violation: string): void;
  /** The connection is gone. Called at most once, and not before open has resolved. */
  onEnd(reason: string): void;
}

export interface Transport {
  /** Takes the bytes over: the caller never writes to them again. Throws nothing; on a dead connection they are lost. */
  send(bytes: Uint8Array): void;
  /** Bytes accepted by send that have not left this process. */
  bufferedBytes(): number;
  /** Sends what was accepted, then ends the connection. */
  close(): void;
  /** Ends the connection at once. */
  abort(): void;
}

/** Resolves with an open connection or rejects with a ConnectError. */
export type OpenTransport = (url: URL, listener: TransportListener, timeoutMs: number) => Promise<Transport>;
