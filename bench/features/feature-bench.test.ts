import { expect, test } from "vitest";
import { FLOW_NAMES } from "../book/flow.ts";
import { benchFeatures } from "./feature-bench.ts";

test.each(FLOW_NAMES)("features that %s does not use leave its events as they are", async (flow) => {
  const result = await benchFeatures({ flow, count: 5000, seed: 1, turns: 1 });
  expect(result.cost.median).toBeGreaterThan(0);
  expect(result.featureCommandCount).toBeGreaterThan(10);
  expect(result.takenCount).toBe(result.featureCommandCount);
});
