/** The alert rules for Prometheus: they are valid, they fire when they should, and they are about metrics that a venue has. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, expect, onTestFinished, test } from "vitest";
import { ROOT, filesIn, operatorPages, readText } from "../testing/operations.ts";
import { startVenue } from "../testing/server-process.ts";

const RULES = "ops/prometheus/fairlead-rules.yml";
const rules = readText(RULES);

function promtool(context: TestContext, ...args: string[]): void {
  const { error, status, stdout, stderr } = spawnSync("promtool", args, { cwd: ROOT, encoding: "utf8" });
  if (error) context.skip("promtool is not installed: apt-get install prometheus");
  expect(status, stdout + stderr).toBe(0);
}

/** Names of all metrics of a durable venue. */
async function exportedNames(): Promise<Set<string>> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "fairlead-rules-"));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true }));
  const venue = await startVenue(["--durability", "local", "--data-dir", dataDirectory]);
  try {
    const metrics = await (await fetch(`http://127.0.0.1:${venue.ports.adminPort}/metrics`)).text();
    return new Set([...metrics.matchAll(/^# TYPE (\w+)/gmu)].map(([, name]) => name ?? ""));
  } finally {
    await venue.stop();
  }
}

/** Metrics that a text names, in full. */
function namesIn(text: string): string[] {
  const names = [...text.matchAll(/\b(?:fairlead|process)_\w+/gu)].map(([name]) => name.replace(/_bucket$/u, ""));
  return [...new Set(names)];
}

/** Those that the table of metrics in docs/DURABILITY.md has, without their prefix there. */
function namesInTable(): string[] {
  const [, ...rows] = (readText("docs/DURABILITY.md").split("## See it at work")[1] ?? "").split("\n|");
  return rows.slice(2).flatMap((row) => {
    const cell = row.split("|")[0] ?? "";
    return [...cell.matchAll(/`(\w+)`/gu)].map(([, name]) => `fairlead_${name}`);
  });
}

test("promtool finds nothing wrong with the rules", (context) => {
  promtool(context, "check", "rules", RULES);
});

test("the rules fire when they should, and no sooner", (context) => {
  promtool(context, "test", "rules", ...filesIn("ops/prometheus", ".test.yml"));
});

test("every metric that rules and pages name is one that a venue has", async () => {
  const exported = await exportedNames();
  const pages = operatorPages().map(readText);
  const named = [...namesIn([rules, ...pages].join("\n")), ...namesInTable()];
  expect(named).toContain("fairlead_storage_full");
  expect(namesInTable()).toContain("fairlead_journal_commit_latency_seconds");
  expect(named.filter((name) => !exported.has(name))).toEqual([]);
});

test("every alert has a summary, a severity, and a runbook that says when it comes", () => {
  const tests = filesIn("ops/prometheus", ".test.yml").map(readText).join("\n");
  const [, ...alerts] = rules.split("- alert: ");
  expect(alerts.length).toBeGreaterThan(0);
  for (const alert of alerts) {
    const name = alert.split("\n")[0] ?? "";
    const runbook = /runbook: (\S+)/u.exec(alert)?.[1] ?? "";
    expect(alert, name).toMatch(/severity: (?:page|ticket)\b/u);
    expect(alert, name).toContain("summary: ");
    expect(existsSync(join(ROOT, runbook)), `${name}: ${runbook}`).toBe(true);
    expect(readText(runbook), `${runbook} names its alert`).toContain(`**${name}**`);
    expect(tests, `${name} is tested`).toContain(name);
  }
});

test("the alerts that runbooks name exist", () => {
  const pages = operatorPages().map(readText).join("\n");
  const named = [...pages.matchAll(/\*\*(Fairlead\w+)\*\*/gu)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !rules.includes(`- alert: ${name}\n`))).toEqual([]);
});
