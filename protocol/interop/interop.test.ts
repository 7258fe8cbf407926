/**
 * The protocol as others see it: a client in Python, with the protobuf runtime of Debian and nothing of ours but
 * fairlead.proto, trades at a venue that is started for it.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { assert } from "../assert.ts";

/** From dist/protocol/interop/. */
const venueExecutable = fileURLToPath(new URL("../../cli/fairlead.js", import.meta.url));
const schemaFile = fileURLToPath(new URL("../fairlead.proto", import.meta.url));
const protocolPage = fileURLToPath(new URL("../../../docs/PROTOCOL.md", import.meta.url));
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

/** Runs Python with the arguments. @returns what it printed, and on failure its complaints too. */
async function python(args: readonly string[], directory: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(PYTHON, args, { cwd: directory });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
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
    const output = await python([clientScript, "127.0.0.1", String(port)], tmpdir());
    const summary = JSON.parse(output) as { ok: boolean; frames: Record<string, number> };
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

test.skipIf(reason !== "")("the example client of docs/PROTOCOL.md places its order", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "fairlead-interop-"));
  try {
    const example = readFileSync(protocolPage, "utf8").split("```python\n")[1]?.split("```")[0] ?? "";
    writeFileSync(path.join(directory, "client.py"), example);
    execFileSync("protoc", [`--proto_path=${path.dirname(schemaFile)}`, `--python_out=${directory}`, schemaFile]);
    const output = await python(["client.py", "127.0.0.1", String(await startVenue())], directory);
    expect(output).toMatch(/exec_type: EXEC_TYPE_NEW[^]*leaves_qty: 25[^]*LOGOUT_REASON_REQUESTED/u);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
