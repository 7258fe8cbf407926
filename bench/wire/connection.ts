import { connect } from "node:net";
import { RawWebSocket, frameMessage } from "./raw-websocket.ts";

/** A client connection to a server under test: bytes out as they were prepared, payload bytes in as they come. */
export interface WireConnection {
  /** What `payload`, one delimited frame, looks like on this transport. */
  prepare(payload: Uint8Array): Uint8Array;
  write(prepared: Uint8Array): void;
  close(): void;
}

export type Transport = "ws" | "tcp";

/** Receives delimited frames as they arrive: bytes[start, end), valid during the call only. May end within a frame. */
export type OnBytes = (bytes: Uint8Array, start: number, end: number) => void;

export async function openConnection(transport: Transport, port: number, onBytes: OnBytes): Promise<WireConnection> {
  return transport === "ws" ? await openWebSocket(port, onBytes) : await openTcp(port, onBytes);
}

async function openWebSocket(port: number, onBytes: OnBytes): Promise<WireConnection> {
  const socket = await RawWebSocket.open(port, onBytes);
  return { prepare: frameMessage, write: (bytes) => socket.write(bytes), close: () => socket.close() };
}

async function openTcp(port: number, onBytes: OnBytes): Promise<WireConnection> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", resolve);
  });
  socket.on("data", (chunk: Buffer) => onBytes(chunk, 0, chunk.length));
  return { prepare: (payload) => payload, write: (bytes) => socket.write(bytes), close: () => socket.destroy() };
}
