/** `fairlead replay`: the state of a venue at any point of its journal, how it came to be, and whether its snapshots tell the truth. */
import { OperatingError } from "../protocol/operating-error.ts";
import { nowMs } from "../protocol/telemetry/clock.ts";
import { runWithOptions } from "./command.ts";
import { paint } from "./help.ts";
import { openEngine } from "./journal/data-directory.ts";
import { LineOutput } from "./journal/line-output.ts";
import { readOnlyDisk } from "./journal/read-only-disk.ts";
import { readTime } from "./journal/venue-time.ts";
import { renderLadder } from "./match/ladder.ts";
import { MatchProgress } from "./match/match-progress.ts";
import type { OptionTable } from "./option-table.ts";
import { type Arguments, type OptionValues, UsageError } from "./options.ts";
import { compare } from "./replay/comparison.ts";
import {
  type OrderChoice,
  type Rebuilt,
  type ReplayLimit,
  type RunSettings,
  THE_END,
  rebuild,
  rebuildTwo,
  tellLife,
} from "./replay/replay-run.ts";
import {
  renderBeginning,
  renderChapter,
  renderComparison,
  renderStretches,
  renderSummary,
} from "./replay/replay-text.ts";
import { stretchesOf, verifyStretches } from "./replay/verify.ts";

export const summary = "rebuild the state of a venue from its journal, and look at it";

const OPTIONS = {
  engine: { type: "int", min: 0, default: 0, help: "Which engine of the venue." },
  sequence: { type: "int", min: 1, help: "Stop after this command.", defaultText: "the end of the journal" },
  time: {
    type: "string",
    placeholder: "TIME",
    help: "Stop after the last command that is not later: 2026-03-01T09:30:00.123456Z, or µs since 1970.",
  },
  "from-start": {
    type: "boolean",
    help: "Apply every command from the first one on; without, from the newest snapshot that fits.",
  },
  book: { type: "int", min: 1, placeholder: "ID", help: "The visible book of this instrument." },
  depth: { type: "int", min: 0, default: 20, help: "Price levels of --book on each side; 0: all." },
  order: {
    type: "int",
    min: 1,
    placeholder: "ID",
    help: "The life of the order with this id (order_id of its reports).",
  },
  session: { type: "string", placeholder: "NAME", help: "With --client-order-id: whose order it is." },
  "client-order-id": {
    type: "int",
    min: 1,
    placeholder: "ID",
    help: "The life of the order that --session called so.",
  },
  hash: { type: "boolean", help: "Nothing but the hash of the state." },
  compare: {
    type: "list",
    help: "What is otherwise at B than at A: counts, levels of the books, open orders. Each is a sequence number or a time.",
  },
  verify: {
    type: "boolean",
    help: "Replay each stretch from one snapshot to the next in a thread of its own, and compare the hash with the snapshot's.",
  },
  threads: { type: "int", min: 1, max: 64, help: "Of --verify.", defaultText: "one per core" },
  json: { type: "boolean", help: "One line of JSON; for an order's life one per command." },
} as const satisfies OptionTable;

const USAGE = {
  usage: "fairlead replay [options] DIR",
  description:
    "Rebuilds the state of an engine from the snapshots and the journal in DIR, the data directory of a venue, and prints what it is. Nothing is " +
    "written there, and the venue may be running: the replay then ends with the last complete command. docs/REPLAY.md shows what comes out.",
  options: OPTIONS,
  positionalCount: { min: 0, max: 1 },
  examples: [
    { command: "fairlead replay data", does: "The state at the end, and how fast it was rebuilt." },
    { command: "fairlead replay data --time 2026-03-01T09:30:00Z --book 1", does: "The book when the day began." },
    { command: "fairlead replay data --session alice --client-order-id 7", does: "What became of an order, and why." },
    { command: "fairlead replay data --compare 1000,2000", does: "What a thousand commands changed." },
    { command: "fairlead replay data --verify --threads 2", does: "Are the snapshots what the journal makes?" },
  ],
};

type ReplayOptions = OptionValues<typeof OPTIONS>;

