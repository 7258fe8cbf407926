/**
 * The venue is killed under load: at any moment, and at one of its system calls. FAIRLEAD_SEED=n draws those of that seed;
 * FAIRLEAD_LONG=1 kills 10,000 times.
 */
import { describe, expect, test } from "vitest";
import { obstacleTo } from "../../engine/testing/crash/obstacle.ts";
import type { Dice } from "../../engine/testing/flow/dice.ts";
import { CrashRun, type Death } from "../testing/crash/crash-run.ts";
import { type CrashCounts, noCounts } from "../testing/crash/directory-check.ts";
import { STRACE_PROGRAMS, underStrace } from "../../engine/testing/crash/strace.ts";

const LIVES_PER_DIRECTORY = 15;
const DIRECTORIES = process.env["FAIRLEAD_LONG"] === "1" ? 334 : 10;
const SEED = Number(process.env["FAIRLEAD_SEED"] ?? Date.now() % 1_000_000_000);
/** Frames that clients are told before it is killed, at most. */
const MOST_TOLD = 1000;
const OPTIONS = { timeout: 20_000 * LIVES_PER_DIRECTORY * DIRECTORIES };

/** Which calls to end at, and up to the how manieth one there are enough of. */
const CALLS: readonly (readonly [call: string, most: number])[] = [
  ["write", 200],
  ["pwrite64", 150],
  ["fdatasync", 150],
  ["rename", 8],
  ["openat", 300],
  ["fsync", 20],
];

async function crash(seed: number, death: (dice: Dice) => Death): Promise<CrashCounts> {
  const counts = noCounts();
  for (let n = 0; n < DIRECTORIES; n++) {
    const run = new CrashRun(seed + n, counts);
    try {
      for (let life = 0; life < LIVES_PER_DIRECTORY; life++) await run.live(death(run.dice));
    } finally {
      await run.end();
    }
  }
  return counts;
}

/** One in ten before, or while, it recovers. */
function atAnyMoment(dice: Dice): Death {
  const afterTold = dice.below(MOST_TOLD);
  return dice.onceIn(10) ? { way: "killed", afterTold, afterMs: dice.below(800) } : { way: "killed", afterTold };
}

/** Killed anyway when it does not come to that call. */
function atSystemCall(dice: Dice): Death {
  const [call, most] = dice.oneOf(CALLS);
  const options = underStrace({ call, nth: dice.between(1, most), effect: "signal=KILL" });
  return { way: "killed", afterTold: MOST_TOLD, options, window: 3 };
}

const obstacle = obstacleTo("a kill at a system call", STRACE_PROGRAMS);

describe.concurrent("a venue that is killed loses, doubles and invents nothing", () => {
  test("at any moment", OPTIONS, async () => {
    const counts = await crash(SEED, atAnyMoment);
    console.log(`killed at any moment, seed ${SEED}: ${JSON.stringify(counts)}`);
    expect(counts.snapshots).toBeGreaterThan(0);
  });

  test.skipIf(obstacle !== "")("at a system call", OPTIONS, async () => {
    const counts = await crash(SEED, atSystemCall);
    console.log(`killed at a system call, seed ${SEED}: ${JSON.stringify(counts)}`);
    expect(counts.snapshots).toBeGreaterThan(0);
  });
});
