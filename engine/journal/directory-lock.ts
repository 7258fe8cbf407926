/**
 * One process per data directory. The lock is flock(2), which the kernel lets go of when the process ends, however it ends: a lock
 * that outlives its holder does not exist. Node.js cannot ask for one, so flock(1) of util-linux does, on a descriptor that it gets
 * from us: the lock belongs to the open file, not to the process that asked.
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isOn } from "../../protocol/guards.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { diskProblem } from "../storage/disk-problem.ts";
import { fileDisk } from "../storage/file-disk.ts";

/** Of the child that gets our descriptor. */
const INHERITED_FD = 3;

export interface DirectoryLock {
  release(): void;
}

/** Makes the directory if there is none. @throws OperatingError when another process holds it, or it cannot be used. */
export function lockDirectory(dataDirectory: string): DirectoryLock {
  const path = join(dataDirectory, "LOCK");
  const fd = openLock(dataDirectory, path);
  try {
    if (isOn("lock")) take(fd, dataDirectory, path);
    truncateSync(path);
    writeSync(fd, `${process.pid}\n`, 0);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { release: () => closeSync(fd) };
}

function openLock(dataDirectory: string, path: string): number {
  try {
    fileDisk.makeDirectory(dataDirectory);
    return openSync(path, "a+", 0o640);
  } catch (error) {
    throw new OperatingError(diskProblem(dataDirectory, error));
  }
}

function take(fd: number, dataDirectory: string, path: string): void {
  const { status, error } = spawnSync("flock", ["--nonblock", "--exclusive", String(INHERITED_FD)], {
    stdio: ["ignore", "ignore", "ignore", fd],
  });
  if (error !== undefined) {
    throw new OperatingError(`cannot lock ${path}: flock cannot be run (${error.message}); install util-linux`);
  }
  if (status === 0) return;
  const holder = readFileSync(path, "utf8").trim();
  throw new OperatingError(
    `${dataDirectory} is in use by another venue${holder === "" ? "" : ` (process ${holder})`}; stop it, or name another data directory`,
  );
}
