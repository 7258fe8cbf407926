/**
 * Answers requests for a reading of the aligned clock, until request −1.
 *
 *   int32 0  number of the last request
 *         1  number of the last answer
 *   f64 1    the reading
 */
import { workerData } from "node:worker_threads";
import { alignClock, nowMs } from "./clock.ts";

const { memory, originMs } = workerData as { memory: SharedArrayBuffer; originMs: number };
const control = new Int32Array(memory);
const readings = new Float64Array(memory);

alignClock(originMs);
for (let answered = 0; ; answered++) {
  Atomics.wait(control, 0, answered);
  if (Atomics.load(control, 0) === -1) break;
  readings[1] = nowMs();
  // The main thread that has seen this answer sees the reading.
  Atomics.store(control, 1, answered + 1);
  Atomics.notify(control, 1);
}
