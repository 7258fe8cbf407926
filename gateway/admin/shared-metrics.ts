/** The metrics that workers keep in shared memory: counter pages, latency histograms of the stages, and the rings. */
import { type CounterRow, readCounters } from "../../protocol/telemetry/counters.ts";
import { readHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { ringDepth, ringSlotCount } from "../../protocol/ring/ring-layout.ts";
import type { CounterPageSource, RingSource, StageHistogramSource } from "./admin-sources.ts";
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

const STAGE_LATENCY = "fairlead_stage_latency_seconds";

export function stageFamilies(histograms: readonly StageHistogramSource[]): MetricFamily[] {
  const readings = histograms.map(({ stage, labels, buffer }) => {
    return { labels: { stage, ...labels }, reading: readHistogram(buffer) };
  });
  const samples = readings.flatMap(({ labels, reading }) => {
    const counts = reading.buckets(BOUNDS_NS);
    const buckets = BOUNDS_NS.map((boundNs, index) => bucket(labels, String(boundNs / 1e9), counts[index] ?? 0));
    return [
      ...buckets,
      bucket(labels, "+Inf", reading.count),
      { metricName: `${STAGE_LATENCY}_sum`, labels, value: reading.sumNs / 1e9 },
      { metricName: `${STAGE_LATENCY}_count`, labels, value: reading.count },
    ];
  });
  const largest = readings.map(({ labels, reading }) => ({ labels, value: reading.maxNs / 1e9 }));
  return [
    { name: STAGE_LATENCY, help: "Time that orders spend in each stage of the venue.", type: "histogram", samples },
    gauge("fairlead_stage_latency_max_seconds", "Longest time in a stage since the start.", ...largest),
  ];
}

function bucket(labels: Sample["labels"], le: string, value: number): Sample {
  return { metricName: `${STAGE_LATENCY}_bucket`, labels: { ...labels, le }, value };
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
