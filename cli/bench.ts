/** `fairlead bench`: runs benchmarks one after the other, prints their tables, and keeps the results where it is told to. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderReport, type BenchReport } from "../bench/bench-report.ts";
import { BENCHES, type Bench } from "../bench/benches.ts";
import { describeEnvironment, type Environment } from "../bench/environment.ts";
import { didYouMean } from "../gateway/nearest-name.ts";
import { WAIT_STRATEGIES } from "../gateway/venue-config.ts";
import { runWithOptions } from "./command.ts";
import type { OptionTable } from "./option-table.ts";
import { type Arguments, UsageError } from "./options.ts";

export const summary = "measure codec, ring, book and wire, each beside something to compare with";

const OPTIONS = {
  rounds: {
    type: "int",
    min: 1,
    max: 1000,
    help: "Rounds of each comparison. Default: what the benchmark thinks is enough.",
  },
  quick: { type: "boolean", help: "Seconds instead of minutes: shows that it works, its figures prove nothing." },
  "wait-strategy": {
    type: "choice",
    choices: WAIT_STRATEGIES,
    default: "adaptive",
    help: "How the venue's threads wait in the wire benchmark.",
  },
  out: { type: "string", placeholder: "DIR", help: "Write <benchmark>-<date>.json with the environment here." },
  json: { type: "boolean", help: "Print one JSON document instead of tables." },
} satisfies OptionTable;

const USAGE = {
  usage: "fairlead bench [options] [BENCHMARK …]",
  description: `Benchmarks: ${BENCHES.map(({ name, summary: what }) => `${name} (${what})`).join("; ")}. None named: all of them.`,
  options: OPTIONS,
  positionalCount: { min: 0, max: BENCHES.length },
  examples: [
    { command: "fairlead bench wire", does: "Ratios to a bare echo server on this machine." },
    { command: "fairlead bench --out bench/results", does: "Everything, with files to keep." },
  ],
};

export function run(argv: string[]): Promise<number> {
  return runWithOptions(USAGE, argv, runBenches);
}

async function runBenches({ options, positionals }: Arguments<typeof OPTIONS>): Promise<number> {
  const chosen = positionals.length === 0 ? BENCHES : positionals.map(findBench);
  const results: { bench: string; environment: Environment; report: BenchReport }[] = [];
  for (const { name, run: runBench } of chosen) {
    process.stderr.write(`bench ${name} …\n`);
    const environment = describeEnvironment({ quick: options.quick, waitStrategy: options["wait-strategy"] });
    const report = await runBench({
      quick: options.quick,
      rounds: options.rounds,
      waitStrategy: options["wait-strategy"],
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    results.push({ bench: name, environment, report });
    if (!options.json) process.stdout.write(`\n${renderReport(report)}\n`);
    if (options.out !== undefined) write(options.out, name, environment, report);
  }
  if (options.json) {
    const documents = results.map(({ bench: name, environment, report }) => toDocument(name, environment, report));
    process.stdout.write(`${JSON.stringify(documents, null, 2)}\n`);
  }
  return 0;
}

function findBench(name: string): Bench {
  const found = BENCHES.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = BENCHES.map((one) => one.name);
  throw new UsageError(`no such benchmark: ${name}${didYouMean(name, names) || `; there are ${names.join(", ")}`}`);
}

function toDocument(bench: string, environment: Environment, { data, verdicts }: BenchReport): object {
  return { bench, environment, verdicts, data };
}

function write(folder: string, name: string, environment: Environment, report: BenchReport): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${environment.date.slice(0, 10)}.json`);
  writeFileSync(path, `${JSON.stringify(toDocument(name, environment, report), null, 2)}\n`);
  process.stderr.write(`written: ${path}\n`);
}
