/** A snapshot is read as it was written, or not at all: each thing that can be wrong with one has its sentence. */
import { afterEach, describe, expect, test } from "vitest";
import { takeAway } from "../../protocol/guards.ts";
import { crc32c } from "../../protocol/journal/crc32c.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { SimDisk } from "../testing/sim/sim-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { type SnapshotFile, readSnapshot, takeOver, writeSnapshot } from "./snapshot-file.ts";
import { journaledCommands, liveEngine, quietEngine } from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const DIRECTORY = new EngineDirectory("/data", 3);
const GENESIS = -77;
const POINT = { sequence: 2 ** 53 - 1, time: 1.7e15, epoch: 12, crc: -3 };
const PATH = DIRECTORY.snapshot(POINT.sequence);
const LIVE = liveEngine(journaledCommands(SEED, 300));

const WRITTEN = new MemoryDisk();
DIRECTORY.prepare(WRITTEN);
const BYTES = writeSnapshot(WRITTEN, DIRECTORY, GENESIS, POINT, LIVE);

afterEach(() => takeAway());

function read(disk = WRITTEN, genesis = GENESIS): SnapshotFile | string {
  return readSnapshot(disk, DIRECTORY, genesis, POINT.sequence);
}

function readSound(): SnapshotFile {
  const file = read();
  if (typeof file === "string") throw new Error(file);
  return file;
}

/** The snapshot with other words in its header, and the checksum of a program that writes it so. */
function reheaded(change: (i32: Int32Array, f64: Float64Array) => void): MemoryDisk {
  const disk = WRITTEN.copy();
  const { buffer } = disk.bytesOf(PATH);
  const i32 = new Int32Array(buffer, 0, 16);
  change(i32, new Float64Array(buffer, 0, 8));
  i32[15] = 0;
  i32[15] = crc32c(i32, 0, 16);
  return disk;
}

describe("a snapshot", () => {
  test("is read as it was written", () => {
    const file = readSound();
    expect(file).toMatchObject({ point: POINT, stateHash: LIVE.stateHash(), bytes: BYTES });
    expect(file.snapshot).toEqual(LIVE.save());
    const { engine } = quietEngine();
    expect(takeOver(engine, file)).toBeUndefined();
    expect(engine.stateHash()).toBe(LIVE.stateHash());
    expect(WRITTEN.list(DIRECTORY.snapshots)).toEqual(["9007199254740991.snapshot"]);
  });

  test("that is shorter or longer than it says is none, wherever it ends", () => {
    const disk = WRITTEN.copy();
    const bytes = disk.bytesOf(PATH);
    for (let length = 0; length < bytes.length; length += length < 80 ? 1 : 509) {
      disk.setBytes(PATH, bytes.subarray(0, length));
      expect(read(disk)).toBe(
        length < 64 ? "it is cut short" : `it says that it has ${BYTES} bytes, and has ${length}`,
      );
    }
    disk.setBytes(PATH, Buffer.concat([bytes, Buffer.alloc(8)]));
    expect(read(disk)).toBe(`it says that it has ${BYTES} bytes, and has ${BYTES + 8}`);
  });

  test.each<[string, (i32: Int32Array, f64: Float64Array) => void]>([
    ["it does not begin like a snapshot", (i32) => i32.fill(0, 1, 2)],
    ["it has format 2; this build reads format 1", (i32) => i32.fill(2, 2, 3)],
    ["it belongs to engine 4, not 3", (i32) => i32.fill(4, 3, 4)],
    ["it is of command 9, not of that of its name", (_, f64) => f64.fill(9, 2, 3)],
    ["it was made under another genesis.json", (i32) => i32.fill(78, 10, 11)],
    ["the checksum of its contents is wrong", (i32) => i32.fill(5, 14, 15)],
    [`it says that it has ${BYTES} bytes, and has ${BYTES}`, (i32) => i32.fill(-8, 11, 12)],
    [`it says that it has ${2 ** 52 + 64} bytes, and has ${BYTES}`, (_, f64) => f64.fill(2 ** 52, 6, 7)],
  ])("of which %s is refused", (line, change) => {
    expect(read(reheaded(change))).toBe(line);
  });

  test("of which the disk cannot read a part is refused", () => {
    const disk = new SimDisk();
    DIRECTORY.prepare(disk);
    writeSnapshot(disk, DIRECTORY, GENESIS, POINT, LIVE);
    disk.failNext("read", "EIO", { nth: 2 });
    expect(readSnapshot(disk, DIRECTORY, GENESIS, POINT.sequence)).toBe("the disk cannot read it (EIO)");
  });

  test("of a state with other parts is not taken over", () => {
    const file = readSound();
    const { engine } = quietEngine();
    const [first, ...others] = file.snapshot.regions;
    const renamed = { ...file, snapshot: { ...file.snapshot, regions: [{ ...first, name: "x" }, ...others] } };
    const line = "its parts are not those that the state has in this build";
    expect(takeOver(engine, renamed as SnapshotFile)).toBe(line);
    expect(takeOver(engine, { ...file, snapshot: { ...file.snapshot, regions: others } })).toBe(line);
  });

  test("that could not be written leaves nothing behind", () => {
    for (const operation of ["write", "sync"] as const) {
      const disk = new SimDisk();
      DIRECTORY.prepare(disk);
      disk.failNext(operation, "EIO");
      expect(() => writeSnapshot(disk, DIRECTORY, GENESIS, POINT, LIVE)).toThrow("EIO");
      expect(disk.list(DIRECTORY.snapshots)).toEqual([]);
    }
  });
});

describe("without the guard", () => {
  test("crc a snapshot with a flipped bit is taken", () => {
    const disk = WRITTEN.copy();
    const bytes = disk.bytesOf(PATH);
    bytes[BYTES - 20] = (bytes[BYTES - 20] as number) ^ 1;
    expect(read(disk)).toBe("the checksum of its contents is wrong");
    takeAway("crc");
    expect(read(disk)).not.toBeTypeOf("string");
  });

  test("sizeCap a length that was read is asked for as memory", () => {
    const disk = reheaded((_, f64) => f64.fill(2 ** 52, 6, 7));
    expect(read(disk)).toBeTypeOf("string");
    takeAway("sizeCap");
    expect(() => read(disk)).toThrow(RangeError);
  });

  test("hashCheck an engine takes over a state that is not the one that was saved", () => {
    const file = readSound();
    const { engine } = quietEngine();
    const other = { ...file, snapshot: quietEngine().engine.save() };
    expect(takeOver(engine, other)).toMatch(
      /^the state in it has the hash [0-9a-f]{16}, not [0-9a-f]{16} as it says$/u,
    );
    takeAway("hashCheck");
    expect(takeOver(engine, other)).toBeUndefined();
  });
});
