/** The garbage collections of the calling thread while it works. It has no event loop meanwhile, so V8's own list is read. */
import { GCProfiler } from "node:v8";
import type { Collections } from "./bench-task.ts";

const MS_PER_US = 1e-3;

export function collectionsDuring(work: () => void): Collections {
  const profiler = new GCProfiler();
  profiler.start();
  work();
  const pausesMs = profiler.stop().statistics.map(({ cost }) => cost * MS_PER_US);
  return {
    count: pausesMs.length,
    totalMs: pausesMs.reduce((sum, pause) => sum + pause, 0),
    maxMs: Math.max(0, ...pausesMs),
  };
}
