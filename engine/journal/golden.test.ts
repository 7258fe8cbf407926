/** Journals that earlier versions have written replay to the same state for ever: testing/golden/README.md. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { crc32cOfBytes } from "../../protocol/journal/crc32c.ts";
import {
  JOURNAL_VERSION,
  LONG_RECORD_WORDS,
  REC_BEHIND,
  REC_EPOCH,
  REC_LENGTH,
  REC_PREVIOUS,
  REC_SEQUENCE,
  decodeRecord,
  encodeRecord,
} from "../../protocol/journal/journal-format.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { RECORD_BYTES } from "../../protocol/record/command-record.ts";
import type { EngineConfig } from "../engine-config.ts";
import { EventOutbox } from "../event-outbox.ts";
import { createMatchingEngine } from "../matching-engine.ts";
import { fileDisk } from "../storage/file-disk.ts";
import type { CommandFields } from "../testing/command-fields.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { openGenesis } from "./genesis.ts";
import { readJournal } from "./journal-reader.ts";
import { type Recovery, recoverEngine } from "./recovery.ts";
import { writeSnapshot } from "./snapshot-file.ts";
import {
  FLOW_ENGINE,
  RecordBuffer,
  type WrittenRecord,
  journaledCommands,
  liveEngine,
  writeJournal,
} from "./testing/journal-rig.ts";

/** Read where it is written: it is not compiled. */
const FOLDER = fileURLToPath(new URL("../../../engine/journal/testing/golden", import.meta.url));
const DIRECTORY = new EngineDirectory("/data", 0);

const GOLDEN_ENGINE: EngineConfig = {
  ...FLOW_ENGINE,
  maxOpenOrders: 24,
  maxEndedOrders: 16,
  maxPriceLevels: 32,
};
const COMMANDS = 120;
const SNAPSHOT_AFTER = 60;

interface Expected {
  readonly sequence: number;
  readonly openOrders: number;
  readonly eventsChecksum: number;
  readonly stateHash: string;
}

/** Brings an engine back, and tells what it did on the way; from the command `tellFrom` on also by its events. */
function replayed(disk: MemoryDisk, tellFrom: number): { found: Expected; recovery: Recovery } {
  const ring = createRing(2 ** 14);
  const outbox = new EventOutbox([ring, createRing(2 ** 14)], () => {});
  const engine = createMatchingEngine(GOLDEN_ENGINE, outbox);
  const parts = { disk, dataDirectory: "/data", config: GOLDEN_ENGINE, engine, outbox };
  const recovery = recoverEngine({ ...parts, tellFrom, onCommand: () => {} });
  const events = outbox.rings.flatMap(({ i32 }) => eventBytes(i32.buffer as SharedArrayBuffer));
  const found = {
    sequence: engine.sequence,
    openOrders: engine.openOrderCount,
    eventsChecksum: crc32cOfBytes(Buffer.concat(events)) >>> 0,
    stateHash: engine.stateHash(),
  };
  return { found, recovery };
}

function eventBytes(ring: SharedArrayBuffer): Uint8Array[] {
  const consumer = new RingConsumer(ring);
  const events: Uint8Array[] = [];
  for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) {
    events.push(Uint8Array.from(Buffer.from(ring, base * 4, RECORD_BYTES)));
  }
  return events;
}

/** The files of a folder, as the data directory of a venue. */
function loaded(folder: string): MemoryDisk {
  const disk = new MemoryDisk();
  DIRECTORY.prepare(disk);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    disk.setBytes(join("/data", relative(folder, path)), new Uint8Array(readFileSync(path)));
  }
  return disk;
}

function created(commands: readonly CommandFields[]): MemoryDisk {
  const disk = new MemoryDisk();
  DIRECTORY.prepare(disk);
  const { id: genesis } = openGenesis(disk, DIRECTORY, GOLDEN_ENGINE);
  const records = writeJournal({
    disk,
    directory: DIRECTORY,
    commands,
    genesis,
    segmentBytes: 4096,
    groupSize: () => 7,
  });
  const { sequence, crc } = records[SNAPSHOT_AFTER - 1] as WrittenRecord;
  const { time } = commands[SNAPSHOT_AFTER - 1] as CommandFields;
  const live = liveEngine(commands.slice(0, SNAPSHOT_AFTER), GOLDEN_ENGINE);
  writeSnapshot(disk, DIRECTORY, genesis, { sequence, time, epoch: 1, crc }, live);
  return disk;
}

function writeFolder(folder: string): void {
  const disk = created(journaledCommands(1, COMMANDS));
  const paths = [DIRECTORY.root, DIRECTORY.journal, DIRECTORY.snapshots].flatMap((directory) =>
    disk.list(directory).map((name) => join(directory, name)),
  );
  for (const path of paths) {
    const to = join(folder, relative("/data", path));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, disk.bytesOf(path));
  }
  const { found } = replayed(withoutSnapshots(disk), 1);
  writeFileSync(join(folder, "expected.json"), `${JSON.stringify(found, undefined, 2)}\n`);
}

function withoutSnapshots(disk: MemoryDisk): MemoryDisk {
  const copy = disk.copy();
  for (const sequence of DIRECTORY.snapshotSequences(copy)) copy.remove(DIRECTORY.snapshot(sequence));
  return copy;
}

const present = join(FOLDER, `v${JOURNAL_VERSION}`);
if (process.env["FAIRLEAD_GOLDEN"] === "write" && !existsSync(present)) writeFolder(present);

const versions = fileDisk.list(FOLDER).filter((name) => name.startsWith("v"));

describe.each(versions)("a data directory of format %s", (version) => {
  const folder = join(FOLDER, version);
  const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Expected;

  test("replays from its first command to the same state, by the same events", () => {
    const { found, recovery } = replayed(withoutSnapshots(loaded(folder)), 1);
    expect(found).toEqual(expected);
    expect(recovery).toMatchObject({ torn: undefined, badSnapshots: [], replayedCommands: COMMANDS });
  });

  test("comes back from its snapshot to the same state", () => {
    const { found, recovery } = replayed(loaded(folder), Infinity);
    expect(found).toMatchObject({ ...expected, eventsChecksum: found.eventsChecksum });
    expect(recovery).toMatchObject({ badSnapshots: [], snapshotSequence: SNAPSHOT_AFTER });
  });
});

describe("a data directory of the present format", () => {
  test("is there", () => {
    expect(versions).toContain(`v${JOURNAL_VERSION}`);
  });

  test("has the records that this build writes, to the last bit", () => {
    const disk = loaded(present);
    const { id: genesis } = openGenesis(disk, DIRECTORY, GOLDEN_ENGINE);
    const command = new RecordBuffer();
    const buffer = new ArrayBuffer(LONG_RECORD_WORDS * 4);
    const out = { i32: new Int32Array(buffer), f64: new Float64Array(buffer) };
    const { records } = readJournal(disk, DIRECTORY, { after: 0, genesis }, (i32, f64, at) => {
      const words = (i32[at + REC_LENGTH] as number) / 4;
      const durable = (f64[(at >> 1) + REC_SEQUENCE] as number) - 1 - (i32[at + REC_BEHIND] as number);
      const context = { epoch: i32[at + REC_EPOCH] as number, previous: i32[at + REC_PREVIOUS] as number, durable };
      decodeRecord(i32, f64, at, command.i32, command.f64, 0);
      encodeRecord(command.i32, command.f64, 0, out.i32, out.f64, 0, context);
      expect(out.i32.subarray(0, words)).toEqual(i32.slice(at, at + words));
    });
    expect(records).toBe(COMMANDS);
  });
});
