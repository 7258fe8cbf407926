/** How an aggressor's lots are shared at one price when they do not suffice for all: section 4 of docs/MATCHING.md. */

export interface ProRataTerms {
  /** A smaller share is none. */
  readonly minQty: number;
  /** What the top order gets first at most; 0: nothing. */
  readonly topMaxQty: number;
}

/**
 * @param shown Lots of each order of the queue, in time order; together more than `qty`.
 * @param topIndex Which of them is the top order, −1: none.
 * @returns lots for each of them, together `qty`.
 */
export function proRataShares(qty: number, shown: readonly number[], topIndex: number, terms: ProRataTerms): number[] {
  const top = shown.map((lots, index) => (index === topIndex ? Math.min(lots, qty, terms.topMaxQty) : 0));
  const left = shown.map((lots, index) => lots - (top[index] as number));
  const toShare = qty - sumOf(top);
  const total = sumOf(left);
  const shares = left.map((lots) => {
    const share = Number((BigInt(toShare) * BigInt(lots)) / BigInt(total));
    return share < terms.minQty ? 0 : share;
  });
  let remainder = toShare - sumOf(shares);
  return shares.map((share, index) => {
    const more = Math.min(remainder, (left[index] as number) - share);
    remainder -= more;
    return (top[index] as number) + share + more;
  });
}

function sumOf(lots: readonly number[]): number {
  return lots.reduce((sum, each) => sum + each, 0);
}
