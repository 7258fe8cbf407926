import { LogoutReason } from "../../protocol/codes.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import {
  DEFAULT_HEARTBEAT_INTERVAL_MS,
  MAX_HEARTBEAT_INTERVAL_MS,
  MIN_HEARTBEAT_INTERVAL_MS,
  PROTOCOL_VERSION,
  SESSION_NAME_PATTERN,
} from "../../protocol/limits.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import type { EngineLane } from "../engine-lane.ts";
import type { LogonEvents } from "../report-router.ts";
import { SessionState, type OrderSession } from "./order-session.ts";
import type { SessionControl } from "./session-control.ts";

export interface LogonOutcome {
  find(connection: number): OrderSession | undefined;
  /** Every engine has opened the session; its state is Active. */
  accepted(session: OrderSession): void;
  refused(session: OrderSession, reason: LogoutReason, text?: string): void;
}

/** Takes a session from its Logon frame to Active: the first engine says whether it may, then the others open it too. */
export class LogonDesk implements LogonEvents {
  readonly #lanes: readonly EngineLane[];
  readonly #control: SessionControl;
  readonly #outcome: LogonOutcome;

  constructor(lanes: readonly EngineLane[], control: SessionControl, outcome: LogonOutcome) {
    this.#lanes = lanes;
    this.#control = control;
    this.#outcome = outcome;
  }

  logon(session: OrderSession, logon: fairlead.v1.Logon.$Properties): void {
    const fault = faultOf(logon);
    if (fault !== undefined) return this.#outcome.refused(session, LogoutReason.BadLogon, fault);
    session.name = logon.session ?? "";
    session.cancelOnDisconnect = logon.cancelOnDisconnect ?? false;
    session.heartbeatIntervalMs = heartbeatInterval(logon);
    if (session.isMarketDataOnly()) return this.#activate(session);
    session.state = SessionState.LoggingOn;
    this.#control.open(session, 0, 0);
  }

  opened(connection: number, engine: number, handle: number, lastSessionSequence: number, sequence: number): void {
    const session = this.#outcome.find(connection);
    if (session === undefined || session.state !== SessionState.LoggingOn) {
      // The client left while the engine was opening its session.
      return this.#control.closeHandle(engine, handle, connection);
    }
    session.handles[engine] = handle;
    session.lastSessionSequences[engine] = lastSessionSequence;
    (this.#lanes[engine] as EngineLane).sessions[handle] = session;
    if (engine === 0) {
      for (let other = 1; other < this.#lanes.length; other++) this.#control.open(session, other, sequence);
    }
    if (!session.handles.includes(NO_SESSION)) this.#activate(session);
  }

  refused(connection: number, reason: LogoutReason): void {
    const session = this.#outcome.find(connection);
    if (session !== undefined) this.#outcome.refused(session, reason);
  }

  #activate(session: OrderSession): void {
    session.state = SessionState.Active;
    this.#outcome.accepted(session);
  }
}

function heartbeatInterval(logon: fairlead.v1.Logon.$Properties): number {
  return logon.heartbeatIntervalMs ? logon.heartbeatIntervalMs : DEFAULT_HEARTBEAT_INTERVAL_MS;
}

/** What is wrong with the logon, for the client to read; undefined when nothing is. */
function faultOf(logon: fairlead.v1.Logon.$Properties): string | undefined {
  const version = logon.protocolVersion ? logon.protocolVersion : PROTOCOL_VERSION;
  if (version !== PROTOCOL_VERSION) {
    return `protocol_version: this venue speaks version ${PROTOCOL_VERSION}, not ${version}`;
  }
  const session = logon.session ?? "";
  if (session !== "" && !SESSION_NAME_PATTERN.test(session)) {
    return "session: 1 to 32 characters of A-Z a-z 0-9 . _ - are allowed, or none for market data only";
  }
  const interval = heartbeatInterval(logon);
  if (interval < MIN_HEARTBEAT_INTERVAL_MS || interval > MAX_HEARTBEAT_INTERVAL_MS) {
    return `heartbeat_interval_ms: must be ${MIN_HEARTBEAT_INTERVAL_MS} to ${MAX_HEARTBEAT_INTERVAL_MS}, not ${interval}`;
  }
  return undefined;
}
