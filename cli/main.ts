/**
 * `fairlead <command> [options]`: finds the command, runs it, and turns what goes wrong into a line and an exit code.
 *
 *   0  it worked
 *   1  it failed
 *   2  bad usage: nothing was started
 */
import { inspect } from "node:util";
import { formatBuild, readBuild } from "../gateway/build.ts";
import { ConfigError } from "../gateway/load-config.ts";
import { didYouMean } from "../gateway/nearest-name.ts";
import { OperatingError } from "../protocol/operating-error.ts";
import { COMMANDS, type CommandEntry } from "./commands.ts";
import { paint, renderTable } from "./help.ts";
import { UsageError } from "./options.ts";

const WORKED = 0;
const FAILED = 1;
const BAD_USAGE = 2;

/** @param argv What follows the name of the executable. */
export async function main(argv: readonly string[], commands: readonly CommandEntry[] = COMMANDS): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined) return printTo(process.stderr, overview(commands), BAD_USAGE);
    if (name === "--help" || name === "-h" || name === "help") return await help(rest[0], commands);
    if (name === "--version") return printTo(process.stdout, `${formatBuild(readBuild())}\n`, WORKED);
    const command = await findCommand(name, commands).load();
    return await command.run(rest);
  } catch (error) {
    return report(error, name ?? "");
  }
}

async function help(name: string | undefined, commands: readonly CommandEntry[]): Promise<number> {
  if (name === undefined) return printTo(process.stdout, overview(commands), WORKED);
  const command = await findCommand(name, commands).load();
  return command.run(["--help"]);
}

function findCommand(name: string, commands: readonly CommandEntry[]): CommandEntry {
  const command = commands.find((entry) => entry.name === name);
  if (command) return command;
  if (name.startsWith("-")) throw new UsageError(`expected a command before "${name}"; see fairlead --help`);
  const names = commands.map((entry) => entry.name);
  throw new UsageError(`no such command: ${name}${didYouMean(name, names) || "; see fairlead --help"}`);
}

function overview(commands: readonly CommandEntry[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return `${paint("bold", "fairlead", process.stdout)}: an exchange in a box

Usage: fairlead <command> [options]

Commands:
${renderTable(rows, 110)}

fairlead <command> --help tells the options of a command; fairlead --version tells what runs.
`;
}

function printTo(stream: NodeJS.WriteStream, text: string, exitCode: number): number {
  stream.write(text);
  return exitCode;
}

/** Errors of usage are the person's: as many lines as there are mistakes. Any other is ours or the machine's: one line. */
function report(error: unknown, command: string): number {
  const label = paint("red", "error:", process.stderr);
  if (error instanceof ConfigError) {
    return printTo(process.stderr, error.problems.map((problem) => `${label} ${problem}\n`).join(""), BAD_USAGE);
  }
  if (error instanceof UsageError) {
    const known = COMMANDS.some(({ name }) => name === command);
    const hint = known ? `see fairlead ${command} --help\n` : "";
    return printTo(process.stderr, `${label} ${error.message}\n${hint}`, BAD_USAGE);
  }
  if (process.env["FAIRLEAD_DEBUG"] === "1") return printTo(process.stderr, `${label} ${inspect(error)}\n`, FAILED);
  const message = error instanceof Error ? error.message : String(error);
  const line = `${label} ${message.replaceAll(/\s*\n\s*/gu, " ")}\n`;
  const hint = error instanceof OperatingError ? "" : "unexpected; FAIRLEAD_DEBUG=1 shows where it happened\n";
  return printTo(process.stderr, line + hint, FAILED);
}
