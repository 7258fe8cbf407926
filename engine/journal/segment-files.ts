/**
 * Making the files of segments. A spare is a file of zeros whose blocks the file system has already given out: writing into it needs
 * no space, and syncing it no change of the file's description. It becomes a segment by getting a header and its name, in this
 * order, each made durable before the next: a file with the name of a segment has a header.
 */
import { dirname, join } from "node:path";
import { type SegmentHeader, encodeSegmentHeader } from "../../protocol/journal/journal-format.ts";
import { type Disk, type DiskFile, codeOf } from "../storage/disk.ts";
import { NO_PAUSE, PacedWriter, type Pause } from "../storage/paced-writer.ts";
import type { EngineDirectory } from "./engine-directory.ts";

const ZEROS = new Uint8Array(2 ** 20);

/** Makes a durable file of zeros. Throws ENOSPC, and leaves nothing behind, when there is no room for it. */
export function makeSpare(disk: Disk, path: string, bytes: number, pause: Pause = NO_PAUSE): void {
  const made = `${path}.new`;
  const file = disk.open(made, "create");
  const writer = new PacedWriter(file, pause);
  try {
    for (let at = 0; at < bytes; at += ZEROS.length)
      writer.write(ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at)), at);
    writer.sync();
  } catch (error) {
    disk.remove(made);
    throw error;
  } finally {
    file.close();
  }
  disk.rename(made, path);
  disk.syncDirectory(dirname(path));
}

/** Opens the segment that begins with the header's first sequence, made from a spare, or from nothing where there is none. */
export function beginSegment(
  disk: Disk,
  directory: EngineDirectory,
  header: Omit<SegmentHeader, "version">,
  bytes: number,
): DiskFile {
  const spare = takeableSpare(disk, directory, bytes);
  const path = directory.segment(header.firstSequence);
  const file = disk.open(spare, "write");
  try {
    file.write(encodeSegmentHeader(header), 0);
    file.sync();
    giveName(disk, directory, spare, path);
    disk.syncDirectory(directory.journal);
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

/** On a full disk the directory itself may have no room for the name: then another spare is given up for it. */
function giveName(disk: Disk, directory: EngineDirectory, spare: string, path: string): void {
  try {
    disk.rename(spare, path);
  } catch (error) {
    const other = directory.spares(disk).find((name) => name !== spare);
    if (codeOf(error) !== "ENOSPC" || other === undefined) throw error;
    disk.remove(other);
    disk.rename(spare, path);
  }
}

function takeableSpare(disk: Disk, directory: EngineDirectory, bytes: number): string {
  const ready = directory.spares(disk)[0];
  if (ready !== undefined) return ready;
  // The keeper counts its own from 1 on.
  const path = join(directory.journal, "0.spare");
  makeSpare(disk, path, bytes);
  return path;
}
