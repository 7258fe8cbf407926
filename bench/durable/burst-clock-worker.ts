/**
 * The clock of a burst client: a thread that sleeps until each burst is due and then wakes the client. A timer of an event loop is
 * only good for a millisecond, and a client that spins instead takes a core from those that it measures.
 *
 *   int32 0  bursts that were due so far; the client waits on it
 *   f64 1    when the first one was due, ms as nowMs() reads in every thread; there before the first burst is
 */
import { workerData } from "node:worker_threads";
import { nowMs } from "../../protocol/telemetry/clock.ts";

export interface BurstClockTask {
  readonly page: SharedArrayBuffer;
  readonly periodMs: number;
  readonly burstCount: number;
}

const { page, periodMs, burstCount } = workerData as BurstClockTask;
const due = new Int32Array(page);
const nap = new Int32Array(new SharedArrayBuffer(4));
const firstAtMs = nowMs() + periodMs;
new Float64Array(page)[1] = firstAtMs;

for (let burst = 0; burst < burstCount; burst++) {
  const leftMs = firstAtMs + burst * periodMs - nowMs();
  // Nobody notifies this word: only the timeout is wanted.
  if (leftMs > 0) Atomics.wait(nap, 0, 0, leftMs);
  Atomics.store(due, 0, burst + 1);
  Atomics.notify(due, 0);
}
