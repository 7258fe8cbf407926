/**
 * An engine that goes through a journal once more, and stops where it is told to. It reads files and writes none.
 *
 * Events are thrown away, unless somebody watches them. Commands may have come through any of the gateways that a venue can have, so
 * there is a ring for each.
 */
import { raiseInliningBudget } from "../../engine/compiler-settings.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import type { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import type { Genesis } from "../../engine/journal/genesis.ts";
import type { TornTail } from "../../engine/journal/journal-reader.ts";
import { readQuarantine } from "../../engine/journal/quarantine.ts";
import { type SnapshotSearch, replayJournal, takeNewestSnapshot } from "../../engine/journal/replay.ts";
import type { SnapshotPoint } from "../../engine/journal/snapshot-file.ts";
import { type MatchingEngine, createMatchingEngine } from "../../engine/matching-engine.ts";
import type { Disk } from "../../engine/storage/disk.ts";
import { MAX_GATEWAYS } from "../../protocol/limits.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { CMD_SEQUENCE, CMD_TIME } from "../../protocol/record/command-record.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";

const RING_SLOTS = 1024;
/** Commands between two looks at the clock of the progress line, less one. */
const PROGRESS_MASK = 0xffff;

/** Which command is the last one: the last that is beyond neither. */
export interface ReplayLimit {
  readonly sequence: number;
  /** µs. */
  readonly time: number;
}

export const THE_END: ReplayLimit = { sequence: Infinity, time: Infinity };

/** @param f64 Of a complete command. */
export function isBeyond({ sequence, time }: ReplayLimit, f64: Float64Array): boolean {
  return (f64[CMD_SEQUENCE] as number) > sequence || (f64[CMD_TIME] as number) > time;
}

export interface ReplayWatch {
  /** The complete command, before it is applied. */
  readonly before?: (i32: Int32Array, f64: Float64Array) => void;
  /** Each of its events: an index into `i32`, half of it into `f64`. */
  readonly event?: (i32: Int32Array, f64: Float64Array, base: number) => void;
  /** After the last of them. */
  readonly after?: () => void;
  /** Now and then. */
  readonly progress?: (sequence: number) => void;
}

export interface ReplayOutcome {
  readonly commands: number;
  /** Of reading, checking and applying them. */
  readonly elapsedMs: number;
  /** Behind the end, where that was reached. */
  readonly torn: TornTail | undefined;
}

/** The next command is beyond the limit. */
class LimitReached extends Error {}

export class ReplayEngine {
  readonly engine: MatchingEngine;
  readonly #disk: Disk;
  readonly #directory: EngineDirectory;
  readonly #genesis: Genesis;
  readonly #outbox: EventOutbox;
  readonly #consumers: readonly RingConsumer[];
  #watch: ReplayWatch;

  constructor(disk: Disk, directory: EngineDirectory, genesis: Genesis) {
    const rings = Array.from({ length: MAX_GATEWAYS }, () => createRing(RING_SLOTS));
    this.#disk = disk;
    this.#directory = directory;
    this.#genesis = genesis;
    this.#outbox = new EventOutbox(rings, () => this.#drainAll());
    this.#consumers = rings.map((ring) => new RingConsumer(ring));
    this.#watch = {};
    raiseInliningBudget();
    this.engine = createMatchingEngine({ ...genesis.config, gatewayCount: MAX_GATEWAYS }, this.#outbox);
    this.#outbox.mute();
  }

  /**
   * Takes over the newest good snapshot of that command or an earlier one; 0: none. The engine has not applied anything yet.
   *
   * @throws OperatingError when the journal does not go on from there.
   */
  begin(upTo: number): SnapshotSearch {
    const search = takeNewestSnapshot(this.#parts(), upTo);
    const [first] = this.#directory.segments(this.#disk);
    if (first === undefined || first <= search.point.sequence + 1) return search;
    const unusable = search.bad.map(({ path, problem }) => `${path} cannot be used: ${problem}; `).join("");
    throw new OperatingError(
      `${unusable}${this.#directory.journal} begins with command ${first}, and command ${search.point.sequence + 1} is needed as there is no snapshot to begin with; name a later point, or put older segments (${this.#directory.archive}?) back`,
    );
  }

  /** Applies the commands after the point that the engine is at, up to the limit or the end. */
  replay(from: SnapshotPoint, limit: ReplayLimit, watch: ReplayWatch = {}): ReplayOutcome {
    const startedAt = nowMs();
    const torn = this.#replayUntil(from, limit, watch);
    return { commands: this.engine.sequence - from.sequence, elapsedMs: nowMs() - startedAt, torn };
  }

  #replayUntil(from: SnapshotPoint, limit: ReplayLimit, watch: ReplayWatch): TornTail | undefined {
    const isWatched = watch.event !== undefined;
    this.#watch = watch;
    if (isWatched) this.#outbox.unmute();
    try {
      const hooks = { before: this.#beforeHook(limit, watch), ...(isWatched ? { after: () => this.#told() } : {}) };
      return replayJournal(this.#parts(), from, undefined, hooks).reading.torn;
    } catch (error) {
      if (error instanceof LimitReached) return undefined;
      throw error;
    } finally {
      this.#watch = {};
      this.#outbox.mute();
    }
  }

  #beforeHook(limit: ReplayLimit, { before, progress }: ReplayWatch) {
    return (i32: Int32Array, f64: Float64Array): void => {
      if (isBeyond(limit, f64)) throw new LimitReached();
      const sequence = f64[CMD_SEQUENCE] as number;
      if (progress !== undefined && (sequence & PROGRESS_MASK) === 0) progress(sequence);
      if (before !== undefined) before(i32, f64);
    };
  }

  /** Hands over the events of one command. */
  #told(): void {
    let pending = this.#outbox.pendingGateways;
    this.#outbox.publish();
    while (pending !== 0) {
      const gateway = 31 - Math.clz32(pending);
      pending ^= 1 << gateway;
      this.#drain(gateway);
    }
    this.#watch.after?.();
  }

  /** In the middle of a command that makes more events than a ring has slots. */
  #drainAll(): void {
    for (let gateway = 0; gateway < this.#consumers.length; gateway++) this.#drain(gateway);
  }

  #drain(gateway: number): void {
    const consumer = this.#consumers[gateway] as RingConsumer;
    const { i32, f64 } = consumer;
    for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) this.#watch.event?.(i32, f64, base);
    consumer.release();
  }

  #parts() {
    const quarantine = readQuarantine(this.#disk, this.#directory);
    const [disk, directory, genesis] = [this.#disk, this.#directory, this.#genesis];
    return { disk, directory, genesis, engine: this.engine, outbox: this.#outbox, quarantine };
  }
}
