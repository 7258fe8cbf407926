import { expect, test } from "vitest";
import { benchWorstCase } from "./worst-case-bench.ts";
import { WORST_CASE_NAMES } from "./worst-cases.ts";

test.each(WORST_CASE_NAMES)("%s is done for every order, and timed", async (worstCase) => {
  const result = await benchWorstCase({ worstCase, orderCount: 200, turns: 2 });
  expect(result.doneCount).toBe(200);
  expect(result.faultCount).toBe(0);
  expect(result.longestMs.min).toBeGreaterThan(0);
  expect(result.totalMs.min).toBeGreaterThanOrEqual(result.longestMs.min);
});
