/**
 * A matching engine with its rings on one thread, told by its bytes: what replay, standby and audit compare. EngineRig tells the
 * same events by their fields.
 */
import { RECORD_BYTES } from "../../protocol/record/command-record.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import type { EngineConfig } from "../engine-config.ts";
import { EventOutbox } from "../event-outbox.ts";
import { type MatchingEngine, createMatchingEngine } from "../matching-engine.ts";
import { type CommandFields, writeCommand } from "./command-fields.ts";

export class ByteRig {
  readonly engine: MatchingEngine;
  readonly #outbox: EventOutbox;
  readonly #consumers: readonly RingConsumer[];
  /** Events of the current command, gateway by gateway. */
  readonly #events: string[];
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;

  constructor(config: EngineConfig, ringSlots = 256) {
    const rings = Array.from({ length: config.gatewayCount }, () => createRing(ringSlots));
    const record = new ArrayBuffer(RECORD_BYTES);
    this.#consumers = rings.map((ring) => new RingConsumer(ring));
    this.#events = rings.map(() => "");
    this.#outbox = new EventOutbox(rings, (gateway) => this.#drain(gateway));
    this.engine = createMatchingEngine(config, this.#outbox);
    this.#i32 = new Int32Array(record);
    this.#f64 = new Float64Array(record);
  }

  /** @returns every byte of the events of this command, gateway by gateway. */
  apply(command: CommandFields): string {
    writeCommand(command, this.#i32, this.#f64, 0);
    this.engine.apply(this.#i32, this.#f64, 0);
    this.#outbox.publish();
    for (let gateway = 0; gateway < this.#consumers.length; gateway++) this.#drain(gateway);
    const bytes = this.#events.join("|");
    this.#events.fill("");
    return bytes;
  }

  #drain(gateway: number): void {
    const consumer = this.#consumers[gateway] as RingConsumer;
    for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) {
      this.#events[gateway] += Buffer.from(consumer.i32.buffer, base * 4, RECORD_BYTES).toString("latin1");
    }
    consumer.release();
  }
}
