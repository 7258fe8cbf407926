/**
 * Operator requests in a gateway: out as commands to the engines that they concern, back as one answer when every one of
 * them has reported, or when the time is over.
 */
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { KillScope, REJECT_TEXTS, type RejectReason } from "../../protocol/codes.ts";
import { CommandKind } from "../../protocol/record/command-record.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_ORDER_QTY,
  EVT_PRICE,
  EVT_SEQUENCE,
  EVT_TIME,
} from "../../protocol/record/event-record.ts";
import type { ControlCommands } from "../control-commands.ts";
import { operatorCommands } from "./operator-commands.ts";

/** What the main thread asks. */
export interface OperatorOrder {
  /** Positive int32; names the order until it is answered. */
  readonly correlation: number;
  readonly request: fairlead.v1.OperatorRequest.$Properties;
}

export interface OperatorAnswer {
  readonly correlation: number;
  /** One for each engine that has answered, in the order of the engines. */
  readonly reports: readonly fairlead.v1.OperatorReport.$Properties[];
  /** Engines that have not: what they did is unknown. */
  readonly missing: readonly number[];
}

interface OpenOrder {
  readonly reports: fairlead.v1.OperatorReport.$Properties[];
  readonly waitingFor: Set<number>;
  readonly timer: NodeJS.Timeout;
}

export interface OperatorDeskParts {
  readonly engineCount: number;
  readonly engineOfInstrument: ReadonlyMap<number, number>;
  readonly commands: ControlCommands;
  readonly timeoutMs: number;
  readonly answer: (answer: OperatorAnswer) => void;
}

export class OperatorDesk {
  readonly #parts: OperatorDeskParts;
  readonly #open = new Map<number, OpenOrder>();

  constructor(parts: OperatorDeskParts) {
    this.#parts = parts;
  }

  submit({ correlation, request }: OperatorOrder): void {
    const engines = this.#enginesOf(request);
    const timer = setTimeout(() => this.#close(correlation), this.#parts.timeoutMs);
    this.#open.set(correlation, { reports: [], waitingFor: new Set(engines), timer });
    const commands = operatorCommands(request, correlation);
    for (const engine of engines) for (const command of commands) this.#parts.commands.send(engine, command);
  }

  /** An operatorReport event. */
  reported(engine: number, i32: Int32Array, f64: Float64Array, base: number): void {
    // What is wrong with a term is told when the definition is committed.
    const kind = ((i32[base + EVT_HEAD] as number) >>> 8) & 0xff;
    if (kind === CommandKind.InstrumentTerm) return;
    const correlation = i32[base + EVT_PRICE] as number;
    const order = this.#open.get(correlation);
    if (order === undefined || !order.waitingFor.delete(engine)) return;
    order.reports.push(reportOf(engine, i32, f64, base));
    if (order.waitingFor.size === 0) this.#close(correlation);
  }

  /** Nothing is waited for any more: the venue ends. */
  stop(): void {
    for (const { timer } of this.#open.values()) clearTimeout(timer);
  }

  #close(correlation: number): void {
    const order = this.#open.get(correlation);
    if (order === undefined) return;
    this.#open.delete(correlation);
    clearTimeout(order.timer);
    const reports = order.reports.toSorted((a, b) => (a.engine ?? 0) - (b.engine ?? 0));
    this.#parts.answer({ correlation, reports, missing: [...order.waitingFor] });
  }

  /** An instrument lives on one engine; an unknown one is the first engine's to reject. Everything else is for all. */
  #enginesOf(request: fairlead.v1.OperatorRequest.$Properties): readonly number[] {
    const { setPhase, killSwitch, cancelOrders, bustTrade, correctTrade, defineInstrument } = request;
    if (defineInstrument) return [defineInstrument.engine ?? 0];
    if (killSwitch) {
      const scope: number = killSwitch.scope ?? KillScope.Unspecified;
      return scope === KillScope.Instrument ? this.#engineOf(killSwitch.instrumentId) : this.#everyEngine();
    }
    if (bustTrade ?? correctTrade) return this.#engineOf((bustTrade ?? correctTrade)?.instrumentId);
    const instrumentId = (setPhase ?? cancelOrders)?.instrumentId;
    return instrumentId ? this.#engineOf(instrumentId) : this.#everyEngine();
  }

  #engineOf(instrumentId: number | null | undefined): readonly number[] {
    return [this.#parts.engineOfInstrument.get(instrumentId ?? 0) ?? 0];
  }

  #everyEngine(): readonly number[] {
    return Array.from({ length: this.#parts.engineCount }, (_, engine) => engine);
  }
}

function reportOf(
  engine: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): fairlead.v1.OperatorReport.$Properties {
  const half = base >> 1;
  const rejectReason = (((i32[base + EVT_DETAIL] as number) >>> 16) & 0xff) as RejectReason;
  return {
    requestId: f64[half + EVT_CLIENT_ORDER_ID] as number,
    rejectReason,
    count: i32[base + EVT_ORDER_QTY] as number,
    text: REJECT_TEXTS[rejectReason] ?? "",
    sequenceNumber: f64[half + EVT_SEQUENCE] as number,
    transactTime: f64[half + EVT_TIME] as number,
    engine,
  };
}
