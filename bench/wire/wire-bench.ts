/**
 * `fairlead bench wire`: Fairlead beside a bare server of the same library, in one run, taking turns; the figures that
 * count are the ratios. All servers run from start to end, so every round finds them warm.
 */
import { ServerProcess, startVenue } from "../../gateway/testing/server-process.ts";
import type { Target } from "../bench-report.ts";
import { percentile } from "../percentile.ts";
import { type Spread, spread } from "../ratio.ts";
import type { Transport } from "./connection.ts";

import { WireClient } from "./wire-client.ts";

export interface WireBenchOptions {
  readonly rounds: number;
  /** Orders of one closed-loop round, of one pipelined round. */
  readonly roundTrips: number;
  readonly pipelined: number;
  readonly waitStrategy: string;
  readonly onProgress: (line: string) => void;
}

export interface WireRow {
  readonly name: string;
  readonly unit: string;
  readonly fairlead: Spread;
  readonly bare: Spread;
  /** fairlead / bare, of neighbours in time. */
  readonly ratio: Spread;
  /** What the ratio is asked to be. */
  readonly target: Target;
}

interface Side {
  readonly client: WireClient;
  readonly p50: number[];
  readonly p99: number[];
  readonly throughput: number[];
}

const SETTLE_MS = 150;

export async function runWireBench(options: WireBenchOptions): Promise<WireRow[]> {
  const rows = await benchTransport("ws", new URL("./bare-websocket-server.js", import.meta.url), options);
  rows.push(...(await benchTransport("tcp", new URL("./bare-tcp-server.js", import.meta.url), options)));
  return rows;
}

async function benchTransport(transport: Transport, bareScript: URL, options: WireBenchOptions): Promise<WireRow[]> {
  const bareServer = await ServerProcess.start(bareScript);
  const venue = await startVenue(["--wait-strategy", options.waitStrategy]);
  try {
    const port = (server: ServerProcess): number =>
      (transport === "ws" ? server.ports.wsPort : server.ports.tcpPort) ?? 0;
    const bare = newSide(await WireClient.open(transport, port(bareServer), undefined));
    const fairlead = newSide(await WireClient.open(transport, port(venue), "wire-bench"));
    await takeTurns(transport, fairlead, bare, options);
    bare.client.close();
    fairlead.client.close();
    return toRows(transport, fairlead, bare);
  } finally {
    await Promise.all([bareServer.stop(), venue.stop()]);
  }
}

function newSide(client: WireClient): Side {
  return { client, p50: [], p99: [], throughput: [] };
}

/** Round 0 warms up and is not counted. */
async function takeTurns(transport: Transport, fairlead: Side, bare: Side, options: WireBenchOptions): Promise<void> {
  for (let round = 0; round <= options.rounds; round++) {
    for (const side of round % 2 === 0 ? [fairlead, bare] : [bare, fairlead]) {
      const { microseconds } = await side.client.measureRoundTrips(options.roundTrips);
      const throughput = await side.client.measureThroughput(options.pipelined);
      if (round > 0) {
        side.p50.push(percentile(microseconds, 0.5));
        side.p99.push(percentile(microseconds, 0.99));
        side.throughput.push(throughput);
      }
      // The one that has just run goes to sleep before the other one starts.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
    options.onProgress(`wire ${transport}: round ${round} of ${options.rounds}`);
  }
}

function toRows(transport: Transport, fairlead: Side, bare: Side): WireRow[] {
  const row = (name: string, unit: string, key: "p50" | "p99" | "throughput", target: Target): WireRow => ({
    name: `${transport} ${name}`,
    unit,
    fairlead: spread(fairlead[key]),
    bare: spread(bare[key]),
    ratio: spread(fairlead[key].map((value, n) => value / (bare[key][n] ?? Number.NaN))),
    target,
  });
  return [
    row("order to accepted, p50", "µs", "p50", { atMost: 1.25 }),
    row("order to accepted, p99", "µs", "p99", { atMost: 1.5 }),
    row("pipelined, one connection", "orders/s", "throughput", { atLeast: 0.5 }),
  ];
}
