/** An engine's thread that comes back from files: what an engine worker does before it takes commands, and nothing else. */
import { EngineControl, createEngineControl } from "../../engine/engine-control.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import { recoverEngine } from "../../engine/journal/recovery.ts";
import { createMatchingEngine } from "../../engine/matching-engine.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { MAX_GATEWAYS } from "../../protocol/limits.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import type { RecoverResult, RecoverTask } from "../feed/bench-task.ts";

const SINK_SLOTS = 64;

export function runRecover({ dataDirectory, config }: RecoverTask): RecoverResult {
  const rings = Array.from({ length: MAX_GATEWAYS }, () => createRing(SINK_SLOTS));
  const outbox = new EventOutbox(rings, () => {});
  const engine = createMatchingEngine(config, outbox);
  const control = new EngineControl(createEngineControl());
  const { replayedCommands, snapshotSequence, elapsedMs } = recoverEngine({
    disk: fileDisk,
    dataDirectory,
    config,
    engine,
    outbox,
    tellFrom: Infinity,
    onCommand: (sequence) => {
      control.beat();
      control.setApplying(sequence);
    },
  });
  const { openOrderCount: openOrders } = engine;
  return { replayedCommands, snapshotSequence, elapsedMs, openOrders, stateHash: engine.stateHash() };
}
