import { expect, test } from "vitest";
import { AssertionError } from "../assert.ts";
import { EMPTY, RingConsumer } from "./ring-consumer.ts";
import { createRing, ringDepth, ringSlotCount } from "./ring-layout.ts";
import { FULL, RingProducer } from "./ring-producer.ts";

function openRing(slotCount: number, startPosition = 0) {
  const buffer = createRing(slotCount, startPosition);
  return { buffer, producer: new RingProducer(buffer), consumer: new RingConsumer(buffer) };
}

/** Claims a slot and puts a number into its first word. Answers false when the ring is full. */
function write(producer: RingProducer, value: number): boolean {
  const base = producer.claim();
  if (base === FULL) return false;
  producer.i32[base] = value;
  return true;
}

function read(consumer: RingConsumer): number | undefined {
  const base = consumer.poll();
  return base === EMPTY ? undefined : consumer.i32[base];
}

test("a new ring is empty", () => {
  const { buffer, producer, consumer } = openRing(8);
  expect(consumer.peek()).toBe(EMPTY);
  expect(consumer.poll()).toBe(EMPTY);
  expect(producer.freeCount()).toBe(8);
  expect(ringDepth(new Int32Array(buffer))).toBe(0);
});

test("a claimed slot is invisible until it is published", () => {
  const { producer, consumer } = openRing(8);
  write(producer, 7);
  expect(consumer.poll()).toBe(EMPTY);
  producer.publish();
  expect(read(consumer)).toBe(7);
});

test("one publish hands over every slot claimed before it, in order", () => {
  const { producer, consumer } = openRing(8);
  for (const value of [1, 2, 3]) write(producer, value);
  producer.publish();
  expect([read(consumer), read(consumer), read(consumer), read(consumer)]).toEqual([1, 2, 3, undefined]);
});

test("a full ring answers FULL, and again, without losing a slot", () => {
  const { producer, consumer } = openRing(2);
  expect([write(producer, 1), write(producer, 2), write(producer, 3), write(producer, 4)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  producer.publish();
  expect([read(consumer), read(consumer), read(consumer)]).toEqual([1, 2, undefined]);
});

test("a polled slot stays the consumer's until release", () => {
  const { producer, consumer } = openRing(2);
  write(producer, 1);
  write(producer, 2);
  producer.publish();
  consumer.poll();
  expect(producer.claim()).toBe(FULL);
  consumer.release();
  expect(producer.claim()).not.toBe(FULL);
  expect(producer.claim()).toBe(FULL);
});

test("peek does not move on", () => {
  const { producer, consumer } = openRing(4);
  write(producer, 1);
  producer.publish();
  const base = consumer.peek();
  expect(consumer.peek()).toBe(base);
  expect(consumer.poll()).toBe(base);
  expect(consumer.peek()).toBe(EMPTY);
});

test("the consumer may write to a slot that it has polled", () => {
  const { producer, consumer } = openRing(4);
  write(producer, 1);
  producer.publish();
  const base = consumer.poll();
  consumer.i32[base + 31] = 99;
  expect(producer.i32[base + 31]).toBe(99);
});

test("the free count is what can be claimed now", () => {
  const { producer, consumer } = openRing(4);
  write(producer, 1);
  write(producer, 2);
  expect(producer.freeCount()).toBe(2);
  producer.publish();
  consumer.poll();
  consumer.release();
  expect(producer.freeCount()).toBe(3);
});

test("slots are 128 bytes apart, aligned to them, and never overlap the counters", () => {
  const { buffer, producer } = openRing(4);
  const bytes = [0, 1, 2, 3].map(() => producer.claim() * 4);
  expect(bytes).toEqual([256, 384, 512, 640]);
  expect(buffer.byteLength).toBe(768);
});

test("positions wrap from 2^31-1 to -2^31 without a gap", () => {
  const { buffer, producer, consumer } = openRing(4, 2 ** 31 - 2);
  for (let value = 0; value < 20; value += 4) {
    for (let i = 0; i < 4; i++) expect(write(producer, value + i)).toBe(true);
    expect(producer.claim()).toBe(FULL);
    producer.publish();
    expect(ringDepth(new Int32Array(buffer))).toBe(4);
    for (let i = 0; i < 4; i++) expect(read(consumer)).toBe(value + i);
    expect(consumer.poll()).toBe(EMPTY);
    consumer.release();
  }
});

test("a producer and a consumer that come later go on where the ring stands", () => {
  const { buffer, producer } = openRing(4);
  write(producer, 1);
  write(producer, 2);
  producer.publish();
  const first = new RingConsumer(buffer);
  expect(read(first)).toBe(1);
  first.release();
  const second = new RingConsumer(buffer);
  write(new RingProducer(buffer), 3);
  expect(read(second)).toBe(2);
});

test.each([0, 1, 3, 2 ** 20 + 1, 2 ** 21, -2])("a ring of %d slots is refused", (slotCount) => {
  expect(() => createRing(slotCount)).toThrow(AssertionError);
});

test.each([2, 64, 2 ** 20])("a ring of %d slots has that many", (slotCount) => {
  expect(ringSlotCount(createRing(slotCount))).toBe(slotCount);
});
