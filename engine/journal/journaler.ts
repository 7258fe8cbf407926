/**
 * Takes commands from the engine's journal ring, writes them, and tells the gateways how far everything is durable.
 *
 *   take what is in the ring → encode → write and sync once → publish the durable sequence → release the slots → ring
 *
 * The group is whatever has come while the last one was being written: one command when there is little to do, thousands when there is
 * much. Nobody sets a size or a delay.
 *
 * When the next segment cannot be made because the disk is full, the commands stay in the ring, which fills, and then the
 * engine stops taking more: nothing is acknowledged and nothing is lost. It goes on when there is room. Any other error of the
 * disk is final, as nobody knows what is on it then: {@link run} throws it.
 */
import { JournalerCounter } from "./journaler-counters.ts";
import type { DurableSequenceWriter } from "../../protocol/durable-sequence.ts";
import type { DoorbellRinger, DoorbellSleeper } from "../../protocol/ring/doorbell.ts";
import { EMPTY, type RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { IdleStrategy, type WaitStrategy } from "../../protocol/ring/wait-strategy.ts";
import type { CounterWriter } from "../../protocol/telemetry/counters.ts";
import type { HistogramWriter } from "../../protocol/telemetry/latency-histogram.ts";
import { NS_PER_MS, nowMs } from "../../protocol/telemetry/clock.ts";
import { codeOf } from "../storage/disk.ts";
import type { JournalWriter } from "./journal-writer.ts";

const MAX_SLEEP_MS = 100;
/** Between two attempts to make a segment on a full disk. */
const FULL_DISK_RETRY_MS = 100;

export interface JournalerParts {
  readonly ring: RingConsumer;
  readonly writer: JournalWriter;
  readonly durable: DurableSequenceWriter;
  /** The gateways, for whom events become free; and the engine, which may wait for room in the ring. */
  readonly waiting: readonly DoorbellRinger[];
  readonly sleeper: DoorbellSleeper;
  readonly waitStrategy: WaitStrategy;
  readonly counters: CounterWriter;
  /** Of write and sync together, ns. */
  readonly commitLatency: HistogramWriter;
  /** One int32; not 0: leave the loop when the ring is empty. */
  readonly stopFlag: Int32Array;
  /** Told once each time that no segment can be made, and when one could again. */
  readonly onFull: (isFull: boolean) => void;
  /** The clock in ms. Absent: that of this machine. */
  readonly nowMs?: () => number;
}

export class Journaler {
  readonly #parts: JournalerParts;
  readonly #idle: IdleStrategy;
  readonly #now: () => number;
  #isFull = false;
  #retryAt = 0;

  constructor(parts: JournalerParts) {
    this.#parts = parts;
    this.#now = parts.nowMs ?? nowMs;
    this.#idle = new IdleStrategy({
      strategy: parts.waitStrategy,
      sleeper: parts.sleeper,
      hasWork: () => (!this.#isFull && parts.ring.peek() !== EMPTY) || this.#isStopping(),
      hasUnread: () => false,
      maxSleepMs: () => (this.#isFull ? FULL_DISK_RETRY_MS : MAX_SLEEP_MS),
      now: this.#now,
    });
  }

  /** Returns when the stop flag is set and everything handed over is durable. Throws what the disk throws. */
  run(): void {
    for (;;) {
      const workCount = this.pass();
      if (workCount === 0 && this.#isStopping()) break;
      this.#idle.idle(workCount);
    }
    this.#parts.writer.close();
  }

  /** Makes one group durable. Returns how many commands it was. */
  pass(): number {
    const { ring, writer } = this.#parts;
    let count = 0;
    for (let base = ring.peek(); base !== EMPTY; base = ring.peek()) {
      if (!writer.fitsBuffer(ring.i32, base)) break;
      if (!writer.fitsSegment(ring.i32, base)) {
        if (count > 0 || !this.#beginSegment()) break;
      }
      writer.append(ring.i32, ring.f64, base);
      ring.poll();
      count++;
    }
    if (count > 0) this.#commit(count);
    return count;
  }

  #commit(count: number): void {
    const { ring, writer, durable, waiting, counters, commitLatency } = this.#parts;
    const startedAt = this.#now();
    const bytes = writer.commit();
    commitLatency.record((this.#now() - startedAt) * NS_PER_MS);
    durable.advance(writer.durableSequence);
    ring.release();
    for (const doorbell of waiting) doorbell.ring();
    counters.add(JournalerCounter.Commands, count);
    counters.add(JournalerCounter.Commits, 1);
    counters.add(JournalerCounter.Bytes, bytes);
    counters.set(JournalerCounter.DurableSequence, writer.durableSequence);
  }

  /** Returns whether there is one: else it is tried again later. */
  #beginSegment(): boolean {
    const { writer, counters, onFull } = this.#parts;
    if (this.#isFull && this.#now() < this.#retryAt) return false;
    try {
      writer.nextSegment();
    } catch (error) {
      if (codeOf(error) !== "ENOSPC") throw error;
      this.#retryAt = this.#now() + FULL_DISK_RETRY_MS;
      if (!this.#isFull) onFull(true);
      this.#isFull = true;
      return false;
    }
    counters.add(JournalerCounter.Segments, 1);
    if (this.#isFull) onFull(false);
    this.#isFull = false;
    return true;
  }

  #isStopping(): boolean {
    // Set by the main thread once the engine has stopped.
    return Atomics.load(this.#parts.stopFlag, 0) !== 0;
  }
}
