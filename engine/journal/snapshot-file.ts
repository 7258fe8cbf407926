/**
 * The state of an engine after one of its commands, as a file. Little endian.
 *
 *   byte   0  magic "FLSNAPSH"
 *          8  version (u32)            12  engine (u32)
 *         16  sequence (f64): of the last command in it
 *         24  time (f64): of that command, µs
 *         32  epoch (u32): of that command
 *         36  previous (u32): checksum of its record in the journal
 *         40  genesis (u32): checksum of genesis.json
 *         44  metaBytes (u32): length of the JSON at 64, padded with spaces to a multiple of 8
 *         48  bodyBytes (f64): of everything from byte 64 on
 *         56  checksum (u32) of everything from byte 64 on
 *         60  checksum (u32) of bytes 0 … 59, padded with a zero word
 *         64  meta: JSON; then the words of each region, one after the other, each an even number of int32
 *
 * The meta says which regions there are and how many words each has, and holds what is no region: names of sessions, definitions in
 * the making, and the hash of the state, which the engine that takes it over is compared with.
 *
 * The header is written last. The file gets its name when all of it is durable.
 */
import { CRC_START, crc32c, crcAdd, crcEnd } from "../../protocol/journal/crc32c.ts";
import { isOn } from "../../protocol/guards.ts";
import type { MatchingEngine } from "../matching-engine.ts";
import type { Draft } from "../operator/instruments.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Disk, type DiskFile, codeOf } from "../storage/disk.ts";
import { NO_PAUSE, PacedWriter, type Pause } from "../storage/paced-writer.ts";
import type { EngineDirectory } from "./engine-directory.ts";

export const SNAPSHOT_VERSION = 1;
const HEADER_BYTES = 64;
const HEADER_WORDS = HEADER_BYTES / 4;
const MAGIC_LOW = 0x4e53_4c46; // "FLSN"
const MAGIC_HIGH = 0x4853_5041; // "APSH"

const MAGIC = 0; //     I32 × 2
const VERSION = 2; //   I32
const ENGINE = 3; //    I32
const SEQUENCE = 2; //  F64
const TIME = 3; //      F64
const EPOCH = 8; //     I32
const PREVIOUS = 9; //  I32
const GENESIS = 10; //  I32
const META_BYTES = 11; // I32
const BODY_BYTES = 6; // F64
const BODY_CRC = 14; // I32
const HEADER_CRC = 15; // I32

const MAX_META_BYTES = 2 ** 28;

/** Which command a snapshot is of. */
export interface SnapshotPoint {
  readonly sequence: number;
  /** µs. */
  readonly time: number;
  readonly epoch: number;
  /** Checksum of its journal record. */
  readonly crc: number;
}

export interface SnapshotFile {
  readonly point: SnapshotPoint;
  readonly stateHash: string;
  readonly snapshot: Snapshot;
  readonly bytes: number;
}

interface Meta {
  readonly stateHash: string;
  readonly regions: readonly { readonly name: string; readonly words: number }[];
  readonly sessionNames: readonly string[];
  readonly drafts: readonly Draft[];
}

/**
 * Writes the state that the engine is in, and makes it durable under its name.
 *
 * @returns bytes of the file.
 */
export function writeSnapshot(
  disk: Disk,
  directory: EngineDirectory,
  genesis: number,
  point: SnapshotPoint,
  engine: Pick<MatchingEngine, "view" | "stateHash">,
  pause: Pause = NO_PAUSE,
): number {
  const path = directory.snapshot(point.sequence);
  const made = `${path}.new`;
  const file = disk.open(made, "create");
  const writer = new PacedWriter(file, pause);
  let bytes: number;
  try {
    bytes = writeContents(writer, directory.engine, genesis, point, engine);
    writer.sync();
  } catch (error) {
    disk.remove(made);
    throw error;
  } finally {
    file.close();
  }
  disk.rename(made, path);
  disk.syncDirectory(directory.snapshots);
  return bytes;
}

