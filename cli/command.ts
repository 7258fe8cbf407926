/** What a command is to the executable. README.md of this folder shows how to write one. */
import { type HelpPage, renderHelp } from "./help.ts";
import type { OptionTable } from "./option-table.ts";
import { type Arguments, type PositionalCount, parseOptions } from "./options.ts";

/** What the module of a command exports. */
export interface CommandModule {
  /** One line for the list of commands. */
  readonly summary: string;
  /** @returns the exit code: 0 it worked, 1 it failed. Bad usage is thrown as UsageError, which ends in 2. */
  run(argv: string[]): Promise<number>;
}

export interface CommandUsage<T extends OptionTable> extends HelpPage {
  readonly options: T;
  readonly positionalCount?: PositionalCount;
}

/** Answers `--help`; else reads the options and does the work. */
export async function runWithOptions<const T extends OptionTable>(
  usage: CommandUsage<T>,
  argv: readonly string[],
  work: (args: Arguments<T>) => Promise<number>,
): Promise<number> {
  if (asksForHelp(argv)) {
    process.stdout.write(renderHelp(usage, process.stdout));
    return 0;
  }
  return work(parseOptions(usage.options, argv, usage.positionalCount));
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? undefined : end).some((arg) => arg === "--help" || arg === "-h");
}
