/** What the admin plane answers under which path. */
import type { AdminSources } from "./admin-sources.ts";
import { METRICS_CONTENT_TYPE } from "./metric-family.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Endpoint {
  /** For the list of endpoints. */
  readonly summary: string;
  answer(): Answer | Promise<Answer>;
}

export function text(status: number, line: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${line}\n` };
}

/** By path. */
export function createEndpoints(
  sources: AdminSources,
  renderMetrics: () => Promise<string>,
): ReadonlyMap<string, Endpoint> {
  const endpoints = new Map<string, Endpoint>();
  endpoints.set("/", {
    summary: "this list",
    answer: () => text(200, [...endpoints].map(([path, { summary }]) => `${path.padEnd(10)}${summary}`).join("\n")),
  });
  endpoints.set("/healthz", {
    summary: "200 while the process is sound, else 503",
    answer: () => (sources.isHealthy() ? text(200, "ok") : text(503, "not sound: restart the process")),
  });
  endpoints.set("/readyz", {
    summary: "200 while orders are taken, else 503 and why not",
    answer: () => (sources.isReady() ? text(200, "ok") : text(503, sources.readinessReason())),
  });
  endpoints.set("/metrics", {
    summary: "counters, gauges and latencies for Prometheus",
    answer: async () => ({ status: 200, contentType: METRICS_CONTENT_TYPE, body: await renderMetrics() }),
  });
  return endpoints;
}
