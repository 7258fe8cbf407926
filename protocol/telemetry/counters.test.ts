import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AssertionError } from "../assert.ts";
import { CounterWriter, createCounterPage, readCounters, type CounterTable } from "./counters.ts";

const TABLE: CounterTable = [
  { name: "commands_total", help: "Commands.", type: "counter" },
  { name: "depth", help: "Depth.", type: "gauge", labels: { ring: "command" } },
  { name: "pause_max_seconds", help: "Longest pause.", type: "gauge" },
];

test("a page reads as its table with values", () => {
  const page = createCounterPage(TABLE.length);
  const writer = new CounterWriter(page);
  writer.add(0, 3);
  writer.add(0, 4);
  writer.set(1, 9);
  writer.set(1, 5);
  writer.raise(2, 8);
  writer.raise(2, 6);
  expect(readCounters(page, TABLE)).toEqual([
    { name: "commands_total", help: "Commands.", type: "counter", value: 7 },
    { name: "depth", help: "Depth.", type: "gauge", labels: { ring: "command" }, value: 5 },
    { name: "pause_max_seconds", help: "Longest pause.", type: "gauge", value: 8 },
  ]);
});

test("a counter is the sum of what was added, in its own row only", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(2 ** 20))), (additions) => {
      const page = createCounterPage(TABLE.length);
      const writer = new CounterWriter(page);
      const sums = [0, 0, 0];
      for (const [row, amount] of additions) {
        writer.add(row, amount);
        sums[row] = (sums[row] ?? 0) + amount;
      }
      expect(readCounters(page, TABLE).map((row) => row.value)).toEqual(sums);
    }),
  );
});

test("counters do not wrap at 2^32", () => {
  const page = createCounterPage(1);
  const writer = new CounterWriter(page);
  writer.add(0, 2 ** 32 - 1);
  writer.add(0, 1);
  expect(new Float64Array(page)[0]).toBe(2 ** 32);
});

test("a page of another table is refused", () => {
  expect(() => readCounters(createCounterPage(2), TABLE)).toThrow(AssertionError);
});
