/**
 * The power of a real file system is cut while the journal is written. FAIRLEAD_SEED=n cuts at the moments of that seed, as far
 * as a disk can be told; FAIRLEAD_LONG=1 cuts 2,500 times on each file system.
 */
import { describe, expect, test } from "vitest";
import { LOOP_DISK_PROGRAMS, obstacleTo } from "../testing/crash/obstacle.ts";
import { runPowerCuts } from "../testing/crash/power-cut-run.ts";

const CYCLES = process.env["FAIRLEAD_LONG"] === "1" ? 2500 : 100;
const SEED = Number(process.env["FAIRLEAD_SEED"] ?? Date.now() % 1_000_000_000);
const OPTIONS = { timeout: 3000 * CYCLES };
/** Far more than it takes to notice. */
const CYCLES_TO_NOTICE = 40;
/** A promise that was not kept, or files that make no sense any more. */
const NOTICED = /was durable|is damaged|cannot be read/u;

const obstacle = obstacleTo("the power cut of a disk", LOOP_DISK_PROGRAMS);

describe.skipIf(obstacle !== "").concurrent("a disk whose power is cut", () => {
  test.each(["ext4", "xfs"] as const)("%s has everything that was durable", OPTIONS, async (fileSystem) => {
    const counts = await runPowerCuts({ fileSystem, cycles: CYCLES, seed: SEED });
    console.log(`power cuts on ${fileSystem}, seed ${SEED}: ${JSON.stringify(counts)}`);
    expect(counts.snapshots).toBeGreaterThan(0);
  });

  test.each(["ext4", "xfs"] as const)("without fdatasync %s loses what was told", OPTIONS, async (fileSystem) => {
    const run = runPowerCuts({ fileSystem, cycles: CYCLES_TO_NOTICE, seed: SEED, guardsOff: ["fsync"] });
    await expect(run).rejects.toThrow(NOTICED);
  });

  // On xfs the fdatasync of a file that was renamed writes the log, and with it the new name.
  test("without fsync of directories ext4 loses segments", OPTIONS, async () => {
    const guardsOff = ["directoryFsync"] as const;
    const run = runPowerCuts({ fileSystem: "ext4", cycles: CYCLES_TO_NOTICE, seed: SEED, guardsOff });
    await expect(run).rejects.toThrow(NOTICED);
  });
});
