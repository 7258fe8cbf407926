/** One thread of an engine benchmark; which one, the task says. */
import { parentPort, workerData } from "node:worker_threads";
import { unreachable } from "../../protocol/codes.ts";
import { runSequenced } from "../durable/sequenced-run.ts";
import { runPaced } from "../latency/paced-run.ts";
import { runPacer } from "../latency/pacer.ts";
import { runRecover } from "../recovery/recover-run.ts";
import { runSnapshot } from "../recovery/snapshot-run.ts";
import { runWorstCase } from "../worst-case/worst-case-run.ts";
import type { BenchTask } from "./bench-task.ts";
import { EventDrain } from "./event-drain.ts";
import { runFlowPasses } from "./flow-passes.ts";

function run(task: BenchTask): unknown {
  switch (task.role) {
    case "drain":
      return new EventDrain(task.eventRing).drainPasses(task.passCount);
    case "flow":
      return runFlowPasses(task);
    case "paced":
      return runPaced(task);
    case "pacer":
      return runPacer(task);
    case "worst-case":
      return runWorstCase(task);
    case "sequenced":
      return runSequenced(task);
    case "recover":
      return runRecover(task);
    case "snapshot":
      return runSnapshot(task);
    default:
      return unreachable(task);
  }
}

parentPort?.postMessage(run(workerData as BenchTask));
