/** Each of 500 consecutive writes and syncs of a journal fails once, by the kernel's word (EIO). */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { obstacleTo } from "../testing/crash/obstacle.ts";
import { STRACE_PROGRAMS, underStrace } from "../testing/crash/strace.ts";
import { callsAfterFailure } from "../testing/crash/strace-log.ts";

/** Of each kind; they take turns. */
const CALLS = 250;
const SEED = Number(process.env["FAIRLEAD_SEED"] ?? Date.now() % 1_000_000_000);
const PROCESS = new URL("../testing/crash/failing-disk-process.js", import.meta.url);

const obstacle = obstacleTo("an error of the disk", STRACE_PROGRAMS);

async function failEach(call: string, folder: string): Promise<string> {
  const log = join(folder, "log");
  const tracing = underStrace({
    call,
    nth: `${CALLS}+${CALLS}`,
    effect: "error=EIO",
    log,
    alsoTraced: ["openat", "pwrite64", "fdatasync"],
  });
  const [program, ...args] = [
    ...tracing.wrapper,
    process.execPath,
    PROCESS.pathname,
    folder,
    String(SEED),
    String(CALLS),
  ];
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...tracing.env } });
  const text = readFileSync(log, "utf8");
  expect(text.match(/INJECTED/gu)).toHaveLength(CALLS);
  expect(callsAfterFailure(text)).toEqual([]);
  return stdout;
}

describe.skipIf(obstacle !== "").concurrent("what was durable before it is there after it", () => {
  test.each(["pwrite64", "fdatasync"])("each of 250 calls of %s fails", { timeout: 600_000 }, async (call) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-eio-"));
    try {
      console.log(`EIO at ${CALLS} ${call} of a journal, seed ${SEED}: ${await failEach(call, folder)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
