/** Puts a finished run into a folder: the page, the document behind it, and the histograms for other tools. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatHgrm } from "./hgrm.ts";
import type { LoadReport } from "./load-report.ts";
import type { RecordedRun } from "./load-run.ts";
import { renderHtml } from "./report-html.ts";

/** With the folders above it, where they do not exist. */
export function makeReportFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
}

/** Overwrites files of the same names. Throws what the file system throws. Returns the path of the page. */
export function writeReport(folder: string, run: RecordedRun, report: LoadReport): string {
  const page = join(folder, "report.html");
  makeReportFolder(folder);
  writeFileSync(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, "corrected-us.hgrm"), formatHgrm(run.corrected));
  writeFileSync(join(folder, "uncorrected-us.hgrm"), formatHgrm(run.uncorrected));
  writeFileSync(page, renderHtml(report));
  return page;
}
