/**
 * A journal that was cut or changed anywhere: what can still be told of it is an exact prefix of what was written, and where the rest
 * is missing is said. What is expected follows from where the records lie and what was durable when each was written.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { takeAway } from "../../protocol/guards.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { REC_CRC, SEGMENT_HEADER_BYTES } from "../../protocol/journal/journal-format.ts";
import type { CommandFields } from "../testing/command-fields.ts";
import { Dice } from "../testing/flow/dice.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { JournalDamage, readJournal } from "./journal-reader.ts";
import { type WrittenRecord, journaledCommands, writeJournal } from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const SEGMENT_BYTES = 4096;
const GENESIS = 7;
const DIRECTORY = new EngineDirectory("/data", 0);

/** What a reader finds: how far it gets, and what it says of the rest. */
type Finding =
  | { readonly through: number; readonly torn: number | undefined; readonly whole: number }
  | { readonly path: string; readonly damagedAt: number };

interface Segment {
  readonly first: number;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly records: readonly WrittenRecord[];
}

interface Journal {
  readonly records: readonly WrittenRecord[];
  readonly segments: readonly Segment[];
}

function journalOf(commands: readonly CommandFields[], groupSize: () => number, segmentBytes = SEGMENT_BYTES): Journal {
  const disk = new MemoryDisk();
  const records = writeJournal({ disk, directory: DIRECTORY, commands, genesis: GENESIS, groupSize, segmentBytes });
  const segments = DIRECTORY.segments(disk).map((first) => {
    const path = DIRECTORY.segment(first);
    return { first, path, bytes: disk.bytesOf(path), records: records.filter(({ segment }) => segment === first) };
  });
  return { records, segments };
}

/** A disk with these segments only: what lies before them has been read already. */
function diskOf(segments: readonly Segment[]): MemoryDisk {
  const disk = new MemoryDisk();
  disk.makeDirectory(DIRECTORY.journal);
  for (const { path, bytes } of segments) disk.setBytes(path, bytes.slice());
  return disk;
}

/** Reads on from the record before `first`. NaN as the last record: one has come that was not next in turn. */
function read(disk: MemoryDisk, { records }: Journal, first: number): Finding {
  const afterCrc = records[first - 2]?.crc;
  let through = first - 1;
  try {
    const { end, torn } = readJournal(disk, DIRECTORY, { after: through, afterCrc, genesis: GENESIS }, (i32, _, at) => {
      if (i32[at + REC_CRC] !== records[through]?.crc) through = NaN;
      through++;
    });
    return { through: end.sequence === through ? through : NaN, torn: torn?.offset, whole: torn?.records ?? 0 };
  } catch (error) {
    if (error instanceof JournalDamage) return { path: error.path, damagedAt: error.offset };
    // A header that says that it is of another version, once nobody looks at its checksum.
    if (error instanceof OperatingError) return { path: error.message, damagedAt: NaN };
    throw error;
  }
}

function isSame(found: Finding, expected: Finding): boolean {
  if ("path" in found)
    return "path" in expected && found.path === expected.path && found.damagedAt === expected.damagedAt;
  if ("path" in expected) return false;
  return found.through === expected.through && found.torn === expected.torn && found.whole === expected.whole;
}

/** Errors are made by the hundred thousand here: their stacks would take most of the time. */
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});
afterEach(() => takeAway());

describe("a journal of 2,000 records, cut at every byte", () => {
  const dice = new Dice(SEED);
  const journal = journalOf(journaledCommands(SEED, 2000), () => dice.between(1, 9));

  test("is read up to the last whole record, and what is left of the next one is told", () => {
    const wrong: unknown[] = [];
    let cuts = 0;
    for (const [n, segment] of journal.segments.entries()) {
      const alone = diskOf([segment]);
      const behindAnother = diskOf(journal.segments.slice(Math.max(0, n - 1), n + 1));
      const start = journal.segments[Math.max(0, n - 1)] as Segment;
      for (let cut = 0; cut <= endOf(segment.records.at(-1)); cut++) {
        const hasHeader = cut >= SEGMENT_HEADER_BYTES;
        const disk = hasHeader ? alone : behindAnother;
        disk.setBytes(segment.path, segment.bytes.subarray(0, cut));
        const found = read(disk, journal, hasHeader ? segment.first : start.first);
        const expected = expectedOfLast(segment, cut);
        if (!isSame(found, expected)) wrong.push({ segment: segment.first, cut, found, expected });
        cuts++;
      }
    }
    expect(wrong).toEqual([]);
    expect(cuts).toBeGreaterThan(200_000);
  });

  test("in a segment that is not the last is refused: what follows was written when all of it was durable", () => {
    const [first, second] = journal.segments as [Segment, Segment];
    const disk = diskOf([first, second]);
    const wrong: unknown[] = [];
    for (let cut = 0; wholeRecords(first.records, first.bytes, cut) < first.records.length; cut++) {
      disk.setBytes(first.path, first.bytes.subarray(0, cut));
      const whole = wholeRecords(first.records, first.bytes, cut);
      const damagedAt = cut < SEGMENT_HEADER_BYTES ? 0 : endOf(first.records[whole - 1]);
      const found = read(disk, journal, 1);
      if (!isSame(found, { path: first.path, damagedAt })) wrong.push({ cut, found, damagedAt });
    }
    expect(wrong).toEqual([]);
  });
});

