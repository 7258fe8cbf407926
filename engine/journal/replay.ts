/** Brings an engine from any state of its past to a later one: by its journal, and to begin with by a snapshot. */
import { REC_EPOCH, REC_CRC, REC_SEQUENCE, REC_TIME, decodeRecord } from "../../protocol/journal/journal-format.ts";
import { CMD_SEQUENCE, RECORD_BYTES } from "../../protocol/record/command-record.ts";
import type { EventOutbox } from "../event-outbox.ts";
import type { MatchingEngine } from "../matching-engine.ts";
import type { Disk } from "../storage/disk.ts";
import type { EngineDirectory } from "./engine-directory.ts";
import type { Genesis } from "./genesis.ts";
import { type JournalReading, readJournal } from "./journal-reader.ts";
import { type SnapshotPoint, readSnapshot, takeOver } from "./snapshot-file.ts";

/** Before the first command. */
export const BEGINNING: SnapshotPoint = { sequence: 0, time: 0, epoch: 0, crc: 0 };

export interface ReplayParts {
  readonly disk: Disk;
  readonly directory: EngineDirectory;
  readonly genesis: Genesis;
  readonly engine: MatchingEngine;
  readonly outbox: EventOutbox;
  /** Sequence numbers of commands that are not applied but refused. */
  readonly quarantine: readonly number[];
}

/** A snapshot that could not be used. */
export interface BadSnapshot {
  readonly path: string;
  readonly problem: string;
}

export interface SnapshotSearch {
  /** What the engine is at now. */
  readonly point: SnapshotPoint;
  readonly bad: readonly BadSnapshot[];
}

/** Puts the engine, which has not applied anything yet, into the state of the newest good snapshot, or leaves it as it is. */
export function takeNewestSnapshot({ disk, directory, genesis, engine }: ReplayParts, upTo = Infinity): SnapshotSearch {
  const bad: BadSnapshot[] = [];
  const beginning = engine.save();
  for (const sequence of directory.snapshotSequences(disk).toReversed()) {
    if (sequence > upTo) continue;
    const file = readSnapshot(disk, directory, genesis.id, sequence);
    const problem = typeof file === "string" ? file : takeOver(engine, file);
    if (problem === undefined && typeof file !== "string") return { point: file.point, bad };
    bad.push({ path: directory.snapshot(sequence), problem: problem ?? "" });
    engine.restore(beginning);
  }
  return { point: BEGINNING, bad };
}

export interface Replay {
  readonly reading: JournalReading;
  /** Where the engine is now. */
  readonly point: SnapshotPoint;
}

export interface ReplayWatch {
  /** Called before a command is applied: the record is complete. */
  readonly before?: (i32: Int32Array, f64: Float64Array) => void;
  /** Called after each command, before its events are published or thrown away. */
  readonly after?: (sequence: number, time: number) => void;
}

/**
 * Applies the commands after the point that the engine is at.
 *
 * @param through The last one; absent: all there are.
 */
export function replayJournal(
  { disk, directory, genesis, engine, outbox, quarantine }: ReplayParts,
  from: SnapshotPoint,
  through: number | undefined,
  watch: ReplayWatch = {},
): Replay {
  const record = new ArrayBuffer(RECORD_BYTES);
  const i32 = new Int32Array(record);
  const f64 = new Float64Array(record);
  const refused = new Set(quarantine);
  // In arrays, as a number that a closure changes would be put on the heap each time.
  const doubles = Float64Array.of(from.sequence, from.time);
  const words = Int32Array.of(from.epoch, from.crc);
  const range = {
    after: from.sequence,
    afterCrc: from.sequence === 0 ? undefined : from.crc,
    genesis: genesis.id,
    ...(through === undefined ? {} : { through }),
  };
  const reading = readJournal(disk, directory, range, (recordI32, recordF64, at) => {
    decodeRecord(recordI32, recordF64, at, i32, f64, 0);
    watch.before?.(i32, f64);
    if (refused.size > 0 && refused.has(f64[CMD_SEQUENCE] as number)) engine.refuse(i32, f64, 0);
    else engine.apply(i32, f64, 0);
    const sequence = recordF64[(at >> 1) + REC_SEQUENCE] as number;
    const time = recordF64[(at >> 1) + REC_TIME] as number;
    doubles[0] = sequence;
    doubles[1] = time;
    words[0] = recordI32[at + REC_EPOCH] as number;
    words[1] = recordI32[at + REC_CRC] as number;
    watch.after?.(sequence, time);
    outbox.publish();
  });
  const [sequence = 0, time = 0] = doubles;
  const [epoch = 0, crc = 0] = words;
  return { reading, point: { sequence, time, epoch, crc } };
}
