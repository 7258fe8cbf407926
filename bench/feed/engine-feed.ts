/**
 * Feeds a matching engine on the calling thread: the low-level entry for benchmarks. Command records are written from typed
 * arrays into a small batch and applied in place, as a sequencer applies them in its ring; nothing is parsed, nothing is
 * journaled, and the events go into a ring that another thread must read (event-drain.ts), or this one between the calls.
 *
 *   columns ─► batch of 64 records ─► engine.apply ─► event ring ─► the reader's thread
 *
 * Sequence numbers are given here; time is what {@link EngineFeed.time} says, so an engine that is fed twice does twice the same.
 */
import type { EngineConfig } from "../../engine/engine-config.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import { type MatchingEngine, createMatchingEngine } from "../../engine/matching-engine.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TIME,
  CommandKind,
  RECORD_BYTES,
  RECORD_I32_SHIFT,
} from "../../protocol/record/command-record.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";
import { type BenchCommand, writeBenchCommand } from "./bench-command.ts";
import type { CommandColumns } from "./command-columns.ts";

/** Commands between two publications: what a busy sequencer takes at once. */
export const BATCH = 64;

/** Whose orders the rows are, and where they go. */
export interface Destination {
  /** As {@link EngineFeed.openSession} gave it. */
  readonly session: number;
  readonly instrumentId: number;
}

export class EngineFeed {
  readonly engine: MatchingEngine;
  readonly #outbox: EventOutbox;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  #sequence = 0;
  #sessionCount = 0;
  /** Looks at a full event ring, each of which is time that the engine waited for its reader. */
  #ringFullCount = 0;

  /** @param onRingFull For a ring that is read on this thread; without it the engine waits for the other thread. */
  constructor(config: EngineConfig, eventRing: SharedArrayBuffer, onRingFull?: () => void) {
    const batch = new ArrayBuffer(BATCH * RECORD_BYTES);
    this.#outbox = new EventOutbox([eventRing], () => {
      this.#ringFullCount += 1;
      onRingFull?.();
    });
    this.engine = createMatchingEngine(config, this.#outbox);
    this.#i32 = new Int32Array(batch);
    this.#f64 = new Float64Array(batch);
  }

  get ringFullCount(): number {
    return this.#ringFullCount;
  }

  /** Of the next command, µs since 1970: one per command, within the first minutes of that year. */
  get time(): number {
    return this.#sequence + 1;
  }

  /** An engine gives out its session handles in order. */
  openSession(): number {
    const session = this.#sessionCount;
    this.#sessionCount += 1;
    this.apply({ kind: CommandKind.OpenSession, name: `bench${session}` });
    return session;
  }

  /** One command that is not measured, or measured alone. Its events are published. */
  apply(command: BenchCommand): void {
    writeBenchCommand(command, this.#i32, this.#f64, 0);
    this.#stamp(0);
    this.engine.apply(this.#i32, this.#f64, 0);
    this.#outbox.publish();
  }

  /** Rows `from` … `to` − 1, published every {@link BATCH} rows. */
  feed(columns: CommandColumns, destination: Destination, from = 0, to = columns.count): void {
    for (let first = from; first < to; first += BATCH) {
      const end = Math.min(first + BATCH, to);
      for (let row = first; row < end; row++) this.#write(columns, row, destination, (row - first) << RECORD_I32_SHIFT);
      for (let row = first; row < end; row++) {
        this.engine.apply(this.#i32, this.#f64, (row - first) << RECORD_I32_SHIFT);
      }
      this.#outbox.publish();
    }
  }

  /** One row, published at once. */
  feedOne(columns: CommandColumns, destination: Destination, row: number): void {
    this.#write(columns, row, destination, 0);
    this.engine.apply(this.#i32, this.#f64, 0);
    this.#outbox.publish();
  }

  /** A record that someone else wrote, in a command ring; published at once. */
  applyRecord(i32: Int32Array, f64: Float64Array, base: number): void {
    this.#sequence += 1;
    f64[(base >> 1) + CMD_SEQUENCE] = this.#sequence;
    f64[(base >> 1) + CMD_TIME] = this.#sequence;
    this.engine.apply(i32, f64, base);
    this.#outbox.publish();
  }

  /** Returns when every published event was read by the other thread. */
  awaitReader(): void {
    while (this.#outbox.hasUnread());
  }

  #write(columns: CommandColumns, row: number, { session, instrumentId }: Destination, base: number): void {
    writeRow(columns, row, session, instrumentId, this.#i32, this.#f64, base);
    this.#stamp(base);
  }

  #stamp(base: number): void {
    this.#sequence += 1;
    this.#f64[(base >> 1) + CMD_SEQUENCE] = this.#sequence;
    this.#f64[(base >> 1) + CMD_TIME] = this.#sequence;
    this.#i32[base + CMD_GATEWAY] = 0;
  }
}

/** Everything that a gateway writes of a plain order command. */
export function writeRow(
  columns: CommandColumns,
  row: number,
  session: number,
  instrumentId: number,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): void {
  i32[base + CMD_HEAD] = columns.head[row] as number;
  i32[base + CMD_SESSION] = session;
  i32[base + CMD_INSTRUMENT_ID] = instrumentId;
  i32[base + CMD_FLAGS] = 0;
  f64[(base >> 1) + CMD_CLIENT_ORDER_ID] = columns.clientOrderId[row] as number;
  f64[(base >> 1) + CMD_ORIG_CLIENT_ORDER_ID] = columns.origClientOrderId[row] as number;
  i32[base + CMD_PRICE] = columns.price[row] as number;
  i32[base + CMD_ORDER_QTY] = columns.orderQty[row] as number;
  // CMD_CONNECTION is the link word of a list; this order has none.
  i32[base + CMD_CONNECTION] = 0;
}

/** Seconds that the work took. */
export function secondsOf(work: () => void): number {
  const start = nowMs();
  work();
  return (nowMs() - start) / 1000;
}
