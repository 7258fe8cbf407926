/**
 * Appends to the journal: records are encoded into a buffer, and commit() writes all of them and makes them durable at once.
 *
 * Invariants:
 *  1. durableSequence ≤ sequence; the records between them are in the buffer, and nowhere else that counts.
 *  2. A record lies in one segment. Before a segment is begun, everything in the one before is durable.
 *  3. After an error of write or sync this object is of no use any more: what is on the disk is not known.
 */
import { assert } from "../../protocol/assert.ts";
import { CMD_SEQUENCE } from "../../protocol/record/command-record.ts";
import { SEGMENT_HEADER_BYTES, encodeRecord, recordWords } from "../../protocol/journal/journal-format.ts";
import type { Disk, DiskFile } from "../storage/disk.ts";
import type { EngineDirectory } from "./engine-directory.ts";
import type { JournalEnd } from "./journal-reader.ts";
import { beginSegment } from "./segment-files.ts";

/** Most that is written between two syncs. */
export const MAX_GROUP_BYTES = 2 ** 20;

export interface JournalWriterParts {
  readonly disk: Disk;
  readonly directory: EngineDirectory;
  /** Checksum of genesis.json. */
  readonly genesis: number;
  /** Of this start; higher than any in the journal. */
  readonly epoch: number;
  readonly segmentBytes: number;
  /** Behind which record to go on. */
  readonly end: JournalEnd;
  /** µs since 1970-01-01 UTC, for the headers of segments. */
  readonly nowUs: () => number;
  /** What one group can have at most. A multiple of 8; absent: 1 MiB. */
  readonly bufferBytes?: number;
}

export class JournalWriter {
  readonly #parts: JournalWriterParts;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #context: { epoch: number; previous: number; durable: number };
  #file: DiskFile | undefined;
  /** Bytes of the segment that are written. */
  #offset: number;
  /** Words in the buffer. */
  #pending = 0;
  #sequence: number;

  constructor(parts: JournalWriterParts) {
    const { disk, directory, end, epoch, bufferBytes = MAX_GROUP_BYTES } = parts;
    const buffer = new ArrayBuffer(bufferBytes);
    this.#parts = parts;
    this.#i32 = new Int32Array(buffer);
    this.#f64 = new Float64Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#sequence = end.sequence;
    this.#context = { epoch, previous: end.crc, durable: end.sequence };
    this.#file = end.segment === 0 ? undefined : disk.open(directory.segment(end.segment), "write");
    this.#offset = end.offset;
  }

  /** Of the last record that was appended. */
  get sequence(): number {
    return this.#sequence;
  }

  get durableSequence(): number {
    return this.#context.durable;
  }

  /** Checksum of the last record that was appended. */
  get crc(): number {
    return this.#context.previous;
  }

  /** Whether the buffer has room for this command. If not: commit() first. */
  fitsBuffer(i32: Int32Array, base: number): boolean {
    return this.#pending + recordWords(i32, base) <= this.#i32.length;
  }

  /** Whether this segment has room for this command. If not: commit(), then nextSegment(). */
  fitsSegment(i32: Int32Array, base: number): boolean {
    const words = this.#pending + recordWords(i32, base);
    return this.#file !== undefined && this.#offset + words * 4 <= this.#parts.segmentBytes;
  }

  append(i32: Int32Array, f64: Float64Array, base: number): void {
    const sequence = f64[(base >> 1) + CMD_SEQUENCE] as number;
    assert(sequence === this.#sequence + 1, "the journal has every sequence number once");
    this.#context.previous = encodeRecord(i32, f64, base, this.#i32, this.#f64, this.#pending, this.#context);
    this.#pending += recordWords(i32, base);
    this.#sequence = sequence;
  }

  /** Makes everything appended durable. Throws what the disk throws. @returns bytes written. */
  commit(): number {
    if (this.#pending === 0) return 0;
    assert(this.#file !== undefined, "records are appended to a segment");
    const bytes = this.#pending * 4;
    this.#file.write(this.#bytes.subarray(0, bytes), this.#offset);
    this.#file.sync();
    this.#offset += bytes;
    this.#pending = 0;
    this.#context.durable = this.#sequence;
    return bytes;
  }

  /** Begins a segment with the next record. Throws ENOSPC when there is no room: then nothing has changed, and it can be tried again. */
  nextSegment(): void {
    assert(this.#pending === 0, "a segment is complete before the next one begins");
    const { disk, directory, genesis, epoch, segmentBytes, nowUs } = this.#parts;
    const header = {
      engine: directory.engine,
      firstSequence: this.#sequence + 1,
      createdAt: nowUs(),
      epoch,
      previous: this.#context.previous,
      genesis,
    };
    const file = beginSegment(disk, directory, header, segmentBytes);
    this.#file?.close();
    this.#file = file;
    this.#offset = SEGMENT_HEADER_BYTES;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
