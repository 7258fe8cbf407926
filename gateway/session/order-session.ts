/**
 * One connection and the session that is logged on over it.
 *
 *   AwaitingLogon ──logon──► LoggingOn ──every engine opened it──► Active ──logout, error, disconnect──► Ended
 *         └───────────────────────┴── refused, timeout, error, disconnect ──────────────────────────────────┘
 *
 * Ended is final: input is ignored, output is dropped. Frames that arrive while LoggingOn wait in `early`.
 *
 * Only the gateway that accepted the connection touches this object.
 */
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import type { Transport } from "../transport/transport.ts";
import { OutputBuffer } from "./output-buffer.ts";

export const SessionState = { AwaitingLogon: 0, LoggingOn: 1, Active: 2, Ended: 3 } as const;
export type SessionState = (typeof SessionState)[keyof typeof SessionState];

/** A mass cancel that went to several engines: reported when the last of them has answered. */
export interface PendingMassCancel {
  readonly clientOrderId: number;
  readonly instrumentId: number;
  readonly side: number;
  readonly waitingFor: Set<number>;
  canceledCount: number;
}

export type WireEncoding = "binary" | "json";

export class OrderSession {
  /** Names the connection in commands and log lines; unique in this gateway. */
  readonly connection: number;
  readonly transport: Transport;
  readonly encoding: WireEncoding;
  state: SessionState = SessionState.AwaitingLogon;
  /** Empty: a market-data session, unknown to the engines. */
  name = "";
  cancelOnDisconnect = false;
  heartbeatIntervalMs: number;
  /** The handle that each engine knows this session by; NO_SESSION until the engine has opened it. */
  readonly handles: Int32Array;
  /** Of each engine, the last report's session sequence when the session was opened. */
  readonly lastSessionSequences: number[];
  readonly output = new OutputBuffer();
  /** Whether the gateway's flush list holds this session. */
  flushPending = false;
  readonly early: Uint8Array[] = [];
  earlyBytes = 0;
  readonly subscriptions = new Set<number>();
  readonly pendingMassCancels: PendingMassCancel[] = [];
  /** On the gateway's clock, ms: when the connection was made, when bytes last came, when bytes last went. */
  readonly connectedAt: number;
  receivedAt: number;
  sentAt: number;

  constructor(connection: number, transport: Transport, encoding: WireEncoding, engineCount: number, now: number) {
    this.connection = connection;
    this.transport = transport;
    this.encoding = encoding;
    this.handles = new Int32Array(engineCount).fill(NO_SESSION);
    this.lastSessionSequences = Array.from({ length: engineCount }, () => 0);
    this.heartbeatIntervalMs = 0;
    this.connectedAt = now;
    this.receivedAt = now;
    this.sentAt = now;
  }

  isMarketDataOnly(): boolean {
    return this.name === "";
  }
}
