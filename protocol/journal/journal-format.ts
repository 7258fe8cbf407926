/**
 * The journal on disk: every command of one engine, in order, as it was applied. docs/DURABILITY.md tells the format to
 * those who read it with other tools. Little endian; everything begins at a multiple of 8 bytes.
 *
 * A journal is a row of segments: files of one size, written from front to back, zeros behind the last record. The name of a
 * segment is the sequence number of its first record.
 *
 *   segment  byte  0  magic "FLJOURNL"
 *                  8  version (u32)           12  engine (u32)
 *                 16  firstSequence (f64)     24  createdAt (f64, µs)
 *                 32  epoch (u32)             36  previous (u32): checksum of the record before the first one; 0: none
 *                 40  genesis (u32): checksum of genesis.json, which the commands were applied under
 *                 44  zeros                   60  checksum of bytes 0 … 59, padded with a zero word
 *                 64  records
 *
 *   record   byte  0  length (u32): of the whole record, 88 or 144
 *                  4  checksum (u32) of byte 8 to the end, begun with the length
 *                  8  sequence (f64): that of the record before, plus 1
 *                 16  time (f64): µs, never less than that of the record before
 *                 24  epoch (u32): counts the starts of the venue
 *                 28  previous (u32): checksum of the record before
 *                 32  behind (u32): how many records before this one were not known to be durable when it was written
 *                 36  zero
 *                 40  command: bytes 0 … 43 of its record (protocol/record/command-record.ts), then gateway (i32)
 *                 88  where it is longer: bytes 76 … 127 of its record, 4 zeros
 *
 * Why `behind`: what follows a damaged record tells whether it was a write that power cut short, or a loss. Records of one
 * group are written together and reach the disk in any order, so a valid record behind a hole is normal as long as it was
 * written before the hole was durable. If it says that everything up to the hole was durable, an acknowledged command is
 * gone, and nobody may start from here as if nothing had happened.
 *
 * The mark Stamped and the times of the gateway are not kept: they are measurements, not part of what happened.
 */
import {
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_GATEWAY_IN_NS,
  CMD_HEAD,
  CMD_NAME_BYTES,
  CMD_RECEIVED_AT,
  CMD_SEQUENCE,
  CMD_TIME,
  CommandFlag,
  CommandKind,
} from "../record/command-record.ts";
import { isOn } from "../guards.ts";
import { CRC_START, crc32c, crcAdd, crcEnd } from "./crc32c.ts";

export const JOURNAL_VERSION = 1;

export const SEGMENT_HEADER_BYTES = 64;
export const SEGMENT_HEADER_WORDS = SEGMENT_HEADER_BYTES / 4;

/** "FLJO", "URNL" */
export const MAGIC_LOW = 0x4f4a_4c46;
export const MAGIC_HIGH = 0x4c4e_5255;

/** Int32 (I32) or double (F64) indices into a segment's header. */
export const SEG_MAGIC = 0; //          I32 × 2
export const SEG_VERSION = 2; //        I32
export const SEG_ENGINE = 3; //         I32
export const SEG_FIRST_SEQUENCE = 2; // F64
export const SEG_CREATED_AT = 3; //     F64
export const SEG_EPOCH = 8; //          I32
export const SEG_PREVIOUS = 9; //       I32
export const SEG_GENESIS = 10; //       I32
export const SEG_CRC = 15; //           I32

/** The same for a record. */
export const REC_LENGTH = 0; //   I32
export const REC_CRC = 1; //      I32
export const REC_SEQUENCE = 1; // F64
export const REC_TIME = 2; //     F64
export const REC_EPOCH = 6; //    I32
export const REC_PREVIOUS = 7; // I32
export const REC_BEHIND = 8; //   I32
export const REC_COMMAND = 10; // I32

export const SHORT_RECORD_BYTES = 88;
export const LONG_RECORD_BYTES = 144;
export const SHORT_RECORD_WORDS = SHORT_RECORD_BYTES / 4;
export const LONG_RECORD_WORDS = LONG_RECORD_BYTES / 4;

/** Words 0 … 10 of the command. */
const COMMON_WORDS = CMD_GATEWAY_IN_NS;
const REC_GATEWAY = REC_COMMAND + COMMON_WORDS;
const REC_REST = REC_GATEWAY + 1;
const REST_WORDS = 32 - CMD_NAME_BYTES;

/** What is known of the place where the next record goes. */
export interface RecordContext {
  epoch: number;
  /** Checksum of the record before. */
  previous: number;
  /** Sequence number up to which everything is durable. */
  durable: number;
}

