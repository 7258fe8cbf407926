/**
 * One command in a slot of a command ring or of the journal ring. 128 bytes, little endian.
 *
 *   byte  0        1        2        3        4                 8                 12
 *      0  kind     side     type     tif      session           instrumentId      flags
 *     16  clientOrderId (f64)                 origClientOrderId (f64)
 *     32  price             orderQty          connection        gatewayInNs
 *     48  receivedAt (f64)                    sequence (f64)
 *     64  time (f64)                          gateway           nameBytes
 *     80  name: 32 bytes of ASCII, only in openSession
 *    112  reserved
 *
 * Order commands do not use bytes 80 … 127: that is the room for stop prices, display quantities and deadlines.
 *
 * The gateway writes everything but `sequence`, `time` and `gateway`; the sequencer fills those in, in place, while it
 * owns the slot (between poll and release). After that the record is complete: applying it needs nothing else.
 *
 * Offsets are indices into an Int32Array (I32) or Float64Array (F64) over the ring, to be added to the slot's base
 * (`base` for I32, `base >> 1` for F64).
 */

export const CommandKind = {
  NewOrder: 1,
  CancelOrder: 2,
  ReplaceOrder: 3,
  MassCancel: 4,
  OpenSession: 5,
  CloseSession: 6,
  /** Not sequenced, changes no state: asks for the book of an instrument and for its changes from then on. */
  FollowBook: 7,
  /** Not sequenced: ends FollowBook. */
  UnfollowBook: 8,
} as const;
export type CommandKind = (typeof CommandKind)[keyof typeof CommandKind];

export const RECORD_BYTES = 128;
/** log2 of the number of int32 in a record. */
export const RECORD_I32_SHIFT = 5;

/** u8 each, lowest byte first: kind, side, order type, time in force. */
export const CMD_HEAD = 0; //               I32
/** Handle that this engine gave to the session. */
export const CMD_SESSION = 1; //            I32
export const CMD_INSTRUMENT_ID = 2; //      I32
export const CMD_FLAGS = 3; //              I32  CommandFlag bits
export const CMD_CLIENT_ORDER_ID = 2; //    F64  integer below 2^53; −1: larger than that on the wire
/**
 * In openSession for another engine than the first: the sequence number at which the first engine opened it, so that of two
 * openings under way the later one wins everywhere. Shares the place of the client order id.
 */
export const CMD_OPENING = 2; //            F64
export const CMD_ORIG_CLIENT_ORDER_ID = 3; // F64
export const CMD_PRICE = 8; //              I32  ticks; what does not fit int32 on the wire is negative here
export const CMD_ORDER_QTY = 9; //          I32  lots; likewise
/** Number of the connection at its gateway: echoed by the answers to openSession; closeSession ends this one only. */
export const CMD_CONNECTION = 10; //        I32
/** From the read of the socket to the publication of this record. */
export const CMD_GATEWAY_IN_NS = 11; //     I32  ns, saturating
/** When the socket was read, on the process-wide clock of performance.now(). */
export const CMD_RECEIVED_AT = 6; //        F64  ms
export const CMD_SEQUENCE = 7; //           F64
/** Microseconds since 1970-01-01 UTC, never running backwards. */
export const CMD_TIME = 8; //               F64
/** Index of the gateway whose ring the command came through. */
export const CMD_GATEWAY = 18; //           I32
export const CMD_NAME_BYTES = 19; //        I32  1 … 32
export const CMD_NAME = 20; //              I32 × 8

export const CommandFlag = {
  /** The client asked for a receipt. */
  Receipt: 1,
  /** CMD_RECEIVED_AT and CMD_GATEWAY_IN_NS hold readings. */
  Stamped: 2,
  /** In openSession: cancel the session's orders when its connection ends. */
  CancelOnDisconnect: 4,
} as const;

export function commandHead(kind: CommandKind, side: number, orderType: number, timeInForce: number): number {
  return kind | (side << 8) | (orderType << 16) | (timeInForce << 24);
}
