/**
 * What durability costs an order that is alone: order to accepted over TCP beside fdatasync on the same file system, in turns.
 *
 *   closed loop   the next one begins when the last has ended
 *   200 a second  5 ms between them: disk and threads have gone to sleep in between, on both sides
 */
import { join } from "node:path";
import { percentile } from "../percentile.ts";
import { type Spread, spread } from "../ratio.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { WireClient } from "../wire/wire-client.ts";
import { FdatasyncProbe } from "./fdatasync-probe.ts";
import { startLocalVenue } from "./local-venue.ts";

export interface LowRateOptions {
  readonly rounds: number;
  /** Orders, and calls of fdatasync, of one round. */
  readonly count: number;
  readonly waitStrategy: string;
}

/** µs of medians; the ratio is that of neighbours in time. */
export interface LowRateResult {
  readonly arrangement: string;
  readonly order: Spread;
  readonly fdatasync: Spread;
  readonly ratio: Spread;
}

const ARRANGEMENTS = [
  { arrangement: "closed loop", pauseMs: 0 },
  { arrangement: "200 a second", pauseMs: 5 },
] as const;

export async function benchLowRate(options: LowRateOptions): Promise<LowRateResult[]> {
  return await inTemporaryDirectory(async (directory) => {
    const probe = new FdatasyncProbe(directory);
    const venue = await startLocalVenue(join(directory, "data"), ["--wait-strategy", options.waitStrategy]);
    try {
      const client = await WireClient.open("tcp", venue.ports.tcpPort ?? 0, "durable-bench");
      const results: LowRateResult[] = [];
      for (const { arrangement, pauseMs } of ARRANGEMENTS) {
        results.push({ arrangement, ...(await takeTurns(probe, client, options, pauseMs)) });
      }
      client.close();
      return results;
    } finally {
      await venue.stop();
      probe.close();
    }
  });
}

/** Round 0 warms up and is not counted. */
async function takeTurns(
  probe: FdatasyncProbe,
  client: WireClient,
  { rounds, count }: LowRateOptions,
  pauseMs: number,
): Promise<Omit<LowRateResult, "arrangement">> {
  const orders: number[] = [];
  const syncs: number[] = [];
  const takeOrders = async (): Promise<void> => {
    const { microseconds } = await client.measureRoundTrips(count, pauseMs);
    orders.push(percentile(microseconds, 0.5));
  };
  const takeSyncs = async (): Promise<void> => {
    syncs.push(percentile(await probe.measure(count, pauseMs), 0.5));
  };
  for (let round = 0; round <= rounds; round++) {
    for (const take of round % 2 === 0 ? [takeOrders, takeSyncs] : [takeSyncs, takeOrders]) await take();
  }
  const [order, fdatasync] = [orders.slice(1), syncs.slice(1)];
  return {
    order: spread(order),
    fdatasync: spread(fdatasync),
    ratio: spread(order.map((us, round) => us / (fdatasync[round] ?? Number.NaN))),
  };
}
