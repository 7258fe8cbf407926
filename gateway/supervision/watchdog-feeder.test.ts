import { expect, onTestFinished, test, vi } from "vitest";
import { WatchdogFeeder } from "./watchdog-feeder.ts";

const INTERVAL_MS = 1000;

/** A feeder of two engines under a fake clock, and how often it has fed. */
function startFeeder(intervalMs: number | undefined): { beats: number[]; feed: ReturnType<typeof vi.fn<() => void>> } {
  vi.useFakeTimers();
  const beats = [5, 7];
  const feed = vi.fn<() => void>();
  const feeder = new WatchdogFeeder({ intervalMs, progress: () => [...beats], feed });
  feeder.start();
  onTestFinished(() => {
    feeder.stop();
    vi.useRealTimers();
  });
  return { beats, feed };
}

test("the watchdog is fed once an interval while every engine makes progress", () => {
  const { beats, feed } = startFeeder(INTERVAL_MS);
  for (let n = 0; n < 3; n++) {
    beats[0] = (beats[0] ?? 0) + 1;
    beats[1] = (beats[1] ?? 0) + 1;
    vi.advanceTimersByTime(INTERVAL_MS);
  }
  expect(feed).toHaveBeenCalledTimes(3);
});

test.each([
  ["the first engine", [5, 8]],
  ["the second engine", [6, 7]],
  ["no engine at all", [5, 7]],
])("a main thread that runs does not count: %s has stalled", (_, stalled) => {
  const { beats, feed } = startFeeder(INTERVAL_MS);
  [beats[0], beats[1]] = stalled as [number, number];
  vi.advanceTimersByTime(INTERVAL_MS);
  expect(feed).not.toHaveBeenCalled();
});

test("an engine that stalled and went on feeds again", () => {
  const { beats, feed } = startFeeder(INTERVAL_MS);
  vi.advanceTimersByTime(INTERVAL_MS);
  [beats[0], beats[1]] = [6, 8];
  vi.advanceTimersByTime(INTERVAL_MS);
  expect(feed).toHaveBeenCalledTimes(1);
});

test("an engine that was replaced counts from the beginning, which is progress", () => {
  const { beats, feed } = startFeeder(INTERVAL_MS);
  [beats[0], beats[1]] = [1, 8];
  vi.advanceTimersByTime(INTERVAL_MS);
  expect(feed).toHaveBeenCalledTimes(1);
});

test("nobody is fed where nobody watches", () => {
  const { beats, feed } = startFeeder(undefined);
  [beats[0], beats[1]] = [6, 8];
  vi.advanceTimersByTime(10 * INTERVAL_MS);
  expect(feed).not.toHaveBeenCalled();
});
