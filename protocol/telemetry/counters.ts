/**
 * A page of numbers in a SharedArrayBuffer that one thread writes and any thread reads: counters and gauges.
 *
 *   f64 i  value of row i of the page's table
 *
 * Plain stores are enough. There is one writer, so an increment cannot be lost; an aligned double is one machine word on
 * every platform Node runs on, so a reader sees an old value or a new one, never a mix; and nobody takes a value as a
 * signal that other memory is ready, so no order between stores is promised. Doubles count to 2^53 without wrapping,
 * where an int32 that is incremented per message wraps within minutes.
 *
 * A page belongs to one thread, and a SharedArrayBuffer starts on its own cache line: writers do not slow each other.
 */
import { assert } from "../assert.ts";

/** What a row of a page means. Names follow Prometheus: snake case, unit in the name, counters end in `_total`. */
export interface CounterRow {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  /** What tells rows of the same name apart. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Rows of a page, in its order. */
export type CounterTable = readonly CounterRow[];

export interface CounterValue extends CounterRow {
  readonly value: number;
}

export function createCounterPage(count: number): SharedArrayBuffer {
  return new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT);
}

/** The writing side. Exactly one thread may own it. */
export class CounterWriter {
  readonly #values: Float64Array;

  constructor(page: SharedArrayBuffer) {
    this.#values = new Float64Array(page);
  }

  add(row: number, amount: number): void {
    this.#values[row] = (this.#values[row] as number) + amount;
  }

  set(row: number, value: number): void {
    this.#values[row] = value;
  }

  /** Keeps the larger of the two. */
  raise(row: number, value: number): void {
    if (value > (this.#values[row] as number)) this.#values[row] = value;
  }
}

/** Reads every row of a page, from any thread. */
export function readCounters(page: SharedArrayBuffer, table: CounterTable): CounterValue[] {
  const values = new Float64Array(page);
  assert(values.length === table.length, "a page has one value per row of its table");
  return table.map((row, index) => ({ ...row, value: values[index] ?? 0 }));
}