/** Words that the record of this command takes. */
export function recordWords(i32: Int32Array, base: number): number {
  const kind = (i32[base + CMD_HEAD] as number) & 0xff;
  if (kind < CommandKind.OpenSession) {
    const isExtended = ((i32[base + CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
    return isExtended ? LONG_RECORD_WORDS : SHORT_RECORD_WORDS;
  }
  return kind === CommandKind.CloseSession || kind === CommandKind.AdvanceTime ? SHORT_RECORD_WORDS : LONG_RECORD_WORDS;
}

/**
 * Writes the record of the complete command at `base` to `out` at word `at`, an even number.
 *
 * @returns its checksum: `previous` of the next record.
 */
export function encodeRecord(
  i32: Int32Array,
  f64: Float64Array,
  base: number,
  outI32: Int32Array,
  outF64: Float64Array,
  at: number,
  { epoch, previous, durable }: RecordContext,
): number {
  const words = recordWords(i32, base);
  const sequence = f64[(base >> 1) + CMD_SEQUENCE] as number;
  outI32[at + REC_LENGTH] = words * 4;
  outF64[(at >> 1) + REC_SEQUENCE] = sequence;
  outF64[(at >> 1) + REC_TIME] = f64[(base >> 1) + CMD_TIME] as number;
  outI32[at + REC_EPOCH] = epoch;
  outI32[at + REC_PREVIOUS] = previous;
  outI32[at + REC_BEHIND] = sequence - 1 - durable;
  outI32[at + REC_BEHIND + 1] = 0;
  const to = at + REC_COMMAND;
  for (let word = 0; word < COMMON_WORDS; word++) outI32[to + word] = i32[base + word] as number;
  outI32[to + CMD_FLAGS] = (i32[base + CMD_FLAGS] as number) & ~CommandFlag.Stamped;
  outI32[at + REC_GATEWAY] = i32[base + CMD_GATEWAY] as number;
  if (words === LONG_RECORD_WORDS) {
    const from = base + CMD_NAME_BYTES;
    for (let word = 0; word < REST_WORDS; word++) outI32[at + REC_REST + word] = i32[from + word] as number;
    outI32[at + REC_REST + REST_WORDS] = 0;
  }
  const crc = recordCrc(outI32, at, words);
  outI32[at + REC_CRC] = crc;
  return crc;
}

/** Writes the command of a valid record to a command record at `base`: all that applying it needs. */
export function decodeRecord(
  i32: Int32Array,
  f64: Float64Array,
  at: number,
  outI32: Int32Array,
  outF64: Float64Array,
  base: number,
): void {
  const from = at + REC_COMMAND;
  for (let word = 0; word < COMMON_WORDS; word++) outI32[base + word] = i32[from + word] as number;
  outI32[base + CMD_GATEWAY_IN_NS] = 0;
  outF64[(base >> 1) + CMD_RECEIVED_AT] = 0;
  outF64[(base >> 1) + CMD_SEQUENCE] = f64[(at >> 1) + REC_SEQUENCE] as number;
  outF64[(base >> 1) + CMD_TIME] = f64[(at >> 1) + REC_TIME] as number;
  outI32[base + CMD_GATEWAY] = i32[at + REC_GATEWAY] as number;
  if ((i32[at + REC_LENGTH] as number) === SHORT_RECORD_BYTES) return;
  const to = base + CMD_NAME_BYTES;
  for (let word = 0; word < REST_WORDS; word++) outI32[to + word] = i32[at + REC_REST + word] as number;
}

/** Words of a sound record at `at`, if it lies before `end`; 0 when there is none. Says nothing of its place in the row. */
export function soundRecordWords(i32: Int32Array, at: number, end: number): number {
  const bytes = i32[at + REC_LENGTH] as number;
  if (bytes !== SHORT_RECORD_BYTES && bytes !== LONG_RECORD_BYTES) return 0;
  const words = bytes / 4;
  if (at + words > end) return 0;
  return recordCrc(i32, at, words) === i32[at + REC_CRC] || !isOn("crc") ? words : 0;
}

/** The length goes in first, in a pair with a zero: the words that follow it and its checksum are an even number. */
function recordCrc(i32: Int32Array, at: number, words: number): number {
  LENGTH_PAIR[0] = words * 4;
  return crcEnd(crcAdd(crcAdd(CRC_START, LENGTH_PAIR, 0, 2), i32, at + 2, at + words));
}

const LENGTH_PAIR = new Int32Array(2);

export interface SegmentHeader {
  readonly version: number;
  readonly engine: number;
  readonly firstSequence: number;
  /** µs since 1970-01-01 UTC. */
  readonly createdAt: number;
  readonly epoch: number;
  readonly previous: number;
  readonly genesis: number;
}

/** @returns a header of SEGMENT_HEADER_BYTES. */
export function encodeSegmentHeader(header: Omit<SegmentHeader, "version">): Uint8Array {
  const bytes = new ArrayBuffer(SEGMENT_HEADER_BYTES);
  const i32 = new Int32Array(bytes);
  const f64 = new Float64Array(bytes);
  i32[SEG_MAGIC] = MAGIC_LOW;
  i32[SEG_MAGIC + 1] = MAGIC_HIGH;
  i32[SEG_VERSION] = JOURNAL_VERSION;
  i32[SEG_ENGINE] = header.engine;
  f64[SEG_FIRST_SEQUENCE] = header.firstSequence;
  f64[SEG_CREATED_AT] = header.createdAt;
  i32[SEG_EPOCH] = header.epoch;
  i32[SEG_PREVIOUS] = header.previous;
  i32[SEG_GENESIS] = header.genesis;
  i32[SEG_CRC] = crc32c(i32, 0, SEGMENT_HEADER_WORDS);
  return new Uint8Array(bytes);
}

/** The header at the start of the words, or a sentence that says why there is none. */
export function decodeSegmentHeader(i32: Int32Array, f64: Float64Array): SegmentHeader | string {
  if (i32[SEG_MAGIC] !== MAGIC_LOW || i32[SEG_MAGIC + 1] !== MAGIC_HIGH)
    return "it does not begin like a journal segment";
  const copy = i32.slice(0, SEGMENT_HEADER_WORDS);
  copy[SEG_CRC] = 0;
  if (isOn("crc") && crc32c(copy, 0, SEGMENT_HEADER_WORDS) !== i32[SEG_CRC])
    return "the checksum of its header is wrong";
  const version = i32[SEG_VERSION] as number;
  return {
    version,
    engine: i32[SEG_ENGINE] as number,
    firstSequence: f64[SEG_FIRST_SEQUENCE] as number,
    createdAt: f64[SEG_CREATED_AT] as number,
    epoch: i32[SEG_EPOCH] as number,
    previous: i32[SEG_PREVIOUS] as number,
    genesis: i32[SEG_GENESIS] as number,
  };
}
