/**
 * The options of a command, as a table: from it come the values, the help text and the errors.
 *
 * Built on parseArgs of node:util, which splits the arguments; the kinds of value, the environment and the wording of
 * errors are here. A value is taken from the command line, else from the environment variable, else it is the default.
 */
import { parseArgs } from "node:util";
import { didYouMean } from "../gateway/nearest-name.ts";
import type { Option, OptionTable } from "./option-table.ts";
import { expectationOf, readScalar } from "./option-value.ts";

type Present<O extends Option> = O extends { type: "choice"; choices: readonly (infer Choice)[] }
  ? Choice
  : O extends { type: "list" }
    ? readonly string[]
    : O extends { type: "string" }
      ? string
      : O extends { type: "boolean" }
        ? boolean
        : number;

type ValueOf<O extends Option> = O extends { type: "boolean" } | { default: unknown }
  ? Present<O>
  : Present<O> | undefined;

export type OptionValues<T extends OptionTable> = { readonly [Name in keyof T]: ValueOf<T[Name]> };

export interface Arguments<T extends OptionTable> {
  readonly options: OptionValues<T>;
  readonly positionals: readonly string[];
}

/** The person at the keyboard asked for something that does not exist. The message is one line; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** How many positional arguments a command takes. */
export interface PositionalCount {
  readonly min: number;
  readonly max: number;
}

/** @throws UsageError */
export function parseOptions<const T extends OptionTable>(
  table: T,
  argv: readonly string[],
  positionalCount: PositionalCount = { min: 0, max: 0 },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Arguments<T> {
  const { given, positionals } = split(table, argv);
  const extra = positionals[positionalCount.max];
  if (extra !== undefined) throw new UsageError(`unexpected argument "${extra}"`);
  const options = Object.entries(table).map(([name, option]) => [name, resolve(name, option, given.get(name), env)]);
  if (positionals.length < positionalCount.min) throw new UsageError("an argument is missing");
  return { options: Object.fromEntries(options) as OptionValues<T>, positionals };
}

/** What was typed for each option, unread; a boolean is typed as "true". */
function split(table: OptionTable, argv: readonly string[]): { given: Map<string, string[]>; positionals: string[] } {
  const config = Object.entries(table).map(([name, option]) => [
    name,
    {
      type: option.type === "boolean" ? ("boolean" as const) : ("string" as const),
      ...(option.short === undefined ? {} : { short: option.short }),
    },
  ]);
  // Not strict: its errors name neither the value nor the option that was meant.
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(config),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = table[token.name];
    if (!option) throw new UsageError(`no such option: ${token.rawName}${suggestOption(token.rawName, table)}`);
    given.set(token.name, [...(given.get(token.name) ?? []), typedText(option, token)]);
  }
  return { given, positionals };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function typedText(option: Option, token: OptionToken): string {
  if (option.type === "boolean") {
    if (token.value === undefined) return "true";
    throw new UsageError(`${token.rawName}: takes no value, found "${token.value}"`);
  }
  // `--rate --json` forgot the rate; `--rate=--json` would be meant as it stands.
  if (token.value === undefined || (token.value.startsWith("--") && token.inlineValue !== true)) {
    throw new UsageError(`${token.rawName}: expected a value, found ${token.value ?? "nothing"}`);
  }
  return token.value;
}

function suggestOption(rawName: string, table: OptionTable): string {
  return rawName.startsWith("--") ? didYouMean(rawName.slice(2), Object.keys(table), (name) => `--${name}`) : "";
}

type Value = string | number | boolean | readonly string[] | undefined;

function resolve(
  name: string,
  option: Option,
  typed: string[] | undefined,
  env: Record<string, string | undefined>,
): Value {
  if (typed) return readValue(`--${name}`, option, typed);
  const fromEnv = option.env === undefined ? undefined : env[option.env];
  if (option.env !== undefined && fromEnv !== undefined && fromEnv !== "") {
    return readValue(option.env, option, [fromEnv]);
  }
  return option.type === "boolean" ? false : option.default;
}

/** @param place What an error begins with: the option or the variable. */
function readValue(place: string, option: Option, typed: readonly string[]): Value {
  if (option.type === "list") return typed.flatMap((text) => text.split(",")).filter((text) => text !== "");
  const text = typed.at(-1) ?? "";
  const value = readScalar(option, text);
  if (value !== undefined) return value;
  const meant = option.type === "choice" ? didYouMean(text, option.choices) : "";
  throw new UsageError(`${place}: expected ${expectationOf(option)}, found "${text}"${meant}`);
}
