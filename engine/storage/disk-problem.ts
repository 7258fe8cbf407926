import { codeOf } from "./disk.ts";

/** Why a directory cannot be used, for whoever can do something about it. `error` is what the disk has thrown. */
export function diskProblem(directory: string, error: unknown): string {
  switch (codeOf(error)) {
    case "EACCES":
    case "EPERM":
      return `cannot use ${directory}: not permitted; give the user of this process the right, or name another data directory`;
    case "EROFS":
      return `cannot write to ${directory}: its file system is read-only`;
    case "ENOSPC":
      return `cannot write to ${directory}: the disk is full; make room, or name a data directory elsewhere`;
    case "ENOTDIR":
    case "EEXIST":
      return `${directory} is not a directory; name another data directory`;
    default:
      return `cannot use ${directory}: ${(error as Error).message}`;
  }
}
