/** Puts a finished run into a folder: the page, the document behind it, and the histograms for other tools. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatHgrm } from "./hgrm.ts";
import type { LoadReport } from "./load-report.ts";
import type { RecordedRun } from "./load-run.ts";
import { renderHtml } from "./report-html.ts";

export interface ReportFiles {
  readonly html: string;
  readonly json: string;
  readonly correctedHgrm: string;
  readonly uncorrectedHgrm: string;
}

/** @param folder Is made when it does not exist; files of the same names in it are overwritten. */
export function writeReport(folder: string, run: RecordedRun, report: LoadReport): ReportFiles {
  const files: ReportFiles = {
    html: join(folder, "report.html"),
    json: join(folder, "report.json"),
    correctedHgrm: join(folder, "corrected-us.hgrm"),
    uncorrectedHgrm: join(folder, "uncorrected-us.hgrm"),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(files.html, renderHtml(report));
  writeFileSync(files.json, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(files.correctedHgrm, formatHgrm(run.corrected));
  writeFileSync(files.uncorrectedHgrm, formatHgrm(run.uncorrected));
  return files;
}
