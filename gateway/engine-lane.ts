import { MAX_INT32 } from "../protocol/limits.ts";
import { DurableSequenceReader } from "../protocol/durable-sequence.ts";
import {
  CMD_FLAGS,
  CMD_GATEWAY_IN_NS,
  CMD_RECEIVED_AT,
  CMD_SESSION,
  CommandFlag,
} from "../protocol/record/command-record.ts";
import { EVT_SEQUENCE } from "../protocol/record/event-record.ts";
import { DoorbellRinger } from "../protocol/ring/doorbell.ts";
import { EMPTY, RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { HEAD, TAIL } from "../protocol/ring/ring-layout.ts";
import { FULL, RingProducer } from "../protocol/ring/ring-producer.ts";
import { NS_PER_MS, nowMs } from "../protocol/telemetry/clock.ts";
import type { CommandScratch } from "./command-scratch.ts";
import type { OrderSession } from "./session/order-session.ts";

/** After the first, this many commands share one publication: the tail's cache line travels to the engine less often. */
const PUBLISH_EVERY = 16;

/**
 * A sleeping engine is woken at the end of a turn, and within it after this many publications. Waking costs the gateway
 * microseconds, and an engine that is woken for every few commands is asleep again before the next few.
 */
const RING_EVERY = 16;

export interface EngineLaneParts {
  readonly engine: number;
  readonly commandRing: SharedArrayBuffer;
  readonly eventRing: SharedArrayBuffer;
  readonly engineDoorbell: SharedArrayBuffer;
  readonly durableSequence: SharedArrayBuffer;
}

/** One gateway's end of the two rings to one engine. */
export class EngineLane {
  readonly engine: number;
  /** Session of every handle that this engine has given to a session of this gateway. */
  readonly sessions: (OrderSession | undefined)[] = [];
  readonly events: RingConsumer;
  readonly #commands: RingProducer;
  readonly #doorbell: DoorbellRinger;
  readonly #durable: DurableSequenceReader;
  #unpublishedCount = 0;
  /** Publications since the last end of a turn. */
  #publishedThisTurn = 0;
  #engineWasAsleep = false;
  /** Bases of the claimed slots; at most PUBLISH_EVERY. */
  readonly #unpublished = new Int32Array(PUBLISH_EVERY);

  constructor(parts: EngineLaneParts) {
    this.engine = parts.engine;
    this.events = new RingConsumer(parts.eventRing);
    this.#commands = new RingProducer(parts.commandRing);
    this.#doorbell = new DoorbellRinger(parts.engineDoorbell);
    this.#durable = new DurableSequenceReader(parts.durableSequence);
  }

  /** Whether a command can be taken now. Stays true until the next send: nobody else fills this ring. */
  hasRoom(): boolean {
    return this.#commands.freeCount() > 0;
  }

  /**
   * Copies an order command into the ring. Returns false, and changes nothing, when the ring is full.
   *
   * @param receivedAt When the socket was read, ms.
   */
  send(command: CommandScratch, session: number, receivedAt: number): boolean {
    const base = this.#commands.claim();
    if (base === FULL) return false;
    this.#write(base, command, session, receivedAt);
    if (this.#publishedThisTurn === 0 || this.#unpublishedCount === PUBLISH_EVERY) this.publish();
    return true;
  }

  /**
   * Like send, for the orders of one list: the engine sees all of them at once, or there is no room for all and it sees
   * none. At most PUBLISH_EVERY.
   */
  sendTogether(commands: readonly CommandScratch[], session: number, receivedAt: number): boolean {
    this.publish();
    if (this.#commands.freeCount() < commands.length) return false;
    for (const command of commands) this.#write(this.#commands.claim(), command, session, receivedAt);
    this.publish();
    return true;
  }

  #write(base: number, command: CommandScratch, session: number, receivedAt: number): void {
    const { i32, f64 } = this.#commands;
    command.copyOrder(i32, base);
    i32[base + CMD_SESSION] = session;
    i32[base + CMD_FLAGS] = (i32[base + CMD_FLAGS] as number) | CommandFlag.Stamped;
    f64[(base >> 1) + CMD_RECEIVED_AT] = receivedAt;
    this.#unpublished[this.#unpublishedCount++] = base;
  }

  /** Like send, for a command that opens or closes something: copied whole, without stage times. */
  sendControl(command: CommandScratch): boolean {
    // What was claimed before must not stay behind a record that is published now without its times.
    this.publish();
    const base = this.#commands.claim();
    if (base === FULL) return false;
    this.#commands.i32.set(command.i32, base);
    this.#commands.publish();
    this.#ring();
    return true;
  }

  publish(): void {
    const count = this.#unpublishedCount;
    if (count === 0) return;
    const { i32, f64 } = this.#commands;
    const now = nowMs();
    for (let n = 0; n < count; n++) {
      const base = this.#unpublished[n] as number;
      const receivedAt = f64[(base >> 1) + CMD_RECEIVED_AT] as number;
      i32[base + CMD_GATEWAY_IN_NS] = Math.min((now - receivedAt) * NS_PER_MS, MAX_INT32);
    }
    this.#unpublishedCount = 0;
    this.#commands.publish();
    if (++this.#publishedThisTurn % RING_EVERY === 0) this.#ring();
  }

  /** Hands over what is left of this turn of the event loop; the next turn's first command is published at once again. */
  endTurn(): void {
    this.publish();
    if (this.#publishedThisTurn === 0) return;
    this.#publishedThisTurn = 0;
    this.#ring();
  }

  #ring(): void {
    if (this.#doorbell.ring()) this.#engineWasAsleep = true;
  }

  /** Base of the oldest event that may leave the process, or EMPTY. The event stays until {@link nextEvent}. */
  peekEvent(): number {
    const base = this.events.peek();
    if (base === EMPTY) return EMPTY;
    // The hold-back point: nothing of a command that is not durable yet gets past here.
    return this.#durable.covers(this.events.f64[(base >> 1) + EVT_SEQUENCE] as number) ? base : EMPTY;
  }

  nextEvent(): void {
    this.#engineWasAsleep = false;
    this.events.poll();
  }

  /** Whether the engine was found asleep and nothing has been heard of it since. */
  get engineWasAsleep(): boolean {
    return this.#engineWasAsleep;
  }

  /** Whether the engine still has commands of ours, or events for us. */
  isBusy(): boolean {
    // In this order: the engine publishes the events of a command before it releases the command's slot.
    const { i32 } = this.#commands;
    return Atomics.load(i32, HEAD) !== Atomics.load(i32, TAIL) || this.events.peek() !== EMPTY;
  }
}
