import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { alignClock, clockOriginMs, measureClockCost, nowMs, toEpochMs } from "./clock.ts";

afterEach(() => alignClock(clockOriginMs()));

test("an aligned worker's reading lies between two readings of the main thread that enclose it", async () => {
  const memory = new SharedArrayBuffer(16);
  const control = new Int32Array(memory);
  const readings = new Float64Array(memory);
  const worker = new Worker(new URL("./clock.test-worker.js", import.meta.url), {
    workerData: { memory, originMs: clockOriginMs() },
  });
  try {
    await once(worker, "online");
    for (let request = 1; request <= 100; request++) {
      const before = nowMs();
      Atomics.store(control, 0, request);
      Atomics.notify(control, 0);
      expect(Atomics.wait(control, 1, request - 1, 10_000), "the worker answers").not.toBe("timed-out");
      const after = nowMs();
      expect(readings[1]).toBeGreaterThanOrEqual(before);
      expect(readings[1]).toBeLessThanOrEqual(after);
    }
  } finally {
    Atomics.store(control, 0, -1);
    Atomics.notify(control, 0);
    await once(worker, "exit");
  }
});

test("the time of day does not depend on where a thread's clock starts", () => {
  alignClock(clockOriginMs() - 5000);
  const before = performance.timeOrigin + performance.now();
  const reading = toEpochMs(nowMs());
  const after = performance.timeOrigin + performance.now();
  // Milliseconds since 1970 as a double are a quarter of a microsecond apart.
  expect(reading).toBeGreaterThanOrEqual(before - 0.001);
  expect(reading).toBeLessThanOrEqual(after + 0.001);
});

test("a thread whose clock starts elsewhere is moved by the difference of the origins", () => {
  const unaligned = performance.now();
  alignClock(clockOriginMs() - 5000);
  expect(nowMs()).toBeGreaterThanOrEqual(unaligned + 5000);
  expect(nowMs()).toBeLessThan(unaligned + 5000 + 60_000);
});

test("a thread of the same origin is not moved", () => {
  alignClock(clockOriginMs());
  const before = performance.now();
  const now = nowMs();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(performance.now());
});

test("the cost and the resolution of a clock reading are measured", () => {
  const { nsPerReading, resolutionNs } = measureClockCost();
  expect(nsPerReading).toBeGreaterThan(0);
  expect(resolutionNs).toBeGreaterThan(0);
  expect(resolutionNs).toBeLessThan(1e9);
});
