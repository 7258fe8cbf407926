/**
 * Reads the configuration of a venue: defaults, then a JSON file, then the environment, then flags, each over the one
 * before. Whatever is wrong is reported all at once, one line each: where it was said, what was expected, what was found.
 */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { type ConfigPath, SETTINGS, type Setting, expectationAt, formatPath, keysAt } from "./config-schema.ts";
import { findJsonSyntaxProblem } from "./json-syntax.ts";
import { didYouMean } from "./nearest-name.ts";
import { type VenueConfig, venueConfigSchema } from "./venue-config.ts";

export interface ConfigInputs {
  /** Overrides FAIRLEAD_CONFIG. Neither: no file. */
  readonly path?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By flag name without the dashes: `{ "ws-port": "7001" }`. Unset ones are absent or undefined. */
  readonly flags: Readonly<Record<string, string | undefined>>;
}

export interface LoadedConfig {
  readonly config: VenueConfig;
  /** Things that are probably not meant, one line each; the venue starts nevertheless. */
  readonly warnings: readonly string[];
}

/** The configuration cannot be used. Each problem is one line for a person. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** @throws ConfigError */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const path = inputs.path ?? inputs.env["FAIRLEAD_CONFIG"];
  const file = path === undefined || path === "" ? undefined : readConfigFile(path);
  const layers = new Layers(path ?? "", file ?? {});
  for (const setting of SETTINGS) {
    layers.override(setting, inputs.env[setting.variable], setting.variable);
    layers.override(setting, inputs.flags[setting.flag], `--${setting.flag}`);
  }
  const parsed = venueConfigSchema.safeParse(layers.merged);
  if (!parsed.success) {
    // A value can break several rules at once, and they are all told in the same line.
    throw new ConfigError([...new Set(parsed.error.issues.flatMap((issue) => describeIssue(issue, layers)))]);
  }
  const conflicts = [portConflicts, instrumentConflicts, termConflicts, inexactTotals].flatMap((check) =>
    check(parsed.data, layers),
  );
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  return { config: parsed.data, warnings: unknownVariables(inputs.env) };
}

/** The values of all sources merged, and which source had the last word on each top-level key. */
class Layers {
  readonly merged: Record<string, unknown>;
  readonly #file: string;
  readonly #overriddenBy = new Map<PropertyKey, string>();

  constructor(file: string, values: Record<string, unknown>) {
    this.#file = file;
    this.merged = { ...values };
  }

  /** An empty variable counts as not set, because that is how shells and unit files unset one. */
  override(setting: Setting, text: string | undefined, source: string): void {
    if (text === undefined || (text === "" && !source.startsWith("--"))) return;
    this.merged[setting.key] = setting.kind === "integer" && /^-?\d{1,15}$/u.test(text) ? Number(text) : text;
    this.#overriddenBy.set(setting.key, source);
  }

  valueAt(path: ConfigPath): unknown {
    let value: unknown = this.merged;
    for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step];
    return value;
  }

  /** How an error line begins: the flag, the variable, or the file with the path in it. */
  placeOf(path: ConfigPath): string {
    const source = this.#overriddenBy.get(path[0] ?? "");
    if (source !== undefined) return source;
    return [this.#file, formatPath(path)].filter(Boolean).join(": ");
  }
}

