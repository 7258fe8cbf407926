/** A naive twin with one open session, for tests of single rules: commands in a few words, events as short lines. */
import { CancelReason, ExecType, Phase, RejectReason, Side } from "../../../protocol/codes.ts";
import { CommandKind } from "../../../protocol/record/command-record.ts";
import { EventKind } from "../../../protocol/record/event-record.ts";
import { type CommandFields, commandOf, linkWord } from "../command-fields.ts";
import { SMALL_ENGINE } from "../engine-rig.ts";
import type { EventFields } from "../event-fields.ts";
import type { TwinLevel } from "./book-queries.ts";
import { NaiveTwin } from "./naive-twin.ts";

type OrderFields = Partial<CommandFields>;

const nameOf = (codes: Readonly<Record<string, number>>, code: number): string =>
  Object.keys(codes).find((name) => codes[name] === code) ?? String(code);

export class TwinMarket {
  readonly twin = new NaiveTwin(SMALL_ENGINE);
  #sequence = 0;
  #lastId = 0;
  /** µs. */
  time = 1_700_000_000_000_000;

  constructor() {
    this.send({ kind: CommandKind.OpenSession, name: "a" });
    this.send({ kind: CommandKind.OpenSession, name: "b" });
  }

  /** All events, one line each; without those of level updates, which followers get. */
  send(fields: Partial<CommandFields> & Pick<CommandFields, "kind">): string[] {
    this.#sequence += 1;
    this.time += 1;
    const command = commandOf({ instrumentId: 1, ...fields, sequence: this.#sequence, time: this.time });
    return this.twin.apply(command).flat().map(lineOf);
  }

  /** A limit order unless it says otherwise; ids count from 1. */
  buy(orderQty: number, price: number, fields: OrderFields = {}): string[] {
    return this.#order({ side: Side.Buy, orderQty, price, ...fields });
  }

  sell(orderQty: number, price: number, fields: OrderFields = {}): string[] {
    return this.#order({ side: Side.Sell, orderQty, price, ...fields });
  }

  list(contingency: number, orders: readonly OrderFields[]): string[] {
    return orders.flatMap((order, place) =>
      this.#order({ ...order, connection: linkWord(contingency, place, orders.length) }),
    );
  }

  phase(phase: number): string[] {
    return this.send({ kind: CommandKind.SetPhase, price: phase, session: -1 }).filter((line) => line !== "done 1");
  }

  define(rows: readonly (readonly [term: number, value: number, second?: number])[]): void {
    for (const [price, quoteAmount, expireTime = 0] of rows) {
      this.send({ kind: CommandKind.InstrumentTerm, session: -1, price, quoteAmount, expireTime });
    }
    this.send({ kind: CommandKind.CommitInstrument, session: -1, name: "I1" });
  }

  /** "5 @ 99, 3 @ 98". */
  levels(side: number): string {
    return this.twin.levels(1, side).map(levelText).join(", ");
  }

  #order(fields: OrderFields): string[] {
    this.#lastId += 1;
    return this.send({ kind: CommandKind.NewOrder, clientOrderId: this.#lastId, ...fields });
  }
}

function levelText({ price, qty }: TwinLevel): string {
  return `${qty} @ ${price}`;
}

function lineOf(event: EventFields): string {
  const { clientOrderId: id, lastQty, lastPx, orderQty, reason } = event;
  if (event.kind === EventKind.OperatorReport) {
    return reason === 0 ? `done ${orderQty}` : `refused ${nameOf(RejectReason, reason)}`;
  }
  if (event.kind === EventKind.BusinessReject) return `refused ${nameOf(RejectReason, reason)}`;
  if (event.kind === EventKind.PhaseChanged) return `phase ${nameOf(Phase, event.price)}`;
  if (event.kind !== EventKind.ExecutionReport) return nameOf(EventKind, event.kind);
  switch (event.execType) {
    case ExecType.Trade:
      return `trade ${id} ${lastQty} @ ${lastPx}`;
    case ExecType.Rejected:
      return `rejected ${id} ${nameOf(RejectReason, reason)}`;
    case ExecType.Canceled:
    case ExecType.Expired:
      return `${nameOf(ExecType, event.execType).toLowerCase()} ${id} ${nameOf(CancelReason, reason)}`;
    case ExecType.Restated:
      return `restated ${id} ${orderQty}`;
    case ExecType.TradePrevented:
      return `prevented ${id} ${lastQty} @ ${lastPx}`;
    default:
      return `${nameOf(ExecType, event.execType).toLowerCase()} ${id}`;
  }
}
