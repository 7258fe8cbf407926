/** The engine's side of a worst case: builds the situation, strikes, and times every command on the way alone. */
import { CommandKind } from "../../protocol/record/command-record.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";
import type { BenchCommand } from "../feed/bench-command.ts";
import { benchEngineConfig } from "../feed/bench-engine.ts";
import type { WorstCaseTask, WorstCaseTurn } from "../feed/bench-task.ts";
import { type Destination, EngineFeed } from "../feed/engine-feed.ts";
import { endPass } from "../feed/flow-passes.ts";
import { WORST_CASES, type WorstCase } from "./worst-cases.ts";

/** An engine may leave work for the commands after the strike: these give it the opportunity, and ask for nothing else. */
const FINISHING_COMMANDS = 256;
/** The cascade has two orders per stop. */
const ORDERS_PER_COUNT = 2;

export function runWorstCase(task: WorstCaseTask): WorstCaseTurn[] {
  const maxOpenOrders = ORDERS_PER_COUNT * task.orderCount + 1024;
  const feed = new EngineFeed(benchEngineConfig({ instrumentCount: task.turns, maxOpenOrders }), task.eventRing);
  return Array.from({ length: task.turns }, (_, turn) => {
    const destination = { session: feed.openSession(), instrumentId: turn + 1 };
    feed.awaitReader();
    return runWorstCaseTurn(feed, WORST_CASES[task.worstCase], task.orderCount, destination);
  });
}

function runWorstCaseTurn(feed: EngineFeed, worstCase: WorstCase, count: number, to: Destination): WorstCaseTurn {
  let longestSetUpMs = 0;
  for (const command of worstCase.setUp(count, to)) {
    longestSetUpMs = Math.max(longestSetUpMs, millisecondsOf(feed, command));
  }
  feed.awaitReader();
  const ringFullBefore = feed.ringFullCount;
  const strikes = [millisecondsOf(feed, worstCase.strike(count, to))];
  for (let n = 0; n < FINISHING_COMMANDS; n++) strikes.push(millisecondsOf(feed, { kind: CommandKind.AdvanceTime }));
  const ringFullCount = feed.ringFullCount - ringFullBefore;
  if (worstCase.probe !== undefined) feed.apply(worstCase.probe(count, to));
  endPass(feed, to);
  return {
    longestSetUpMs,
    longestMs: Math.max(...strikes),
    totalMs: strikes.reduce((sum, ms) => sum + ms, 0),
    commandCount: strikes.length,
    ringFullCount,
  };
}

function millisecondsOf(feed: EngineFeed, command: BenchCommand): number {
  const start = nowMs();
  feed.apply(command);
  return nowMs() - start;
}
