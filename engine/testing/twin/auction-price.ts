/** The price of an auction, section 6 of docs/MATCHING.md: a function of what takes part and nothing else. */
import { Side } from "../../../protocol/codes.ts";
import { type PriceSteps, tickAtOrAbove, tickAtOrBelow } from "./price-grid.ts";
import type { Indication } from "./twin-instrument.ts";

/** Price 0: a market order, which takes any price. */
export interface AuctionInterest {
  readonly price: number;
  readonly qty: number;
}

export interface AuctionInput {
  readonly buys: readonly AuctionInterest[];
  readonly sells: readonly AuctionInterest[];
  readonly lastPrice: number;
  readonly referencePrice: number;
  readonly steps: PriceSteps;
  readonly maxPrice: number;
}

export const NO_AUCTION: Indication = { price: 0, qty: 0, imbalance: 0, side: 0 };

/** Lots that would be bought at that price, and lots that would be sold. */
function interestAt({ buys, sells }: AuctionInput, price: number): { bought: number; sold: number } {
  return { bought: lotsOf(buys, (limit) => limit >= price), sold: lotsOf(sells, (limit) => limit <= price) };
}

function lotsOf(all: readonly AuctionInterest[], isIn: (limit: number) => boolean): number {
  return all.reduce((sum, { price: limit, qty }) => sum + (limit === 0 || isIn(limit) ? qty : 0), 0);
}

export function auctionOutcome(input: AuctionInput): Indication {
  const price = auctionPrice(input);
  if (price === 0) return NO_AUCTION;
  const { bought, sold } = interestAt(input, price);
  const side = bought > sold ? Side.Buy : sold > bought ? Side.Sell : Side.Unspecified;
  return { price, qty: Math.min(bought, sold), imbalance: Math.abs(bought - sold), side };
}

function auctionPrice(input: AuctionInput): number {
  const { buys, sells, lastPrice, referencePrice } = input;
  if (buys.length === 0 || sells.length === 0) return 0;
  const target = lastPrice || referencePrice;
  if ([...buys, ...sells].every(({ price }) => price === 0)) return target;
  return bestOf(candidatePrices(input, target), input, target);
}

/**
 * What would trade changes only at a limit of an order or next to one. Between two such prices the nearest to the target is
 * the target itself or an end; so no other price can be the best.
 */
function candidatePrices(input: AuctionInput, target: number): number[] {
  const { steps, maxPrice } = input;
  const around = [...input.buys, ...input.sells, { price: target }].flatMap(({ price }) =>
    price === 0
      ? []
      : [
          tickAtOrBelow(steps, price),
          tickAtOrAbove(steps, price),
          tickAtOrBelow(steps, price - 1),
          tickAtOrAbove(steps, price + 1),
        ],
  );
  return [...around, tickAtOrAbove(steps, 1)].filter((price) => price >= 1 && price <= maxPrice);
}

/** @returns 0 when nothing would trade at any of them. */
export function bestOf(candidates: readonly number[], input: AuctionInput, target: number): number {
  const outcomes = candidates.map((price) => {
    const { bought, sold } = interestAt(input, price);
    const distance = target === 0 ? price : Math.abs(price - target);
    return { price, keys: [-Math.min(bought, sold), Math.abs(bought - sold), distance, price] };
  });
  const [best] = outcomes.toSorted((a, b) => compareKeys(a.keys, b.keys));
  return best === undefined || best.keys[0] === 0 ? 0 : best.price;
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((key, index) => key !== b[index]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}
