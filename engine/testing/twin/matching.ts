/**
 * An order enters the market: section 5 of docs/MATCHING.md, and what of section 8 happens on the way in.
 *
 * An order enters with a report: New, Replaced or Triggered. When it rests without meeting anyone, New and Replaced tell its
 * level; after a Triggered the followers get a level update, as after a trade.
 */
import {
  Allocation,
  CancelReason,
  ExecType,
  OrderType,
  Phase,
  SelfTradePrevention,
  TimeInForce,
  TriggerBy,
  Side,
} from "../../../protocol/codes.ts";
import { EventFlag } from "../../../protocol/record/event-record.ts";
import type { EventFields } from "../event-fields.ts";
import { allows, bestShown, comparePrices, inPriority, oppositeOf, sumOf } from "./book-queries.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { pegPrice } from "./peg-price.ts";
import type { Phases } from "./phases.ts";
import { bpsOf, tickAtOrAbove, tickAtOrBelow } from "./price-grid.ts";
import { proRataShares } from "./pro-rata.ts";
import type { Reporter } from "./reporter.ts";
import type { TwinInstrument } from "./twin-instrument.ts";
import { type TwinOrder, isLasting, isMarketLike, isOpen, leavesOf, shownOf, waitsForTrigger } from "./twin-order.ts";
import type { TwinState } from "./twin-state.ts";

/** How an order comes to the market. */
export interface Entrance {
  readonly report: (level: Partial<EventFields>) => void;
  /** The report may have the level that the order rests at. */
  readonly tellsLevel: boolean;
  /** A minimum quantity counts. */
  readonly isNew: boolean;
}

/** What an aggressor goes by while it trades. */
interface Sweep {
  /** 0: any price. */
  readonly limit: number;
  /** What the price bands are measured from; 0: nothing. */
  readonly bandCentre: number;
}

export class Matching {
  readonly #state: TwinState;
  readonly #reporter: Reporter;
  readonly #lifecycle: Lifecycle;
  readonly #phases: Phases;

  constructor(state: TwinState, reporter: Reporter, lifecycle: Lifecycle, phases: Phases) {
    this.#state = state;
    this.#reporter = reporter;
    this.#lifecycle = lifecycle;
    this.#phases = phases;
  }

  // ---- the way in ----

  enter(order: TwinOrder, entrance: Entrance): void {
    const { phase } = order.instrument;
    const isForClose = order.timeInForce === TimeInForce.AtTheClose && phase !== Phase.ClosingAuction;
    if (order.isWaitingForStart || isForClose) return this.#wait(order, entrance);
    if (waitsForTrigger(order)) return this.#enterTriggerBook(order, entrance);
    if (order.pegReference !== 0) {
      order.price = phase === Phase.Continuous ? pegPrice(order) : 0;
      if (order.price === 0) return this.#wait(order, entrance);
    }
    if (phase === Phase.Continuous) return this.#enterContinuous(order, entrance);
    this.#restAtOnce(order, entrance);
  }

