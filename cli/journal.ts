/** `fairlead journal`: what is in a data directory, whether it is as it was written, and how it is made usable again if not. */
import { lockDirectory } from "../engine/journal/directory-lock.ts";
import { fileDisk } from "../engine/storage/file-disk.ts";
import { runWithOptions } from "./command.ts";
import { paint } from "./help.ts";
import { enginesIn, openEngine } from "./journal/data-directory.ts";
import { JournalDump } from "./journal/journal-dump.ts";
import { type JournalSurvey, surveyJournal } from "./journal/journal-survey.ts";
import { LineOutput } from "./journal/line-output.ts";
import { readOnlyDisk } from "./journal/read-only-disk.ts";
import { carryOut } from "./journal/repair.ts";
import { planRepair } from "./journal/repair-plan.ts";
import { doneText, planText, repairJson } from "./journal/repair-text.ts";
import { createStateCheck } from "./journal/state-check.ts";
import { isSound, renderSurvey, surveyJson } from "./journal/survey-text.ts";
import type { OptionTable } from "./option-table.ts";
import { type Arguments, type OptionValues, UsageError } from "./options.ts";
import { didYouMean } from "../gateway/nearest-name.ts";

export const summary = "check, print or repair the journal of a venue";

const OPTIONS = {
  engine: { type: "int", min: 0, help: "Only this one.", defaultText: "all engines" },
  deep: {
    type: "boolean",
    help: "check: also take over the state of every snapshot and compare its hash. Needs the memory of an engine.",
  },
  from: { type: "int", min: 1, default: 1, help: "dump: the first command, by its sequence number." },
  to: { type: "int", min: 1, help: "dump: the last one.", defaultText: "the end" },
  "past-damage": {
    type: "boolean",
    help: "dump: go on with the next sound record behind damage, and say what was skipped.",
  },
  yes: { type: "boolean", help: "repair: do it. Without, it only says what it would do." },
  json: { type: "boolean", help: "check, repair: one line of JSON. dump: a line per record." },
} as const satisfies OptionTable;

const ACTIONS = { check, dump, repair } as const;
type Action = keyof typeof ACTIONS;

/** Options that only one action has, with what it is without them. */
const OWN_OPTIONS = [
  ["deep", "check"],
  ["from", "dump"],
  ["to", "dump"],
  ["past-damage", "dump"],
  ["yes", "repair"],
] as const;

const USAGE = {
  usage: "fairlead journal check|dump|repair [options] DIR",
  description:
    "DIR is the data directory of a venue. check reads every segment and every snapshot and says where the journal ends and how: " +
    "exit code 0 when all is as it was written (a tail that power cut short is normal, and said), 1 when something is damaged. " +
    "dump prints a line per record. repair moves what is damaged, and the commands behind it, to DIR/engine-N/damaged-TIME/, so " +
    "that the venue starts again without them; the venue must be stopped. check and dump write nothing and may look at a running venue. " +
    "docs/REPLAY.md shows all three.",
  options: OPTIONS,
  positionalCount: { min: 0, max: 2 },
  examples: [
    { command: "fairlead journal check data", does: "Is everything as it was written?" },
    { command: "fairlead journal dump data --engine 0 --from 1000 --to 1010", does: "Eleven commands." },
    {
      command: "fairlead journal dump data --json | jq 'select(.kind == \"openSession\")'",
      does: "Who logged on when.",
    },
    { command: "fairlead journal repair data", does: "What would be lost by a repair?" },
    { command: "fairlead journal repair data --yes", does: "Cut the journal at the damage." },
  ],
};

type JournalOptions = OptionValues<typeof OPTIONS>;

export function run(argv: string[]): Promise<number> {
  return runWithOptions(USAGE, argv, journal);
}

async function journal({ options, positionals }: Arguments<typeof OPTIONS>): Promise<number> {
  const [name, dataDirectory] = positionals;
  const action = readAction(name);
  if (dataDirectory === undefined) throw new UsageError(`journal ${action}: expected the data directory of a venue`);
  for (const [option, owner] of OWN_OPTIONS) {
    if (owner !== action && isGiven(options[option], option)) {
      throw new UsageError(`--${option}: belongs to journal ${owner}, not to journal ${action}`);
    }
  }
  const engines = options.engine === undefined ? enginesIn(readOnlyDisk, dataDirectory) : [options.engine];
  return ACTIONS[action](dataDirectory, engines, options);
}

