/**
 * Puts the commands of all gateways into one order and applies them.
 *
 *   poll a batch from a gateway's command ring → stamp each with sequence, time, gateway → hand all to the journal
 *     → apply each → publish events
 *
 * The journal writes a batch while it is being matched. No event of it leaves its gateway before it is durable.
 *
 * Invariants:
 *  1. Sequence numbers are +1 without holes. Time never runs backwards. Both are in the record before it is handed to the journal
 *     and applied.
 *  2. The commands of one gateway are sequenced in the order in which it published them.
 *  3. Events of a batch are published before its command slots are released. So a gateway that finds its command ring
 *     empty and then its event ring empty knows that nothing of its own is under way.
 *  4. A command is applied only after it was handed to the journal. A full journal ring stops the engine between two batches.
 *
 * Between batches the engine is told the time when something of its own is due: a deadline, the end of a pause, a change by
 * schedule, or what a long cascade has left to do. That is a command like others, with a sequence number.
 *
 * One batch costs two clock readings: they are the stage boundaries "taken by the engine" and "events complete" of all
 * its commands. A batch is short (32), so under load these times are those of the batch that the order was part of.
 */
import {
  CMD_CONNECTION,
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
import { MAX_GATEWAYS, MAX_INT32 } from "../protocol/limits.ts";
import type { DurableSequenceWriter } from "../protocol/durable-sequence.ts";
import type { DoorbellRinger, DoorbellSleeper } from "../protocol/ring/doorbell.ts";
import { EMPTY, type RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { IdleStrategy, type WaitStrategy } from "../protocol/ring/wait-strategy.ts";
import type { CounterWriter } from "../protocol/telemetry/counters.ts";
import { NS_PER_MS, nowMs, toEpochMs } from "../protocol/telemetry/clock.ts";
import type { RuntimeProbe } from "../protocol/telemetry/runtime-probe.ts";
import type { EngineControl } from "./engine-control.ts";
import { EngineCounter } from "./engine-counters.ts";
import type { EventOutbox } from "./event-outbox.ts";
import { type JournalFeed, NO_POSITION } from "./journal/journal-feed.ts";
import type { MatchingEngine } from "./matching-engine.ts";

export const MAX_BATCH = 32;
/** The gateways ring; this bounds how late a stop or a sample of the runtime can be. */
const MAX_SLEEP_MS = 100;

/** The engine's thread has no event loop that could sample it, so it does that itself when it has nothing else to do. */
const IDLE_PASSES_PER_LOOK = 8;
const PROBE_INTERVAL_MS = 1000;

const US_PER_MS = 1e3;
const NOBODY = -1;

export interface SequencerParts {
  readonly commandRings: readonly RingConsumer[];
  readonly gateways: readonly DoorbellRinger[];
  readonly outbox: EventOutbox;
  readonly engine: MatchingEngine;
  /** Who makes commands durable; "nobody": they count as durable once they have been applied. */
  readonly journal: JournalFeed | "nobody";
  readonly durable: DurableSequenceWriter;
  readonly control: EngineControl;
  /** Of the last command that was applied in an earlier life; 0: this is the first. */
  readonly start: { readonly sequence: number; readonly timeUs: number };
  readonly counters: CounterWriter;
  readonly probe: RuntimeProbe;
  readonly sleeper: DoorbellSleeper;
  readonly waitStrategy: WaitStrategy;
  /** The clock in ms: monotonic, and since 1970-01-01 UTC. Absent: that of this machine. */
  readonly nowMs?: () => number;
  readonly toEpochMs?: (reading: number) => number;
}

export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #idle: IdleStrategy;
  /** The command that brings nothing but the time. */
  readonly #time = ownCommand(CommandKind.AdvanceTime);
  readonly #close = ownCommand(CommandKind.CloseSession);
  readonly #journal: JournalFeed | undefined;
  readonly #now: () => number;
  readonly #toEpochMs: (reading: number) => number;
  #sequence: number;
  #timeUs: number;
  /** Where the commands of the current batch are in their ring. */
  readonly #bases = new Int32Array(MAX_BATCH);
  /** The events of the current batch that carry stage times: where they are, until the batch is complete. */
  readonly #stampedGateway = new Int32Array(MAX_BATCH);
  readonly #stampedBase = new Int32Array(MAX_BATCH);
  #stampedCount = 0;
  /** Looks at a full event ring. */
  #stallCount = 0;
  #idlePasses = 0;
  /** The first gateway whose commands found no room in the journal ring, in the last pass. */
  #passedOver = NOBODY;
  #sampledAt = 0;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
    this.#journal = parts.journal === "nobody" ? undefined : parts.journal;
    this.#now = parts.nowMs ?? nowMs;
    this.#toEpochMs = parts.toEpochMs ?? toEpochMs;
    this.#sequence = parts.start.sequence;
    this.#timeUs = parts.start.timeUs;
    // What came of earlier commands is published, or for nobody.
    parts.control.setPublished(parts.start.sequence);
    this.#idle = new IdleStrategy({
      strategy: parts.waitStrategy,
      sleeper: parts.sleeper,
      hasWork: () => this.#hasWork() || this.#stopping() || parts.control.lostGateways !== 0,
      hasUnread: () => parts.outbox.hasUnread(),
      maxSleepMs: () => this.#sleepMs(),
      now: this.#now,
    });
  }

  /** Returns when the stop flag is set and every published command has been applied. */
  run(): void {
    for (;;) {
      this.#parts.control.beat();
      const workCount = this.pass() || this.passTime() || this.passLost();
      if (workCount === 0 && this.#stopping()) return;
      if (workCount === 0) this.#sampleRuntime();
      this.#idle.idle(workCount);
    }
  }

  #sampleRuntime(): void {
    if (++this.#idlePasses % IDLE_PASSES_PER_LOOK !== 0) return;
    const now = this.#now();
    if (now - this.#sampledAt < PROBE_INTERVAL_MS) return;
    this.#sampledAt = now;
    this.#parts.probe.sample();
  }

  /** One batch from every gateway. Returns how many commands it took. */
  pass(): number {
    const { commandRings } = this.#parts;
    const first = Math.max(0, this.#passedOver);
    this.#passedOver = NOBODY;
    let workCount = 0;
    for (let n = 0; n < commandRings.length; n++) {
      const gateway = (first + n) % commandRings.length;
      workCount += this.#takeBatch(commandRings[gateway] as RingConsumer, gateway);
    }
    return workCount;
  }

  /** Tells the engine the time when something is due and no command brings it. Returns 1 if so. */
  passTime(): number {
    const now = this.#now();
    if (this.#parts.engine.nextDue() > this.#toEpochMs(now) * US_PER_MS || this.#journalRoom() === 0) return 0;
    this.#applyOwn(this.#time, now);
    return 1;
  }

  /**
   * Closes a session that was connected through a gateway that is gone, once everything that the gateway had handed over is done.
   * Returns how many.
   */
  passLost(): number {
    const { control } = this.#parts;
    const lost = control.lostGateways;
    if (lost === 0) return 0;
    for (let gateway = 0; gateway < MAX_GATEWAYS; gateway++) {
      if ((lost & (1 << gateway)) === 0) continue;
      const session = this.#connectedAt(gateway);
      if (session === NO_SESSION) {
        control.sessionsClosed(gateway);
        continue;
      }
      if (this.#journalRoom() === 0) return 0;
      const { sessions } = this.#parts.engine.state;
      this.#close.i32[CMD_SESSION] = session;
      this.#close.i32[CMD_CONNECTION] = sessions.connectionOf(session);
      this.#close.i32[CMD_GATEWAY] = gateway;
      this.#applyOwn(this.#close, this.#now());
      return 1;
    }
    return 0;
  }

  #connectedAt(gateway: number): number {
    const { sessions } = this.#parts.engine.state;
    if (sessions.connectedCount === 0) return NO_SESSION;
    for (let session = 0; session < sessions.knownCount; session++) {
      if (sessions.gatewayOf(session) === gateway) return session;
    }
    return NO_SESSION;
  }

  /** A command that no gateway has sent. */
  #applyOwn({ i32, f64, words }: OwnCommand, now: number): void {
    const { control, engine } = this.#parts;
    this.#advanceTime(now);
    this.#sequence++;
    f64[CMD_SEQUENCE] = this.#sequence;
    f64[CMD_TIME] = this.#timeUs;
    this.#journal?.hand(i32, words, 0, NO_POSITION);
    this.#journal?.publish();
    control.setApplying(this.#sequence);
    engine.apply(i32, f64, 0);
    this.#complete(now);
    this.#ringGateways();
    this.#count(1);
  }

  #journalRoom(): number {
    return this.#journal === undefined ? MAX_BATCH : this.#journal.room();
  }

  /** Until something is due, at most MAX_SLEEP_MS. */
  #sleepMs(): number {
    const dueIn = this.#parts.engine.nextDue() / US_PER_MS - this.#toEpochMs(this.#now());
    return Math.min(MAX_SLEEP_MS, Math.max(1, dueIn));
  }

  #takeBatch(ring: RingConsumer, gateway: number): number {
    if (ring.peek() === EMPTY) return 0;
    const room = Math.min(MAX_BATCH, this.#journalRoom());
    if (room === 0) return this.#passOver(gateway);
    const takenAt = this.#now();
    this.#advanceTime(takenAt);
    const count = this.#sequenceBatch(ring, gateway, room);
    this.#journal?.publish();
    for (let n = 0; n < count; n++) this.#apply(ring, this.#bases[n] as number);
    this.#complete(takenAt);
    ring.release();
    this.#ringGateways();
    this.#count(count);
    return count;
  }

  /** What the others left of a slow journal's room was nothing: next time this gateway comes before them. */
  #passOver(gateway: number): number {
    if (this.#passedOver === NOBODY) this.#passedOver = gateway;
    return 0;
  }

  /** Takes at most `room` commands, completes their records and hands them to the journal. Returns how many. */
  #sequenceBatch(ring: RingConsumer, gateway: number, room: number): number {
    const { i32, f64, words } = ring;
    const journal = this.#journal;
    let count = 0;
    for (let base = ring.poll(); base !== EMPTY; base = ring.poll()) {
      const isCommand = isSequenced((i32[base + CMD_HEAD] as number) & 0xff);
      if (isCommand) this.#sequence++;
      i32[base + CMD_GATEWAY] = gateway;
      f64[(base >> 1) + CMD_SEQUENCE] = this.#sequence;
      f64[(base >> 1) + CMD_TIME] = this.#timeUs;
      if (isCommand && journal !== undefined) journal.hand(i32, words, base, (ring.position - 1) | 0);
      this.#bases[count++] = base;
      if (count === room) break;
    }
    return count;
  }

  #apply(ring: RingConsumer, base: number): void {
    const { i32, f64 } = ring;
    const { control, engine, outbox } = this.#parts;
    control.setApplying(f64[(base >> 1) + CMD_SEQUENCE] as number);
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
    this.#parts.control.beat();
    if (this.#journal === undefined) this.#parts.durable.advance(this.#sequence);
    this.#parts.gateways[gateway]?.ring();
    return !this.#stopping();
  }

  /** The second clock reading; nothing of the batch was visible to a gateway before. */
  #complete(takenAt: number): void {
    const { control, outbox, durable } = this.#parts;
    const completeAt = this.#now();
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
    control.setPublished(this.#sequence);
    // Without a journal a command is as safe as it will ever be once it has been applied.
    if (this.#journal === undefined) durable.advance(this.#sequence);
  }

  #advanceTime(now: number): void {
    const us = Math.floor(this.#toEpochMs(now) * US_PER_MS);
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
    // The journaler rings when it has made room.
    if (this.#journalRoom() === 0) return false;
    for (let gateway = 0; gateway < commandRings.length; gateway++) {
      if ((commandRings[gateway] as RingConsumer).peek() !== EMPTY) return true;
    }
    return false;
  }

  #stopping(): boolean {
    return this.#parts.control.isStopping;
  }
}

/** A record that the sequencer fills in itself. */
interface OwnCommand {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly words: BigUint64Array;
}

function ownCommand(kind: CommandKind): OwnCommand {
  const record = new ArrayBuffer(RECORD_BYTES);
  const i32 = new Int32Array(record);
  i32[CMD_HEAD] = commandHead(kind, 0, 0, 0);
  i32[CMD_SESSION] = NO_SESSION;
  return { i32, f64: new Float64Array(record), words: new BigUint64Array(record) };
}

function isSequenced(kind: number): boolean {
  return kind !== CommandKind.FollowBook && kind !== CommandKind.UnfollowBook;
}
