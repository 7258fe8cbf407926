import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PendingRequests } from "./pending-requests.ts";

test("a request is pending from when it is due until its first answer", () => {
  const pending = new PendingRequests(4);
  pending.add(10);
  pending.stampSent(10.5);
  expect(pending.isPending(0)).toBe(true);
  expect(pending.dueMs(0)).toBe(10);
  expect(pending.sentMs(0)).toBe(10.5);
  pending.remove(0);
  expect(pending.isPending(0)).toBe(false);
  expect(pending.count).toBe(0);
});

test("numbers that were never given, or are given again after a wrap of the slots, are not pending", () => {
  const pending = new PendingRequests(4);
  pending.add(1);
  pending.remove(0);
  for (let due = 2; due < 6; due++) pending.add(due);
  expect([-1, 0, 5, 0.5].map((number) => pending.isPending(number))).toEqual([false, false, false, false]);
  expect(pending.isPending(4)).toBe(true);
});

test("however many answers are out, in whatever order they come: it agrees with a map", () => {
  const step = fc.oneof({ weight: 3, arbitrary: fc.constant("add") }, { weight: 2, arbitrary: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const pending = new PendingRequests(2);
      const model = new Map<number, { due: number; sent: number }>();
      let added = 0;
      for (const [time, action] of steps.entries()) {
        if (action === "add") {
          pending.add(time);
          pending.stampSent(time + 0.5);
          model.set(added++, { due: time, sent: time + 0.5 });
        } else if (model.size > 0) {
          const number = [...model.keys()][action % model.size] ?? 0;
          pending.remove(number);
          model.delete(number);
        }
      }
      expect(pending.count).toBe(model.size);
      for (let number = 0; number < added; number++) {
        const expected = model.get(number);
        expect(pending.isPending(number)).toBe(expected !== undefined);
        if (expected === undefined) continue;
        expect([pending.dueMs(number), pending.sentMs(number)]).toEqual([expected.due, expected.sent]);
      }
      expect(pending.countMatching((due) => due >= 100)).toBe(
        [...model.values()].filter(({ due }) => due >= 100).length,
      );
    }),
  );
});

test("stamping covers what was added since the last time and nothing before", () => {
  const pending = new PendingRequests(2);
  pending.add(1);
  expect(pending.stampSent(5)).toBe(0);
  pending.add(2);
  pending.add(3);
  expect(pending.stampSent(9)).toBe(1);
  expect([0, 1, 2].map((number) => pending.sentMs(number))).toEqual([5, 9, 9]);
});
