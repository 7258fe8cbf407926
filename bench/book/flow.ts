/**
 * Synthetic order flows, the same for every book that is measured, with what they make of a correct one. A flow is made
 * against a book, so that cancels and replaces name orders that rest and prices know the touch.
 */
import { BUY, type FlowOutcome, NO_BID, NO_OFFER, ReferenceBook, type ReferenceOrder, SELL } from "./reference-book.ts";

export const FLOW_NAMES = ["core", "itch", "deep"] as const;
export type FlowName = (typeof FLOW_NAMES)[number];

export const FlowOp = { New: 1, Cancel: 2, Replace: 3 } as const;

/** Commands as columns. */
export interface Flow {
  readonly name: FlowName;
  readonly count: number;
  /** FlowOp. */
  readonly op: Uint8Array;
  /** 1 buy, 2 sell. */
  readonly side: Uint8Array;
  /** 1: immediate or cancel, 0: may rest. */
  readonly isImmediate: Uint8Array;
  /** From 1 up; names the order in cancels and replaces. */
  readonly id: Int32Array;
  /** Ticks; 0 in a cancel. */
  readonly price: Int32Array;
  /** Lots; in a replace what is open at that moment, 0 in a cancel. */
  readonly qty: Int32Array;
  readonly highestId: number;
  readonly outcome: FlowOutcome;
}

/** Shares of commands; the rest are replaces. */
interface Mix {
  readonly newShare: number;
  readonly immediateShare: number;
  readonly cancelShare: number;
  /** Resting orders are held around this number. */
  readonly live: number;
  /** Price levels per side. */
  readonly slots: number;
  /** Share of new orders that are priced to trade. */
  readonly cross: number;
}

const MIXES: Readonly<Record<FlowName, Mix>> = {
  /** Mostly replaces. */
  core: { newShare: 0.09, immediateShare: 0.03, cancelShare: 0.06, live: 1000, slots: 375, cross: 0.03 },
  /** Adds and cancels, as in a feed of an equity market. */
  itch: { newShare: 0.46, immediateShare: 0.04, cancelShare: 0.44, live: 10_000, slots: 500, cross: 0.01 },
  /** A million resting orders. */
  deep: { newShare: 0.5, immediateShare: 0, cancelShare: 0.4, live: 1_000_000, slots: 50_000, cross: 0 },
};

const FIRST_MID = 200_000;
const MAX_QTY = 100;

class FlowGenerator {
  readonly #mix: Mix;
  readonly #book = new ReferenceBook();
  readonly flow: Omit<Flow, "outcome" | "highestId">;
  #random: number;
  #written = 0;
  #lastId = 0;
  #mid = FIRST_MID;

  constructor(name: FlowName, count: number, seed: number) {
    this.#mix = MIXES[name];
    this.#random = seed >>> 0 || 1;
    this.flow = {
      name,
      count,
      op: new Uint8Array(count),
      side: new Uint8Array(count),
      isImmediate: new Uint8Array(count),
      id: new Int32Array(count),
      price: new Int32Array(count),
      qty: new Int32Array(count),
    };
  }

  run(): Flow {
    while (this.#written < this.flow.count) this.#step();
    return { ...this.flow, highestId: this.#lastId, outcome: this.#book.outcome() };
  }

  #step(): void {
    const { newShare, immediateShare, cancelShare, live } = this.#mix;
    if ((this.#written & 1023) === 0 && this.#draw() < 0.5) this.#mid += this.#draw() < 0.5 ? -1 : 1;
    const draw = this.#draw();
    const resting = this.#book.restingCount;
    const isFilling = resting < live * 0.5 && this.#written < live * 4;
    const isCancel = draw >= newShare + immediateShare && draw < newShare + immediateShare + cancelShare;
    if (isFilling || draw < newShare || (isCancel && resting < live)) this.#addOrder();
    else if (draw < newShare + immediateShare) this.#addImmediate();
    else if (resting > 0) {
      const order = this.#book.restingAt(Math.floor(this.#draw() * resting));
      if (isCancel) this.#cancel(order);
      else this.#replace(order);
    }
  }

  #addOrder(): void {
    const side = this.#drawSide();
    let price = this.#passivePrice(side);
    if (this.#draw() < this.#mix.cross) price = this.#touchPrice(side);
    const order = this.#newOrder(side, price);
    this.#emit(FlowOp.New, order, 0);
    this.#book.match(order);
    if (order.leaves > 0) this.#book.rest(order);
  }

  #addImmediate(): void {
    const side = this.#drawSide();
    const price =
      side === BUY ? Math.min(this.#book.best(SELL) + 2, NO_OFFER) : Math.max(this.#book.best(BUY) - 2, NO_BID);
    const order = this.#newOrder(side, price);
    this.#emit(FlowOp.New, order, 1);
    this.#book.match(order);
  }

  #cancel(order: ReferenceOrder): void {
    this.#emit(FlowOp.Cancel, { ...order, price: 0, leaves: 0 }, 0);
    this.#book.remove(order);
  }

  #replace(order: ReferenceOrder): void {
    let price = this.#passivePrice(order.side);
    if (this.#draw() < this.#mix.cross * 0.3) price = this.#touchPrice(order.side);
    this.#book.remove(order);
    order.price = price;
    this.#emit(FlowOp.Replace, order, 0);
    this.#book.match(order);
    if (order.leaves > 0) this.#book.rest(order);
  }

  #newOrder(side: number, price: number): ReferenceOrder {
    this.#lastId += 1;
    return { id: this.#lastId, side, price, leaves: 1 + Math.floor(this.#draw() * MAX_QTY) };
  }

  /** Most of them near the middle. */
  #passivePrice(side: number): number {
    const offset = 1 + Math.floor(this.#draw() ** 2 * this.#mix.slots);
    return side === BUY ? this.#mid - offset : this.#mid + offset;
  }

  /** The best price of the other side. */
  #touchPrice(side: number): number {
    const price = this.#book.best(side === BUY ? SELL : BUY);
    return price === NO_BID || price === NO_OFFER ? this.#passivePrice(side) : price;
  }

  #drawSide(): number {
    return this.#draw() < 0.5 ? BUY : SELL;
  }

  /** xorshift32, as a number of 0 … 1. */
  #draw(): number {
    let x = this.#random;
    x = (x ^ (x << 13)) >>> 0;
    x ^= x >>> 17;
    x = (x ^ (x << 5)) >>> 0;
    this.#random = x;
    return x / 2 ** 32;
  }

  #emit(op: number, order: ReferenceOrder, isImmediate: number): void {
    const at = this.#written;
    this.#written += 1;
    this.flow.op[at] = op;
    this.flow.side[at] = order.side;
    this.flow.isImmediate[at] = isImmediate;
    this.flow.id[at] = order.id;
    this.flow.price[at] = order.price;
    this.flow.qty[at] = order.leaves;
  }
}

/** The same name, count and seed always give the same flow. */
export function generateFlow(name: FlowName, count: number, seed: number): Flow {
  return new FlowGenerator(name, count, seed).run();
}
