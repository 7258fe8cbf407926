/** The rules of the market: every case in scenarios/, on the engine, whose parts are checked after each command. */
import { expect, test } from "vitest";
import type { EngineConfig } from "../engine-config.ts";
import { assertInvariants } from "../engine-invariants.ts";
import { EngineRig } from "./engine-rig.ts";
import { playCase } from "./scenario-case.ts";
import { allScenarioCases } from "./scenario-folder.ts";
import type { ScenarioEngine } from "./scenario.ts";

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

for (const { name, scenario } of allScenarioCases()) {
  test(name, () => {
    const { expected, actual } = playCase(scenario, startEngine);
    expect(actual, scenario.place).toBe(expected);
  });
}
