import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { readCounters } from "./counters.ts";
import { createRuntimePage, RUNTIME_TABLE, RuntimeProbe, startRuntimeProbe } from "./runtime-probe.ts";

function value(page: SharedArrayBuffer, name: string, label?: string): number {
  const row = readCounters(page, RUNTIME_TABLE).find(
    (candidate) =>
      candidate.name === name && (label === undefined || Object.values(candidate.labels ?? {})[0] === label),
  );
  return row?.value ?? Number.NaN;
}

/** Young objects enough to fill the nursery several times. */
function makeGarbage(): number {
  let kept: object[] = [];
  for (let i = 0; i < 3_000_000; i++) {
    kept.push({ i });
    if (kept.length === 1000) kept = [];
  }
  return kept.length;
}

test("collections are counted by kind, with their pauses", () => {
  const page = createRuntimePage();
  const probe = new RuntimeProbe(page);
  makeGarbage();
  probe.sample();
  probe.stop();
  expect(value(page, "gc_runs_total", "minor")).toBeGreaterThan(0);
  expect(value(page, "gc_pause_seconds_total", "minor")).toBeGreaterThan(0);
  expect(value(page, "gc_pause_max_seconds", "minor")).toBeGreaterThan(0);
  expect(value(page, "gc_pause_max_seconds", "minor")).toBeLessThanOrEqual(
    value(page, "gc_pause_seconds_total", "minor"),
  );
});

test("counts grow over samples and do not start anew", () => {
  const page = createRuntimePage();
  const probe = new RuntimeProbe(page);
  makeGarbage();
  probe.sample();
  const first = value(page, "gc_runs_total", "minor");
  makeGarbage();
  probe.sample();
  probe.stop();
  expect(value(page, "gc_runs_total", "minor")).toBeGreaterThan(first);
});

test("the heap is measured", () => {
  const page = createRuntimePage();
  new RuntimeProbe(page).stop();
  expect(value(page, "heap_used_bytes")).toBeGreaterThan(1_000_000);
  expect(value(page, "heap_limit_bytes")).toBeGreaterThan(value(page, "heap_used_bytes"));
});

test("a blocked event loop shows as delay, and an idle one shows next to none", async () => {
  const page = createRuntimePage();
  const probe = startRuntimeProbe(page, 100);
  await delay(50);
  const until = performance.now() + 300;
  while (performance.now() < until);
  while (value(page, "event_loop_delay_seconds", "1") === 0) await delay(20);
  expect(value(page, "event_loop_delay_seconds", "1")).toBeGreaterThan(0.2);
  probe.stop();
});

test("a thread that blocks its event loop can observe its own collections", async () => {
  const page = createRuntimePage();
  const worker = new Worker(new URL("./runtime-probe.test-worker.js", import.meta.url), { workerData: page });
  await once(worker, "exit");
  expect(value(page, "gc_runs_total", "minor")).toBeGreaterThan(0);
});

test("a running probe keeps no thread alive", async () => {
  const page = createRuntimePage();
  const code = `
    const { workerData } = require("node:worker_threads");
    import(workerData.probe).then(({ startRuntimeProbe }) => startRuntimeProbe(workerData.page));`;
  const probe = new URL("./runtime-probe.js", import.meta.url).href;
  const worker = new Worker(code, { eval: true, workerData: { page, probe } });
  const [exitCode] = (await once(worker, "exit")) as [number];
  expect(exitCode).toBe(0);
});
