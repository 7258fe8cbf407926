/**
 * How much an engine holds in how much memory: the resident set of a fresh process with many instruments and a million
 * resting orders, and how long adding an instrument takes while they rest.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Spread } from "../ratio.ts";

/** `near`: twenty prices per side. `spread`: each order has a price of its own, over all prices from 1 to 2^31 − 1. */
export const PRICE_SPREADS = ["near", "spread"] as const;

export interface CapacityOptions {
  readonly instrumentCount: number;
  readonly orderCount: number;
  readonly prices: (typeof PRICE_SPREADS)[number];
  /** Instruments added while the orders rest. */
  readonly addedCount: number;
}

export const CAPACITY_DEFAULTS: Omit<CapacityOptions, "prices"> = {
  instrumentCount: 10_000,
  orderCount: 1_000_000,
  addedCount: 1000,
};

export interface CapacityResult {
  /** Resident set: of the process before it had an engine, with an empty one, and with all orders resting. */
  readonly startRssBytes: number;
  readonly emptyRssBytes: number;
  readonly fullRssBytes: number;
  readonly restingCount: number;
  readonly levelCount: number;
  readonly fillSeconds: number;
  /** Adding one: all commands of its definition. */
  readonly addMs: Spread;
  /** How many of them the engine took. */
  readonly addedCount: number;
}

const PROCESS = fileURLToPath(new URL("./capacity-process.js", import.meta.url));

export async function benchCapacity(options: CapacityOptions): Promise<CapacityResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, JSON.stringify(options)]);
  return JSON.parse(stdout) as CapacityResult;
}
