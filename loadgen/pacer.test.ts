import { expect, test } from "vitest";
import { Pacer, pace } from "./pacer.ts";
import type { PacedSession } from "./pacer.ts";
import { createSchedule } from "./schedule.ts";
import { FakeClock } from "./testing/fake-clock.ts";

/** Writes down what the pacer makes it do. */
class SessionLog implements PacedSession {
  readonly sends: { index: number; due: number }[] = [];
  readonly batches: number[] = [];
  #queued = 0;

  queue(index: number, due: number): void {
    this.sends.push({ index, due });
    this.#queued++;
  }

  flush(): void {
    this.batches.push(this.#queued);
    this.#queued = 0;
  }
}

function createPacer(clock: FakeClock, sessions: readonly (SessionLog | undefined)[], ratePerSecond = 1000): Pacer {
  const schedule = createSchedule({ kind: "constant", ratePerSecond, burstSize: 1, seed: 1 });
  return new Pacer({ schedule, endMs: 100, sessions, clock });
}

test("nothing is sent before it is due, and the answer is how long that takes", () => {
  const clock = new FakeClock();
  const session = new SessionLog();
  const pacer = createPacer(clock, [session]);
  expect(pacer.turn()).toBe(1);
  expect(session.sends).toEqual([{ index: 0, due: 0 }]);
  clock.ms = 0.75;
  expect(pacer.turn()).toBe(0.25);
  expect(session.sends).toHaveLength(1);
  expect(session.batches).toEqual([1]);
});

test("what became due during a pause leaves at once, in one write per session, with the times it was due", () => {
  const clock = new FakeClock();
  const sessions = [new SessionLog(), new SessionLog()];
  const pacer = createPacer(clock, sessions);
  clock.ms = 9.5;
  pacer.turn();
  expect(sessions[0]?.batches).toEqual([5]);
  expect(sessions[1]?.batches).toEqual([5]);
  expect(sessions[1]?.sends.map(({ due }) => due)).toEqual([1, 3, 5, 7, 9]);
});

test("a long backlog leaves in several turns, without waiting in between, and nothing is skipped", () => {
  const clock = new FakeClock();
  const session = new SessionLog();
  const pacer = createPacer(clock, [session], 100_000);
  clock.ms = 1000;
  let turns = 1;
  while (pacer.turn() === 0) turns++;
  expect(session.sends).toHaveLength(10_000);
  expect(turns).toBe(10);
});

test("workers share the schedule: each sends its sessions' part, together they send it all", () => {
  const logs = [new SessionLog(), new SessionLog(), new SessionLog()];
  const clock = new FakeClock();
  clock.ms = 1000;
  createPacer(clock, [logs[0], undefined, logs[2]]).turn();
  createPacer(clock, [undefined, logs[1], undefined]).turn();
  const sent = logs.flatMap(({ sends }) => sends).toSorted((a, b) => a.index - b.index);
  expect(sent).toEqual(Array.from({ length: 100 }, (_, index) => ({ index, due: index })));
});

test("pacing ends when everything is sent, or when it is stopped", async () => {
  const clock = new FakeClock();
  const session = new SessionLog();
  clock.ms = 1000;
  await pace(createPacer(clock, [session]), () => false);
  expect(session.sends).toHaveLength(100);
  await pace(createPacer(clock, [session]), () => true);
  expect(session.sends).toHaveLength(100);
});