/** What is expected of a segment that has nothing behind it, with this many of its bytes. */
function expectedOfLast({ first, path, bytes, records }: Segment, cut: number): Finding {
  if (cut < SEGMENT_HEADER_BYTES) {
    // A journal that has nothing else has lost everything; behind other segments one was being made.
    return first === 1 ? { path, damagedAt: 0 } : { through: first - 1, torn: 0, whole: 0 };
  }
  const whole = wholeRecords(records, bytes, cut);
  const end = endOf(records[whole - 1]);
  const hasRest = bytes.subarray(end, Math.max(end, cut)).some((byte) => byte !== 0);
  return { through: first - 1 + whole, torn: hasRest ? end : undefined, whole: 0 };
}

/** Byte behind a record; undefined: behind the header. */
function endOf(record: WrittenRecord | undefined): number {
  return record === undefined ? SEGMENT_HEADER_BYTES : record.offset + record.bytes;
}

/** Records that are there in the first `cut` bytes. Zeros that were cut off are no loss: they follow the end of a file. */
function wholeRecords(records: readonly WrittenRecord[], bytes: Uint8Array, cut: number): number {
  let used = cut;
  while (used % 8 !== 0 && bytes[used] === 0) used++;
  return records.filter((record) => endOf(record) <= used).length;
}

/** What is expected when one bit of the record is not as it was. */
function expectedOfRecord({ path, records }: Segment, at: number, isLast: boolean): Finding {
  const { sequence, offset } = records[at] as WrittenRecord;
  const followers = records.slice(at + 1);
  // Written when the broken one was durable: so it was told to somebody.
  const isLoss = !isLast || followers.some(({ durable }) => durable >= sequence);
  return isLoss ? { path, damagedAt: offset } : { through: sequence - 1, torn: offset, whole: followers.length };
}

/** The same for each byte of the segment. */
function expectedOf(segment: Segment, isLast: boolean): Finding[] {
  const { path, bytes, records } = segment;
  const end = endOf(records.at(-1));
  const through = segment.first - 1 + records.length;
  const behind: Finding = isLast ? { through, torn: end, whole: 0 } : { path, damagedAt: end };
  const inHeader: Finding = { path, damagedAt: 0 };
  const findings = Array.from(bytes, (_, at) => (at < SEGMENT_HEADER_BYTES ? inHeader : behind));
  for (const [at, record] of records.entries()) {
    findings.fill(expectedOfRecord(segment, at, isLast), record.offset, endOf(record));
  }
  return findings;
}

describe("a journal of 64 KiB with any bit flipped", () => {
  const dice = new Dice(SEED);
  const groups = [1, 1, 2, 5, 12];
  const journal = journalOf(journaledCommands(SEED, 800), () => dice.oneOf(groups), 2048);
  const segments = journal.segments.slice(-32);

  /** Flips every step-th bit. Returns the bits of which the reader says anything but what is expected. */
  function unexpected(n: number, step = 1): number[] {
    const segment = segments[n] as Segment;
    const disk = diskOf(segments.slice(n, n + 2));
    const bytes = disk.bytesOf(segment.path);
    const findings = expectedOf(segment, n === segments.length - 1);
    const bits: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit += step) {
      const at = bit >> 3;
      const was = bytes[at] as number;
      bytes[at] = was ^ (1 << (bit & 7));
      if (!isSame(read(disk, journal, segment.first), findings[at] as Finding)) bits.push(bit);
      bytes[at] = was;
    }
    return bits;
  }

  test("says where, and reads exactly what lies before", () => {
    expect(segments.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(2 ** 16);
    for (const n of segments.keys()) expect(unexpected(n), `segment ${n}`).toEqual([]);
  });

  test("has torn tails and losses among its cases", () => {
    const last = expectedOf(segments.at(-1) as Segment, true);
    expect(last.filter((finding) => "path" in finding).length).toBeGreaterThan(SEGMENT_HEADER_BYTES);
    expect(last.filter((finding) => "through" in finding && finding.whole > 0).length).toBeGreaterThan(0);
  });

  test("is read as if nothing were wrong once the checksums are not looked at", () => {
    takeAway("crc");
    expect(unexpected(3, 31).length).toBeGreaterThan(300);
  });
});
