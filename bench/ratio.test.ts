import { expect, test } from "vitest";
import { alternate, spread } from "./ratio.ts";

/** A run that answers the next of these figures each time. */
function oneByOne(figures: readonly number[]): () => Promise<number> {
  const left = [...figures];
  return async () => left.shift() ?? Number.NaN;
}

async function failing(): Promise<number> {
  throw new Error("no server");
}

test("the two sides take turns, and the first of a round changes from round to round", async () => {
  const order: string[] = [];
  const run = (name: string) => async () => order.push(name);
  await alternate({ a: run("a"), b: run("b"), rounds: 4 });
  expect(order.join("")).toBe("abbaabba");
});

test("the ratio is taken within each round", async () => {
  const figures = { a: [10, 40, 90], b: [10, 20, 30] };
  const result = await alternate({ a: oneByOne(figures.a), b: oneByOne(figures.b), rounds: 3 });
  expect(result).toEqual({ ...figures, ratio: { median: 2, min: 1, max: 3 } });
});

test("the median of an even number of values is the mean of the middle two", () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
});

test("one value is its own spread", () => {
  expect(spread([7])).toEqual({ median: 7, min: 7, max: 7 });
});

test("a run that fails ends the comparison with its error", async () => {
  await expect(alternate({ a: oneByOne([1, 1]), b: failing, rounds: 2 })).rejects.toThrow("no server");
});
