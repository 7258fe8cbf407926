/**
 * Makes literal constants local to each compiled module that uses them. Part of the build, after tsc.
 *
 * V8 reads an imported or exported binding through a cell at every use and does not fold it, even when it can never change:
 * `i32[base + EVT_PRICE]` costs a load, a type check and an overflow check more than `i32[base + 10]`. A const that is
 * local to its module is folded. So an import of literal constants becomes local consts of the same names, and a module that
 * exports such constants uses local ones itself. Nothing else changes, nor does the number of lines: source maps hold.
 *
 * Literal is `export const NAME = <number>;` and `export const Name = { Key: <number>, … };`, as tsc writes them.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const NUMBER = String.raw`-?(?:0x[\da-f_]+|\d[\d_]*)(?:\.\d+)?(?: (?:\*\*|<<|\*|-|\+) \d+)*`;
const COMMENT = String.raw`//.*|/\*[^]*?\*/`;
const LITERAL = new RegExp(
  String.raw`^export const (\w+) = (${NUMBER}|\{(?:\s|${COMMENT}|\w+: ${NUMBER},?)*\});`,
  "gm",
);
const IMPORT = /^import \{([^}]*)\} from "(\.[^"]+)";/gm;

/** Compiled modules: path → source. Generated code and tests stay as they are. */
function readModules(dist) {
  const modules = new Map();
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!name.endsWith(".js") || name.endsWith(".test.js") || name.includes("generated")) continue;
    const path = join(dist, name);
    modules.set(path, readFileSync(path, "utf8"));
  }
  return modules;
}

/** Name → value of a module's literal exports, each value on one line. */
function literalsOf(source) {
  const literals = new Map();
  for (const [, name, value] of source.matchAll(LITERAL)) {
    literals.set(name, value.replaceAll(new RegExp(COMMENT, "g"), "").replaceAll(/\s+/g, " "));
  }
  return literals;
}

/** Imports with their literal names taken out and declared after them, on the line where the import ends. */
function localizeImports(path, source, literalsByPath) {
  return source.replaceAll(IMPORT, (statement, list, from) => {
    const literals = literalsByPath.get(resolve(dirname(path), from));
    if (literals === undefined) return statement;
    const names = list.split(",").map((name) => name.trim());
    const local = names.filter((name) => literals.has(name));
    if (local.length === 0) return statement;
    const kept = names.filter((name) => name !== "" && !literals.has(name));
    const start = kept.length === 0 ? `import "${from}";` : `import { ${kept.join(", ")} } from "${from}";`;
    const declarations = local.map((name) => ` const ${name} = ${literals.get(name)};`).join("");
    return start + declarations + "\n".repeat(statement.split("\n").length - 1);
  });
}

/** The module's own literal exports: a local const, exported under its name through a second binding. */
function localizeExports(source) {
  const names = [];
  const body = source.replaceAll(LITERAL, (_, name, value) => {
    names.push(name);
    return `const ${name} = ${value}; const exported${name} = ${name};`;
  });
  if (names.length === 0) return source;
  const list = names.map((name) => `exported${name} as ${name}`).join(", ");
  return body.replace(/(\n\/\/# sourceMappingURL=.*\s*)?$/, (map) => `\nexport { ${list} };${map}`);
}

const dist = resolve(process.argv[2] ?? "dist");
const modules = readModules(dist);
const literalsByPath = new Map([...modules].map(([path, source]) => [path, literalsOf(source)]));
for (const [path, source] of modules) {
  const result = localizeExports(localizeImports(path, source, literalsByPath));
  if (result !== source) writeFileSync(path, result);
}
