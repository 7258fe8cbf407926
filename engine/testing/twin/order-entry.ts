/** New orders, lists of them, cancels and replaces: sections 2, 7, 9 and 10 of docs/MATCHING.md. */
import {
  CancelReason,
  Contingency,
  ExecType,
  OrderStatus,
  OrderType,
  RejectReason,
  ReplaceMode,
  RequestType,
  TimeInForce,
} from "../../../protocol/codes.ts";
import { MAX_ID, MAX_INT32 } from "../../../protocol/limits.ts";
import { CommandFlag } from "../../../protocol/record/command-record.ts";
import { EventFlag } from "../../../protocol/record/event-record.ts";
import type { CommandFields } from "../command-fields.ts";
import type { EventFields } from "../event-fields.ts";
import { levelAt } from "./book-queries.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Matching } from "./matching.ts";
import {
  checkBands,
  checkLots,
  checkNotional,
  checkPhase,
  checkPrice,
  checkTermsOfOrder,
  isTriggerPrice,
  termsOf,
} from "./order-rules.ts";
import type { Reporter } from "./reporter.ts";
import type { TwinInstrument } from "./twin-instrument.ts";
import {
  type OrderTerms,
  type TwinList,
  type TwinOrder,
  type TwinSession,
  isOpen,
  isTriggerType,
  leavesOf,
  waitsForTrigger,
} from "./twin-order.ts";
import type { TwinState } from "./twin-state.ts";

const OK = RejectReason.Unspecified;

/** A price level that an order would rest at. */
interface LevelWanted {
  readonly instrumentId: number;
  readonly side: number;
  readonly price: number;
}

/** What a new order would be, if it is accepted. */
interface Draft {
  readonly command: CommandFields;
  readonly terms: OrderTerms;
  readonly instrument: TwinInstrument | undefined;
  /** The order that the session knows by this id. */
  readonly known: TwinOrder | undefined;
  /** The price that it comes with, once it has slid. */
  price: number;
}

/** What a replace asks for, in the terms of the order. */
interface Change {
  readonly price: number;
  readonly orderQty: number;
  readonly triggerPrice: number;
  readonly displayQty: number;
}

export class OrderEntry {
  readonly #state: TwinState;
  readonly #reporter: Reporter;
  readonly #lifecycle: Lifecycle;
  readonly #matching: Matching;

  constructor(state: TwinState, reporter: Reporter, lifecycle: Lifecycle, matching: Matching) {
    this.#state = state;
    this.#reporter = reporter;
    this.#lifecycle = lifecycle;
    this.#matching = matching;
  }

  // ---- new orders ----

  newOrder(command: CommandFields, session: TwinSession): void {
    const link = (command.flags & CommandFlag.Extended) === 0 ? 0 : command.connection;
    if (link === 0) return this.#newSingle(command, session);
    const place = (link >>> 8) & 0xff;
    const staged = place === 0 ? [] : (this.#state.stagedOrders.get(command.gateway) ?? []);
    staged.push(command);
    this.#state.stagedOrders.set(command.gateway, staged);
    if (place + 1 < ((link >>> 16) & 0xff)) return;
    this.#state.stagedOrders.delete(command.gateway);
    this.#newList(link & 0xff, staged, session);
  }

  #newSingle(command: CommandFields, session: TwinSession): void {
    const draft = this.#draft(command, session);
    const reason = this.#checkTerms(draft, false);
    if (reason === OK && isRepeated(draft)) {
      return this.#reporter.report(draft.known as TwinOrder, ExecType.OrderStatus, {});
    }
    const refused = reason || this.#checkMarket(draft) || this.#checkRoom([draft]);
    if (refused !== OK) return this.#reporter.rejectOrder(command, session, refused);
    this.#enterNew(this.#accept(draft, session, undefined));
  }

  #draft(command: CommandFields, session: TwinSession): Draft {
    const terms = termsOf(command);
    const known = this.#state.known(session, terms.clientOrderId);
    return { command, terms, instrument: this.#state.find(command.instrumentId), known, price: terms.price };
  }

  #checkTerms({ terms, instrument }: Draft, isInList: boolean): RejectReason {
    return checkTermsOfOrder(terms, instrument, this.#state.time, isInList);
  }

