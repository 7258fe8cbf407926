/**
 * Records that are whole, wherever they lie in a segment: what is left behind damage. Each is believed for its checksum alone; that it
 * follows the one before it is not asked.
 */
import {
  LONG_RECORD_BYTES,
  REC_SEQUENCE,
  SHORT_RECORD_BYTES,
  soundRecordWords,
} from "../../protocol/journal/journal-format.ts";
import { type Disk, codeOf } from "../../engine/storage/disk.ts";
import { readWhole } from "../../engine/storage/whole-file.ts";

export interface SegmentWords {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Bytes of the file. */
  readonly size: number;
}

/** The whole file, with zeros up to a pair of words. Nothing where the disk gives none of it: its records are as good as gone. */
export function readSegmentWords(disk: Disk, path: string): SegmentWords {
  const bytes = readOrNothing(disk, path);
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  return { i32: new Int32Array(padded.buffer), f64: new Float64Array(padded.buffer), size: bytes.length };
}

function readOrNothing(disk: Disk, path: string): Uint8Array {
  try {
    return readWhole(disk, path) ?? new Uint8Array();
  } catch (error) {
    if (codeOf(error) !== "EIO") throw error;
    return new Uint8Array();
  }
}

/** Gets the word at which a record begins. */
export type PlaceVisitor = (at: number) => void;

/** Records begin at multiples of 8 bytes, so nothing else is tried. */
export function visitSoundRecords({ i32 }: SegmentWords, from: number, end: number, visit: PlaceVisitor): void {
  for (let at = from; at < end; at += 2) {
    const bytes = i32[at];
    if (bytes !== SHORT_RECORD_BYTES && bytes !== LONG_RECORD_BYTES) continue;
    const words = soundRecordWords(i32, at, i32.length);
    if (words === 0) continue;
    visit(at);
    at += words - 2;
  }
}

export function sequenceAt({ f64 }: SegmentWords, at: number): number {
  return f64[(at >> 1) + REC_SEQUENCE] as number;
}

/** Sequence numbers, both ends included. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/** Puts sequence numbers that come one by one together. */
export class SequenceRanges {
  readonly ranges: SequenceRange[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get highest(): number {
    return Math.max(0, ...this.ranges.map(({ to }) => to));
  }

  add(sequence: number): void {
    this.#count++;
    const last = this.ranges.at(-1);
    if (last !== undefined && sequence === last.to + 1) this.ranges[this.ranges.length - 1] = { ...last, to: sequence };
    else this.ranges.push({ from: sequence, to: sequence });
  }
}
