/**
 * An engine that was never interrupted: it applies what the journal was given, from the first command on, and tells every event of
 * each command to every gateway.
 */
import { SHORT_RECORD_WORDS, decodeRecord, encodeRecord } from "../../../protocol/journal/journal-format.ts";
import { CommandKind, RECORD_BYTES } from "../../../protocol/record/command-record.ts";
import { EMPTY, RingConsumer } from "../../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../../protocol/ring/ring-layout.ts";
import { assert } from "../../../protocol/assert.ts";
import type { EngineConfig } from "../../engine-config.ts";
import { EventOutbox } from "../../event-outbox.ts";
import { type MatchingEngine, createMatchingEngine } from "../../matching-engine.ts";
import type { Snapshot } from "../../snapshot.ts";
import { commandOf, writeCommand } from "../command-fields.ts";
import { eventText } from "./event-text.ts";

const RING_SLOTS = 256;

export class Reference {
  readonly engine: MatchingEngine;
  readonly outbox: EventOutbox;
  readonly #consumers: readonly RingConsumer[];
  /** Of the command at hand, by gateway. */
  #events: string[][];
  readonly #i32 = new Int32Array(RECORD_BYTES / 4);
  readonly #f64 = new Float64Array(this.#i32.buffer);
  readonly #recordI32 = new Int32Array(SHORT_RECORD_WORDS * 2);
  readonly #recordF64 = new Float64Array(this.#recordI32.buffer);
  readonly #beginning: Snapshot;

  constructor(config: EngineConfig) {
    const rings = Array.from({ length: config.gatewayCount }, () => createRing(RING_SLOTS));
    this.outbox = new EventOutbox(rings, (gateway) => this.#drain(gateway));
    this.engine = createMatchingEngine(config, this.outbox);
    this.#consumers = rings.map((ring) => new RingConsumer(ring));
    this.#events = rings.map(() => []);
    this.#beginning = this.engine.save();
  }

  get sequence(): number {
    return this.engine.sequence;
  }

  /** Every gateway hears of every book from now on. */
  followAll(): void {
    for (const { instrumentId } of this.engine.instruments()) {
      for (let gateway = 0; gateway < this.#consumers.length; gateway++) {
        writeCommand(commandOf({ kind: CommandKind.FollowBook, instrumentId, gateway }), this.#i32, this.#f64, 0);
        this.engine.apply(this.#i32, this.#f64, 0);
      }
    }
    this.#taken();
  }

  /** Goes back to before the first command. */
  reset(): void {
    this.engine.restore(this.#beginning);
  }

  /** Goes to where another one is. */
  takeOver(other: Reference): void {
    this.engine.restore(other.engine.save());
  }

  /** @param command A complete command record. @returns its events by gateway, as text. */
  apply(command: Int32Array): string[][] {
    this.#throughJournal(command);
    this.engine.apply(this.#i32, this.#f64, 0);
    return this.#taken();
  }

  /** As it comes out of a journal. */
  #throughJournal(command: Int32Array): void {
    const context = { epoch: 1, previous: 0, durable: 0 };
    assert(command.byteOffset === 0, "a command record begins its buffer");
    encodeRecord(command, new Float64Array(command.buffer), 0, this.#recordI32, this.#recordF64, 0, context);
    decodeRecord(this.#recordI32, this.#recordF64, 0, this.#i32, this.#f64, 0);
  }

  #taken(): string[][] {
    this.outbox.publish();
    for (let gateway = 0; gateway < this.#consumers.length; gateway++) this.#drain(gateway);
    const events = this.#events;
    this.#events = events.map(() => []);
    return events;
  }

  #drain(gateway: number): void {
    const consumer = this.#consumers[gateway] as RingConsumer;
    for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) {
      this.#events[gateway]?.push(eventText(consumer.i32, base));
    }
    consumer.release();
  }
}
