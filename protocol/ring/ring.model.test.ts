import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EMPTY, RingConsumer } from "./ring-consumer.ts";
import { createRing, ringDepth } from "./ring-layout.ts";
import { FULL, RingProducer } from "./ring-producer.ts";

/** A ring as three plain queues: what a slot is depends on who owns it. */
class RingModel {
  readonly claimed: number[] = [];
  readonly published: number[] = [];
  readonly polled: number[] = [];
  nextValue = 1;
}

class RealRing {
  readonly buffer: SharedArrayBuffer;
  readonly producer: RingProducer;
  readonly consumer: RingConsumer;

  constructor(slotCount: number, startPosition: number) {
    this.buffer = createRing(slotCount, startPosition);
    this.producer = new RingProducer(this.buffer);
    this.consumer = new RingConsumer(this.buffer);
  }
}

/** Every word of the slot carries the value, so that a slot handed out twice is seen. */
function fill(ring: RealRing, base: number, value: number): void {
  ring.producer.i32.fill(value, base, base + 32);
}

function expectFilled(ring: RealRing, base: number, value: number | undefined): void {
  const words = ring.consumer.i32.slice(base, base + 32);
  expect(words.every((word) => word === value)).toBe(true);
}

const claim = {
  check: () => true,
  run(model: RingModel, ring: RealRing) {
    const used = model.claimed.length + model.published.length + model.polled.length;
    const base = ring.producer.claim();
    if (used === ring.producer.slotCount) {
      expect(base).toBe(FULL);
      return;
    }
    expect(base).not.toBe(FULL);
    fill(ring, base, model.nextValue);
    model.claimed.push(model.nextValue++);
  },
  toString: () => "claim",
};

const publish = {
  check: () => true,
  run(model: RingModel, ring: RealRing) {
    ring.producer.publish();
    model.published.push(...model.claimed.splice(0));
  },
  toString: () => "publish",
};

const peek = {
  check: () => true,
  run(model: RingModel, ring: RealRing) {
    const base = ring.consumer.peek();
    if (model.published.length === 0) expect(base).toBe(EMPTY);
    else expectFilled(ring, base, model.published[0]);
  },
  toString: () => "peek",
};

const poll = {
  check: () => true,
  run(model: RingModel, ring: RealRing) {
    const base = ring.consumer.poll();
    const value = model.published.shift();
    if (value === undefined) {
      expect(base).toBe(EMPTY);
      return;
    }
    expectFilled(ring, base, value);
    model.polled.push(value);
  },
  toString: () => "poll",
};

const release = {
  check: () => true,
  run(model: RingModel, ring: RealRing) {
    ring.consumer.release();
    model.polled.length = 0;
  },
  toString: () => "release",
};

const count = {
  check: () => true,
  run(model: RingModel, ring: RealRing) {
    const depth = model.published.length + model.polled.length;
    expect(ringDepth(ring.producer.i32)).toBe(depth);
    expect(ring.producer.freeCount()).toBe(ring.producer.slotCount - depth - model.claimed.length);
  },
  toString: () => "count",
};

const commands = fc.commands<RingModel, RealRing>(
  [claim, claim, publish, peek, poll, poll, release, count].map((command) => fc.constant(command)),
  { maxCommands: 200, size: "max" },
);

const slotCounts = fc.constantFrom(2, 4, 8, 16);
/** The counters wrap at 2^31, change sign at 0, and are ordinary elsewhere. */
const startPositions = fc.oneof(
  fc.nat(64).map((distance) => 2 ** 31 - 1 - distance),
  fc.nat(64).map((distance) => -distance),
  fc.integer(),
);

test("a ring behaves like a bounded queue, whatever is called in whatever order, across every wrap", () => {
  fc.assert(
    fc.property(slotCounts, startPositions, commands, (slotCount, startPosition, calls) => {
      fc.modelRun(() => ({ model: new RingModel(), real: new RealRing(slotCount, startPosition) }), calls);
    }),
    { numRuns: 500 },
  );
});
