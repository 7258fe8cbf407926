/** What the admin plane answers under which path. */
import type { AdminSources } from "./admin-sources.ts";
import { type Endpoint, text } from "./endpoint.ts";
import { METRICS_CONTENT_TYPE } from "./metric-family.ts";
import { type Operate, createOperatorEndpoint } from "./operator-endpoint.ts";

const READ_ONLY = ["GET", "HEAD"];

/** By path. */
export function createEndpoints(
  sources: AdminSources,
  renderMetrics: () => Promise<string>,
  operate: Operate,
): ReadonlyMap<string, Endpoint> {
  const endpoints = new Map<string, Endpoint>();
  endpoints.set("/", {
    summary: "this list",
    allow: READ_ONLY,
    answer: () => text(200, [...endpoints].map(([path, { summary }]) => `${path.padEnd(11)}${summary}`).join("\n")),
  });
  endpoints.set("/healthz", {
    summary: "200 while the process is sound, else 503",
    allow: READ_ONLY,
    answer: () => (sources.isHealthy() ? text(200, "ok") : text(503, "not sound: restart the process")),
  });
  endpoints.set("/readyz", {
    summary: "200 while orders are taken, else 503 and why not",
    allow: READ_ONLY,
    answer: () => (sources.isReady() ? text(200, "ok") : text(503, sources.readinessReason())),
  });
  endpoints.set("/metrics", {
    summary: "counters, gauges and latencies for Prometheus",
    allow: READ_ONLY,
    answer: async () => ({ status: 200, contentType: METRICS_CONTENT_TYPE, body: await renderMetrics() }),
  });
  endpoints.set("/operator", createOperatorEndpoint(sources, operate));
  return endpoints;
}
