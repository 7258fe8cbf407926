/**
 * One life of the venue's process on a simulated disk: the parts that in a real one run on threads of their own, put together as
 * engine-worker.ts, journal-worker.ts, keeper-worker.ts and engine-unit.ts do, and moved step by step by whoever holds it.
 *
 *   recover ─► sessions of the last life are closed ─► gateways open ─► …
 */
import type { EngineConfig } from "../../engine-config.ts";
import {
  DurableSequenceWriter,
  FullnessTeller,
  StorageStateWriter,
  createDurableSequence,
} from "../../../protocol/durable-sequence.ts";
import { DoorbellRinger, DoorbellSleeper, createDoorbell } from "../../../protocol/ring/doorbell.ts";
import { EMPTY, RingConsumer } from "../../../protocol/ring/ring-consumer.ts";
import { createRing, emptyRing, ringDepth } from "../../../protocol/ring/ring-layout.ts";
import { CounterWriter, createCounterPage } from "../../../protocol/telemetry/counters.ts";
import { HistogramWriter, createHistogram } from "../../../protocol/telemetry/latency-histogram.ts";
import { RuntimeProbe, createRuntimePage } from "../../../protocol/telemetry/runtime-probe.ts";
import { MAX_GATEWAYS } from "../../../protocol/limits.ts";
import { ENGINE_COUNTERS } from "../../engine-counters.ts";
import { EngineControl, EngineWatch, createEngineControl } from "../../engine-control.ts";
import { JournalFeed, skipHanded } from "../../journal/journal-feed.ts";
import { JournalWriter } from "../../journal/journal-writer.ts";
import { JOURNALER_COUNTERS, JournalerCounter } from "../../journal/journaler-counters.ts";
import { Journaler } from "../../journal/journaler.ts";
import { Keeper } from "../../journal/keeper.ts";
import { type Recovery, recoverEngine } from "../../journal/recovery.ts";
import { writeSnapshot } from "../../journal/snapshot-file.ts";
import type { MatchingEngine } from "../../matching-engine.ts";
import { MAX_BATCH, Sequencer } from "../../sequencer.ts";
import { codeOf } from "../../storage/disk.ts";
import { PooledEngine, giveBack, takeEngine } from "./engine-pool.ts";
import type { History } from "./history.ts";
import { LedgerLine } from "./ledger.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimDisk } from "./sim-disk.ts";
import { SimGateway } from "./sim-gateway.ts";

export const DATA_DIRECTORY = "/data";
/** Of any life of any world. */
export const MAX_WORLD_GATEWAYS = 3;

/** For events that nobody reads. */
const SINK_SLOTS = 2;

/** How large things are in one world. */
export interface VenueShape {
  readonly gatewayCount: number;
  readonly commandSlots: number;
  readonly eventSlots: number;
  readonly journalSlots: number;
  readonly segmentBytes: number;
  /** What one group of records can have at most. */
  readonly groupBytes: number;
  readonly archivesJournal: boolean;
  readonly snapshotEveryCommands: number;
}

export interface VenueParts {
  readonly disk: SimDisk;
  readonly clock: SimClock;
  readonly config: EngineConfig;
  readonly shape: VenueShape;
  readonly history: History;
  /** Called while the engine waits for room in an event ring: somebody else must do something. */
  readonly onStall: () => void;
  readonly onEvent: (i32: Int32Array, base: number) => void;
}

// Nobody reads what is measured, and nobody sleeps.
const probe = new RuntimeProbe(createRuntimePage());
probe.stop();
const commitLatency = new HistogramWriter(createHistogram());
const doorbell = createDoorbell();

function createRings(count: number, slots: number): SharedArrayBuffer[] {
  return Array.from({ length: count }, () => createRing(slots));
}

/** Slots of the event rings: those of the gateways that a world can have, and of gateways that nobody ever saw. */
function eventRingSlots({ eventSlots }: VenueShape): number[] {
  return Array.from({ length: MAX_GATEWAYS }, (_, gateway) => (gateway < MAX_WORLD_GATEWAYS ? eventSlots : SINK_SLOTS));
}

const SINKS = Array.from({ length: MAX_GATEWAYS }, () => SINK_SLOTS);

/** Unwinds the command in which the engine's thread dies. The rest of the process lives on. */
export class EngineDeath extends Error {
  override readonly name = "EngineDeath";
}

export class SimVenue {
  readonly recovery: Recovery;
  /** Empty until the sessions of the last life are closed. */
  readonly gateways: SimGateway[] = [];
  readonly #parts: VenueParts;
  readonly #commandRings: readonly SharedArrayBuffer[];
  #pooled: PooledEngine;
  /** Those that somebody reads. */
  readonly #eventRings: readonly SharedArrayBuffer[];
  readonly #journalRing: SharedArrayBuffer;
  /** Reads along what the journal is given, and releases nothing. */
  readonly #tap: RingConsumer;
  readonly #durable = createDurableSequence();
  readonly #control = createEngineControl();
  readonly #watch = new EngineWatch(this.#control);
  /** undefined while the engine is being replaced. */
  #sequencer: Sequencer | undefined;
  /** Commands until the engine dies in one. */
  #commandsToDeath = Infinity;
  readonly #writer: JournalWriter;
  readonly #journaler: Journaler;
  readonly #journalerCounters = createCounterPage(JOURNALER_COUNTERS.length);
  readonly #storageState = new StorageStateWriter(this.#durable, FullnessTeller.Keeper);
  #keeper: Keeper | undefined;
  #keeperEngine: PooledEngine | undefined;
  #isInCommand = false;
  #snapshotSequence: number;

