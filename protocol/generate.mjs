/**
 * Writes protocol/generated/ from fairlead.proto: static protobufjs code with types for the cold path and the oracle,
 * and the schema as JSON for the canonical JSON mapping. Part of `npm run build`; skipped when nothing changed.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pbjs from "protobufjs-cli/pbjs.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = here("./fairlead.proto");
const staticCode = here("./generated/fairlead.js");
const schema = here("./generated/schema.ts");

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function run(args) {
  return new Promise((resolve, reject) => {
    pbjs.main(args, (error, output) => (error ? reject(error) : resolve(output)));
  });
}

const newest = Math.max(modified(source), modified(here("./generate.mjs")));
if (Math.min(modified(staticCode), modified(schema)) < newest) {
  mkdirSync(here("./generated"), { recursive: true });
  const flags = ["--force-number", "--no-service", "--no-typeurl", "--no-create"];
  await run(["-t", "static-module", "-w", "esm", "--dts", ...flags, "-o", staticCode, source]);
  const json = await run(["-t", "json", source]);
  writeFileSync(
    schema,
    `/** fairlead.proto as protobufjs JSON. Generated. */\nexport const schema = ${json.trim()} as const;\n`,
  );
  readFileSync(staticCode);
}
