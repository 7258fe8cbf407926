/** `fairlead load`: reads what a run should be, runs it, and says what came of it. */
import { formatBuild, readBuild } from "../gateway/build.ts";
import { OperatingError } from "../protocol/operating-error.ts";
import { readEnvironment } from "../loadgen/environment.ts";
import { createReport } from "../loadgen/load-report.ts";
import type { LoadReport } from "../loadgen/load-report.ts";
import { runLoad } from "../loadgen/load-run.ts";
import type { RecordedRun } from "../loadgen/load-run.ts";
import type { LoadSettings } from "../loadgen/load-settings.ts";
import { MIX_PROFILES, parseMixProfile } from "../loadgen/mix-profile.ts";
import type { MixProfile } from "../loadgen/mix-profile.ts";
import { ProgressLine } from "../loadgen/progress-line.ts";
import { SCHEDULE_KINDS } from "../loadgen/schedule.ts";
import { renderTextTable } from "../loadgen/text-table.ts";
import { makeReportFolder, writeReport } from "../loadgen/write-report.ts";
import { MAX_INT32, SESSION_NAME_PATTERN } from "../protocol/limits.ts";
import { runWithOptions } from "./command.ts";
import type { OptionTable } from "./option-table.ts";
import { UsageError } from "./options.ts";
import type { OptionValues } from "./options.ts";

export const summary = "send orders at a fixed rate and measure the latency of the answers";

const OPTIONS = {
  url: {
    type: "string",
    placeholder: "URL",
    env: "FAIRLEAD_URL",
    default: "tcp://127.0.0.1:7002",
    help: "Where the venue takes orders: tcp://host:port, or ws://host:port for WebSocket.",
  },
  rate: { type: "rate", default: 10_000, help: "Requests per second over all sessions; 10k is read too." },
  duration: { type: "duration", default: 10_000, help: "The measured time." },
  warmup: { type: "duration", default: 2000, help: "Sent at the same rate before that, and not measured." },
  sessions: { type: "int", min: 1, max: 4096, default: 4, help: "Order sessions, each on its own connection." },
  workers: { type: "int", min: 1, max: 64, default: 1, help: "Threads that the sessions are dealt to." },
  schedule: {
    type: "choice",
    choices: SCHEDULE_KINDS,
    default: "constant",
    help: "When requests are due: evenly spaced, at random as from many independent clients, or many at once.",
  },
  "burst-size": { type: "int", min: 1, max: 100_000, default: 100, help: "Requests of one burst." },
  mix: {
    type: "string",
    placeholder: "PROFILE",
    default: "balanced",
    help: `Kinds of request: ${Object.keys(MIX_PROFILES).join(", ")}, or shares like passive=50,aggressive=10,ioc=5,cancel=30,replace=5.`,
  },
  levels: { type: "int", min: 1, max: 10_000, default: 10, help: "Price levels on each side of the mid." },
  "mid-price": { type: "int", min: 3, max: MAX_INT32, default: 10_000, help: "Where the mid starts, in ticks." },
  "open-orders": { type: "int", min: 1, max: 1_000_000, default: 500, help: "Resting orders of a session at most." },
  instruments: { type: "list", placeholder: "1,2,3", default: ["1", "2", "3"], help: "Instrument ids." },
  seed: { type: "int", max: MAX_INT32, default: 1, help: "The same seed sends the same requests." },
  receipts: {
    type: "string",
    placeholder: "SHARE",
    default: "0.02",
    help: "Share of requests, 0 to 1, that ask the venue where their time went.",
  },
  drain: { type: "duration", default: 5000, help: "How long answers are awaited after the last send." },
  "session-prefix": {
    type: "string",
    placeholder: "NAME",
    default: "load",
    help: "Sessions are called NAME-1, NAME-2, … Another run at the same time needs another name.",
  },
  "fail-below": {
    type: "string",
    placeholder: "PERCENT",
    help: "Exit with 1 when fewer than this share of the planned requests per second were answered.",
  },
  out: {
    type: "string",
    placeholder: "DIR",
    defaultText: "./fairlead-report-<time>",
    help: "Folder for report.html, report.json and two .hgrm files.",
  },
  json: { type: "boolean", help: "Print report.json on stdout, and nothing else there." },
} as const satisfies OptionTable;

type LoadOptions = OptionValues<typeof OPTIONS>;

const USAGE = {
  usage: "fairlead load [options]",
  description:
    "Sends orders to a venue at times that are fixed beforehand and never waits for an answer (open loop). " +
    "Latency runs from when a request was due to its first report, so a stall shows in every request that it delayed. " +
    "Ctrl-C stops early and reports what was recorded; pressed again it leaves at once.",
  options: OPTIONS,
  examples: [
    { command: "fairlead load", does: "10,000 requests per second for 10 s to the venue on this machine." },
    {
      command: "fairlead load --rate 50k --schedule poisson --sessions 32 --workers 2 --duration 1m",
      does: "Random arrivals from 32 sessions on two threads.",
    },
    {
      command: "fairlead load --url ws://127.0.0.1:7001 --schedule burst --burst-size 500 --out bursts",
      does: "Over WebSocket, 500 at once twenty times per second; the report is bursts/report.html.",
    },
    { command: "fairlead load --json --fail-below 99 | jq .latency.corrected", does: "In a script." },
  ],
};