  /** Rules 15 … 20 for an id that nobody may know, with the price moved where it slides. */
  #checkMarket(draft: Draft, entersNow = true): RejectReason {
    const { terms, instrument, known } = draft;
    if (instrument === undefined) return RejectReason.UnknownInstrument;
    if (known !== undefined) return RejectReason.DuplicateClientOrderId;
    const refused =
      checkPhase(instrument.phase, terms.orderType, terms.timeInForce) ||
      this.#checkKill(instrument, terms.account) ||
      checkBands(instrument, terms.side, terms.price);
    if (refused !== OK) return refused;
    if (terms.postOnly === 0 || !entersNow) return OK;
    draft.price = this.#matching.slid(this.#newOrderOf(draft, undefined, instrument));
    return draft.price === 0 ? RejectReason.PostOnlyWouldTrade : OK;
  }

  /** Rule 17. */
  #checkKill(instrument: TwinInstrument, account: number): RejectReason {
    const isKilled = this.#state.isVenueKilled || instrument.isKilled || this.#state.killedAccounts.has(account);
    return isKilled ? RejectReason.KillSwitch : OK;
  }

  /** Rule 21, for all orders of a request together. */
  #checkRoom(drafts: readonly Draft[]): RejectReason {
    const staying = drafts.filter(({ terms }) => needsOrder(terms));
    const hasOrders = this.#state.open.length + staying.length <= this.#state.config.maxOpenOrders;
    const levels = staying.filter(({ terms }) => needsLevel(terms)).map(levelWantedBy);
    const isFull = staying.length > 0 && (!hasOrders || !this.#hasLevels(levels));
    return isFull ? RejectReason.BookFull : OK;
  }

  #hasLevels(wanted: readonly LevelWanted[]): boolean {
    if (wanted.length === 0) return true;
    const nameOf = ({ instrumentId, side, price }: LevelWanted): string => `${instrumentId} ${side} ${price}`;
    const present = new Set<string>();
    for (const { place, instrument, side, price } of this.#state.open) {
      if (place === "shown") present.add(nameOf({ instrumentId: instrument.instrumentId, side, price }));
    }
    const missing = new Set(wanted.map(nameOf).filter((name) => !present.has(name)));
    return missing.size === 0 || present.size + missing.size <= this.#state.config.maxPriceLevels;
  }

  #accept(draft: Draft, session: TwinSession, list: TwinList | undefined): TwinOrder {
    this.#state.lastOrderId += 1;
    const order = this.#newOrderOf(draft, session, draft.instrument as TwinInstrument);
    order.list = list;
    list?.legs.push(order);
    this.#state.open.push(order);
    order.instrument.orders.push(order);
    return order;
  }

  #enterNew(order: TwinOrder): void {
    const report = (level: Partial<EventFields>): void => this.#reporter.report(order, ExecType.New, level);
    this.#matching.enter(order, { report, tellsLevel: true, isNew: true });
  }

  #newOrderOf(draft: Draft, session: TwinSession | undefined, instrument: TwinInstrument): TwinOrder {
    const { terms, price } = draft;
    const isPegged = terms.orderType === OrderType.Pegged;
    return {
      orderId: this.#state.lastOrderId,
      clientOrderId: terms.clientOrderId,
      session: session ?? NOBODY,
      instrument,
      side: terms.side,
      orderType: terms.orderType,
      timeInForce: terms.timeInForce,
      isOffsetInBps: terms.isOffsetInBps,
      offset: terms.offset,
      displayVariance: terms.displayVariance,
      minQty: terms.minQty,
      hidden: terms.hidden,
      allOrNone: terms.allOrNone,
      postOnly: terms.postOnly,
      selfTradePrevention: terms.selfTradePrevention,
      pegReference: terms.pegReference,
      account: terms.account,
      tradeGroup: terms.tradeGroup,
      triggerBy: terms.triggerBy,
      expireTime: terms.expireTime,
      isQuoted: terms.quoteAmount !== 0,
      quoteLeft: terms.quoteAmount,
      price: isPegged ? 0 : price,
      limit: isPegged ? price : 0,
      orderQty: terms.orderQty,
      cumQty: 0,
      status: OrderStatus.New,
      origin: { replacedId: 0, price: terms.price, orderQty: terms.orderQty },
      triggerPrice: terms.triggerPrice,
      isTriggered: false,
      displayQty: terms.displayQty,
      shownQty: 0,
      place: "none",
      priority: 0,
      list: undefined,
      isWaitingForStart: false,
    };
  }

  // ---- lists ----

  #newList(contingency: number, commands: readonly CommandFields[], session: TwinSession): void {
    const drafts = commands.map((command) => this.#draft(command, session));
    const rejectAll = (reasonAt: (place: number) => RejectReason): void =>
      commands.forEach((command, place) => this.#reporter.rejectOrder(command, session, reasonAt(place)));
    if (!isSoundList(contingency, drafts)) return rejectAll(() => RejectReason.InvalidList);
    if (drafts.every((draft) => this.#checkTerms(draft, true) === OK && isRepeated(draft))) {
      for (const { known } of drafts) this.#reporter.report(known as TwinOrder, ExecType.OrderStatus, {});
      return;
    }
    const entersNow = (place: number): boolean => place === 0 || contingency === Contingency.OneCancelsOther;
    const reasons = drafts.map((draft, place) => this.#checkLeg(draft, drafts.slice(0, place), entersNow(place)));
    const broken = reasons.findIndex((reason) => reason !== OK);
    if (broken >= 0) {
      return rejectAll((place) => (place === broken ? (reasons[place] as RejectReason) : RejectReason.ListRejected));
    }
    if (this.#checkRoom(drafts) !== OK) return rejectAll(() => RejectReason.BookFull);
    this.#acceptList({ contingency, legs: [], isComplete: false, isOver: false }, drafts, session);
  }

  /** An id that an order before it in the list has is taken. Post-only matters once the order enters. */
  #checkLeg(draft: Draft, before: readonly Draft[], entersNow: boolean): RejectReason {
    const reason = this.#checkTerms(draft, true);
    if (reason !== OK) return reason;
    const isTaken = before.some(({ terms }) => terms.clientOrderId === draft.terms.clientOrderId);
    return isTaken ? RejectReason.DuplicateClientOrderId : this.#checkMarket(draft, entersNow);
  }

  #acceptList(list: TwinList, drafts: readonly Draft[], session: TwinSession): void {
    const [firstDraft, ...others] = drafts;
    if (firstDraft === undefined) return;
    const first = this.#accept(firstDraft, session, list);
    this.#enterNew(first);
    const isOco = list.contingency === Contingency.OneCancelsOther;
    const isDecided = !isOpen(first) || first.cumQty > 0;
    for (const draft of others) {
      const order = this.#accept(draft, session, list);
      order.isWaitingForStart = !isOco || isDecided;
      if (isOco) list.isComplete = !isDecided;
      this.#enterNew(order);
      if (isOco && isDecided) this.#lifecycle.cancel(order, CancelReason.LinkedOrder);
    }
    if (isOco) return;
    list.isComplete = true;
    if (!isOpen(first)) this.#lifecycle.firstEnded(list);
  }

  // ---- cancel ----

  cancelOrder(command: CommandFields, session: TwinSession): void {
    const order = this.#state.known(session, command.origClientOrderId);
    let reason: RejectReason = OK;
    if (!isRequestId(command.clientOrderId)) reason = RejectReason.InvalidClientOrderId;
    else if (order === undefined || order.instrument.instrumentId !== command.instrumentId) {
      reason = RejectReason.UnknownOrder;
    } else if (!isOpen(order)) reason = RejectReason.OrderClosed;
    if (reason !== OK || order === undefined) {
      return this.#reporter.rejectRequest(command, session, RequestType.CancelOrder, reason);
    }
    this.#lifecycle.cancel(order, CancelReason.Requested, this.#reporter.requestIds(command));
  }

  // ---- replace ----

  replaceOrder(command: CommandFields, session: TwinSession): void {
    const { clientOrderId, origClientOrderId } = command;
    const reject = (reason: RejectReason): void =>
      this.#reporter.rejectRequest(command, session, RequestType.ReplaceOrder, reason);
    if (!isRequestId(clientOrderId)) return reject(RejectReason.InvalidClientOrderId);
    const used = clientOrderId === 0 ? undefined : this.#state.known(session, clientOrderId);
    if (used !== undefined) {
      if (!isSameReplace(used, command)) return reject(RejectReason.DuplicateClientOrderId);
      return this.#reporter.report(used, ExecType.OrderStatus, this.#reporter.requestIds(command));
    }
    const order = this.#state.known(session, origClientOrderId);
    if (order === undefined || order.instrument.instrumentId !== command.instrumentId) {
      return reject(RejectReason.UnknownOrder);
    }
    if (!isOpen(order)) return reject(RejectReason.OrderClosed);
    const reason = this.#checkReplace(order, command);
    if (reason !== OK) return reject(reason);
    const total = totalOf(order, command);
    if (total <= order.cumQty) {
      if (command.replaceMode !== ReplaceMode.InFlightMitigated) return reject(RejectReason.QuantityBelowExecuted);
      const ids = this.#reporter.requestIds(command);
      return this.#lifecycle.cancel(order, CancelReason.ReplacedBelowExecuted, ids);
    }
    this.#replaceChecked(order, command, total, reject);
  }

  /** From the phase to the bands. */
  #checkReplace(order: TwinOrder, command: CommandFields): RejectReason {
    const { instrument, side } = order;
    const { price } = command;
    return (
      checkPhase(instrument.phase, order.orderType, order.timeInForce) ||
      this.#checkKill(instrument, order.account) ||
      checkOptions(order, command) ||
      checkPrice(typeForPrice(order), price, instrument.terms) ||
      checkReplaceQty(order, command) ||
      checkNotional(price, totalOf(order, command), instrument.terms) ||
      checkBands(instrument, side, price)
    );
  }

  #replaceChecked(
    order: TwinOrder,
    command: CommandFields,
    orderQty: number,
    reject: (reason: RejectReason) => void,
  ): void {
    const { clientOrderId, origClientOrderId } = command;
    const asked = {
      price: command.price,
      orderQty,
      triggerPrice: command.triggerPrice || order.triggerPrice,
      displayQty: command.displayQty || order.displayQty,
    };
    const isInPlace = staysInPlace(order, asked);
    const isPosted = !order.isWaitingForStart && order.postOnly !== 0 && !isInPlace;
    const price = isPosted ? this.#matching.slid({ ...order, ...asked }) : asked.price;
    if (isPosted && price === 0) return reject(RejectReason.PostOnlyWouldTrade);
    const wanted = { instrumentId: command.instrumentId, side: order.side, price };
    if (needsLevel(order) && !this.#hasLevels([wanted])) return reject(RejectReason.BookFull);
    if (clientOrderId !== 0) {
      this.#state.remember({ ...order, status: OrderStatus.Replaced, place: "none", list: undefined });
      order.clientOrderId = clientOrderId;
      order.origin = { replacedId: origClientOrderId, price: command.price, orderQty: command.orderQty };
    }
    this.#apply(order, { ...asked, price }, isInPlace, this.#reporter.requestIds(command));
  }

  #apply(order: TwinOrder, change: Change, isInPlace: boolean, ids: Partial<EventFields>): void {
    const prev = { price: order.price, orderQty: order.orderQty, place: order.place };
    const fields = { ...ids, lastPx: prev.price };
    if (isInPlace) {
      this.#lifecycle.resize(order, change.orderQty);
      const isLevelChanged = order.orderQty !== prev.orderQty;
      const level = isLevelChanged ? this.#reporter.levelIfShown(order) : {};
      return this.#reporter.report(order, ExecType.Replaced, { ...fields, ...level });
    }
    this.#lifecycle.leave(order);
    order.orderQty = change.orderQty;
    order.triggerPrice = change.triggerPrice;
    order.displayQty = change.displayQty;
    if (order.orderType === OrderType.Pegged) order.limit = change.price;
    else order.price = change.price;
    const report = (level: Partial<EventFields>): void => {
      const info = prev.place === "shown" ? withPrevLevel(order, prev.price, level) : level;
      this.#reporter.report(order, ExecType.Replaced, { ...fields, ...info });
    };
    this.#matching.enter(order, { report, tellsLevel: true, isNew: false });
  }
}