  /** Recovers. Throws what the disk throws, and OperatingError. */
  constructor(parts: VenueParts) {
    const { shape, config } = parts;
    this.#parts = parts;
    this.#commandRings = createRings(shape.gatewayCount, shape.commandSlots);
    this.#pooled = takeEngine(config, eventRingSlots(shape));
    this.#pooled.onFull = (gateway) => this.#onFull(gateway);
    this.#eventRings = this.#pooled.eventRings.slice(0, shape.gatewayCount);
    this.#journalRing = createRing(shape.journalSlots);
    this.#tap = new RingConsumer(this.#journalRing);
    this.#watch.loseGateways(0xffff);
    this.recovery = this.#recover(Infinity);
    this.#writer = this.#createWriter();
    this.#journaler = this.#createJournaler();
    this.#sequencer = this.#createSequencer(this.recovery);
    this.#snapshotSequence = this.recovery.directory.snapshotSequences(parts.disk).at(-1) ?? 0;
  }

  get engine(): MatchingEngine {
    return this.#pooled.engine;
  }

  get isOpen(): boolean {
    return this.gateways.length > 0;
  }

  /** Up to there everything is promised to survive. */
  get durableSequence(): number {
    return this.#writer.durableSequence;
  }

  /** Commands, events and records that are under way. */
  get isBusy(): boolean {
    return this.journalDepth > 0 || this.gateways.some((gateway) => gateway.isBusy);
  }

  /** Up to this command the engine has published every event. */
  get publishedSequence(): number {
    return this.#watch.published;
  }

