/**
 * Prints what a mutation run found as Markdown: the share of killed mutants per file, then every mutant that survived or that no
 * test reaches. `node engine/testing/mutation/summarize.mjs [REPORT]`, by default the report of the last run.
 */
import { readFileSync } from "node:fs";

const LAST_REPORT = "dist/mutation/report.json";
const DETECTED = ["Killed", "Timeout"];
const UNDETECTED = ["Survived", "NoCoverage"];

const { files } = JSON.parse(readFileSync(process.argv[2] ?? LAST_REPORT, "utf8"));

function countOf(mutants, statuses) {
  return mutants.filter(({ status }) => statuses.includes(status)).length;
}

function row(name, mutants) {
  const [detected, undetected] = [countOf(mutants, DETECTED), countOf(mutants, UNDETECTED)];
  const percent = ((100 * detected) / Math.max(1, detected + undetected)).toFixed(1);
  const cells = [countOf(mutants, ["Killed"]), countOf(mutants, ["Timeout"]), countOf(mutants, ["Survived"])];
  return `| ${name} | ${[...cells, countOf(mutants, ["NoCoverage"]), percent].join(" | ")} |`;
}

function survivor(file, source, { location, mutatorName, replacement, status }) {
  const line = source.split("\n")[location.start.line - 1].trim();
  const what = `\`${line}\` becomes \`${replacement.replaceAll(/\s+/gu, " ")}\``;
  return `- ${file}:${location.start.line}:${location.start.column} ${mutatorName}, ${status}: ${what}`;
}

const byFile = Object.entries(files).toSorted(([a], [b]) => a.localeCompare(b));
const lines = [
  "| file | killed | timed out | survived | not reached | % detected |",
  "| ---- | -----: | --------: | -------: | ----------: | ---------: |",
  ...byFile.map(([file, { mutants }]) => row(file, mutants)),
  row(
    "all",
    byFile.flatMap(([, { mutants }]) => mutants),
  ),
  "",
  ...byFile.flatMap(([file, { source, mutants }]) =>
    mutants.filter(({ status }) => UNDETECTED.includes(status)).map((mutant) => survivor(file, source, mutant)),
  ),
];
process.stdout.write(`${lines.join("\n")}\n`);
