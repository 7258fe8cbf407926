/** What the thread that keeps a journal in a crash test (journal-task.test-worker.ts) is given, and what it says. */
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
  readonly guardsOff: readonly Guard[];
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
