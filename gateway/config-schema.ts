/**
 * What the configuration schema says about itself, read from its JSON Schema form: which settings exist, how a flag and
 * an environment variable for each is named, and what a value at a path should have been, in words.
 */
import { z } from "zod";
import { venueConfigSchema } from "./venue-config.ts";

/** A node of the JSON Schema, as far as venue-config.ts makes use of it. */
interface SchemaNode {
  readonly type?: "string" | "integer" | "object" | "array";
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  /** Our own: see venue-config.ts. */
  readonly expected?: string;
}

/** A scalar that flags and the environment can set. */
export interface Setting {
  /** `wsPort` */
  readonly key: string;
  /** `ws-port` */
  readonly flag: string;
  /** `FAIRLEAD_WS_PORT` */
  readonly variable: string;
  readonly kind: "string" | "integer" | "choice";
  readonly choices: readonly string[];
  readonly description: string;
  readonly default: string;
}

const ROOT = z.toJSONSchema(venueConfigSchema, { io: "input" }) as SchemaNode;

export const SETTINGS: readonly Setting[] = Object.entries(ROOT.properties ?? {})
  .filter(([, node]) => node.type === "string" || node.type === "integer")
  .map(([key, node]) => settingOf(key, node));

function settingOf(key: string, node: SchemaNode): Setting {
  const words = key.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
  return {
    key,
    flag: words,
    variable: `FAIRLEAD_${words.replaceAll("-", "_").toUpperCase()}`,
    kind: node.enum ? "choice" : node.type === "integer" ? "integer" : "string",
    choices: node.enum ?? [],
    description: node.description ?? "",
    default: String(node.default),
  };
}

export type ConfigPath = readonly PropertyKey[];

/** `["instruments", 2, "maxPrice"]` is `instruments[2].maxPrice`. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./u, "");
}

/** What belongs at this path: "an integer from 0 to 65535". */
export function expectationAt(path: ConfigPath): string {
  return expectationOf(nodeAt(path));
}

/** The keys of the object at this path. */
export function keysAt(path: ConfigPath): string[] {
  return Object.keys(nodeAt(path).properties ?? {});
}

function nodeAt(path: ConfigPath): SchemaNode {
  let node: SchemaNode | undefined = ROOT;
  for (const step of path) node = typeof step === "number" ? node?.items : node?.properties?.[String(step)];
  return node ?? {};
}

function expectationOf(node: SchemaNode): string {
  if (node.expected !== undefined) return node.expected;
  if (node.enum) return `one of ${node.enum.join(", ")}`;
  switch (node.type) {
    case "integer":
      return `an integer from ${node.minimum} to ${node.maximum}`;
    case "string":
      return `${node.minLength} to ${node.maxLength} characters`;
    case "array":
      return `a list of ${node.minItems} to ${node.maxItems}`;
    default:
      return "an object";
  }
}
