/** The pages and rules that operators work with, read from the source tree: this module lies in dist/gateway/testing. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** @param path From the root. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Paths from the root of the files under a folder that end like this. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

/** Every page for operators. */
export function operatorPages(): string[] {
  return [...filesIn("ops", ".md"), "docs/DURABILITY.md"];
}

/** Paths from the root of all runbooks. */
export function runbooks(): string[] {
  return filesIn("ops/runbooks", ".md").filter((path) => !path.endsWith("README.md"));
}
