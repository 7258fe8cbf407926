/** What holds on the real process holds because of its guards: without one of them the same checks fail. */
import { afterEach, expect, test } from "vitest";
import { obstacleTo } from "../../engine/testing/crash/obstacle.ts";
import { STRACE_PROGRAMS, underStrace } from "../../engine/testing/crash/strace.ts";
import { CrashRun } from "../testing/crash/crash-run.ts";
import { startCrashVenue } from "../testing/crash/crash-venue.ts";
import { noCounts } from "../testing/crash/directory-check.ts";
import { without } from "../testing/crash/guardless.ts";
import { buy } from "../testing/order-frames.ts";
import { logOn } from "../testing/raw-client.ts";
import type { ServerProcess, StartOptions } from "../testing/server-process.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? Date.now() % 1_000_000_000);
const OPTIONS = { timeout: 120_000 };
/** More than it takes to notice. */
const LIVES = 5;

let run: CrashRun | undefined;
let other: ServerProcess | undefined;

afterEach(async () => {
  await other?.stop();
  await run?.end();
  other = undefined;
  run = undefined;
});

async function live(options: StartOptions): Promise<void> {
  run = new CrashRun(SEED, noCounts());
  for (let life = 0; life < LIVES; life++) await run.live({ way: "killed", afterTold: 300, options });
}

const obstacle = obstacleTo("a slow disk", STRACE_PROGRAMS);
/** So slow that something is always under way. */
const slowDisk = underStrace({ call: "fdatasync", nth: "1+", effect: "delay_enter=20000" });

test.skipIf(obstacle !== "")("a slow disk is waited for before anybody is told", OPTIONS, async () => {
  await expect(live(slowDisk)).resolves.toBeUndefined();
});

test.skipIf(obstacle !== "")("without holding events back, what was told is lost", OPTIONS, async () => {
  const { nodeOptions = [], env } = without("holdBack");
  const options = { ...slowDisk, nodeOptions, env: { ...slowDisk.env, ...env } };
  await expect(live(options)).rejects.toThrow(/is lost|the journal says/u);
});

test("with the lock, a second venue does not start", OPTIONS, async () => {
  run = new CrashRun(SEED, noCounts());
  other = await startCrashVenue(run.dataDirectory);
  await expect(run.live({ way: "killed", afterTold: 1 })).rejects.toThrow(/is in use by another venue/u);
});

test("without the lock, two venues write over each other", OPTIONS, async () => {
  run = new CrashRun(SEED, noCounts());
  other = await startCrashVenue(run.dataDirectory, without("lock"));
  const client = await logOn("tcp", other.ports, "first");
  await run.live({ way: "killed", afterTold: 300, options: without("lock") });
  await client.settle(...Array.from({ length: 50 }, (_, index) => buy(index + 1, 100, 1)));
  await expect(run.live({ way: "killed", afterTold: 1, options: without("lock") })).rejects.toThrow(
    /cannot come back|is damaged/u,
  );
});
