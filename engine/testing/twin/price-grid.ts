/** Which prices a tick table allows. Every range starts on the grid of the one below and on its own. */

export interface PriceStep {
  readonly fromPrice: number;
  readonly step: number;
}

/** No rows: every price. */
export type PriceSteps = readonly PriceStep[];

function stepAt(steps: PriceSteps, price: number): number {
  return steps.findLast((row) => row.fromPrice <= price)?.step ?? 1;
}

export function isOnTick(steps: PriceSteps, price: number): boolean {
  return price % stepAt(steps, price) === 0;
}

/** The highest price on a tick that is not above; 0 or less: there is none. */
export function tickAtOrBelow(steps: PriceSteps, price: number): number {
  if (price < 1) return 0;
  const step = stepAt(steps, price);
  return Math.floor(price / step) * step;
}

/** The lowest price on a tick that is not below. */
export function tickAtOrAbove(steps: PriceSteps, price: number): number {
  const from = Math.max(price, 1);
  const step = stepAt(steps, from);
  return Math.ceil(from / step) * step;
}

/** x bps of p, rounded down. The product may leave the exact doubles. */
export function bpsOf(price: number, bps: number): number {
  return Number((BigInt(price) * BigInt(bps)) / 10_000n);
}
