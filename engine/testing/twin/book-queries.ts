/** What can be read off the open orders of an instrument: who stands where, and who is first. */
import { Side } from "../../../protocol/codes.ts";
import type { TwinInstrument } from "./twin-instrument.ts";
import { type Place, type TwinOrder, leavesOf, shownOf } from "./twin-order.ts";

export interface TwinLevel {
  readonly price: number;
  readonly qty: number;
  readonly orderCount: number;
}

export function oppositeOf(side: number): number {
  return side === Side.Buy ? Side.Sell : Side.Buy;
}

/** Of the books that trade, in the order in which they do at one price. */
const BOOK_RANKS: Readonly<Record<Place, number>> = {
  shown: 0,
  hidden: 1,
  allOrNone: 2,
  trigger: 3,
  waiting: 3,
  none: 3,
};

/** Negative: the first is the better price on this side. A market order that waits for an auction is before every price. */
export function comparePrices(side: number, a: number, b: number): number {
  if (a === b) return 0;
  if (a === 0) return -1;
  if (b === 0) return 1;
  return side === Side.Buy ? b - a : a - b;
}

function comparePriority(a: TwinOrder, b: TwinOrder): number {
  return (
    comparePrices(a.side, a.price, b.price) || BOOK_RANKS[a.place] - BOOK_RANKS[b.place] || a.priority - b.priority
  );
}

/** First to trade first; of the shown, hidden and all-or-none book unless places are named. */
export function inPriority(
  instrument: TwinInstrument,
  side: number,
  places: readonly Place[] = ["shown", "hidden", "allOrNone"],
): TwinOrder[] {
  return instrument.orders
    .filter((order) => order.side === side && places.includes(order.place))
    .toSorted(comparePriority);
}

/** Of the shown book; 0: nobody is there. */
export function bestShown(instrument: TwinInstrument, side: number): number {
  let best = 0;
  for (const order of instrument.orders) {
    if (order.side !== side || order.place !== "shown") continue;
    if (best === 0 || comparePrices(side, order.price, best) < 0) best = order.price;
  }
  return best;
}

/** Whether a limit (0: none) allows to trade there. */
export function allows(side: number, limit: number, price: number): boolean {
  return limit === 0 || comparePrices(side, limit, price) <= 0;
}

export function levelAt(instrument: TwinInstrument, side: number, price: number): TwinLevel {
  const orders = instrument.orders.filter(
    (order) => order.place === "shown" && order.side === side && order.price === price,
  );
  return { price, qty: sumOf(orders, shownOf), orderCount: orders.length };
}

/** Of the shown book, best first. */
export function levelsOf(instrument: TwinInstrument, side: number): TwinLevel[] {
  const levels: { price: number; qty: number; orderCount: number }[] = [];
  for (const order of inPriority(instrument, side, ["shown"])) {
    const level = levels.at(-1);
    if (level === undefined || level.price !== order.price) {
      levels.push({ price: order.price, qty: shownOf(order), orderCount: 1 });
    } else {
      level.qty += shownOf(order);
      level.orderCount += 1;
    }
  }
  return levels;
}

export function sumOf(orders: readonly TwinOrder[], lots: (order: TwinOrder) => number = leavesOf): number {
  return orders.reduce((sum, order) => sum + lots(order), 0);
}
