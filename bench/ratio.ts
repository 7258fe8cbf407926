/**
 * Comparing two things on a machine whose speed wanders: run them in turn and take the ratio of neighbours.
 *
 * The order within a round alternates (a b, b a, a b, …), so that neither side always runs on the warmer machine.
 */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Alternation {
  /** One run of each side; answers its figure, for instance messages per second. */
  readonly a: () => Promise<number>;
  readonly b: () => Promise<number>;
  /** 1 or more. */
  readonly rounds: number;
}

export interface AlternationResult {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Of a / b within each round. */
  readonly ratio: Spread;
}

export async function alternate(alternation: Alternation): Promise<AlternationResult> {
  const a: number[] = [];
  const b: number[] = [];
  for (let round = 0; round < alternation.rounds; round++) {
    if (round % 2 === 0) a.push(await alternation.a());
    b.push(await alternation.b());
    if (round % 2 === 1) a.push(await alternation.a());
  }
  return { a, b, ratio: spread(a.map((value, round) => value / (b[round] ?? Number.NaN))) };
}

/** @param values At least one. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[middle - 1] ?? upper;
  return {
    median: sorted.length % 2 === 1 ? upper : (lower + upper) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}
