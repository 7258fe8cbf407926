/** Entry of a keeper worker: looks ten times a second whether there is something to keep in order (keeper.ts). */
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../protocol/assert.ts";
import { FullnessTeller, StorageStateWriter } from "../../protocol/durable-sequence.ts";
import { MAX_GATEWAYS } from "../../protocol/limits.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { alignClock } from "../../protocol/telemetry/clock.ts";
import { CounterWriter } from "../../protocol/telemetry/counters.ts";
import { startRuntimeProbe } from "../../protocol/telemetry/runtime-probe.ts";
import type { KeeperNews, KeeperWorkerData } from "../engine-thread.ts";
import { EventOutbox } from "../event-outbox.ts";
import { createMatchingEngine } from "../matching-engine.ts";
import { fileDisk } from "../storage/file-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { readGenesis } from "./genesis.ts";
import { JournalerCounter } from "./journaler-counters.ts";
import { KeeperCounter } from "./keeper-counters.ts";
import { Keeper } from "./keeper.ts";

const INTERVAL_MS = 100;
/** After a snapshot that could not be made. */
const RETRY_MS = 10_000;
const RING_SLOTS = 64;
/** After each megabyte. A spare takes a tenth of a second then, and is needed every third of one at a million commands a second. */
const PAUSE_MS = 2;
const PAUSE_WORD = new Int32Array(new SharedArrayBuffer(4));

assert(parentPort !== null, "a keeper runs in a worker thread");
const port = parentPort;
const data = workerData as KeeperWorkerData;

function tell(news: KeeperNews): void {
  port.postMessage(news);
}

function createKeeper(directory: EngineDirectory): Keeper {
  const genesis = readGenesis(fileDisk, directory);
  assert(genesis !== undefined, "the engine has started in this directory before its keeper");
  const rings = Array.from({ length: MAX_GATEWAYS }, () => createRing(RING_SLOTS));
  const outbox = new EventOutbox(rings, () => {});
  const engine = createMatchingEngine(data.config, outbox);
  const { segmentBytes, archivesJournal } = data.storage;
  return new Keeper({ disk: fileDisk, directory, genesis, engine, outbox, segmentBytes, archivesJournal, pause });
}

function pause(): void {
  // Nobody notifies this word: only the timeout is wanted.
  Atomics.wait(PAUSE_WORD, 0, 0, PAUSE_MS);
}

class KeeperThread {
  readonly #directory = new EngineDirectory(data.storage.dataDirectory, data.config.engineIndex);
  readonly #keeper = createKeeper(this.#directory);
  readonly #counters = new CounterWriter(data.counters);
  readonly #state = new StorageStateWriter(data.durableSequence, FullnessTeller.Keeper);
  readonly #journaled = new Float64Array(data.journalerCounters);
  #snapshotSequence = this.#directory.snapshotSequences(fileDisk).at(-1) ?? 0;
  #isFull = false;
  #retryAt = 0;

  start(): void {
    this.#counters.set(KeeperCounter.SnapshotSequence, this.#snapshotSequence);
    setInterval(() => this.#look(), INTERVAL_MS);
    this.#look();
  }

  #look(): void {
    this.#keepSpares();
    const durable = this.#journaled[JournalerCounter.DurableSequence] as number;
    const isDue = durable - this.#snapshotSequence >= data.storage.snapshotEveryCommands;
    if (isDue && performance.now() >= this.#retryAt) this.#makeSnapshot(durable);
  }

  #keepSpares(): void {
    const hasEnough = this.#keeper.keepSpares();
    this.#counters.set(KeeperCounter.Spares, this.#keeper.spareCount);
    if (hasEnough === !this.#isFull) return;
    this.#isFull = !hasEnough;
    this.#state.setFull(this.#isFull);
    this.#counters.set(KeeperCounter.Full, this.#isFull ? 1 : 0);
    tell({ type: "full", isFull: this.#isFull });
  }

  #makeSnapshot(durable: number): void {
    const startedAt = performance.now();
    try {
      const { sequence, bytes } = this.#keeper.makeSnapshot(durable);
      this.#snapshotSequence = sequence;
      this.#counters.add(KeeperCounter.Snapshots, 1);
      this.#counters.set(KeeperCounter.SnapshotSequence, sequence);
      this.#counters.set(KeeperCounter.SnapshotTime, Date.now() / 1000);
      this.#counters.set(KeeperCounter.SnapshotBytes, bytes);
      tell({ type: "snapshot", sequence, bytes, elapsedMs: performance.now() - startedAt });
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_MS;
      this.#counters.add(KeeperCounter.SnapshotFailures, 1);
      tell({ type: "snapshotFailed", message: (error as Error).message });
    }
  }
}

alignClock(data.clockOriginMs);
startRuntimeProbe(data.runtime);
new KeeperThread().start();
