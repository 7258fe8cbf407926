/** From an OperatorRequest to the command records that an engine applies for it. */
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import {
  CMD_ACCOUNT,
  CMD_CANCEL_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CODE,
  CMD_CONNECTION,
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
  commandHead,
} from "../../protocol/record/command-record.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import { CommandScratch } from "../command-scratch.ts";

type OperatorRequest = fairlead.v1.OperatorRequest.$Properties;
type InstrumentDefinition = fairlead.v1.InstrumentDefinition.$Properties;

/** Terms of one value, by the name of their field. */
const SINGLE_TERMS = [
  ["priceDecimals", InstrumentTerm.PriceDecimals],
  ["tickSize", InstrumentTerm.TickSize],
  ["qtyDecimals", InstrumentTerm.QtyDecimals],
  ["lotSize", InstrumentTerm.LotSize],
  ["maxPrice", InstrumentTerm.MaxPrice],
  ["maxOrderQty", InstrumentTerm.MaxOrderQty],
  ["phase", InstrumentTerm.Phase],
  ["qtyStep", InstrumentTerm.QtyStep],
  ["minNotional", InstrumentTerm.MinNotional],
  ["maxNotional", InstrumentTerm.MaxNotional],
  ["maxDeviationBps", InstrumentTerm.MaxDeviationBps],
  ["staticBandBps", InstrumentTerm.StaticBandBps],
  ["dynamicBandBps", InstrumentTerm.DynamicBandBps],
  ["volatilityPauseMs", InstrumentTerm.VolatilityPauseMs],
  ["referencePrice", InstrumentTerm.ReferencePrice],
  ["allocation", InstrumentTerm.Allocation],
  ["proRataMinQty", InstrumentTerm.ProRataMinQty],
  ["topOrderMaxQty", InstrumentTerm.TopOrderMaxQty],
] as const satisfies readonly (readonly [keyof InstrumentDefinition, InstrumentTerm])[];

/**
 * In the order in which the engine must get them. The last one is the one that it answers.
 * @param correlation Comes back in the answer.
 */
export function operatorCommands(request: OperatorRequest, correlation: number): CommandScratch[] {
  const writer = new OperatorCommandWriter(request.requestId ?? 0, correlation);
  const { setPhase, killSwitch, cancelOrders, bustTrade, correctTrade, defineInstrument } = request;
  if (setPhase) writer.setPhase(setPhase);
  if (killSwitch) writer.killSwitch(killSwitch);
  if (cancelOrders) writer.cancelOrders(cancelOrders);
  if (bustTrade) writer.amendTrade(CommandKind.BustTrade, bustTrade);
  if (correctTrade) writer.amendTrade(CommandKind.CorrectTrade, correctTrade);
  if (defineInstrument) writer.defineInstrument(defineInstrument);
  return writer.commands;
}

class OperatorCommandWriter {
  readonly commands: CommandScratch[] = [];
  readonly #requestId: number;
  readonly #correlation: number;

  constructor(requestId: number, correlation: number) {
    this.#requestId = requestId;
    this.#correlation = correlation;
  }

  setPhase({ instrumentId, phase }: fairlead.v1.SetPhase.$Properties): void {
    const { i32 } = this.#add(CommandKind.SetPhase, instrumentId);
    i32[CMD_CODE] = phase ?? 0;
  }

  killSwitch({ scope, account, instrumentId, release }: fairlead.v1.KillSwitch.$Properties): void {
    const { i32 } = this.#add(CommandKind.KillSwitch, instrumentId);
    i32[CMD_CODE] = scope ?? 0;
    i32[CMD_ACCOUNT] = account ?? 0;
    i32[CMD_FLAGS] = release ? CommandFlag.Release : 0;
  }

  cancelOrders(filter: fairlead.v1.CancelOrders.$Properties): void {
    const command = this.#add(CommandKind.OperatorCancel, filter.instrumentId, filter.side ?? 0);
    const { i32, f64 } = command;
    i32[CMD_PRICE_FROM] = filter.priceFrom ?? 0;
    i32[CMD_PRICE_TO] = filter.priceTo ?? 0;
    f64[CMD_CANCEL_ACCOUNT] = filter.account ?? 0;
    setName(command, filter.session ?? "");
  }

  amendTrade(kind: CommandKind, trade: fairlead.v1.CorrectTrade.$Properties): void {
    const { i32, f64 } = this.#add(kind, trade.instrumentId);
    f64[CMD_TRADE_ID] = trade.tradeId ?? 0;
    i32[CMD_PRICE] = trade.price ?? 0;
    i32[CMD_ORDER_QTY] = trade.qty ?? 0;
  }

  /** Only what it has: an absent term stays as it is. */
  defineInstrument(definition: InstrumentDefinition): void {
    const { instrumentId } = definition;
    for (const [name, term] of SINGLE_TERMS) {
      const value = definition[name];
      if (value) this.#addTerm(instrumentId, term, value, 0);
    }
    for (const { fromPrice, step } of definition.priceSteps ?? []) {
      this.#addTerm(instrumentId, InstrumentTerm.PriceStep, fromPrice ?? 0, step ?? 0);
    }
    for (const { secondOfDay, phase } of definition.schedule ?? []) {
      this.#addTerm(instrumentId, InstrumentTerm.Schedule, secondOfDay ?? 0, phase ?? 0);
    }
    setName(this.#add(CommandKind.CommitInstrument, instrumentId), definition.symbol ?? "");
  }

  #addTerm(instrumentId: number | null | undefined, term: InstrumentTerm, value: number, secondValue: number): void {
    const { i32, f64 } = this.#add(CommandKind.InstrumentTerm, instrumentId);
    i32[CMD_CODE] = term;
    f64[CMD_TERM_VALUE] = value;
    f64[CMD_TERM_SECOND_VALUE] = secondValue;
  }

  #add(kind: CommandKind, instrumentId: number | null | undefined, side = 0): CommandScratch {
    const command = new CommandScratch();
    const { i32, f64 } = command;
    i32[CMD_HEAD] = commandHead(kind, side >= 0 && side < 255 ? side : 255, 0, 0);
    i32[CMD_SESSION] = NO_SESSION;
    i32[CMD_INSTRUMENT_ID] = instrumentId ?? 0;
    i32[CMD_CONNECTION] = this.#correlation;
    f64[CMD_CLIENT_ORDER_ID] = this.#requestId;
    this.commands.push(command);
    return command;
  }
}

/** @param name At most 32 characters of ASCII. */
function setName(command: CommandScratch, name: string): void {
  const bytes = Buffer.from(name, "ascii");
  command.i32[CMD_NAME_BYTES] = bytes.length;
  command.bytes.set(bytes, CMD_NAME * Int32Array.BYTES_PER_ELEMENT);
}
