/**
 * One command in a slot of a command ring or of the journal ring. 128 bytes, little endian.
 *
 *   byte  0        1        2        3        4                 8                 12
 *      0  kind     side     type     tif      session           instrumentId      flags
 *     16  clientOrderId (f64)                 origClientOrderId (f64)
 *     32  price             orderQty          connection        gatewayInNs
 *     48  receivedAt (f64)                    sequence (f64)
 *     64  time (f64)                          gateway           nameBytes
 *     80  openSession, operatorCancel, commitInstrument: name, 32 bytes of ASCII
 *         order commands with the Extended flag (which comes with the flags Hidden and AllOrNone, too):
 *     80  triggerPrice      displayQty        minQty            offset
 *     96  displayVariance   account           tradeGroup        options (u8: postOnly, stp, triggerBy, pegReference)
 *    112  quoteAmount (f64)                   expireTime (f64)
 *
 * Without the Extended flag bytes 80 … 127 of an order command hold whatever was there before: a plain limit order costs
 * nothing for the terms that it does not have. With it all of them are written.
 *
 * `connection` is, in a newOrder, the link word: contingency, place in its list, orders in the list (u8 each); 0: no list.
 * The orders of a list are consecutive records of one gateway's ring; the engine acts on the last one.
 *
 * Operator commands come from no session (`session` is NO_SESSION); `connection` and `clientOrderId` are echoed:
 *   setPhase          instrumentId (0: all), price = Phase
 *   killSwitch        price = KillScope, account, instrumentId, flags Release
 *   operatorCancel    side, instrumentId, price = priceFrom, orderQty = priceTo, origClientOrderId = account, name of the session (or none)
 *   bustTrade         instrumentId, origClientOrderId = trade id
 *   correctTrade      the same, price, orderQty
 *   instrumentTerm    instrumentId, price = InstrumentTerm, quoteAmount and expireTime = its value and second value
 *   commitInstrument  instrumentId, name = symbol: the terms sent before take effect together
 *   advanceTime       nothing but its time: fires what is due
 *
 * A massCancel has side, instrumentId, price = priceFrom, orderQty = priceTo and, with the Extended flag, account.
 * A replaceOrder has, with the Extended flag, triggerPrice, displayQty (0: stays) and, in `options`, its ReplaceMode.
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
  SetPhase: 9,
  KillSwitch: 10,
  OperatorCancel: 11,
  BustTrade: 12,
  CorrectTrade: 13,
  InstrumentTerm: 14,
  CommitInstrument: 15,
  /** Made by the sequencer when something is due and no other command brings the time. */
  AdvanceTime: 16,
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

/** Of an order in a list: contingency, place (0 …), number of orders; u8 each, lowest byte first. */
export const CMD_LINK = 10; //              I32
export const CMD_TRIGGER_PRICE = 20; //     I32  ticks
export const CMD_DISPLAY_QTY = 21; //       I32  lots; 0: all
export const CMD_MIN_QTY = 22; //           I32  lots
/** Protection of a market order, distance of a trailing stop, offset of a peg: ticks or basis points. */
export const CMD_OFFSET = 23; //            I32
export const CMD_DISPLAY_VARIANCE = 24; //  I32  lots
export const CMD_ACCOUNT = 25; //           I32
export const CMD_TRADE_GROUP = 26; //       I32
/** u8 each, lowest first: PostOnly, SelfTradePrevention, TriggerBy, PegReference. In a replaceOrder: ReplaceMode. */
export const CMD_OPTIONS = 27; //           I32
export const CMD_QUOTE_AMOUNT = 14; //      F64  ticks × lots; −1: 2^53 or more on the wire
export const CMD_EXPIRE_TIME = 15; //       F64  µs since 1970-01-01 UTC; likewise

/** In a massCancel or operatorCancel. 0: no end. */
export const CMD_PRICE_FROM = 8; //         I32  ticks
export const CMD_PRICE_TO = 9; //           I32  ticks
/** In an operator command: what price and origClientOrderId stand for. */
export const CMD_CODE = 8; //               I32  Phase, KillScope, InstrumentTerm
export const CMD_TRADE_ID = 3; //           F64
export const CMD_CANCEL_ACCOUNT = 3; //     F64
export const CMD_TERM_VALUE = 14; //        F64
export const CMD_TERM_SECOND_VALUE = 15; // F64

export const CommandFlag = {
  /** The client asked for a receipt. */
  Receipt: 1,
  /** CMD_RECEIVED_AT and CMD_GATEWAY_IN_NS hold readings. */
  Stamped: 2,
  /** In openSession: cancel the session's orders when its connection ends. */
  CancelOnDisconnect: 4,
  /** Bytes 80 … 127 of an order command are written. */
  Extended: 8,
  Hidden: 16,
  AllOrNone: 32,
  /** CMD_OFFSET is in basis points. */
  OffsetInBps: 64,
  /** In killSwitch: let orders in again. */
  Release: 128,
} as const;

/**
 * What an instrumentTerm command sets: the fields of an InstrumentDefinition by number, but for id and symbol. A PriceStep
 * (fromPrice, step) and a PhaseChange (secondOfDay, phase) have two values and come once per row, in order.
 */
export const InstrumentTerm = {
  PriceDecimals: 3,
  TickSize: 4,
  QtyDecimals: 5,
  LotSize: 6,
  MaxPrice: 7,
  MaxOrderQty: 8,
  Phase: 9,
  PriceStep: 11,
  QtyStep: 12,
  MinNotional: 13,
  MaxNotional: 14,
  MaxDeviationBps: 15,
  StaticBandBps: 16,
  DynamicBandBps: 17,
  VolatilityPauseMs: 18,
  ReferencePrice: 19,
  Allocation: 20,
  ProRataMinQty: 21,
  TopOrderMaxQty: 22,
  Schedule: 23,
} as const;
export type InstrumentTerm = (typeof InstrumentTerm)[keyof typeof InstrumentTerm];

/** Accounts and trade groups. */
export const MAX_ACCOUNT = 2 ** 30 - 1;

export function commandHead(kind: CommandKind, side: number, orderType: number, timeInForce: number): number {
  return kind | (side << 8) | (orderType << 16) | (timeInForce << 24);
}
