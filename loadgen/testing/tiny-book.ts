/** A slow, plain book that plays the venue for the order flow's tests: what rests, what trades, what is still open. */
import { Side } from "../../protocol/codes.ts";
import type { FlowRequest } from "../order-flow.ts";

interface RestingOrder {
  readonly owner: number;
  readonly clientOrderId: number;
  readonly instrumentId: number;
  readonly side: Side;
  readonly price: number;
  lots: number;
}

export class TinyBook {
  /** Oldest first. */
  readonly #resting: RestingOrder[] = [];
  /** Executions between different sessions, and within one. */
  tradesWithOthers = 0;
  tradesWithSelf = 0;
  /** Cancels and replaces that named an order which is not open. */
  tooLate = 0;

  get openOrderCount(): number {
    return this.#resting.length;
  }

  get openSides(): Set<Side> {
    return new Set(this.#resting.map(({ side }) => side));
  }

  apply(owner: number, request: FlowRequest): void {
    if (request.kind === "cancel") {
      this.#take(owner, request.origClientOrderId);
      return;
    }
    if (request.kind === "replace" && !this.#take(owner, request.origClientOrderId)) return;
    const { clientOrderId, instrumentId, side, price, orderQty } = request;
    const incoming: RestingOrder = { owner, clientOrderId, instrumentId, side, price, lots: orderQty };
    this.#match(incoming);
    if (incoming.lots > 0 && request.kind !== "ioc") this.#resting.push(incoming);
  }

  #match(incoming: RestingOrder): void {
    while (incoming.lots > 0) {
      const best = this.#bestAgainst(incoming);
      if (best === undefined) return;
      const lots = Math.min(best.lots, incoming.lots);
      incoming.lots -= lots;
      best.lots -= lots;
      if (best.owner === incoming.owner) this.tradesWithSelf++;
      else this.tradesWithOthers++;
      if (best.lots === 0) this.#resting.splice(this.#resting.indexOf(best), 1);
    }
  }

  #bestAgainst({ instrumentId, side, price }: RestingOrder): RestingOrder | undefined {
    const sign = side === Side.Buy ? 1 : -1;
    let best: RestingOrder | undefined;
    for (const order of this.#resting) {
      if (order.instrumentId !== instrumentId || order.side === side || sign * (price - order.price) < 0) continue;
      if (best === undefined || sign * (best.price - order.price) > 0) best = order;
    }
    return best;
  }

  #take(owner: number, clientOrderId: number): boolean {
    const index = this.#resting.findIndex((order) => order.owner === owner && order.clientOrderId === clientOrderId);
    if (index === -1) this.tooLate++;
    else this.#resting.splice(index, 1);
    return index !== -1;
  }
}
