/** Everything that a run is asked to do. Plain data: it travels to the workers and into the report. */
import type { MixProfile } from "./mix-profile.ts";
import type { ScheduleKind } from "./schedule.ts";

export interface LoadSettings {
  /** tcp://host:port, ws://host:port or wss://host:port. */
  readonly url: string;
  /** Requests per second over all sessions. */
  readonly ratePerSecond: number;
  /** The measured time; the warm-up comes before it and is not measured. */
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly sessions: number;
  /** Threads that the sessions are dealt to. At most as many as sessions. */
  readonly workers: number;
  readonly schedule: ScheduleKind;
  readonly burstSize: number;
  readonly mix: MixProfile;
  readonly instrumentIds: readonly number[];
  /** Where every instrument's mid starts, in ticks. */
  readonly midPrice: number;
  /** Price levels on each side of the mid. */
  readonly levels: number;
  /** Resting orders that a session keeps at most. */
  readonly maxOpenOrders: number;
  readonly seed: number;
  /** Share of requests that ask for a receipt, 0 … 1. */
  readonly receiptShare: number;
  /** How long answers are awaited after the last send. */
  readonly drainMs: number;
  /** Session names are this and a number. */
  readonly sessionPrefix: string;
}

/** Points of the latency-over-time plot: one per second, or fewer when the run is long. */
const MAX_INTERVALS = 600;

export function intervalMs(durationMs: number): number {
  return 1000 * Math.max(1, Math.ceil(durationMs / (1000 * MAX_INTERVALS)));
}