/** Owns orders that are only asked about. */
const NOBODY: TwinSession = {
  name: "",
  gateway: undefined,
  connection: 0,
  opening: 0,
  cancelOnDisconnect: false,
  sequence: 0,
  disconnectedAt: 0,
};

function isRequestId(id: number): boolean {
  return id >= 0 && id <= MAX_ID;
}

/** Rule 15. */
function isRepeated({ terms, instrument, known }: Draft): boolean {
  return (
    known !== undefined &&
    known.instrument === instrument &&
    known.side === terms.side &&
    known.orderType === terms.orderType &&
    known.timeInForce === terms.timeInForce &&
    known.origin.replacedId === 0 &&
    known.origin.price === terms.price &&
    known.origin.orderQty === terms.orderQty
  );
}

function isSameReplace(used: TwinOrder, command: CommandFields): boolean {
  return (
    used.instrument.instrumentId === command.instrumentId &&
    used.origin.replacedId !== 0 &&
    used.origin.replacedId === command.origClientOrderId &&
    used.origin.price === command.price &&
    used.origin.orderQty === command.orderQty
  );
}

/** An order that is gone at once needs no room. One that waits for its trigger does, whatever comes after. */
function needsOrder({ orderType, timeInForce }: OrderTerms): boolean {
  return isTriggerType(orderType) || !isImmediate(timeInForce);
}

