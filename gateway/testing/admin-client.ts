/** What the admin plane of a venue under test says. */
import type { ServerPorts } from "./server-process.ts";

export async function adminGet(ports: ServerPorts, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${ports.adminPort}${path}`);
  return { status: response.status, body: await response.text() };
}

export async function adminPost(
  ports: ServerPorts,
  path: string,
  json: string,
): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${ports.adminPort}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: json,
  });
  return { status: response.status, body: await response.text() };
}

/** One metric, summed over all threads, or over the series that have this label (`gateway="0"`). */
export async function metric(ports: ServerPorts, name: string, label = ""): Promise<number> {
  const { body } = await adminGet(ports, "/metrics");
  return body
    .split("\n")
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Reads the metric until it has the value; gauges follow what clients see a moment later. */
export async function metricBecomes(ports: ServerPorts, name: string, value: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  let seen = await metric(ports, name);
  while (seen !== value && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen = await metric(ports, name);
  }
  if (seen !== value) throw new Error(`${name} is ${seen}, expected ${value}`);
}
