/** Metrics on their way out: named families of samples, written in the Prometheus text format by prom-client. */
import { type Metric, Registry } from "prom-client";

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Full name of the series where it is not that of the family: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** Names follow Prometheus: base units, and `_total` at the end of counters only. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly samples: readonly Sample[];
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

export function gauge(name: string, help: string, ...samples: Sample[]): MetricFamily {
  return { name, help, type: "gauge", samples };
}

/** A sample without labels. */
export function plain(value: number): Sample {
  return { labels: {}, value };
}

export function renderFamilies(families: readonly MetricFamily[]): Promise<string> {
  const registry = new Registry();
  for (const { samples, ...family } of families) {
    // The values live in shared memory, not in prom-client's own metrics: all that a registry asks of one is get().
    const metric = { ...family, get: () => ({ ...family, values: samples }) };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry.metrics();
}