  #wait(order: TwinOrder, { report }: Entrance): void {
    this.#lifecycle.moveTo(order, "waiting");
    report({});
  }

  #restAtOnce(order: TwinOrder, { report, tellsLevel }: Entrance): void {
    if (!tellsLevel) report({});
    const place = this.#lifecycle.rest(order);
    if (tellsLevel) report(this.#reporter.levelIfShown(order));
    else if (place === "shown") this.#reporter.levelUpdated(order);
  }

  #enterTriggerBook(order: TwinOrder, { report }: Entrance): void {
    const price = triggeringPrice(order);
    if (order.orderType === OrderType.TrailingStop && order.triggerPrice === 0) followMarket(order);
    const isReached = price !== 0 && isTriggerReached(order, price);
    const isAtOnce = order.instrument.phase === Phase.Continuous && isReached;
    if (!isAtOnce) this.#lifecycle.moveTo(order, "trigger");
    report({});
    if (isAtOnce) this.trigger(order);
  }

  /** Its trigger is reached: from here on it is a market or a limit order. */
  trigger(order: TwinOrder): void {
    const lastPx = order.triggerPrice;
    this.#lifecycle.leave(order);
    order.triggerPrice = 0;
    order.isTriggered = true;
    this.#enterTriggered(order, { lastPx });
  }

  /** An order of a list whose turn has come. */
  start(order: TwinOrder): void {
    order.isWaitingForStart = false;
    this.#lifecycle.leave(order);
    this.#enterTriggered(order, {});
  }

  #enterTriggered(order: TwinOrder, fields: Partial<EventFields>): void {
    const report = (): void => this.#reporter.report(order, ExecType.Triggered, fields);
    this.enter(order, { report, tellsLevel: false, isNew: false });
  }

  #enterContinuous(order: TwinOrder, entrance: Entrance): void {
    const minQty = entrance.isNew ? order.minQty : 0;
    const opposite = inPriority(order.instrument, oppositeOf(order.side))[0]?.price ?? 0;
    if (order.orderType === OrderType.MarketToLimit && order.price === 0) {
      order.price = opposite;
      if (opposite === 0) return this.#expireAtOnce(order, entrance, CancelReason.NoReference);
    }
    const isProtected = order.orderType === OrderType.Market && order.offset !== 0;
    if (isProtected && opposite === 0) return this.#expireAtOnce(order, entrance, CancelReason.Residue);
    const limit = isProtected ? protectedLimit(order, opposite) : order.price;
    if (this.#nextMet(order, limit) === undefined && mayRest(order) && minQty === 0) {
      return this.#restAtOnce(order, entrance);
    }
    entrance.report({});
    this.#execute(order, limit, minQty);
  }

  #expireAtOnce(order: TwinOrder, { report }: Entrance, reason: CancelReason): void {
    report({});
    this.#lifecycle.expire(order, reason);
  }

  /** An order that is in the market already, silently: its price has come to the market, or the market to it. */
  reenter(order: TwinOrder): void {
    this.#lifecycle.leave(order);
    this.#execute(order, order.price, 0);
  }

  /** Whether it would trade at all, and the best price that it would meet. */
  bestMet(order: TwinOrder): number {
    return this.#nextMet(order, order.price)?.price ?? 0;
  }

  canTradeInFull(order: TwinOrder): boolean {
    const available = inPriority(order.instrument, oppositeOf(order.side)).filter((other) =>
      allows(order.side, order.price, other.price),
    );
    return sumOf(available) >= leavesOf(order) && this.#tradable(order, order.price) === leavesOf(order);
  }

  // ---- trading ----

  #execute(order: TwinOrder, limit: number, minQty: number): void {
    const isAllOrNothing = order.allOrNone || order.timeInForce === TimeInForce.FillOrKill;
    const needed = isAllOrNothing ? leavesOf(order) : minQty;
    if (needed > 0 && this.#tradable(order, limit) < needed) {
      if (order.allOrNone) this.#lifecycle.rest(order);
      else this.#lifecycle.expire(order, CancelReason.NotFillable);
      return;
    }
    this.#lifecycle.leave(order);
    const isStopped = this.#sweep(order, limit);
    if (!isOpen(order)) return;
    if (isStopped) this.#phases.change(order.instrument, Phase.VolatilityPause);
    if (!mayRest(order) || (isStopped && order.pegReference !== 0)) {
      return this.#lifecycle.expire(order, isStopped ? CancelReason.PriceBand : CancelReason.Residue);
    }
    if (this.#lifecycle.rest(order) === "shown") this.#reporter.levelUpdated(order);
  }

  /** How many lots would trade, price bands apart. */
  #tradable(order: TwinOrder, limit: number): number {
    return this.#state.tried(order.instrument, () => {
      const before = order.cumQty;
      this.#lifecycle.leave(order);
      this.#sweep(order, limit);
      return order.cumQty - before;
    });
  }

  /** Trades until nothing is left to trade or to trade with. @returns whether a price band stopped it. */
  #sweep(order: TwinOrder, limit: number): boolean {
    const { instrument } = order;
    const sweep = { limit, bandCentre: instrument.lastPrice || instrument.referencePrice };
    while (isOpen(order)) {
      const met = this.#nextMet(order, limit);
      if (met === undefined) return false;
      if (isProRata(instrument) && met.place === "shown") {
        if (this.#meetLevel(order, met.price, sweep)) return true;
      } else if (isPrevented(order, met)) this.#prevent(order, met);
      else if (this.#isOutsideBands(order, met.price, sweep)) return true;
      else this.#trade(met, order, Math.min(wantedAt(order, met.price), shownOf(met)));
    }
    return false;
  }

  /** The order that it trades with next. All-or-none orders that want more than it has left are passed by. */
  #nextMet(order: TwinOrder, limit: number): TwinOrder | undefined {
    for (const other of inPriority(order.instrument, oppositeOf(order.side))) {
      if (!allows(order.side, limit, other.price)) return undefined;
      const wanted = wantedAt(order, other.price);
      if (wanted === 0) return undefined;
      if (!other.allOrNone || leavesOf(other) <= wanted) return other;
    }
    return undefined;
  }

  /** One price of a pro-rata instrument, once. @returns whether a price band stopped it. */
  #meetLevel(order: TwinOrder, price: number, sweep: Sweep): boolean {
    const queue = (): TwinOrder[] =>
      inPriority(order.instrument, oppositeOf(order.side), ["shown"]).filter((other) => other.price === price);
    for (;;) {
      const own = queue().find((other) => isPrevented(order, other));
      if (own === undefined) break;
      this.#prevent(order, own);
      if (!isOpen(order) || wantedAt(order, price) === 0) return false;
    }
    const others = queue();
    if (others.length === 0) return false;
    if (this.#isOutsideBands(order, price, sweep)) return true;
    const shares = this.#sharesOf(order, others, wantedAt(order, price));
    others.forEach((other, index) => {
      if (!isOpen(order) || !isOpen(other)) return;
      const qty = Math.min(shares[index] as number, shownOf(other), wantedAt(order, price));
      if (qty > 0) this.#trade(other, order, qty);
    });
    return false;
  }

  #sharesOf(order: TwinOrder, queue: readonly TwinOrder[], wanted: number): number[] {
    const shown = queue.map(shownOf);
    if (wanted >= sumOf(queue, shownOf)) return shown;
    const { topOrders, terms } = order.instrument;
    const top = topOrders[oppositeOf(order.side)];
    const topIndex = top === undefined ? -1 : queue.indexOf(top);
    return proRataShares(wanted, shown, topIndex, { minQty: terms.proRataMinQty, topMaxQty: terms.topOrderMaxQty });
  }

  #trade(resting: TwinOrder, aggressor: TwinOrder, qty: number): void {
    const { instrument, price } = resting;
    this.#state.lastTradeId += 1;
    const tradeId = this.#state.lastTradeId;
    const fields = { origClientOrderId: tradeId, lastPx: price, lastQty: qty };
    const wasShown = resting.place === "shown";
    this.#lifecycle.fill(resting, qty, price);
    const level = wasShown ? this.#reporter.levelOf(resting) : {};
    const flags = EventFlag.PublicTrade | (level.flags ?? 0);
    this.#reporter.report(resting, ExecType.Trade, { ...level, ...fields, flags });
    this.#lifecycle.fill(aggressor, qty, price);
    this.#reporter.report(aggressor, ExecType.Trade, fields);
    instrument.lastPrice = price;
    instrument.tradedPrices.push(price);
    const [buy, sell] = aggressor.side === Side.Buy ? [aggressor, resting] : [resting, aggressor];
    const orderIds = [buy.orderId, sell.orderId];
    this.#state.rememberTrade({
      tradeId,
      instrumentId: instrument.instrumentId,
      orderIds,
      price,
      qty,
      isBusted: false,
    });
    this.#lifecycle.traded(resting, qty);
    this.#lifecycle.traded(aggressor, qty);
  }

  #isOutsideBands(order: TwinOrder, price: number, { bandCentre }: Sweep): boolean {
    if (this.#state.isTrial) return false;
    const { terms, referencePrice } = order.instrument;
    return isFurther(price, bandCentre, terms.dynamicBandBps) || isFurther(price, referencePrice, terms.staticBandBps);
  }

  // ---- self-trade prevention ----

  #prevent(aggressor: TwinOrder, resting: TwinOrder): void {
    const lastQty = Math.min(shownOf(resting), wantedAt(aggressor, resting.price));
    const tell = (order: TwinOrder, other: TwinOrder): void =>
      this.#reporter.report(order, ExecType.TradePrevented, {
        origClientOrderId: other.orderId,
        lastPx: resting.price,
        lastQty,
      });
    tell(resting, aggressor);
    tell(aggressor, resting);
    switch (preventionOf(aggressor)) {
      case SelfTradePrevention.CancelNewest:
        return this.#lifecycle.cancel(aggressor, CancelReason.SelfTrade);
      case SelfTradePrevention.CancelOldest:
        return this.#lifecycle.cancel(resting, CancelReason.SelfTrade);
      case SelfTradePrevention.CancelBoth:
        this.#lifecycle.cancel(resting, CancelReason.SelfTrade);
        if (isOpen(aggressor)) this.#lifecycle.cancel(aggressor, CancelReason.SelfTrade);
        return;
      default:
        this.#lifecycle.reduce(resting, lastQty, CancelReason.SelfTrade);
        if (isOpen(aggressor)) this.#lifecycle.reduce(aggressor, lastQty, CancelReason.SelfTrade);
    }
  }
}

