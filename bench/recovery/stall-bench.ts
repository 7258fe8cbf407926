/**
 * What orders notice of snapshots: the same open loop at a venue whose keeper makes one after the other, and at one whose keeper makes
 * none, in turns. The figure is the latency of orders, of which a stall of matching is a part.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SPARES } from "../../engine/journal/keeper.ts";
import type { ServerProcess } from "../../gateway/testing/server-process.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import { BurstClient, type BurstLoad } from "../durable/burst-client.ts";
import { startLocalVenue } from "../durable/local-venue.ts";
import { percentile } from "../percentile.ts";
import { type Spread, alternate, spread } from "../ratio.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { makeVenueFiles } from "./venue-files.ts";

export interface StallOptions {
  readonly restingOrders: number;
  readonly load: BurstLoad;
  /** Commands from one snapshot to the next. */
  readonly snapshotEvery: number;
  readonly rounds: number;
}

/** ms of order to accepted. */
export interface StallResult {
  readonly options: StallOptions;
  readonly p99WithMs: Spread;
  readonly p99WithoutMs: Spread;
  readonly ratio: Spread;
  readonly maxWithMs: Spread;
  readonly maxWithoutMs: Spread;
  /** Made in each turn. */
  readonly snapshots: Spread;
}

const US_PER_MS = 1000;
const LOOK_MS = 20;
const METRIC_TIMEOUT_MS = 30_000;

interface Turn {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly snapshots: number;
}

export async function benchStall(options: StallOptions): Promise<StallResult> {
  const withSnapshots: Turn[] = [];
  const without: Turn[] = [];
  const { ratio } = await alternate({
    rounds: options.rounds,
    a: async () => await takeTurn(options, options.snapshotEvery, withSnapshots),
    b: async () => await takeTurn(options, MAX_INT32, without),
  });
  const of = (turns: readonly Turn[], figure: (turn: Turn) => number): Spread => spread(turns.map(figure));
  return {
    options,
    p99WithMs: of(withSnapshots, ({ p99Ms }) => p99Ms),
    p99WithoutMs: of(without, ({ p99Ms }) => p99Ms),
    ratio,
    maxWithMs: of(withSnapshots, ({ maxMs }) => maxMs),
    maxWithoutMs: of(without, ({ maxMs }) => maxMs),
    snapshots: of(withSnapshots, ({ snapshots }) => snapshots),
  };
}

async function takeTurn({ restingOrders, load }: StallOptions, every: number, turns: Turn[]): Promise<number> {
  const turn = await inTemporaryDirectory(async (directory) => {
    const dataDirectory = join(directory, "data");
    await makeVenueFiles(dataDirectory, (files) => {
      files.rest(restingOrders);
      files.saveSnapshot();
    });
    const settings = ["--snapshot-every-commands", String(every), "--wait-strategy", "park"];
    const venue = await startLocalVenue(dataDirectory, settings);
    try {
      await metricFrom(venue, "fairlead_journal_spare_segments", SPARES);
      const client = await BurstClient.open(venue.ports.tcpPort ?? 0, "stall-bench");
      const { microseconds } = await client.run(load);
      client.close();
      const [p99Ms, maxMs] = [0.99, 1].map((share) => percentile(microseconds, share) / US_PER_MS) as [number, number];
      return {
        p99Ms,
        maxMs,
        snapshots: await metricFrom(venue, "fairlead_snapshots_total", every < MAX_INT32 ? 1 : 0),
      };
    } finally {
      await venue.stop();
    }
  });
  turns.push(turn);
  return turn.p99Ms;
}

/** What /metrics says, as soon as it is at least so much. */
async function metricFrom(venue: ServerProcess, name: string, atLeast: number): Promise<number> {
  const deadline = performance.now() + METRIC_TIMEOUT_MS;
  for (;;) {
    const page = await (await fetch(`http://127.0.0.1:${venue.ports.adminPort ?? 0}/metrics`)).text();
    const value = Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, "mu").exec(page)?.[1]);
    if (value >= atLeast) return value;
    if (performance.now() > deadline) throw new Error(`${name} is ${value}, not ${atLeast}`);
    await sleep(LOOK_MS);
  }
}
