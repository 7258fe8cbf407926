/** The journal worker and the keeper worker of a venue without the venue: an engine that a bench feeds hands them its commands. */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { EngineConfig } from "../../engine/engine-config.ts";
import {
  JOURNALER_COUNTERS,
  JOURNAL_WORKER_URL,
  type JournalNews,
  type JournalWorkerData,
  KEEPER_COUNTERS,
  KEEPER_WORKER_URL,
  type KeeperWorkerData,
  type StorageConfig,
} from "../../engine/engine-thread.ts";
import { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import { openGenesis } from "../../engine/journal/genesis.ts";
import { SPARES } from "../../engine/journal/keeper.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { createDurableSequence } from "../../protocol/durable-sequence.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import { createDoorbell } from "../../protocol/ring/doorbell.ts";
import { DoorbellRinger } from "../../protocol/ring/doorbell.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { clockOriginMs } from "../../protocol/telemetry/clock.ts";
import { createCounterPage } from "../../protocol/telemetry/counters.ts";
import { createHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { createRuntimePage } from "../../protocol/telemetry/runtime-probe.ts";
import type { JournalLink } from "../feed/bench-task.ts";

/** As a venue's. */
const JOURNAL_RING_SLOTS = 16_384;
const SEGMENT_BYTES = 2 ** 25;
const LOOK_MS = 5;

export class JournalThreads {
  readonly link: JournalLink;
  readonly #stopFlag = new SharedArrayBuffer(4);
  readonly #journaler: Worker;
  readonly #keeper: Worker;

  /** On an empty directory. Resolves when both run and the spare segments are there. */
  static async start(dataDirectory: string, config: EngineConfig): Promise<JournalThreads> {
    const directory = new EngineDirectory(dataDirectory, config.engineIndex);
    directory.prepare(fileDisk);
    const threads = new JournalThreads(dataDirectory, config, openGenesis(fileDisk, directory, config).id);
    while (directory.spares(fileDisk).length < SPARES) await sleep(LOOK_MS);
    return threads;
  }

  private constructor(dataDirectory: string, config: EngineConfig, genesis: number) {
    const storage = {
      dataDirectory,
      segmentBytes: SEGMENT_BYTES,
      snapshotEveryCommands: MAX_INT32,
      archivesJournal: false,
    };
    const journalerCounters = createCounterPage(JOURNALER_COUNTERS.length);
    this.link = {
      ring: createRing(JOURNAL_RING_SLOTS),
      journalerDoorbell: createDoorbell(),
      durableSequence: createDurableSequence(),
    };
    this.#keeper = this.#startKeeper(config, storage, journalerCounters);
    this.#journaler = this.#startJournaler(config, storage, journalerCounters, genesis);
  }

  /** Resolves when everything that was handed over is durable, and both are gone. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve, reject) => {
      this.#journaler.on("message", (news: JournalNews) => {
        if (news.type === "closed") resolve();
        if (news.type === "failed") reject(new Error(news.message));
      });
      this.#journaler.once("error", reject);
    });
    Atomics.store(new Int32Array(this.#stopFlag), 0, 1);
    new DoorbellRinger(this.link.journalerDoorbell).ring();
    await closed.finally(() => Promise.all([this.#journaler.terminate(), this.#keeper.terminate()]));
  }

  #startKeeper(config: EngineConfig, storage: StorageConfig, journalerCounters: SharedArrayBuffer): Worker {
    const workerData: KeeperWorkerData = {
      config,
      storage,
      durableSequence: this.link.durableSequence,
      journalerCounters,
      counters: createCounterPage(KEEPER_COUNTERS.length),
      runtime: createRuntimePage(),
      clockOriginMs: clockOriginMs(),
    };
    return new Worker(KEEPER_WORKER_URL, { workerData });
  }

  #startJournaler(config: EngineConfig, storage: StorageConfig, counters: SharedArrayBuffer, genesis: number): Worker {
    const workerData: JournalWorkerData = {
      storage,
      engine: config.engineIndex,
      genesis,
      end: { sequence: 0, crc: 0, time: 0, epoch: 0, segment: 0, offset: 0 },
      epoch: 1,
      waitStrategy: "adaptive",
      journalRing: this.link.ring,
      doorbell: this.link.journalerDoorbell,
      durableSequence: this.link.durableSequence,
      waitingDoorbells: [createDoorbell()],
      counters,
      runtime: createRuntimePage(),
      commitLatency: createHistogram(),
      stopFlag: this.#stopFlag,
      clockOriginMs: clockOriginMs(),
    };
    return new Worker(JOURNAL_WORKER_URL, { workerData });
  }
}
