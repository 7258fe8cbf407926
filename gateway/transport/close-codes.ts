import { LogoutReason } from "../../protocol/codes.ts";

/** RFC 6455 close codes. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;
const INVALID_PAYLOAD = 1007;
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;
const INTERNAL_ERROR = 1011;

/** With which code a WebSocket is closed after this reason. */
export function closeCodeOf(reason: LogoutReason): number {
  switch (reason) {
    case LogoutReason.Unspecified:
    case LogoutReason.Requested:
      return NORMAL;
    case LogoutReason.Draining:
      return GOING_AWAY;
    case LogoutReason.HeartbeatTimeout:
    case LogoutReason.LogonTimeout:
    case LogoutReason.SlowConsumer:
    case LogoutReason.SessionInUse:
    case LogoutReason.TooManySessions:
    case LogoutReason.BadLogon:
      return POLICY_VIOLATION;
    case LogoutReason.InternalError:
    case LogoutReason.StorageFailed:
      return INTERNAL_ERROR;
    case LogoutReason.FrameTooLarge:
      return TOO_BIG;
    case LogoutReason.InvalidText:
      return INVALID_PAYLOAD;
    case LogoutReason.WrongMessageKind:
      return UNSUPPORTED_DATA;
    default:
      return PROTOCOL_ERROR;
  }
}

/** What a Logout says to a person when nothing more exact is known. */
export const LOGOUT_TEXTS: Readonly<Record<LogoutReason, string>> = {
  [LogoutReason.Unspecified]: "",
  [LogoutReason.Requested]: "goodbye",
  [LogoutReason.Draining]: "the venue is shutting down",
  [LogoutReason.HeartbeatTimeout]: "nothing was received for two heartbeat intervals",
  [LogoutReason.LogonTimeout]: "no logon came in time",
  [LogoutReason.SlowConsumer]: "too many bytes were waiting for you to read them",
  [LogoutReason.SessionInUse]: "another connection is logged on under this session name",
  [LogoutReason.TooManySessions]: "the venue has no room for another session",
  [LogoutReason.BadLogon]: "the logon is not acceptable",
  [LogoutReason.InternalError]: "the venue failed",
  [LogoutReason.StorageFailed]: "the venue can no longer make orders durable, and stops",
  [LogoutReason.MalformedFrame]: "this is not a valid length-delimited ClientFrame",
  [LogoutReason.EmptyFrame]: "a ClientFrame must hold one of the frames of the schema",
  [LogoutReason.FrameTooLarge]: "the frame is longer than max_frame_bytes",
  [LogoutReason.InvalidText]: "this is not the JSON of a ClientFrame",
  [LogoutReason.LogonExpected]: "the first frame must be a logon",
  [LogoutReason.AlreadyLoggedOn]: "this connection is logged on already",
  [LogoutReason.WrongMessageKind]: "binary messages on fairlead.v1, text messages on fairlead.v1.json",
};
