/**
 * How far an engine's commands are safe: the word that gateways hold events back for.
 *
 *   int32 0   low 32 bits of the highest sequence number whose command is durable
 *   int32 16  full: a bit per thread that finds no room for another segment; while it is not 0, only cancels are to be taken
 *
 * One writer: the engine itself in `memory` mode, else the journal worker. An event may leave the process when its
 * sequence is not above this. The difference of two such numbers is taken as wrapping int32, which is exact as long as
 * fewer than 2^31 commands are in flight; the rings bound them far below that.
 *
 * `full` is written by the keeper of the engine's files, and by the journal worker when it has come to the end of what the keeper had
 * kept for it. Gateways read it. It is advice: no other memory depends on it.
 */
import { isOn } from "./guards.ts";

const LOW_WORD = 0;
const FULL = 16;

export function createDurableSequence(): SharedArrayBuffer {
  return new SharedArrayBuffer(128);
}

export class DurableSequenceWriter {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  /** @param sequence Integer below 2^53; never lower than the last one. */
  advance(sequence: number): void {
    // Gateways load this before they let an event out: what made the command durable happened before.
    Atomics.store(this.#words, LOW_WORD, sequence | 0);
  }
}

export class DurableSequenceReader {
  readonly #words: Int32Array;
  readonly #holdsBack = isOn("holdBack");
  #cached: number;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#cached = Atomics.load(this.#words, LOW_WORD);
  }

  /** Whether the command with this sequence number is durable. Looks at shared memory only when the last look does not tell. */
  covers(sequence: number): boolean {
    const low = sequence | 0;
    if (!this.#holdsBack) return true;
    if (((this.#cached - low) | 0) >= 0) return true;
    this.#cached = Atomics.load(this.#words, LOW_WORD);
    return ((this.#cached - low) | 0) >= 0;
  }

  /** Whether the disk has no room for more than cancels. */
  get isStorageFull(): boolean {
    return Atomics.load(this.#words, FULL) !== 0;
  }
}

/** Whose bit it is. */
export const FullnessTeller = { Keeper: 1, Journaler: 2 } as const;
export type FullnessTeller = (typeof FullnessTeller)[keyof typeof FullnessTeller];

/** One thread's side of `full`. */
export class StorageStateWriter {
  readonly #words: Int32Array;
  readonly #bit: FullnessTeller;

  constructor(buffer: SharedArrayBuffer, teller: FullnessTeller) {
    this.#words = new Int32Array(buffer);
    this.#bit = teller;
  }

  setFull(isFull: boolean): void {
    if (isFull) Atomics.or(this.#words, FULL, this.#bit);
    else Atomics.and(this.#words, FULL, ~this.#bit);
  }
}
