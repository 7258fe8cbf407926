/** The engine's thread as seen by whoever starts it: where its code is, what it is given, what it counts. */
import type { WaitStrategy } from "../protocol/ring/wait-strategy.ts";
import type { EngineConfig } from "./engine-config.ts";

export { raiseInliningBudget } from "./compiler-settings.ts";
export { ENGINE_COUNTERS } from "./engine-counters.ts";

/** What an engine worker is started with. All buffers are shared with the gateways and with the main thread. */
export interface EngineWorkerData {
  readonly config: EngineConfig;
  readonly waitStrategy: WaitStrategy;
  /** One of each per gateway, in the gateways' order. */
  readonly commandRings: readonly SharedArrayBuffer[];
  readonly eventRings: readonly SharedArrayBuffer[];
  readonly gatewayDoorbells: readonly SharedArrayBuffer[];
  /** What this engine sleeps on. */
  readonly doorbell: SharedArrayBuffer;
  readonly durableSequence: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly runtime: SharedArrayBuffer;
  readonly clockOriginMs: number;
  /** One int32; not 0: leave the loop. */
  readonly stopFlag: SharedArrayBuffer;
}

export const ENGINE_WORKER_URL = new URL("./engine-worker.js", import.meta.url);
