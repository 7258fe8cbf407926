/**
 * The file system as those see it who only look at a data directory: nothing can be written, and what goes wrong is told in words,
 * with the name of the file.
 */
import { assert } from "../../protocol/assert.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { type Disk, codeOf } from "../../engine/storage/disk.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";

export const readOnlyDisk: Disk = {
  list: (directory) => fileDisk.list(directory),
  exists: (path) => fileDisk.exists(path),
  open: (path, mode) => {
    assert(mode === "read", "who only looks opens files for reading");
    try {
      return fileDisk.open(path, mode);
    } catch (error) {
      throw readError(path, error);
    }
  },
  makeDirectory: refuse,
  rename: refuse,
  remove: refuse,
  syncDirectory: refuse,
};

function refuse(): never {
  throw new Error("who only looks at a data directory changes nothing");
}

function readError(path: string, error: unknown): OperatingError {
  switch (codeOf(error)) {
    case "ENOENT":
      return new OperatingError(
        `${path} was put away while it was to be read: the venue makes snapshots and drops what they cover; try again`,
      );
    case "EACCES":
    case "EPERM":
      return new OperatingError(`cannot read ${path}: not permitted; run this as the user of the venue`);
    default:
      return new OperatingError(`cannot read ${path}: ${(error as Error).message}`);
  }
}
