/** The browser entry reaches nothing that a browser does not have. */
import { readFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const FROM = /(?:^|\n)\s*(?:import|export)\b[^;]*?from\s*"(?<name>[^"]+)"|import\s*\(?\s*"(?<bare>[^"]+)"/gu;
const COMMENT = /\/\*[\s\S]*?\*\//gu;
const REQUIRE = /\brequire\("(?<name>[^"]+)"\)/gu;

/** Every module that `entry` loads, directly or not: its file, or its name where it is not a file. */
function reachable(entry: string): Set<string> {
  const seen = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (builtinModules.includes(file.replace(/^node:/u, ""))) continue;
    waiting.push(...importsOf(file));
  }
  return seen;
}

function importsOf(file: string): string[] {
  const source = readFileSync(file, "utf8").replaceAll(COMMENT, "");
  const matches = file.includes("node_modules") ? source.matchAll(REQUIRE) : source.matchAll(FROM);
  const names = [...matches].flatMap(({ groups }) => groups?.["name"] ?? groups?.["bare"] ?? []);
  return names.map((name) => createRequire(file).resolve(name));
}

function graphOf(entry: string): string[] {
  return [...reachable(fileURLToPath(new URL(entry, import.meta.url)))];
}

function nodeOnly(files: string[]): string[] {
  return files.filter((file) => file.startsWith("node:") || builtinModules.includes(file) || file.includes("/ws/"));
}

test("the browser entry imports neither a Node module nor ws", () => {
  const files = graphOf("./browser.js");
  expect(files.some((file) => file.endsWith("/venue-client.js"))).toBe(true);
  expect(files.some((file) => file.endsWith("/protobufjs/src/reader.js"))).toBe(true);
  expect(nodeOnly(files)).toEqual([]);
});

test("the walk sees what the Node entry imports", () => {
  expect(nodeOnly(graphOf("./index.js"))).toEqual(
    expect.arrayContaining(["node:net", expect.stringMatching(/\/node_modules\/ws\//u)]),
  );
});

test("both entries offer the same names", async () => {
  expect(Object.keys(await import("./browser.js")).toSorted()).toEqual(
    Object.keys(await import("./index.js")).toSorted(),
  );
});
