/**
 * The numbers that decide how much an iceberg shows: xorshift32 (Marsaglia, "Xorshift RNGs", 2003). The state is one int32 that is
 * never 0; it belongs to the engine's state, so a replay shows the same.
 */

/** What the generator of an engine starts with. */
export function firstPeakState(engineIndex: number): number {
  return 0x2545f491 + engineIndex;
}

export function nextPeakState(state: number): number {
  let next = state;
  next ^= next << 13;
  next ^= next >>> 17;
  next ^= next << 5;
  return next | 0;
}

/** The number that a state stands for: 0 … 2^32−1. */
export function peakNumber(state: number): number {
  return state >>> 0;
}
