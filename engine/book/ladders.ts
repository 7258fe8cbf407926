/**
 * The ladders of one book. Even ones prefer high prices, odd ones low prices (price-levels.ts).
 *
 * A trigger ladder is named by what fires it: a trade at or above (Up) or at or below (Down) its price; the best offer, as
 * buy orders look at it, or the best bid, as sell orders do.
 */
import { Side } from "../../protocol/codes.ts";

export const LADDERS_PER_BOOK_SHIFT = 4;
export const LADDERS_PER_BOOK_MASK = (1 << LADDERS_PER_BOOK_SHIFT) - 1;

export const SHOWN_BIDS = 0;
export const SHOWN_OFFERS = 1;
/** The ladders below this are shown. */
export const SHOWN_LADDERS = 2;
export const HIDDEN_BIDS = 2;
export const ALL_OR_NONE_BIDS = 4;
export const LAST_DOWN = 6;
export const LAST_UP = 7;
export const BUY_DOWN = 8;
export const BUY_UP = 9;
export const SELL_DOWN = 10;
export const SELL_UP = 11;
/** In the order in which they fire. */
export const TRIGGER_LADDERS = [LAST_UP, LAST_DOWN, BUY_UP, BUY_DOWN, SELL_UP, SELL_DOWN] as const;

/** 0 for buy, 1 for sell: what to add to a kind of book for one side's ladder. */
export function ladderOfSide(side: number): number {
  return side - Side.Buy;
}

export function oppositeSide(side: number): number {
  return side ^ (Side.Buy ^ Side.Sell);
}
