/**
 * The folders' imports point one way. A folder not named here may be imported by nobody but itself, and code that only
 * tests use may reach anything but the benchmarks and operations.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** The compiled test lies in dist/bench; the sources are what it reads. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What product code of a folder may import from other folders: a folder, or single files of it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  engine: ["protocol/"],
  gateway: ["protocol/", "engine/engine-config.ts", "engine/engine-thread.ts"],
  client: ["protocol/"],
  loadgen: ["client/", "protocol/"],
  bench: [""],
  cli: [""],
};

const NEVER_IMPORTED = ["bench/", "ops/"];

interface Import {
  /** Path of the importing file, from the root. */
  readonly from: string;
  readonly specifier: string;
}

function sourcesIn(folder: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ts|mjs|js)$/u.test(name) && !name.startsWith("generated"))
    .map((name) => join(folder, name).split(sep).join("/"));
}

/** Static and dynamic imports, re-exports, and the files that workers are started from. */
const SPECIFIER =
  /^\s*(?:import|export)\b[^;"']*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"|\bnew URL\(\s*"([^"]+\.[jt]s)"\s*,\s*import\.meta\.url/gmu;

function importsOf(from: string, source: string): Import[] {
  return [...source.matchAll(SPECIFIER)].map((match) => {
    const specifier = match.slice(1).find((group) => group !== undefined) ?? "";
    return { from, specifier };
  });
}

function importsIn(folder: string): Import[] {
  return sourcesIn(folder).flatMap((file) => importsOf(file, readFileSync(join(ROOT, file), "utf8")));
}

/** The imported file's path from the root, as a .ts file; undefined for packages and Node's own modules. */
function target({ from, specifier }: Import): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return normalize(join(dirname(from), specifier))
    .replace(/\.js$/u, ".ts")
    .split(sep)
    .join("/");
}

function isTestCode(path: string): boolean {
  return /\.test(?:-worker)?\.ts$|\/testing\//u.test(path);
}

/** What is wrong with an import, or undefined. */
function violation(imported: Import): string | undefined {
  const path = target(imported);
  if (path === undefined) return /^\/|^file:/u.test(imported.specifier) ? "is absolute" : undefined;
  const folder = imported.from.split("/")[0] ?? "";
  if (path.startsWith("..")) return "leaves the repository";
  if (path.startsWith(`${folder}/`)) return undefined;
  if (NEVER_IMPORTED.some((prefix) => path.startsWith(prefix)) && folder !== "cli") return "is imported by nobody";
  if (isTestCode(imported.from)) return undefined;
  if (isTestCode(path) && folder !== "bench") return "is test code";
  const allowed = ALLOWED[folder] ?? [];
  return allowed.some((prefix) => path.startsWith(prefix)) ? undefined : `is not for ${folder}`;
}

test.each(Object.keys(ALLOWED))("%s imports only what lies below it", (folder) => {
  const violations = importsIn(folder).flatMap((imported) => {
    const wrong = violation(imported);
    return wrong === undefined ? [] : [`${imported.from} imports ${imported.specifier}, which ${wrong}`];
  });
  expect(violations).toEqual([]);
});

test("the sources are found", () => {
  expect(sourcesIn("protocol")).toContain("protocol/ring/ring-layout.ts");
  expect(sourcesIn("bench")).toContain("bench/imports.test.ts");
});

test.each([
  [`import { a } from "./b.ts";`, ["./b.ts"]],
  [`import type { a } from "../b.ts";`, ["../b.ts"]],
  [`import a, {\n  type b,\n  c,\n} from "./d.ts";`, ["./d.ts"]],
  [`import "./b.ts";`, ["./b.ts"]],
  [`export * from "./b.ts";\nexport { c } from "./d.ts";`, ["./b.ts", "./d.ts"]],
  [`const a = await import("./b.ts");`, ["./b.ts"]],
  [`new Worker(new URL("../engine/engine-worker.js", import.meta.url))`, ["../engine/engine-worker.js"]],
  [`export const a = "from";\nexport function b() { return "./c.ts"; }`, []],
])("the imports of %j are seen", (source, specifiers) => {
  expect(importsOf("gateway/x.ts", source).map(({ specifier }) => specifier)).toEqual(specifiers);
});

test.each([
  ["gateway/session.ts", "../engine/order-book.ts", "is not for gateway"],
  ["gateway/session.ts", "../engine/engine-config.ts", undefined],
  ["gateway/session.ts", "../engine/engine-thread.ts", undefined],
  ["gateway/tcp/socket.ts", "../session.ts", undefined],
  ["engine/order-book.ts", "../gateway/venue-config.ts", "is not for engine"],
  ["engine/order-book.ts", "../protocol/units.ts", undefined],
  ["protocol/units.ts", "../engine/order-book.ts", "is not for protocol"],
  ["client/session.ts", "../loadgen/schedule.ts", "is not for client"],
  ["loadgen/load.ts", "../client/index.ts", undefined],
  ["loadgen/load.ts", "../bench/ratio.ts", "is imported by nobody"],
  ["client/session.test.ts", "../cli/serve.ts", undefined],
  ["client/session.test.ts", "../bench/ratio.ts", "is imported by nobody"],
  ["engine/order-book.ts", "../protocol/testing/flow.ts", "is test code"],
  ["engine/order-book.ts", "../../shared/flow.ts", "leaves the repository"],
  ["engine/order-book.ts", "/flow.ts", "is absolute"],
  ["engine/order-book.ts", "node:fs", undefined],
  ["cli/bench.ts", "../bench/ratio.ts", undefined],
  ["bench/wire.ts", "../engine/order-book.ts", undefined],
  ["gateway/session.ts", "../cli/serve.ts", "is not for gateway"],
])("%s importing %s: %s", (from, specifier, wrong) => {
  expect(violation({ from, specifier })).toBe(wrong);
});

test("files that workers are started from exist as sources", () => {
  const missing = Object.keys(ALLOWED)
    .flatMap((folder) => importsIn(folder))
    .filter(({ from, specifier }) => !isTestCode(from) && specifier.startsWith(".") && specifier.endsWith(".js"))
    .map((imported) => target(imported) ?? "")
    .filter((path) => !existsSync(join(ROOT, path)) && !path.includes("/generated/"));
  expect(missing).toEqual([]);
});
