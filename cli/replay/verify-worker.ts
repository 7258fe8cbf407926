/** The task of one verifying thread: from one snapshot to the next by the journal. */
import { readSnapshot } from "../../engine/journal/snapshot-file.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { openEngine } from "../journal/data-directory.ts";
import { readOnlyDisk } from "../journal/read-only-disk.ts";
import { ReplayEngine, THE_END } from "./replay-engine.ts";

export interface Stretch {
  /** Of the snapshot to begin with; 0: from the first command on. */
  readonly from: number;
  /** Of the snapshot at its end; undefined: there is none, the journal ends there. */
  readonly to: number | undefined;
}

export interface StretchTask extends Stretch {
  readonly dataDirectory: string;
  readonly engine: number;
}

export interface StretchResult extends Stretch {
  readonly commands: number;
  readonly elapsedMs: number;
  /** Sequence number and hash of the state at its end. */
  readonly sequence: number;
  readonly hash: string;
  /** What is wrong; undefined: nothing. */
  readonly problem: string | undefined;
}

export function verifyStretch(task: StretchTask): StretchResult {
  const { from, to } = task;
  try {
    return replayStretch(task);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { from, to, commands: 0, elapsedMs: 0, sequence: from, hash: "", problem: error.message };
  }
}

function replayStretch({ dataDirectory, engine: index, from, to }: StretchTask): StretchResult {
  const { directory, genesis } = openEngine(readOnlyDisk, dataDirectory, index);
  const replay = new ReplayEngine(readOnlyDisk, directory, genesis);
  // Where the snapshot is bad, which the stretch before tells, from an older one: the end is verified in any case.
  const { point } = replay.begin(from);
  const limit = to === undefined ? THE_END : { sequence: to, time: Infinity };
  const { commands, elapsedMs } = replay.replay(point, limit);
  const { sequence } = replay.engine;
  const hash = replay.engine.stateHash();
  const result = { from: point.sequence, to, commands, elapsedMs, sequence, hash };
  if (to === undefined) return { ...result, problem: undefined };
  if (sequence < to)
    return { ...result, problem: `the journal ends with command ${sequence}, before the snapshot of ${to}` };
  const file = readSnapshot(readOnlyDisk, directory, genesis.id, to);
  if (typeof file === "string") return { ...result, problem: `${directory.snapshot(to)}: ${file}` };
  if (file.stateHash === hash) return { ...result, problem: undefined };
  return {
    ...result,
    problem: `${directory.snapshot(to)} says that the state is ${file.stateHash}; the journal makes it ${hash}`,
  };
}