function readConfigFile(path: string): Record<string, unknown> {
  const text = readText(path).replace(/^\uFEFF/u, "");
  const problem = findJsonSyntaxProblem(text);
  if (problem) throw new ConfigError([`${path}:${problem.line}:${problem.column}: ${problem.reason}`]);
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigError([`${path}: expected an object, found ${show(value)}`]);
  }
  return value as Record<string, unknown>;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${path}: ${code === "ENOENT" ? "no such file" : `cannot be read (${code})`}`]);
  }
}

function describeIssue(issue: z.core.$ZodIssue, layers: Layers): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const place = layers.placeOf([...issue.path, key]);
      return `${place}: no such setting${didYouMean(key, keysAt(issue.path))}`;
    });
  }
  const value = layers.valueAt(issue.path);
  const place = layers.placeOf(issue.path);
  const expectation = expectationAt(issue.path);
  if (value === undefined) return [`${place}: missing, expected ${expectation}`];
  return [`${place}: expected ${expectation}, found ${show(value)}${meantChoice(value, issue.path)}`];
}

function meantChoice(value: unknown, path: ConfigPath): string {
  const setting = SETTINGS.find(({ key }) => path.length === 1 && key === path[0]);
  return typeof value === "string" && setting ? didYouMean(value, setting.choices) : "";
}

/** A value as it stands in JSON, cut short. */
function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}

function portConflicts(config: VenueConfig, layers: Layers): string[] {
  const ports = ["wsPort", "tcpPort", "adminPort"] as const;
  return ports.flatMap((key, index) => {
    const other = ports.slice(0, index).find((earlier) => config[earlier] !== 0 && config[earlier] === config[key]);
    return other === undefined ? [] : [`${layers.placeOf([key])}: port ${config[key]} is also ${other}`];
  });
}

function instrumentConflicts({ instruments, engines }: VenueConfig, layers: Layers): string[] {
  const problems: string[] = [];
  const firstWith = { instrumentId: new Map<unknown, number>(), symbol: new Map<unknown, number>() };
  for (const [index, instrument] of instruments.entries()) {
    for (const key of ["instrumentId", "symbol"] as const) {
      const first = firstWith[key].get(instrument[key]);
      if (first === undefined) firstWith[key].set(instrument[key], index);
      else {
        const place = layers.placeOf(["instruments", index, key]);
        problems.push(`${place}: ${show(instrument[key])} is already that of instruments[${first}]`);
      }
    }
    if (instrument.engine !== undefined && instrument.engine >= engines) {
      const place = layers.placeOf(["instruments", index, "engine"]);
      problems.push(`${place}: expected an engine from 0 to ${engines - 1}, found ${instrument.engine}`);
    }
  }
  return problems;
}

/** Tables that are not in order, and limits that leave nothing between them. */
function termConflicts({ instruments }: VenueConfig, layers: Layers): string[] {
  return instruments.flatMap(({ priceSteps = [], schedule = [], minNotional, maxNotional }, index) => {
    const problems: string[] = [];
    const tell = (path: ConfigPath, problem: string): void => {
      problems.push(`${layers.placeOf(["instruments", index, ...path])}: ${problem}`);
    };
    for (const [row, { fromPrice, step }] of priceSteps.entries()) {
      const before = priceSteps[row - 1];
      const path = ["priceSteps", row, "fromPrice"];
      if (before === undefined) {
        if (fromPrice !== 1) tell(path, `expected 1, found ${fromPrice}`);
      } else if (fromPrice <= before.fromPrice) {
        tell(path, `expected more than ${before.fromPrice}, found ${fromPrice}`);
      } else if (fromPrice % before.step !== 0 || fromPrice % step !== 0) {
        tell(path, `expected a multiple of ${before.step} and of ${step}, found ${fromPrice}`);
      }
    }
    for (const [row, { secondOfDay }] of schedule.entries()) {
      const before = schedule[row - 1];
      if (before === undefined || secondOfDay > before.secondOfDay) continue;
      tell(["schedule", row, "secondOfDay"], `expected more than ${before.secondOfDay}, found ${secondOfDay}`);
    }
    if (minNotional !== undefined && maxNotional !== undefined && minNotional > maxNotional) {
      tell(["maxNotional"], `expected at least ${minNotional}, which is minNotional, found ${maxNotional}`);
    }
    return problems;
  });
}

/** The sum of all orders at a price must stay a number that a double holds exactly. */
function inexactTotals({ instruments, maxOpenOrders }: VenueConfig, layers: Layers): string[] {
  const limit = Math.floor(Number.MAX_SAFE_INTEGER / maxOpenOrders);
  return instruments.flatMap(({ maxOrderQty }, index) => {
    if (maxOrderQty <= limit) return [];
    const place = layers.placeOf(["instruments", index, "maxOrderQty"]);
    return [`${place}: expected at most ${limit} with maxOpenOrders ${maxOpenOrders}, found ${maxOrderQty}`];
  });
}

/**
 * Only near misses, and only as warnings: a container platform sets variables of its own with the name of the service
 * as prefix.
 */
function unknownVariables(env: ConfigInputs["env"]): string[] {
  const known = ["FAIRLEAD_CONFIG", "FAIRLEAD_DEBUG", ...SETTINGS.map(({ variable }) => variable)];
  return Object.keys(env)
    .filter((name) => name.startsWith("FAIRLEAD_") && !known.includes(name))
    .map((name) => [name, didYouMean(name, known)] as const)
    .filter(([, suggestion]) => suggestion !== "")
    .map(([name, suggestion]) => `${name}: no such setting, ignored${suggestion}`);
}
