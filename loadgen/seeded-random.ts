/**
 * The random numbers of a run: the same seed and stream give the same numbers on every machine.
 *
 * Small fast counting generator on three words of state and a counter, so that two streams of one seed never share a
 * cycle. Not for secrets.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c = 0;
  #counter = 1;

  /** @param stream Which of the independent sequences of this seed: a session, or the schedule. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    // The first outputs still show the seed's bits; twelve rounds spread them over the whole state.
    for (let round = 0; round < 12; round++) this.#nextInt32();
  }

  /** In [0, 1), with 32 bits. */
  nextUnit(): number {
    return (this.#nextInt32() >>> 0) / 2 ** 32;
  }

  /** An integer in 0 … bound − 1. */
  nextBelow(bound: number): number {
    return Math.floor(this.nextUnit() * bound);
  }

  /** An integer in low … high, both included. */
  nextBetween(low: number, high: number): number {
    return low + this.nextBelow(high - low + 1);
  }

  #nextInt32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result;
  }
}
