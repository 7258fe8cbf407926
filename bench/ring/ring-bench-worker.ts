/** One thread of the ring benchmark; which one, the task says. */
import { workerData } from "node:worker_threads";
import { AssertionError } from "../../protocol/assert.ts";
import { DoorbellRinger, DoorbellSleeper } from "../../protocol/ring/doorbell.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { FULL, RingProducer } from "../../protocol/ring/ring-producer.ts";
import { IdleStrategy } from "../../protocol/ring/wait-strategy.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";
import { HistogramWriter } from "../../protocol/telemetry/latency-histogram.ts";
import type { Leg, PingPongTask, RingBenchTask, ThroughputTask } from "./ring-bench-task.ts";

const WORDS = 32;
/** The consumer takes what is there, but gives slots back after so many, so that the producer does not run dry. */
const MAX_RELEASE = 256;
/** Before the measured part, uncounted, so that both threads' code is compiled: this part of its length. */
const WARM_UP_SHARE = 0.1;

function produce(task: ThroughputTask): void {
  const producer = new RingProducer(task.ring);
  produceRound(producer, task.messageCount * WARM_UP_SHARE, task.batch);
  for (let round = 0; round < task.rounds; round++) {
    while (producer.freeCount() < producer.slotCount);
    produceRound(producer, task.messageCount, task.batch);
  }
}

function produceRound(producer: RingProducer, messageCount: number, batch: number): void {
  let inBatch = 0;
  for (let message = 0; message < messageCount; message++) {
    let base = producer.claim();
    while (base === FULL) {
      producer.publish();
      base = producer.claim();
    }
    writeMessage(producer.i32, base, message);
    if (++inBatch === batch) {
      producer.publish();
      inBatch = 0;
    }
  }
  producer.publish();
}

function writeMessage(words: Int32Array, base: number, message: number): void {
  for (let i = 0; i < WORDS; i++) words[base + i] = message + i;
}

function consume(task: ThroughputTask): void {
  const consumer = new RingConsumer(task.ring);
  const elapsedMs = new Float64Array(task.elapsedMs);
  consumeRound(consumer, task.messageCount * WARM_UP_SHARE);
  for (let round = 0; round < task.rounds; round++) elapsedMs[round] = consumeRound(consumer, task.messageCount);
}

/** Answers how long it took, from the first message on. Throws when the bytes are not those that were written. */
function consumeRound(consumer: RingConsumer, messageCount: number): number {
  while (consumer.peek() === EMPTY);
  const start = nowMs();
  let checksum = 0;
  let received = 0;
  while (received < messageCount) {
    let inBatch = 0;
    while (inBatch < MAX_RELEASE) {
      const base = consumer.poll();
      if (base === EMPTY) break;
      checksum = (checksum + sumOfMessage(consumer.i32, base)) | 0;
      inBatch++;
    }
    if (inBatch > 0) consumer.release();
    received += inBatch;
  }
  const elapsed = nowMs() - start;
  if (checksum !== expectedChecksum(messageCount)) throw new AssertionError("the messages arrive as they were written");
  return elapsed;
}

function sumOfMessage(words: Int32Array, base: number): number {
  let sum = 0;
  for (let i = 0; i < WORDS; i++) sum = (sum + (words[base + i] as number)) | 0;
  return sum;
}

/** Sum over all messages m and words i of m + i, as int32. */
function expectedChecksum(messageCount: number): number {
  const sumOfWords = (WORDS * (WORDS - 1)) / 2;
  let checksum = 0;
  for (let message = 0; message < messageCount; message++) checksum = (checksum + message * WORDS + sumOfWords) | 0;
  return checksum;
}

/** Sending on one leg and waiting on the other, as a worker of the venue does. */
class PingPongPeer {
  readonly #producer: RingProducer;
  readonly #ringer: DoorbellRinger;
  readonly #consumer: RingConsumer;
  readonly #idleStrategy: IdleStrategy;

  constructor(task: PingPongTask, outgoing: Leg, incoming: Leg) {
    this.#producer = new RingProducer(outgoing.ring);
    this.#ringer = new DoorbellRinger(outgoing.doorbell);
    const consumer = new RingConsumer(incoming.ring);
    this.#consumer = consumer;
    this.#idleStrategy = new IdleStrategy({
      strategy: task.strategy,
      sleeper: new DoorbellSleeper(incoming.doorbell),
      hasWork: () => consumer.peek() !== EMPTY,
      hasUnread: () => false,
      maxSleepMs: () => 1000,
      now: nowMs,
    });
  }

  send(): void {
    this.#producer.claim();
    this.#producer.publish();
    this.#ringer.ring();
  }

  receive(): void {
    while (this.#consumer.poll() === EMPTY) this.#idleStrategy.idle(0);
    this.#consumer.release();
    this.#idleStrategy.idle(1);
  }
}

function ping(task: PingPongTask): void {
  const peer = new PingPongPeer(task, task.there, task.back);
  const latency = new HistogramWriter(task.histogram);
  const pauseWord = new Int32Array(new SharedArrayBuffer(4));
  for (let trip = -Math.ceil(task.count * WARM_UP_SHARE); trip < task.count; trip++) {
    // Nobody notifies this word: only the timeout is wanted.
    if (task.pauseMs > 0) Atomics.wait(pauseWord, 0, 0, task.pauseMs);
    const start = nowMs();
    peer.send();
    peer.receive();
    if (trip >= 0) latency.record((nowMs() - start) * 1e6);
  }
}

function pong(task: PingPongTask): void {
  const peer = new PingPongPeer(task, task.back, task.there);
  for (let trip = -Math.ceil(task.count * WARM_UP_SHARE); trip < task.count; trip++) {
    peer.receive();
    peer.send();
  }
}

const task = workerData as RingBenchTask;
switch (task.role) {
  case "produce":
    produce(task);
    break;
  case "consume":
    consume(task);
    break;
  case "ping":
    ping(task);
    break;
  case "pong":
    pong(task);
    break;
}
