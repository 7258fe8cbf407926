/**
 * Reads a journal from any of its commands on, checks every byte of it, and says where it ends and how.
 *
 * An end is clean when zeros follow it. Else something was being written when the machine stopped, or something was damaged later.
 * The difference is what was promised: a write that was not complete was acknowledged to nobody, and is cut off. The header of
 * protocol/journal/journal-format.ts tells how one is known from the other.
 */
import { dirname } from "node:path";
import { isOn } from "../../protocol/guards.ts";
import {
  JOURNAL_VERSION,
  REC_BEHIND,
  REC_EPOCH,
  REC_CRC,
  REC_PREVIOUS,
  REC_SEQUENCE,
  REC_TIME,
  SEGMENT_HEADER_BYTES,
  SEGMENT_HEADER_WORDS,
  type SegmentHeader,
  decodeSegmentHeader,
  soundRecordWords,
} from "../../protocol/journal/journal-format.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { type Disk, DiskFailure, codeOf } from "../storage/disk.ts";
import type { EngineDirectory } from "./engine-directory.ts";

/** Behind the last record: where the next one goes. */
export interface JournalEnd {
  /** Sequence number of the last record; 0: there is none. */
  readonly sequence: number;
  /** Its checksum. */
  readonly crc: number;
  /** Its time, µs. */
  readonly time: number;
  /** Its epoch. */
  readonly epoch: number;
  /** First sequence number of the segment that it is in, which names the file; 0: there is no segment. */
  readonly segment: number;
  /** Bytes of that segment that are in use. */
  readonly offset: number;
}

/** What lies behind the end and was never acknowledged. */
export interface TornTail {
  /** Name of the file. */
  readonly path: string;
  readonly offset: number;
  /** Bytes from there to the last one that is not zero. */
  readonly bytes: number;
  /** Whole records among them, which lie behind a hole. */
  readonly records: number;
}

export interface JournalReading {
  readonly end: JournalEnd;
  /** Records that were read. */
  readonly records: number;
  readonly torn: TornTail | undefined;
}

/** A command that somebody was told of cannot be read. Nobody may go on from here without deciding what to do about it. */
export class JournalDamage extends OperatingError {
  readonly path: string;
  readonly offset: number;
  readonly problem: string;

  constructor(path: string, offset: number, problem: string) {
    super(
      `${path} is damaged at byte ${offset}: ${problem}; "fairlead journal check" says more, "fairlead journal repair" cuts there`,
    );
    this.path = path;
    this.offset = offset;
    this.problem = problem;
  }
}

export interface ReadRange {
  /** The record before the first one that is wanted; its checksum, where it is known. */
  readonly after: number;
  readonly afterCrc?: number | undefined;
  /** The last one that is wanted; absent: all there are, and what lies behind them is judged. */
  readonly through?: number;
  /** Checksum of genesis.json. */
  readonly genesis: number;
}

/** Gets each record, in order: words of the file, and the index of the record's first one. They are the caller's until it returns. */
export type RecordVisitor = (i32: Int32Array, f64: Float64Array, at: number) => void;

interface Words {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Bytes of the file. */
  readonly size: number;
}

export function readJournal(
  disk: Disk,
  directory: EngineDirectory,
  range: ReadRange,
  visit: RecordVisitor,
): JournalReading {
  return new JournalReader(disk, directory, range, visit).read();
}

class JournalReader {
  readonly #disk: Disk;
  readonly #directory: EngineDirectory;
  readonly #range: ReadRange;
  readonly #visit: RecordVisitor;
  #buffer = new ArrayBuffer(0);
  #records = 0;
  #sequence = 0;
  #crc = 0;
  #time = 0;
  #epoch = 0;
  #segment = 0;
  #offset = 0;
  #torn: TornTail | undefined;

  constructor(disk: Disk, directory: EngineDirectory, range: ReadRange, visit: RecordVisitor) {
    this.#disk = disk;
    this.#directory = directory;
    this.#range = range;
    this.#visit = visit;
  }

