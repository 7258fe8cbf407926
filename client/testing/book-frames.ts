import type { Side } from "../../protocol/codes.ts";
import type { BookDelta, BookLevel } from "../messages.ts";

export interface Change extends BookLevel {
  readonly side: typeof Side.Buy | typeof Side.Sell;
}

/** A delta as the decoder would hand it out. */
export function delta(instrumentId: number, sequenceNumber: number, changes: readonly Change[]): BookDelta {
  return {
    instrumentId,
    sequenceNumber,
    changeCount: changes.length,
    side: (index) => changes[index]?.side ?? 0,
    price: (index) => changes[index]?.price ?? 0,
    qty: (index) => changes[index]?.qty ?? 0,
    orderCount: (index) => changes[index]?.orderCount ?? 0,
  };
}
