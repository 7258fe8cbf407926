/** The engine's side of a turn over a flow: passes of it, the first of them into a cold engine. */
import { getHeapStatistics } from "node:v8";
import { CommandKind } from "../../protocol/record/command-record.ts";
import { unusedFeatures } from "../features/unused-features.ts";
import type { BenchCommand } from "./bench-command.ts";
import { benchEngineConfig } from "./bench-engine.ts";
import type { FlowPass, FlowTask } from "./bench-task.ts";
import { collectionsDuring } from "./collections.ts";
import { type Destination, EngineFeed, secondsOf } from "./engine-feed.ts";
import { END_OF_PASS } from "./event-drain.ts";

/** Orders beyond those of the flow. */
const EXTRA_ORDERS = 1024;

export function runFlowPasses(task: FlowTask): FlowPass[] {
  const maxOpenOrders = task.maxOpenOrders + EXTRA_ORDERS;
  const feed = new EngineFeed(
    benchEngineConfig({ instrumentCount: task.passes.length, maxOpenOrders }),
    task.eventRing,
  );
  const otherSession = feed.openSession();
  return task.passes.map((rowCount, n) => {
    const destination = { session: feed.openSession(), instrumentId: n + 1 };
    const features = task.unusedFeatures ? unusedFeatures(destination.instrumentId, otherSession) : [];
    return runPass(feed, task, rowCount, destination, features);
  });
}

function runPass(
  feed: EngineFeed,
  { columns }: FlowTask,
  rowCount: number,
  destination: Destination,
  features: readonly BenchCommand[],
): FlowPass {
  const droppedBefore = feed.engine.droppedCommandCount;
  for (const feature of features) feed.apply(feature);
  const featureDroppedCount = feed.engine.droppedCommandCount - droppedBefore;
  feed.apply({ kind: CommandKind.FollowBook, instrumentId: destination.instrumentId });
  // Also says that the reader's thread runs.
  feed.awaitReader();
  const ringFullBefore = feed.ringFullCount;
  const heapBefore = getHeapStatistics().used_heap_size;
  let seconds = 0;
  const collections = collectionsDuring(() => {
    seconds = secondsOf(() => {
      feed.feed(columns, destination, 0, rowCount);
      feed.awaitReader();
    });
  });
  const heapBytes = getHeapStatistics().used_heap_size - heapBefore;
  const ringFullCount = feed.ringFullCount - ringFullBefore;
  endPass(feed, destination);
  const featureCommandCount = features.length;
  return { rowCount, seconds, ringFullCount, heapBytes, collections, featureCommandCount, featureDroppedCount };
}

/** The reader takes the summary as the end of the pass. */
export function endPass(feed: EngineFeed, { session }: Destination): void {
  feed.apply({ kind: CommandKind.MassCancel, session, clientOrderId: END_OF_PASS });
  feed.awaitReader();
}
