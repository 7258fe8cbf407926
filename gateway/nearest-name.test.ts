import { expect, test } from "vitest";
import { didYouMean, nearestName } from "./nearest-name.ts";

const NAMES = ["serve", "load", "bench", "ws-port", "wait-strategy"];

test.each([
  ["serv", "serve"],
  ["sevre", "serve"],
  ["laod", "load"],
  ["LOAD", "load"],
  ["wsport", "ws-port"],
  ["wait-startegy", "wait-strategy"],
  ["waitstrategie", "wait-strategy"],
])("%s most likely means %s", (typed, name) => {
  expect(nearestName(typed, NAMES)).toBe(name);
});

test.each(["", "x", "frobnicate", "toad-like"])("%j means none of them", (typed) => {
  expect(nearestName(typed, NAMES)).toBeUndefined();
  expect(didYouMean(typed, NAMES)).toBe("");
});

test("the nearest of several is named", () => {
  expect(didYouMean("benhc", ["lunch", "bench"], (name) => `--${name}`)).toBe("; did you mean --bench?");
});
