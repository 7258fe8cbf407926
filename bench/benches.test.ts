import { expect, test } from "vitest";
import { renderReport } from "./bench-report.ts";
import { BENCHES } from "./benches.ts";

/** The others need a running venue, or have tests of their own. */
const OF_THE_ENGINE: ReadonlySet<string> = new Set(["book", "features", "latency", "worst", "capacity"]);

test.each(BENCHES.filter(({ name }) => OF_THE_ENGINE.has(name)))(
  "the quick $name has a table, verdicts, and data that survive JSON",
  async ({ run }) => {
    const lines: string[] = [];
    const onProgress = (line: string): void => void lines.push(line);
    const report = await run({ quick: true, rounds: undefined, waitStrategy: "adaptive", onProgress });
    expect(report.rows.length).toBeGreaterThan(0);
    for (const row of report.rows) expect(row).toHaveLength(report.columns.length);
    expect(report.verdicts.length).toBeGreaterThan(0);
    expect(report.verdicts.map(({ value }) => Number.isFinite(value))).not.toContain(false);
    expect(JSON.parse(JSON.stringify(report.data))).toEqual(report.data);
    expect(renderReport(report)).toContain(report.title);
    expect(lines.length).toBeGreaterThan(0);
  },
);
