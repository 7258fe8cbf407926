/**
 * The ways out of an engine: one event ring per gateway. An event is written in place in a claimed slot, and handed over
 * together with all others when the sequencer publishes.
 *
 * Rules:
 *  1. A claimed slot is written completely before the next claim, in whatever ring: a claim that finds its ring full
 *     publishes everything, and then waits. The engine stalls then, and no event is lost.
 *  2. Published slots are the gateway's. The stamped event is forgotten with the publication, written to or not.
 */
import { assert } from "../protocol/assert.ts";
import { MAX_GATEWAYS } from "../protocol/limits.ts";
import { FULL, RingProducer } from "../protocol/ring/ring-producer.ts";
import { NONE } from "./orders/order-record.ts";

export class EventOutbox {
  /** Index = gateway. For writing into claimed slots. */
  readonly rings: readonly RingProducer[];
  readonly #onFull: (gateway: number) => void;
  /** Bit per gateway whose ring has slots that are claimed and not published. */
  #pending: number;
  #stampedGateway: number;
  #stampedBase: number;
  #isMuted: boolean;

  /**
   * @param rings Index = gateway.
   * @param onFull Called over and over while a ring is full: wakes the gateway, or lets the thread rest for a moment.
   */
  constructor(rings: readonly SharedArrayBuffer[], onFull: (gateway: number) => void) {
    assert(rings.length >= 1 && rings.length <= MAX_GATEWAYS, "an engine serves 1 to 16 gateways");
    this.rings = rings.map((ring) => new RingProducer(ring));
    this.#onFull = onFull;
    this.#pending = 0;
    this.#stampedGateway = NONE;
    this.#stampedBase = NONE;
    this.#isMuted = false;
  }

  /** From now on events are made and thrown away: their commands are replayed, and whoever they are for has them. */
  mute(): void {
    this.#isMuted = true;
  }

  /** Between two commands. */
  unmute(): void {
    this.publish();
    this.#isMuted = false;
  }

  /** Bit per gateway that has events which are neither published nor thrown away yet. */
  get pendingGateways(): number {
    return this.#pending;
  }

  /** Where the event of the current command is that carries the stage times; NONE (−1) when there is none to fill in. */
  get stampedGateway(): number {
    return this.#stampedGateway;
  }

  /** Index into `i32Of(stampedGateway)`, or NONE (−1). */
  get stampedBase(): number {
    return this.#stampedBase;
  }

  /** The ring of a gateway, for writing into claimed slots. */
  ringOf(gateway: number): RingProducer {
    return this.rings[gateway] as RingProducer;
  }

  i32Of(gateway: number): Int32Array {
    return this.ringOf(gateway).i32;
  }

  f64Of(gateway: number): Float64Array {
    return this.ringOf(gateway).f64;
  }

  /** Base of a slot that is the caller's until the next claim or publish. It holds what was last in it. */
  claim(gateway: number): number {
    const base = this.ringOf(gateway).claim();
    if (base === FULL) return this.#claimWhenFull(gateway);
    this.#pending |= 1 << gateway;
    return base;
  }

  publish(): void {
    let pending = this.#pending;
    while (pending !== 0) {
      const gateway = 31 - Math.clz32(pending);
      if (this.#isMuted) this.ringOf(gateway).discard();
      else this.ringOf(gateway).publish();
      pending ^= 1 << gateway;
    }
    this.#pending = 0;
    this.forgetStamped();
  }

  /** Whether a gateway has not taken all events that were published to it. */
  hasUnread(): boolean {
    for (let gateway = 0; gateway < this.rings.length; gateway++) {
      const ring = this.ringOf(gateway);
      if (ring.freeCount() !== ring.slotCount) return true;
    }
    return false;
  }

  /** The event at `base` is complete but for the stage times that are only known after the command. */
  rememberStamped(gateway: number, base: number): void {
    this.#stampedGateway = gateway;
    this.#stampedBase = base;
  }

  forgetStamped(): void {
    this.#stampedGateway = NONE;
    this.#stampedBase = NONE;
  }

  #claimWhenFull(gateway: number): number {
    this.publish();
    for (;;) {
      if (!this.#isMuted) this.#onFull(gateway);
      const base = this.ringOf(gateway).claim();
      if (base !== FULL) {
        this.#pending |= 1 << gateway;
        return base;
      }
    }
  }
}
