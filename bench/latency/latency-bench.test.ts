import { expect, test } from "vitest";
import { ARRANGEMENTS, LATENCY_BENCH_DEFAULTS, benchLatency, spreadOf } from "./latency-bench.ts";

const SIZE = { ...LATENCY_BENCH_DEFAULTS, count: 5000, rounds: 2, warmPasses: 1, commandsPerSecond: 100_000 };

test.each(ARRANGEMENTS)("by %s every command is measured once, from the time it was due", async (arrangement) => {
  const result = await benchLatency(SIZE, arrangement);
  expect(result.rounds).toHaveLength(2);
  for (const { corrected, service, commandsPerSecond, nsPerClockReading } of result.rounds) {
    expect(corrected.count, "some replaces are sent as two").toBeGreaterThanOrEqual(SIZE.count);
    expect(service.count).toBe(corrected.count);
    expect(corrected.maxNs, "waiting counts").toBeGreaterThanOrEqual(service.p50Ns);
    expect(commandsPerSecond).toBeGreaterThan(0);
    expect(nsPerClockReading).toBeGreaterThan(0);
  }
  const p99 = spreadOf(result, ({ corrected }) => corrected.p99Ns);
  expect(p99.min).toBeLessThanOrEqual(p99.max);
});
