/**
 * Where the files of one engine lie in the data directory, and how they are called.
 *
 *   DATA/LOCK                                    one process at a time (directory-lock.ts)
 *   DATA/engine-0/genesis.json                   what the engine was when its first command came (genesis.ts)
 *   DATA/engine-0/journal/0000000000000001.journal   segments, by the sequence number of their first record
 *   DATA/engine-0/journal/1.spare                zeros: the segments to come
 *   DATA/engine-0/snapshots/0000000001000000.snapshot  by the sequence number of the last command in them
 *   DATA/engine-0/archive/                       segments that no kept snapshot needs, where they are archived
 *   DATA/engine-0/quarantine.json                commands that are not applied any more (quarantine.ts)
 *
 * A name that ends in ".new" is a file in the making: whoever finds one at start removes it.
 */
import { dirname, join } from "node:path";
import { type Disk, codeOf } from "../storage/disk.ts";

const DIGITS = 16;
const SEGMENT = /^(\d{16})\.journal$/u;
const SNAPSHOT = /^(\d{16})\.snapshot$/u;
const SPARE = /^\d+\.spare$/u;

export class EngineDirectory {
  readonly engine: number;
  readonly root: string;
  readonly journal: string;
  readonly snapshots: string;
  readonly archive: string;
  readonly genesis: string;
  readonly quarantine: string;

  constructor(dataDirectory: string, engine: number) {
    this.engine = engine;
    this.root = join(dataDirectory, `engine-${engine}`);
    this.journal = join(this.root, "journal");
    this.snapshots = join(this.root, "snapshots");
    this.archive = join(this.root, "archive");
    this.genesis = join(this.root, "genesis.json");
    this.quarantine = join(this.root, "quarantine.json");
  }

  segment(firstSequence: number): string {
    return join(this.journal, `${digits(firstSequence)}.journal`);
  }

  snapshot(sequence: number): string {
    return join(this.snapshots, `${digits(sequence)}.snapshot`);
  }

  /** First sequence numbers of the segments, ascending. */
  segments(disk: Disk): number[] {
    return numbersIn(disk, this.journal, SEGMENT);
  }

  /** Sequence numbers of the snapshots, ascending. */
  snapshotSequences(disk: Disk): number[] {
    return numbersIn(disk, this.snapshots, SNAPSHOT);
  }

  /** Paths of the spare segments. */
  spares(disk: Disk): string[] {
    return namesIn(disk, this.journal)
      .filter((name) => SPARE.test(name))
      .toSorted()
      .map((name) => join(this.journal, name));
  }

  /** The directories exist, nothing half made is left in them, and every name that is there is durable. */
  prepare(disk: Disk): void {
    for (const directory of [this.journal, this.snapshots]) disk.makeDirectory(directory);
    for (const directory of [this.root, this.journal, this.snapshots]) {
      for (const name of disk.list(directory)) if (name.endsWith(".new")) disk.remove(join(directory, name));
    }
    // Whoever gave a name may have been killed before it was made durable. What is built on it now must not go with it.
    for (const directory of [dirname(this.root), this.root, this.journal, this.snapshots])
      disk.syncDirectory(directory);
  }
}

function digits(sequence: number): string {
  return String(sequence).padStart(DIGITS, "0");
}

function numbersIn(disk: Disk, directory: string, pattern: RegExp): number[] {
  return namesIn(disk, directory)
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

function namesIn(disk: Disk, directory: string): string[] {
  try {
    return disk.list(directory);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
