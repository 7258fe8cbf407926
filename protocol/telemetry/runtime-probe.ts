/**
 * How the JavaScript runtime of one thread is doing: garbage collection, heap, event-loop delay, in a counter page.
 *
 * Two kinds of thread use it:
 *  - One with an event loop calls startRuntimeProbe(): a timer samples once per second and keeps nothing alive.
 *  - One that blocks its loop, as the engine does, has no timers, and a PerformanceObserver would never be called back.
 *    It owns a RuntimeProbe and calls sample() itself, at most once per second and preferably when it is idle. Its
 *    event-loop rows stay 0: there is no loop whose delay would mean something.
 *
 * Collections are therefore read from v8.GCProfiler, which collects inside V8 and hands its list over synchronously. It
 * costs about 20 µs per collection and 10–30 µs per sample on top, and allocates a few kB per collection.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { GCProfiler, getHeapStatistics } from "node:v8";
import { createCounterPage, CounterWriter, type CounterTable } from "./counters.ts";

/** V8's names of a collection that stops the thread, and ours. What V8 calls otherwise counts as "other". */
const GC_KINDS = new Map([
  ["Scavenge", "minor"],
  ["MinorMarkCompact", "minor"],
  ["MarkSweepCompact", "major"],
  ["IncrementalMarking", "incremental"],
]);
const GC_KIND_NAMES = ["minor", "major", "incremental", "other"] as const;

const HEAP_USED = 0;
const HEAP_LIMIT = 1;
const HEAP_ALLOCATED = 2;
const DELAY_P50 = 3;
const DELAY_P99 = 4;
const DELAY_MAX = 5;
const FIRST_GC_ROW = 6;
/** Within the rows of one kind of collection. */
const GC_COUNT = 0;
const GC_PAUSE_SUM = 1;
const GC_PAUSE_MAX = 2;
const GC_ROWS = 3;

export const RUNTIME_TABLE: CounterTable = [
  { name: "heap_used_bytes", help: "JavaScript heap in use by the thread.", type: "gauge" },
  { name: "heap_limit_bytes", help: "Size at which the thread's JavaScript heap is full.", type: "gauge" },
  {
    name: "heap_allocated_bytes_total",
    help: "Bytes that the thread has allocated on its JavaScript heap since it started to be observed.",
    type: "counter",
  },
  ...["0.5", "0.99", "1"].map((quantile) => ({
    name: "event_loop_delay_seconds",
    help: "How late the event loop was in the last second; 0 in a thread that blocks its loop.",
    type: "gauge" as const,
    labels: { quantile },
  })),
  ...GC_KIND_NAMES.flatMap((kind) => gcRows(kind)),
];

function gcRows(kind: string): CounterTable {
  const labels = { kind };
  return [
    { name: "gc_runs_total", help: "Garbage collections.", type: "counter", labels },
    { name: "gc_pause_seconds_total", help: "Time the thread stood still for them.", type: "counter", labels },
    { name: "gc_pause_max_seconds", help: "Longest garbage collection since the start.", type: "gauge", labels },
  ];
}

export function createRuntimePage(): SharedArrayBuffer {
  return createCounterPage(RUNTIME_TABLE.length);
}

/** Garbage collection and heap of the thread that creates it. */
export class RuntimeProbe {
  readonly #page: CounterWriter;
  readonly #profiler: GCProfiler;
  /** Heap in use when it was last known: after the last collection, or at the last sample. */
  #lastUsedBytes: number;

  constructor(page: SharedArrayBuffer) {
    this.#page = new CounterWriter(page);
    this.#profiler = new GCProfiler();
    this.#profiler.start();
    this.#lastUsedBytes = getHeapStatistics().used_heap_size;
    this.#sampleHeap();
  }

  /** Brings the page up to date. Allocates; not for the path of a message. */
  sample(): void {
    for (const { gcType, cost, beforeGC, afterGC } of this.#profiler.stop().statistics) {
      this.#countCollection(gcType, cost / 1e6);
      this.#countAllocated(beforeGC.heapStatistics.usedHeapSize);
      this.#lastUsedBytes = afterGC.heapStatistics.usedHeapSize;
    }
    this.#profiler.start();
    this.#sampleHeap();
  }

  stop(): void {
    this.#profiler.stop();
  }

  #countCollection(gcType: string, pauseSeconds: number): void {
    const kind = GC_KINDS.get(gcType) ?? "other";
    const row = FIRST_GC_ROW + GC_KIND_NAMES.findIndex((name) => name === kind) * GC_ROWS;
    this.#page.add(row + GC_COUNT, 1);
    this.#page.add(row + GC_PAUSE_SUM, pauseSeconds);
    this.#page.raise(row + GC_PAUSE_MAX, pauseSeconds);
  }

  /** Between two collections the heap only grows. */
  #countAllocated(usedBytes: number): void {
    this.#page.add(HEAP_ALLOCATED, Math.max(0, usedBytes - this.#lastUsedBytes));
    this.#lastUsedBytes = usedBytes;
  }

  #sampleHeap(): void {
    const heap = getHeapStatistics();
    this.#countAllocated(heap.used_heap_size);
    this.#page.set(HEAP_USED, heap.used_heap_size);
    this.#page.set(HEAP_LIMIT, heap.heap_size_limit);
  }
}

const SAMPLE_INTERVAL_MS = 1000;
const DELAY_RESOLUTION_MS = 20;

export interface RunningProbe {
  stop(): void;
}

/** Samples this thread once per second until stop(), or for as long as something else keeps the thread alive. */
export function startRuntimeProbe(page: SharedArrayBuffer, intervalMs = SAMPLE_INTERVAL_MS): RunningProbe {
  const probe = new RuntimeProbe(page);
  const writer = new CounterWriter(page);
  const loopDelay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  loopDelay.enable();
  const timer = setInterval(() => {
    probe.sample();
    writer.set(DELAY_P50, delaySeconds(loopDelay.percentile(50)));
    writer.set(DELAY_P99, delaySeconds(loopDelay.percentile(99)));
    writer.set(DELAY_MAX, delaySeconds(loopDelay.max));
    loopDelay.reset();
  }, intervalMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      loopDelay.disable();
      probe.stop();
    },
  };
}

/** The monitor records the whole time between two of its timers, which is its resolution when nothing is late. */
function delaySeconds(intervalNs: number): number {
  return Math.max(0, intervalNs / 1e9 - DELAY_RESOLUTION_MS / 1000);
}
