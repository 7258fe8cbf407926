/** Every case in scenarios/ on the naive twin: what the engine is compared with has to know the rules too. */
import { expect, test } from "vitest";
import { playCase } from "./scenario-case.ts";
import { allScenarioCases } from "./scenario-folder.ts";
import { NaiveTwin } from "./twin/naive-twin.ts";

for (const { name, scenario } of allScenarioCases()) {
  test(name, () => {
    const { expected, actual } = playCase(scenario, (config) => new NaiveTwin(config));
    expect(actual, scenario.place).toBe(expected);
  });
}
