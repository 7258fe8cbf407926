/** Finds the engines of a data directory that was named on the command line. */
import { join } from "node:path";
import { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import { type Genesis, readGenesis } from "../../engine/journal/genesis.ts";
import { type Disk, codeOf } from "../../engine/storage/disk.ts";
import { OperatingError } from "../../protocol/operating-error.ts";

const ENGINE = /^engine-(\d+)$/u;

/** Indices of the engines that have files there, ascending. @throws OperatingError when there is none. */
export function enginesIn(disk: Disk, dataDirectory: string): number[] {
  const engines = namesIn(disk, dataDirectory)
    .flatMap((name) => ENGINE.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
  if (engines.length > 0) return engines;
  throw new OperatingError(
    `${dataDirectory} is not the data directory of a venue: there is no engine-0 in it; name the one that fairlead serve writes to`,
  );
}

/** @throws OperatingError when that engine has no files there. */
export function openEngine(
  disk: Disk,
  dataDirectory: string,
  engine: number,
): { directory: EngineDirectory; genesis: Genesis } {
  const engines = enginesIn(disk, dataDirectory);
  if (!engines.includes(engine)) {
    throw new OperatingError(
      `${dataDirectory} has no engine ${engine}: it has ${engines.join(", ")}; name one of them`,
    );
  }
  const directory = new EngineDirectory(dataDirectory, engine);
  const genesis = readGenesis(disk, directory);
  if (genesis !== undefined) return { directory, genesis };
  throw new OperatingError(
    `${directory.genesis} is missing, and journal and snapshots mean nothing without it; restore it from a copy`,
  );
}

function namesIn(disk: Disk, dataDirectory: string): string[] {
  try {
    return disk.list(dataDirectory);
  } catch (error) {
    switch (codeOf(error)) {
      case "ENOENT":
        throw new OperatingError(`${dataDirectory} does not exist; name the data directory of a venue`);
      case "ENOTDIR":
        throw new OperatingError(`${dataDirectory} is not a directory; name the data directory of a venue`);
      default:
        throw new OperatingError(`cannot read ${dataDirectory}: ${(error as Error).message}`);
    }
  }
}

/** A path as a person knows it: from the data directory on. */
export function shortPath(dataDirectory: string, path: string): string {
  const prefix = join(dataDirectory, "/");
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}