  read(): JournalReading {
    const wanted = this.#wantedSegments();
    for (const [n, first] of wanted.entries()) {
      if (this.#isDone()) break;
      this.#readSegment(first, wanted[n + 1]);
    }
    const { after, through } = this.#range;
    if (this.#sequence < Math.max(after, through ?? 0)) this.#missing(after);
    return { end: this.#end(), records: this.#records, torn: this.#torn };
  }

  #isDone(): boolean {
    return this.#range.through !== undefined && this.#sequence >= this.#range.through;
  }

  #end(): JournalEnd {
    const { after, afterCrc } = this.#range;
    const isEmpty = this.#segment === 0;
    return {
      sequence: isEmpty ? after : this.#sequence,
      crc: isEmpty ? (afterCrc ?? 0) : this.#crc,
      time: this.#time,
      epoch: this.#epoch,
      segment: this.#segment,
      offset: this.#offset,
    };
  }

  /** Those from the one that holds the record after `after` on. */
  #wantedSegments(): number[] {
    const { after } = this.#range;
    const all = this.#directory.segments(this.#disk);
    const from = all.findLastIndex((first) => first <= after + 1);
    if (from === -1 && all.length > 0) {
      const path = this.#directory.segment(all[0] as number);
      throw new JournalDamage(path, 0, `the journal begins with command ${all[0]}, but command ${after + 1} is needed`);
    }
    return all.slice(Math.max(0, from));
  }

  #missing(after: number): void {
    const { through } = this.#range;
    // Nothing at all behind a snapshot is not a hole: an engine that has just been restored from elsewhere has no journal yet.
    if (this.#segment === 0 && through === undefined) return;
    const path = this.#directory.segment(Math.max(1, this.#segment));
    throw new JournalDamage(
      path,
      this.#offset,
      `the journal ends with command ${this.#sequence}, but command ${Math.max(after, through ?? 0)} was durable`,
    );
  }

  #readSegment(first: number, next: number | undefined): void {
    const path = this.#directory.segment(first);
    const words = this.#load(path);
    const isLast = next === undefined;
    if (isLast && words.size < SEGMENT_HEADER_BYTES && this.#segment !== 0) {
      this.#torn = { path, offset: 0, bytes: words.size, records: 0 };
      return;
    }
    const header = decodeSegmentHeader(words.i32, words.f64);
    if (typeof header === "string") throw new JournalDamage(path, 0, header);
    if (header.version !== JOURNAL_VERSION) {
      throw new OperatingError(
        `${path} has format ${header.version}; this build reads format ${JOURNAL_VERSION}: run the version that wrote it`,
      );
    }
    this.#checkHeader(path, first, header);
    this.#segment = first;
    this.#epoch = Math.max(this.#epoch, header.epoch);
    const end = this.#readRecords(words);
    this.#offset = end * 4;
    if (this.#isDone()) return;
    if (isLast) this.#judgeTail(path, words, end);
    else this.#checkFull(path, words, end, next);
  }

  #checkHeader(path: string, first: number, header: SegmentHeader): void {
    const { engine } = this.#directory;
    if (header.engine !== engine)
      throw new JournalDamage(path, 0, `it belongs to engine ${header.engine}, not ${engine}`);
    if (header.firstSequence !== first) {
      throw new JournalDamage(path, 0, `it begins with command ${header.firstSequence}, not with that of its name`);
    }
    if (header.genesis !== this.#range.genesis)
      throw new JournalDamage(path, 0, "it was written under another genesis.json");
    if (this.#segment !== 0 && isOn("chain") && (header.previous !== this.#crc || first !== this.#sequence + 1)) {
      throw new JournalDamage(path, 0, `it does not follow command ${this.#sequence}`);
    }
    this.#sequence = first - 1;
    this.#crc = header.previous;
  }

