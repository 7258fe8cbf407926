/** Price bands: which trades an instrument does not do, but pauses instead. docs/MATCHING.md, section 5. */
import { Phase } from "../../protocol/codes.ts";
import {
  BOOK_DYNAMIC_BAND_BPS,
  BOOK_PARTS,
  BOOK_REFERENCE_PX,
  BOOK_STATIC_BAND_BPS,
  type BookBase,
  BookPart,
} from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { PhaseState } from "../market/phase-state.ts";
import { bpsOf } from "../orders/order-terms.ts";

/** @returns whether a price is no further than that many bps of `reference` from it; always when either is 0. */
export function isWithin(price: number, reference: number, bps: number): boolean {
  return bps === 0 || reference === 0 || Math.abs(price - reference) <= bpsOf(reference, bps);
}

export type PriceBands = ReturnType<typeof createPriceBands>;

export function createPriceBands(books: Books, phases: PhaseState) {
  const { i32 } = books;

  /**
   * Whether a trade at this price may happen.
   *
   * @param reference What the dynamic band is measured from: the last price, else the reference price, when the order entered.
   */
  function allow(book: BookBase, reference: number, price: number): boolean {
    if (((i32[book + BOOK_PARTS] as number) & BookPart.Bands) === 0) return true;
    return (
      isWithin(price, reference, i32[book + BOOK_DYNAMIC_BAND_BPS] as number) &&
      isWithin(price, i32[book + BOOK_REFERENCE_PX] as number, i32[book + BOOK_STATIC_BAND_BPS] as number)
    );
  }

  function pause(book: BookBase): void {
    phases.enter(book, Phase.VolatilityPause);
  }

  return { allow, pause };
}
