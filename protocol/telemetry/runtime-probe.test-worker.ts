/** Makes garbage and samples, all within one turn of its event loop. */
import { workerData } from "node:worker_threads";
import { RuntimeProbe } from "./runtime-probe.ts";

const probe = new RuntimeProbe(workerData as SharedArrayBuffer);
let kept: object[] = [];
for (let i = 0; i < 3_000_000; i++) {
  kept.push({ i });
  if (kept.length === 1000) kept = [];
}
probe.sample();
probe.stop();
