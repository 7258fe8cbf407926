/**
 * The engine's slow, obviously correct twin: docs/MATCHING.md read a second time. Orders are objects in arrays, books are found
 * by filtering and sorting them, and events are plain values. It takes the same commands and must make the same events, field
 * by field.
 *
 * A command does, in this order: what is due at its time, its own work, the settling that follows, the indications.
 */
import { CommandKind } from "../../../protocol/record/command-record.ts";
import { EventKind } from "../../../protocol/record/event-record.ts";
import { RejectReason, Side } from "../../../protocol/codes.ts";
import { type TwinLevel, inPriority, levelsOf } from "./book-queries.ts";
import type { EngineConfig } from "../../engine-config.ts";
import type { CommandFields } from "../command-fields.ts";
import { Deadlines } from "./deadlines.ts";
import type { EventFields } from "../event-fields.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Matching } from "./matching.ts";
import { Operator } from "./operator.ts";
import { OrderEntry } from "./order-entry.ts";
import { isCollecting } from "./twin-instrument.ts";
import { Phases, indicationOf } from "./phases.ts";
import { Reporter } from "./reporter.ts";
import { Sessions } from "./sessions.ts";
import { Settling } from "./settling.ts";
import type { Place, TwinOrder } from "./twin-order.ts";
import { TwinState } from "./twin-state.ts";

export class NaiveTwin {
  readonly #state: TwinState;
  readonly #reporter: Reporter;
  readonly #phases: Phases;
  readonly #settling: Settling;
  readonly #deadlines: Deadlines;
  readonly #orderEntry: OrderEntry;
  readonly #sessions: Sessions;
  readonly #operator: Operator;

  constructor(config: EngineConfig) {
    const state = new TwinState(config);
    const reporter = new Reporter(state);
    const lifecycle = new Lifecycle(state, reporter);
    const phases = new Phases(state, reporter, lifecycle);
    const matching = new Matching(state, reporter, lifecycle, phases);
    this.#state = state;
    this.#reporter = reporter;
    this.#phases = phases;
    this.#settling = new Settling(state, lifecycle, matching);
    this.#deadlines = new Deadlines(state, lifecycle, phases, this.#settling);
    this.#orderEntry = new OrderEntry(state, reporter, lifecycle, matching);
    this.#sessions = new Sessions(state, reporter, lifecycle);
    this.#operator = new Operator(state, reporter, phases, this.#sessions);
  }

  get openCount(): number {
    return this.#state.open.length;
  }

  get endedCount(): number {
    return this.#state.ended.length;
  }

  get instrumentIds(): number[] {
    return this.#state.instruments.map(({ instrumentId }) => instrumentId);
  }

  /** In the order of their entry. */
  get openOrders(): readonly TwinOrder[] {
    return this.#state.open;
  }

  phaseOf(instrumentId: number): number {
    return this.#state.find(instrumentId)?.phase ?? 0;
  }

  /** Of the shown book, best first. */
  levels(instrumentId: number, side: number): TwinLevel[] {
    const instrument = this.#state.find(instrumentId);
    return instrument === undefined ? [] : levelsOf(instrument, side);
  }

  /** Order ids in one book, first to trade first; of the trigger book and those who wait, in the order they came there. */
  queue(instrumentId: number, side: number, place: Place): number[] {
    const instrument = this.#state.find(instrumentId);
    if (instrument === undefined) return [];
    const orders = inPriority(instrument, side, [place]);
    const isByTime = place === "trigger" || place === "waiting";
    const sorted = isByTime ? orders.toSorted((a, b) => a.priority - b.priority) : orders;
    return sorted.map((order) => order.orderId);
  }

  /** @returns the events of this command, index = gateway. */
  apply(command: CommandFields): EventFields[][] {
    this.#reporter.begin();
    if (command.kind === CommandKind.FollowBook) this.#follow(command);
    else if (command.kind === CommandKind.UnfollowBook) {
      this.#state.find(command.instrumentId)?.followers.delete(command.gateway);
    } else this.#applySequenced(command);
    return this.#reporter.taken();
  }

  #applySequenced(command: CommandFields): void {
    this.#state.sequence = command.sequence;
    this.#state.time = command.time;
    this.#settling.beginCommand();
    this.#settling.settleAll();
    this.#deadlines.passTime();
    this.#work(command);
    this.#settling.settleAll();
    for (const instrument of this.#state.instruments) this.#phases.indicateChange(instrument);
  }

  #work(command: CommandFields): void {
    if (command.kind === CommandKind.OpenSession) return this.#sessions.open(command);
    if (command.kind >= CommandKind.SetPhase) return this.#operator.apply(command);
    const session = this.#state.sessions[command.session];
    if (session === undefined || session.gateway !== command.gateway) return;
    this.#reporter.beginCommand(command, session);
    if (command.kind === CommandKind.NewOrder) this.#orderEntry.newOrder(command, session);
    if (command.kind === CommandKind.CancelOrder) this.#orderEntry.cancelOrder(command, session);
    if (command.kind === CommandKind.ReplaceOrder) this.#orderEntry.replaceOrder(command, session);
    if (command.kind === CommandKind.MassCancel) this.#sessions.massCancel(command, session);
    if (command.kind === CommandKind.CloseSession) this.#sessions.close(command, session);
  }

  // ---- market data ----

  /** Not sequenced: the book as it is after the last command, and every change from then on. */
  #follow({ instrumentId, gateway }: CommandFields): void {
    const instrument = this.#state.find(instrumentId);
    if (instrument !== undefined) {
      for (const side of [Side.Buy, Side.Sell]) {
        for (const { price, qty, orderCount } of levelsOf(instrument, side)) {
          const level = { side, instrumentId, price, levelQty: qty, levelOrderCount: orderCount };
          this.#reporter.emit(gateway, { kind: EventKind.SnapshotLevel, ...level });
        }
      }
      instrument.followers.add(gateway);
    }
    const reason = instrument === undefined ? RejectReason.UnknownInstrument : RejectReason.Unspecified;
    const price = instrument?.phase ?? 0;
    const orderId = instrument?.pauseEnd ?? 0;
    this.#reporter.emit(gateway, { kind: EventKind.SnapshotEnd, instrumentId, reason, price, orderId });
    if (instrument !== undefined && isCollecting(instrument.phase))
      this.#reporter.emit(gateway, indicationOf(instrument));
  }
}