function readAction(name: string | undefined): Action {
  const actions = Object.keys(ACTIONS) as Action[];
  const action = actions.find((known) => known === name);
  if (action !== undefined) return action;
  const found = name === undefined ? "nothing" : `"${name}"${didYouMean(name, actions)}`;
  throw new UsageError(`expected check, dump or repair, found ${found}`);
}

function isGiven(value: boolean | number | undefined, option: string): boolean {
  if (option === "from") return value !== OPTIONS.from.default;
  return value !== undefined && value !== false;
}

function survey(dataDirectory: string, engine: number, isDeep = false): JournalSurvey {
  const { directory, genesis } = openEngine(readOnlyDisk, dataDirectory, engine);
  const checkState = isDeep ? createStateCheck(genesis) : undefined;
  return surveyJournal({ disk: readOnlyDisk, directory, genesis, checkState });
}

function check(dataDirectory: string, engines: readonly number[], { deep, json }: JournalOptions): number {
  const surveys = engines.map((engine) => survey(dataDirectory, engine, deep));
  const text = json
    ? `${JSON.stringify({ engines: surveys.map((found) => surveyJson(found, dataDirectory)) })}\n`
    : surveys.map((found) => renderSurvey(found, dataDirectory)).join("\n");
  process.stdout.write(text);
  return surveys.every(isSound) ? 0 : 1;
}

function dump(dataDirectory: string, engines: readonly number[], options: JournalOptions): number {
  const [engine] = engines;
  if (engine === undefined || engines.length > 1) {
    throw new UsageError(`--engine: journal dump prints one engine, and there are ${engines.join(", ")}; name one`);
  }
  const { from, to = Infinity, json, "past-damage": pastDamage } = options;
  if (to < from) throw new UsageError(`--to: expected at least ${from} as in --from, found ${to}`);
  const { directory, genesis } = openEngine(readOnlyDisk, dataDirectory, engine);
  const output = new LineOutput(process.stdout);
  const choice = { from, to, isJson: json, pastDamage };
  const damage = new JournalDump({ disk: readOnlyDisk, directory, genesis, output }, choice).run();
  if (damage === undefined) return 0;
  if (!pastDamage) throw damage;
  process.stderr.write(`${paint("yellow", "warning:", process.stderr)} ${damage.message}\n`);
  return 0;
}

function repair(dataDirectory: string, engines: readonly number[], { yes, json }: JournalOptions): number {
  const lock = lockDirectory(dataDirectory);
  try {
    const outcomes = engines.map((engine) => repairEngine(dataDirectory, engine, yes));
    const text = json
      ? `${JSON.stringify({ engines: outcomes.map((outcome) => outcome.json) })}\n`
      : outcomes.map((outcome) => outcome.text).join("\n");
    process.stdout.write(text);
    return 0;
  } finally {
    lock.release();
  }
}

/** The states of snapshots are looked at in any case: one that lies must not be what is left. */
function repairEngine(dataDirectory: string, engine: number, isMeant: boolean): { text: string; json: unknown } {
  const plan = planRepair(readOnlyDisk, survey(dataDirectory, engine, true));
  if (plan === undefined) {
    return { text: `engine ${engine}: nothing to repair\n`, json: { engine, repaired: false } };
  }
  if (!isMeant) {
    return { text: planText(engine, plan, dataDirectory), json: repairJson(engine, plan, dataDirectory, undefined) };
  }
  const { directory } = openEngine(readOnlyDisk, dataDirectory, engine);
  const target = carryOut(fileDisk, directory, plan, Date.now());
  const text =
    doneText(engine, plan, dataDirectory, target) + renderSurvey(survey(dataDirectory, engine), dataDirectory);
  return { text, json: repairJson(engine, plan, dataDirectory, target) };
}
