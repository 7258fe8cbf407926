/**
 * What can go wrong for a user of the SDK: one class per thing a caller can do something about. All extend FairleadError.
 *
 * An argument that cannot travel at all (a fractional price, an id above 2^53−1) is the caller's mistake and a RangeError.
 */
import { LogoutReason, RejectReason, RequestType } from "../protocol/codes.ts";

export abstract class FairleadError extends Error {}

/** The venue was not reached or did not answer the logon in time. Nothing was sent that could have an effect. */
export class ConnectError extends FairleadError {
  override readonly name = "ConnectError";
  readonly host: string;
  readonly port: number;
  /** The system's code where there is one (ECONNREFUSED), else a sentence. */
  readonly reason: string;

  constructor(host: string, port: number, reason: string) {
    super(`cannot connect to ${host}:${port}: ${reason}`);
    this.host = host;
    this.port = port;
    this.reason = reason;
  }
}

/** The venue answered the logon with a Logout: change the options, or wait until the session name is free. */
export class LogonRefusedError extends FairleadError {
  override readonly name = "LogonRefusedError";
  readonly reason: LogoutReason;
  readonly reasonName: string;

  constructor(reason: LogoutReason, text: string) {
    super(`logon refused (${codeName(LogoutReason, reason)})${suffix(text)}`);
    this.reason = reason;
    this.reasonName = codeName(LogoutReason, reason);
  }
}

/** The venue refused the order; it never existed. */
export class OrderRejectedError extends FairleadError {
  override readonly name = "OrderRejectedError";
  readonly clientOrderId: number;
  readonly reason: RejectReason;
  readonly reasonName: string;
  readonly text: string;

  constructor(clientOrderId: number, reason: RejectReason, text: string) {
    super(`order ${clientOrderId} rejected (${codeName(RejectReason, reason)})${suffix(text)}`);
    this.clientOrderId = clientOrderId;
    this.reason = reason;
    this.reasonName = codeName(RejectReason, reason);
    this.text = text;
  }
}

/** The venue refused a cancel, replace, mass cancel or subscription; nothing was changed. */
export class RequestRejectedError extends FairleadError {
  override readonly name = "RequestRejectedError";
  readonly requestType: RequestType;
  readonly reason: RejectReason;
  readonly reasonName: string;
  readonly text: string;

  constructor(requestType: RequestType, reason: RejectReason, text: string) {
    super(`${codeName(RequestType, requestType)} rejected (${codeName(RejectReason, reason)})${suffix(text)}`);
    this.requestType = requestType;
    this.reason = reason;
    this.reasonName = codeName(RejectReason, reason);
    this.text = text;
  }
}

/** The venue has no room for the request at the moment; nothing was changed; the same request may be sent again. */
export class BusyError extends FairleadError {
  override readonly name = "BusyError";
  readonly requestType: RequestType;

  constructor(requestType: RequestType) {
    super(`${codeName(RequestType, requestType)} turned away: the venue is busy, try again`);
    this.requestType = requestType;
  }
}

/**
 * The session is over: the venue said so (`reason`), or the connection was lost (`reason` is Unspecified). A request
 * that fails with this error was not sent.
 */
export class SessionEndedError extends FairleadError {
  override readonly name = "SessionEndedError";
  readonly reason: LogoutReason;
  readonly reasonName: string;
  readonly text: string;

  constructor(reason: LogoutReason, text: string) {
    super(`the session has ended (${codeName(LogoutReason, reason)})${suffix(text)}`);
    this.reason = reason;
    this.reasonName = codeName(LogoutReason, reason);
    this.text = text;
  }
}

/** Nothing was heard from the venue for two heartbeat intervals; the connection was closed. */
export class HeartbeatTimeoutError extends FairleadError {
  override readonly name = "HeartbeatTimeoutError";
  readonly heartbeatIntervalMs: number;

  constructor(heartbeatIntervalMs: number) {
    super(`nothing was heard from the venue for two heartbeat intervals of ${heartbeatIntervalMs} ms`);
    this.heartbeatIntervalMs = heartbeatIntervalMs;
  }
}

/** The venue sent what the protocol does not allow; the connection was closed. */
export class ProtocolViolationError extends FairleadError {
  override readonly name = "ProtocolViolationError";

  constructor(violation: string) {
    super(`the venue broke the protocol: ${violation}`);
  }
}

/**
 * The session ended (`cause` says why) between a request and its answer: whether the venue acted on it is unknown. A new
 * order may be sent again in a new session under the same client order id: the venue answers with the order's state.
 */
export class OutcomeUnknownError extends FairleadError {
  override readonly name = "OutcomeUnknownError";
  readonly request: string;

  constructor(request: string, cause: FairleadError | undefined) {
    super(`the outcome of ${request} is unknown: the session ended before its answer`, { cause });
    this.request = request;
  }
}

/** No answer in `requestTimeoutMs`, while the session goes on: the outcome is unknown and may still arrive as a report. */
export class TimeoutError extends FairleadError {
  override readonly name = "TimeoutError";
  readonly request: string;
  readonly timeoutMs: number;

  constructor(request: string, timeoutMs: number) {
    super(`no answer to ${request} in ${timeoutMs} ms: its outcome is unknown`);
    this.request = request;
    this.timeoutMs = timeoutMs;
  }
}

/** The key of a code, as in `codeName(RejectReason, 1)` = "Busy"; a code of a newer venue reads "code 99". */
function codeName(codes: Readonly<Record<string, number>>, code: number): string {
  const named = Object.entries(codes).find((entry) => entry[1] === code);
  return named === undefined ? `code ${code}` : named[0];
}

function suffix(text: string): string {
  return text === "" ? "" : `: ${text}`;
}
