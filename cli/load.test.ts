import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeVenue } from "../client/testing/fake-venue.ts";
import type { LoadReport } from "../loadgen/load-report.ts";
import { isRequest, scriptLoadVenue, startLoadVenue } from "../loadgen/testing/load-venue.ts";
import { run } from "./load.ts";
import { UsageError } from "./options.ts";

const FAIRLEAD = fileURLToPath(new URL("./fairlead.js", import.meta.url));
const SHORT = ["--rate", "500", "--duration", "300ms", "--warmup", "50ms"];

let venue: FakeVenue;
let folder: string;

beforeEach(async () => {
  venue = await startLoadVenue();
  folder = mkdtempSync(join(tmpdir(), "fairlead-load-"));
});

afterEach(async () => {
  await venue.stop();
  rmSync(folder, { recursive: true });
});

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A later --url overrides the first. */
async function fairleadLoad(...args: string[]): Promise<Finished> {
  const command = [FAIRLEAD, "load", "--url", venue.wsUrl, ...args];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, command, { cwd: folder })) };
  } catch (error) {
    return error as Finished;
  }
}

test("a run prints its table and leaves its report in a folder of its own", async () => {
  const { code, stdout } = await fairleadLoad(...SHORT);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^samples +150 +150 +150$/mu);
  const [name = ""] = readdirSync(folder);
  expect(name).toMatch(/^fairlead-report-\d{8}T\d{6}Z$/u);
  expect(stdout).toContain(`report: ${name}/report.html`);
  expect(readdirSync(join(folder, name)).toSorted()).toEqual([
    "corrected-us.hgrm",
    "report.html",
    "report.json",
    "uncorrected-us.hgrm",
  ]);
});

test("--json prints one document and nothing else; --out says where the report goes", async () => {
  const { code, stdout } = await fairleadLoad(...SHORT, "--json", "--out", "here");
  const report = JSON.parse(stdout) as LoadReport;
  expect(code).toBe(0);
  expect(report).toMatchObject({ tool: "fairlead load", outcome: "completed", counts: { planned: 150 } });
  expect(JSON.parse(readFileSync(join(folder, "here", "report.json"), "utf8"))).toEqual(report);
});

test("no venue: one line with the way out, exit code 1", async () => {
  const gone = await startLoadVenue();
  const url = gone.tcpUrl;
  await gone.stop();
  const { code, stdout, stderr } = await fairleadLoad(...SHORT, "--url", url);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain(`cannot connect to ${url.slice("tcp://".length)}: ECONNREFUSED; start a venue with`);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder that cannot be made is found out before the run", async () => {
  writeFileSync(join(folder, "file"), "");
  const { code, stderr } = await fairleadLoad(...SHORT, "--out", "file/report");
  expect(code).toBe(1);
  expect(stderr).toContain("--out: the report cannot be written: ENOTDIR");
  expect(venue.received).toEqual([]);
});

test("a rate below --fail-below is exit code 1, with the report", async () => {
  let requests = 0;
  scriptLoadVenue(venue, (_, { newOrder }) => Boolean(newOrder) && ++requests % 2 === 0);
  const { code, stdout, stderr } = await fairleadLoad(...SHORT, "--drain", "10ms", "--fail-below", "99");
  expect(code).toBe(1);
  expect(stderr).toMatch(/achieved [\d.]+ % of the rate, --fail-below 99/u);
  expect(stdout).toContain("!! RATE NOT ACHIEVED");
  expect(stdout).toContain("!! UNANSWERED");
});

test("Ctrl-C prints what there is and is no failure", async () => {
  const child = spawn(process.execPath, [FAIRLEAD, "load", "--url", venue.tcpUrl, "--rate", "500", "--warmup", "0ms"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let requests = 0;
  scriptLoadVenue(venue, (_, frame) => {
    if (isRequest(frame) && ++requests === 100) child.kill("SIGINT");
    return false;
  });
  const stdout = await text(child.stdout);
  const code = child.exitCode ?? (await once(child, "exit"))[0];
  expect(code).toBe(0);
  expect(stdout).toContain("!! INTERRUPTED");
  expect(stdout).toMatch(/^samples +\d\d+ /mu);
});

test.each([
  [["--rate", "0"], '--rate: expected a number above 0, found "0"'],
  [["--url", "127.0.0.1:7002"], '--url: expected tcp://host:port or ws://host:port, found "127.0.0.1:7002"'],
  [["--schedule", "steady"], '--schedule: expected one of constant, poisson, burst, found "steady"'],
  [["--workers", "5"], '--workers: expected at most one per session (--sessions 4), found "5"'],
  [["--instruments", "1,x"], '--instruments: expected ids from 1 to 2147483647 like 1,2,3, found "x"'],
  [["--instruments", ","], "--instruments: expected at least one id, found none"],
  [["--mix", "wild"], '--mix: no profile has this name; there are balanced, quoting, taking; found "wild"'],
  [["--receipts", "2"], '--receipts: expected a number from 0 to 1, found "2"'],
  [["--fail-below", "most"], '--fail-below: expected a number from 0 to 100, found "most"'],
  [["--levels", "5000"], '--levels: expected fewer than half of --mid-price 10000, found "5000"'],
  [["--duration", "0s"], '--duration: expected more than 0, found "0ms"'],
  [["--session-prefix", "a b"], "--session-prefix: expected A-Z a-z 0-9 . _ - and room for a number"],
  [["--sesions", "1"], "no such option: --sesions"],
])("%j is bad usage, and the error names the option and the value", async (argv, message) => {
  const failure = run(argv);
  await expect(failure).rejects.toThrow(UsageError);
  await expect(failure).rejects.toThrow(message);
});

test("bad usage ends with exit code 2 before anything is started", async () => {
  const { code, stderr } = await fairleadLoad("--rate", "fast");
  expect(code).toBe(2);
  expect(stderr).toContain('--rate: expected a number above 0, found "fast"');
  expect(venue.received).toEqual([]);
});
