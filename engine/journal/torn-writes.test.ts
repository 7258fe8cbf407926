/** What a power cut leaves of a group of records, and what becomes of it at the next starts. */
import { describe, expect, test } from "vitest";
import type { CommandFields } from "../testing/command-fields.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { SECTOR_BYTES } from "../testing/sim/sim-file.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { JournalDamage, type JournalReading, cutTail, readJournal } from "./journal-reader.ts";
import { type WrittenRecord, journaledCommands, writeJournal } from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const DIRECTORY = new EngineDirectory("/data", 0);
const GENESIS = 7;

function read(disk: MemoryDisk): JournalReading {
  return readJournal(disk, DIRECTORY, { after: 0, genesis: GENESIS }, () => {});
}

interface TornGroup {
  readonly disk: MemoryDisk;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Those of the group. */
  readonly records: readonly WrittenRecord[];
}

const DURABLE = 25;
const PATH = DIRECTORY.segment(1);

/** A segment before and after a group of so many records was written behind 25 durable ones. */
function groupOf(commands: readonly CommandFields[], size: number): TornGroup {
  const disk = new MemoryDisk();
  const plan = { disk, directory: DIRECTORY, genesis: GENESIS, segmentBytes: 16_384 };
  writeJournal({ ...plan, commands: commands.slice(0, DURABLE) });
  const before = disk.bytesOf(PATH).slice();
  const { end } = read(disk);
  const group = commands.slice(DURABLE, DURABLE + size);
  const records = writeJournal({ ...plan, commands: group, end, groupSize: () => size });
  return { disk, before, after: disk.bytesOf(PATH).slice(), records };
}

/** Sectors in which the two differ. */
function changedSectors({ before, after }: TornGroup): number[] {
  const sectors: number[] = [];
  for (let at = 0; at < after.length; at += SECTOR_BYTES) {
    const [was, is] = [before, after].map((bytes) => Buffer.from(bytes.subarray(at, at + SECTOR_BYTES)));
    if (was !== undefined && is !== undefined && !was.equals(is)) sectors.push(at / SECTOR_BYTES);
  }
  return sectors;
}

/** Only those of the changed sectors reach the disk whose bit is set. */
function tear({ disk, before, after }: TornGroup, sectors: readonly number[], kept: number): Uint8Array {
  const bytes = before.slice();
  for (const [n, sector] of sectors.entries()) {
    const start = sector * SECTOR_BYTES;
    if ((kept & (1 << n)) !== 0) bytes.set(after.subarray(start, start + SECTOR_BYTES), start);
  }
  disk.setBytes(PATH, bytes);
  return bytes;
}

function isWhole(bytes: Uint8Array, after: Uint8Array, { offset, bytes: length }: WrittenRecord): boolean {
  return Buffer.from(bytes.subarray(offset, offset + length)).equals(
    Buffer.from(after.subarray(offset, offset + length)),
  );
}

describe("of a group that was being written, any sectors may be there", () => {
  const commands = journaledCommands(SEED, 200);

  test.each([1, 2, 5, 16, 40])("and of %i records those before the first broken one are kept", (size) => {
    const group = groupOf(commands, size);
    const sectors = changedSectors(group);
    expect(sectors.length).toBeLessThanOrEqual(12);
    for (let kept = 0; kept < 2 ** sectors.length; kept++) {
      const bytes = tear(group, sectors, kept);
      const whole = group.records.map((record) => isWhole(bytes, group.after, record));
      const prefix = whole.includes(false) ? whole.indexOf(false) : whole.length;
      const { end, torn } = read(group.disk);
      expect(end.sequence, `sectors ${kept.toString(2)}`).toBe(DURABLE + prefix);
      expect(torn?.records ?? 0).toBe(whole.slice(prefix).filter(Boolean).length);
      const rest = bytes.subarray(end.offset);
      expect(torn?.bytes ?? 0).toBe(Math.ceil((rest.findLastIndex((byte) => byte !== 0) + 1) / 8) * 8);
    }
  });

  test("and what was cut off never comes back, whatever is written in its place", () => {
    const group = groupOf(commands, 16);
    const sectors = changedSectors(group);
    for (let kept = 0; kept < 2 ** sectors.length; kept++) {
      tear(group, sectors, kept);
      const { disk } = group;
      const { torn, end } = read(disk);
      if (torn !== undefined) cutTail(disk, torn);
      expect(read(disk)).toMatchObject({ end, torn: undefined });
      const others = [{ ...(commands[end.sequence] as CommandFields), session: 99 }];
      writeJournal({
        disk,
        directory: DIRECTORY,
        genesis: GENESIS,
        segmentBytes: 16_384,
        commands: others,
        end,
        epoch: 2,
      });
      expect(read(disk)).toMatchObject({ end: { sequence: end.sequence + 1, epoch: 2 }, torn: undefined });
    }
  });

  test("but once another group is behind it, all of them were durable: a hole is a loss", () => {
    const group = groupOf(commands, 16);
    const sectors = changedSectors(group);
    const { end } = read(group.disk);
    const next = commands.slice(end.sequence, end.sequence + 3);
    const plan = { disk: group.disk, directory: DIRECTORY, genesis: GENESIS, segmentBytes: 16_384 };
    const [follower] = writeJournal({ ...plan, commands: next, end, groupSize: () => 3 }) as [WrittenRecord];
    const complete = { ...group, after: group.disk.bytesOf(PATH).slice() };
    const own = sectors.filter((sector) => (sector + 1) * SECTOR_BYTES <= follower.offset);
    for (let kept = 0; kept < 2 ** own.length - 1; kept++) {
      const bytes = tear({ ...complete, before: group.before }, own, kept);
      bytes.set(
        complete.after.subarray(own.length * SECTOR_BYTES + (own[0] as number) * SECTOR_BYTES),
        ((own[0] as number) + own.length) * SECTOR_BYTES,
      );
      const broken = group.records.find((record) => !isWhole(bytes, complete.after, record)) as WrittenRecord;
      expect(damageOf(group.disk)).toEqual({
        offset: broken.offset,
        problem: `command ${broken.sequence} cannot be read, but was durable when command ${follower.sequence} was written`,
      });
    }
  });
});

function damageOf(disk: MemoryDisk): { offset: number; problem: string } | undefined {
  try {
    read(disk);
  } catch (error) {
    if (error instanceof JournalDamage) return { offset: error.offset, problem: error.problem };
    throw error;
  }
  return undefined;
}
