/** The thread that keeps a journal in a crash test (journal-task.test-worker.ts), as seen by whoever starts it. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Guard } from "../../../protocol/guards.ts";
import { SMALL_ENGINE, instrumentOf } from "../engine-rig.ts";

export const TASK_ENGINE = {
  ...SMALL_ENGINE,
  gatewayCount: 2,
  maxSessions: 3,
  maxPriceLevels: 256,
  maxInstruments: 6,
  instruments: [1, 2, 3, 4].map((instrumentId) => instrumentOf(instrumentId)),
};

export interface JournalTask {
  readonly dataDirectory: string;
  /** Of the commands, and of when they are written in which groups. */
  readonly seed: number;
  readonly guardsOff?: readonly Guard[];
  /** Every command is made durable by itself: as many calls as can be. */
  readonly writesSingly?: boolean;
}

export type JournalTaskNews =
  | {
      readonly type: "recovered";
      readonly sequence: number;
      readonly stateHash: string;
      /** Of the snapshot that it began with; 0: none. */
      readonly snapshotSequence: number;
      readonly isTorn: boolean;
    }
  /** The disk has failed: what was durable then, and what had been handed to the journal. */
  | { readonly type: "stopped"; readonly durable: number; readonly appended: number; readonly problem: string }
  /** It did not come to that. */
  | { readonly type: "failed"; readonly message: string };

export type NewsOf<Type extends JournalTaskNews["type"]> = Extract<JournalTaskNews, { type: Type }>;

/** What it is told to begin, and to begin again after it has stopped. */
export interface JournalTaskOrder {
  /** Writes and syncs of another file that come first: strace counts them, too. */
  readonly callsBefore: number;
}

export function startJournalTask(workerData: JournalTask): Worker {
  return new Worker(new URL("./journal-task.test-worker.js", import.meta.url), { workerData });
}

/** @returns what it has found on the disk. */
export async function beginTask(task: Worker, order: JournalTaskOrder): Promise<NewsOf<"recovered">> {
  const recovered = heard(task, "recovered");
  task.postMessage(order);
  return await recovered;
}

/** What it says next, which must be this. */
export async function heard<Type extends JournalTaskNews["type"]>(task: Worker, type: Type): Promise<NewsOf<Type>> {
  const [news] = (await once(task, "message")) as [JournalTaskNews];
  if (news.type === type) return news as NewsOf<Type>;
  throw new Error(news.type === "failed" ? news.message : `the task says ${JSON.stringify(news)}`);
}
