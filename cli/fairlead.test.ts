import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { COMMANDS } from "./commands.ts";

const EXECUTABLE = fileURLToPath(new URL("fairlead.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fairlead-cli-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fairlead(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXECUTABLE, ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...env },
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

test("every command has the summary of its module", async () => {
  for (const { summary, load } of COMMANDS) expect((await load()).summary).toBe(summary);
});

test("--help lists the commands", () => {
  const { status, stdout, stderr } = fairlead(["--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const { name, summary } of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, "m"));
});

test("no command is bad usage, and the list of commands is the answer", () => {
  const { status, stdout, stderr } = fairlead([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain("Usage: fairlead <command> [options]");
});

test("--version tells the version", () => {
  expect(fairlead(["--version"]).stdout).toMatch(/^fairlead \d+\.\d+\.\d+( \([0-9a-f]{7,}\))?\n$/);
});

test("help of a command can be asked for in three ways", () => {
  const asked = [
    ["serve", "--help"],
    ["serve", "-h"],
    ["help", "serve"],
  ].map((args) => fairlead(args));
  for (const { status, stdout } of asked) {
    expect(status).toBe(0);
    expect(stdout).toContain("Usage: fairlead serve");
    expect(stdout).toBe(asked[0]?.stdout);
  }
});

test.each([
  [["serv"], "error: no such command: serv; did you mean serve?\n"],
  [["frobnicate"], "error: no such command: frobnicate; see fairlead --help\n"],
  [["--json"], 'error: expected a command before "--json"; see fairlead --help\n'],
  [["serve", "--wsport", "1"], "error: no such option: --wsport; did you mean --ws-port?\nsee fairlead serve --help\n"],
  [["serve", "--ws-port", "http"], 'error: --ws-port: expected an integer from 0 to 65535, found "http"\n'],
  [["serve", "--config", "/no/such.json"], "error: /no/such.json: no such file\n"],
])("%j is bad usage", (args, stderr) => {
  expect(fairlead(args)).toEqual({ status: 2, stdout: "", stderr });
});

describe("serve --print-config", () => {
  test("prints what file, environment and flags amount to", () => {
    const path = join(folder, "venue.json");
    writeFileSync(path, JSON.stringify({ gateways: 2, engines: 2, tcpPort: 1 }));
    const args = ["serve", "--config", path, "--engines", "4", "--print-config"];
    const { status, stdout, stderr } = fairlead(args, { FAIRLEAD_TCP_PORT: "2", FAIRLEAD_ENGINES: "3" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ gateways: 2, engines: 4, tcpPort: 2, wsPort: 7001 });
  });

  test("prints what it can be started with again", () => {
    const first = fairlead(["serve", "--print-config"]).stdout;
    const path = join(folder, "again.json");
    writeFileSync(path, first);
    expect(fairlead(["serve", "--print-config"], { FAIRLEAD_CONFIG: path }).stdout).toBe(first);
  });

  test("warns of a variable that is nearly a setting", () => {
    const { status, stderr } = fairlead(["serve", "--print-config"], { FAIRLEAD_WSPORT: "1" });
    expect(status).toBe(0);
    expect(stderr).toBe("warning: FAIRLEAD_WSPORT: no such setting, ignored; did you mean FAIRLEAD_WS_PORT?\n");
  });
});
