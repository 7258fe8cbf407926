import { expect, test } from "vitest";
import { createSchedule } from "./schedule.ts";
import type { ScheduleSettings } from "./schedule.ts";

const CONSTANT: ScheduleSettings = { kind: "constant", ratePerSecond: 10_000, burstSize: 1, seed: 1 };

/** The due times before `endMs`. */
function dueTimes(settings: ScheduleSettings, endMs: number): number[] {
  const schedule = createSchedule(settings);
  const times: number[] = [];
  for (let due = schedule.nextDueMs(); due < endMs; due = schedule.nextDueMs()) times.push(due);
  return times;
}

test("a constant schedule has exactly rate × duration sends, evenly spaced from 0", () => {
  const times = dueTimes(CONSTANT, 2000);
  expect(times).toHaveLength(20_000);
  expect(times[0]).toBe(0);
  expect(times[1]).toBe(0.1);
  expect(times.at(-1)).toBeCloseTo(1999.9, 9);
});

test("a constant schedule does not drift, even at a rate that no binary fraction divides", () => {
  const times = dueTimes({ ...CONSTANT, ratePerSecond: 3 }, 1_000_000);
  expect(times).toHaveLength(3000);
  expect(times[2997]).toBe(999_000);
});

test("a burst schedule sends the burst at one moment and keeps the rate", () => {
  const times = dueTimes({ ...CONSTANT, kind: "burst", ratePerSecond: 1000, burstSize: 250 }, 1000);
  expect(times).toHaveLength(1000);
  expect([...new Set(times)]).toEqual([0, 250, 500, 750]);
  expect(times.filter((due) => due === 500)).toHaveLength(250);
});

test("a Poisson schedule keeps the rate on average and spaces as unevenly as chance does", () => {
  const times = dueTimes({ ...CONSTANT, kind: "poisson", seed: 7 }, 10_000);
  // 100,000 arrivals have a standard deviation of 316; five of them are never seen by accident.
  expect(Math.abs(times.length - 100_000)).toBeLessThan(5 * 316);
  const gaps = times.slice(1).map((due, index) => due - (times[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  // An exponential distribution has a standard deviation that equals its mean.
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
});

test("the same seed gives the same Poisson schedule, another seed another one", () => {
  const settings: ScheduleSettings = { ...CONSTANT, kind: "poisson" };
  expect(dueTimes(settings, 100)).toEqual(dueTimes(settings, 100));
  expect(dueTimes(settings, 100)).not.toEqual(dueTimes({ ...settings, seed: 2 }, 100));
});
