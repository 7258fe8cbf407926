/**
 * Proves that a journal makes the states that its snapshots hold: every stretch from one snapshot to the next is replayed by a thread of
 * its own, and its end compared.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { raiseInliningBudget } from "../../engine/compiler-settings.ts";
import type { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import type { Disk } from "../../engine/storage/disk.ts";
import type { Stretch, StretchResult, StretchTask } from "./verify-worker.ts";

export interface VerifySettings {
  readonly dataDirectory: string;
  readonly engine: number;
  /** Undefined: one per core. */
  readonly threads: number | undefined;
}

/** Oldest first. What lies before the first snapshot counts where the journal still has it. */
export function stretchesOf(disk: Disk, directory: EngineDirectory): Stretch[] {
  const snapshots = directory.snapshotSequences(disk);
  const first = directory.segments(disk)[0] ?? Infinity;
  const beginnings = [...(first === 1 ? [0] : []), ...snapshots.filter((sequence) => sequence + 1 >= first)];
  return beginnings.map((from, n) => ({ from, to: beginnings[n + 1] }));
}

/** In the order of the stretches. @param onResult Told of each as it is done. */
export async function verifyStretches(
  stretches: readonly Stretch[],
  { dataDirectory, engine, threads = availableParallelism() }: VerifySettings,
  onResult: (result: StretchResult) => void,
): Promise<StretchResult[]> {
  // For the whole process, before a thread compiles anything.
  raiseInliningBudget();
  const pool = new Piscina({
    filename: fileURLToPath(new URL("./verify-worker.js", import.meta.url)),
    maxThreads: Math.max(1, Math.min(threads, stretches.length)),
    minThreads: 1,
  });
  try {
    return await Promise.all(
      stretches.map(async (stretch) => {
        const task: StretchTask = { ...stretch, dataDirectory, engine };
        const result = (await pool.run(task, { name: "verifyStretch" })) as StretchResult;
        onResult(result);
        return result;
      }),
    );
  } finally {
    await pool.destroy();
  }
}
