import protobuf from "protobufjs/minimal.js";
import { fairlead } from "../../protocol/codec/cold-codec.ts";
import { formatServerFrame } from "../../protocol/json/json-codec.ts";
import type { CounterWriter } from "../../protocol/telemetry/counters.ts";
import { GatewayCounter } from "../gateway-counters.ts";
import { SessionState, type OrderSession } from "./order-session.ts";

/**
 * The sessions that have output waiting for the end of the turn. Everything a turn has for one client goes out in one
 * piece: one WebSocket message, one write to a TCP socket.
 */
export class FlushList {
  #pending: OrderSession[] = [];
  readonly #counters: CounterWriter;
  readonly #maxQueuedBytes: number;
  readonly #onSlowConsumer: (session: OrderSession) => void;

  constructor(counters: CounterWriter, maxQueuedBytes: number, onSlowConsumer: (session: OrderSession) => void) {
    this.#counters = counters;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onSlowConsumer = onSlowConsumer;
  }

  /** Call after writing to `session.output`. */
  add(session: OrderSession): void {
    if (session.flushPending) return;
    session.flushPending = true;
    this.#pending.push(session);
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  flush(now: number): void {
    for (let n = 0; n < this.#pending.length; n++) this.flushOne(this.#pending[n] as OrderSession, now);
    this.#pending.length = 0;
  }

  /** May end the session as a slow consumer. */
  flushOne(session: OrderSession, now: number): void {
    const isSending = session.output.length > 0 && session.state !== SessionState.Ended;
    this.flushLast(session, now);
    if (isSending && session.transport.queuedBytes() > this.#maxQueuedBytes) this.#onSlowConsumer(session);
  }

  /** Like flushOne, however much waits already: for a session that is about to end anyway. */
  flushLast(session: OrderSession, now: number): void {
    session.flushPending = false;
    const { output, transport } = session;
    if (output.length === 0) return;
    if (session.state !== SessionState.Ended) {
      session.sentAt = now;
      this.#counters.add(GatewayCounter.SentBytes, output.length);
      if (session.encoding === "binary") transport.send(output.bytes.subarray(0, output.length));
      else sendAsJson(session);
    }
    output.clear();
  }
}

/** The JSON sub-protocol is the binary output, translated: one text message for each frame. */
function sendAsJson(session: OrderSession): void {
  const { output, transport } = session;
  const reader = protobuf.Reader.create(output.bytes.subarray(0, output.length));
  while (reader.pos < reader.len)
    transport.sendText(formatServerFrame(fairlead.v1.ServerFrame.decodeDelimited(reader)));
}
