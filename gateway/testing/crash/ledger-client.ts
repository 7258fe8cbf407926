/** A client over TCP that writes down what it sends and every byte that it is told. It waits for nothing. */
import { type Socket, connect } from "node:net";
import protobuf from "protobufjs/minimal.js";
import { encodeClientFrame, fairlead } from "../../../protocol/codec/cold-codec.ts";
import type { ClientFrame, FrameOf, ServerFrame } from "../raw-client.ts";
import { ConnectionLedger, requestsIn } from "./ledger.ts";

const MAX_LENGTH_BYTES = 5;

export class LedgerClient {
  readonly ledger: ConnectionLedger;
  /** Client order ids of requests that have not been answered yet. */
  readonly unanswered = new Set<number>();
  readonly #socket: Socket;
  #rest: Uint8Array = new Uint8Array(0);
  #waiting: (() => boolean)[] = [];
  isClosed = false;

  constructor(port: number, logon: fairlead.v1.Logon.$Properties) {
    this.ledger = new ConnectionLedger(logon.session ?? "");
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
    // A venue that is killed resets its connections; "close" follows.
    this.#socket.on("error", () => {
      this.ledger.isReset = true;
    });
    this.#socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
    this.send({ logon });
  }

  /** In one piece. */
  send(...frames: readonly ClientFrame[]): void {
    if (this.isClosed) return;
    const requests = frames.flatMap(requestsIn);
    this.ledger.sent.push(...requests);
    for (const { clientOrderId } of requests) this.unanswered.add(clientOrderId);
    this.#socket.write(Buffer.concat(frames.map(encodeClientFrame)));
  }

  /** Until that is so, or the connection has ended. */
  async until(isSo: () => boolean): Promise<void> {
    if (this.isClosed || isSo()) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(() => {
        const isOver = this.isClosed || isSo();
        if (isOver) resolve();
        return isOver;
      });
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter((isOver) => !isOver());
  }

  #take(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = endOfFrame(bytes, at); end !== 0; end = endOfFrame(bytes, at)) {
      // A copy: the chunk may be used again.
      this.#write(Uint8Array.from(bytes.subarray(at, end)));
      at = end;
    }
    this.#rest = bytes.slice(at);
    this.#wake();
  }

  #write(bytes: Uint8Array): void {
    const frame = frameIn(bytes);
    const { ledger } = this;
    const report = frame.executionReport ?? frame.businessReject ?? frame.massCancelReport;
    if (frame.logonAccepted) ledger.accepted = frame.logonAccepted as FrameOf<"logonAccepted">;
    if (frame.logout) ledger.logoutReason = frame.logout.reason ?? 0;
    if (report) {
      const clientOrderId = report.clientOrderId ?? 0;
      this.unanswered.delete(clientOrderId);
      const refusal = frame.businessReject;
      if (refusal && !refusal.sessionSequence) ledger.refused.set(clientOrderId, refusal.rejectReason ?? 0);
      else ledger.told.push(bytes);
    }
  }
}

/** @param bytes One frame with its length. */
export function frameIn(bytes: Uint8Array): ServerFrame {
  return fairlead.v1.ServerFrame.decodeDelimited(bytes);
}

/** Index behind the frame that begins at `at`; 0: it is not complete yet. */
function endOfFrame(bytes: Uint8Array, at: number): number {
  const last = bytes.subarray(at, at + MAX_LENGTH_BYTES).findIndex((byte) => byte < 0x80);
  if (last === -1) return 0;
  const reader = protobuf.Reader.create(bytes.subarray(at, at + last + 1));
  const end = at + reader.uint32() + reader.pos;
  return end <= bytes.length ? end : 0;
}
