import { expect, test } from "vitest";
import { describeEnvironment } from "./environment.ts";

test("an environment names the machine, the runtime, the commit and the settings", () => {
  const environment = describeEnvironment({ rate: 1000 });
  expect(environment.cpuModel).not.toBe("");
  expect(environment.cpuCount).toBeGreaterThan(0);
  expect(environment.node).toBe(process.versions.node);
  expect(environment.loadAverage).toHaveLength(3);
  expect(environment.clock.nsPerReading).toBeGreaterThan(0);
  expect(environment.settings).toEqual({ rate: 1000 });
  expect(new Date(environment.date).toISOString()).toBe(environment.date);
  expect(environment.commit ?? "0".repeat(40), "absent outside of a checkout").toMatch(/^[0-9a-f]{40,64}$/u);
});

test("an environment survives JSON, as result files keep it", () => {
  const environment = describeEnvironment();
  expect(JSON.parse(JSON.stringify(environment))).toEqual(environment);
});
