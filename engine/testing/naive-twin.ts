/**
 * The engine's slow, obviously correct twin: orders are objects in arrays, books are found by filtering and sorting them,
 * and events are plain values. It takes the same commands and must make the same events, field by field.
 */
import {
  ExecType,
  LogoutReason,
  OrderStatus,
  OrderType,
  RejectReason,
  RequestType,
  Side,
  TimeInForce,
} from "../../protocol/codes.ts";
import { IDS_PER_ENGINE, MAX_ID } from "../../protocol/limits.ts";
import { CommandFlag, CommandKind } from "../../protocol/record/command-record.ts";
import { EventFlag, EventKind } from "../../protocol/record/event-record.ts";
import type { EngineConfig, Instrument } from "../engine-config.ts";
import { type CommandFields, commandOf } from "./command-fields.ts";
import { type EventFields, eventOf } from "./event-fields.ts";

interface TwinSession {
  name: string;
  gateway: number | undefined;
  connection: number;
  opening: number;
  cancelOnDisconnect: boolean;
  sequence: number;
  disconnectedAt: number;
}

/** What introduced a client order id. */
interface Origin {
  readonly replacedId: number;
  readonly price: number;
  readonly orderQty: number;
}

interface TwinOrder {
  readonly orderId: number;
  clientOrderId: number;
  readonly session: TwinSession;
  readonly instrumentId: number;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  price: number;
  orderQty: number;
  cumQty: number;
  status: OrderStatus;
  origin: Origin;
  isResting: boolean;
  /** When it came to rest at its price: lower is first. */
  priority: number;
}

export interface TwinLevel {
  readonly price: number;
  readonly qty: number;
  readonly orderCount: number;
}

function leavesOf(order: TwinOrder): number {
  return order.orderQty - order.cumQty;
}

function isOpen(order: TwinOrder): boolean {
  return order.status === OrderStatus.New || order.status === OrderStatus.PartiallyFilled;
}

export class NaiveTwin {
  readonly #config: EngineConfig;
  readonly #sessions: TwinSession[] = [];
  /** In the order of their entry. */
  #open: TwinOrder[] = [];
  /** In the order in which they ended. */
  #ended: TwinOrder[] = [];
  readonly #followers = new Map<number, Set<number>>();
  #lastOrderId: number;
  #lastTradeId: number;
  #lastPriority = 0;
  #disconnections = 0;
  #sequence = 0;
  #time = 0;
  #command: CommandFields = commandOf({ kind: CommandKind.UnfollowBook });
  #commandSession: TwinSession | undefined;
  #isStampDue = false;
  #events: EventFields[][] = [];

  constructor(config: EngineConfig) {
    this.#config = config;
    this.#lastOrderId = config.engineIndex * IDS_PER_ENGINE;
    this.#lastTradeId = config.engineIndex * IDS_PER_ENGINE;
  }

  get openCount(): number {
    return this.#open.length;
  }

  get endedCount(): number {
    return this.#ended.length;
  }

