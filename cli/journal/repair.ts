/**
 * Carries out a repair plan. Every step can be the last one before a power cut: what is moved is durable in its new place before
 * anything of it is gone from the old one, and whoever starts again finds less of the same damage.
 */
import { basename, join } from "node:path";
import type { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import { cutTail } from "../../engine/journal/journal-reader.ts";
import type { Disk } from "../../engine/storage/disk.ts";
import { readWhole, replaceWhole } from "../../engine/storage/whole-file.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import type { Cut, RepairPlan } from "./repair-plan.ts";

/** Returns the directory that everything was moved to. @param now ms since 1970-01-01 UTC. */
export function carryOut(disk: Disk, directory: EngineDirectory, plan: RepairPlan, now: number): string {
  const target = newDirectory(disk, directory, now);
  if (plan.quarantine !== undefined) shortenQuarantine(disk, directory, target, plan.quarantine);
  // From the last one on, so that what is left has its end there and no hole.
  for (const path of plan.moved.toReversed()) disk.rename(path, join(target, basename(path)));
  for (const changed of [target, directory.journal, directory.snapshots]) {
    if (disk.exists(changed)) disk.syncDirectory(changed);
  }
  if (plan.cut !== undefined) cutOff(disk, target, plan.cut);
  return target;
}

/** Named by the time in the short form of ISO 8601, which a shell takes as it is. */
function newDirectory(disk: Disk, directory: EngineDirectory, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
  const path = join(directory.root, `damaged-${time}`);
  if (disk.exists(path)) {
    throw new OperatingError(`${path} exists: another repair was made in this second; try again`);
  }
  disk.makeDirectory(path);
  return path;
}

function cutOff(disk: Disk, target: string, { path, offset, bytes }: Cut): void {
  const tail = new Uint8Array(bytes);
  const file = disk.open(path, "read");
  try {
    // The file may end in the middle of the last word.
    const count = file.read(tail, offset);
    replaceWhole(disk, join(target, `${basename(path)}.from-${offset}`), tail.subarray(0, count));
  } finally {
    file.close();
  }
  cutTail(disk, { path, offset, bytes, records: 0 });
}

/** The numbers of commands that are gone will be those of others, which nobody has refused. */
function shortenQuarantine(disk: Disk, directory: EngineDirectory, target: string, sequences: readonly number[]): void {
  const before = readWhole(disk, directory.quarantine);
  if (before !== undefined) replaceWhole(disk, join(target, basename(directory.quarantine)), before);
  replaceWhole(disk, directory.quarantine, new TextEncoder().encode(`${JSON.stringify({ sequences })}\n`));
}
