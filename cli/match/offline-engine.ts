/**
 * The matching engine without threads, sockets and a clock: blocks of command records in, event records out. For files,
 * benchmarks and experiments; docs/MATCH.md shows how to use it.
 *
 * A block is one buffer seen as int32 and as doubles, with the 128-byte records of protocol/record/command-record.ts one
 * after the other. The caller writes every field of a record but its sequence number and gateway. Its times are the
 * caller's too, and never run backwards.
 */
import { raiseInliningBudget } from "../../engine/compiler-settings.ts";
import type { EngineConfig } from "../../engine/engine-config.ts";
import { assertInvariants } from "../../engine/engine-invariants.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import { type MatchingEngine, createMatchingEngine } from "../../engine/matching-engine.ts";
import { assert } from "../../protocol/assert.ts";
import {
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_SEQUENCE,
  CMD_TIME,
  CommandFlag,
  CommandKind,
  RECORD_BYTES,
  RECORD_I32_SHIFT,
  commandHead,
} from "../../protocol/record/command-record.ts";
import { EVT_DETAIL, EVT_HEAD, EVT_SESSION, EventKind, NO_SESSION } from "../../protocol/record/event-record.ts";
import { SESSION_NAME_PATTERN } from "../../protocol/limits.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";

const RING_SLOTS = 16_384;
/** The one gateway that all commands come through and all events go to. */
const GATEWAY = 0;

/** Records one after the other; `i32` and `f64` share their buffer. */
export interface CommandBlock {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
}

/** @param capacity In records. */
export function createCommandBlock(capacity: number): CommandBlock {
  const buffer = new ArrayBuffer(capacity * RECORD_BYTES);
  return { i32: new Int32Array(buffer), f64: new Float64Array(buffer) };
}

/** Gets an event record: an index into `i32`, half of it into `f64`. It is the reader's until this returns. */
export type EventReader = (i32: Int32Array, f64: Float64Array, base: number) => void;

export class OfflineEngine {
  /** Check after every command that all parts of the engine agree. Visits everything: for finding mistakes in the engine. */
  checksInvariants = false;
  readonly engine: MatchingEngine;
  readonly #outbox: EventOutbox;
  readonly #events: RingConsumer;
  readonly #read: EventReader;
  /** For the commands that this class makes itself. */
  readonly #own: CommandBlock;
  #sequence: number;
  #openedSession: number;
  #operatorReason: number | undefined;
  #engineMs: number;
  #startedAt: number;

  /** @param read Gets every event in the order in which the engine made it. Must not call the engine. */
  constructor(config: EngineConfig, read: EventReader) {
    assert(config.gatewayCount === 1, "an offline engine serves one gateway");
    const ring = createRing(RING_SLOTS);
    this.#outbox = new EventOutbox([ring], () => this.#makeRoom());
    raiseInliningBudget();
    this.engine = createMatchingEngine(config, this.#outbox);
    this.#events = new RingConsumer(ring);
    this.#read = read;
    this.#own = createCommandBlock(1);
    this.#sequence = 0;
    this.#openedSession = NO_SESSION;
    this.#operatorReason = undefined;
    this.#engineMs = 0;
    this.#startedAt = 0;
  }

  /** Commands sequenced so far. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The RejectReason in the last operator report of the last block, 0: it was done; undefined: there was no report. */
  get lastOperatorReason(): number | undefined {
    return this.#operatorReason;
  }

  /** Time spent in the engine alone, ms: what writes and reads records does not count. */
  get engineMs(): number {
    return this.#engineMs;
  }

  /** Applies records 0 … count − 1 of the block, in order. Every event that they make has been read when this returns. */
  apply(block: CommandBlock, count: number): void {
    const { i32, f64 } = block;
    assert(count << RECORD_I32_SHIFT <= i32.length, "a block has as many records as are applied");
    for (let n = 0; n < count; n++) {
      i32[(n << RECORD_I32_SHIFT) + CMD_GATEWAY] = GATEWAY;
      f64[(n << (RECORD_I32_SHIFT - 1)) + CMD_SEQUENCE] = this.#sequence + n + 1;
    }
    this.#sequence += count;
    this.#operatorReason = undefined;
    this.#startedAt = nowMs();
    for (let n = 0; n < count; n++) {
      this.engine.apply(i32, f64, n << RECORD_I32_SHIFT);
      if (this.checksInvariants) assertInvariants(this.engine);
    }
    this.#outbox.publish();
    this.#engineMs += nowMs() - this.#startedAt;
    this.#drain();
  }

  /**
   * Opens a session: a command like any other.
   * @param time µs since 1970-01-01 UTC.
   * @returns the handle for CMD_SESSION of its commands, or NO_SESSION when it was refused.
   */
  openSession(name: string, time: number, cancelOnDisconnect = false): number {
    assert(SESSION_NAME_PATTERN.test(name), "a session has a name");
    const { i32, f64 } = this.#own;
    i32.fill(0);
    i32[CMD_HEAD] = commandHead(CommandKind.OpenSession, 0, 0, 0);
    i32[CMD_FLAGS] = cancelOnDisconnect ? CommandFlag.CancelOnDisconnect : 0;
    i32[CMD_NAME_BYTES] = name.length;
    for (let n = 0; n < name.length; n++) {
      const word = CMD_NAME + (n >> 2);
      i32[word] = (i32[word] as number) | (name.charCodeAt(n) << ((n & 3) * 8));
    }
    f64[CMD_TIME] = time;
    this.#openedSession = NO_SESSION;
    this.apply(this.#own, 1);
    return this.#openedSession;
  }

  /**
   * Asks for the book of an instrument: its visible levels come as SnapshotLevel events, best first, bids before offers, then
   * a SnapshotEnd, and every later change of it that no report tells comes as well. Not a command: nothing is sequenced.
   */
  followBook(instrumentId: number): void {
    const { i32, f64 } = this.#own;
    i32.fill(0);
    i32[CMD_HEAD] = commandHead(CommandKind.FollowBook, 0, 0, 0);
    i32[CMD_INSTRUMENT_ID] = instrumentId;
    i32[CMD_GATEWAY] = GATEWAY;
    this.engine.apply(i32, f64, 0);
    this.#outbox.publish();
    this.#drain();
  }

  #drain(): void {
    const events = this.#events;
    const { i32, f64 } = events;
    for (let base = events.poll(); base !== EMPTY; base = events.poll()) {
      const kind = (i32[base + EVT_HEAD] as number) & 255;
      if (kind === EventKind.SessionOpened) this.#openedSession = i32[base + EVT_SESSION] as number;
      if (kind === EventKind.OperatorReport) this.#operatorReason = ((i32[base + EVT_DETAIL] as number) >>> 16) & 255;
      this.#read(i32, f64, base);
    }
    events.release();
  }

  /** The ring is full in the middle of a command: its reader's time is not the engine's. */
  #makeRoom(): void {
    const startedAt = nowMs();
    this.#drain();
    this.#startedAt += nowMs() - startedAt;
  }
}