  /** Best first. */
  levels(instrumentId: number, side: number): TwinLevel[] {
    const prices = [...new Set(this.#resting(instrumentId, side).map((order) => order.price))];
    return prices.map((price) => this.#level(instrumentId, side, price));
  }

  /** Client order ids of the resting orders, first to trade first. */
  queue(instrumentId: number, side: number): number[] {
    return this.#resting(instrumentId, side).map((order) => order.clientOrderId);
  }

  apply(command: CommandFields): EventFields[][] {
    this.#events = Array.from({ length: this.#config.gatewayCount }, () => []);
    this.#command = command;
    this.#isStampDue = false;
    if (command.kind === CommandKind.FollowBook) this.#follow(command);
    else if (command.kind === CommandKind.UnfollowBook) {
      this.#followers.get(command.instrumentId)?.delete(command.gateway);
    } else {
      this.#sequence = command.sequence;
      this.#time = command.time;
      if (command.kind === CommandKind.OpenSession) this.#openSession(command);
      else this.#applyForSession(command);
    }
    return this.#events;
  }

  #applyForSession(command: CommandFields): void {
    const session = this.#sessions[command.session];
    if (session === undefined || session.gateway !== command.gateway) return;
    this.#commandSession = session;
    this.#isStampDue = true;
    if (command.kind === CommandKind.NewOrder) this.#newOrder(command, session);
    if (command.kind === CommandKind.CancelOrder) this.#cancel(command, session);
    if (command.kind === CommandKind.ReplaceOrder) this.#replace(command, session);
    if (command.kind === CommandKind.MassCancel) this.#massCancel(command, session);
    if (command.kind === CommandKind.CloseSession && command.connection === session.connection) {
      this.#disconnect(session);
    }
  }

  // ---- sessions ----

  #openSession(command: CommandFields): void {
    let session = this.#sessions.find((known) => known.name === command.name);
    const isFirstEngine = this.#config.engineIndex === 0;
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
    this.#emit(command.gateway, {
      kind: EventKind.SessionOpened,
      session: this.#sessions.indexOf(session),
      price: command.connection,
      sessionSequence: session.sequence,
    });
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
    if (this.#sessions.length < this.#config.maxSessions) {
      this.#sessions.push(fresh);
      return fresh;
    }
    const idle = this.#sessions
      .filter((session) => session.gateway === undefined && !this.#open.some((order) => order.session === session))
      .toSorted((a, b) => a.disconnectedAt - b.disconnectedAt)[0];
    if (idle === undefined) return undefined;
    this.#ended = this.#ended.filter((order) => order.session !== idle);
    this.#sessions[this.#sessions.indexOf(idle)] = fresh;
    return fresh;
  }

