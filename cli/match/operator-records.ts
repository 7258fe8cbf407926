/**
 * Operator requests as command records: one each, but for a definition, whose terms come one by one before the record that
 * commits them. A term that is zero is absent, as everywhere in proto3.
 */
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CODE,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_ORDER_QTY,
  CMD_PRICE,
  CMD_PRICE_FROM,
  CMD_PRICE_TO,
  CMD_SESSION,
  CMD_TERM_SECOND_VALUE,
  CMD_TERM_VALUE,
  CMD_TRADE_ID,
  CommandFlag,
  CommandKind,
  InstrumentTerm,
  RECORD_I32_SHIFT,
  commandHead,
} from "../../protocol/record/command-record.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";

type OperatorRequest = fairlead.v1.OperatorRequest.$Properties;
type Definition = fairlead.v1.InstrumentDefinition.$Properties;

const RECORD_I32 = 1 << RECORD_I32_SHIFT;

/** One row of a table, or a single number. */
export interface TermValue {
  readonly term: number;
  readonly value: number;
  readonly second: number;
}

/** The terms that a definition has, in the order of the schema. */
export function termsOf(definition: Definition): TermValue[] {
  const terms: TermValue[] = [];
  for (const [name, term] of Object.entries(InstrumentTerm)) {
    if (term === InstrumentTerm.PriceStep) {
      for (const { fromPrice, step } of definition.priceSteps ?? []) terms.push(row(term, fromPrice, step));
    } else if (term === InstrumentTerm.Schedule) {
      for (const { secondOfDay, phase } of definition.schedule ?? []) terms.push(row(term, secondOfDay, phase));
    } else {
      const field = `${name.charAt(0).toLowerCase()}${name.slice(1)}` as keyof Definition;
      const value = definition[field];
      if (typeof value === "number" && value !== 0) terms.push(row(term, value, 0));
    }
  }
  return terms;
}

function row(term: number, value: number | null | undefined, second: number | null | undefined): TermValue {
  return { term, value: value ?? 0, second: second ?? 0 };
}

/** Clears the record and writes what all operator commands have. */
function begin(
  kind: CommandKind,
  request: OperatorRequest,
  instrumentId: number | null | undefined,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): void {
  i32.fill(0, base, base + RECORD_I32);
  i32[base + CMD_HEAD] = commandHead(kind, 0, 0, 0);
  i32[base + CMD_SESSION] = NO_SESSION;
  i32[base + CMD_INSTRUMENT_ID] = instrumentId ?? 0;
  f64[(base >> 1) + CMD_CLIENT_ORDER_ID] = request.requestId ?? 0;
}

export function writeTerm(
  request: OperatorRequest,
  instrumentId: number,
  { term, value, second }: TermValue,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): void {
  begin(CommandKind.InstrumentTerm, request, instrumentId, i32, f64, base);
  i32[base + CMD_CODE] = term;
  f64[(base >> 1) + CMD_TERM_VALUE] = value;
  f64[(base >> 1) + CMD_TERM_SECOND_VALUE] = second;
}

/** Writes the request at `base`; of a definition the record that commits it. @returns the CommandKind, or 0: it is empty. */
export function writeOperatorCommand(
  request: OperatorRequest,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): number {
  const { setPhase, killSwitch, cancelOrders, bustTrade, correctTrade, defineInstrument, advanceTime } = request;
  const half = base >> 1;
  if (setPhase) {
    begin(CommandKind.SetPhase, request, setPhase.instrumentId, i32, f64, base);
    i32[base + CMD_CODE] = setPhase.phase ?? 0;
    return CommandKind.SetPhase;
  }
  if (killSwitch) {
    begin(CommandKind.KillSwitch, request, killSwitch.instrumentId, i32, f64, base);
    i32[base + CMD_CODE] = killSwitch.scope ?? 0;
    i32[base + CMD_ACCOUNT] = killSwitch.account ?? 0;
    i32[base + CMD_FLAGS] = CommandFlag.Extended | (killSwitch.release ? CommandFlag.Release : 0);
    return CommandKind.KillSwitch;
  }
  if (cancelOrders) {
    begin(CommandKind.OperatorCancel, request, cancelOrders.instrumentId, i32, f64, base);
    i32[base + CMD_HEAD] = commandHead(CommandKind.OperatorCancel, cancelOrders.side ?? 0, 0, 0);
    i32[base + CMD_PRICE_FROM] = cancelOrders.priceFrom ?? 0;
    i32[base + CMD_PRICE_TO] = cancelOrders.priceTo ?? 0;
    i32[base + CMD_ACCOUNT] = cancelOrders.account ?? 0;
    writeName(cancelOrders.session ?? "", i32, base);
    return CommandKind.OperatorCancel;
  }
  if (bustTrade) {
    begin(CommandKind.BustTrade, request, bustTrade.instrumentId, i32, f64, base);
    f64[half + CMD_TRADE_ID] = bustTrade.tradeId ?? 0;
    return CommandKind.BustTrade;
  }
  if (correctTrade) {
    begin(CommandKind.CorrectTrade, request, correctTrade.instrumentId, i32, f64, base);
    f64[half + CMD_TRADE_ID] = correctTrade.tradeId ?? 0;
    i32[base + CMD_PRICE] = correctTrade.price ?? 0;
    i32[base + CMD_ORDER_QTY] = correctTrade.qty ?? 0;
    return CommandKind.CorrectTrade;
  }
  if (defineInstrument) {
    begin(CommandKind.CommitInstrument, request, defineInstrument.instrumentId, i32, f64, base);
    writeName(defineInstrument.symbol ?? "", i32, base);
    return CommandKind.CommitInstrument;
  }
  if (advanceTime) {
    begin(CommandKind.AdvanceTime, request, 0, i32, f64, base);
    return CommandKind.AdvanceTime;
  }
  return 0;
}

function writeName(name: string, i32: Int32Array, base: number): void {
  i32[base + CMD_NAME_BYTES] = name.length;
  for (let n = 0; n < name.length; n++) {
    const word = base + CMD_NAME + (n >> 2);
    i32[word] = (i32[word] as number) | (name.charCodeAt(n) << ((n & 3) * 8));
  }
}
