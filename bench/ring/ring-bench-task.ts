/** What the ring benchmark tells its two threads. */
import type { WaitStrategy } from "../../protocol/ring/wait-strategy.ts";

export interface ThroughputTask {
  readonly role: "produce" | "consume";
  readonly ring: SharedArrayBuffer;
  readonly batch: number;
  readonly messageCount: number;
  readonly rounds: number;
  /** Float64 per round, written by the consumer: from its first message of the round to its last. */
  readonly elapsedMs: SharedArrayBuffer;
}

/** One direction of the ping-pong. */
export interface Leg {
  readonly ring: SharedArrayBuffer;
  readonly doorbell: SharedArrayBuffer;
}

export interface PingPongTask {
  readonly role: "ping" | "pong";
  readonly there: Leg;
  readonly back: Leg;
  /** Of both threads. */
  readonly strategy: WaitStrategy;
  readonly pauseMs: number;
  readonly count: number;
  /** Round trips, recorded by ping. */
  readonly histogram: SharedArrayBuffer;
}

export type RingBenchTask = ThroughputTask | PingPongTask;
