/** Where and with what a benchmark ran. A number without this cannot be compared with another. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, type as systemName } from "node:os";
import { fileURLToPath } from "node:url";
import { type ClockCost, measureClockCost } from "../protocol/telemetry/clock.ts";

/** What the benchmark was told: rates, sizes, strategies. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface Environment {
  /** ISO 8601, UTC. */
  readonly date: string;
  /** Full hash, or undefined outside of a checkout. */
  readonly commit: string | undefined;
  /** Files differ from the commit. */
  readonly dirty: boolean;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  /** Runnable threads over the last 1, 5 and 15 minutes, before the run: above 0, something else used the machine. */
  readonly loadAverage: readonly number[];
  readonly clock: ClockCost;
  readonly settings: Settings;
}

export function describeEnvironment(settings: Settings = {}): Environment {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: git("rev-parse", "HEAD"),
    dirty: (git("status", "--porcelain", "--untracked-files=no") ?? "") !== "",
    cpuModel: processors[0]?.model.trim() ?? "unknown",
    cpuCount: processors.length,
    kernel: `${systemName()} ${release()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    loadAverage: loadavg(),
    clock: measureClockCost(),
    settings,
  };
}

/** Undefined where git, or the checkout, is not there. */
function git(...args: string[]): string | undefined {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  try {
    return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
