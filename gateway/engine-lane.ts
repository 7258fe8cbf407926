import { MAX_INT32 } from "../protocol/limits.ts";
import { DurableSequenceReader } from "../protocol/durable-sequence.ts";
import {
  CMD_FLAGS,
  CMD_GATEWAY_IN_NS,
  CMD_RECEIVED_AT,
  CMD_SESSION,
  CommandFlag,
} from "../protocol/record/command-record.ts";
import { EVT_HEAD, EVT_SEQUENCE, EVT_SESSION, EventKind, NO_SESSION } from "../protocol/record/event-record.ts";
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
  /** The engine is past this command: what it may tell of it, or of those before it, is not for the sessions of this thread. */
  readonly startsAfter: number;
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
  /** Of the last event that was taken: its command, and how many events of that command to one receiver have been taken. */
  #lastSequence: number;
  #lastCount = Infinity;
  #isCatchingUp = false;
  /** While catching up: events of the last command that are still to come a second time. */
  #repeatsLeft = 0;
  /** Bases of the claimed slots; at most PUBLISH_EVERY. */
  readonly #unpublished = new Int32Array(PUBLISH_EVERY);

  constructor(parts: EngineLaneParts) {
    this.engine = parts.engine;
    this.#lastSequence = parts.startsAfter;
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

  /** Moves on behind the event at `base`, which was taken. */
  nextEvent(base: number): void {
    this.#engineWasAsleep = false;
    const sequence = this.events.f64[(base >> 1) + EVT_SEQUENCE] as number;
    if (sequence !== this.#lastSequence) {
      this.#lastSequence = sequence;
      this.#lastCount = 0;
    }
    if (isAddressed(this.events.i32, base)) this.#lastCount++;
    this.events.poll();
  }

  /** Moves on behind an event that was taken before. */
  skipEvent(): void {
    this.#engineWasAsleep = false;
    this.events.poll();
  }

  /** Of everything before this command all events were taken; of itself perhaps some. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /**
   * From now on the engine is another one, which tells again what came of the last command, and perhaps of some before it.
   *
   * @param published Up to this command the engine that is gone had published everything.
   */
  expectRepeats(published: number): void {
    const base = this.events.peek();
    this.#haveHeard(base === EMPTY ? published : (this.events.f64[(base >> 1) + EVT_SEQUENCE] as number) - 1);
    // What was not taken, as it was not durable in time, comes again as well.
    while (this.events.poll() !== EMPTY);
    this.events.release();
    this.#isCatchingUp = true;
    this.#repeatsLeft = this.#lastCount;
  }

  /** Nothing that came of commands up to this one is missing, though the last event may be of one long before. */
  #haveHeard(sequence: number): void {
    if (sequence <= this.#lastSequence) return;
    this.#lastSequence = sequence;
    this.#lastCount = Infinity;
  }

  /** Whether the event at `base` was taken before, from the engine that was there before. Asked once per event. */
  isRepeat(base: number): boolean {
    return this.#isCatchingUp && this.#repeats(base);
  }

  #repeats(base: number): boolean {
    const sequence = this.events.f64[(base >> 1) + EVT_SEQUENCE] as number;
    const kind = (this.events.i32[base + EVT_HEAD] as number) & 0xff;
    // Books are asked for anew, and answered when everything else has been told.
    const isAnew = kind === EventKind.SnapshotLevel || kind === EventKind.SnapshotEnd;
    if (!isAnew && sequence < this.#lastSequence) return true;
    if (!isAnew && sequence === this.#lastSequence) {
      // A command makes the same events in the same order again; the public ones depend on who follows the book by now.
      if (!isAddressed(this.events.i32, base)) return true;
      if (this.#repeatsLeft-- > 0) return true;
    }
    this.#isCatchingUp = !isAnew && sequence === this.#lastSequence;
    return false;
  }

  /** Whether the engine's disk has no room for more than cancels. */
  get isStorageFull(): boolean {
    return this.#durable.isStorageFull;
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

/** Whether the event is to one receiver, and not only to whoever follows a book. */
function isAddressed(i32: Int32Array, base: number): boolean {
  const kind = (i32[base + EVT_HEAD] as number) & 0xff;
  if (kind === EventKind.ExecutionReport) return i32[base + EVT_SESSION] !== NO_SESSION;
  return (kind >= EventKind.BusinessReject && kind <= EventKind.SessionClosed) || kind === EventKind.OperatorReport;
}
