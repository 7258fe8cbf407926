/**
 * Keeps the directory of an engine in order while it trades: spare segments, snapshots, and what nobody needs any more.
 *
 * Snapshots cost the engine nothing, because it does not make them: the keeper has an engine of its own, which follows the journal.
 * Every snapshot is so a proof that the journal replays. It is read back and compared before an older one is dropped.
 *
 * SPARES is two: one to be used next, and one that is left when no more can be made. From then on new orders are refused, and
 * cancels have all of that segment to be written to.
 */
import { OperatingError } from "../../protocol/operating-error.ts";
import type { EventOutbox } from "../event-outbox.ts";
import type { MatchingEngine } from "../matching-engine.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Disk, codeOf } from "../storage/disk.ts";
import { NO_PAUSE, type Pause } from "../storage/paced-writer.ts";
import { join } from "node:path";
import type { EngineDirectory } from "./engine-directory.ts";
import type { Genesis } from "./genesis.ts";
import { readQuarantine } from "./quarantine.ts";
import { type ReplayParts, replayJournal, takeNewestSnapshot } from "./replay.ts";
import { makeSpare } from "./segment-files.ts";
import { type SnapshotPoint, readSnapshot, takeOver, writeSnapshot } from "./snapshot-file.ts";

export const SPARES = 2;
export const KEPT_SNAPSHOTS = 3;

export interface KeeperParts {
  readonly disk: Disk;
  readonly directory: EngineDirectory;
  readonly genesis: Genesis;
  readonly engine: MatchingEngine;
  /** Of that engine: nobody reads it. */
  readonly outbox: EventOutbox;
  readonly segmentBytes: number;
  readonly archivesJournal: boolean;
  /** Between two pieces of a large file. Absent: none. */
  readonly pause?: Pause;
}

export interface MadeSnapshot {
  readonly sequence: number;
  readonly bytes: number;
}

export class Keeper {
  readonly #parts: KeeperParts;
  /** The state of the keeper's engine before the first command. */
  readonly #beginning: Snapshot;
  /** Where the keeper's engine is; undefined: it has to begin again. */
  #point: SnapshotPoint | undefined;
  #nextSpare = 1;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#beginning = parts.engine.save();
    parts.outbox.mute();
  }

  /** Makes at most one spare. Returns whether there are enough; false: the disk is full. */
  keepSpares(): boolean {
    const { disk, directory, segmentBytes, pause } = this.#parts;
    const spares = directory.spares(disk);
    if (spares.length >= SPARES) return true;
    let path = "";
    do path = join(directory.journal, `${this.#nextSpare++}.spare`);
    while (spares.includes(path));
    try {
      // The first one may be needed any moment.
      makeSpare(disk, path, segmentBytes, spares.length === 0 ? NO_PAUSE : pause);
    } catch (error) {
      if (codeOf(error) !== "ENOSPC") throw error;
      return false;
    }
    return true;
  }

  get spareCount(): number {
    return this.#parts.directory.spares(this.#parts.disk).length;
  }

  /** @param through A durable command: the snapshot is of the state after it. */
  makeSnapshot(through: number): MadeSnapshot {
    const { disk, directory, genesis, engine, pause } = this.#parts;
    const point = this.#follow(through);
    const bytes = writeSnapshot(disk, directory, genesis.id, point, engine, pause);
    this.#verify(point);
    this.#clearAway();
    return { sequence: point.sequence, bytes };
  }

  /** Brings the keeper's engine to that command. */
  #follow(through: number): SnapshotPoint {
    const { disk, directory } = this.#parts;
    const replay = { ...this.#parts, quarantine: readQuarantine(disk, directory) };
    const from = this.#point ?? this.#begin(replay, through);
    // An error on the way leaves the engine behind a command that nobody knows the number of.
    this.#point = undefined;
    this.#point = replayJournal(replay, from, through).point;
    return this.#point;
  }

  #begin(replay: ReplayParts, through: number): SnapshotPoint {
    this.#parts.engine.restore(this.#beginning);
    return takeNewestSnapshot(replay, through).point;
  }

  #verify(point: SnapshotPoint): void {
    const { disk, directory, genesis, engine } = this.#parts;
    const file = readSnapshot(disk, directory, genesis.id, point.sequence);
    const problem = typeof file === "string" ? file : takeOver(engine, file);
    if (problem === undefined) return;
    this.#point = undefined;
    disk.remove(directory.snapshot(point.sequence));
    throw new OperatingError(`the snapshot of command ${point.sequence} does not read back: ${problem}`);
  }

  /** Older snapshots, then segments that end before the oldest snapshot that is left. */
  #clearAway(): void {
    const { disk, directory } = this.#parts;
    const sequences = directory.snapshotSequences(disk);
    if (sequences.length < KEPT_SNAPSHOTS) return;
    for (const sequence of sequences.slice(0, -KEPT_SNAPSHOTS)) disk.remove(directory.snapshot(sequence));
    const oldest = sequences.at(-KEPT_SNAPSHOTS) as number;
    const segments = directory.segments(disk);
    for (const [n, first] of segments.entries()) {
      const next = segments[n + 1];
      if (next !== undefined && next <= oldest + 1) this.#putAway(directory.segment(first));
    }
    for (const changed of [directory.snapshots, directory.journal]) disk.syncDirectory(changed);
  }

  #putAway(path: string): void {
    const { disk, directory, archivesJournal } = this.#parts;
    if (!archivesJournal) return disk.remove(path);
    disk.makeDirectory(directory.archive);
    disk.rename(path, join(directory.archive, path.slice(directory.journal.length + 1)));
    disk.syncDirectory(directory.archive);
  }
}