export function run(argv: string[]): Promise<number> {
  return runWithOptions(USAGE, argv, ({ options }) => load(options));
}

async function load(options: LoadOptions): Promise<number> {
  const settings = readSettings(options);
  const failBelowPercent = readNumber("fail-below", options["fail-below"] ?? "0", 100);
  const environment = readEnvironment(formatBuild(readBuild()));
  // A folder that cannot be made is found out before the run, not after it.
  if (options.out !== undefined) writing(() => makeReportFolder(options.out ?? ""));
  const recorded = await runUntilSignal(settings);
  if (!recorded.started) throw new OperatingError(whyNotStarted(recorded));
  const report = createReport(recorded, settings, environment);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${renderTextTable(report)}\n`);
  const page = writing(() => writeReport(options.out ?? defaultFolder(report), recorded, report));
  (options.json ? process.stderr : process.stdout).write(`report: ${page}\n`);
  return exitCode(report, failBelowPercent);
}

/** Full disks and missing rights are the machine's, not ours. */
function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new OperatingError(`--out: the report cannot be written: ${(error as Error).message}`);
  }
}

/** The first SIGINT or SIGTERM ends the run, the second one the process. */
async function runUntilSignal(settings: LoadSettings): Promise<RecordedRun> {
  const progressLine = new ProgressLine(process.stderr, settings);
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await runLoad(settings, {
      signal: stop.signal,
      onProgress: (progress, elapsedMs) => progressLine.show(progress, elapsedMs),
    });
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    progressLine.end();
  }
}

function whyNotStarted({ outcome, failure }: RecordedRun): string {
  if (outcome === "interrupted") return "interrupted before all sessions were logged on";
  const wayOut = failure.includes("ECONNREFUSED") ? "; start a venue with fairlead serve, or name one with --url" : "";
  const taken = failure.includes("SessionInUse")
    ? "; another run uses these names: choose others with --session-prefix"
    : "";
  return `${failure}${wayOut}${taken}`;
}

function exitCode({ outcome, counts, rates }: LoadReport, failBelowPercent: number): number {
  if (outcome === "failed" || counts.answered === 0) return 1;
  if (rates.achievedPercent >= failBelowPercent) return 0;
  process.stderr.write(`error: achieved ${rates.achievedPercent} % of the rate, --fail-below ${failBelowPercent}\n`);
  return 1;
}

function readSettings(options: LoadOptions): LoadSettings {
  const { levels, sessions, workers } = options;
  const midPrice = options["mid-price"];
  if (options.duration < 1) throw new UsageError(`--duration: expected more than 0, found "${options.duration}ms"`);
  if (workers > sessions) {
    throw new UsageError(`--workers: expected at most one per session (--sessions ${sessions}), found "${workers}"`);
  }
  if (midPrice <= 2 * levels) {
    throw new UsageError(`--levels: expected fewer than half of --mid-price ${midPrice}, found "${levels}"`);
  }
  return {
    url: readUrl(options.url),
    ratePerSecond: options.rate,
    durationMs: options.duration,
    warmupMs: options.warmup,
    sessions,
    workers,
    schedule: options.schedule,
    burstSize: options["burst-size"],
    mix: readMix(options.mix),
    instrumentIds: readInstrumentIds(options.instruments),
    midPrice,
    levels,
    maxOpenOrders: options["open-orders"],
    seed: options.seed,
    receiptShare: readNumber("receipts", options.receipts, 1),
    drainMs: options.drain,
    sessionPrefix: readSessionPrefix(options["session-prefix"], sessions),
  };
}

function readUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : "";
  if (["tcp:", "ws:", "wss:"].includes(protocol) && new URL(text).hostname !== "") return text;
  throw new UsageError(`--url: expected tcp://host:port or ws://host:port, found "${text}"`);
}

function readMix(text: string): MixProfile {
  try {
    return parseMixProfile(text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--mix: ${error.message}; found "${text}"`);
    throw error;
  }
}

function readInstrumentIds(texts: readonly string[]): number[] {
  for (const text of texts) {
    if (!/^[1-9]\d*$/u.test(text) || Number(text) > MAX_INT32) {
      throw new UsageError(`--instruments: expected ids from 1 to ${MAX_INT32} like 1,2,3, found "${text}"`);
    }
  }
  if (texts.length === 0) throw new UsageError("--instruments: expected at least one id, found none");
  return texts.map(Number);
}

function readNumber(name: string, text: string, max: number): number {
  const value = /^\d*\.?\d+$/u.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= max) return value;
  throw new UsageError(`--${name}: expected a number from 0 to ${max}, found "${text}"`);
}

function readSessionPrefix(prefix: string, sessions: number): string {
  if (SESSION_NAME_PATTERN.test(`${prefix}-${sessions}`) && prefix !== "") return prefix;
  throw new UsageError(
    `--session-prefix: expected A-Z a-z 0-9 . _ - and room for a number in 32 characters, found "${prefix}"`,
  );
}

function defaultFolder({ startedAt }: LoadReport): string {
  return `./fairlead-report-${startedAt.replaceAll(/[-:]/gu, "").replace(/\.\d+Z$/u, "Z")}`;
}
