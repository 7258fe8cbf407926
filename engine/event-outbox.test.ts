import { expect, test } from "vitest";
import { EMPTY, RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { createRing } from "../protocol/ring/ring-layout.ts";
import { EventOutbox } from "./event-outbox.ts";

const SLOTS = 4;

test("nothing is visible before publish, everything after it", () => {
  const rings = [createRing(SLOTS), createRing(SLOTS)];
  const outbox = new EventOutbox(rings, () => {});
  const consumers = rings.map((ring) => new RingConsumer(ring));
  outbox.claim(0);
  outbox.claim(1);
  expect(consumers.map((consumer) => consumer.peek())).toEqual([EMPTY, EMPTY]);
  outbox.publish();
  expect(consumers.every((consumer) => consumer.peek() !== EMPTY)).toBe(true);
});

test("a full ring publishes everything and waits until there is room: no event is lost", () => {
  const rings = [createRing(SLOTS), createRing(SLOTS)];
  const [first, second] = rings.map((ring) => new RingConsumer(ring));
  const seen: number[] = [];
  let waits = 0;
  const outbox = new EventOutbox(rings, (gateway) => {
    expect(gateway).toBe(0);
    expect(second?.peek()).not.toBe(EMPTY);
    waits += 1;
    if (waits % 3 !== 0) return;
    const base = first?.poll() ?? EMPTY;
    seen.push(first?.i32[base] ?? EMPTY);
    first?.release();
  });
  outbox.claim(1);
  for (let i = 0; i < SLOTS * 3; i++) outbox.i32Of(0)[outbox.claim(0)] = i;
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(waits).toBe(24);
});

test("the stamped event is forgotten with its publication", () => {
  const outbox = new EventOutbox([createRing(SLOTS)], () => {});
  outbox.rememberStamped(0, outbox.claim(0));
  expect([outbox.stampedGateway, outbox.stampedBase]).toEqual([0, 64]);
  outbox.publish();
  expect([outbox.stampedGateway, outbox.stampedBase]).toEqual([-1, -1]);
});
