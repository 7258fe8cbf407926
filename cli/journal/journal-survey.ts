/**
 * Everything that there is to know about the journal and the snapshots of an engine without running it.
 *
 * The journal is read twice: from its first segment on (`history`), and as the next start of the venue will read it, from the
 * newest good snapshot on (`start`). Damage that only the first one meets costs nobody a command: a snapshot covers it.
 */
import type { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import type { Genesis } from "../../engine/journal/genesis.ts";
import { type JournalEnd, type TornTail, JournalDamage, readJournal } from "../../engine/journal/journal-reader.ts";
import { type SnapshotFile, type SnapshotPoint, readSnapshot } from "../../engine/journal/snapshot-file.ts";
import { BEGINNING } from "../../engine/journal/replay.ts";
import { type Disk, DiskFailure } from "../../engine/storage/disk.ts";
import {
  REC_CRC,
  REC_EPOCH,
  REC_LENGTH,
  REC_SEQUENCE,
  REC_TIME,
  SEGMENT_HEADER_BYTES,
  SEGMENT_HEADER_WORDS,
  decodeSegmentHeader,
} from "../../protocol/journal/journal-format.ts";
import { SequenceRanges, readSegmentWords, sequenceAt, visitSoundRecords } from "./sound-records.ts";

export interface SegmentSurvey {
  readonly path: string;
  /** By its name: sequence number of its first record. */
  readonly first: number;
  /** Of the file. */
  readonly bytes: number;
  /** Records that follow each other from its first one on. */
  records: number;
  /** Of header and records. */
  usedBytes: number;
  lastSequence: number;
  firstTime: number;
  lastTime: number;
  lowestEpoch: number;
  highestEpoch: number;
}

export interface SnapshotSurvey {
  readonly path: string;
  readonly sequence: number;
  readonly bytes: number;
  /** Undefined where it cannot be read. */
  readonly point: SnapshotPoint | undefined;
  readonly stateHash: string | undefined;
  /** What is wrong with it; undefined: nothing. */
  readonly problem: string | undefined;
}

export interface Damage {
  readonly path: string;
  readonly offset: number;
  readonly problem: string;
  /** Of the last command before it in the journal. */
  readonly lastSequence: number;
  /** Records that can still be read behind it. */
  readonly behind: SequenceRanges;
}

/** One way through the journal: an end, or damage. */
export interface Passage {
  readonly end: JournalEnd | undefined;
  readonly torn: TornTail | undefined;
  readonly damage: Damage | undefined;
}

export interface JournalSurvey {
  readonly directory: EngineDirectory;
  readonly segments: readonly SegmentSurvey[];
  readonly snapshots: readonly SnapshotSurvey[];
  readonly history: Passage;
  readonly start: Passage;
  /** Of the snapshot that the next start begins with; that before the first command: without one. */
  readonly startPoint: SnapshotPoint;
}

/** Says what is wrong with the state in a snapshot; undefined: nothing. */
export type StateCheck = (file: SnapshotFile) => string | undefined;

export interface SurveyParts {
  readonly disk: Disk;
  readonly directory: EngineDirectory;
  readonly genesis: Genesis;
  /** Absent: states are not looked at. */
  readonly checkState?: StateCheck | undefined;
}

export function surveyJournal(parts: SurveyParts): JournalSurvey {
  const { disk, directory } = parts;
  const segments = directory.segments(disk).map((first) => beginSegmentSurvey(disk, directory, first));
  const checksums = new Map<number, number>();
  const history = readHistory(parts, segments, checksums);
  const snapshots = directory.snapshotSequences(disk).map((sequence) => surveySnapshot(parts, sequence, checksums));
  const startPoint = snapshots.findLast(({ problem }) => problem === undefined)?.point ?? BEGINNING;
  const start = startPoint === BEGINNING && segments[0]?.first === 1 ? history : readStart(parts, segments, startPoint);
  return { directory, segments, snapshots, history, start, startPoint };
}

function beginSegmentSurvey(disk: Disk, directory: EngineDirectory, first: number): SegmentSurvey {
  const path = directory.segment(first);
  return {
    path,
    first,
    bytes: sizeOf(disk, path),
    records: 0,
    usedBytes: SEGMENT_HEADER_BYTES,
    lastSequence: first - 1,
    firstTime: 0,
    lastTime: 0,
    lowestEpoch: 0,
    highestEpoch: 0,
  };
}

function sizeOf(disk: Disk, path: string): number {
  const file = disk.open(path, "read");
  try {
    return file.size;
  } finally {
    file.close();
  }
}

/** @param checksums Gets the checksum of every command that there is a snapshot of. */
function readHistory(
  { disk, directory, genesis }: SurveyParts,
  segments: readonly SegmentSurvey[],
  checksums: Map<number, number>,
): Passage {
  const after = (segments[0]?.first ?? 1) - 1;
  const wanted = new Set(directory.snapshotSequences(disk));
  if (wanted.has(after)) noteChecksumBefore(disk, segments, checksums);
  let place = 0;
  return passage(disk, segments, () =>
    readJournal(disk, directory, { after, genesis: genesis.id }, (i32, f64, at) => {
      const sequence = f64[(at >> 1) + REC_SEQUENCE] as number;
      while (sequence >= (segments[place + 1]?.first ?? Infinity)) place++;
      const segment = segments[place];
      if (segment !== undefined) addRecord(segment, i32, f64, at);
      if (wanted.has(sequence)) checksums.set(sequence, i32[at + REC_CRC] as number);
    }),
  );
}

function addRecord(segment: SegmentSurvey, i32: Int32Array, f64: Float64Array, at: number): void {
  const time = f64[(at >> 1) + REC_TIME] as number;
  const epoch = i32[at + REC_EPOCH] as number;
  if (segment.records === 0) {
    segment.firstTime = time;
    segment.lowestEpoch = epoch;
  }
  segment.records++;
  segment.usedBytes = at * 4 + (i32[at + REC_LENGTH] as number);
  segment.lastSequence = f64[(at >> 1) + REC_SEQUENCE] as number;
  segment.lastTime = time;
  segment.highestEpoch = epoch;
}

/** The first segment says what the checksum of the command before it was. */
function noteChecksumBefore(disk: Disk, segments: readonly SegmentSurvey[], checksums: Map<number, number>): void {
  const [segment] = segments;
  if (segment === undefined || segment.bytes < SEGMENT_HEADER_BYTES) return;
  const { i32, f64 } = readSegmentWords(disk, segment.path);
  const header = decodeSegmentHeader(i32, f64);
  if (typeof header !== "string") checksums.set(segment.first - 1, header.previous);
}

/** As recovery will read it. */
function readStart(
  { disk, directory, genesis }: SurveyParts,
  segments: readonly SegmentSurvey[],
  { sequence, crc }: SnapshotPoint,
): Passage {
  const range = { after: sequence, afterCrc: sequence === 0 ? undefined : crc, genesis: genesis.id };
  return passage(disk, segments, () => readJournal(disk, directory, range, () => {}));
}

function passage(
  disk: Disk,
  segments: readonly SegmentSurvey[],
  read: () => { end: JournalEnd; torn?: TornTail | undefined },
): Passage {
  try {
    const { end, torn } = read();
    return { end, torn, damage: undefined };
  } catch (error) {
    return { end: undefined, torn: undefined, damage: damageAt(disk, segments, damageOf(error)) };
  }
}

/** A file that the disk cannot read is damaged from its first byte on. */
function damageOf(error: unknown): Pick<JournalDamage, "path" | "offset" | "problem"> {
  if (error instanceof JournalDamage) return error;
  if (!(error instanceof DiskFailure) || error.code !== "EIO") throw error;
  return { path: error.path, offset: 0, problem: "the disk cannot read it" };
}

function damageAt(
  disk: Disk,
  segments: readonly SegmentSurvey[],
  { path, offset, problem }: ReturnType<typeof damageOf>,
): Damage {
  const behind = new SequenceRanges();
  const from = segments.findIndex((segment) => segment.path === path);
  let lastSequence = (segments[from]?.first ?? 1) - 1;
  for (const segment of from === -1 ? [] : segments.slice(from)) {
    const words = readSegmentWords(disk, segment.path);
    const start = segment.path === path ? offset / 4 : SEGMENT_HEADER_WORDS;
    if (segment.path === path) visitSoundRecords(words, SEGMENT_HEADER_WORDS, start, () => lastSequence++);
    visitSoundRecords(words, Math.max(start, SEGMENT_HEADER_WORDS), words.i32.length, (at) => {
      behind.add(sequenceAt(words, at));
    });
  }
  return { path, offset, problem, lastSequence, behind };
}

function surveySnapshot(
  { disk, directory, genesis, checkState }: SurveyParts,
  sequence: number,
  checksums: ReadonlyMap<number, number>,
): SnapshotSurvey {
  const path = directory.snapshot(sequence);
  const file = readSnapshot(disk, directory, genesis.id, sequence);
  if (typeof file === "string") {
    return { path, sequence, bytes: sizeOf(disk, path), point: undefined, stateHash: undefined, problem: file };
  }
  const { point, stateHash, bytes } = file;
  const problem = problemOfPlace(point, checksums.get(sequence)) ?? checkState?.(file);
  return { path, sequence, bytes, point, stateHash, problem };
}

function problemOfPlace({ sequence, crc }: SnapshotPoint, crcInJournal: number | undefined): string | undefined {
  if (crcInJournal === undefined || crcInJournal === crc) return undefined;
  return `it was made after another command ${sequence} than the one in the journal`;
}
