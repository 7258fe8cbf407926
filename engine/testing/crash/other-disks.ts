/** The files of a venue that has stopped, seen by somebody who must not change them. */
import { basename, join } from "node:path";
import { EngineDirectory } from "../../journal/engine-directory.ts";
import type { Disk, DiskFile } from "../../storage/disk.ts";
import { fileDisk } from "../../storage/file-disk.ts";

function nothing(): void {}

const NOWHERE: DiskFile = { size: 0, read: () => 0, write: nothing, sync: nothing, close: nothing };

/** What is there is read; what is written, renamed or removed is not. */
export const lookingDisk: Disk = {
  ...fileDisk,
  makeDirectory: nothing,
  open: (path, mode) => (mode === "read" ? fileDisk.open(path, mode) : NOWHERE),
  rename: nothing,
  remove: nothing,
  syncDirectory: nothing,
};

/** The journal together with its segments that were archived. */
export function archiveDisk(directory: EngineDirectory): Disk {
  const { journal, archive } = directory;
  return {
    ...lookingDisk,
    list: (path) => {
      const names = lookingDisk.list(path);
      return path === journal && lookingDisk.exists(archive) ? [...names, ...lookingDisk.list(archive)] : names;
    },
    open: (path, mode) => lookingDisk.open(lookingDisk.exists(path) ? path : join(archive, basename(path)), mode),
  };
}
