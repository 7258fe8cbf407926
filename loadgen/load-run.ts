/** A whole run, seen from the main thread: starts the workers together, follows them, and adds up what they bring. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { addEncoded, newIntervalHistogram, newRunHistogram } from "./histograms.ts";
import type { Histogram } from "./histograms.ts";
import { STAGES } from "./latency-recorder.ts";
import type { RecordedLatencies, Stage } from "./latency-recorder.ts";
import { addCounts, newCounts } from "./load-counts.ts";
import type { LoadCounts } from "./load-counts.ts";
import type { LoadSettings } from "./load-settings.ts";
import type { LoadTask, WorkerResult } from "./load-worker.ts";
import { ProgressBoard } from "./progress-board.ts";
import type { Progress } from "./progress-board.ts";

export interface RunObserver {
  /** @param elapsedMs Of the run, warm-up included. */
  onProgress(progress: Progress, elapsedMs: number): void;
  /** Aborted: the run stops sending, waits for the answers, and reports what it has. */
  readonly signal: AbortSignal;
}

/** What was recorded, of all workers together. */
export interface RecordedRun {
  readonly outcome: "completed" | "interrupted" | "failed";
  /** All sessions were logged on: the schedule began. */
  readonly started: boolean;
  /** Why it failed. */
  readonly failure: string;
  /** In ms since 1970-01-01 UTC, warm-up included. */
  readonly startTime: number;
  /** The measured time; shorter than asked when the run was stopped. */
  readonly measuredMs: number;
  readonly venue: string;
  readonly durability: string;
  readonly counts: LoadCounts;
  readonly corrected: Histogram;
  readonly uncorrected: Histogram;
  readonly pacingError: Histogram;
  readonly stages: Readonly<Record<Stage, Histogram>>;
  readonly intervals: readonly Histogram[];
}

const PROGRESS_PERIOD_MS = 500;
const POLL_MS = 5;
/** From the moment when all sessions are logged on to the start of the schedule, so that every worker has seen GO. */
const START_DELAY_MS = 100;

/** A session that cannot log on or is ended by the venue makes the run a failed one; it does not reject. */
export async function runLoad(settings: LoadSettings, observer: RunObserver): Promise<RecordedRun> {
  const board = new ProgressBoard(settings.workers);
  const stop = (): void => board.stop();
  observer.signal.addEventListener("abort", stop);
  if (observer.signal.aborted) stop();
  const pool = new Piscina({
    filename: fileURLToPath(new URL("./load-worker.js", import.meta.url)),
    minThreads: settings.workers,
    maxThreads: settings.workers,
    // With them a thread that has no task sleeps without serving the sockets that it is closing.
    atomics: "disabled",
  });
  try {
    const results = startWorkers(pool, settings, board);
    const startTime = await startTogether(board, results);
    const stoppedTime = await follow(board, results, observer, startTime);
    const course = { started: board.allReady(), interrupted: observer.signal.aborted, startTime, stoppedTime };
    return mergeResults(settings, await results.all, course);
  } finally {
    observer.signal.removeEventListener("abort", stop);
    await pool.destroy();
  }
}

interface PendingResults {
  readonly all: Promise<WorkerResult[]>;
  settled: boolean;
}

function startWorkers(pool: Piscina, settings: LoadSettings, board: ProgressBoard): PendingResults {
  // Microseconds since 1970: above what an earlier run under the same session names has used, unless that sent more than
  // a million requests per second and session.
  const firstClientOrderId = Date.now() * 1000;
  const runs = Array.from({ length: settings.workers }, (_, worker) => {
    const task: LoadTask = { settings, worker, firstClientOrderId, progress: board.buffer };
    return pool.run(task, { name: "runLoadWorker" }) as Promise<WorkerResult>;
  });
  for (const run of runs) run.catch(() => board.stop());
  const results: PendingResults = { all: settleAll(runs), settled: false };
  const settle = (): void => {
    results.settled = true;
  };
  results.all.then(settle, settle);
  return results;
}

/** Unlike Promise.all, waits for every worker before it rejects: none is cut off while it logs out. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

async function startTogether(board: ProgressBoard, results: PendingResults): Promise<number> {
  while (!board.allReady() && !results.settled) await sleep(POLL_MS);
  const startTime = performance.timeOrigin + performance.now() + START_DELAY_MS;
  board.go(startTime);
  return startTime;
}

/** Returns when the run was stopped early, or Infinity. */
async function follow(
  board: ProgressBoard,
  results: PendingResults,
  observer: RunObserver,
  startTime: number,
): Promise<number> {
  let stoppedTime = Infinity;
  let nextProgress = startTime + PROGRESS_PERIOD_MS;
  while (!results.settled) {
    const now = performance.timeOrigin + performance.now();
    if (stoppedTime === Infinity && board.stopped()) stoppedTime = now;
    if (now >= nextProgress) {
      observer.onProgress(board.read(), now - startTime);
      nextProgress = now + PROGRESS_PERIOD_MS;
    }
    await sleep(POLL_MS);
  }
  return stoppedTime;
}

interface Course {
  readonly started: boolean;
  readonly interrupted: boolean;
  readonly startTime: number;
  /** Infinity: the run went on to its end. */
  readonly stoppedTime: number;
}

function mergeResults(settings: LoadSettings, results: readonly WorkerResult[], course: Course): RecordedRun {
  const { started, interrupted, startTime, stoppedTime } = course;
  const failure = results.map((result) => result.failure).find((text) => text !== "") ?? "";
  const latencies = results.map((result) => result.latencies);
  const counts = newCounts();
  for (const result of results) addCounts(counts, result.counts);
  const measuredMs = Math.min(settings.durationMs, Math.max(0, stoppedTime - startTime - settings.warmupMs));
  return {
    started,
    outcome: failure !== "" ? "failed" : interrupted ? "interrupted" : "completed",
    failure,
    startTime,
    measuredMs,
    venue: results[0]?.venue ?? "",
    durability: results[0]?.durability ?? "",
    counts,
    corrected: sum(latencies, (recorded) => recorded.corrected),
    uncorrected: sum(latencies, (recorded) => recorded.uncorrected),
    pacingError: sum(latencies, (recorded) => recorded.pacingError),
    stages: sumStages(latencies),
    intervals: sumIntervals(latencies),
  };
}

function sum(latencies: readonly RecordedLatencies[], pick: (recorded: RecordedLatencies) => string): Histogram {
  const total = newRunHistogram();
  for (const recorded of latencies) addEncoded(total, pick(recorded));
  return total;
}

function sumStages(latencies: readonly RecordedLatencies[]): Record<Stage, Histogram> {
  const entries = STAGES.map((stage) => [stage, sum(latencies, (recorded) => recorded.stages[stage])]);
  return Object.fromEntries(entries) as Record<Stage, Histogram>;
}

function sumIntervals(latencies: readonly RecordedLatencies[]): Histogram[] {
  const intervalCount = latencies[0]?.intervals.length ?? 0;
  return Array.from({ length: intervalCount }, (_, index) => {
    const total = newIntervalHistogram();
    for (const recorded of latencies) {
      const encoded = recorded.intervals[index] ?? "";
      if (encoded !== "") addEncoded(total, encoded);
    }
    return total;
  });
}
