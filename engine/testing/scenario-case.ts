/** One case of a scenario file, played on a new engine that is as its "given" lines say. */
import type { EngineConfig } from "../engine-config.ts";
import { SMALL_ENGINE } from "./engine-rig.ts";
import { Scenario, type ScenarioEngine } from "./scenario.ts";
import type { ScenarioCase } from "./scenario-file.ts";
import type { Words } from "./scenario-line.ts";
import { ENGINE_SIZES } from "./scenario-words.ts";

interface Givens {
  config: EngineConfig;
  time: number | undefined;
  readonly instruments: Words[];
}

/** What must come and what came, line by line: equal when the case holds. */
export function playCase(
  given: ScenarioCase,
  start: (config: EngineConfig) => ScenarioEngine,
): { expected: string; actual: string } {
  const { config, time, instruments } = readGivens(given.givens);
  const scenario = new Scenario(start(config), time);
  for (const terms of instruments) scenario.define(terms);
  return scenario.play(given.steps);
}

function readGivens(lines: readonly Words[]): Givens {
  const givens: Givens = { config: SMALL_ENGINE, time: undefined, instruments: [] };
  for (const words of lines) {
    words.has("given");
    if (words.has("engine")) givens.config = readSizes(words, givens.config);
    else if (words.has("time")) givens.time = words.time("time");
    else if (words.has("instrument")) givens.instruments.push(words);
    else throw words.error("engine, time or instrument can be given; found");
  }
  return givens;
}

/** given engine orders 2 levels 2 sessions 2 */
function readSizes(words: Words, config: EngineConfig): EngineConfig {
  const sizes: Record<string, number> = {};
  while (!words.isEmpty) {
    const size = ENGINE_SIZES[words.peek()];
    if (size === undefined) throw words.error("no such size of an engine:");
    words.next("size");
    sizes[size] = words.number("size");
  }
  words.end();
  return { ...config, ...sizes };
}
