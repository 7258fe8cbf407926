/** Where a pegged order stands as the market is: section 8 of docs/MATCHING.md. */
import { PegReference, Side } from "../../../protocol/codes.ts";
import { bestShown, oppositeOf } from "./book-queries.ts";
import { tickAtOrAbove, tickAtOrBelow } from "./price-grid.ts";
import type { TwinOrder } from "./twin-order.ts";

/** 0: it has to wait. */
export function pegPrice(order: TwinOrder): number {
  const { side, offset, limit, instrument } = order;
  const { maxPrice, priceSteps } = instrument.terms;
  const reference = referenceOf(order);
  if (reference === 0) return 0;
  const isBuy = side === Side.Buy;
  const wished = reference + offset;
  const limited = limit === 0 ? wished : isBuy ? Math.min(wished, limit) : Math.max(wished, limit);
  const within = Math.min(Math.max(limited, 1), maxPrice);
  const rounded = isBuy ? tickAtOrBelow(priceSteps, within) : tickAtOrAbove(priceSteps, within);
  return rounded >= 1 && rounded <= maxPrice ? rounded : 0;
}

function referenceOf({ side, pegReference, instrument }: TwinOrder): number {
  const own = bestShown(instrument, side);
  const opposite = bestShown(instrument, oppositeOf(side));
  if (pegReference === PegReference.Primary) return own;
  if (pegReference === PegReference.Opposite) return opposite;
  if (own === 0 || opposite === 0) return 0;
  return side === Side.Buy ? Math.floor((own + opposite) / 2) : Math.ceil((own + opposite) / 2);
}
