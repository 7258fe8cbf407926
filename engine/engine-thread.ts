/**
 * The threads of an engine as seen by whoever starts them: where their code is, what they are given, what they say and count.
 *
 *   engine worker    sequences and matches; comes back from the files of its data directory
 *   journal worker   makes its commands durable
 *   keeper worker    makes snapshots and spare segments, and clears away what is not needed any more
 */
import type { WaitStrategy } from "../protocol/ring/wait-strategy.ts";
import type { EngineConfig, Instrument } from "./engine-config.ts";
import type { JournalEnd } from "./journal/journal-reader.ts";

export { raiseInliningBudget } from "./compiler-settings.ts";
export { ENGINE_COUNTERS } from "./engine-counters.ts";
export { EngineWatch, createEngineControl } from "./engine-control.ts";
export { lockDirectory, type DirectoryLock } from "./journal/directory-lock.ts";
export { JOURNALER_COUNTERS } from "./journal/journaler-counters.ts";
export { KEEPER_COUNTERS } from "./journal/keeper-counters.ts";
export { quarantineCommand } from "./journal/quarantine.ts";

/** Where and how an engine is made durable. */
export interface StorageConfig {
  readonly dataDirectory: string;
  readonly segmentBytes: number;
  readonly snapshotEveryCommands: number;
  /** Whether segments that no kept snapshot needs are moved to `archive/`, or removed. */
  readonly archivesJournal: boolean;
}

/** What an engine worker is started with. All buffers are shared with the gateways and with the main thread. */
export interface EngineWorkerData {
  readonly config: EngineConfig;
  /** Absent: nothing survives the process. */
  readonly storage?: StorageConfig;
  readonly waitStrategy: WaitStrategy;
  /** One of each per gateway, in the gateways' order. */
  readonly commandRings: readonly SharedArrayBuffer[];
  readonly eventRings: readonly SharedArrayBuffer[];
  readonly gatewayDoorbells: readonly SharedArrayBuffer[];
  /** What this engine sleeps on. */
  readonly doorbell: SharedArrayBuffer;
  readonly durableSequence: SharedArrayBuffer;
  readonly journalRing: SharedArrayBuffer;
  readonly journalerDoorbell: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly runtime: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly clockOriginMs: number;
  /** It takes the place of one that has died: from this command on the gateways may not have heard what came of it. */
  readonly tellFrom?: number;
}

/** Engine worker to main thread. */
export type EngineNews =
  | { readonly type: "started"; readonly recovery?: EngineRecovery }
  | { readonly type: "startFailed"; readonly message: string }
  /** Every command is applied; with storage it waits for the order to save. */
  | { readonly type: "stopped" }
  /** `bytes` is 0 where there was nothing new to save. */
  | { readonly type: "saved"; readonly sequence: number; readonly bytes: number; readonly elapsedMs: number };

/** What a start from files came to. */
export interface EngineRecovery {
  readonly end: JournalEnd;
  readonly genesis: number;
  readonly snapshotSequence: number;
  readonly replayedCommands: number;
  readonly quarantinedCommands: number;
  /** Lines for the operator, most important first. */
  readonly warnings: readonly string[];
  readonly elapsedMs: number;
  readonly openOrders: number;
  readonly instruments: readonly Instrument[];
}

/** Main thread to engine worker, once it has stopped. */
export interface SaveOrder {
  readonly type: "save";
  /** Checksum of the last record of the journal, and its epoch. */
  readonly crc: number;
  readonly epoch: number;
}

export interface JournalWorkerData {
  readonly storage: StorageConfig;
  readonly engine: number;
  readonly genesis: number;
  readonly end: JournalEnd;
  readonly epoch: number;
  readonly waitStrategy: WaitStrategy;
  readonly journalRing: SharedArrayBuffer;
  readonly doorbell: SharedArrayBuffer;
  readonly durableSequence: SharedArrayBuffer;
  /** Gateways and engine. */
  readonly waitingDoorbells: readonly SharedArrayBuffer[];
  readonly counters: SharedArrayBuffer;
  readonly runtime: SharedArrayBuffer;
  readonly commitLatency: SharedArrayBuffer;
  /** One int32; not 0: leave the loop. */
  readonly stopFlag: SharedArrayBuffer;
  readonly clockOriginMs: number;
}

/** Journal worker to main thread. */
export type JournalNews =
  | { readonly type: "started" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "full"; readonly isFull: boolean }
  | { readonly type: "closed"; readonly sequence: number; readonly crc: number };

export interface KeeperWorkerData {
  readonly config: EngineConfig;
  readonly storage: StorageConfig;
  readonly durableSequence: SharedArrayBuffer;
  readonly journalerCounters: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly runtime: SharedArrayBuffer;
  readonly clockOriginMs: number;
}

/** Keeper worker to main thread. */
export type KeeperNews =
  | { readonly type: "snapshot"; readonly sequence: number; readonly bytes: number; readonly elapsedMs: number }
  | { readonly type: "snapshotFailed"; readonly message: string }
  | { readonly type: "full"; readonly isFull: boolean };

export const ENGINE_WORKER_URL = new URL("./engine-worker.js", import.meta.url);
export const JOURNAL_WORKER_URL = new URL("./journal/journal-worker.js", import.meta.url);
export const KEEPER_WORKER_URL = new URL("./journal/keeper-worker.js", import.meta.url);
