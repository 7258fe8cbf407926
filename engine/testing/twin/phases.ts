/** Auctions, and what a change of phase does: sections 3 and 6 of docs/MATCHING.md. */
import { CancelReason, ExecType, Phase, Side, TimeInForce } from "../../../protocol/codes.ts";
import { EventFlag, EventKind } from "../../../protocol/record/event-record.ts";
import type { EventFields } from "../event-fields.ts";
import { type AuctionInterest, auctionOutcome } from "./auction-price.ts";
import { allows, inPriority } from "./book-queries.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Reporter } from "./reporter.ts";
import { type Indication, type TwinInstrument, isCollecting } from "./twin-instrument.ts";
import { type TwinOrder, isOpen, leavesOf } from "./twin-order.ts";
import type { TwinState } from "./twin-state.ts";

export class Phases {
  readonly #state: TwinState;
  readonly #reporter: Reporter;
  readonly #lifecycle: Lifecycle;

  constructor(state: TwinState, reporter: Reporter, lifecycle: Lifecycle) {
    this.#state = state;
    this.#reporter = reporter;
    this.#lifecycle = lifecycle;
  }

  /** All but the settling, which follows when the command has done its work. @returns whether anything happened. */
  change(instrument: TwinInstrument, phase: number): boolean {
    const old = instrument.phase;
    if (phase === old || old === Phase.Delisted) return false;
    if (phase === Phase.Continuous || (old === Phase.ClosingAuction && phase === Phase.Closed)) {
      this.#auction(instrument);
    }
    this.#publish(instrument, phase);
    this.#moveOrders(instrument, old);
    this.#endOrders(instrument);
    if (phase === Phase.Continuous && instrument.lastPrice !== 0) instrument.tradedPrices.push(instrument.lastPrice);
    instrument.indication = undefined;
    if (isCollecting(phase)) this.#indicate(instrument);
    return true;
  }

  /** After a command: tells what the auction would do now, if that is something else than before in this phase. */
  indicateChange(instrument: TwinInstrument): void {
    if (isCollecting(instrument.phase) && instrument.isBookChanged) this.#indicate(instrument);
    instrument.isBookChanged = false;
  }

  #publish(instrument: TwinInstrument, phase: number): void {
    const isPause = phase === Phase.VolatilityPause;
    instrument.phase = phase;
    instrument.pauseEnd = isPause ? this.#state.time + instrument.terms.volatilityPauseMs * 1000 : 0;
    if (phase === Phase.Delisted) instrument.nextChangeTime = Infinity;
    this.#reporter.publish(instrument, { kind: EventKind.PhaseChanged, price: phase, orderId: instrument.pauseEnd });
  }

  #moveOrders(instrument: TwinInstrument, old: number): void {
    for (const order of instrument.orders.slice()) {
      if (old === Phase.Continuous && order.pegReference !== 0 && order.place === "hidden") {
        order.price = 0;
        this.#lifecycle.moveTo(order, "waiting");
      }
      const isForClose = order.timeInForce === TimeInForce.AtTheClose && order.place === "waiting";
      if (instrument.phase === Phase.ClosingAuction && isForClose) {
        if (this.#lifecycle.rest(order) === "shown") this.#reporter.levelUpdated(order);
      }
    }
  }

  #endOrders(instrument: TwinInstrument): void {
    for (const order of instrument.orders.slice()) {
      if (!isOpen(order)) continue;
      if (instrument.phase === Phase.Delisted) this.#lifecycle.cancel(order, CancelReason.Delisted);
      else if (isResidue(order, instrument.phase)) this.#lifecycle.expire(order, CancelReason.Residue);
      else if (instrument.phase === Phase.Closed && order.timeInForce === TimeInForce.Day) {
        this.#lifecycle.expire(order, CancelReason.EndOfDay);
      }
    }
  }

  // ---- the auction ----

  #auction(instrument: TwinInstrument): void {
    const { price } = outcomeNow(instrument);
    if (price === 0) return;
    for (;;) {
      const [buy, sell] = [Side.Buy, Side.Sell].map((side) => firstAt(instrument, side, price));
      if (buy === undefined || sell === undefined) break;
      this.#trade(buy, sell, price);
    }
    instrument.lastPrice = price;
    instrument.referencePrice = price;
  }

  /** Two resting orders meet: the buyer's report comes first and publishes the trade. */
  #trade(buy: TwinOrder, sell: TwinOrder, price: number): void {
    const { instrument } = buy;
    const qty = Math.min(leavesOf(buy), leavesOf(sell));
    this.#state.lastTradeId += 1;
    const tradeId = this.#state.lastTradeId;
    for (const order of [buy, sell]) {
      const wasShown = order.place === "shown";
      this.#lifecycle.fill(order, qty, price);
      const level = wasShown ? this.#reporter.levelOf(order) : {};
      const flags = EventFlag.Auction | (order === buy ? EventFlag.PublicTrade : 0) | (level.flags ?? 0);
      const fields = { ...level, origClientOrderId: tradeId, lastPx: price, lastQty: qty, flags };
      this.#reporter.report(order, ExecType.Trade, fields);
    }
    instrument.tradedPrices.push(price);
    const orderIds = [buy.orderId, sell.orderId];
    this.#state.rememberTrade({
      tradeId,
      instrumentId: instrument.instrumentId,
      orderIds,
      price,
      qty,
      isBusted: false,
    });
    this.#lifecycle.traded(buy, qty);
    this.#lifecycle.traded(sell, qty);
  }

  #indicate(instrument: TwinInstrument): void {
    const now = outcomeNow(instrument);
    instrument.isBookChanged = false;
    if (isSame(now, instrument.indication)) return;
    instrument.indication = now;
    this.#reporter.publish(instrument, indicationOf(instrument));
  }
}

/** What was last said about the auction. */
export function indicationOf({
  instrumentId,
  indication,
}: TwinInstrument): Partial<EventFields> & Pick<EventFields, "kind"> {
  const { price = 0, qty = 0, imbalance = 0, side = 0 } = indication ?? {};
  return { kind: EventKind.Indication, instrumentId, price, levelQty: qty, prevLevelQty: imbalance, side };
}

/** Orders for one auction that it left over. */
function isResidue(order: TwinOrder, phase: number): boolean {
  if (phase !== Phase.Continuous && phase !== Phase.Closed) return false;
  if (order.timeInForce === TimeInForce.AtTheOpen) return true;
  return order.timeInForce === TimeInForce.AtTheClose && (phase === Phase.Closed || order.place !== "waiting");
}

function takingPart(instrument: TwinInstrument, side: number): TwinOrder[] {
  return inPriority(instrument, side, ["shown", "hidden"]);
}

function firstAt(instrument: TwinInstrument, side: number, price: number): TwinOrder | undefined {
  return takingPart(instrument, side).find((order) => allows(side, order.price, price));
}

function outcomeNow(instrument: TwinInstrument): Indication {
  const interest = (side: number): AuctionInterest[] =>
    takingPart(instrument, side).map((order) => ({ price: order.price, qty: leavesOf(order) }));
  const { terms, lastPrice, referencePrice } = instrument;
  return auctionOutcome({
    buys: interest(Side.Buy),
    sells: interest(Side.Sell),
    lastPrice,
    referencePrice,
    steps: terms.priceSteps,
    maxPrice: terms.maxPrice,
  });
}

function isSame(a: Indication, b: Indication | undefined): boolean {
  return b !== undefined && a.price === b.price && a.qty === b.qty && a.imbalance === b.imbalance && a.side === b.side;
}