function preventionOf(aggressor: TwinOrder): number {
  const mode = aggressor.selfTradePrevention;
  return aggressor.isQuoted && mode === SelfTradePrevention.Decrement ? SelfTradePrevention.CancelNewest : mode;
}

function isPrevented(aggressor: TwinOrder, resting: TwinOrder): boolean {
  if (aggressor.selfTradePrevention === 0) return false;
  if (aggressor.tradeGroup !== 0 || resting.tradeGroup !== 0) return aggressor.tradeGroup === resting.tradeGroup;
  if (aggressor.account !== 0 || resting.account !== 0) return aggressor.account === resting.account;
  return aggressor.session === resting.session;
}

/** Lots that it would take at that price. */
function wantedAt(order: TwinOrder, price: number): number {
  if (!order.isQuoted) return leavesOf(order);
  const { qtyStep } = order.instrument.terms;
  return Math.floor(order.quoteLeft / price / qtyStep) * qtyStep;
}

/** What it has left may stay when it has traded. */
function mayRest(order: TwinOrder): boolean {
  return isLasting(order.timeInForce) && !isMarketLike(order.orderType);
}

function isProRata(instrument: TwinInstrument): boolean {
  return instrument.terms.allocation === Allocation.ProRata;
}

function isFurther(price: number, centre: number, bps: number): boolean {
  return bps !== 0 && centre !== 0 && Math.abs(price - centre) > bpsOf(centre, bps);
}

