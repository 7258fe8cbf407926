/** A simulated world notices when a guard is missing: a simulation that would pass without it proves nothing about it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Guard, takeAway } from "../../../protocol/guards.ts";
import { forgetEngines } from "./engine-pool.ts";
import { forgetReferences } from "./reference-pool.ts";
import { World } from "./world.ts";

const STEPS = 700;
/** A third of these would do. */
const SEEDS = Array.from({ length: 40 }, (_, n) => n + 1);

// Some guards are looked at when an engine is made.
function startAnew(...guards: Guard[]): void {
  takeAway(...guards);
  forgetEngines();
  forgetReferences();
}

beforeEach(() => startAnew());
afterEach(() => startAnew());

/** What the first of the worlds that fails says; "" when all keep their promises. */
function firstFailure(): string {
  for (const seed of SEEDS) {
    try {
      new World({ seed, steps: STEPS }).run();
    } catch (error) {
      return (error as Error).message;
    }
  }
  return "";
}

test("with every guard these worlds keep their promises", () => {
  expect(firstFailure()).toBe("");
});

test.each<[Guard, RegExp]>([
  ["fsync", /does not start|was promised|is damaged/u],
  ["directoryFsync", /was promised, and only/u],
  ["crc", /another state|another one/u],
  ["holdBack", /was promised, and only/u],
  ["duplicateMemory", /has two orders with the id/u],
])("without %s one of them does not", (guard, failure) => {
  startAnew(guard);
  expect(firstFailure()).toMatch(failure);
});
