/**
 * The memory of an engine: everything that it remembers from one command to the next is in a region of this file, or in the
 * session table. So a copy of the regions is a copy of the engine, and a hash over them is a hash of its state.
 *
 * The engine is built from functions that close over these arrays, not from objects that hold them. There is one engine per
 * thread, so the compiler knows each array's address and length while it compiles, and uses them as constants
 * (docs/decisions/0010-closures-over-memory.md).
 */
import { assert } from "../protocol/assert.ts";

/** One array buffer, seen as both kinds of number. */
export interface Record32 {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
}

export interface Region extends Record32 {
  readonly name: string;
  /** Int32 words from the start that may differ from zero. */
  readonly used: () => number;
  /** Words that the last snapshot had: more than are in use after one that contradicts itself. */
  restoredWords: number;
}

export interface EngineMemory {
  /** In the order of their allocation, which is the same in every engine of one configuration. */
  readonly regions: readonly Region[];
  /** @param used Words in use; absent: all. */
  readonly allocate: (name: string, words: number, used?: () => number) => Record32;
}

export function createEngineMemory(): EngineMemory {
  const regions: Region[] = [];
  const allocate = (name: string, words: number, used?: () => number): Record32 => {
    assert(words >= 2 && words % 2 === 0, "a region is a whole number of doubles");
    const buffer = new ArrayBuffer(words * 4);
    const region = {
      name,
      i32: new Int32Array(buffer),
      f64: new Float64Array(buffer),
      used: used ?? (() => words),
      restoredWords: 0,
    };
    regions.push(region);
    return region;
  };
  return { regions, allocate };
}
