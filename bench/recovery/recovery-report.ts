/** `fairlead bench recovery`. */
import { type BenchOptions, type BenchReport, formatFigure, formatSpread, judge } from "../bench-report.ts";
import type { SnapshotResult } from "../feed/bench-task.ts";
import { spread } from "../ratio.ts";
import { type DeathOptions, type DeathResult, benchDeath } from "./death-bench.ts";
import { type ReplayOptions, type ReplayResult, benchReplay } from "./replay-bench.ts";
import { type SnapshotOptions, benchSnapshot } from "./snapshot-bench.ts";
import { type StallOptions, type StallResult, benchStall } from "./stall-bench.ts";
import { type StartOptions, type StartResult, benchStart } from "./start-bench.ts";

const REPLAY_PER_SECOND = 1_000_000;
const READY_MS = { withSnapshot: 2000, without: 12_000 } as const;
const DEATH_MS = 1000;
const SNAPSHOT_MS = 1500;
const SNAPSHOT_BYTES = 200e6;
const STALL_P99_MS = 5;

const ROUNDS = 5;

interface Sizes {
  readonly replay: ReplayOptions;
  readonly starts: readonly StartOptions[];
  readonly deaths: readonly DeathOptions[];
  readonly snapshot: SnapshotOptions;
  readonly stall: StallOptions;
}

const QUICK: Sizes = {
  replay: { commandCount: 5000, rounds: 1 },
  starts: [
    { restingOrders: 1000, hasSnapshot: true, commandCount: 2000, rounds: 1 },
    { restingOrders: 1000, hasSnapshot: false, commandCount: 5000, rounds: 1 },
  ],
  deaths: [{ restingOrders: 1000, commandsSince: 2000, trials: 2 }],
  snapshot: { restingOrders: 5000, rounds: 1 },
  stall: {
    restingOrders: 1000,
    load: { ordersPerBurst: 5, burstCount: 500, warmBursts: 100 },
    snapshotEvery: 1000,
    rounds: 1,
  },
};

const MILLION = 1_000_000;

function fullSize(rounds: number): Sizes {
  return {
    replay: { commandCount: 4 * MILLION, rounds },
    starts: [
      { restingOrders: 100_000, hasSnapshot: true, commandCount: MILLION, rounds },
      { restingOrders: 0, hasSnapshot: false, commandCount: 10 * MILLION, rounds: Math.min(rounds, 3) },
    ],
    deaths: [
      { restingOrders: 100_000, commandsSince: 1000, trials: 20 * rounds },
      { restingOrders: 100_000, commandsSince: MILLION, trials: 20 * rounds },
    ],
    snapshot: { restingOrders: MILLION, rounds },
    stall: {
      restingOrders: 100_000,
      load: { ordersPerBurst: 5, burstCount: 10_000, warmBursts: 1000 },
      snapshotEvery: 2000,
      rounds,
    },
  };
}

export async function reportRecovery({ quick, rounds, onProgress }: BenchOptions): Promise<BenchReport> {
  const sizes = quick ? QUICK : fullSize(rounds ?? ROUNDS);
  const replay = await benchReplay(sizes.replay);
  onProgress("recovery: replay done");
  const starts = [];
  for (const options of sizes.starts) {
    starts.push(await benchStart(options));
    onProgress(`recovery: start with ${formatFigure(options.commandCount)} commands done`);
  }
  const snapshot = await benchSnapshot(sizes.snapshot);
  onProgress("recovery: snapshot done");
  const stall = await benchStall(sizes.stall);
  onProgress("recovery: stall done");
  const deaths = [];
  for (const options of sizes.deaths) {
    deaths.push(await benchDeath(options));
    onProgress(`recovery: death, ${formatFigure(options.commandsSince)} commands since the snapshot, done`);
  }
  const parts = [replayPart(replay), ...starts.map(startPart), snapshotPart(snapshot), stallPart(stall)];
  const all = [...parts, ...deaths.map(deathPart)];
  return {
    title: "Recovery: how long it takes to come back, and what preparing for it costs; median (min … max)",
    columns: ["what", "unit", "figure"],
    rows: all.flatMap(({ rows }) => rows),
    verdicts: all.flatMap(({ verdicts }) => verdicts),
    data: { replay, starts, snapshot, stall, deaths },
  };
}

type Part = Pick<BenchReport, "rows" | "verdicts">;

function replayPart({ commandCount, commandsPerSecond }: ReplayResult): Part {
  const rate = commandsPerSecond.median;
  return {
    rows: [
      [`replay of ${formatFigure(commandCount)} commands, same state`, "commands/s", formatSpread(commandsPerSecond)],
    ],
    verdicts: [judge("replay, commands per second", rate, { atLeast: REPLAY_PER_SECOND })],
  };
}

function startPart({ options, readyMs, recoveryMs, replayedCommands }: StartResult): Part {
  const from = options.hasSnapshot ? `snapshot of ${formatFigure(options.restingOrders)} orders` : "no snapshot";
  const name = `${from}, ${formatFigure(replayedCommands)} commands`;
  const atMost = options.hasSnapshot ? READY_MS.withSnapshot : READY_MS.without;
  return {
    rows: [
      [`start to ready, ${name}`, "ms", formatSpread(readyMs)],
      [`  of these the engine's recovery`, "ms", formatSpread(recoveryMs)],
    ],
    verdicts: [judge(`ready, ${name}, ms`, readyMs.median, { atMost })],
  };
}

function snapshotPart({ openOrders, bytes, writeMs, makeMs }: SnapshotResult): Part {
  const [write, make] = [spread(writeMs), spread(makeMs)];
  return {
    rows: [
      [`snapshot of ${formatFigure(openOrders)} orders: written and durable`, "ms", formatSpread(write)],
      ["  one command followed, written, read back, compared", "ms", formatSpread(make)],
      ["  size", "bytes", formatFigure(bytes)],
    ],
    verdicts: [
      judge("snapshot written, ms", write.median, { atMost: SNAPSHOT_MS }),
      judge("snapshot, bytes", bytes, { atMost: SNAPSHOT_BYTES }),
    ],
  };
}

function stallPart({ p99WithMs, p99WithoutMs, ratio, maxWithMs, maxWithoutMs, snapshots }: StallResult): Part {
  return {
    rows: [
      ["order to accepted while snapshots are made, p99", "ms", formatSpread(p99WithMs)],
      ["  max", "ms", formatSpread(maxWithMs)],
      ["  snapshots made meanwhile", "", formatSpread(snapshots)],
      ["order to accepted while none is made, p99", "ms", formatSpread(p99WithoutMs)],
      ["  max", "ms", formatSpread(maxWithoutMs)],
      ["  ratio of the p99", "", formatSpread(ratio)],
    ],
    verdicts: [
      judge("order to accepted while snapshots are made, p99, ms", p99WithMs.median, { atMost: STALL_P99_MS }),
    ],
  };
}

function deathPart({ options, p50Ms, p99Ms, maxMs }: DeathResult): Part {
  const name = `engine killed, ${formatFigure(options.restingOrders)} orders resting, ${formatFigure(options.commandsSince)} commands since the snapshot`;
  const figures = [p50Ms, p99Ms, maxMs].map(formatFigure);
  return {
    rows: [[`${name}, to the next acceptance, p50, p99, max of ${options.trials}`, "ms", figures.join(", ")]],
    verdicts: [judge(`${name}, longest, ms`, maxMs, { atMost: DEATH_MS })],
  };
}
