import { expect, test } from "vitest";
import { ClientOrderIds } from "./client-order-ids.ts";

test("ids count up by one", () => {
  const ids = new ClientOrderIds(1000);
  expect([ids.next(), ids.next(), ids.next()]).toEqual([1_000_001, 1_000_002, 1_000_003]);
});

test("a later start is ahead of all ids of a run that made fewer than a million per second", () => {
  const first = new ClientOrderIds(5000);
  for (let i = 0; i < 999; i++) first.next();
  expect(new ClientOrderIds(5001).next()).toBeGreaterThan(first.next());
});

test("ids stay exact in a double until the year 2255", () => {
  const ids = new ClientOrderIds(Date.UTC(2255, 0));
  const id = ids.next();
  expect(Number.isSafeInteger(id)).toBe(true);
  expect(ids.next()).toBe(id + 1);
});
