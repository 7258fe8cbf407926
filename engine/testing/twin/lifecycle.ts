/**
 * What happens to one order, and to those that are linked with it: it comes to a place, leaves it, trades, gets smaller,
 * ends. Section 7 of docs/MATCHING.md.
 */
import { CancelReason, Contingency, ExecType, OrderStatus, Phase } from "../../../protocol/codes.ts";
import { comparePrices, inPriority } from "./book-queries.ts";
import type { Reporter } from "./reporter.ts";
import { type Place, type TwinList, type TwinOrder, isOpen, leavesOf } from "./twin-order.ts";
import type { TwinState } from "./twin-state.ts";

export class Lifecycle {
  readonly #state: TwinState;
  readonly #reporter: Reporter;

  constructor(state: TwinState, reporter: Reporter) {
    this.#state = state;
    this.#reporter = reporter;
  }

  // ---- places ----

  /** Behind everyone who is there. */
  moveTo(order: TwinOrder, place: Place): void {
    this.leave(order);
    if (place === "shown") this.#rememberTopOrder(order);
    order.place = place;
    order.priority = this.#state.nextPriority();
    noteChange(order);
    if (place === "shown" && order.displayQty > 0) order.shownQty = this.#displayed(order);
  }

  leave(order: TwinOrder): void {
    const { topOrders } = order.instrument;
    if (topOrders[order.side] === order) topOrders[order.side] = undefined;
    noteChange(order);
    order.place = "none";
  }

  /** Where it belongs when it does not trade: with its price, or without as a market order before an auction. */
  rest(order: TwinOrder): Place {
    const place = restingPlace(order);
    this.moveTo(order, place);
    return place;
  }

