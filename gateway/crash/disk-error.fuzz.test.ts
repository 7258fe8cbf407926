/**
 * The disk of a running venue fails at one write, or one sync: nothing is acknowledged any more, clients are told why the venue ends,
 * the failed call is never tried again, and after the next start everything that was told is there. FAIRLEAD_LONG=1 fails each of 500
 * consecutive calls; a thread of its own does so in the smaller run (engine/journal/disk-error.fuzz.test.ts).
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { obstacleTo } from "../../engine/testing/crash/obstacle.ts";
import { CrashRun } from "../testing/crash/crash-run.ts";
import { noCounts } from "../testing/crash/directory-check.ts";
import { callsAfterFailure } from "../../engine/testing/crash/strace-log.ts";
import { STRACE_PROGRAMS, underStrace } from "../../engine/testing/crash/strace.ts";

/** Writes and syncs take turns. */
const CALLS = ["pwrite64", "fdatasync"] as const;
const MOST = 250;
const STEP = process.env["FAIRLEAD_LONG"] === "1" ? 1 : 17;
const SEED = Number(process.env["FAIRLEAD_SEED"] ?? Date.now() % 1_000_000_000);
const OPTIONS = { timeout: 20_000 * MOST };
/** Few requests under way make many small groups: many writes. */
const WINDOW = 1;
/** Each directory is used for this many failures. */
const LIVES_PER_DIRECTORY = 25;

const obstacle = obstacleTo("an error of the disk", STRACE_PROGRAMS);

/** @returns how often the disk failed. */
async function failEach(call: string, counts: ReturnType<typeof noCounts>, folder: string): Promise<number> {
  let failures = 0;
  let run: CrashRun | undefined;
  try {
    for (let nth = 1; nth <= MOST; nth += STEP) {
      if (failures % LIVES_PER_DIRECTORY === 0) {
        await run?.end();
        run = new CrashRun(SEED + nth, counts);
      }
      await failAt(run as CrashRun, call, nth, join(folder, call));
      failures++;
    }
  } finally {
    await run?.end();
  }
  return failures;
}

async function failAt(run: CrashRun, call: string, nth: number, log: string): Promise<void> {
  const options = underStrace({ call, nth, effect: "error=EIO", log, alsoTraced: ["openat", ...CALLS] });
  await run.live({ way: "failed", options, window: WINDOW });
  const text = readFileSync(log, "utf8");
  if (!text.includes("(INJECTED)")) throw new Error(`${call} ${nth}: the venue ended before`);
  const after = callsAfterFailure(text);
  if (after.length > 0) throw new Error(`${call} ${nth} had failed, and then: ${after[0]}`);
}

test.skipIf(obstacle !== "")(
  "after a write or sync that fails nothing is told, and nothing is lost",
  OPTIONS,
  async () => {
    const counts = noCounts();
    const folder = mkdtempSync(join(tmpdir(), "fairlead-strace-"));
    try {
      const failures = await Promise.all(CALLS.map((call) => failEach(call, counts, folder)));
      console.log(
        `EIO at pwrite64 and fdatasync, ${failures.join(" and ")} times, seed ${SEED}: ${JSON.stringify(counts)}`,
      );
      expect(counts.earlyEnds + counts.endedByThemselves).toBe(counts.cycles);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
