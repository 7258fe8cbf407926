/** A command as named values, for what a benchmark sends before and after the rows that it measures. */
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_DISPLAY_QTY,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_QUOTE_AMOUNT,
  CMD_SESSION,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  CommandKind,
  type InstrumentTerm,
  RECORD_I32_SHIFT,
  commandHead,
} from "../../protocol/record/command-record.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";

/** Absent: 0. */
export interface BenchCommand {
  readonly kind: CommandKind;
  readonly side?: number;
  readonly orderType?: number;
  readonly timeInForce?: number;
  readonly session?: number;
  readonly instrumentId?: number;
  readonly clientOrderId?: number;
  readonly origClientOrderId?: number;
  /** Also Phase, KillScope and InstrumentTerm of operator commands. */
  readonly price?: number;
  readonly orderQty?: number;
  /** ASCII, at most 32 characters: the session, or the symbol of an instrument. */
  readonly name?: string;
  readonly terms?: ExtendedTerms;
}

/** Bytes 80 … 127; on an order they need the Extended flag. Not together with a name, which has the same place. */
export interface ExtendedTerms {
  readonly triggerPrice?: number;
  readonly displayQty?: number;
  readonly account?: number;
  readonly pegReference?: number;
  readonly quoteAmount?: number;
  readonly expireTime?: number;
}

/** Writes all that a gateway would; sequence and time are the feed's. */
export function writeBenchCommand(command: BenchCommand, i32: Int32Array, f64: Float64Array, base: number): void {
  const { side = 0, orderType = 0, timeInForce = 0, name = "", terms } = command;
  i32.fill(0, base, base + (1 << RECORD_I32_SHIFT));
  i32[base + CMD_HEAD] = commandHead(command.kind, side, orderType, timeInForce);
  i32[base + CMD_SESSION] = command.session ?? NO_SESSION;
  i32[base + CMD_INSTRUMENT_ID] = command.instrumentId ?? 0;
  f64[(base >> 1) + CMD_CLIENT_ORDER_ID] = command.clientOrderId ?? 0;
  f64[(base >> 1) + CMD_ORIG_CLIENT_ORDER_ID] = command.origClientOrderId ?? 0;
  i32[base + CMD_PRICE] = command.price ?? 0;
  i32[base + CMD_ORDER_QTY] = command.orderQty ?? 0;
  if (terms !== undefined) writeTerms(terms, i32, f64, base);
  if (terms !== undefined && command.kind <= CommandKind.MassCancel) i32[base + CMD_FLAGS] = CommandFlag.Extended;
  if (name !== "") writeName(name, i32, base);
}

function writeTerms(terms: ExtendedTerms, i32: Int32Array, f64: Float64Array, base: number): void {
  i32[base + CMD_TRIGGER_PRICE] = terms.triggerPrice ?? 0;
  i32[base + CMD_DISPLAY_QTY] = terms.displayQty ?? 0;
  i32[base + CMD_ACCOUNT] = terms.account ?? 0;
  i32[base + CMD_OPTIONS] = (terms.pegReference ?? 0) << 24;
  f64[(base >> 1) + CMD_QUOTE_AMOUNT] = terms.quoteAmount ?? 0;
  f64[(base >> 1) + CMD_EXPIRE_TIME] = terms.expireTime ?? 0;
}

function writeName(name: string, i32: Int32Array, base: number): void {
  i32[base + CMD_NAME_BYTES] = name.length;
  for (let i = 0; i < name.length; i++) {
    const at = base + CMD_NAME + (i >> 2);
    i32[at] = (i32[at] as number) | (name.charCodeAt(i) << ((i & 3) << 3));
  }
}

/** A term of an instrument, as an operator sends it before the commit. */
export function instrumentTerm(
  instrumentId: number,
  term: InstrumentTerm,
  value: number,
  secondValue = 0,
): BenchCommand {
  const terms = { quoteAmount: value, expireTime: secondValue };
  return { kind: CommandKind.InstrumentTerm, instrumentId, price: term, terms };
}
