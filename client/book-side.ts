import { Side } from "../protocol/codes.ts";
import type { BookLevel } from "./messages.ts";

/**
 * The price levels of one side of a book.
 *
 * Invariant: levels are sorted from the worst price to the best, each price once, each with a quantity above 0. The best
 * is last, because most changes happen there and then move nothing.
 */
export class BookSide {
  readonly #levels: BookLevel[] = [];
  /** Makes the better price the larger key: 1 for bids, −1 for offers. */
  readonly #direction: number;

  constructor(side: Side) {
    this.#direction = side === Side.Buy ? 1 : -1;
  }

  get best(): BookLevel | undefined {
    return this.#levels.at(-1);
  }

  get levelCount(): number {
    return this.#levels.length;
  }

  /** Up to `depth` levels, best first. Levels are never changed once handed out. */
  top(depth: number): BookLevel[] {
    return this.#levels.slice(Math.max(0, this.#levels.length - depth)).toReversed();
  }

  /** Sets the level at `price` to new totals; qty 0 removes it. */
  set(price: number, qty: number, orderCount: number): void {
    const index = this.#lowerBound(price);
    const known = this.#levels[index]?.price === price;
    if (qty > 0) this.#levels.splice(index, known ? 1 : 0, { price, qty, orderCount });
    else if (known) this.#levels.splice(index, 1);
  }

  /** Index of the first level that is not worse than `price`. */
  #lowerBound(price: number): number {
    const key = price * this.#direction;
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const level = this.#levels[middle];
      if (level !== undefined && level.price * this.#direction < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
