/** The worst cases, each in fresh threads: what each costs in all, and how long one command keeps the engine. */
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { EVENT_RING_SLOTS } from "../feed/bench-engine.ts";
import type { WorstCaseTurn } from "../feed/bench-task.ts";
import { runTurn } from "../feed/bench-threads.ts";
import { type Spread, spread } from "../ratio.ts";
import { WORST_CASES, type WorstCaseName } from "./worst-cases.ts";

export interface WorstCaseOptions {
  readonly worstCase: WorstCaseName;
  readonly orderCount: number;
  /** Times that the situation is built and struck, in one engine: the first time its code is cold. */
  readonly turns: number;
}

export interface WorstCaseResult {
  readonly options: WorstCaseOptions;
  /** The longest that one command kept the engine in a turn, over the turns: waiting for the events' reader included. */
  readonly longestMs: Spread;
  /** Likewise of the commands that built the situation. */
  readonly longestSetUpMs: Spread;
  /** Of all the work. */
  readonly totalMs: Spread;
  /** In the first turn. */
  readonly coldMs: number;
  /** Orders that the work was done for, fewest of all turns: `orderCount` when the engine can do it. */
  readonly doneCount: number;
  readonly eventCount: number;
  readonly faultCount: number;
  /** Turns in which the engine waited for the events' reader. */
  readonly stalledTurns: number;
}

export async function benchWorstCase(options: WorstCaseOptions): Promise<WorstCaseResult> {
  const { worstCase, orderCount, turns } = options;
  const eventRing = createRing(EVENT_RING_SLOTS);
  const { result, tallies } = await runTurn<readonly WorstCaseTurn[]>(
    { role: "worst-case", eventRing, worstCase, orderCount, turns },
    { role: "drain", eventRing, passCount: turns },
  );
  return {
    options,
    longestMs: spread(result.map(({ longestMs }) => longestMs)),
    longestSetUpMs: spread(result.map(({ longestSetUpMs }) => longestSetUpMs)),
    totalMs: spread(result.map(({ totalMs }) => totalMs)),
    coldMs: result[0]?.longestMs ?? Number.NaN,
    doneCount: Math.min(...tallies.map((tally) => WORST_CASES[worstCase].doneCount(tally))),
    eventCount: Math.max(...tallies.map(({ eventCount }) => eventCount)),
    faultCount: tallies.reduce((sum, { faultCount }) => sum + faultCount, 0),
    stalledTurns: result.filter(({ ringFullCount }) => ringFullCount > 0).length,
  };
}
