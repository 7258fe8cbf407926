/** ops/systemd/fairlead.service, which nothing else here runs: systemd must understand it, and so must the venue that it starts. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, expect, onTestFinished, test } from "vitest";
import { FAIRLEAD } from "../testing/server-process.ts";

const unit = readFileSync(new URL("../../../ops/systemd/fairlead.service", import.meta.url), "utf8");

/** In tenths of systemd's scale from 0, which can do nothing, to 10, which can do anything. */
const MAX_EXPOSURE = 20;

/** Values of a setting, in order. */
function values(setting: string): string[] {
  return [...unit.matchAll(new RegExp(String.raw`^${setting}=(.*)$`, "gmu"))].map(([, value]) => value ?? "");
}

/** The unit, as a file that names an executable which this machine has. */
function unitFile(): string {
  const directory = mkdtempSync(join(tmpdir(), "fairlead-unit-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "fairlead.service");
  writeFileSync(path, unit.replace("/usr/bin/node", process.execPath));
  return path;
}

function analyze(context: TestContext, ...args: string[]): { status: number | null; output: string } {
  const { error, status, stdout, stderr } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
  if (error) context.skip("systemd-analyze is not installed: apt-get install systemd");
  return { status, output: stdout + stderr };
}

test("systemd knows every setting of the unit", (context) => {
  expect(analyze(context, "--man=no", "verify", unitFile())).toEqual({ status: 0, output: "" });
});

test("the venue can do little beside its work", (context) => {
  const { status, output } = analyze(
    context,
    "security",
    "--offline=true",
    "--no-pager",
    `--threshold=${MAX_EXPOSURE}`,
    unitFile(),
  );
  expect(status, output).toBe(0);
});

test("the venue knows every option that it is started with", () => {
  const [command = ""] = values("ExecStart");
  const { stdout } = spawnSync(process.execPath, [FAIRLEAD.pathname, "serve", "--help"], { encoding: "utf8" });
  const options = command.split(" ").filter((word) => word.startsWith("--"));
  expect(options.length).toBeGreaterThan(0);
  expect(options.filter((option) => !stdout.includes(`${option} `))).toEqual([]);
});

test("it writes to the directory that systemd makes for it, and waits for the disk of it", () => {
  const [state = ""] = values("StateDirectory");
  expect(values("ExecStart")[0]).toContain(`--data-dir /var/lib/${state}`);
  expect(values("RequiresMountsFor")).toEqual([`/var/lib/${state}`]);
});

test("what the notifier relies on is in the unit", () => {
  expect(values("Type")).toEqual(["notify"]);
  expect(values("NotifyAccess")).toEqual(["all"]);
  expect(values("KillMode")).toEqual(["mixed"]);
  expect(values("WatchdogSec")).toEqual(["30s"]);
});