  /** @returns the word behind the last record that follows the one before it. */
  #readRecords({ i32, f64 }: Words): number {
    const { after, afterCrc, through = Infinity } = this.#range;
    const visit = this.#visit;
    const isChained = isOn("chain");
    let at = SEGMENT_HEADER_WORDS;
    let sequence = this.#sequence;
    let crc = this.#crc;
    let time = this.#time;
    while (sequence < through) {
      const words = soundRecordWords(i32, at, i32.length);
      if (words === 0 || (isChained && i32[at + REC_PREVIOUS] !== crc)) break;
      if (f64[(at >> 1) + REC_SEQUENCE] !== sequence + 1 || (f64[(at >> 1) + REC_TIME] as number) < time) break;
      if (sequence === after && afterCrc !== undefined && isChained && crc !== afterCrc) break;
      sequence++;
      crc = i32[at + REC_CRC] as number;
      time = f64[(at >> 1) + REC_TIME] as number;
      if (sequence > after) {
        visit(i32, f64, at);
        this.#records++;
      }
      this.#epoch = i32[at + REC_EPOCH] as number;
      at += words;
    }
    this.#sequence = sequence;
    this.#crc = crc;
    this.#time = time;
    return at;
  }

  #checkFull(path: string, { i32 }: Words, end: number, next: number): void {
    if (next !== this.#sequence + 1) {
      throw new JournalDamage(
        path,
        end * 4,
        `command ${this.#sequence + 1} cannot be read, and the next segment begins with ${next}`,
      );
    }
    if (lastNonZero(i32, end) > end)
      throw new JournalDamage(path, end * 4, `something follows command ${this.#sequence}, its last one`);
  }

  #judgeTail(path: string, { i32, f64 }: Words, end: number): void {
    const { after, afterCrc } = this.#range;
    if (this.#sequence === after && afterCrc !== undefined && isOn("chain") && this.#crc !== afterCrc) {
      throw new JournalDamage(path, end * 4, `command ${after} is not the one that the snapshot was made after`);
    }
    const stop = lastNonZero(i32, end);
    if (stop === end) return;
    if (soundRecordWords(i32, end, i32.length) > 0) {
      throw new JournalDamage(path, end * 4, `the record there does not follow command ${this.#sequence}`);
    }
    let records = 0;
    for (let at = end; at < stop; at += 2) {
      const words = soundRecordWords(i32, at, i32.length);
      if (words === 0) continue;
      const sequence = f64[(at >> 1) + REC_SEQUENCE] as number;
      if (sequence - 1 - (i32[at + REC_BEHIND] as number) > this.#sequence) {
        const problem = `command ${this.#sequence + 1} cannot be read, but was durable when command ${sequence} was written`;
        throw new JournalDamage(path, end * 4, problem);
      }
      records++;
      at += words - 2;
    }
    this.#torn = { path, offset: end * 4, bytes: (stop - end) * 4, records };
  }

  #load(path: string): Words {
    const file = this.#disk.open(path, "read");
    try {
      const { size } = file;
      // Whole pairs of words, and zeros behind a file that was cut short.
      const capacity = Math.max(SEGMENT_HEADER_BYTES, Math.ceil(size / 8) * 8);
      if (this.#buffer.byteLength !== capacity) this.#buffer = new ArrayBuffer(capacity);
      const bytes = new Uint8Array(this.#buffer);
      bytes.fill(0, file.read(bytes.subarray(0, size), 0));
      return { i32: new Int32Array(this.#buffer), f64: new Float64Array(this.#buffer), size };
    } catch (error) {
      if (codeOf(error) === "") throw error;
      throw new DiskFailure(path, `${path} cannot be read: ${(error as Error).message}`, error);
    } finally {
      file.close();
    }
  }
}

/** The word behind the last one that is not zero, rounded up to a pair; `from` when all are. */
function lastNonZero(i32: Int32Array, from: number): number {
  let end = i32.length;
  while (end > from && i32[end - 1] === 0) end--;
  return end <= from ? from : (end + 1) & ~1;
}

/** Overwrites what lies behind the end with zeros, durably, so that nothing of it can be taken for a record later. */
export function cutTail(disk: Disk, torn: TornTail): void {
  if (torn.offset < SEGMENT_HEADER_BYTES) {
    disk.remove(torn.path);
    disk.syncDirectory(dirname(torn.path));
    return;
  }
  const file = disk.open(torn.path, "write");
  try {
    file.write(new Uint8Array(torn.bytes), torn.offset);
    file.sync();
  } finally {
    file.close();
  }
}
