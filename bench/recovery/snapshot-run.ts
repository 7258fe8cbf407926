/** A keeper's thread that makes snapshots of one large state: the whole way, and the writing of the file alone. */
import { performance } from "node:perf_hooks";
import { EventOutbox } from "../../engine/event-outbox.ts";
import { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import { openGenesis } from "../../engine/journal/genesis.ts";
import { Keeper } from "../../engine/journal/keeper.ts";
import { writeSnapshot } from "../../engine/journal/snapshot-file.ts";
import { createMatchingEngine } from "../../engine/matching-engine.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { MAX_GATEWAYS } from "../../protocol/limits.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import type { SnapshotResult, SnapshotTask } from "../feed/bench-task.ts";
import { SEGMENT_BYTES } from "./engine-files.ts";

const SINK_SLOTS = 64;

export function runSnapshot({ dataDirectory, config, sequence, rounds }: SnapshotTask): SnapshotResult {
  const rings = Array.from({ length: MAX_GATEWAYS }, () => createRing(SINK_SLOTS));
  const outbox = new EventOutbox(rings, () => {});
  const engine = createMatchingEngine(config, outbox);
  const disk = fileDisk;
  const directory = new EngineDirectory(dataDirectory, config.engineIndex);
  const genesis = openGenesis(disk, directory, config);
  const keeper = new Keeper({
    disk,
    directory,
    genesis,
    engine,
    outbox,
    segmentBytes: SEGMENT_BYTES,
    archivesJournal: false,
  });
  // Brings its engine there: that is the replay's time, not the snapshot's.
  let { bytes } = keeper.makeSnapshot(sequence - rounds);
  const makeMs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    makeMs.push(elapsed(() => ({ bytes } = keeper.makeSnapshot(sequence - rounds + round))));
  }
  const point = { sequence, time: engine.time, epoch: 1, crc: 0 };
  const writeMs = makeMs.map(() => elapsed(() => writeSnapshot(disk, directory, genesis.id, point, engine)));
  return { openOrders: engine.openOrderCount, bytes, writeMs, makeMs };
}

function elapsed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
