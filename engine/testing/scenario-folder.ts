/** All cases of all files in scenarios/. The text files are read where they are written: they are not compiled. */
import { readFileSync, readdirSync } from "node:fs";
import { type ScenarioCase, parseScenarioFile } from "./scenario-file.ts";

const FOLDER = new URL("../../../engine/testing/scenarios/", import.meta.url);

export interface NamedCase {
  /** "limit/priority: an aggressor takes the best price first" */
  readonly name: string;
  readonly scenario: ScenarioCase;
}

export function allScenarioCases(): NamedCase[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".txt"));
  return files.toSorted().flatMap((file) => {
    const topic = file.replace(/\.txt$/u, "");
    const cases = parseScenarioFile(file, readFileSync(new URL(file, FOLDER), "utf8"));
    return cases.map((scenario) => ({ name: `${topic}: ${scenario.title}`, scenario }));
  });
}
