/**
 * The power of the disk is cut under a whole venue. The journal alone is cut far more often: engine/journal/real-power-cut.fuzz.test.ts.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FileSystem, LoopDisk } from "../../engine/testing/crash/loop-disk.ts";
import { LOOP_DISK_PROGRAMS, obstacleTo } from "../../engine/testing/crash/obstacle.ts";
import { CrashRun } from "../testing/crash/crash-run.ts";
import { type CrashCounts, noCounts } from "../testing/crash/directory-check.ts";
import { without } from "../testing/crash/guardless.ts";
import type { StartOptions } from "../testing/server-process.ts";

const LIVES = process.env["FAIRLEAD_LONG"] === "1" ? 100 : 5;
const SEED = Number(process.env["FAIRLEAD_SEED"] ?? Date.now() % 1_000_000_000);
const OPTIONS = { timeout: 30_000 * LIVES };
const DISK_MEBIBYTES = 320;
const MOST_TOLD = 1500;

const obstacle = obstacleTo("the power cut of a venue", LOOP_DISK_PROGRAMS);

async function cutPower(fileSystem: FileSystem, lives: number, options: StartOptions = {}): Promise<CrashCounts> {
  const counts = noCounts();
  const disk = new LoopDisk(fileSystem, DISK_MEBIBYTES);
  const run = new CrashRun(SEED, counts, join(disk.directory, "data"));
  try {
    for (let life = 0; life < lives; life++) {
      const afterTold = run.dice.between(1, MOST_TOLD);
      const cause = (): Promise<void> => disk.cutPower(run.dice.onceIn(3));
      await run.live({ way: "failed", afterTold, cause, afterwards: () => disk.comeBack(), options });
    }
  } finally {
    await run.end();
    disk.remove();
  }
  return counts;
}

describe.skipIf(obstacle !== "").concurrent("a venue whose disk loses its power", () => {
  test.each(["ext4", "xfs"] as const)("has on %s everything that it has told", OPTIONS, async (fileSystem) => {
    const counts = await cutPower(fileSystem, LIVES);
    console.log(`power cuts of a venue on ${fileSystem}, seed ${SEED}: ${JSON.stringify(counts)}`);
    expect(counts.cycles).toBe(LIVES);
  });

  test("has not, without fdatasync", OPTIONS, async () => {
    await expect(cutPower("ext4", LIVES, without("fsync"))).rejects.toThrow(
      /is lost|the journal says|is damaged|not JSON/u,
    );
  });
});
