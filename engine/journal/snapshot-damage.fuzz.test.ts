/** A snapshot of 64 KiB in which one bit is not as it was: every 25th bit, and every one with FAIRLEAD_LONG=1. */
import { expect, test } from "vitest";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-file.ts";
import { FLOW_ENGINE, journaledCommands, liveEngine } from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
/** Odd: every bit of a byte gets its turn. */
const STEP = process.env["FAIRLEAD_LONG"] === "1" ? 1 : 25;
const SNAPSHOT_BYTES = 2 ** 16;
const DIRECTORY = new EngineDirectory("/data", 0);
const GENESIS = 7;

const DAMAGES = [
  "it does not begin like a snapshot",
  "the checksum of its header is wrong",
  "the checksum of its contents is wrong",
];

function snapshotOf(commandCount: number): MemoryDisk {
  const disk = new MemoryDisk();
  DIRECTORY.prepare(disk);
  const live = liveEngine(journaledCommands(SEED, commandCount), { ...FLOW_ENGINE, maxEndedOrders: 256 });
  writeSnapshot(disk, DIRECTORY, GENESIS, { sequence: 1, time: 0, epoch: 1, crc: 0 }, live);
  return disk;
}

test("is refused with a sentence, whichever bit it is", () => {
  const disk = snapshotOf(1500);
  const bytes = disk.bytesOf(DIRECTORY.snapshot(1));
  expect(bytes.length).toBeGreaterThanOrEqual(SNAPSHOT_BYTES);
  const answers = new Map<unknown, number>();
  for (let bit = 0; bit < bytes.length * 8; bit += STEP) {
    const was = bytes[bit >> 3] as number;
    bytes[bit >> 3] = was ^ (1 << (bit & 7));
    const answer = readSnapshot(disk, DIRECTORY, GENESIS, 1);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    bytes[bit >> 3] = was;
  }
  expect([...answers.keys()]).toEqual(DAMAGES);
  expect(readSnapshot(disk, DIRECTORY, GENESIS, 1)).not.toBeTypeOf("string");
});