  /** Commands that the journaler has not taken yet. */
  get journalDepth(): number {
    return ringDepth(new Int32Array(this.#journalRing));
  }

  /** One pass of the engine's loop. Returns how much it did. */
  stepEngine(): number {
    const sequencer = this.#sequencer as Sequencer;
    const workCount = sequencer.pass() || sequencer.passTime() || sequencer.passLost();
    this.#isInCommand = false;
    this.#listen();
    if (!this.isOpen) this.#openOnceClosed();
    return workCount;
  }

  /** One pass of the journaler's loop. Returns how much it did. */
  stepJournaler(): number {
    this.#listen();
    return this.#journaler.pass();
  }

  /** One look of the keeper. Returns what it did. */
  stepKeeper(): string {
    const { disk, shape } = this.#parts;
    this.#keeper ??= this.#createKeeper();
    const hasEnough = this.#keeper.keepSpares();
    this.#storageState.setFull(!hasEnough);
    const durable = new Float64Array(this.#journalerCounters)[JournalerCounter.DurableSequence] as number;
    if (durable - this.#snapshotSequence < shape.snapshotEveryCommands) return hasEnough ? "looked" : "no room";
    try {
      this.#snapshotSequence = this.#keeper.makeSnapshot(durable).sequence;
      return `snapshot ${this.#snapshotSequence}`;
    } catch (error) {
      if (disk.isDead || codeOf(error) === "") throw error;
      return `no snapshot: ${(error as Error).message}`;
    }
  }

  /** The engine dies in the nth command from now: after the journal was given it, before it is applied. */
  killEngineIn(commands: number): void {
    this.#commandsToDeath = commands;
  }

  /**
   * The engine's thread is gone. Its rings, the journaler, the keeper and the gateways live on, and another one takes its place,
   * once everything that the journal was given is durable.
   */
  replaceEngine(tellFrom: number): Recovery {
    this.#commandsToDeath = Infinity;
    this.#sequencer = undefined;
    new EngineControl(this.#control).setPublished(0);
    this.#isInCommand = true;
    const { eventRings } = this.#pooled;
    // Those that nobody reads belong to the engine's thread.
    for (const sink of eventRings.slice(this.#eventRings.length)) emptyRing(new Int32Array(sink));
    this.#pooled = new PooledEngine(this.#parts.config, eventRings);
    this.#pooled.onFull = (gateway) => this.#onFull(gateway);
    const recovery = this.#recover(tellFrom);
    this.#sequencer = this.#createSequencer(recovery, true);
    this.#isInCommand = false;
    return recovery;
  }

  /** A keeper that has died is replaced. */
  loseKeeper(): void {
    this.#keeper = undefined;
    this.#keeperEngine = undefined;
  }

  /** This life is over. */
  giveBack(): void {
    const { config, shape } = this.#parts;
    if (!this.#isInCommand) giveBack(this.#pooled, config, eventRingSlots(shape));
    if (this.#keeperEngine !== undefined) giveBack(this.#keeperEngine, config, SINKS);
  }

  /** Once nothing is under way any more: as the engine does before the process ends. */
  saveAndClose(): void {
    const { disk } = this.#parts;
    const { directory, genesis, end } = this.recovery;
    const { sequence, time } = this.engine;
    this.#writer.close();
    if (sequence === 0 || directory.snapshotSequences(disk).includes(sequence)) return;
    const point = { sequence, time, crc: this.#writer.crc, epoch: end.epoch + 1 };
    writeSnapshot(disk, directory, genesis.id, point, this.engine);
  }

  #recover(tellFrom: number): Recovery {
    const { disk, config } = this.#parts;
    const { engine, outbox } = this.#pooled;
    const dataDirectory = DATA_DIRECTORY;
    return recoverEngine({ disk, dataDirectory, config, engine, outbox, tellFrom, onCommand() {} });
  }

  #createWriter(): JournalWriter {
    const { disk, clock, shape } = this.#parts;
    const { directory, genesis, end } = this.recovery;
    return new JournalWriter({
      disk,
      directory,
      genesis: genesis.id,
      epoch: end.epoch + 1,
      segmentBytes: shape.segmentBytes,
      end,
      nowUs: () => clock.wallUs,
      bufferBytes: shape.groupBytes,
    });
  }

  #createJournaler(): Journaler {
    const durable = new DurableSequenceWriter(this.#durable);
    durable.advance(this.recovery.end.sequence);
    return new Journaler({
      ring: new RingConsumer(this.#journalRing),
      writer: this.#writer,
      durable,
      waiting: [],
      sleeper: new DoorbellSleeper(doorbell),
      waitStrategy: "spin",
      counters: new CounterWriter(this.#journalerCounters),
      commitLatency,
      stopFlag: new Int32Array(1),
      onFull() {},
      nowMs: this.#parts.clock.nowMs,
    });
  }

  #createSequencer({ end }: Recovery, isReplacement = false): Sequencer {
    const { clock } = this.#parts;
    const commandRings = this.#commandRings.map((ring) => new RingConsumer(ring));
    if (isReplacement) skipHanded(commandRings, this.#journalRing, MAX_BATCH * commandRings.length);
    return new Sequencer({
      commandRings,
      gateways: [new DoorbellRinger(doorbell)],
      outbox: this.#pooled.outbox,
      engine: this.#mortalEngine(),
      journal: new JournalFeed(this.#journalRing, doorbell),
      durable: new DurableSequenceWriter(this.#durable),
      control: new EngineControl(this.#control),
      start: { sequence: end.sequence, timeUs: end.time },
      counters: new CounterWriter(createCounterPage(ENGINE_COUNTERS.length)),
      probe,
      sleeper: new DoorbellSleeper(doorbell),
      waitStrategy: "spin",
      nowMs: clock.nowMs,
      toEpochMs: clock.toEpochMs,
    });
  }

  #mortalEngine(): MatchingEngine {
    const { engine } = this;
    const apply: MatchingEngine["apply"] = (i32, f64, base) => {
      if (--this.#commandsToDeath < 0) throw new EngineDeath();
      engine.apply(i32, f64, base);
    };
    return Object.create(engine, { apply: { value: apply } }) as MatchingEngine;
  }

  #createKeeper(): Keeper {
    const { disk, config, shape } = this.#parts;
    const { directory, genesis } = this.recovery;
    this.#keeperEngine = takeEngine(config, SINKS);
    const { engine, outbox } = this.#keeperEngine;
    const { segmentBytes, archivesJournal } = shape;
    return new Keeper({ disk, directory, genesis, engine, outbox, segmentBytes, archivesJournal });
  }

  #onFull(gateway: number): void {
    if (gateway >= this.#eventRings.length || !this.isOpen) {
      return emptyRing(new Int32Array(this.#pooled.eventRings[gateway] as SharedArrayBuffer));
    }
    this.#isInCommand = true;
    this.#sequencer?.stalled(gateway);
    this.#parts.onStall();
  }

  /** Notes what the journal was given. */
  #listen(): void {
    const { i32, f64 } = this.#tap;
    for (let base = this.#tap.poll(); base !== EMPTY; base = this.#tap.poll()) {
      this.#parts.history.add(i32, f64, base);
    }
  }

  /** Until then nobody reads what the engine tells. */
  #openOnceClosed(): void {
    for (const ring of this.#eventRings) emptyRing(new Int32Array(ring));
    if (this.#watch.lostGateways !== 0) return;
    const { clock, history, onEvent } = this.#parts;
    for (const [gateway, commandRing] of this.#commandRings.entries()) {
      const laneParts = {
        engine: 0,
        commandRing,
        eventRing: this.#eventRings[gateway] as SharedArrayBuffer,
        engineDoorbell: doorbell,
        durableSequence: this.#durable,
        startsAfter: history.sequence,
      };
      this.gateways.push(new SimGateway(new LedgerLine(gateway, history.sequence), laneParts, clock.nowMs, onEvent));
    }
  }
}
