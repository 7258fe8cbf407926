/** The metrics that workers keep in shared memory: counter pages, latency histograms of the stages, and the rings. */
import { type CounterRow, readCounters } from "../../protocol/telemetry/counters.ts";
import { readHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { ringDepth, ringSlotCount } from "../../protocol/ring/ring-layout.ts";
import type {
  AdminSources,
  CounterPageSource,
  EngineHistory,
  RingSource,
  StageHistogramSource,
} from "./admin-sources.ts";
import { type MetricFamily, type Sample, gauge } from "./metric-family.ts";

/** Rows of the same name, on whatever page, are one family. */
export function counterFamilies(pages: readonly CounterPageSource[]): MetricFamily[] {
  const families = new Map<string, { row: CounterRow; samples: Sample[] }>();
  for (const { table, labels, page } of pages) {
    for (const row of readCounters(page, table)) {
      const family = families.get(row.name) ?? { row, samples: [] };
      family.samples.push({ labels: { ...labels, ...row.labels }, value: row.value });
      families.set(row.name, family);
    }
  }
  return [...families.values()].map(({ row, samples }) => {
    return { name: `fairlead_${row.name}`, help: row.help, type: typeOf(row), samples };
  });
}

/** To Prometheus, values that a `quantile` label tells apart are a summary. */
function typeOf(row: CounterRow): MetricFamily["type"] {
  return row.labels?.["quantile"] === undefined ? row.type : "summary";
}

/** 1, 2.5 and 5 in each decade, in nanoseconds. */
const BOUNDS_NS: readonly number[] = [
  250,
  500,
  ...[1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9].flatMap((decade) => [decade, 2.5 * decade, 5 * decade]),
  1e10,
];

export function stageFamilies(histograms: readonly StageHistogramSource[]): MetricFamily[] {
  return latencyFamilies(
    "stage_latency",
    ["Time that orders spend in each stage of the venue.", "Longest time in a stage since the start."],
    histograms.map(({ stage, labels, buffer }) => ({ labels: { stage, ...labels }, buffer })),
  );
}

export function commitFamilies(histograms: AdminSources["commitHistograms"]): MetricFamily[] {
  if (histograms.length === 0) return [];
  return latencyFamilies(
    "journal_commit_latency",
    ["Time to write and sync a group of commands.", "Longest such time since the start."],
    histograms,
  );
}

/** @param helps Of the histogram, and of its largest value. */
function latencyFamilies(
  name: string,
  helps: readonly [string, string],
  histograms: AdminSources["commitHistograms"],
): MetricFamily[] {
  const metric = `fairlead_${name}_seconds`;
  const readings = histograms.map(({ labels, buffer }) => ({ labels, reading: readHistogram(buffer) }));
  const samples = readings.flatMap(({ labels, reading }): Sample[] => {
    const counts = reading.buckets(BOUNDS_NS);
    const bucket = (le: string, value: number): Sample => ({
      metricName: `${metric}_bucket`,
      labels: { ...labels, le },
      value,
    });
    return [
      ...BOUNDS_NS.map((boundNs, index) => bucket(String(boundNs / 1e9), counts[index] ?? 0)),
      bucket("+Inf", reading.count),
      { metricName: `${metric}_sum`, labels, value: reading.sumNs / 1e9 },
      { metricName: `${metric}_count`, labels, value: reading.count },
    ];
  });
  const largest = readings.map(({ labels, reading }) => ({ labels, value: reading.maxNs / 1e9 }));
  return [
    { name: metric, help: helps[0], type: "histogram", samples },
    gauge(`fairlead_${name}_max_seconds`, helps[1], ...largest),
  ];
}

/** How far the journals are behind their engines, and how often threads have been replaced. */
export function recoveryFamilies(sources: AdminSources): MetricFamily[] {
  const lags = sources.journalRings.map((buffer, engine) => ({
    labels: { engine: String(engine) },
    value: ringDepth(new Int32Array(buffer)),
  }));
  const ofEngines = (value: (history: EngineHistory) => number): Sample[] =>
    sources.recoveries().map((history) => ({ labels: { engine: String(history.engine) }, value: value(history) }));
  const restarted = sources.gatewayRestarts().map(({ gateway, restarts }) => ({
    labels: { gateway: String(gateway) },
    value: restarts,
  }));
  return [
    ...(lags.length === 0
      ? []
      : [gauge("fairlead_journal_lag_commands", "Commands handed to the journal and not durable yet.", ...lags)]),
    {
      name: "fairlead_engine_restarts_total",
      help: "Engine threads that died and were replaced.",
      type: "counter",
      samples: ofEngines(({ restarts }) => restarts),
    },
    {
      name: "fairlead_gateway_restarts_total",
      help: "Gateway threads that died and were replaced.",
      type: "counter",
      samples: restarted,
    },
    gauge(
      "fairlead_quarantined_commands",
      "Commands that are not applied because they killed the engine.",
      ...ofEngines(({ quarantined }) => quarantined),
    ),
    gauge(
      "fairlead_recovery_replayed_commands",
      "Commands replayed at the start of the process.",
      ...ofEngines(({ recovery }) => recovery?.replayedCommands ?? 0),
    ),
    gauge(
      "fairlead_recovery_seconds",
      "Duration of the recovery at the start of the process.",
      ...ofEngines(({ recovery }) => (recovery?.elapsedMs ?? 0) / 1000),
    ),
  ];
}

export function ringFamilies(rings: readonly RingSource[]): MetricFamily[] {
  const labelled = rings.map(({ buffer, ...labels }) => ({ buffer, labels }));
  const depths = labelled.map(({ buffer, labels }) => ({ labels, value: ringDepth(new Int32Array(buffer)) }));
  const capacities = labelled.map(({ buffer, labels }) => ({ labels, value: ringSlotCount(buffer) }));
  return [
    gauge("fairlead_ring_used_slots", "Slots that are published and not yet released.", ...depths),
    gauge("fairlead_ring_capacity_slots", "Slots of the ring.", ...capacities),
  ];
}
