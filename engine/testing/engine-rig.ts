/** A matching engine with its rings on one thread: commands go in as named values, events come out per gateway. */
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { RECORD_BYTES } from "../../protocol/record/command-record.ts";
import type { Lots, Ticks } from "../../protocol/units.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import type { EngineConfig, Instrument } from "../engine-config.ts";
import { EventOutbox } from "../event-outbox.ts";
import { type MatchingEngine, createMatchingEngine } from "../matching-engine.ts";
import { type CommandFields, writeCommand } from "./command-fields.ts";
import { type EventFields, readEvent } from "./event-fields.ts";

export function instrumentOf(instrumentId: number, maxPrice = MAX_INT32, maxOrderQty = 1_000_000): Instrument {
  return {
    instrumentId,
    symbol: `I${instrumentId}`,
    priceDecimals: 2,
    tickSize: 1,
    qtyDecimals: 0,
    lotSize: 1,
    maxPrice: maxPrice as Ticks,
    maxOrderQty: maxOrderQty as Lots,
    engine: 0,
  };
}

export const SMALL_ENGINE: EngineConfig = {
  engineIndex: 0,
  gatewayCount: 1,
  maxOpenOrders: 64,
  maxEndedOrders: 64,
  maxPriceLevels: 64,
  maxSessions: 8,
  instruments: [instrumentOf(1), instrumentOf(2)],
};

export class EngineRig {
  readonly engine: MatchingEngine;
  readonly outbox: EventOutbox;
  readonly #consumers: readonly RingConsumer[];
  /** Events of the current command, per gateway. */
  readonly #events: EventFields[][];
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;

  /** @param ringSlots Few slots make the engine stall, which must not change what comes out. */
  constructor(config: EngineConfig, ringSlots = 256) {
    const rings = Array.from({ length: config.gatewayCount }, () => createRing(ringSlots));
    const record = new ArrayBuffer(RECORD_BYTES);
    this.outbox = new EventOutbox(rings, (gateway) => this.#drain(gateway));
    this.engine = createMatchingEngine(config, this.outbox);
    this.#consumers = rings.map((ring) => new RingConsumer(ring));
    this.#events = rings.map(() => []);
    this.#i32 = new Int32Array(record);
    this.#f64 = new Float64Array(record);
  }

  /** @returns the events of this command, index = gateway. */
  apply(command: CommandFields): EventFields[][] {
    writeCommand(command, this.#i32, this.#f64, 0);
    this.engine.apply(this.#i32, this.#f64, 0);
    this.outbox.publish();
    return this.#events.map((events, gateway) => {
      this.#drain(gateway);
      return events.splice(0);
    });
  }

  #drain(gateway: number): void {
    const consumer = this.#consumers[gateway] as RingConsumer;
    for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) {
      this.#events[gateway]?.push(readEvent(consumer.i32, consumer.f64, base));
    }
    consumer.release();
  }
}
