/**
 * A clock for loops that must not allocate. performance.now() makes a heap number of every reading, and so does any function
 * that takes or returns a double and is not inlined: at a million commands per second the collections of those would be
 * counted as the engine's. This one keeps moments in memory, and answers with differences that fit an int32.
 *
 * It is cheaper than performance.now(), and all threads of the machine are on its time line: nanoseconds since some moment
 * before the process began.
 */
import { hrtime } from "node:process";
import { MAX_INT32 } from "../../protocol/limits.ts";

const BITS = 64;

export class QuietClock {
  readonly #bits = new BigUint64Array(1);
  readonly #halves = new Uint32Array(this.#bits.buffer);
  /** Of the last reading. */
  readonly #ns = new Float64Array(1);

  constructor() {
    this.elapsedNs();
  }

  /** Reads the clock: how long after the last reading. */
  elapsedNs(): number {
    // asUintN says that 64 bits are enough, so that V8 makes no object of them.
    this.#bits[0] = BigInt.asUintN(BITS, hrtime.bigint());
    const ns = (this.#halves[1] as number) * 2 ** 32 + (this.#halves[0] as number);
    const before = this.#ns[0] as number;
    this.#ns[0] = ns;
    return toInt32(ns - before);
  }

  /** How long the last reading was after the moment that is noted at `index`; negative: before. */
  sinceNs(moments: Float64Array, index: number): number {
    return toInt32((this.#ns[0] as number) - (moments[index] as number));
  }

  /** Notes the moment of the last reading. */
  note(moments: Float64Array, index: number): void {
    moments[index] = this.#ns[0] as number;
  }
}

/** Nothing that is measured takes two seconds, and what does counts as that. */
function toInt32(ns: number): number {
  return Math.max(-MAX_INT32, Math.min(ns, MAX_INT32)) | 0;
}

const READINGS = 200_000;

/** Cost of one reading, once it is compiled. */
export function nsPerReading(): number {
  return Math.min(nsPerReadingOf(new QuietClock()), nsPerReadingOf(new QuietClock()));
}

function nsPerReadingOf(clock: QuietClock): number {
  let sumNs = 0;
  for (let i = 0; i < READINGS; i++) sumNs += clock.elapsedNs();
  return sumNs / READINGS;
}
