/**
 * What features cost a flow that does not use them: the same flow through an engine with plain instruments and through one
 * whose instruments have everything that unused-features.ts can think of, in turns of fresh threads.
 */
import { type Flow, type FlowName, generateFlow } from "../book/flow.ts";
import { BOOK_BENCH_DEFAULTS, flowTask, takeFlowTurn, warmRate } from "../book/book-bench.ts";
import { type Spread, alternate, spread } from "../ratio.ts";

export interface FeatureBenchOptions {
  readonly flow: FlowName;
  readonly count: number;
  readonly seed: number;
  /** Counted turns of each. */
  readonly turns: number;
}

export interface FeatureBenchResult {
  readonly options: FeatureBenchOptions;
  /** Commands per second, the engine warm. */
  readonly plain: Spread;
  readonly withFeatures: Spread;
  /** Time of a command with features / without, of the turns that ran next to each other. */
  readonly cost: Spread;
  /** Commands that configure the features of one instrument, and how many of them the engine took. */
  readonly featureCommandCount: number;
  readonly takenCount: number;
}

export async function benchFeatures(options: FeatureBenchOptions): Promise<FeatureBenchResult> {
  const flow = generateFlow(options.flow, options.count, options.seed);
  const plainTask = flowTask(flow, BOOK_BENCH_DEFAULTS[options.flow]);
  const featureTask = flowTask(flow, BOOK_BENCH_DEFAULTS[options.flow], true);
  const taken: FeatureTurn[] = [];
  const { a, b, ratio } = await alternate({
    a: async () => warmRate(flow, await takeFlowTurn(flow, plainTask)),
    b: async () => {
      const turn = await takeFeatureTurn(flow, featureTask);
      taken.push(turn);
      return turn.rate;
    },
    rounds: options.turns,
  });
  return {
    options,
    plain: spread(a),
    withFeatures: spread(b),
    cost: ratio,
    featureCommandCount: taken[0]?.featureCommandCount ?? 0,
    takenCount: Math.min(...taken.map(({ takenCount }) => takenCount)),
  };
}

interface FeatureTurn {
  readonly rate: number;
  readonly featureCommandCount: number;
  readonly takenCount: number;
}

async function takeFeatureTurn(flow: Flow, task: ReturnType<typeof flowTask>): Promise<FeatureTurn> {
  const turn = await takeFlowTurn(flow, task);
  const featureCommandCount = turn.result.at(-1)?.featureCommandCount ?? 0;
  const refusedCount = turn.tallies.at(-1)?.refusedCount ?? 0;
  const droppedCount = turn.result.at(-1)?.featureDroppedCount ?? 0;
  return {
    rate: warmRate(flow, turn),
    featureCommandCount,
    takenCount: featureCommandCount - refusedCount - droppedCount,
  };
}
