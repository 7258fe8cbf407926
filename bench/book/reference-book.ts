/**
 * A slow, obviously correct book: one array of orders per price, oldest first, best prices found by walking. It says what a
 * flow should make of a book, in a checksum over the trades.
 */

/** Prices lie strictly between these. */
export const NO_BID = 0;
export const NO_OFFER = 399_999;

export const BUY = 1;
export const SELL = 2;

export interface ReferenceOrder {
  readonly id: number;
  readonly side: number;
  price: number;
  leaves: number;
}

/** What a flow makes of a book. */
export interface FlowOutcome {
  readonly trades: number;
  readonly volume: number;
  readonly notional: string;
  /** Over the trades in order: c × 31 + restingId × 7 + aggressorId × 13 + price × 17 + qty, as int32. */
  readonly checksum: number;
  readonly resting: number;
  readonly bidLots: number;
  readonly offerLots: number;
}

export function nextChecksum(
  checksum: number,
  restingId: number,
  aggressorId: number,
  price: number,
  qty: number,
): number {
  return (
    (Math.imul(checksum, 31) + Math.imul(restingId, 7) + Math.imul(aggressorId, 13) + Math.imul(price, 17) + qty) | 0
  );
}

export class ReferenceBook {
  readonly #bids: ReferenceOrder[][] = [];
  readonly #offers: ReferenceOrder[][] = [];
  readonly #orders = new Map<number, ReferenceOrder>();
  /** Ids of the resting orders in an order that depends on the past alone: removing one moves the last into its place. */
  readonly #ids: number[] = [];
  readonly #placeOfId = new Map<number, number>();
  #bestBid = NO_BID;
  #bestOffer = NO_OFFER;
  #trades = 0;
  #volume = 0;
  #notional = 0n;
  #checksum = 0;

  get restingCount(): number {
    return this.#ids.length;
  }

  restingAt(place: number): ReferenceOrder {
    return this.#orders.get(this.#ids[place] as number) as ReferenceOrder;
  }

  /** NO_BID or NO_OFFER when nothing rests on that side. */
  best(side: number): number {
    while (this.#bestBid > NO_BID && !this.#bids[this.#bestBid]?.length) this.#bestBid -= 1;
    while (this.#bestOffer < NO_OFFER && !this.#offers[this.#bestOffer]?.length) this.#bestOffer += 1;
    return side === BUY ? this.#bestBid : this.#bestOffer;
  }

  /** Trades what it can; the caller decides about the rest. */
  match(order: ReferenceOrder): void {
    const opposite = BUY + SELL - order.side;
    const levels = opposite === BUY ? this.#bids : this.#offers;
    while (order.leaves > 0) {
      const price = this.best(opposite);
      if (price === NO_BID || price === NO_OFFER) return;
      if (order.side === BUY ? price > order.price : price < order.price) return;
      const level = levels[price] as ReferenceOrder[];
      const resting = level[0] as ReferenceOrder;
      this.#trade(resting, order, price);
      if (resting.leaves > 0) continue;
      level.shift();
      this.#forget(resting.id);
    }
  }

  rest(order: ReferenceOrder): void {
    const levels = order.side === BUY ? this.#bids : this.#offers;
    (levels[order.price] ??= []).push(order);
    this.#orders.set(order.id, order);
    this.#placeOfId.set(order.id, this.#ids.length);
    this.#ids.push(order.id);
    if (order.side === BUY) this.#bestBid = Math.max(this.#bestBid, order.price);
    else this.#bestOffer = Math.min(this.#bestOffer, order.price);
  }

  remove(order: ReferenceOrder): void {
    const level = (order.side === BUY ? this.#bids : this.#offers)[order.price] as ReferenceOrder[];
    level.splice(level.indexOf(order), 1);
    this.#forget(order.id);
  }

  outcome(): FlowOutcome {
    const lots = { [BUY]: 0, [SELL]: 0 };
    for (const order of this.#orders.values()) lots[order.side === BUY ? BUY : SELL] += order.leaves;
    return {
      trades: this.#trades,
      volume: this.#volume,
      notional: String(this.#notional),
      checksum: this.#checksum,
      resting: this.#ids.length,
      bidLots: lots[BUY],
      offerLots: lots[SELL],
    };
  }

  #trade(resting: ReferenceOrder, aggressor: ReferenceOrder, price: number): void {
    const qty = Math.min(resting.leaves, aggressor.leaves);
    resting.leaves -= qty;
    aggressor.leaves -= qty;
    this.#trades += 1;
    this.#volume += qty;
    this.#notional += BigInt(qty) * BigInt(price);
    this.#checksum = nextChecksum(this.#checksum, resting.id, aggressor.id, price, qty);
  }

  #forget(id: number): void {
    const place = this.#placeOfId.get(id) as number;
    const last = this.#ids.pop() as number;
    this.#placeOfId.delete(id);
    this.#orders.delete(id);
    if (last === id) return;
    this.#ids[place] = last;
    this.#placeOfId.set(last, place);
  }
}
