/** `fairlead match`: runs a file of commands through the engine, without a venue around it. */
import { once } from "node:events";
import type { EngineConfig } from "../engine/engine-config.ts";
import { assignInstruments } from "../gateway/instrument-assignment.ts";
import { loadConfig } from "../gateway/load-config.ts";
import { nowMs } from "../protocol/telemetry/clock.ts";
import { runWithOptions } from "./command.ts";
import { paint } from "./help.ts";
import { type CommandFile, CommandFileError, openCommandFile } from "./match/command-file.ts";
import { MatchProgress } from "./match/match-progress.ts";
import { INPUT_FORMATS, InputFault, MatchRun } from "./match/match-run.ts";
import { renderSummary, summaryJson } from "./match/match-summary.ts";
import type { OptionTable } from "./option-table.ts";
import { type Arguments, type OptionValues, UsageError } from "./options.ts";

export const summary = "run a file of orders through the engine and print what comes of it";

const OPTIONS = {
  format: {
    type: "choice",
    choices: INPUT_FORMATS,
    default: "auto",
    help: "How the file is written; auto: CSV unless the first line begins with a brace.",
  },
  config: {
    type: "string",
    placeholder: "FILE",
    help: "Configuration of a venue: its instruments and limits. Without: instruments 1, 2 and 3 of fairlead serve.",
  },
  until: { type: "int", min: 1, help: "Stop after this line of the file." },
  "market-data": {
    type: "boolean",
    help: "Also what everybody is told: trades, levels of the book, auctions, phases.",
  },
  "with-session": { type: "boolean", help: 'Put "session" into every frame that is for one session.' },
  quiet: { type: "boolean", short: "q", help: "No frames. What the following options print is then on stdout." },
  book: { type: "boolean", help: "At the end, the visible orders of every book, by price." },
  depth: { type: "int", min: 0, default: 20, help: "Price levels of --book on each side; 0: all." },
  stats: { type: "boolean", help: "At the end, counts, and the commands per second of the engine alone." },
  hash: { type: "boolean", help: "At the end, numbers that stand for all events and for the state of the engine." },
  check: {
    type: "boolean",
    help: "Check after every command that all parts of the engine agree, and stop if they do not. Slow.",
  },
  json: { type: "boolean", help: "Print book, stats and hash as one line of JSON." },
} as const satisfies OptionTable;

const USAGE = {
  usage: "fairlead match [options] FILE|-",
  description:
    "Reads commands line by line, NDJSON (a ClientFrame in JSON) or CSV (a header names the columns), applies them in order and " +
    "prints every frame that the venue would send as a line of JSON on stdout. Nothing depends on the clock: the same file " +
    "makes the same output, byte for byte. A line that cannot be read ends the run with FILE:LINE:COLUMN and exit code 2. " +
    "docs/MATCH.md describes both formats.",
  options: OPTIONS,
  positionalCount: { min: 0, max: 1 },
  examples: [
    { command: "fairlead match docs/examples/first-trade.ndjson", does: "Two orders meet." },
    { command: "fairlead match docs/examples/ladder.csv --quiet --book", does: "The book that a file leaves behind." },
    {
      command: "fairlead match day.csv --market-data --stats > frames.ndjson",
      does: "Frames into a file, counts on the terminal.",
    },
    {
      command: `echo '{"newOrder":{"clientOrderId":1,"instrumentId":1,"side":"BUY","price":100,"orderQty":5}}' | fairlead match -`,
      does: "From another program, or typed by hand: every line is answered at once.",
    },
    { command: "fairlead match day.csv -q --hash --until 5000", does: "Where do two versions of a file part ways?" },
  ],
};

type MatchOptions = OptionValues<typeof OPTIONS>;

const BAD_INPUT = 2;

export function run(argv: string[]): Promise<number> {
  return runWithOptions(USAGE, argv, match);
}

async function match({ options, positionals }: Arguments<typeof OPTIONS>): Promise<number> {
  const [path] = positionals;
  if (path === undefined) throw new UsageError("expected a FILE of commands, or - for standard input");
  const config = engineConfig(options.config);
  try {
    const file = await openCommandFile(path);
    return await matchFile(file, config, options);
  } catch (error) {
    if (!(error instanceof CommandFileError)) throw error;
    process.stderr.write(`${paint("red", "error:", process.stderr)} ${error.message}\n`);
    return BAD_INPUT;
  }
}

async function matchFile(file: CommandFile, config: EngineConfig, options: MatchOptions): Promise<number> {
  const startedAt = nowMs();
  const matchRun = new MatchRun({
    config,
    format: options.format,
    frames: options.quiet ? undefined : { marketData: options["market-data"], withSession: options["with-session"] },
    wantsEventHash: options.hash,
    checksInvariants: options.check,
    lastLine: options.until ?? Infinity,
    output: (bytes, done) => process.stdout.write(bytes, done),
  });
  // On one terminal, frames and a line that is rewritten would be in each other's way.
  const showsProgress = options.quiet || !process.stdout.isTTY;
  const progress = new MatchProgress(
    showsProgress ? process.stderr : { write: () => true },
    file.totalBytes,
    startedAt,
  );
  try {
    await readAll(file, matchRun, progress);
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    process.stderr.write(`${file.name}:${error.line}:${error.column}: ${printable(error.message)}\n`);
    return BAD_INPUT;
  } finally {
    progress.end();
  }
  warn(file, matchRun);
  printSummary(matchRun, options, (nowMs() - startedAt) / 1000);
  return 0;
}

/** A file that is no text must not steer the terminal on which its fault is told. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly these
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** @throws InputFault */
async function readAll(file: CommandFile, matchRun: MatchRun, progress: MatchProgress): Promise<void> {
  if (file.bytes === process.stdin && process.stdin.isTTY) {
    process.stderr.write("reading commands from the terminal; Ctrl-D ends\n");
  }
  let byteCount = 0;
  for await (const chunk of file.bytes as AsyncIterable<Buffer>) {
    matchRun.push(chunk);
    byteCount += chunk.length;
    progress.show(byteCount, matchRun.lineCount, nowMs());
    if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
    if (!matchRun.wantsMore) break;
  }
  matchRun.end();
}

/** One engine has all instruments, wherever a venue would match them. The environment has no say: only files decide. */
function engineConfig(path: string | undefined): EngineConfig {
  const { config } = loadConfig({ path, env: {}, flags: {} });
  const { maxOpenOrders, maxEndedOrders, maxPriceLevels, maxInstruments, maxSessions } = config;
  const instruments = assignInstruments(config);
  return {
    engineIndex: 0,
    gatewayCount: 1,
    maxOpenOrders,
    maxEndedOrders,
    maxPriceLevels,
    maxInstruments: Math.max(maxInstruments, instruments.length),
    maxSessions,
    instruments,
  };
}

function warn({ name }: CommandFile, { stats, venue }: MatchRun): void {
  const label = paint("yellow", "warning:", process.stderr);
  if (stats.commandCount === 0) process.stderr.write(`${label} ${name}: no commands in it\n`);
  for (const [frame, count] of venue.ignored) {
    process.stderr.write(`${label} ${name}: ${frame} means nothing without a connection: ${count} ignored\n`);
  }
}

/** stdout carries frames or the summary, never both: what reads it need not tell them apart. */
function printSummary(matchRun: MatchRun, options: MatchOptions, seconds: number): void {
  if (!options.stats && !options.hash && !options.book) return;
  const text = options.json ? summaryJson(matchRun, options, seconds) : renderSummary(matchRun, options, seconds);
  (options.quiet ? process.stdout : process.stderr).write(text);
}
