/** What the writer has made durable is what the reader gives back, from any command to any other, over any number of segments. */
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { takeAway } from "../../protocol/guards.ts";
import { SEGMENT_HEADER_BYTES, decodeRecord } from "../../protocol/journal/journal-format.ts";
import { CMD_FLAGS, CMD_SEQUENCE, CommandKind, RECORD_BYTES } from "../../protocol/record/command-record.ts";
import { type CommandFields, commandOf } from "../testing/command-fields.ts";
import { Dice } from "../testing/flow/dice.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { SimDisk } from "../testing/sim/sim-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { JournalDamage, type JournalReading, type ReadRange, readJournal } from "./journal-reader.ts";
import {
  RecordBuffer,
  type WrittenRecord,
  journaledCommands,
  openWriter,
  writeJournal,
} from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const DIRECTORY = new EngineDirectory("/data", 0);
const GENESIS = 7;
const COUNT = 400;
const COMMANDS = journaledCommands(SEED, COUNT);

afterEach(() => takeAway());

interface Read extends JournalReading {
  /** Sequence numbers. */
  readonly read: readonly number[];
}

function read(disk: MemoryDisk, wanted: Partial<ReadRange> = {}): Read {
  const command = new RecordBuffer();
  const sequences: number[] = [];
  const reading = readJournal(disk, DIRECTORY, { after: 0, genesis: GENESIS, ...wanted }, (i32, f64, at) => {
    decodeRecord(i32, f64, at, command.i32, command.f64, 0);
    const sequence = command.f64[CMD_SEQUENCE] as number;
    expect(command.i32.subarray(0, CMD_FLAGS)).toEqual(headOf(sequence));
    sequences.push(sequence);
  });
  return { ...reading, read: sequences };
}

/** Kind, session and instrument: the record as such has its own test. */
function headOf(sequence: number): Int32Array {
  return new RecordBuffer().put(COMMANDS[sequence - 1] as CommandFields).i32.subarray(0, CMD_FLAGS);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
}

function problemOf(disk: MemoryDisk, wanted: Partial<ReadRange> = {}): string {
  try {
    read(disk, wanted);
  } catch (error) {
    if (error instanceof JournalDamage) return `${error.offset}: ${error.problem}`;
    throw error;
  }
  return "none";
}

function journal(groupSize: () => number, segmentBytes = 4096): { disk: MemoryDisk; records: WrittenRecord[] } {
  const disk = new MemoryDisk();
  const plan = { disk, directory: DIRECTORY, commands: COMMANDS, genesis: GENESIS };
  return { disk, records: writeJournal({ ...plan, groupSize, segmentBytes }) };
}

describe("a journal", () => {
  test("gives back what was written, whatever the groups and the size of its segments", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(208, 296, 1024, 4096, 2 ** 20), (seed, segmentBytes) => {
        const dice = new Dice(seed);
        const { disk, records } = journal(() => dice.between(1, 40), segmentBytes);
        const { read: sequences, end, torn } = read(disk);
        expect(sequences).toEqual(range(1, COUNT));
        const last = records.at(-1) as WrittenRecord;
        expect(end).toEqual({
          sequence: COUNT,
          crc: last.crc,
          time: COMMANDS.at(-1)?.time,
          epoch: 1,
          segment: last.segment,
          offset: last.offset + last.bytes,
        });
        expect(torn).toBeUndefined();
      }),
      { seed: SEED, numRuns: 15, endOnFailure: true },
    );
  });

  test("is read from any command to any other", () => {
    const { disk, records } = journal(() => 5);
    fc.assert(
      fc.property(fc.nat(COUNT), fc.nat(COUNT), (one, other) => {
        const [after, through] = [Math.min(one, other), Math.max(one, other)];
        const afterCrc = records[after - 1]?.crc;
        expect(read(disk, { after, afterCrc, through }).read).toEqual(range(after + 1, through));
        expect(read(disk, { after, afterCrc }).read).toEqual(range(after + 1, COUNT));
      }),
      { seed: SEED, numRuns: 200, endOnFailure: true },
    );
  });

  test("is not read further than was asked for: what lies behind is somebody else's business", () => {
    const { disk, records } = journal(() => 5);
    const at200 = records[199] as WrittenRecord;
    const bytes = disk.bytesOf(DIRECTORY.segment(at200.segment));
    bytes.fill(0x55, at200.offset + at200.bytes);
    expect(read(disk, { through: 200 }).end).toMatchObject({ sequence: 200, crc: at200.crc });
    expect(problemOf(disk, { through: 201 })).toContain("command 201 cannot be read");
  });

  test("that ends before the command that is asked for is damaged", () => {
    const { disk } = journal(() => 5);
    expect(problemOf(disk, { through: COUNT + 1 })).toContain(
      "the journal ends with command 400, but command 401 was durable",
    );
    expect(problemOf(disk, { after: COUNT + 5 })).toContain(
      "the journal ends with command 400, but command 405 was durable",
    );
  });

  test("that does not follow the snapshot is damaged, wherever that was made", () => {
    const { disk, records } = journal(() => 5);
    for (const after of [1, 200, (records.at(-1) as WrittenRecord).segment - 1, COUNT]) {
      const wrong = { after, afterCrc: 99 };
      expect(problemOf(disk, wrong)).not.toBe("none");
      takeAway("chain");
      expect(problemOf(disk, wrong)).toBe("none");
      takeAway();
    }
  });

  test("with a segment of another journal is damaged, and only the chain tells", () => {
    const { disk, records } = journal(() => 5);
    const [, second, third] = DIRECTORY.segments(disk) as [number, number, number];
    const other = new MemoryDisk();
    // The same commands under another epoch: every record is sound by itself.
    const commands = COMMANDS.slice(0, second - 1);
    writeJournal({ disk: other, directory: DIRECTORY, commands, genesis: GENESIS, epoch: 2 });
    disk.setBytes(DIRECTORY.segment(1), other.bytesOf(DIRECTORY.segment(1)));
    expect(problemOf(disk)).toBe(`0: it does not follow command ${second - 1}`);
    takeAway("chain");
    expect(problemOf(disk)).toBe("none");
    expect(records.some(({ segment }) => segment === third)).toBe(true);
  });

  test("is empty when nothing was written", () => {
    const disk = new MemoryDisk();
    expect(read(disk)).toMatchObject({ records: 0, end: { sequence: 0, segment: 0 } });
    const restored = read(disk, { after: 9, afterCrc: 5 });
    expect(restored.end).toMatchObject({ sequence: 9, crc: 5, segment: 0 });
  });
});

