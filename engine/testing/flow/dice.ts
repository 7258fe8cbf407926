/** Seeded random choices for generated commands: the same seed makes the same choices, on every machine. */

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … count − 1. */
  below(count: number): number {
    // splitmix32: good enough to choose by, and any seed will do.
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
    z = (z ^ (z >>> 15)) >>> 0;
    return z % count;
  }

  /** Both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** True once in so many times. */
  onceIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** Chooses by weight. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      if (at < weight) return value;
      at -= weight;
    }
    throw new RangeError("weights are positive");
  }
}