/** Of these, one at a time. */
const QUESTIONS = ["book", "order", "client-order-id", "hash", "compare", "verify"] as const;

export function run(argv: string[]): Promise<number> {
  return runWithOptions(USAGE, argv, replay);
}

async function replay({ options, positionals }: Arguments<typeof OPTIONS>): Promise<number> {
  const [dataDirectory] = positionals;
  if (dataDirectory === undefined) throw new UsageError("expected the data directory of a venue");
  const limit = limitOf(options);
  checkQuestions(options);
  try {
    if (options.verify) return await verify(dataDirectory, options);
    return answer(dataDirectory, options, limit);
  } catch (error) {
    // The replay is a module by itself (cli/bundle.mjs): its errors are of another class with the same name.
    if (error instanceof Error && error.name === "OperatingError") throw new OperatingError(error.message);
    throw error;
  }
}

function limitOf({ sequence, time }: ReplayOptions): ReplayLimit {
  if (sequence !== undefined && time !== undefined) throw new UsageError("--time: expected none beside --sequence");
  if (sequence !== undefined) return { ...THE_END, sequence };
  return time === undefined ? THE_END : { ...THE_END, time: timeOf("--time", time) };
}

function timeOf(option: string, text: string): number {
  const time = readTime(text);
  if (time !== undefined) return time;
  throw new UsageError(`${option}: expected a time like 2026-03-01T09:30:00.123456Z or µs since 1970, found "${text}"`);
}

function checkQuestions(options: ReplayOptions): void {
  const asked = QUESTIONS.filter((name) => options[name] !== undefined && options[name] !== false);
  const [first, second] = asked;
  if (second !== undefined) throw new UsageError(`--${second}: expected none beside --${first}`);
  if ((options.session === undefined) !== (options["client-order-id"] === undefined)) {
    throw new UsageError("--session: expected together with --client-order-id");
  }
  const isBound = options.sequence !== undefined || options.time !== undefined;
  if (isBound && (first === "compare" || first === "verify")) {
    throw new UsageError(`--${first}: expected without --sequence and --time`);
  }
  if (options.threads !== undefined && !options.verify)
    throw new UsageError("--threads: expected together with --verify");
}

function answer(dataDirectory: string, options: ReplayOptions, limit: ReplayLimit): number {
  const progress = new MatchProgress(process.stderr, undefined, nowMs(), "commands");
  const settings: RunSettings = {
    dataDirectory,
    engine: options.engine,
    fromStart: options["from-start"],
    progress: (commands) => progress.show(0, commands, nowMs()),
  };
  try {
    if (options.compare !== undefined) return answerComparison(settings, options);
    const choice = orderChoice(options);
    return choice === undefined ? answerState(settings, options, limit) : answerLife(settings, options, limit, choice);
  } finally {
    progress.end();
  }
}

function orderChoice(options: ReplayOptions): OrderChoice | undefined {
  const { order, session, "client-order-id": clientOrderId } = options;
  if (order !== undefined) return { orderId: order };
  return session === undefined || clientOrderId === undefined ? undefined : { session, clientOrderId };
}

function answerState(settings: RunSettings, { book, depth, hash, json }: ReplayOptions, limit: ReplayLimit): number {
  const rebuilt = rebuild(settings, limit);
  warn(rebuilt);
  const { summary: state, ladders } = rebuilt;
  if (hash) return print(json ? { sequence: state.sequence, hash: state.hash } : `${state.hash}\n`);
  if (book === undefined) return print(json ? summaryJson(rebuilt) : renderSummary(settings.engine, rebuilt));
  const ladder = ladders.find(({ instrumentId }) => instrumentId === book);
  if (ladder === undefined) {
    const known = ladders.map(({ instrumentId }) => instrumentId).join(", ");
    throw new OperatingError(
      `engine ${settings.engine} has no instrument ${book} after command ${state.sequence}: it has ${known}; name one of them, or another --engine`,
    );
  }
  return print(json ? { sequence: state.sequence, ...ladder } : renderLadder(ladder, depth));
}

