/** What the admin plane is told and what it may look at. It reads shared memory while others write it, and changes none. */
import type { CounterTable } from "../../protocol/telemetry/counters.ts";

type Labels = Readonly<Record<string, string>>;

export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
  readonly node: string;
  /** Package and version of uWebSockets.js. */
  readonly uws: string;
  readonly waitStrategy: string;
}

/** Counters and gauges of one thread. Pages of the same table differ in their labels. */
export interface CounterPageSource {
  readonly table: CounterTable;
  readonly labels: Labels;
  readonly page: SharedArrayBuffer;
}

export interface StageHistogramSource {
  readonly stage: string;
  /** What else tells it apart; at least the gateway. */
  readonly labels: Labels;
  readonly buffer: SharedArrayBuffer;
}

export interface RingSource {
  readonly ring: "command" | "event";
  readonly gateway: number;
  readonly engine: number;
  readonly buffer: SharedArrayBuffer;
}

/** How an engine came to be what it is. */
export interface EngineHistory {
  readonly engine: number;
  readonly restarts: number;
  readonly quarantined: number;
  /** Of the start of the process; absent without a journal, and before. */
  readonly recovery: { readonly replayedCommands: number; readonly elapsedMs: number } | undefined;
}

/** Read anew for every request, so the lists may grow while the venue starts. */
export interface AdminSources {
  /** Every thread runs. */
  isHealthy(): boolean;
  /** Orders are taken: not while starting, not while draining. */
  isReady(): boolean;
  /** Why isReady() says no, for a person. */
  readinessReason(): string;
  readonly counterPages: readonly CounterPageSource[];
  readonly stageHistograms: readonly StageHistogramSource[];
  /** Time of write and sync of a group of commands, by engine. */
  readonly commitHistograms: readonly Omit<StageHistogramSource, "stage">[];
  readonly rings: readonly RingSource[];
  /** From each engine to its journal; none without one. */
  readonly journalRings: readonly SharedArrayBuffer[];
  recoveries(): readonly EngineHistory[];
  gatewayRestarts(): readonly { readonly gateway: number; readonly restarts: number }[];
  readonly buildInfo: BuildInfo;
}
