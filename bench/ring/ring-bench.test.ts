import { expect, test } from "vitest";
import { runRingBench } from "./ring-bench.ts";

test("the ring benchmark measures each batch size and each wait strategy, and verifies what it moves", async () => {
  const result = await runRingBench({ messageCount: 10_000, rounds: 2, roundTrips: 100 });
  expect(result.throughput.map((row) => row.batch)).toEqual([1, 16, 256]);
  for (const row of result.throughput) expect(row.messagesPerSecond.min).toBeGreaterThan(0);
  expect(result.roundTrip.map((row) => `${row.strategy} ${row.pauseMs}`)).toEqual([
    "spin 0",
    "spin 1",
    "adaptive 0",
    "adaptive 1",
    "park 0",
    "park 1",
  ]);
  for (const row of result.roundTrip) {
    expect(row.count).toBe(row.pauseMs === 0 ? 100 : 2);
    expect(row.p50Ns).toBeLessThanOrEqual(row.maxNs);
  }
});
