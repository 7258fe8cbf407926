/** A command as named values, read from its record: the other direction of writeCommand. Without its measurements. */
import {
  CMD_ACCOUNT,
  CMD_CANCEL_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_MIN_QTY,
  CMD_OFFSET,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_QUOTE_AMOUNT,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TIME,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  CommandKind,
} from "../../../protocol/record/command-record.ts";
import { nameOf } from "../../sessions/session-control.ts";
import { type CommandFields, commandOf } from "../command-fields.ts";

/** @param i32 The record, from its first word on. */
export function readCommand(i32: Int32Array): CommandFields {
  const f64 = new Float64Array(i32.buffer, i32.byteOffset, i32.length / 2);
  const head = i32[CMD_HEAD] as number;
  const kind = (head & 0xff) as CommandKind;
  const flags = (i32[CMD_FLAGS] as number) & ~CommandFlag.Stamped;
  return commandOf({
    kind,
    side: (head >>> 8) & 0xff,
    orderType: (head >>> 16) & 0xff,
    timeInForce: head >>> 24,
    session: i32[CMD_SESSION] as number,
    instrumentId: i32[CMD_INSTRUMENT_ID] as number,
    flags,
    clientOrderId: f64[CMD_CLIENT_ORDER_ID] as number,
    origClientOrderId: f64[CMD_ORIG_CLIENT_ORDER_ID] as number,
    price: i32[CMD_PRICE] as number,
    orderQty: i32[CMD_ORDER_QTY] as number,
    connection: i32[CMD_CONNECTION] as number,
    sequence: f64[CMD_SEQUENCE] as number,
    time: f64[CMD_TIME] as number,
    gateway: i32[CMD_GATEWAY] as number,
    ...restOf(kind, flags, i32, f64),
  });
}

/** Bytes 80 … 127, where they mean something. */
function restOf(kind: CommandKind, flags: number, i32: Int32Array, f64: Float64Array): Partial<CommandFields> {
  if (kind < CommandKind.OpenSession) {
    return (flags & CommandFlag.Extended) === 0 ? {} : { ...termsOf(i32, f64), ...optionsOf(kind, i32) };
  }
  if (kind === CommandKind.CloseSession || kind === CommandKind.AdvanceTime) return {};
  const account = kind === CommandKind.OperatorCancel ? f64[CMD_CANCEL_ACCOUNT] : i32[CMD_ACCOUNT];
  const values = { quoteAmount: f64[CMD_QUOTE_AMOUNT] as number, expireTime: f64[CMD_EXPIRE_TIME] as number };
  if (kind === CommandKind.KillSwitch) return { account: account as number, ...values };
  return { name: nameOf(i32, 0), account: account as number, ...(kind === CommandKind.OpenSession ? {} : values) };
}

function termsOf(i32: Int32Array, f64: Float64Array): Partial<CommandFields> {
  return {
    triggerPrice: i32[CMD_TRIGGER_PRICE] as number,
    displayQty: i32[CMD_DISPLAY_QTY] as number,
    minQty: i32[CMD_MIN_QTY] as number,
    offset: i32[CMD_OFFSET] as number,
    displayVariance: i32[CMD_DISPLAY_VARIANCE] as number,
    account: i32[CMD_ACCOUNT] as number,
    tradeGroup: i32[CMD_TRADE_GROUP] as number,
    quoteAmount: f64[CMD_QUOTE_AMOUNT] as number,
    expireTime: f64[CMD_EXPIRE_TIME] as number,
  };
}

function optionsOf(kind: CommandKind, i32: Int32Array): Partial<CommandFields> {
  const options = i32[CMD_OPTIONS] as number;
  if (kind === CommandKind.ReplaceOrder) return { replaceMode: options };
  return {
    postOnly: options & 0xff,
    selfTradePrevention: (options >>> 8) & 0xff,
    triggerBy: (options >>> 16) & 0xff,
    pegReference: options >>> 24,
  };
}