function isImmediate(timeInForce: number): boolean {
  return timeInForce === TimeInForce.ImmediateOrCancel || timeInForce === TimeInForce.FillOrKill;
}

function needsLevel({
  orderType,
  hidden,
  allOrNone,
  timeInForce,
}: Pick<OrderTerms, "orderType" | "hidden" | "allOrNone" | "timeInForce">): boolean {
  return orderType === OrderType.Limit && !hidden && !allOrNone && !isImmediate(timeInForce);
}

function levelWantedBy({ command, terms, price }: Draft): LevelWanted {
  return { instrumentId: command.instrumentId, side: terms.side, price };
}

const ORDERS_IN: Readonly<Record<number, number>> = {
  [Contingency.OneCancelsOther]: 2,
  [Contingency.OneTriggersOther]: 2,
  [Contingency.Bracket]: 3,
};

function isSoundList(contingency: number, drafts: readonly Draft[]): boolean {
  const [first, ...others] = drafts;
  if (first === undefined || drafts.length !== ORDERS_IN[contingency]) return false;
  if (others.some(({ command }) => command.instrumentId !== first.command.instrumentId)) return false;
  if (contingency !== Contingency.Bracket) return true;
  return others.every(({ terms }) => terms.side !== first.terms.side && terms.orderQty === first.terms.orderQty);
}

