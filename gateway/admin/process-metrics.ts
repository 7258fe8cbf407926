/**
 * What the operating system knows of the process, under the names that all Prometheus clients use for it, and what the
 * venue knows of itself.
 */
import { readdirSync } from "node:fs";
import type { ClockCost } from "../../protocol/telemetry/clock.ts";
import type { AdminSources } from "./admin-sources.ts";
import { type MetricFamily, gauge, plain } from "./metric-family.ts";

export function processFamilies(): MetricFamily[] {
  const cpu = process.cpuUsage();
  const startSeconds = Date.now() / 1000 - process.uptime();
  const families: MetricFamily[] = [
    {
      name: "process_cpu_seconds_total",
      help: "User and system time of all threads.",
      type: "counter",
      samples: [plain((cpu.user + cpu.system) / 1e6)],
    },
    gauge("process_resident_memory_bytes", "Memory of the process in RAM.", plain(process.memoryUsage.rss())),
    gauge("process_start_time_seconds", "When the process started, since 1970-01-01 UTC.", plain(startSeconds)),
    gauge("fairlead_uptime_seconds", "Age of the process.", plain(process.uptime())),
  ];
  const openFiles = countOpenFiles();
  if (openFiles !== undefined) families.push(gauge("process_open_fds", "Open file descriptors.", plain(openFiles)));
  return families;
}

/** undefined where there is no /proc. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

export function venueFamilies(sources: AdminSources, clock: ClockCost): MetricFamily[] {
  const { waitStrategy, ...build } = sources.buildInfo;
  const labels = { ...build, wait_strategy: waitStrategy };
  return [
    gauge("fairlead_build_info", "What runs; always 1.", { labels, value: 1 }),
    gauge("fairlead_healthy", "1 while every thread runs.", plain(Number(sources.isHealthy()))),
    gauge("fairlead_ready", "1 while orders are taken.", plain(Number(sources.isReady()))),
    gauge(
      "fairlead_clock_reading_seconds",
      "Cost of one reading of the clock that stages are timed with, measured at the start.",
      plain(clock.nsPerReading / 1e9),
    ),
    gauge("fairlead_clock_resolution_seconds", "Smallest step of that clock.", plain(clock.resolutionNs / 1e9)),
  ];
}