function summaryJson({ summary: state, beganWith, commands, elapsedMs, torn }: Rebuilt): object {
  const commandsPerSecond = elapsedMs > 0 ? Math.round(commands / (elapsedMs / 1000)) : 0;
  return { ...state, beganWith, replayed: commands, seconds: elapsedMs / 1000, commandsPerSecond, torn };
}

function answerComparison(settings: RunSettings, { compare: points, json }: ReplayOptions): number {
  const [a, b] = points ?? [];
  if (a === undefined || b === undefined || points?.length !== 2) {
    throw new UsageError(`--compare: expected two points like 1000,2000, found "${points?.join(",") ?? ""}"`);
  }
  const [first, second] = [pointOf(a), pointOf(b)];
  if (isLater(first, second)) throw new UsageError(`--compare: expected the earlier point first, found "${a},${b}"`);
  const pictures = rebuildTwo(settings, first, second);
  warn(pictures);
  const comparison = compare(pictures.first, pictures.second);
  return print(json ? comparison : renderComparison(comparison));
}

/** A number of any size is a sequence number here. Of a number and a time nobody knows which is earlier: the first is believed to be. */
function pointOf(text: string): ReplayLimit {
  if (/^\d+$/u.test(text)) return { ...THE_END, sequence: Number(text) };
  return { ...THE_END, time: timeOf("--compare", text) };
}

function isLater(first: ReplayLimit, second: ReplayLimit): boolean {
  const bySequence = first.sequence !== Infinity && second.sequence !== Infinity && first.sequence > second.sequence;
  return bySequence || (first.time !== Infinity && second.time !== Infinity && first.time > second.time);
}

function answerLife(settings: RunSettings, { json }: ReplayOptions, limit: ReplayLimit, choice: OrderChoice): number {
  const output = new LineOutput(process.stdout);
  let chapterCount = 0;
  const story = tellLife(settings, limit, choice, (chapter) => {
    chapterCount++;
    output.line(json ? JSON.stringify(chapter) : renderChapter(chapter).trimEnd());
  });
  warn(story);
  if (story.beginning !== undefined)
    process.stdout.write(json ? `${JSON.stringify(story.beginning)}\n` : renderBeginning(story));
  output.flush();
  if (chapterCount > 0 || story.beginning !== undefined) return 0;
  throw new OperatingError(
    `${nameOf(choice)} is in none of the ${story.commands} commands up to ${story.summary.sequence} of engine ${settings.engine}; look for it with fairlead journal dump, or in another --engine`,
  );
}

function nameOf(choice: OrderChoice): string {
  if ("orderId" in choice) return `order ${choice.orderId}`;
  return `an order ${choice.clientOrderId} of session "${choice.session}"`;
}

async function verify(dataDirectory: string, { engine, threads, json }: ReplayOptions): Promise<number> {
  const { directory } = openEngine(readOnlyDisk, dataDirectory, engine);
  const stretches = stretchesOf(readOnlyDisk, directory);
  if (stretches.length === 0) {
    throw new OperatingError(
      `${directory.root} has nothing to verify: its journal is empty or does not go on from a snapshot; see fairlead journal check ${dataDirectory}`,
    );
  }
  const progress = new MatchProgress(process.stderr, stretches.length, nowMs(), "commands");
  let [done, commands] = [0, 0];
  const results = await verifyStretches(stretches, { dataDirectory, engine, threads }, (result) => {
    commands += result.commands;
    progress.show(++done, commands, nowMs());
  });
  progress.end();
  print(json ? { engine, stretches: results } : renderStretches(results));
  return results.every(({ problem }) => problem === undefined) ? 0 : 1;
}

function warn({ badSnapshots }: Pick<Rebuilt, "badSnapshots">): void {
  const label = paint("yellow", "warning:", process.stderr);
  for (const { path, problem } of badSnapshots) process.stderr.write(`${label} ${path} was not used: ${problem}\n`);
}

function print(result: object | string): number {
  process.stdout.write(typeof result === "string" ? result : `${JSON.stringify(result)}\n`);
  return 0;
}
