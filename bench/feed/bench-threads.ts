/**
 * Starts the threads of one turn: an engine and whoever reads its events, both fresh. V8 compiles the engine for what it has
 * seen in its isolate, where a venue has one engine per thread: a second engine in the same thread would be slower.
 */
import { Worker } from "node:worker_threads";
import { raiseInliningBudget } from "../../engine/compiler-settings.ts";
import type { BenchTask } from "./bench-task.ts";
import type { PassTally } from "./event-drain.ts";

const WORKER_URL = new URL("./bench-worker.js", import.meta.url);

export interface TurnOutcome<Result> {
  readonly result: Result;
  readonly tallies: readonly PassTally[];
}

export async function runTurn<Result>(engineTask: BenchTask, readerTask: BenchTask): Promise<TurnOutcome<Result>> {
  const [result, tallies] = await runThreads([engineTask, readerTask]);
  return { result: result as Result, tallies: tallies as readonly PassTally[] };
}

/** What each thread answers, in the order of the tasks. Rejects when one of them throws, and leaves none of them behind. */
export async function runThreads(tasks: readonly BenchTask[]): Promise<unknown[]> {
  raiseInliningBudget();
  const workers = tasks.map((workerData) => new Worker(WORKER_URL, { workerData }));
  try {
    return await Promise.all(workers.map(answerOf));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("a benchmark's thread ended without an answer")));
  });
}
