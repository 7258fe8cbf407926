import { expect, test } from "vitest";
import {
  IdleStrategy,
  LARGE_BATCH,
  MIN_PENALTY_MS,
  PREEMPTED_MS,
  SPIN_LIMIT_MS,
  STARVED_MS,
  type WaitStrategy,
} from "./wait-strategy.ts";

const POLL_MS = 0.0001;

/** A consumer thread with a clock of its own: each pass takes POLL_MS; work turns up at the times that a test names. */
class FakeThread {
  readonly idleStrategy: IdleStrategy;
  readonly calls: string[] = [];
  clockReadings = 0;
  unread = false;
  nowMs = 1000;
  #nextWorkAt = Infinity;

  constructor(strategy: WaitStrategy, maxSleepMs = 50) {
    this.idleStrategy = new IdleStrategy({
      strategy,
      sleeper: {
        prepare: () => this.calls.push("prepare"),
        cancel: () => this.calls.push("cancel"),
        sleep: (timeoutMs) => {
          this.calls.push("sleep");
          this.nowMs = Math.min(this.nowMs + timeoutMs, Math.max(this.nowMs, this.#nextWorkAt));
        },
      },
      hasWork: () => {
        this.calls.push("look");
        return this.nowMs >= this.#nextWorkAt;
      },
      hasUnread: () => this.unread,
      maxSleepMs: () => maxSleepMs,
      now: () => {
        this.clockReadings++;
        return this.nowMs;
      },
    });
  }

  get sleepCount(): number {
    return this.idleStrategy.sleepCount;
  }

  /** Empty passes until work turns up after `gapMs`, then one pass with work. Answers the time spent awake. */
  gap(gapMs: number, batchSize = 1): number {
    this.#nextWorkAt = this.nowMs + gapMs;
    let awakeMs = 0;
    while (this.nowMs < this.#nextWorkAt) {
      this.nowMs += POLL_MS;
      awakeMs += POLL_MS;
      this.idleStrategy.idle(0);
    }
    this.idleStrategy.idle(batchSize);
    this.#nextWorkAt = Infinity;
    return awakeMs;
  }

  gaps(count: number, gapMs: number): void {
    for (let i = 0; i < count; i++) this.gap(gapMs);
  }

  /** A gap in the middle of which the thread loses its core. */
  interruptedGap(gapMs: number, holeMs: number): void {
    this.emptyPasses(100);
    this.nowMs += holeMs;
    this.gap(gapMs);
  }

  emptyPasses(count: number): void {
    for (let i = 0; i < count; i++) this.idleStrategy.idle(0);
  }
}

test("spin never sleeps and never reads the clock", () => {
  const thread = new FakeThread("spin");
  thread.emptyPasses(1_000_000);
  expect(thread.calls).toEqual([]);
  expect(thread.clockReadings).toBe(0);
});

test("park sleeps at the first pass without work, after looking once more", () => {
  const thread = new FakeThread("park");
  thread.emptyPasses(1);
  expect(thread.calls).toEqual(["prepare", "look", "sleep"]);
  expect(thread.sleepCount).toBe(1);
});

test.each(["park", "adaptive"] as const)("%s does not sleep when work came after the last pass", (strategy) => {
  const calls: string[] = [];
  let clockMs = 0;
  const idleStrategy = new IdleStrategy({
    strategy,
    sleeper: {
      prepare: () => calls.push("prepare"),
      cancel: () => calls.push("cancel"),
      sleep: () => calls.push("sleep"),
    },
    hasWork: () => true,
    hasUnread: () => false,
    maxSleepMs: () => 50,
    now: () => (clockMs += SPIN_LIMIT_MS / 4),
  });
  for (let i = 0; i < 1000; i++) idleStrategy.idle(0);
  expect(calls.slice(0, 2)).toEqual(["prepare", "cancel"]);
  expect(calls).not.toContain("sleep");
  expect(idleStrategy.sleepCount).toBe(0);
});

test("adaptive does not sleep through gaps shorter than the limit", () => {
  const thread = new FakeThread("adaptive");
  thread.gaps(100, SPIN_LIMIT_MS / 2);
  expect(thread.sleepCount).toBe(0);
});

test("adaptive sleeps once a gap exceeds the limit, and spins no longer than that", () => {
  const thread = new FakeThread("adaptive");
  const awakeMs = thread.gap(20);
  expect(thread.sleepCount).toBe(1);
  expect(awakeMs).toBeGreaterThan(SPIN_LIMIT_MS);
  expect(awakeMs).toBeLessThan(SPIN_LIMIT_MS + 200 * POLL_MS);
});

test("adaptive sleeps at once after long gaps in a row: it does not spin in vain", () => {
  const thread = new FakeThread("adaptive");
  thread.gaps(10, 20);
  expect(thread.gap(20)).toBeLessThan(200 * POLL_MS);
});

test("adaptive spins again after some short gaps that it slept through", () => {
  const thread = new FakeThread("adaptive");
  thread.gaps(20, 20);
  thread.gaps(10, SPIN_LIMIT_MS / 2);
  const before = thread.sleepCount;
  thread.gaps(100, SPIN_LIMIT_MS / 2);
  expect(thread.sleepCount).toBe(before);
});

test("one long pause in a flow of short gaps does not end the spinning", () => {
  const thread = new FakeThread("adaptive");
  thread.gaps(20, SPIN_LIMIT_MS / 2);
  thread.gap(20);
  const before = thread.sleepCount;
  thread.gaps(20, SPIN_LIMIT_MS / 2);
  expect(thread.sleepCount).toBe(before);
});

test("a sleep that nobody ended is followed by a look at the rings and another sleep", () => {
  const thread = new FakeThread("adaptive", 5);
  const awakeMs = thread.gap(52);
  expect(thread.sleepCount).toBeGreaterThanOrEqual(10);
  expect(awakeMs).toBeLessThan(SPIN_LIMIT_MS + 2000 * POLL_MS);
});

test("a thread that loses its core while it spins sleeps through short gaps for a while, and then spins again", () => {
  const thread = new FakeThread("adaptive");
  thread.interruptedGap(0.01, PREEMPTED_MS);
  const penaltyEnd = thread.nowMs + MIN_PENALTY_MS;
  while (thread.nowMs < penaltyEnd - 0.1) {
    const before = thread.sleepCount;
    thread.gap(0.1);
    expect(thread.sleepCount).toBe(before + 1);
  }
  thread.gaps(2, 0.1);
  const before = thread.sleepCount;
  thread.gaps(100, 0.1);
  expect(thread.sleepCount).toBe(before);
});

test("a shorter interruption than a time slice does not end the spinning", () => {
  const thread = new FakeThread("adaptive");
  for (let i = 0; i < 20; i++) thread.interruptedGap(0.01, PREEMPTED_MS / 2);
  expect(thread.sleepCount).toBe(0);
});

test("adaptive makes room when nobody takes what it has published, and spins again once it is taken", () => {
  const thread = new FakeThread("adaptive");
  thread.unread = true;
  const awakeMs = thread.gap(1);
  expect(thread.sleepCount).toBe(1);
  expect(awakeMs).toBeGreaterThan(STARVED_MS);
  expect(awakeMs).toBeLessThan(2 * STARVED_MS);
  thread.unread = false;
  thread.gaps(20, 1);
  expect(thread.sleepCount).toBe(1);
});

test("in a pipeline, where work comes in batches, adaptive sleeps through short gaps, and spins again after it", () => {
  const thread = new FakeThread("adaptive");
  for (let i = 0; i < 40; i++) thread.gap(0.05, 2 * LARGE_BATCH);
  const before = thread.sleepCount;
  for (let i = 0; i < 10; i++) thread.gap(0.05, 2 * LARGE_BATCH);
  expect(thread.sleepCount - before).toBe(10);
  thread.gaps(40, 0.05);
  const after = thread.sleepCount;
  thread.gaps(40, 0.05);
  expect(thread.sleepCount).toBe(after);
});

test("spinning is given up for longer each time that it is interrupted at once, and for a short time again later", () => {
  const thread = new FakeThread("adaptive");
  const penaltyMs = (): number => {
    thread.interruptedGap(0.01, PREEMPTED_MS);
    const start = thread.nowMs;
    let before = -1;
    while (thread.sleepCount > before) {
      before = thread.sleepCount;
      thread.gap(0.1);
    }
    return thread.nowMs - start;
  };
  const penalties = Array.from({ length: 6 }, penaltyMs);
  for (const [index, expected] of [10, 20, 40, 80, 100, 100].entries()) {
    expect(penalties[index]).toBeGreaterThan(expected - 1);
    expect(penalties[index]).toBeLessThan(expected + 1);
  }
  thread.gaps(20_000, 0.1);
  expect(penaltyMs()).toBeLessThan(MIN_PENALTY_MS + 1);
});

test("waking up from a sleep is not taken for an interruption", () => {
  const thread = new FakeThread("adaptive");
  thread.gap(20);
  thread.gaps(20, 0.1);
  expect(thread.sleepCount).toBe(1);
});

test("a pass with work right after another reads no clock", () => {
  const thread = new FakeThread("adaptive");
  for (let i = 0; i < 1000; i++) {
    thread.idleStrategy.idle(3);
    thread.emptyPasses(10);
  }
  expect(thread.clockReadings).toBe(0);
});
