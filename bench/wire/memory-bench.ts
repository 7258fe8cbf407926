/**
 * `fairlead bench memory`: what an order costs in garbage, from the heap statistics of the running venue.
 *
 * Orders are sent pipelined over one connection, accepted, and canceled together; the difference of each thread's allocated
 * bytes over the run, less what the same time costs without orders, is divided by the orders.
 */
import { startVenue, type ServerProcess } from "../../gateway/testing/server-process.ts";
import type { Transport } from "./connection.ts";
import { WireClient } from "./wire-client.ts";

export interface MemoryRow {
  readonly transport: Transport;
  readonly thread: "gateway" | "engine";
  readonly orders: number;
  readonly bytesPerOrder: number;
  readonly atMost: number;
}

/**
 * The smallest object that V8 can allocate has 16 bytes, and an order here is two commands: less than this means that
 * commands allocate nothing. What remains is the probe's own, and that of falling asleep.
 */
const ENGINE_BYTES_AT_MOST = 8;
const GATEWAY_BYTES_AT_MOST = 300;

const ORDERS_PER_RUN = 100_000;
const WARM_UP_RUNS = 5;

/** The probe of each thread samples once per second. */
const SAMPLED_MS = 2500;

export async function runMemoryBench(runs: number): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (const transport of ["ws", "tcp"] as const) rows.push(...(await measure(transport, runs)));
  return rows;
}

async function measure(transport: Transport, runs: number): Promise<MemoryRow[]> {
  const venue = await startVenue();
  try {
    const port = (transport === "ws" ? venue.ports.wsPort : venue.ports.tcpPort) ?? 0;
    const client = await WireClient.open(transport, port, "memory-bench");
    for (let run = 0; run < WARM_UP_RUNS; run++) await client.measureThroughput(ORDERS_PER_RUN);
    const idle = await allocatedDuring(venue, async () => {});
    const busy = await allocatedDuring(venue, async () => {
      for (let run = 0; run < runs; run++) await client.measureThroughput(ORDERS_PER_RUN);
    });
    client.close();
    const orders = runs * ORDERS_PER_RUN;
    const row = (thread: MemoryRow["thread"], atMost: number): MemoryRow => ({
      transport,
      thread,
      orders,
      bytesPerOrder: Math.max(0, busy[thread] - idle[thread]) / orders,
      atMost,
    });
    return [row("gateway", GATEWAY_BYTES_AT_MOST), row("engine", ENGINE_BYTES_AT_MOST)];
  } finally {
    await venue.stop();
  }
}

type Allocated = Record<MemoryRow["thread"], number>;

async function allocatedDuring(venue: ServerProcess, work: () => Promise<void>): Promise<Allocated> {
  const before = await allocatedBytes(venue);
  await work();
  await new Promise((resolve) => setTimeout(resolve, SAMPLED_MS));
  const after = await allocatedBytes(venue);
  return { gateway: after.gateway - before.gateway, engine: after.engine - before.engine };
}

async function allocatedBytes(venue: ServerProcess): Promise<Allocated> {
  const page = await (await fetch(`http://127.0.0.1:${venue.ports.adminPort ?? 0}/metrics`)).text();
  const of = (thread: string): number => {
    const line = new RegExp(`^fairlead_heap_allocated_bytes_total\\{thread="${thread}-0"\\} (.+)$`, "mu").exec(page);
    if (line === null) throw new Error(`/metrics does not tell what ${thread}-0 has allocated`);
    return Number(line[1]);
  };
  return { gateway: of("gateway"), engine: of("engine") };
}
