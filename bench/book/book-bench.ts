/**
 * Fairlead's matching engine against nodejs-order-book on the same flows, in one process, taking turns: what disturbs the
 * machine disturbs both, so the ratio of the two is what to read.
 *
 * A turn of Fairlead is one pass of the flow through a fresh engine; the clock runs from the first command record to the
 * last event read back. A turn of the peer is the same flow in calls with prepared arguments and no reading of results.
 * The first turn of each warms up and is not counted. Both must leave the book that the flow's reference leaves.
 */
import { type Spread, spread } from "../ratio.ts";
import { FairleadRunner, type PreparedFlow, prepareFlow } from "./fairlead-runner.ts";
import { type Flow, type FlowName, generateFlow } from "./flow.ts";
import { type PeerFlow, preparePeerFlow, runPeer } from "./peer-runner.ts";

export interface BookBenchOptions {
  readonly flow: FlowName;
  /** Commands in the flow. `deep` needs 2 million to reach its million resting orders. */
  readonly count: number;
  readonly seed: number;
  /** Counted turns of each. */
  readonly turns: number;
  /** Ended orders that the engine remembers. */
  readonly maxEndedOrders: number;
}

export const BOOK_BENCH_DEFAULTS: Readonly<Record<FlowName, BookBenchOptions>> = {
  core: { flow: "core", count: 400_000, seed: 42, turns: 7, maxEndedOrders: 2 ** 16 },
  itch: { flow: "itch", count: 400_000, seed: 42, turns: 7, maxEndedOrders: 2 ** 16 },
  deep: { flow: "deep", count: 2_000_000, seed: 42, turns: 1, maxEndedOrders: 2 ** 16 },
};

export interface BookBenchResult {
  readonly options: BookBenchOptions;
  /** Commands per second. */
  readonly fairlead: Spread;
  readonly peer: Spread;
  /** Of the medians. */
  readonly ratio: number;
  readonly trades: number;
  readonly checksum: number;
  /** Of Fairlead: trades and checksum are those of the reference. */
  readonly isCorrect: boolean;
  /** Of the peer: it holds as many lots per side as the reference. */
  readonly isPeerCorrect: boolean;
  /** JavaScript heap in bytes per command, over the end of the last turn; undefined without --expose-gc. */
  readonly heapBytesPerCommand: number | undefined;
}

interface Turn {
  readonly seconds: number;
  readonly isCorrect: boolean;
  readonly heapBytes: number | undefined;
}

export function benchBook(options: BookBenchOptions): BookBenchResult {
  const flow = generateFlow(options.flow, options.count, options.seed);
  const prepared = prepareFlow(flow);
  const peerFlow = preparePeerFlow(flow);
  const own: Turn[] = [];
  const peer: Turn[] = [];
  for (let turn = 0; turn <= options.turns; turn++) {
    own.push(takeOwnTurn(flow, prepared, options.maxEndedOrders));
    peer.push(takePeerTurn(flow, peerFlow));
  }
  const fairlead = rateOf(flow.count, own.slice(1));
  const peerRate = rateOf(flow.count, peer.slice(1));
  const heapBytes = own.at(-1)?.heapBytes;
  return {
    options,
    fairlead,
    peer: peerRate,
    ratio: fairlead.median / peerRate.median,
    trades: flow.outcome.trades,
    checksum: flow.outcome.checksum,
    isCorrect: own.every((turn) => turn.isCorrect),
    isPeerCorrect: peer.every((turn) => turn.isCorrect),
    heapBytesPerCommand: heapBytes === undefined ? undefined : heapBytes / (prepared.count - lastQuarterOf(prepared)),
  };
}

/** In three parts: the heap is compared over the last, when the collector has run and what it dropped is compiled again. */
function takeOwnTurn(flow: Flow, prepared: PreparedFlow, maxEndedOrders: number): Turn {
  const runner = new FairleadRunner(prepared.maxOpenOrders, maxEndedOrders);
  const [half, lastQuarter] = [prepared.count >> 1, lastQuarterOf(prepared)];
  let { seconds } = runner.run(prepared, 0, half);
  globalThis.gc?.();
  seconds += runner.run(prepared, half, lastQuarter).seconds;
  const heapBefore = process.memoryUsage().heapUsed;
  const end = runner.run(prepared, lastQuarter);
  const heapBytes = globalThis.gc === undefined ? undefined : process.memoryUsage().heapUsed - heapBefore;
  const isCorrect = end.trades === flow.outcome.trades && end.checksum === flow.outcome.checksum;
  return { seconds: seconds + end.seconds, isCorrect, heapBytes };
}

function lastQuarterOf(prepared: PreparedFlow): number {
  return Math.floor(prepared.count * 0.75);
}

function takePeerTurn(flow: Flow, peerFlow: PeerFlow): Turn {
  const { seconds, bidLots, offerLots } = runPeer(peerFlow);
  const isCorrect = bidLots === flow.outcome.bidLots && offerLots === flow.outcome.offerLots;
  return { seconds, isCorrect, heapBytes: undefined };
}

function rateOf(count: number, turns: readonly Turn[]): Spread {
  return spread(turns.map(({ seconds }) => count / seconds));
}
