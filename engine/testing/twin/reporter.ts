/** Tells: the session that an event is about, and the gateways that follow the instrument when it is public. */
import { ExecType, OrderStatus, type RejectReason, type RequestType } from "../../../protocol/codes.ts";
import { CommandFlag, CommandKind } from "../../../protocol/record/command-record.ts";
import { EventFlag, EventKind } from "../../../protocol/record/event-record.ts";
import { levelAt } from "./book-queries.ts";
import { type CommandFields, commandOf } from "../command-fields.ts";
import { type EventFields, eventOf } from "../event-fields.ts";
import type { TwinInstrument } from "./twin-instrument.ts";
import { type TwinOrder, type TwinSession, isOpen, leavesOf } from "./twin-order.ts";
import type { TwinState } from "./twin-state.ts";

type Fields = Partial<EventFields>;

const PUBLIC = EventFlag.LevelChanged | EventFlag.PrevLevelChanged | EventFlag.PublicTrade;

export class Reporter {
  readonly #state: TwinState;
  #events: EventFields[][] = [];
  #command: CommandFields = commandOf({ kind: CommandKind.UnfollowBook });
  /** Whose first event from now on carries the marks of the command. */
  #stampSession: TwinSession | undefined;

  constructor(state: TwinState) {
    this.#state = state;
  }

  begin(): void {
    this.#events = Array.from({ length: this.#state.config.gatewayCount }, () => []);
    this.#stampSession = undefined;
  }

  /** From here on events are those of the command itself. */
  beginCommand(command: CommandFields, session: TwinSession | undefined): void {
    this.#command = command;
    this.#stampSession = session;
  }

  taken(): EventFields[][] {
    return this.#events;
  }

  /** About an order, as it is now. */
  report(order: TwinOrder, execType: ExecType, fields: Fields = {}): void {
    const { session, instrument } = order;
    if (this.#state.isTrial) return;
    session.sequence = (session.sequence + 1) | 0;
    const report = {
      kind: EventKind.ExecutionReport,
      execType,
      status: order.status,
      side: order.side,
      orderType: order.orderType,
      timeInForce: order.timeInForce,
      instrumentId: instrument.instrumentId,
      orderId: order.orderId,
      clientOrderId: order.clientOrderId,
      price: order.price,
      orderQty: order.orderQty,
      cumQty: order.cumQty,
      leavesQty: isOpen(order) ? leavesOf(order) : 0,
      lastPx: tellsTrigger(execType) ? order.triggerPrice : 0,
      sessionSequence: session.sequence,
      ...fields,
    };
    const flags = report.flags ?? 0;
    if (session.gateway !== undefined) {
      const handle = this.#state.sessions.indexOf(session);
      this.emit(session.gateway, { ...report, session: handle, ...this.#takeStamp(session, flags) });
    }
    if ((flags & PUBLIC) === 0) return;
    for (const follower of instrument.followers) if (follower !== session.gateway) this.emit(follower, report);
  }

  /** The level of an order, as a report of it tells it. */
  levelOf(order: TwinOrder): Fields {
    const level = levelAt(order.instrument, order.side, order.price);
    return { flags: EventFlag.LevelChanged, levelQty: level.qty, levelOrderCount: level.orderCount };
  }

  /** That level, if the order is in the shown book. */
  levelIfShown(order: TwinOrder): Fields {
    return order.place === "shown" ? this.levelOf(order) : {};
  }

  /** A request's own id, where it has one, and the id that the order had before it. */
  requestIds(command: CommandFields): Fields {
    if (command.clientOrderId === 0) return {};
    return { clientOrderId: command.clientOrderId, origClientOrderId: command.origClientOrderId };
  }

  /** The shown level of an order has changed with an event that could not say so. */
  levelUpdated(order: TwinOrder): void {
    const { side, price } = order;
    this.publish(order.instrument, { kind: EventKind.LevelUpdate, side, price, ...this.levelOf(order) });
  }

  publish(instrument: TwinInstrument, fields: Fields & Pick<EventFields, "kind">): void {
    if (this.#state.isTrial) return;
    for (const gateway of instrument.followers) {
      this.emit(gateway, { instrumentId: instrument.instrumentId, ...fields });
    }
  }

  rejectOrder(command: CommandFields, session: TwinSession, reason: RejectReason): void {
    session.sequence = (session.sequence + 1) | 0;
    const { side, orderType, timeInForce, price, orderQty } = command;
    this.answer(command, session, {
      kind: EventKind.ExecutionReport,
      execType: ExecType.Rejected,
      status: OrderStatus.Rejected,
      side,
      orderType,
      timeInForce,
      price,
      orderQty,
      reason,
    });
  }

  rejectRequest(command: CommandFields, session: TwinSession, request: RequestType, reason: RejectReason): void {
    session.sequence = (session.sequence + 1) | 0;
    const { origClientOrderId } = command;
    this.answer(command, session, { kind: EventKind.BusinessReject, execType: request, reason, origClientOrderId });
  }

  /** To the session of the command, with what is echoed of it. */
  answer(command: CommandFields, session: TwinSession, fields: Fields & Pick<EventFields, "kind">): void {
    if (session.gateway === undefined) return;
    this.emit(session.gateway, {
      instrumentId: command.instrumentId,
      clientOrderId: command.clientOrderId,
      session: this.#state.sessions.indexOf(session),
      sessionSequence: session.sequence,
      ...fields,
      ...this.#takeStamp(session, 0),
    });
  }

  answerOperator(command: CommandFields, reason: RejectReason, count: number): void {
    this.emit(command.gateway, {
      kind: EventKind.OperatorReport,
      execType: command.kind,
      instrumentId: command.instrumentId,
      clientOrderId: command.clientOrderId,
      price: command.connection,
      orderQty: count,
      reason,
    });
  }

  emit(gateway: number, fields: Fields & Pick<EventFields, "kind">): void {
    const { sequence, time } = this.#state;
    this.#events[gateway]?.push(eventOf({ ...fields, sequence, time }));
  }

  #takeStamp(session: TwinSession, flags: number): Fields {
    if (session !== this.#stampSession) return {};
    this.#stampSession = undefined;
    const { receivedAt, gatewayInNs } = this.#command;
    const receipt = (this.#command.flags & CommandFlag.Receipt) === 0 ? 0 : EventFlag.Receipt;
    if ((this.#command.flags & CommandFlag.Stamped) === 0) return { flags: flags | receipt };
    return { flags: flags | receipt | EventFlag.Stamped, receivedAt, gatewayInNs };
  }
}

function tellsTrigger(execType: ExecType): boolean {
  return execType === ExecType.New || execType === ExecType.Triggered || execType === ExecType.OrderStatus;
}
