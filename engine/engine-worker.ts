/**
 * Entry of an engine's worker thread. Its loop never returns to the event loop while the venue runs, so it is told to
 * stop through shared memory, not by a message.
 *
 *   recover from files ─► started ─► sequencer's loop ─► stopped ─► save a snapshot when told to
 */
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../protocol/assert.ts";
import { DurableSequenceWriter } from "../protocol/durable-sequence.ts";
import { MAX_GATEWAYS } from "../protocol/limits.ts";
import { OperatingError } from "../protocol/operating-error.ts";
import { DoorbellRinger, DoorbellSleeper } from "../protocol/ring/doorbell.ts";
import { RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { createRing, emptyRing } from "../protocol/ring/ring-layout.ts";
import { alignClock } from "../protocol/telemetry/clock.ts";
import { CounterWriter } from "../protocol/telemetry/counters.ts";
import { RuntimeProbe } from "../protocol/telemetry/runtime-probe.ts";
import { EngineControl } from "./engine-control.ts";
import type { EngineNews, EngineRecovery, EngineWorkerData, SaveOrder } from "./engine-thread.ts";
import { EventOutbox } from "./event-outbox.ts";
import { JournalFeed, skipHanded } from "./journal/journal-feed.ts";
import { type Recovery, recoverEngine } from "./journal/recovery.ts";
import { writeSnapshot } from "./journal/snapshot-file.ts";
import { type MatchingEngine, createMatchingEngine } from "./matching-engine.ts";
import { MAX_BATCH, Sequencer } from "./sequencer.ts";
import { codeOf } from "./storage/disk.ts";
import { diskProblem } from "./storage/disk-problem.ts";
import { fileDisk } from "./storage/file-disk.ts";

/** Unwinds a command whose events nobody will read: every gateway is gone. */
const STOPPED_IN_COMMAND = new Error("stopped while an event ring was full");

/** For events to gateways that an earlier start of the venue had and this one has not. Nobody reads them. */
const SINK_SLOTS = 64;

assert(parentPort !== null, "the engine runs in a worker thread");
const port = parentPort;
const data = workerData as EngineWorkerData;

function tell(news: EngineNews): void {
  port.postMessage(news);
}

class EngineThread {
  readonly #control = new EngineControl(data.control);
  readonly #gateways = data.gatewayDoorbells.map((buffer) => new DoorbellRinger(buffer));
  readonly #outbox: EventOutbox;
  readonly #engine: MatchingEngine;
  readonly #recovery: Recovery | undefined;
  readonly #sequencer: Sequencer;

  constructor() {
    const sinks = data.storage === undefined ? 0 : MAX_GATEWAYS - data.eventRings.length;
    const rings = [...data.eventRings, ...Array.from({ length: sinks }, () => createRing(SINK_SLOTS))];
    this.#outbox = new EventOutbox(rings, (gateway) => this.#onFull(gateway, rings));
    this.#engine = createMatchingEngine(data.config, this.#outbox);
    this.#recovery = this.#recover();
    this.#sequencer = this.#createSequencer();
  }

  start(): void {
    tell({ type: "started", ...(this.#recovery && { recovery: this.#report(this.#recovery) }) });
  }

  /** Returns when the venue stops. */
  run(): void {
    try {
      this.#sequencer.run();
    } catch (error) {
      if (error !== STOPPED_IN_COMMAND) throw error;
    }
    tell({ type: "stopped" });
  }

  /** Once everything is durable. */
  save({ crc, epoch }: SaveOrder): void {
    if (this.#recovery === undefined) return;
    const startedAt = performance.now();
    const { directory, genesis } = this.#recovery;
    const point = { sequence: this.#engine.sequence, time: this.#engine.time, crc, epoch };
    const isNew = point.sequence > 0 && !directory.snapshotSequences(fileDisk).includes(point.sequence);
    const bytes = isNew ? writeSnapshot(fileDisk, directory, genesis.id, point, this.#engine) : 0;
    tell({ type: "saved", sequence: point.sequence, bytes, elapsedMs: performance.now() - startedAt });
  }

  #recover(): Recovery | undefined {
    if (data.storage === undefined) return undefined;
    this.#control.setPublished(0);
    return recoverEngine({
      disk: fileDisk,
      dataDirectory: data.storage.dataDirectory,
      config: data.config,
      engine: this.#engine,
      outbox: this.#outbox,
      tellFrom: data.tellFrom ?? Infinity,
      onCommand: (sequence) => {
        this.#control.beat();
        this.#control.setApplying(sequence);
      },
    });
  }

  #createSequencer(): Sequencer {
    const commandRings = data.commandRings.map((buffer) => new RingConsumer(buffer));
    if (data.tellFrom !== undefined) skipHanded(commandRings, data.journalRing, MAX_BATCH * commandRings.length);
    const end = this.#recovery?.end;
    return new Sequencer({
      commandRings,
      gateways: this.#gateways,
      outbox: this.#outbox,
      engine: this.#engine,
      journal: data.storage === undefined ? "nobody" : new JournalFeed(data.journalRing, data.journalerDoorbell),
      durable: new DurableSequenceWriter(data.durableSequence),
      control: this.#control,
      start: { sequence: end?.sequence ?? 0, timeUs: end?.time ?? 0 },
      counters: new CounterWriter(data.counters),
      probe: new RuntimeProbe(data.runtime),
      sleeper: new DoorbellSleeper(data.doorbell),
      waitStrategy: data.waitStrategy,
    });
  }

  #onFull(gateway: number, rings: readonly SharedArrayBuffer[]): void {
    if (gateway >= data.eventRings.length) return emptyRing(new Int32Array(rings[gateway] as SharedArrayBuffer));
    // While it is being replayed there is no sequencer yet.
    if (this.#sequencer === undefined) this.#gateways[gateway]?.ring();
    else if (!this.#sequencer.stalled(gateway)) throw STOPPED_IN_COMMAND;
  }

  #report({ end, genesis, torn, badSnapshots, ...rest }: Recovery): EngineRecovery {
    const { snapshotSequence, replayedCommands, quarantinedCommands, elapsedMs } = rest;
    const warnings = [
      ...badSnapshots.map(({ path, problem }) => `${path} was not used: ${problem}; the one before it was`),
      ...(torn === undefined ? [] : [tornLine(torn)]),
    ];
    return {
      end,
      genesis: genesis.id,
      snapshotSequence,
      replayedCommands,
      quarantinedCommands,
      warnings,
      elapsedMs,
      openOrders: this.#engine.openOrderCount,
      instruments: this.#engine.instruments(),
    };
  }
}

function tornLine({ path, offset, bytes, records }: NonNullable<Recovery["torn"]>): string {
  const whole = records === 0 ? "" : `, ${records} whole records among them,`;
  return `${path} was cut at byte ${offset}: ${bytes} bytes${whole} were being written when the venue stopped and were acknowledged to nobody`;
}

function startThread(): EngineThread | undefined {
  try {
    return new EngineThread();
  } catch (error) {
    if (error instanceof OperatingError) tell({ type: "startFailed", message: error.message });
    else if (codeOf(error) !== "" && data.storage !== undefined) {
      tell({ type: "startFailed", message: diskProblem(data.storage.dataDirectory, error) });
    } else throw error;
    return undefined;
  }
}

alignClock(data.clockOriginMs);
const thread = startThread();
if (thread !== undefined) {
  thread.start();
  thread.run();
  if (data.storage !== undefined) {
    port.once("message", (order: SaveOrder) => thread.save(order));
  }
}