function writeContents(
  file: PacedWriter,
  engineIndex: number,
  genesis: number,
  point: SnapshotPoint,
  engine: Pick<MatchingEngine, "view" | "stateHash">,
): number {
  const { regions, sessionNames, drafts } = engine.view();
  const meta: Meta = {
    stateHash: engine.stateHash(),
    regions: regions.map(({ name, words }) => ({ name, words: words.length })),
    sessionNames,
    drafts,
  };
  const text = Buffer.from(padded(JSON.stringify(meta)), "utf8");
  const metaBytes = new Uint8Array(text);
  let crc = crcAdd(CRC_START, wordsOf(metaBytes), 0, metaBytes.length / 4);
  file.write(metaBytes, HEADER_BYTES);
  let at = HEADER_BYTES + metaBytes.length;
  for (const { words } of regions) {
    crc = crcAdd(crc, words, 0, words.length);
    file.write(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
    at += words.byteLength;
  }
  file.write(encodeHeader(engineIndex, genesis, point, metaBytes.length, at - HEADER_BYTES, crcEnd(crc)), 0);
  return at;
}

function encodeHeader(
  engine: number,
  genesis: number,
  point: SnapshotPoint,
  metaBytes: number,
  bodyBytes: number,
  bodyCrc: number,
): Uint8Array {
  const header = new ArrayBuffer(HEADER_BYTES);
  const i32 = new Int32Array(header);
  const f64 = new Float64Array(header);
  i32[MAGIC] = MAGIC_LOW;
  i32[MAGIC + 1] = MAGIC_HIGH;
  i32[VERSION] = SNAPSHOT_VERSION;
  i32[ENGINE] = engine;
  f64[SEQUENCE] = point.sequence;
  f64[TIME] = point.time;
  i32[EPOCH] = point.epoch;
  i32[PREVIOUS] = point.crc;
  i32[GENESIS] = genesis;
  i32[META_BYTES] = metaBytes;
  f64[BODY_BYTES] = bodyBytes;
  i32[BODY_CRC] = bodyCrc;
  i32[HEADER_CRC] = crc32c(i32, 0, HEADER_WORDS);
  return new Uint8Array(header);
}

/** The snapshot of that sequence number, or a sentence that says what is wrong with it. */
export function readSnapshot(
  disk: Disk,
  directory: EngineDirectory,
  genesis: number,
  sequence: number,
): SnapshotFile | string {
  const file = disk.open(directory.snapshot(sequence), "read");
  try {
    return readContents(file, directory.engine, genesis, sequence);
  } catch (error) {
    if (codeOf(error) !== "EIO") throw error;
    return "the disk cannot read it (EIO)";
  } finally {
    file.close();
  }
}

function readContents(file: DiskFile, engine: number, genesis: number, sequence: number): SnapshotFile | string {
  const header = new ArrayBuffer(HEADER_BYTES);
  const i32 = new Int32Array(header);
  const f64 = new Float64Array(header);
  if (file.read(new Uint8Array(header), 0) < HEADER_BYTES) return "it is cut short";
  if (i32[MAGIC] !== MAGIC_LOW || i32[MAGIC + 1] !== MAGIC_HIGH) return "it does not begin like a snapshot";
  const headerCrc = i32[HEADER_CRC];
  i32[HEADER_CRC] = 0;
  if (isOn("crc") && crc32c(i32, 0, HEADER_WORDS) !== headerCrc) return "the checksum of its header is wrong";
  if (i32[VERSION] !== SNAPSHOT_VERSION) {
    return `it has format ${i32[VERSION]}; this build reads format ${SNAPSHOT_VERSION}`;
  }
  if (i32[ENGINE] !== engine) return `it belongs to engine ${i32[ENGINE]}, not ${engine}`;
  if (f64[SEQUENCE] !== sequence) return `it is of command ${f64[SEQUENCE]}, not of that of its name`;
  if (i32[GENESIS] !== genesis) return "it was made under another genesis.json";
  const metaBytes = i32[META_BYTES] as number;
  const bodyBytes = f64[BODY_BYTES] as number;
  const { size } = file;
  const isWhole = bodyBytes === size - HEADER_BYTES && (bodyBytes | metaBytes) % 8 === 0;
  const isSized = isWhole && metaBytes >= 0 && metaBytes <= Math.min(MAX_META_BYTES, bodyBytes);
  if (isOn("sizeCap") && !isSized) return `it says that it has ${HEADER_BYTES + bodyBytes} bytes, and has ${size}`;
  const body = new Uint8Array(bodyBytes);
  if (file.read(body, HEADER_BYTES) < bodyBytes) return "it is cut short";
  const words = wordsOf(body);
  if (isOn("crc") && crc32c(words, 0, words.length) !== i32[BODY_CRC]) return "the checksum of its contents is wrong";
  const meta = JSON.parse(Buffer.from(body.buffer, 0, metaBytes).toString("utf8")) as Meta;
  const point = {
    sequence,
    time: f64[TIME] as number,
    epoch: i32[EPOCH] as number,
    crc: i32[PREVIOUS] as number,
  };
  return { point, stateHash: meta.stateHash, snapshot: snapshotIn(meta, words, metaBytes / 4), bytes: size };
}

function snapshotIn({ regions, sessionNames, drafts }: Meta, words: Int32Array, start: number): Snapshot {
  let at = start;
  const cut = regions.map(({ name, words: count }) => {
    at += count;
    return { name, words: words.subarray(at - count, at) };
  });
  return { regions: cut, sessionNames, drafts };
}

/** Puts the engine into the state of the snapshot. @returns what is wrong with that; undefined: nothing. */
export function takeOver(engine: MatchingEngine, { snapshot, stateHash }: SnapshotFile): string | undefined {
  const [is, was] = [engine.view(), snapshot].map(({ regions }) => regions.map(({ name }) => name).join());
  if (is !== was) return "its parts are not those that the state has in this build";
  engine.restore(snapshot);
  const hash = engine.stateHash();
  if (hash === stateHash || !isOn("hashCheck")) return undefined;
  return `the state in it has the hash ${hash}, not ${stateHash} as it says`;
}

/** Spaces behind the JSON, so that its bytes are a multiple of 8. */
function padded(text: string): string {
  const bytes = Buffer.byteLength(text, "utf8");
  return text + " ".repeat((8 - (bytes % 8)) % 8);
}

/** @param bytes From the start of their buffer on, a multiple of 8. */
function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
