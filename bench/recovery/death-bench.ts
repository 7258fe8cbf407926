/**
 * How long trading stands still when the engine's thread dies, as a client sees it: from the send of the request that kills it to the
 * read of the acceptance of the first order that is sent after RESUMED. One death per venue process, as the supervisor pauses
 * longer with each one that follows soon.
 */
import { join } from "node:path";
import { ExecType, Side, VenueState } from "../../protocol/codes.ts";
import { limit } from "../../gateway/testing/order-frames.ts";
import { RawClient, logOn } from "../../gateway/testing/raw-client.ts";
import { startLocalVenue } from "../durable/local-venue.ts";
import { percentile } from "../percentile.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { killVenue } from "./start-bench.ts";
import { keepSnapshot, makeVenueFiles } from "./venue-files.ts";

export interface DeathOptions {
  readonly restingOrders: number;
  /** Of the journal since the snapshot, which has the resting orders. */
  readonly commandsSince: number;
  readonly trials: number;
}

export interface DeathResult {
  readonly options: DeathOptions;
  /** ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly trialsMs: readonly number[];
}

const SABOTEUR = new URL("../../gateway/testing/saboteur.js", import.meta.url);
const QUIET_INSTRUMENT = 2;

export async function benchDeath(options: DeathOptions): Promise<DeathResult> {
  return await inTemporaryDirectory(async (directory) => {
    const dataDirectory = join(directory, "data");
    let snapshot: number | undefined;
    await makeVenueFiles(dataDirectory, (files) => {
      files.rest(options.restingOrders);
      snapshot = files.saveSnapshot();
      files.trade(options.commandsSince);
    });
    const trialsMs: number[] = [];
    for (let trial = 0; trial < options.trials; trial++) {
      trialsMs.push(await takeTrial(directory, dataDirectory, trial));
      keepSnapshot(dataDirectory, snapshot);
    }
    return {
      options,
      p50Ms: percentile(trialsMs, 0.5),
      p99Ms: percentile(trialsMs, 0.99),
      maxMs: percentile(trialsMs, 1),
      trialsMs,
    };
  });
}

async function takeTrial(directory: string, dataDirectory: string, trial: number): Promise<number> {
  const venue = await startLocalVenue(dataDirectory, [], {
    nodeOptions: ["--import", SABOTEUR.pathname],
    env: { FAIRLEAD_SABOTAGE: directory },
  });
  try {
    const trader = await logOn("tcp", venue.ports, "trader");
    const saboteur = await RawClient.connect("tcp", venue.ports);
    const elapsedMs = await timeOfDeath(trader, saboteur, trial);
    for (const client of [trader, saboteur]) client.destroy();
    return elapsedMs;
  } finally {
    await killVenue(venue);
  }
}

async function timeOfDeath(trader: RawClient, saboteur: RawClient, trial: number): Promise<number> {
  const startedAt = performance.now();
  saboteur.send({ logon: { session: `kill-engine-once-${trial}` } });
  await trader.until(() => hasResumed(trader));
  // Each trial has an id of its own: the session remembers those of earlier ones.
  trader.send(limit(trial + 1, Side.Buy, 1, 1, { instrumentId: QUIET_INSTRUMENT }));
  await trader.until(() => hasAcceptance(trader));
  return performance.now() - startedAt;
}

function hasResumed(trader: RawClient): boolean {
  return trader.all("venueStatus").some(({ state }) => (state as number) === VenueState.Resumed);
}

function hasAcceptance(trader: RawClient): boolean {
  return trader.all("executionReport").some(({ execType }) => (execType as number) === ExecType.New);
}
