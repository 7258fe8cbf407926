/**
 * The tail at 100,000 orders a second: a hundred orders every millisecond over one TCP connection, beside fdatasync in the same run.
 * Client, gateway, engine and journal are four threads; with fewer cores than that the tail is also theirs.
 */
import { join } from "node:path";
import { percentile } from "../percentile.ts";
import { type Spread, spread } from "../ratio.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { BurstClient, type BurstLoad } from "./burst-client.ts";
import { FdatasyncProbe } from "./fdatasync-probe.ts";
import { startLocalVenue } from "./local-venue.ts";

export interface HighRateOptions {
  readonly rounds: number;
  readonly load: BurstLoad;
  readonly waitStrategy: string;
  /** Calls of fdatasync before each round. */
  readonly syncCount: number;
}

/** µs. */
export interface HighRateResult {
  readonly waitStrategy: string;
  readonly ordersPerSecond: number;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly max: Spread;
  /** p99 of what the client was late by. */
  readonly latenessP99: Spread;
  /** Orders that the venue turned away, of a round. */
  readonly refused: Spread;
  /** Median. */
  readonly fdatasync: Spread;
  /** p99 of the orders / median of fdatasync, of each round. */
  readonly ratio: Spread;
}

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly latenessP99: number;
  readonly refused: number;
  readonly fdatasync: number;
}

const BURSTS_PER_SECOND = 1000;
/** Every order of a round rests; and a client that does not get its core is waited for. */
const ROOM = { "max-open-orders": String(2 ** 20), "max-queued-bytes": String(2 ** 26) };

export async function benchHighRate(options: HighRateOptions): Promise<HighRateResult> {
  const rounds: Round[] = [];
  for (let round = 0; round < options.rounds; round++) rounds.push(await takeRound(options));
  const of = (figure: (round: Round) => number): Spread => spread(rounds.map(figure));
  return {
    waitStrategy: options.waitStrategy,
    ordersPerSecond: options.load.ordersPerBurst * BURSTS_PER_SECOND,
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    max: of(({ max }) => max),
    latenessP99: of(({ latenessP99 }) => latenessP99),
    refused: of(({ refused }) => refused),
    fdatasync: of(({ fdatasync }) => fdatasync),
    ratio: of(({ p99, fdatasync }) => p99 / fdatasync),
  };
}

/** Each with a venue of its own, whose book is empty. */
async function takeRound({ load, waitStrategy, syncCount }: HighRateOptions): Promise<Round> {
  return await inTemporaryDirectory(async (directory) => {
    const probe = new FdatasyncProbe(directory);
    const fdatasync = percentile(await probe.measure(syncCount), 0.5);
    probe.close();
    const settings = { "wait-strategy": waitStrategy, ...ROOM };
    const venue = await startLocalVenue(
      join(directory, "data"),
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    );
    try {
      const client = await BurstClient.open(venue.ports.tcpPort ?? 0, "durable-bench");
      const { microseconds, lateness, refusedCount } = await client.run(load);
      client.close();
      return {
        p50: percentile(microseconds, 0.5),
        p99: percentile(microseconds, 0.99),
        max: percentile(microseconds, 1),
        latenessP99: percentile(lateness, 0.99),
        refused: refusedCount,
        fdatasync,
      };
    } finally {
      await venue.stop();
    }
  });
}
