/**
 * Plays the journal of a venue that has stopped to a fresh engine and to the naive twin, from its first command on, and tells what each
 * command made of both. Called again after another life of the venue, it goes on where it was: so it also notices when
 * something changed that had been read before.
 */
import { decodeRecord, REC_CRC } from "../../../protocol/journal/journal-format.ts";
import { RECORD_BYTES } from "../../../protocol/record/command-record.ts";
import { EMPTY, RingConsumer } from "../../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../../protocol/ring/ring-layout.ts";
import type { EngineConfig } from "../../engine-config.ts";
import { EventOutbox } from "../../event-outbox.ts";
import { EngineDirectory } from "../../journal/engine-directory.ts";
import { readGenesis } from "../../journal/genesis.ts";
import { type TornTail, readJournal } from "../../journal/journal-reader.ts";
import { recoverEngine } from "../../journal/recovery.ts";
import { type MatchingEngine, createMatchingEngine } from "../../matching-engine.ts";
import { fileDisk } from "../../storage/file-disk.ts";
import { type CommandFields, readCommand } from "../command-fields.ts";
import { type EventFields, readEvent } from "../event-fields.ts";
import { expectSameEvents } from "../flow/comparison.ts";
import { NaiveTwin } from "../twin/naive-twin.ts";
import { archiveDisk, lookingDisk } from "./other-disks.ts";

/** As many as any venue under test has. */
const GATEWAYS = 2;
/** A command of these tests does not make more events. */
const RING_SLOTS = 2 ** 14;
/** Where nobody reads them. */
const FEW_SLOTS = 64;

export interface StepVisitor {
  /** Before the command is applied. */
  command(command: CommandFields): void;
  /** While its record is still in the ring. */
  event(event: EventFields, i32: Int32Array, f64: Float64Array, base: number): void;
}

export interface Recovered {
  readonly stateHash: string;
  readonly sequence: number;
  /** 0: without a snapshot. */
  readonly snapshotSequence: number;
}

/** Both in the state after the same commands. */
interface Pair {
  readonly config: EngineConfig;
  readonly engine: MatchingEngine;
  readonly outbox: EventOutbox;
  readonly consumers: readonly RingConsumer[];
  readonly twin: NaiveTwin;
}

export class JournalFollower {
  readonly #dataDirectory: string;
  readonly #directory: EngineDirectory;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  #pair: Pair | undefined;
  #sequence = 0;
  #crc = 0;

  constructor(dataDirectory: string) {
    const record = new ArrayBuffer(RECORD_BYTES);
    this.#dataDirectory = dataDirectory;
    this.#directory = new EngineDirectory(dataDirectory, 0);
    this.#i32 = new Int32Array(record);
    this.#f64 = new Float64Array(record);
  }

  /** Of the last command that was followed. */
  get sequence(): number {
    return this.#sequence;
  }

  /** undefined: the venue has not come so far as to have a configuration. */
  get twin(): NaiveTwin | undefined {
    return this.#pair?.twin;
  }

  get stateHash(): string {
    return this.#pair?.engine.stateHash() ?? "";
  }

  /**
   * @returns what the journal ends with that was not complete.
   * @throws Divergence where engine and twin differ, JournalDamage where the journal cannot be read.
   */
  follow(visitor: StepVisitor): TornTail | undefined {
    const genesis = readGenesis(fileDisk, this.#directory);
    if (genesis === undefined) return undefined;
    const pair = (this.#pair ??= createPair({ ...genesis.config, gatewayCount: GATEWAYS }));
    const afterCrc = this.#sequence === 0 ? undefined : this.#crc;
    const range = { after: this.#sequence, afterCrc, genesis: genesis.id };
    return readJournal(archiveDisk(this.#directory), this.#directory, range, (i32, f64, at) => {
      decodeRecord(i32, f64, at, this.#i32, this.#f64, 0);
      this.#crc = i32[at + REC_CRC] as number;
      this.#apply(pair, visitor);
    }).torn;
  }

  /** How a venue that starts now would come back. */
  recovered(): Recovered | undefined {
    if (this.#pair === undefined) return undefined;
    const { config } = this.#pair;
    const outbox = new EventOutbox(createRings(FEW_SLOTS), () => {});
    const engine = createMatchingEngine(config, outbox);
    const start = { disk: lookingDisk, dataDirectory: this.#dataDirectory, config, tellFrom: Infinity };
    const { end, snapshotSequence } = recoverEngine({ ...start, engine, outbox, onCommand: () => {} });
    return { stateHash: engine.stateHash(), sequence: end.sequence, snapshotSequence };
  }

  #apply({ engine, outbox, consumers, twin }: Pair, visitor: StepVisitor): void {
    const command = readCommand(this.#i32, this.#f64, 0);
    visitor.command(command);
    const expected = twin.apply(command);
    engine.apply(this.#i32, this.#f64, 0);
    outbox.publish();
    const events = consumers.map((consumer) => taken(consumer, visitor));
    try {
      expectSameEvents(events, expected);
    } catch (error) {
      throw new Error(`command ${command.sequence}: ${(error as Error).message}`, { cause: error });
    }
    this.#sequence = command.sequence;
  }
}

function createPair(config: EngineConfig): Pair {
  const rings = createRings(RING_SLOTS);
  const outbox = new EventOutbox(rings, () => {
    throw new Error("a command makes more events than were expected");
  });
  return {
    config,
    engine: createMatchingEngine(config, outbox),
    outbox,
    consumers: rings.map((ring) => new RingConsumer(ring)),
    twin: new NaiveTwin(config),
  };
}

function createRings(slots: number): SharedArrayBuffer[] {
  return Array.from({ length: GATEWAYS }, () => createRing(slots));
}

function taken(consumer: RingConsumer, visitor: StepVisitor): EventFields[] {
  const events: EventFields[] = [];
  for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) {
    const event = readEvent(consumer.i32, consumer.f64, base);
    visitor.event(event, consumer.i32, consumer.f64, base);
    events.push(event);
  }
  consumer.release();
  return events;
}
