/**
 * Commands that the engine must not apply: each has killed it twice. They stay in the journal, which is never changed; whoever
 * replays it leaves them out, and tells their session that they were refused. Kept in a file of its own beside the journal.
 */
import { OperatingError } from "../../protocol/operating-error.ts";
import type { Disk } from "../storage/disk.ts";
import { readWhole, replaceWhole } from "../storage/whole-file.ts";
import { fileDisk } from "../storage/file-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";

/** Ascending sequence numbers. */
export function readQuarantine(disk: Disk, directory: EngineDirectory): number[] {
  const bytes = readWhole(disk, directory.quarantine);
  if (bytes === undefined) return [];
  try {
    const { sequences } = JSON.parse(new TextDecoder().decode(bytes)) as { sequences: number[] };
    if (Array.isArray(sequences) && sequences.every(Number.isSafeInteger)) return sequences.toSorted((a, b) => a - b);
  } catch {
    // Said below.
  }
  throw new OperatingError(
    `${directory.quarantine} is not a list of commands: it is damaged; restore it from a copy, or remove it to apply every command again`,
  );
}

/** While no engine runs in that directory. */
export function quarantineCommand(dataDirectory: string, engine: number, sequence: number): void {
  addToQuarantine(fileDisk, new EngineDirectory(dataDirectory, engine), sequence);
}

export function addToQuarantine(disk: Disk, directory: EngineDirectory, sequence: number): void {
  const sequences = [...new Set([...readQuarantine(disk, directory), sequence])].toSorted((a, b) => a - b);
  replaceWhole(disk, directory.quarantine, new TextEncoder().encode(`${JSON.stringify({ sequences })}\n`));
}
