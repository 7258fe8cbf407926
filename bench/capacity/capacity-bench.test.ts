import { expect, test } from "vitest";
import { PRICE_SPREADS, benchCapacity } from "./capacity-bench.ts";

test.each(PRICE_SPREADS)("every order rests, prices %s, and the process says what that takes", async (prices) => {
  const result = await benchCapacity({ instrumentCount: 50, orderCount: 2000, prices, addedCount: 3 });
  expect(result.restingCount).toBe(2000);
  expect(result.levelCount).toBe(prices === "spread" ? 2000 : 2 * 20 * 50);
  expect(result.fullRssBytes).toBeGreaterThan(result.startRssBytes);
  expect(result.addMs.min).toBeGreaterThan(0);
  expect(result.addedCount).toBe(3);
});
