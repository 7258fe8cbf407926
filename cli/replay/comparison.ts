/** What is otherwise at one point than at another. */
import type { Ladder, LadderLevel } from "../match/ladder.ts";
import type { OpenOrder, StatePicture, StateSummary } from "./state-picture.ts";

export interface LevelChange {
  readonly instrumentId: number;
  readonly side: "buy" | "sell";
  readonly price: number;
  /** Undefined: there was no such level. */
  readonly before: LadderLevel | undefined;
  readonly after: LadderLevel | undefined;
}

export interface OrderChange {
  readonly orderId: number;
  /** Undefined: it was not open. */
  readonly before: OpenOrder | undefined;
  readonly after: OpenOrder | undefined;
}

export interface Comparison {
  readonly before: StateSummary;
  readonly after: StateSummary;
  /** By instrument, buy before sell, best price first. */
  readonly levels: readonly LevelChange[];
  /** By id. */
  readonly orders: readonly OrderChange[];
}

export function compare(before: StatePicture, after: StatePicture): Comparison {
  return {
    before: before.summary,
    after: after.summary,
    levels: levelChanges(before.ladders, after.ladders),
    orders: orderChanges(before.openOrders, after.openOrders),
  };
}

function levelChanges(before: readonly Ladder[], after: readonly Ladder[]): LevelChange[] {
  const ids = new Set([...before, ...after].map(({ instrumentId }) => instrumentId));
  return [...ids].flatMap((id) => {
    const was = before.find(({ instrumentId }) => instrumentId === id);
    const is = after.find(({ instrumentId }) => instrumentId === id);
    const bids = sideChanges(id, "buy", was?.bids ?? [], is?.bids ?? []);
    return bids.concat(sideChanges(id, "sell", was?.offers ?? [], is?.offers ?? []));
  });
}

function sideChanges(
  instrumentId: number,
  side: "buy" | "sell",
  before: readonly LadderLevel[],
  after: readonly LadderLevel[],
): LevelChange[] {
  const was = new Map(before.map((level) => [level.price, level]));
  const is = new Map(after.map((level) => [level.price, level]));
  const best = side === "buy" ? -1 : 1;
  return [...new Set([...was.keys(), ...is.keys()])]
    .toSorted((a, b) => best * (a - b))
    .map((price) => ({ instrumentId, side, price, before: was.get(price), after: is.get(price) }))
    .filter((change) => !isSame(change.before, change.after));
}

function orderChanges(before: readonly OpenOrder[], after: readonly OpenOrder[]): OrderChange[] {
  const was = new Map(before.map((order) => [order.orderId, order]));
  const is = new Map(after.map((order) => [order.orderId, order]));
  return [...new Set([...was.keys(), ...is.keys()])]
    .toSorted((a, b) => a - b)
    .map((orderId) => ({ orderId, before: was.get(orderId), after: is.get(orderId) }))
    .filter((change) => !isSame(change.before, change.after));
}

/** Of values of one kind, whose fields come in one order. */
function isSame(one: object | undefined, other: object | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
