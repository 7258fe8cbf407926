import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

/** What the README tells someone new to type, against the real venue. */

const run = promisify(execFile);
const compiled = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EXECUTABLE = compiled("./fairlead.js");

let venue: ChildProcess;
let banner = "";
let ports: { wsPort: number; tcpPort: number; adminPort: number };
const folder = mkdtempSync(join(tmpdir(), "fairlead-first-use-"));

beforeAll(async () => {
  const flags = ["--ws-port", "0", "--tcp-port", "0", "--admin-port", "0"];
  venue = spawn(process.execPath, [EXECUTABLE, "serve", ...flags], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (venue.stdout === null) throw new Error("the venue's output is piped");
  for await (const line of createInterface({ input: venue.stdout })) {
    if (line.startsWith("{")) {
      ports = JSON.parse(line) as typeof ports;
      break;
    }
    banner += `${line}\n`;
  }
});

afterAll(async () => {
  // The last test has ended it, if all went well.
  if (venue.kill("SIGKILL")) await once(venue, "exit");
  rmSync(folder, { recursive: true });
});

test("the banner says where to connect, gives a command to paste, and says what is durable", () => {
  expect(banner).toContain(`tcp://127.0.0.1:${ports.tcpPort}`);
  expect(banner).toContain(`ws://127.0.0.1:${ports.wsPort}`);
  expect(banner).toContain(`http://127.0.0.1:${ports.adminPort}`);
  expect(banner).toContain(`node dist/client/example.js tcp://127.0.0.1:${ports.tcpPort}`);
  expect(banner).toContain("Durable: what is acknowledged is in fairlead-data");
});

test.each(["tcp", "ws"] as const)("the example trades over %s", async (scheme) => {
  const url = `${scheme}://127.0.0.1:${scheme === "tcp" ? ports.tcpPort : ports.wsPort}`;
  const { stdout } = await run(process.execPath, [compiled("../client/example.js"), url]);
  expect(stdout).toContain("is in the book: 10 ACME at 99.50");
  expect(stdout).toContain("canceled after 0 traded");
  expect(stdout).toContain("logged out");
});

test("the README shows the example as it is", () => {
  const readme = readFileSync(compiled("../../README.md"), "utf8");
  const example = readFileSync(compiled("../../client/example.ts"), "utf8");
  expect(readme).toContain(example.replace('"./index.ts"', '"fairlead"'));
});

test("a load run answers every request and leaves its report", async () => {
  const out = join(folder, "report");
  const options = ["--rate", "2k", "--duration", "1s", "--warmup", "200ms", "--out", out, "--json"];
  const url = `tcp://127.0.0.1:${ports.tcpPort}`;
  const { stdout } = await run(process.execPath, [EXECUTABLE, "load", "--url", url, ...options]);
  const report = JSON.parse(stdout) as { counts: { planned: number; answered: number; unanswered: number } };
  expect(report.counts).toMatchObject({ planned: 2000, answered: 2000, unanswered: 0 });
  expect(readdirSync(out).toSorted()).toEqual(expect.arrayContaining(["report.html", "report.json"]));
});

test("the venue drains on SIGINT and exits with 0", async () => {
  const exited = once(venue, "exit");
  venue.kill("SIGINT");
  expect(await exited).toEqual([0, null]);
});
