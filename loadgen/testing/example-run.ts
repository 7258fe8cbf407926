import type { Environment } from "../environment.ts";
import { newIntervalHistogram, newRunHistogram, recordMs } from "../histograms.ts";
import type { Histogram } from "../histograms.ts";
import { newCounts } from "../load-counts.ts";
import type { RecordedRun } from "../load-run.ts";
import type { LoadSettings } from "../load-settings.ts";
import { MIX_PROFILES } from "../mix-profile.ts";

export const EXAMPLE_SETTINGS: LoadSettings = {
  url: "tcp://127.0.0.1:7002",
  ratePerSecond: 1000,
  durationMs: 2000,
  warmupMs: 500,
  sessions: 4,
  workers: 2,
  schedule: "constant",
  burstSize: 100,
  mix: MIX_PROFILES.balanced,
  instrumentIds: [1, 2],
  midPrice: 10_000,
  levels: 10,
  maxOpenOrders: 500,
  seed: 1,
  receiptShare: 0.5,
  drainMs: 5000,
  sessionPrefix: "load",
};

export const EXAMPLE_ENVIRONMENT: Environment = {
  build: "fairlead 0.1.0 (abc1234)",
  node: "v20.20.2",
  os: "Linux 6.1 x64",
  cpu: "Some <fast> processor",
  cpuCount: 2,
  memoryGiB: 16,
  loadAverage: 0.25,
};

/** Two seconds at 1000 requests per second, answered after 0.1 … 0.3 ms; one after 50 ms. */
export function exampleRun(): RecordedRun {
  const corrected = newRunHistogram();
  const uncorrected = newRunHistogram();
  const pacingError = newRunHistogram();
  const intervals = [newIntervalHistogram(), newIntervalHistogram()];
  for (let index = 0; index < 2000; index++) {
    const latencyMs = index === 700 ? 50 : 0.1 + (index % 200) / 1000;
    recordMs(corrected, latencyMs);
    recordMs(uncorrected, latencyMs - 0.01);
    recordMs(pacingError, 0.01);
    const interval = intervals[index < 1000 ? 0 : 1];
    if (interval !== undefined) recordMs(interval, latencyMs);
  }
  const counts = newCounts();
  counts.planned = counts.answered = counts.sentInWindow = counts.answeredInWindow = 2000;
  counts.byKind.passive = counts.byAnswer.accepted = 2000;
  return {
    started: true,
    outcome: "completed",
    failure: "",
    startTime: Date.UTC(2026, 0, 2, 3, 4, 5),
    measuredMs: 2000,
    venue: "fairlead 0.1.0",
    durability: "memory",
    counts,
    corrected,
    uncorrected,
    pacingError,
    stages: {
      gatewayInNs: stage(1000),
      ringWaitNs: stage(2000),
      matchingNs: stage(300),
      ringOutNs: stage(4000),
      gatewayOutNs: stage(500),
    },
    intervals,
  };
}

function stage(ns: number): Histogram {
  const histogram = newRunHistogram();
  for (let index = 0; index < 100; index++) histogram.recordValue(ns);
  return histogram;
}
