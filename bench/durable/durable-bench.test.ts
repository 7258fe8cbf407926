import { expect, test } from "vitest";
import { benchHighRate } from "./high-rate-bench.ts";
import { benchJournaling } from "./journaling-bench.ts";
import { benchLowRate } from "./low-rate-bench.ts";

test("an order alone and fdatasync are measured in turns, with and without pauses", async () => {
  const results = await benchLowRate({ rounds: 1, count: 10, waitStrategy: "park" });
  expect(results.map(({ arrangement }) => arrangement)).toEqual(["closed loop", "200 a second"]);
  for (const { order, fdatasync, ratio } of results) {
    expect(order.min).toBeGreaterThan(0);
    expect(ratio.median).toBeCloseTo(order.median / fdatasync.median);
  }
});

test("every order of an open loop is accepted once, and timed from when it was due", async () => {
  const load = { ordersPerBurst: 3, burstCount: 60, warmBursts: 20 };
  const result = await benchHighRate({ rounds: 1, load, waitStrategy: "park", syncCount: 5 });
  expect(result.ordersPerSecond).toBe(3000);
  expect(result.p50.median).toBeGreaterThan(0);
  expect(result.max.median).toBeGreaterThanOrEqual(result.p99.median);
  expect(result.ratio.median).toBeCloseTo(result.p99.median / result.fdatasync.median);
});

test.each([false, true])(
  "what a sequencer hands to the journal is durable, and gives the same state (reader %s)",
  async (hasReader) => {
    const result = await benchJournaling({ commandCount: 3000, passCount: 2, rounds: 1, hasReader });
    // A pass has the flow and the commands that open and end it.
    expect(result.checkedCommands).toBeGreaterThanOrEqual(2 * 3002);
    for (const speed of [result.journaled, result.plain, result.durable]) expect(speed.min).toBeGreaterThan(0);
  },
);
