import { expect, test } from "vitest";
import { benchDeath } from "./death-bench.ts";
import { benchReplay } from "./replay-bench.ts";
import { benchSnapshot } from "./snapshot-bench.ts";
import { benchStall } from "./stall-bench.ts";
import { benchStart } from "./start-bench.ts";

test("a replay has every command, and the state of the engine that was journaled", async () => {
  const { commandCount, commandsPerSecond } = await benchReplay({ commandCount: 3000, rounds: 2 });
  expect(commandCount).toBe(3000);
  expect(commandsPerSecond.min).toBeGreaterThan(0);
});

test("each start of a venue finds the same: the snapshot and what came after it", async () => {
  const size = { restingOrders: 100, commandCount: 1000, rounds: 2 };
  const { replayedCommands, readyMs, recoveryMs } = await benchStart({ ...size, hasSnapshot: true });
  expect(replayedCommands).toBe(1000);
  expect(readyMs.min).toBeGreaterThan(recoveryMs.max);
});

test("each start of a venue without a snapshot replays everything", async () => {
  const size = { restingOrders: 100, commandCount: 1000, rounds: 1 };
  // The session of the resting orders is a command too.
  expect((await benchStart({ ...size, hasSnapshot: false })).replayedCommands).toBe(1101);
});

test("an engine dies once in each trial, and trading goes on", async () => {
  const { trialsMs, maxMs } = await benchDeath({ restingOrders: 100, commandsSince: 100, trials: 2 });
  expect(trialsMs).toHaveLength(2);
  expect(maxMs).toBe(Math.max(...trialsMs));
});

test("a snapshot has all orders, and is made as often as it is timed", async () => {
  const result = await benchSnapshot({ restingOrders: 500, rounds: 2 });
  expect(result.openOrders).toBe(500);
  expect(result.bytes).toBeGreaterThan(500 * 64);
  expect([result.writeMs, result.makeMs].map(({ length }) => length)).toEqual([2, 2]);
});

test("orders are timed while snapshots are made, and while none is", async () => {
  const load = { ordersPerBurst: 5, burstCount: 400, warmBursts: 50 };
  const { snapshots, ratio } = await benchStall({ restingOrders: 100, load, snapshotEvery: 1000, rounds: 1 });
  expect(snapshots.min).toBeGreaterThan(0);
  expect(ratio.median).toBeGreaterThan(0);
});