function protectedLimit(order: TwinOrder, opposite: number): number {
  const distance = order.isOffsetInBps ? bpsOf(opposite, order.offset) : order.offset;
  return Math.max(order.side === Side.Buy ? opposite + distance : opposite - distance, 1);
}

// ---- triggers ----

/** That a trigger price is compared with as the market stands; 0: there is none. */
export function triggeringPrice(order: TwinOrder): number {
  const { instrument, side, triggerBy } = order;
  return triggerBy === TriggerBy.BestPrice ? bestShown(instrument, oppositeOf(side)) : instrument.lastPrice;
}

/** Buy stops and sell take-profits trigger when the price has risen to the trigger, the others when it has fallen. */
export function triggersFromBelow(order: TwinOrder): boolean {
  const isTakeProfit = order.orderType === OrderType.TakeProfit || order.orderType === OrderType.TakeProfitLimit;
  return (order.side === Side.Buy) !== isTakeProfit;
}

export function isTriggerReached(order: TwinOrder, price: number): boolean {
  if (order.triggerPrice === 0) return false;
  return triggersFromBelow(order) ? price >= order.triggerPrice : price <= order.triggerPrice;
}

/** A trailing stop's trigger at its distance from the market, if that is nearer. @returns whether it moved. */
export function followMarket(order: TwinOrder): boolean {
  const price = triggeringPrice(order);
  if (price === 0) return false;
  const { priceSteps, maxPrice } = order.instrument.terms;
  const distance = order.isOffsetInBps ? Math.max(bpsOf(price, order.offset), 1) : order.offset;
  const rounded =
    order.side === Side.Buy ? tickAtOrAbove(priceSteps, price + distance) : tickAtOrBelow(priceSteps, price - distance);
  const trigger = Math.min(Math.max(rounded, 1), maxPrice);
  const isNearer = order.triggerPrice === 0 || comparePrices(oppositeOf(order.side), trigger, order.triggerPrice) < 0;
  if (isNearer) order.triggerPrice = trigger;
  return isNearer;
}
