/**
 * The visible book of one instrument as this gateway has last heard of it.
 *
 * Each side is an array of levels sorted so that the best one is last: what happens near the touch, where most happens,
 * moves few elements.
 *
 * Invariants:
 *  1. A side has no two levels of the same price and none with qty 0.
 *  2. Prices ascend on the bid side and descend on the offer side.
 */
import { Side } from "../../protocol/codes.ts";

export interface ImageLevel {
  /** Ticks. */
  readonly price: number;
  /** Lots. */
  qty: number;
  orderCount: number;
}

export class BookImage {
  readonly #bids: ImageLevel[] = [];
  readonly #offers: ImageLevel[] = [];

  /** Sets the level to new totals; qty 0 removes it. */
  set(side: number, price: number, qty: number, orderCount: number): void {
    const levels = this.levels(side);
    const index = insertionPoint(levels, side, price);
    const level = levels[index];
    if (level !== undefined && level.price === price) {
      if (qty === 0) levels.splice(index, 1);
      else {
        level.qty = qty;
        level.orderCount = orderCount;
      }
    } else if (qty !== 0) levels.splice(index, 0, { price, qty, orderCount });
  }

  find(side: number, price: number): ImageLevel | undefined {
    const levels = this.levels(side);
    const level = levels[insertionPoint(levels, side, price)];
    return level?.price === price ? level : undefined;
  }

  /** Worst level first. Owned by the image. */
  levels(side: number): ImageLevel[] {
    return side === Side.Buy ? this.#bids : this.#offers;
  }

  clear(): void {
    this.#bids.length = 0;
    this.#offers.length = 0;
  }

  best(side: number): ImageLevel | undefined {
    return this.levels(side).at(-1);
  }
}

/** Index of the first level that is not worse than `price`. */
function insertionPoint(levels: readonly ImageLevel[], side: number, price: number): number {
  const direction = side === Side.Buy ? 1 : -1;
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (((levels[middle] as ImageLevel).price - price) * direction < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
