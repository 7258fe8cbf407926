/**
 * The engine's thread with its sequencer, as in a venue, and a gateway's part played by the same thread: commands are written into
 * the command ring a batch at a time, and only the sequencer's passes over them are timed. So what journaling costs the engine
 * can be told from what it waits for.
 *
 *   write 1,024 commands ─► wait for room in the journal ring, and for the reader ─► time: sequence, hand over, apply, publish
 */
import { EngineControl, createEngineControl } from "../../engine/engine-control.ts";
import { ENGINE_COUNTERS } from "../../engine/engine-counters.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import { JournalFeed } from "../../engine/journal/journal-feed.ts";
import { type MatchingEngine, createMatchingEngine } from "../../engine/matching-engine.ts";
import { Sequencer } from "../../engine/sequencer.ts";
import {
  DurableSequenceReader,
  DurableSequenceWriter,
  createDurableSequence,
} from "../../protocol/durable-sequence.ts";
import { CommandKind } from "../../protocol/record/command-record.ts";
import { DoorbellRinger, DoorbellSleeper, createDoorbell } from "../../protocol/ring/doorbell.ts";
import { RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing, emptyRing } from "../../protocol/ring/ring-layout.ts";
import { RingProducer } from "../../protocol/ring/ring-producer.ts";
import { NS_PER_MS, nowMs } from "../../protocol/telemetry/clock.ts";
import { CounterWriter, createCounterPage } from "../../protocol/telemetry/counters.ts";
import { RuntimeProbe, createRuntimePage } from "../../protocol/telemetry/runtime-probe.ts";
import { type BenchCommand, writeBenchCommand } from "../feed/bench-command.ts";
import type { SequencedPass, SequencedResult, SequencedTask } from "../feed/bench-task.ts";
import type { CommandColumns } from "../feed/command-columns.ts";
import { type Destination, writeRow } from "../feed/engine-feed.ts";
import { END_OF_PASS } from "../feed/event-drain.ts";
import { spread } from "../ratio.ts";

/** Their events fit into the event ring. */
const BATCH = 1024;
const COMMAND_RING_SLOTS = 2 * BATCH;
const MS_PER_SECOND = 1000;

export function runSequenced(task: SequencedTask): SequencedResult {
  const run = new SequencedRun(task);
  const passes = Array.from({ length: task.passCount }, (_, pass) =>
    run.pass(task.columns, { session: pass, instrumentId: pass + 1 }),
  );
  return { passes, ...run.state };
}

class SequencedRun {
  readonly #commands: RingProducer;
  readonly #outbox: EventOutbox;
  readonly #eventControl: Int32Array;
  readonly #hasReader: boolean;
  readonly #engine: MatchingEngine;
  readonly #journal: JournalFeed | undefined;
  readonly #durable: DurableSequenceReader;
  readonly #sequencer: Sequencer;
  /** Of the batches of this pass. */
  #ownNs: number[] = [];

  constructor({ config, eventRing, hasReader, journal }: SequencedTask) {
    const commandRing = createRing(COMMAND_RING_SLOTS);
    const durableSequence = journal?.durableSequence ?? createDurableSequence();
    this.#commands = new RingProducer(commandRing);
    this.#eventControl = new Int32Array(eventRing);
    this.#hasReader = hasReader;
    this.#outbox = new EventOutbox([eventRing], () => this.#throwEventsAway());
    this.#engine = createMatchingEngine(config, this.#outbox);
    this.#journal = journal && new JournalFeed(journal.ring, journal.journalerDoorbell);
    this.#durable = new DurableSequenceReader(durableSequence);
    this.#sequencer = new Sequencer({
      commandRings: [new RingConsumer(commandRing)],
      gateways: [new DoorbellRinger(createDoorbell())],
      outbox: this.#outbox,
      engine: this.#engine,
      journal: this.#journal ?? "nobody",
      durable: new DurableSequenceWriter(durableSequence),
      control: new EngineControl(createEngineControl()),
      start: { sequence: 0, timeUs: 0 },
      counters: new CounterWriter(createCounterPage(ENGINE_COUNTERS.length)),
      probe: new RuntimeProbe(createRuntimePage()),
      sleeper: new DoorbellSleeper(createDoorbell()),
      waitStrategy: "spin",
    });
  }

  get state(): Pick<SequencedResult, "sequence" | "stateHash"> {
    return { sequence: this.#engine.sequence, stateHash: this.#engine.stateHash() };
  }

  pass(columns: CommandColumns, destination: Destination): SequencedPass {
    this.#send({ kind: CommandKind.OpenSession, name: `bench${destination.session}` });
    this.#send({ kind: CommandKind.FollowBook, instrumentId: destination.instrumentId });
    this.#untilDurable();
    this.#ownNs = [];
    const startedAt = nowMs();
    for (let from = 0; from < columns.count; from += BATCH) {
      this.#feed(columns, destination, from, Math.min(from + BATCH, columns.count));
    }
    this.#untilDurable();
    const seconds = (nowMs() - startedAt) / MS_PER_SECOND;
    const ownNsPerCommand = spread(this.#ownNs).median;
    this.#send({ kind: CommandKind.MassCancel, session: destination.session, clientOrderId: END_OF_PASS });
    this.#untilDurable();
    return { commandCount: columns.count, ownNsPerCommand, seconds };
  }

  #feed(columns: CommandColumns, { session, instrumentId }: Destination, from: number, to: number): void {
    const { i32, f64 } = this.#commands;
    for (let row = from; row < to; row++) {
      writeRow(columns, row, session, instrumentId, i32, f64, this.#commands.claim());
    }
    this.#commands.publish();
    this.#apply(to - from);
  }

  #send(command: BenchCommand): void {
    writeBenchCommand(command, this.#commands.i32, this.#commands.f64, this.#commands.claim());
    this.#commands.publish();
    this.#apply(1);
  }

  #apply(count: number): void {
    this.#awaitOthers(count);
    const startedAt = nowMs();
    for (let taken = 0; taken < count;) taken += this.#sequencer.pass();
    this.#ownNs.push(((nowMs() - startedAt) * NS_PER_MS) / count);
  }

  /** Nothing that follows has to wait for the journaler or for the reader. */
  #awaitOthers(count: number): void {
    if (this.#hasReader) while (this.#outbox.hasUnread());
    else emptyRing(this.#eventControl);
    if (this.#journal !== undefined) while (this.#journal.room() < count);
  }

  #untilDurable(): void {
    while (!this.#durable.covers(this.#engine.sequence));
  }

  #throwEventsAway(): void {
    if (!this.#hasReader) emptyRing(this.#eventControl);
  }
}
