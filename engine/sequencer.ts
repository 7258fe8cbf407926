/**
 * Puts the commands of all gateways into one order and applies them.
 *
 *   poll a batch from a gateway's command ring → stamp each with sequence, time, gateway → apply → publish events
 *
 * Invariants:
 *  1. Sequence numbers are +1 without holes. Time never runs backwards. Both are in the record before it is applied.
 *  2. The commands of one gateway are sequenced in the order in which it published them.
 *  3. Events of a batch are published before its command slots are released. So a gateway that finds its command ring
 *     empty and then its event ring empty knows that nothing of its own is under way.
 *
 * Between batches the engine is told the time when something of its own is due: a deadline, the end of a pause, a change by
 * schedule, or what a long cascade has left to do. That is a command like others, with a sequence number.
 *
 * One batch costs two clock readings: they are the stage boundaries "taken by the engine" and "events complete" of all
 * its commands. A batch is short (32), so under load these times are those of the batch that the order was part of.
 */
import {
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TIME,
  CommandKind,
  RECORD_BYTES,
  commandHead,
} from "../protocol/record/command-record.ts";
import {
  EVT_GATEWAY_IN_NS,
  EVT_MATCHING_NS,
  EVT_RECEIVED_AT,
  EVT_RING_WAIT_NS,
  NO_SESSION,
} from "../protocol/record/event-record.ts";
import { MAX_INT32 } from "../protocol/limits.ts";
import type { DurableSequenceWriter } from "../protocol/durable-sequence.ts";
import type { DoorbellRinger, DoorbellSleeper } from "../protocol/ring/doorbell.ts";
import { EMPTY, type RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { IdleStrategy, type WaitStrategy } from "../protocol/ring/wait-strategy.ts";
import type { CounterWriter } from "../protocol/telemetry/counters.ts";
import { NS_PER_MS, nowMs, toEpochMs } from "../protocol/telemetry/clock.ts";
import type { RuntimeProbe } from "../protocol/telemetry/runtime-probe.ts";
import { EngineCounter } from "./engine-counters.ts";
import type { EventOutbox } from "./event-outbox.ts";
import type { MatchingEngine } from "./matching-engine.ts";

const MAX_BATCH = 32;
/** The gateways ring; this bounds how late a stop or a sample of the runtime can be. */
const MAX_SLEEP_MS = 100;

/** The engine's thread has no event loop that could sample it, so it does that itself when it has nothing else to do. */
const IDLE_PASSES_PER_LOOK = 8;
const PROBE_INTERVAL_MS = 1000;

const US_PER_MS = 1e3;

export interface SequencerParts {
  readonly commandRings: readonly RingConsumer[];
  readonly gateways: readonly DoorbellRinger[];
  readonly outbox: EventOutbox;
  readonly engine: MatchingEngine;
  readonly durable: DurableSequenceWriter;
  readonly counters: CounterWriter;
  readonly probe: RuntimeProbe;
  readonly sleeper: DoorbellSleeper;
  readonly waitStrategy: WaitStrategy;
  readonly stopFlag: Int32Array;
}

export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #idle: IdleStrategy;
  /** The command that brings nothing but the time. */
  readonly #time = advanceTimeCommand();
  #sequence = 0;
  #timeUs = 0;
  /** The events of the current batch that carry stage times: where they are, until the batch is complete. */
  readonly #stampedGateway = new Int32Array(MAX_BATCH);
  readonly #stampedBase = new Int32Array(MAX_BATCH);
  #stampedCount = 0;
  /** Looks at a full event ring. */
  #stallCount = 0;
  #idlePasses = 0;
  #sampledAt = 0;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
    this.#idle = new IdleStrategy({
      strategy: parts.waitStrategy,
      sleeper: parts.sleeper,
      hasWork: () => this.#hasWork() || this.#stopping(),
      hasUnread: () => parts.outbox.hasUnread(),
      maxSleepMs: () => this.#sleepMs(),
      now: nowMs,
    });
  }

  /** Returns when the stop flag is set and every published command has been applied. */
  run(): void {
    for (;;) {
      const workCount = this.pass() || this.passTime();
      if (workCount === 0 && this.#stopping()) return;
      if (workCount === 0) this.#sampleRuntime();
      this.#idle.idle(workCount);
    }
  }

  #sampleRuntime(): void {
    if (++this.#idlePasses % IDLE_PASSES_PER_LOOK !== 0) return;
    const now = nowMs();
    if (now - this.#sampledAt < PROBE_INTERVAL_MS) return;
    this.#sampledAt = now;
    this.#parts.probe.sample();
  }

  /** One batch from every gateway. Returns how many commands it took. */
  pass(): number {
    const { commandRings } = this.#parts;
    let workCount = 0;
    for (let gateway = 0; gateway < commandRings.length; gateway++) {
      workCount += this.#takeBatch(commandRings[gateway] as RingConsumer, gateway);
    }
    return workCount;
  }

  /** Tells the engine the time when something is due and no command brings it. Returns 1 if so. */
  passTime(): number {
    const now = nowMs();
    if (this.#parts.engine.nextDue() > toEpochMs(now) * US_PER_MS) return 0;
    this.#advanceTime(now);
    this.#sequence++;
    this.#time.f64[CMD_SEQUENCE] = this.#sequence;
    this.#time.f64[CMD_TIME] = this.#timeUs;
    this.#parts.engine.apply(this.#time.i32, this.#time.f64, 0);
    this.#complete(now);
    this.#ringGateways();
    this.#count(1);
    return 1;
  }

  /** Until something is due, at most MAX_SLEEP_MS. */
  #sleepMs(): number {
    const dueIn = this.#parts.engine.nextDue() / US_PER_MS - toEpochMs(nowMs());
    return Math.min(MAX_SLEEP_MS, Math.max(1, dueIn));
  }

  #takeBatch(ring: RingConsumer, gateway: number): number {
    let base = ring.poll();
    if (base === EMPTY) return 0;
    const takenAt = nowMs();
    this.#advanceTime(takenAt);
    let count = 0;
    for (;;) {
      this.#apply(ring, base, gateway);
      count++;
      if (count === MAX_BATCH) break;
      base = ring.poll();
      if (base === EMPTY) break;
    }
    this.#complete(takenAt);
    ring.release();
    this.#ringGateways();
    this.#count(count);
    return count;
  }

  #apply(ring: RingConsumer, base: number, gateway: number): void {
    const { i32, f64 } = ring;
    const { engine, outbox } = this.#parts;
    i32[base + CMD_GATEWAY] = gateway;
    if (isSequenced((i32[base + CMD_HEAD] as number) & 0xff)) this.#sequence++;
    f64[(base >> 1) + CMD_SEQUENCE] = this.#sequence;
    f64[(base >> 1) + CMD_TIME] = this.#timeUs;
    const stallsBefore = this.#stallCount;
    engine.apply(i32, f64, base);
    if (this.#stallCount !== stallsBefore) {
      // A full ring made the outbox publish early: those slots are the gateway's now and stay without our two times.
      this.#stampedCount = 0;
    } else if (outbox.stampedBase >= 0) {
      this.#stampedGateway[this.#stampedCount] = outbox.stampedGateway;
      this.#stampedBase[this.#stampedCount++] = outbox.stampedBase;
    }
  }

  /**
   * Called by the outbox, over and over, while it waits for room in a gateway's event ring. Returns false to give up.
   * What was published must be free to leave the gateway, or it would wait for us and we for it.
   */
  stalled(gateway: number): boolean {
    this.#stallCount++;
    this.#parts.durable.advance(this.#sequence);
    this.#parts.gateways[gateway]?.ring();
    return !this.#stopping();
  }

  /** The second clock reading; nothing of the batch was visible to a gateway before. */
  #complete(takenAt: number): void {
    const { outbox, durable } = this.#parts;
    const completeAt = nowMs();
    for (let n = 0; n < this.#stampedCount; n++) {
      const gateway = this.#stampedGateway[n] as number;
      const base = this.#stampedBase[n] as number;
      const i32 = outbox.i32Of(gateway);
      const publishedAt =
        (outbox.f64Of(gateway)[(base >> 1) + EVT_RECEIVED_AT] as number) +
        (i32[base + EVT_GATEWAY_IN_NS] as number) / NS_PER_MS;
      // A command that was published after the batch was begun was taken as it came.
      const startedAt = Math.max(takenAt, publishedAt);
      i32[base + EVT_RING_WAIT_NS] = Math.min((startedAt - publishedAt) * NS_PER_MS, MAX_INT32);
      i32[base + EVT_MATCHING_NS] = Math.min(Math.max(0, completeAt - startedAt) * NS_PER_MS, MAX_INT32);
    }
    this.#stampedCount = 0;
    outbox.publish();
    // In `memory` mode a command is as safe as it will ever be once it has been applied.
    durable.advance(this.#sequence);
  }

  #advanceTime(now: number): void {
    const us = Math.floor(toEpochMs(now) * US_PER_MS);
    if (us > this.#timeUs) this.#timeUs = us;
  }

  #ringGateways(): void {
    for (const doorbell of this.#parts.gateways) doorbell.ring();
  }

  #count(commands: number): void {
    const { counters, engine } = this.#parts;
    counters.add(EngineCounter.Commands, commands);
    counters.add(EngineCounter.Batches, 1);
    counters.set(EngineCounter.OpenOrders, engine.openOrderCount);
    counters.set(EngineCounter.EventRingStalls, this.#stallCount);
  }

  #hasWork(): boolean {
    const { commandRings } = this.#parts;
    for (let gateway = 0; gateway < commandRings.length; gateway++) {
      if ((commandRings[gateway] as RingConsumer).peek() !== EMPTY) return true;
    }
    return false;
  }

  #stopping(): boolean {
    // Set by the main thread once the gateways are gone.
    return Atomics.load(this.#parts.stopFlag, 0) !== 0;
  }
}

function advanceTimeCommand(): { i32: Int32Array; f64: Float64Array } {
  const record = new ArrayBuffer(RECORD_BYTES);
  const i32 = new Int32Array(record);
  i32[CMD_HEAD] = commandHead(CommandKind.AdvanceTime, 0, 0, 0);
  i32[CMD_SESSION] = NO_SESSION;
  return { i32, f64: new Float64Array(record) };
}

function isSequenced(kind: number): boolean {
  return kind !== CommandKind.FollowBook && kind !== CommandKind.UnfollowBook;
}
