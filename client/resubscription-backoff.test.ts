import { expect, test } from "vitest";
import { ResubscriptionBackoff } from "./resubscription-backoff.ts";

test("the wait doubles from gap to gap up to ten seconds", () => {
  const backoff = new ResubscriptionBackoff();
  const waits = Array.from({ length: 9 }, (_, n) => backoff.next(n, 1));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

test("half of the wait is random, so that subscribers do not come back together", () => {
  expect(new ResubscriptionBackoff().next(0, 0)).toBe(50);
  expect(new ResubscriptionBackoff().next(0, 0.5)).toBe(75);
});

test("it starts over after a minute without a gap", () => {
  const backoff = new ResubscriptionBackoff();
  expect(backoff.next(0, 1)).toBe(100);
  expect(backoff.next(60_000, 1)).toBe(200);
  expect(backoff.next(120_001, 1)).toBe(100);
});
