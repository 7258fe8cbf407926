/**
 * Fairlead's matching engine against nodejs-order-book on the same flows, in one process, taking turns: what disturbs the
 * machine disturbs both, so the ratio of the two is what to read.
 *
 * A turn of Fairlead is two fresh threads: one feeds the flow to an engine, the other reads every event, verifies trades and
 * checksum. The engine goes through several passes, each in its own session and instrument: the first is the cold figure, the
 * last the warm one. The clock runs from the first command record to the last event read. A turn of the peer is the same
 * flow in calls with prepared arguments and no reading of results; its first turn warms up and is not counted. Both must
 * leave the book that the flow's reference leaves.
 */
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { EVENT_RING_SLOTS } from "../feed/bench-engine.ts";
import type { FlowPass, FlowTask } from "../feed/bench-task.ts";
import { type TurnOutcome, runTurn } from "../feed/bench-threads.ts";
import { columnsOf } from "../feed/command-columns.ts";
import { type Spread, alternate, spread } from "../ratio.ts";
import { type Flow, type FlowName, generateFlow } from "./flow.ts";
import { preparePeerFlow, runPeer } from "./peer-runner.ts";

export interface BookBenchOptions {
  readonly flow: FlowName;
  /** Commands in the flow. `deep` needs 2 million to reach its million resting orders. */
  readonly count: number;
  readonly seed: number;
  /** Counted turns of each. */
  readonly turns: number;
  /** Passes in a turn of Fairlead before the one that counts. */
  readonly warmPasses: number;
  /** How much of the flow those are: 0 … 1. */
  readonly warmShare: number;
}

export const BOOK_BENCH_DEFAULTS: Readonly<Record<FlowName, BookBenchOptions>> = {
  core: { flow: "core", count: 400_000, seed: 42, turns: 7, warmPasses: 5, warmShare: 1 },
  itch: { flow: "itch", count: 400_000, seed: 42, turns: 7, warmPasses: 5, warmShare: 1 },
  deep: { flow: "deep", count: 2_000_000, seed: 42, turns: 1, warmPasses: 1, warmShare: 0.25 },
};

export interface BookBenchResult {
  readonly options: BookBenchOptions;
  /** Commands per second, the engine warm. */
  readonly fairlead: Spread;
  /** Of the first pass in a fresh thread. */
  readonly fairleadCold: Spread;
  readonly peer: Spread;
  /** Of the medians. */
  readonly ratio: number;
  /** Of the turns that ran next to each other. */
  readonly ratioSpread: Spread;
  readonly trades: number;
  readonly checksum: number;
  /** Events of one pass. */
  readonly eventCount: number;
  /** Passes in which the engine had to wait for the thread that reads the events. */
  readonly stalledTurns: number;
  /** Of this thread, in the pass that counts: most of all turns. */
  readonly heapBytesPerCommand: number;
  readonly collectionCount: number;
}

export async function benchBook(options: BookBenchOptions): Promise<BookBenchResult> {
  const flow = generateFlow(options.flow, options.count, options.seed);
  const turns: TurnOutcome<readonly FlowPass[]>[] = [];
  const task = flowTask(flow, options);
  const peerFlow = preparePeerFlow(flow);
  const takePeerTurn = (): number => {
    const { seconds, bidLots, offerLots } = runPeer(peerFlow);
    if (bidLots !== flow.outcome.bidLots || offerLots !== flow.outcome.offerLots) {
      throw new Error(`flow ${flow.name}: nodejs-order-book is left with other lots than the reference`);
    }
    return flow.count / seconds;
  };
  takePeerTurn();
  const { a, b, ratio } = await alternate({
    a: async () => {
      const turn = await takeFlowTurn(flow, task);
      turns.push(turn);
      return warmRate(flow, turn);
    },
    b: () => Promise.resolve(takePeerTurn()),
    rounds: options.turns,
  });
  const [fairlead, peer] = [spread(a), spread(b)];
  const warm = turns.map(({ result }) => lastOf(result));
  return {
    options,
    fairlead,
    fairleadCold: spread(turns.map((turn) => coldRate(flow, turn))),
    peer,
    ratio: fairlead.median / peer.median,
    ratioSpread: ratio,
    trades: flow.outcome.trades,
    checksum: flow.outcome.checksum,
    eventCount: lastOf(turns.map(({ tallies }) => lastOf(tallies).eventCount)),
    stalledTurns: warm.filter(({ ringFullCount }) => ringFullCount > 0).length,
    heapBytesPerCommand: Math.max(...warm.map(({ heapBytes, rowCount }) => heapBytes / rowCount)),
    collectionCount: Math.max(...warm.map(({ collections }) => collections.count)),
  };
}

/** Everything but the ring, which is new in every turn. */
export type FlowTurnTask = Omit<FlowTask, "eventRing">;

export function flowTask(
  flow: Flow,
  { warmPasses, warmShare }: Pick<BookBenchOptions, "warmPasses" | "warmShare">,
  unusedFeatures = false,
): FlowTurnTask {
  const columns = columnsOf(flow);
  return {
    role: "flow",
    columns,
    passes: [...Array<number>(warmPasses).fill(Math.ceil(columns.count * warmShare)), columns.count],
    // As many as ever rest at one time: a flow holds their number once it has reached it.
    maxOpenOrders: Math.ceil(flow.outcome.resting * 1.25),
    unusedFeatures,
  };
}

/** Throws when the events are not those of the reference. */
export async function takeFlowTurn(flow: Flow, task: FlowTurnTask): Promise<TurnOutcome<readonly FlowPass[]>> {
  const eventRing = createRing(EVENT_RING_SLOTS);
  const turn = await runTurn<readonly FlowPass[]>(
    { ...task, eventRing },
    { role: "drain", eventRing, passCount: task.passes.length },
  );
  const { tradeCount, checksum, canceledAtEnd, faultCount } = lastOf(turn.tallies);
  const { outcome, name } = flow;
  const isRight = tradeCount === outcome.trades && checksum === outcome.checksum && canceledAtEnd === outcome.resting;
  if (!isRight || faultCount > 0) throw new Error(`flow ${name}: the events are not those of the reference`);
  return turn;
}

/** Commands of the flow per second in the last pass. */
export function warmRate(flow: Flow, { result }: TurnOutcome<readonly FlowPass[]>): number {
  return flow.count / lastOf(result).seconds;
}

function coldRate(flow: Flow, { result }: TurnOutcome<readonly FlowPass[]>): number {
  const [cold, warm] = [result[0] ?? lastOf(result), lastOf(result)];
  return (flow.count * (cold.rowCount / warm.rowCount)) / cold.seconds;
}

function lastOf<T>(values: readonly T[]): T {
  const last = values.at(-1);
  if (last === undefined) throw new Error("a turn has at least one pass");
  return last;
}
