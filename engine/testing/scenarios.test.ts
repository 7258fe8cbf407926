/** The rules of the market: every case of every file in scenarios/, on the engine, whose parts are checked after each command. */
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { EngineConfig } from "../engine-config.ts";
import { assertInvariants } from "./book-invariants.ts";
import { EngineRig } from "./engine-rig.ts";
import { playCase } from "./scenario-case.ts";
import { parseScenarioFile } from "./scenario-file.ts";
import type { ScenarioEngine } from "./scenario.ts";

/** The sources: text files are not compiled. */
const FOLDER = new URL("../../../engine/testing/scenarios/", import.meta.url);

function startEngine(config: EngineConfig): ScenarioEngine {
  const rig = new EngineRig(config);
  return {
    apply(command) {
      const events = rig.apply(command);
      assertInvariants(rig.engine);
      return events;
    },
  };
}

const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".txt"));

for (const file of files.toSorted()) {
  const name = file.replace(/\.txt$/u, "");
  for (const given of parseScenarioFile(file, readFileSync(new URL(file, FOLDER), "utf8"))) {
    test(`${name}: ${given.title}`, () => {
      const { expected, actual } = playCase(given, startEngine);
      expect(actual, given.place).toBe(expected);
    });
  }
}