  #refuse(command: CommandFields, session: TwinSession | undefined, reason: LogoutReason): void {
    this.#emit(command.gateway, {
      kind: EventKind.SessionRefused,
      price: command.connection,
      reason,
      sessionSequence: session?.sequence ?? 0,
    });
  }

  #disconnect(session: TwinSession): void {
    const gateway = session.gateway as number;
    session.gateway = undefined;
    this.#disconnections += 1;
    session.disconnectedAt = this.#disconnections;
    if (session.cancelOnDisconnect) {
      for (const order of this.#open.filter((open) => open.session === session)) this.#cancelUnasked(order);
    }
    this.#emit(gateway, {
      kind: EventKind.SessionClosed,
      session: this.#sessions.indexOf(session),
      price: session.connection,
      sessionSequence: session.sequence,
    });
  }

  // ---- orders ----

  #newOrder(command: CommandFields, session: TwinSession): void {
    const orderType = command.orderType === OrderType.Unspecified ? OrderType.Limit : command.orderType;
    const usual = orderType === OrderType.Market ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
    const timeInForce = command.timeInForce === TimeInForce.Unspecified ? usual : command.timeInForce;
    const reason = this.#checkNew(command, orderType, timeInForce);
    if (reason !== RejectReason.Unspecified) return this.#rejectOrder(command, session, reason);

    const { clientOrderId, instrumentId, side, price, orderQty } = command;
    const known = this.#known(session, clientOrderId);
    if (known !== undefined) {
      const isSame =
        known.instrumentId === instrumentId &&
        known.side === side &&
        known.orderType === orderType &&
        known.timeInForce === timeInForce &&
        known.origin.replacedId === 0 &&
        known.origin.price === price &&
        known.origin.orderQty === orderQty;
      if (isSame) this.#report(known, ExecType.OrderStatus, {});
      else this.#rejectOrder(command, session, RejectReason.DuplicateClientOrderId);
      return;
    }
    const isFull = this.#open.length >= this.#config.maxOpenOrders || !this.#hasLevel(instrumentId, side, price);
    if (timeInForce === TimeInForce.GoodTillCancel && isFull) {
      return this.#rejectOrder(command, session, RejectReason.BookFull);
    }
    this.#lastOrderId += 1;
    const order: TwinOrder = {
      orderId: this.#lastOrderId,
      clientOrderId,
      session,
      instrumentId,
      side,
      orderType,
      timeInForce,
      price,
      orderQty,
      cumQty: 0,
      status: OrderStatus.New,
      origin: { replacedId: 0, price, orderQty },
      isResting: false,
      priority: 0,
    };
    this.#open.push(order);
    if (this.#mayTrade(order) || timeInForce !== TimeInForce.GoodTillCancel) {
      this.#report(order, ExecType.New, {});
      this.#execute(order);
    } else {
      this.#rest(order);
      this.#report(order, ExecType.New, this.#levelInfo(order));
    }
  }

  #checkNew(command: CommandFields, orderType: number, timeInForce: number): RejectReason {
    const instrument = this.#config.instruments.find((known) => known.instrumentId === command.instrumentId);
    if (command.clientOrderId < 1 || command.clientOrderId > MAX_ID) return RejectReason.InvalidClientOrderId;
    if (instrument === undefined) return RejectReason.UnknownInstrument;
    if (![1, 2].includes(command.side)) return RejectReason.InvalidSide;
    if (![1, 2].includes(orderType)) return RejectReason.InvalidOrderType;
    if (![1, 2, 3].includes(timeInForce)) return RejectReason.InvalidTimeInForce;
    if (orderType === OrderType.Market && timeInForce === TimeInForce.GoodTillCancel) {
      return RejectReason.InvalidTimeInForce;
    }
    if (orderType === OrderType.Market && command.price !== 0) return RejectReason.InvalidPrice;
    if (orderType === OrderType.Limit && (command.price < 1 || command.price > instrument.maxPrice)) {
      return RejectReason.InvalidPrice;
    }
    return this.#checkQtyAndNotional(command, instrument);
  }

  #checkQtyAndNotional(command: CommandFields, instrument: Instrument): RejectReason {
    if (command.orderQty < 1 || command.orderQty > instrument.maxOrderQty) return RejectReason.InvalidQuantity;
    if (BigInt(command.price) * BigInt(command.orderQty) >= 2n ** 53n) return RejectReason.NotionalTooLarge;
    return RejectReason.Unspecified;
  }

  #cancel(command: CommandFields, session: TwinSession): void {
    const order = this.#known(session, command.origClientOrderId);
    let reason: RejectReason = RejectReason.Unspecified;
    if (command.clientOrderId < 0 || command.clientOrderId > MAX_ID) reason = RejectReason.InvalidClientOrderId;
    else if (order === undefined || order.instrumentId !== command.instrumentId) reason = RejectReason.UnknownOrder;
    else if (!isOpen(order)) reason = RejectReason.OrderClosed;
    if (reason !== RejectReason.Unspecified || order === undefined) {
      return this.#rejectRequest(command, session, RequestType.CancelOrder, reason);
    }
    order.isResting = false;
    order.status = OrderStatus.Canceled;
    this.#report(order, ExecType.Canceled, { ...this.#levelInfo(order), ...this.#requestIds(command) });
    this.#end(order);
  }

  #cancelUnasked(order: TwinOrder): void {
    order.isResting = false;
    order.status = OrderStatus.Canceled;
    this.#report(order, ExecType.Canceled, this.#levelInfo(order));
    this.#end(order);
  }

  #replace(command: CommandFields, session: TwinSession): void {
    const { clientOrderId, origClientOrderId, price, orderQty } = command;
    const reject = (reason: RejectReason): void =>
      this.#rejectRequest(command, session, RequestType.ReplaceOrder, reason);
    if (clientOrderId < 0 || clientOrderId > MAX_ID) return reject(RejectReason.InvalidClientOrderId);
    const used = clientOrderId === 0 ? undefined : this.#known(session, clientOrderId);
    if (used !== undefined) {
      const isSame =
        used.instrumentId === command.instrumentId &&
        used.origin.replacedId !== 0 &&
        used.origin.replacedId === origClientOrderId &&
        used.origin.price === price &&
        used.origin.orderQty === orderQty;
      if (!isSame) return reject(RejectReason.DuplicateClientOrderId);
      return this.#report(used, ExecType.OrderStatus, this.#requestIds(command));
    }
    const order = this.#known(session, origClientOrderId);
    const instrument = this.#config.instruments.find((known) => known.instrumentId === command.instrumentId);
    if (order === undefined || instrument === undefined || order.instrumentId !== instrument.instrumentId) {
      return reject(RejectReason.UnknownOrder);
    }
    if (!isOpen(order)) return reject(RejectReason.OrderClosed);
    if (price < 1 || price > instrument.maxPrice) return reject(RejectReason.InvalidPrice);
    const reason = this.#checkQtyAndNotional(command, instrument);
    if (reason !== RejectReason.Unspecified) return reject(reason);
    if (orderQty <= order.cumQty) return reject(RejectReason.QuantityBelowExecuted);
    if (!this.#hasLevel(order.instrumentId, order.side, price)) return reject(RejectReason.BookFull);

    if (clientOrderId !== 0) {
      this.#remember({ ...order, status: OrderStatus.Replaced, isResting: false });
      order.clientOrderId = clientOrderId;
      order.origin = { replacedId: origClientOrderId, price, orderQty };
    }
    this.#applyReplace(order, price, orderQty, this.#requestIds(command));
  }

  #applyReplace(order: TwinOrder, price: number, orderQty: number, ids: Partial<EventFields>): void {
    const prev = { price: order.price, orderQty: order.orderQty };
    order.price = price;
    order.orderQty = orderQty;
    const fields = { ...ids, lastPx: prev.price };
    if (price === prev.price && orderQty <= prev.orderQty) {
      const isChanged = orderQty !== prev.orderQty;
      return this.#report(order, ExecType.Replaced, { ...fields, ...(isChanged ? this.#levelInfo(order) : {}) });
    }
    order.isResting = false;
    const left = this.#level(order.instrumentId, order.side, prev.price);
    const prevInfo = { prevLevelQty: left.qty, prevLevelOrderCount: left.orderCount };
    if (this.#mayTrade(order)) {
      this.#report(order, ExecType.Replaced, { ...fields, ...prevInfo, flags: EventFlag.PrevLevelChanged });
      return this.#execute(order);
    }
    this.#rest(order);
    const info = this.#levelInfo(order);
    if (price === prev.price) return this.#report(order, ExecType.Replaced, { ...fields, ...info });
    this.#report(order, ExecType.Replaced, {
      ...fields,
      ...info,
      ...prevInfo,
      flags: EventFlag.LevelChanged | EventFlag.PrevLevelChanged,
    });
  }

  #massCancel(command: CommandFields, session: TwinSession): void {
    const { instrumentId, side } = command;
    const reject = (reason: RejectReason): void =>
      this.#rejectRequest(command, session, RequestType.MassCancel, reason);
    if (command.clientOrderId < 0 || command.clientOrderId > MAX_ID) return reject(RejectReason.InvalidClientOrderId);
    if (instrumentId !== 0 && !this.#config.instruments.some((known) => known.instrumentId === instrumentId)) {
      return reject(RejectReason.UnknownInstrument);
    }
    if (side > Side.Sell) return reject(RejectReason.InvalidSide);
    const meant = this.#open.filter(
      (order) =>
        order.session === session &&
        (instrumentId === 0 || order.instrumentId === instrumentId) &&
        (side === Side.Unspecified || order.side === side),
    );
    for (const order of meant) this.#cancelUnasked(order);
    this.#emitForCommand(command, session, {
      kind: EventKind.MassCancelReport,
      side,
      orderQty: meant.length,
      sessionSequence: session.sequence,
    });
  }

  // ---- matching ----

  #execute(order: TwinOrder): void {
    const crossed = this.#resting(order.instrumentId, 3 - order.side).filter((other) => this.#crosses(order, other));
    const available = crossed.reduce((sum, other) => sum + leavesOf(other), 0);
    if (order.timeInForce !== TimeInForce.FillOrKill || available >= leavesOf(order)) {
      for (const other of crossed) if (leavesOf(order) > 0) this.#trade(order, other);
    }
    if (leavesOf(order) === 0) return this.#end(order);
    if (order.timeInForce === TimeInForce.GoodTillCancel) {
      this.#rest(order);
      const level = this.#level(order.instrumentId, order.side, order.price);
      for (const gateway of this.#followersOf(order.instrumentId)) {
        this.#emit(gateway, {
          kind: EventKind.LevelUpdate,
          side: order.side,
          flags: EventFlag.LevelChanged,
          instrumentId: order.instrumentId,
          price: order.price,
          levelQty: level.qty,
          levelOrderCount: level.orderCount,
        });
      }
      return;
    }
    order.status = OrderStatus.Expired;
    this.#report(order, ExecType.Expired, {});
    this.#end(order);
  }

  #trade(aggressor: TwinOrder, resting: TwinOrder): void {
    const qty = Math.min(leavesOf(aggressor), leavesOf(resting));
    this.#lastTradeId += 1;
    const trade = { origClientOrderId: this.#lastTradeId, lastPx: resting.price, lastQty: qty };
    for (const order of [resting, aggressor]) {
      order.cumQty += qty;
      order.status = leavesOf(order) === 0 ? OrderStatus.Filled : OrderStatus.PartiallyFilled;
      if (leavesOf(order) === 0) order.isResting = false;
      const info = order === resting ? this.#levelInfo(order) : {};
      const flags = order === resting ? EventFlag.LevelChanged | EventFlag.PublicTrade : 0;
      this.#report(order, ExecType.Trade, { ...trade, ...info, flags });
    }
    if (leavesOf(resting) === 0) this.#end(resting);
  }

  #crosses(order: TwinOrder, other: TwinOrder): boolean {
    if (order.orderType === OrderType.Market) return true;
    return order.side === Side.Buy ? other.price <= order.price : other.price >= order.price;
  }

  #mayTrade(order: TwinOrder): boolean {
    return this.#resting(order.instrumentId, 3 - order.side).some((other) => this.#crosses(order, other));
  }

  #rest(order: TwinOrder): void {
    this.#lastPriority += 1;
    order.priority = this.#lastPriority;
    order.isResting = true;
  }

  /** First to trade first. */
  #resting(instrumentId: number, side: number): TwinOrder[] {
    const direction = side === Side.Buy ? -1 : 1;
    return this.#open
      .filter((order) => order.isResting && order.instrumentId === instrumentId && order.side === side)
      .toSorted((a, b) => (a.price - b.price) * direction || a.priority - b.priority);
  }

  #level(instrumentId: number, side: number, price: number): TwinLevel {
    const orders = this.#resting(instrumentId, side).filter((order) => order.price === price);
    return { price, qty: orders.reduce((sum, order) => sum + leavesOf(order), 0), orderCount: orders.length };
  }

  /** Whether an order may come to rest there: the level exists, or there are fewer than the engine may have. */
  #hasLevel(instrumentId: number, side: number, price: number): boolean {
    const resting = this.#open.filter((order) => order.isResting);
    const levels = new Set(resting.map((order) => `${order.instrumentId} ${order.side} ${order.price}`));
    return levels.size < this.#config.maxPriceLevels || levels.has(`${instrumentId} ${side} ${price}`);
  }

  #known(session: TwinSession, clientOrderId: number): TwinOrder | undefined {
    const isMeant = (order: TwinOrder): boolean => order.session === session && order.clientOrderId === clientOrderId;
    return this.#open.find(isMeant) ?? this.#ended.find(isMeant);
  }

  #end(order: TwinOrder): void {
    this.#open.splice(this.#open.indexOf(order), 1);
    this.#remember(order);
  }

  #remember(order: TwinOrder): void {
    this.#ended.push(order);
    if (this.#ended.length > this.#config.maxEndedOrders) this.#ended.shift();
  }

  // ---- events ----

  #levelInfo(order: TwinOrder): Partial<EventFields> {
    const level = this.#level(order.instrumentId, order.side, order.price);
    return { flags: EventFlag.LevelChanged, levelQty: level.qty, levelOrderCount: level.orderCount };
  }

  #requestIds(command: CommandFields): Partial<EventFields> {
    if (command.clientOrderId === 0) return {};
    return { clientOrderId: command.clientOrderId, origClientOrderId: command.origClientOrderId };
  }

  #report(order: TwinOrder, execType: ExecType, fields: Partial<EventFields>): void {
    order.session.sequence = (order.session.sequence + 1) | 0;
    const report = {
      kind: EventKind.ExecutionReport,
      execType,
      status: order.status,
      side: order.side,
      orderType: order.orderType,
      timeInForce: order.timeInForce,
      instrumentId: order.instrumentId,
      orderId: order.orderId,
      clientOrderId: order.clientOrderId,
      price: order.price,
      orderQty: order.orderQty,
      cumQty: order.cumQty,
      leavesQty: isOpen(order) ? leavesOf(order) : 0,
      sessionSequence: order.session.sequence,
      ...fields,
    };
    const { gateway } = order.session;
    if (gateway !== undefined) {
      const session = this.#sessions.indexOf(order.session);
      this.#emit(gateway, { ...report, session, ...this.#takeStamp(order.session, report.flags ?? 0) });
    }
    if ((report.flags ?? 0) === 0) return;
    for (const follower of this.#followersOf(order.instrumentId)) {
      if (follower !== gateway) this.#emit(follower, report);
    }
  }

  #rejectOrder(command: CommandFields, session: TwinSession, reason: RejectReason): void {
    session.sequence = (session.sequence + 1) | 0;
    const { side, orderType, timeInForce, price, orderQty } = command;
    this.#emitForCommand(command, session, {
      kind: EventKind.ExecutionReport,
      execType: ExecType.Rejected,
      status: OrderStatus.Rejected,
      side,
      orderType,
      timeInForce,
      price,
      orderQty,
      reason,
      sessionSequence: session.sequence,
    });
  }

  #rejectRequest(command: CommandFields, session: TwinSession, request: RequestType, reason: RejectReason): void {
    session.sequence = (session.sequence + 1) | 0;
    this.#emitForCommand(command, session, {
      kind: EventKind.BusinessReject,
      execType: request,
      reason,
      origClientOrderId: command.origClientOrderId,
      sessionSequence: session.sequence,
    });
  }

  #emitForCommand(
    command: CommandFields,
    session: TwinSession,
    fields: Partial<EventFields> & Pick<EventFields, "kind">,
  ): void {
    this.#emit(session.gateway as number, {
      instrumentId: command.instrumentId,
      clientOrderId: command.clientOrderId,
      session: this.#sessions.indexOf(session),
      ...fields,
      ...this.#takeStamp(session, 0),
    });
  }

  /** The marks of the first event of a command to its own session. */
  #takeStamp(session: TwinSession, flags: number): Partial<EventFields> {
    if (!this.#isStampDue || session !== this.#commandSession) return {};
    this.#isStampDue = false;
    const { receivedAt, gatewayInNs } = this.#command;
    const receipt = (this.#command.flags & CommandFlag.Receipt) === 0 ? 0 : EventFlag.Receipt;
    if ((this.#command.flags & CommandFlag.Stamped) === 0) return { flags: flags | receipt };
    return { flags: flags | receipt | EventFlag.Stamped, receivedAt, gatewayInNs };
  }

  // ---- market data ----

  #follow(command: CommandFields): void {
    const { instrumentId, gateway } = command;
    const isKnown = this.#config.instruments.some((known) => known.instrumentId === instrumentId);
    for (const side of [Side.Buy, Side.Sell]) {
      for (const level of this.levels(instrumentId, side)) {
        this.#emit(gateway, {
          kind: EventKind.SnapshotLevel,
          side,
          instrumentId,
          price: level.price,
          levelQty: level.qty,
          levelOrderCount: level.orderCount,
        });
      }
    }
    const reason = isKnown ? RejectReason.Unspecified : RejectReason.UnknownInstrument;
    this.#emit(gateway, { kind: EventKind.SnapshotEnd, instrumentId, reason });
    if (isKnown) this.#followers.set(instrumentId, new Set([...this.#followersOf(instrumentId), gateway]));
  }

  #followersOf(instrumentId: number): Set<number> {
    return this.#followers.get(instrumentId) ?? new Set();
  }

  #emit(gateway: number, fields: Partial<EventFields> & Pick<EventFields, "kind">): void {
    this.#events[gateway]?.push(eventOf({ ...fields, sequence: this.#sequence, time: this.#time }));
  }
}