describe("the writer", () => {
  const record = new RecordBuffer();

  function put(sequence: number): RecordBuffer {
    return record.put(COMMANDS[sequence - 1] as CommandFields);
  }

  test("has made durable what it has committed, and nothing else", () => {
    const disk = new SimDisk();
    DIRECTORY.prepare(disk);
    const writer = openWriter({ disk, directory: DIRECTORY });
    writer.nextSegment();
    for (const sequence of [1, 2, 3]) writer.append(put(sequence).i32, record.f64, 0);
    expect([writer.sequence, writer.durableSequence]).toEqual([3, 0]);
    const before = disk.counts.sync;
    expect(writer.commit()).toBeGreaterThanOrEqual(3 * 88);
    expect(writer.commit()).toBe(0);
    expect(disk.counts.sync).toBe(before + 1);
    expect([writer.sequence, writer.durableSequence]).toEqual([3, 3]);
  });

  test("takes no sequence number twice, and leaves none out", () => {
    const disk = new MemoryDisk();
    DIRECTORY.prepare(disk);
    const writer = openWriter({ disk, directory: DIRECTORY });
    writer.nextSegment();
    writer.append(put(1).i32, record.f64, 0);
    for (const sequence of [1, 3]) {
      expect(() => writer.append(put(sequence).i32, record.f64, 0)).toThrow("every sequence number once");
    }
  });

  test("fills a segment to the last byte, and its buffer to a mebibyte", () => {
    const disk = new MemoryDisk();
    DIRECTORY.prepare(disk);
    const { i32 } = record.put(commandOf({ kind: CommandKind.AdvanceTime, sequence: 1 }));
    const fit = (segmentBytes: number): boolean => {
      const writer = openWriter({ disk, directory: DIRECTORY, segmentBytes });
      expect(writer.fitsSegment(i32, 0)).toBe(false);
      writer.nextSegment();
      return writer.fitsSegment(i32, 0);
    };
    expect([fit(SEGMENT_HEADER_BYTES + 88), fit(SEGMENT_HEADER_BYTES + 80)]).toEqual([true, false]);
    const writer = openWriter({ disk, directory: DIRECTORY, segmentBytes: 2 ** 22 });
    writer.nextSegment();
    let count = 0;
    for (; writer.fitsBuffer(i32, 0); count++) {
      record.f64[CMD_SEQUENCE] = count + 1;
      writer.append(i32, record.f64, 0);
    }
    expect(count).toBe(Math.floor(2 ** 20 / 88));
  });

  test("tries again to begin a segment once a full disk has room", () => {
    const disk = new SimDisk();
    DIRECTORY.prepare(disk);
    const writer = openWriter({ disk, directory: DIRECTORY });
    disk.capacityBytes = 100;
    expect(() => writer.nextSegment()).toThrow("ENOSPC");
    expect(disk.list(DIRECTORY.journal)).toEqual([]);
    disk.capacityBytes = Infinity;
    writer.nextSegment();
    writer.append(put(1).i32, record.f64, 0);
    writer.commit();
    writer.close();
    expect(readJournal(disk, DIRECTORY, { after: 0, genesis: GENESIS }, () => {}).records).toBe(1);
  });

  test("passes on every other error of the disk", () => {
    for (const operation of ["sync", "write", "rename", "syncDirectory", "open"] as const) {
      const disk = new SimDisk();
      DIRECTORY.prepare(disk);
      const writer = openWriter({ disk, directory: DIRECTORY });
      disk.failNext(operation, "EIO");
      expect(() => writer.nextSegment()).toThrow("EIO");
    }
  });

  test("uses spares first, and a spare that was used once before is a new segment", () => {
    const disk = new MemoryDisk();
    DIRECTORY.prepare(disk);
    for (const name of ["1", "2"])
      disk.setBytes(`${DIRECTORY.journal}/${name}.spare`, new Uint8Array(RECORD_BYTES * 8));
    // A power cut between the header and the name leaves a header in a spare.
    disk.bytesOf(`${DIRECTORY.journal}/1.spare`).fill(9, 0, SEGMENT_HEADER_BYTES);
    const plan = { disk, directory: DIRECTORY, genesis: GENESIS, segmentBytes: RECORD_BYTES * 8 };
    writeJournal({ ...plan, commands: COMMANDS.slice(0, 30) });
    expect(DIRECTORY.spares(disk)).toEqual([]);
    expect(DIRECTORY.segments(disk).length).toBeGreaterThan(2);
    expect(read(disk).end.sequence).toBe(30);
  });
});