// ---- what a replace means ----

/** What the order has in all, if the replace is done. */
function totalOf(order: TwinOrder, { orderQty, replaceMode }: CommandFields): number {
  return replaceMode === ReplaceMode.NewLeaves ? order.cumQty + orderQty : orderQty;
}

function checkOptions(order: TwinOrder, command: CommandFields): RejectReason {
  const { replaceMode, triggerPrice, displayQty } = command;
  const { terms } = order.instrument;
  if (replaceMode < 0 || replaceMode > ReplaceMode.NewLeaves) return RejectReason.InvalidReplace;
  if (triggerPrice !== 0) {
    if (!waitsForTrigger(order)) return RejectReason.InvalidReplace;
    if (!isTriggerPrice(triggerPrice, terms)) return RejectReason.InvalidTrigger;
  }
  if (displayQty === 0) return OK;
  const isSound =
    order.displayQty !== 0 &&
    displayQty >= 1 &&
    displayQty <= totalOf(order, command) - order.cumQty &&
    displayQty % terms.qtyStep === 0 &&
    displayQty > order.displayVariance;
  return isSound ? OK : RejectReason.InvalidReplace;
}

/** A market-to-limit order has become a limit order. */
function typeForPrice({ orderType, price }: TwinOrder): number {
  return orderType === OrderType.MarketToLimit && price !== 0 ? OrderType.Limit : orderType;
}

function checkReplaceQty(order: TwinOrder, command: CommandFields): RejectReason {
  const { terms } = order.instrument;
  const reason = checkLots(command.orderQty, terms);
  if (reason !== OK) return reason;
  const limit = Math.min(terms.maxOrderQty, MAX_INT32);
  return totalOf(order, command) > limit ? RejectReason.InvalidQuantity : OK;
}

/** Same price, trigger and display quantity, and leaves that do not grow. */
function staysInPlace(order: TwinOrder, asked: Change): boolean {
  const price = order.orderType === OrderType.Pegged ? order.limit : order.price;
  return (
    asked.price === price &&
    asked.triggerPrice === order.triggerPrice &&
    asked.displayQty === order.displayQty &&
    asked.orderQty - order.cumQty <= leavesOf(order)
  );
}

/** Adds the level that a replaced order has left, unless it is back in it. */
function withPrevLevel(order: TwinOrder, prevPrice: number, level: Partial<EventFields>): Partial<EventFields> {
  const flags = level.flags ?? 0;
  if (flags !== 0 && order.price === prevPrice) return level;
  const left = levelAt(order.instrument, order.side, prevPrice);
  return {
    ...level,
    flags: flags | EventFlag.PrevLevelChanged,
    prevLevelQty: left.qty,
    prevLevelOrderCount: left.orderCount,
  };
}
