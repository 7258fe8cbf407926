/**
 * The protocol as others see it: a client in Python, with the protobuf runtime of Debian and nothing of ours but
 * fairlead.proto, trades at a venue that is started for it.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { assert } from "../assert.ts";

/** From dist/protocol/interop/. */
const venueExecutable = fileURLToPath(new URL("../../cli/fairlead.js", import.meta.url));
const clientScript = fileURLToPath(new URL("../../../protocol/interop/venue_client.py", import.meta.url));

/** Debian's own, for which it packages the protobuf runtime. */
const PYTHON = "/usr/bin/python3";

/** What is not installed, or the empty string. */
function missing(): string {
  for (const [what, command, args] of [
    ["protoc (Debian: protobuf-compiler)", "protoc", ["--version"]],
    ["protobuf for Python (Debian: python3-protobuf)", PYTHON, ["-c", "import google.protobuf"]],
  ] as const) {
    try {
      execFileSync(command, args, { stdio: "ignore" });
    } catch {
      return what;
    }
  }
  return "";
}

const reason = missing();
if (reason !== "") console.warn(`interop test skipped: ${reason} is not installed`);

let venue: ChildProcess | undefined;

/** @returns the TCP port, once the venue takes orders. */
async function startVenue(): Promise<number> {
  const args = [venueExecutable, "serve", "--ws-port", "0", "--tcp-port", "0", "--admin-port", "0"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  venue = child;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"event":"ready"')) continue;
    return (JSON.parse(line) as { tcpPort: number }).tcpPort;
  }
  throw new Error("the venue ended before it was ready");
}

afterEach(async () => {
  if (venue === undefined || venue.exitCode !== null) return;
  const exit = once(venue, "exit");
  venue.kill("SIGTERM");
  await exit;
});

test.skipIf(reason !== "")(
  "an independent protobuf runtime logs on over TCP, trades, and reads every reply",
  async () => {
    const port = await startVenue();
    const client = await promisify(execFile)(PYTHON, [clientScript, "127.0.0.1", String(port)]).catch(
      (error: unknown) => error as { stdout: string },
    );
    const summary = JSON.parse(client.stdout) as { ok: boolean; frames: Record<string, number> };
    expect(summary).toMatchObject({ ok: true });
    assert(venue?.exitCode === null, "the venue is still there");
    expect(Object.keys(summary.frames)).toEqual(
      expect.arrayContaining([
        "logon_accepted",
        "logout",
        "heartbeat",
        "instrument_list",
        "execution_report",
        "business_reject",
        "mass_cancel_report",
        "book_snapshot",
        "book_delta",
        "trade",
        "best_bid_offer",
      ]),
    );
  },
);