  /** It opens the best price of its side. Before it is there itself. */
  #rememberTopOrder(order: TwinOrder): void {
    const { instrument, side, price } = order;
    if (instrument.phase !== Phase.Continuous) return;
    const best = inPriority(instrument, side, ["shown"])[0];
    if (best === undefined || comparePrices(side, price, best.price) < 0) instrument.topOrders[side] = order;
  }

  /** What an iceberg shows anew. */
  #displayed(order: TwinOrder): number {
    const { displayQty, displayVariance } = order;
    const { qtyStep } = order.instrument.terms;
    const varied =
      displayVariance === 0
        ? displayQty
        : displayQty - displayVariance + (this.#state.nextRandom() % (2 * displayVariance + 1));
    const inSteps = Math.floor(varied / qtyStep) * qtyStep;
    return Math.min(Math.max(inSteps, qtyStep), leavesOf(order));
  }

  /** An iceberg that shows nothing any more, or more than it has. */
  #refresh(order: TwinOrder): void {
    if (order.place !== "shown" || order.displayQty === 0 || leavesOf(order) === 0) return;
    order.shownQty = Math.min(order.shownQty, leavesOf(order));
    if (order.shownQty > 0) return;
    order.shownQty = this.#displayed(order);
    order.priority = this.#state.nextPriority();
  }

  // ---- trades ----

  /** Its own side of a trade, without a report. */
  fill(order: TwinOrder, qty: number, price: number): void {
    noteChange(order);
    order.cumQty += qty;
    if (order.isQuoted) {
      order.orderQty = order.cumQty;
      order.quoteLeft -= qty * price;
    }
    const isFilled = order.isQuoted ? order.quoteLeft === 0 : leavesOf(order) === 0;
    order.status = isFilled ? OrderStatus.Filled : OrderStatus.PartiallyFilled;
    order.shownQty -= qty;
    if (isFilled) this.leave(order);
    else this.#refresh(order);
  }

  /** What a trade means for its orders and those linked with them, once both have been told. */
  traded(order: TwinOrder, qty: number): void {
    const { list } = order;
    if (isLinked(list)) {
      if (list.contingency === Contingency.OneCancelsOther) this.#cancelOthers(order, list);
      if (list.contingency === Contingency.Bracket && order !== list.legs[0]) this.#reduceOther(order, list, qty);
    }
    if (order.status === OrderStatus.Filled) this.#ended(order, true);
  }

  // ---- smaller ----

  /** @returns whether something is left. The report, of its new quantity or of its end, is the caller's. */
  shrink(order: TwinOrder, qty: number): boolean {
    order.orderQty -= qty;
    order.shownQty -= qty;
    noteChange(order);
    this.#refresh(order);
    return leavesOf(order) > 0;
  }

  /** In its place: what an iceberg shows stays, as long as it has as much. */
  resize(order: TwinOrder, orderQty: number): void {
    order.orderQty = orderQty;
    order.shownQty = Math.min(order.shownQty, leavesOf(order));
    noteChange(order);
  }

  /** Gets smaller and is told so; ends when nothing is left. */
  reduce(order: TwinOrder, qty: number, reason: CancelReason): void {
    if (this.shrink(order, qty)) this.restated(order);
    else this.cancel(order, reason);
  }

  restated(order: TwinOrder): void {
    this.#reporter.report(order, ExecType.Restated, this.#reporter.levelIfShown(order));
  }

  /** One exit of a bracket has traded. */
  #reduceOther(order: TwinOrder, list: TwinList, qty: number): void {
    const other = list.legs.find((leg, place) => place > 0 && leg !== order);
    if (other === undefined || !isOpen(other)) return;
    if (leavesOf(other) <= qty) return this.cancel(other, CancelReason.LinkedOrder);
    this.resize(other, other.orderQty - qty);
    this.restated(other);
  }

  // ---- ends ----

  cancel(order: TwinOrder, reason: CancelReason, ids: object = {}): void {
    this.#endUnfilled(order, OrderStatus.Canceled, ExecType.Canceled, { reason, ...ids });
  }

  expire(order: TwinOrder, reason: CancelReason): void {
    this.#endUnfilled(order, OrderStatus.Expired, ExecType.Expired, { reason });
  }

  #endUnfilled(order: TwinOrder, status: OrderStatus, execType: ExecType, fields: object): void {
    const wasShown = order.place === "shown";
    this.leave(order);
    order.status = status;
    this.#reporter.report(order, execType, { ...(wasShown ? this.#reporter.levelOf(order) : {}), ...fields });
    this.#ended(order, false);
  }

  /** @param byTrade It was filled. */
  #ended(order: TwinOrder, byTrade: boolean): void {
    const { instrument, list } = order;
    this.#state.open.splice(this.#state.open.indexOf(order), 1);
    instrument.orders.splice(instrument.orders.indexOf(order), 1);
    this.#state.remember(order);
    if (!isLinked(list)) return;
    if (list.contingency === Contingency.OneCancelsOther) this.#cancelOthers(order, list);
    else if (order === list.legs[0]) this.firstEnded(list);
    else if (list.contingency === Contingency.Bracket && !byTrade) this.#cancelExits(list);
  }

  /** The first order of a complete list has ended: those that wait for it start, or end too. */
  firstEnded(list: TwinList): void {
    const [first, ...others] = list.legs;
    if (first === undefined) return;
    if (first.cumQty === 0) return this.#cancelExits(list);
    for (const order of others) {
      if (!isOpen(order)) continue;
      order.orderQty = Math.min(order.orderQty, first.cumQty);
      order.instrument.starting.push(order);
    }
  }

  #cancelExits(list: TwinList): void {
    list.isOver = true;
    for (const order of list.legs.slice(1)) if (isOpen(order)) this.cancel(order, CancelReason.LinkedOrder);
  }

  #cancelOthers(order: TwinOrder, list: TwinList): void {
    list.isOver = true;
    for (const other of list.legs) {
      if (other !== order && isOpen(other)) this.cancel(other, CancelReason.LinkedOrder);
    }
  }
}

/** The books that an auction looks at are not what they were. */
function noteChange(order: TwinOrder): void {
  if (order.place === "shown" || order.place === "hidden") order.instrument.isBookChanged = true;
}

/** What happens to an order of this list concerns the others. */
function isLinked(list: TwinList | undefined): list is TwinList {
  return list !== undefined && list.isComplete && !list.isOver;
}

function restingPlace(order: TwinOrder): Place {
  if (order.allOrNone) return "allOrNone";
  return order.hidden || order.price === 0 || order.pegReference !== 0 ? "hidden" : "shown";
}
