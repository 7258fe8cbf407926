/** Opening and closing sessions, and canceling many orders of one: as today, and section 10 of docs/MATCHING.md. */
import { CancelReason, LogoutReason, RejectReason, RequestType, Side } from "../../../protocol/codes.ts";
import { MAX_ID } from "../../../protocol/limits.ts";
import { CommandFlag, MAX_ACCOUNT } from "../../../protocol/record/command-record.ts";
import { EventKind } from "../../../protocol/record/event-record.ts";
import type { CommandFields } from "../command-fields.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Reporter } from "./reporter.ts";
import { type TwinOrder, type TwinSession, isOpen } from "./twin-order.ts";
import type { TwinState } from "./twin-state.ts";

export class Sessions {
  readonly #state: TwinState;
  readonly #reporter: Reporter;
  readonly #lifecycle: Lifecycle;

  constructor(state: TwinState, reporter: Reporter, lifecycle: Lifecycle) {
    this.#state = state;
    this.#reporter = reporter;
    this.#lifecycle = lifecycle;
  }

  open(command: CommandFields): void {
    let session = this.#state.sessions.find((known) => known.name === command.name);
    const isFirstEngine = this.#state.config.engineIndex === 0;
    if (session !== undefined && !isFirstEngine && command.clientOrderId < session.opening) {
      return this.#refuse(command, session, LogoutReason.SessionInUse);
    }
    if (session?.gateway !== undefined) {
      if (isFirstEngine) return this.#refuse(command, session, LogoutReason.SessionInUse);
      this.#disconnect(session);
    }
    session ??= this.#admit(command.name);
    if (session === undefined) return this.#refuse(command, undefined, LogoutReason.TooManySessions);
    session.gateway = command.gateway;
    session.connection = command.connection;
    session.opening = command.clientOrderId;
    session.cancelOnDisconnect = (command.flags & CommandFlag.CancelOnDisconnect) !== 0;
    this.#reporter.emit(command.gateway, {
      kind: EventKind.SessionOpened,
      session: this.#state.sessions.indexOf(session),
      price: command.connection,
      sessionSequence: session.sequence,
    });
  }

  /** The end of a connection that another one has followed comes too late. */
  close(command: CommandFields, session: TwinSession): void {
    if (command.connection === session.connection) this.#disconnect(session);
  }

  #admit(name: string): TwinSession | undefined {
    const fresh = {
      name,
      gateway: undefined,
      connection: 0,
      opening: 0,
      cancelOnDisconnect: false,
      sequence: 0,
      disconnectedAt: 0,
    };
    const { sessions, open, config } = this.#state;
    if (sessions.length < config.maxSessions) {
      sessions.push(fresh);
      return fresh;
    }
    const idle = sessions
      .filter((session) => session.gateway === undefined && !open.some((order) => order.session === session))
      .toSorted((a, b) => a.disconnectedAt - b.disconnectedAt)[0];
    if (idle === undefined) return undefined;
    this.#state.ended = this.#state.ended.filter((order) => order.session !== idle);
    sessions[sessions.indexOf(idle)] = fresh;
    return fresh;
  }

  #refuse(command: CommandFields, session: TwinSession | undefined, reason: LogoutReason): void {
    this.#reporter.emit(command.gateway, {
      kind: EventKind.SessionRefused,
      price: command.connection,
      reason,
      sessionSequence: session?.sequence ?? 0,
    });
  }

  #disconnect(session: TwinSession): void {
    const gateway = session.gateway as number;
    session.gateway = undefined;
    this.#state.disconnections += 1;
    session.disconnectedAt = this.#state.disconnections;
    if (session.cancelOnDisconnect) {
      this.cancelAll((order) => order.session === session, CancelReason.Disconnect);
    }
    this.#reporter.emit(gateway, {
      kind: EventKind.SessionClosed,
      session: this.#state.sessions.indexOf(session),
      price: session.connection,
      sessionSequence: session.sequence,
    });
  }

  // ---- many orders at once ----

  /** In the order of their entry. @returns how many; what else ends because it was linked with them is not counted. */
  cancelAll(isMeant: (order: TwinOrder) => boolean, reason: CancelReason): number {
    let count = 0;
    for (const order of this.#state.open.filter(isMeant)) {
      if (!isOpen(order)) continue;
      this.#lifecycle.cancel(order, reason);
      count += 1;
    }
    return count;
  }

  massCancel(command: CommandFields, session: TwinSession): void {
    const isId = command.clientOrderId >= 0 && command.clientOrderId <= MAX_ID;
    const reason = isId ? this.checkFilter(command) : RejectReason.InvalidClientOrderId;
    if (reason !== RejectReason.Unspecified) {
      return this.#reporter.rejectRequest(command, session, RequestType.MassCancel, reason);
    }
    const isMeant = (order: TwinOrder): boolean => order.session === session && isInFilter(order, command);
    const orderQty = this.cancelAll(isMeant, CancelReason.MassCancel);
    const { side } = command;
    this.#reporter.answer(command, session, { kind: EventKind.MassCancelReport, side, orderQty });
  }

  checkFilter(command: CommandFields): RejectReason {
    const { instrumentId, side, account, price: from, orderQty: to } = command;
    if (instrumentId !== 0 && this.#state.find(instrumentId) === undefined) return RejectReason.UnknownInstrument;
    if (side > Side.Sell) return RejectReason.InvalidSide;
    if (account < 0 || account > MAX_ACCOUNT) return RejectReason.InvalidAccount;
    const isSound = from >= 0 && to >= 0 && (to === 0 || from <= to);
    return isSound ? RejectReason.Unspecified : RejectReason.InvalidPriceRange;
  }
}

export function isInFilter(order: TwinOrder, filter: CommandFields): boolean {
  const { instrumentId, side, account, price: from, orderQty: to } = filter;
  const hasRange = from !== 0 || to !== 0;
  const isInRange = order.price !== 0 && order.price >= from && (to === 0 || order.price <= to);
  return (
    (instrumentId === 0 || order.instrument.instrumentId === instrumentId) &&
    (side === Side.Unspecified || order.side === side) &&
    (account === 0 || order.account === account) &&
    (!hasRange || isInRange)
  );
}
