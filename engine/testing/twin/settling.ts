/** What follows from what happened, step by step, until nothing does: section 8 of docs/MATCHING.md. */
import { OrderType, Phase, Side, TriggerBy } from "../../../protocol/codes.ts";
import { allows, inPriority, oppositeOf } from "./book-queries.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type Matching, followMarket, isTriggerReached, triggeringPrice, triggersFromBelow } from "./matching.ts";
import { pegPrice } from "./peg-price.ts";
import type { TwinInstrument } from "./twin-instrument.ts";
import { type TwinOrder, isOpen } from "./twin-order.ts";
import type { TwinState } from "./twin-state.ts";

const MAX_STEPS = 10_000;

export class Settling {
  readonly #state: TwinState;
  readonly #lifecycle: Lifecycle;
  readonly #matching: Matching;
  /** Of the present command. */
  #stepsLeft = MAX_STEPS;

  constructor(state: TwinState, lifecycle: Lifecycle, matching: Matching) {
    this.#state = state;
    this.#lifecycle = lifecycle;
    this.#matching = matching;
  }

  beginCommand(): void {
    this.#stepsLeft = MAX_STEPS;
  }

  settleAll(): void {
    for (const instrument of this.#state.instruments) this.#settle(instrument);
  }

  #settle(instrument: TwinInstrument): void {
    while (this.#stepsLeft > 0 && this.#step(instrument)) this.#stepsLeft -= 1;
    if (this.#stepsLeft > 0 && instrument.phase === Phase.Continuous) instrument.tradedPrices = [];
  }

  /** The first thing that applies. @returns whether anything did. */
  #step(instrument: TwinInstrument): boolean {
    if (this.#startOrder(instrument)) return true;
    if (instrument.phase !== Phase.Continuous) return false;
    return (
      this.#movePegs(instrument) ||
      this.#fillAllOrNone(instrument) ||
      this.#triggerFirst(instrument) ||
      this.#moveTrailingStops(instrument)
    );
  }

  #startOrder(instrument: TwinInstrument): boolean {
    instrument.starting = instrument.starting.filter((order) => isOpen(order) && order.isWaitingForStart);
    const order = instrument.starting.shift();
    if (order === undefined) return false;
    this.#matching.start(order);
    return true;
  }

  #movePegs(instrument: TwinInstrument): boolean {
    const moved = instrument.orders.filter(
      (order) => order.pegReference !== 0 && !order.isWaitingForStart && pegPrice(order) !== order.price,
    );
    if (moved.length === 0) return false;
    for (const order of moved) {
      this.#lifecycle.leave(order);
      order.price = pegPrice(order);
      this.#lifecycle.moveTo(order, order.price === 0 ? "waiting" : "hidden");
    }
    const crossing = moved.find((order) => order.price !== 0 && isCrossing(order));
    if (crossing !== undefined) this.#matching.reenter(crossing);
    return true;
  }

  #fillAllOrNone(instrument: TwinInstrument): boolean {
    const order = instrument.orders.find(
      (candidate) => candidate.place === "allOrNone" && this.#matching.canTradeInFull(candidate),
    );
    if (order === undefined) return false;
    this.#matching.reenter(order);
    return true;
  }

  #triggerFirst(instrument: TwinInstrument): boolean {
    const waiting = instrument.orders.filter((order) => order.place === "trigger" && order.triggerPrice !== 0);
    if (waiting.length === 0) return false;
    const reached = waiting.filter((order) => isReached(order, instrument.tradedPrices));
    const [first] = reached.toSorted(
      (a, b) => groupOf(a) - groupOf(b) || compareTriggers(a, b) || a.priority - b.priority,
    );
    if (first === undefined) return false;
    this.#matching.trigger(first);
    return true;
  }

  #moveTrailingStops(instrument: TwinInstrument): boolean {
    const trailing = instrument.orders.filter(
      (order) => order.place === "trigger" && order.orderType === OrderType.TrailingStop,
    );
    const moved = trailing.filter(followMarket);
    for (const order of moved) order.priority = this.#state.nextPriority();
    return moved.length > 0;
  }
}

/** Any price of the other side, in any book. */
function isCrossing(order: TwinOrder): boolean {
  return inPriority(order.instrument, oppositeOf(order.side)).some((other) =>
    allows(order.side, order.price, other.price),
  );
}

function isReached(order: TwinOrder, tradedPrices: readonly number[]): boolean {
  if (order.triggerBy !== TriggerBy.BestPrice) return tradedPrices.some((price) => isTriggerReached(order, price));
  const price = triggeringPrice(order);
  return price !== 0 && isTriggerReached(order, price);
}

/** By last price from below, from above; by best price buys from below, from above, then sells. */
function groupOf(order: TwinOrder): number {
  const direction = triggersFromBelow(order) ? 0 : 1;
  if (order.triggerBy !== TriggerBy.BestPrice) return direction;
  return direction + (order.side === Side.Buy ? 2 : 4);
}

/** Of one group: the trigger that a moving price reaches first. */
function compareTriggers(a: TwinOrder, b: TwinOrder): number {
  return triggersFromBelow(a) ? a.triggerPrice - b.triggerPrice : b.triggerPrice - a.triggerPrice;
}
