/**
 * One side of the ring stress test. Each word of a message is derived from the message's number, so a slot that is read
 * too early, overwritten too early, torn, repeated or skipped shows in the word where it happened.
 */
import { workerData } from "node:worker_threads";
import { DoorbellRinger, DoorbellSleeper } from "./doorbell.ts";
import { EMPTY, RingConsumer } from "./ring-consumer.ts";
import { FULL, RingProducer } from "./ring-producer.ts";
import { IdleStrategy } from "./wait-strategy.ts";

export interface StressTask {
  readonly role: "produce" | "consume" | "consumeParking";
  /** A producer has one. */
  readonly rings: readonly SharedArrayBuffer[];
  readonly doorbell: SharedArrayBuffer;
  /** Float64 0: messages that the consumer has verified. */
  readonly progress: SharedArrayBuffer;
  readonly messageCount: number;
  /** Batches have 1 … this many messages. */
  readonly maxBatch: number;
  /** The producer sends a batch only when the one before it was released: no later ring makes up for a lost one. */
  readonly lockstep: boolean;
  readonly seed: number;
}

const WORDS = 32;
const SPINS_BEFORE_NAP = 2000;
const NAP_MS = 0.05;
const MAX_PAUSE_TURNS = 2000;
/** Longer than the watchdog waits: a lost wake-up is not healed by a timeout. */
const FOREVER_MS = 600_000;

const task = workerData as StressTask;
const napWord = new Int32Array(new SharedArrayBuffer(4));
let spins = 0;

/** Where the machine has fewer free cores than threads, spinning alone would wait for the scheduler's next tick. */
function backOff(): void {
  if (++spins < SPINS_BEFORE_NAP) return;
  spins = 0;
  // Nobody notifies this word: only the timeout is wanted.
  Atomics.wait(napWord, 0, 0, NAP_MS);
}

let randomState = task.seed | 1;
/** 0 … bound − 1, from a 32-bit xorshift generator. */
function random(bound: number): number {
  randomState ^= randomState << 13;
  randomState ^= randomState >>> 17;
  randomState ^= randomState << 5;
  return (randomState >>> 0) % bound;
}

function firstWord(message: number): number {
  return Math.imul(message + 1, 0x9e3779b1);
}
const WORD_STEP = 0x85ebca6b | 0;

function produce(ring: SharedArrayBuffer): void {
  const producer = new RingProducer(ring);
  const doorbell = new DoorbellRinger(task.doorbell);
  let message = 0;
  while (message < task.messageCount) {
    const batchEnd = Math.min(message + 1 + random(task.maxBatch), task.messageCount);
    while (message < batchEnd) {
      const base = producer.claim();
      if (base === FULL) {
        producer.publish();
        doorbell.ring();
        backOff();
        continue;
      }
      writeMessage(producer.i32, base, message++);
    }
    producer.publish();
    doorbell.ring();
    if (task.lockstep) awaitConsumer(producer);
  }
}

/** Until the batch is released, and then for a moment in which the consumer gets anywhere up to being asleep. */
function awaitConsumer(producer: RingProducer): void {
  while (producer.freeCount() < producer.slotCount) backOff();
  const turns = random(MAX_PAUSE_TURNS);
  for (let turn = 0; turn < turns; turn++) producer.freeCount(); // Only the time it takes is wanted.
}

function writeMessage(words: Int32Array, base: number, message: number): void {
  let word = firstWord(message);
  for (let i = 0; i < WORDS; i++) {
    words[base + i] = word;
    word = (word + WORD_STEP) | 0;
  }
}

function verifyMessage(words: Int32Array, base: number, message: number): void {
  let expected = firstWord(message);
  let differences = 0;
  for (let i = 0; i < WORDS; i++) {
    differences |= (words[base + i] as number) ^ expected;
    expected = (expected + WORD_STEP) | 0;
  }
  if (differences !== 0) throw new Error(`message ${message} is damaged: ${words.slice(base, base + WORDS).join(" ")}`);
}

class Verifier {
  readonly #consumer: RingConsumer;
  #received = 0;

  constructor(ring: SharedArrayBuffer) {
    this.#consumer = new RingConsumer(ring);
  }

  get hasWork(): boolean {
    return this.#consumer.peek() !== EMPTY;
  }

  /** Verifies up to `limit` messages and gives their slots back. */
  receive(limit: number): number {
    const start = this.#received;
    while (this.#received - start < limit) {
      const base = this.#consumer.poll();
      if (base === EMPTY) break;
      verifyMessage(this.#consumer.i32, base, this.#received++);
    }
    if (this.#received > start) this.#consumer.release();
    return this.#received - start;
  }
}

function consume(idle: (workCount: number) => void, verifiers: readonly Verifier[]): void {
  const progress = new Float64Array(task.progress);
  const expected = task.messageCount * verifiers.length;
  let total = 0;
  while (total < expected) {
    let workCount = 0;
    for (const verifier of verifiers) workCount += verifier.receive(1 + random(task.maxBatch));
    total += workCount;
    progress[0] = total;
    idle(workCount);
  }
}

function parkWhenIdle(verifiers: readonly Verifier[]): (workCount: number) => void {
  const idleStrategy = new IdleStrategy({
    strategy: "park",
    sleeper: new DoorbellSleeper(task.doorbell),
    hasWork: () => verifiers.some((verifier) => verifier.hasWork),
    hasUnread: () => false,
    maxSleepMs: () => FOREVER_MS,
    now: () => 0,
  });
  const expected = task.messageCount * verifiers.length;
  let total = 0;
  return (workCount) => {
    total += workCount;
    if (total < expected) idleStrategy.idle(workCount);
  };
}

function backOffWhenIdle(workCount: number): void {
  if (workCount === 0) backOff();
}

if (task.role === "produce") {
  for (const ring of task.rings) produce(ring);
} else {
  const verifiers = task.rings.map((ring) => new Verifier(ring));
  consume(task.role === "consumeParking" ? parkWhenIdle(verifiers) : backOffWhenIdle, verifiers);
}
