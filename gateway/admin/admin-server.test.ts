import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { RingProducer } from "../../protocol/ring/ring-producer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { type CounterTable, CounterWriter, createCounterPage } from "../../protocol/telemetry/counters.ts";
import { HistogramWriter, createHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { createLogger } from "../logger.ts";
import type { AdminSources } from "./admin-sources.ts";
import type { OperatorOutcome } from "../operator/operator-line.ts";
import { type AdminServer, startAdminServer } from "./admin-server.ts";
import type { Operate } from "./operator-endpoint.ts";

const TABLE: CounterTable = [
  { name: "frames_received_total", help: "Frames from clients.", type: "counter", labels: { transport: "ws" } },
  { name: "frames_received_total", help: "Frames from clients.", type: "counter", labels: { transport: "tcp" } },
  { name: "sessions", help: "Sessions logged on.", type: "gauge" },
];

const QUIET: AdminSources = {
  isHealthy: () => true,
  isReady: () => true,
  readinessReason: () => "",
  counterPages: [],
  stageHistograms: [],
  commitHistograms: [],
  journalRings: [],
  recoveries: () => [],
  gatewayRestarts: () => [],
  rings: [],
  buildInfo: { version: "0.1.0", commit: "a1b2c3d", node: "v20", uws: "uws-legacy 20.30.0", waitStrategy: "adaptive" },
};

const servers: AdminServer[] = [];
const logLines: string[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  logLines.length = 0;
});

const REPORTED: OperatorOutcome = { kind: "reported", reports: [] };

async function start(sources: Partial<AdminSources> = {}, operate: Operate = async () => REPORTED): Promise<string> {
  const logger = createLogger("info", { write: (line) => logLines.push(line) });
  const server = await startAdminServer({
    host: "127.0.0.1",
    port: 0,
    sources: { ...QUIET, ...sources },
    operate,
    logger,
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

async function scrape(sources: Partial<AdminSources> = {}): Promise<string> {
  return (await fetch(`${await start(sources)}/metrics`)).text();
}

/** A venue with two gateways and something in every kind of metric. */
function busySources(): Partial<AdminSources> {
  const page = createCounterPage(TABLE.length);
  const writer = new CounterWriter(page);
  writer.add(0, 5);
  writer.set(2, 2);
  const buffer = createHistogram();
  const histogram = new HistogramWriter(buffer);
  for (const ns of [100, 300, 1_000_000, 20e9]) histogram.record(ns);
  const ring = createRing(64);
  const producer = new RingProducer(ring);
  producer.claim();
  producer.claim();
  producer.publish();
  return {
    counterPages: [
      { table: TABLE, labels: { gateway: "0" }, page },
      { table: TABLE, labels: { gateway: "1" }, page: createCounterPage(TABLE.length) },
    ],
    stageHistograms: [
      { stage: "matching", labels: { gateway: "0" }, buffer },
      { stage: "matching", labels: { gateway: "1" }, buffer: createHistogram() },
    ],
    rings: [{ ring: "command", gateway: 0, engine: 1, buffer: ring }],
  };
}

/** Start of a line about the stage of busySources(). */
function series(suffix: string, le = ""): string {
  return `fairlead_stage_latency_seconds_${suffix}{stage="matching",gateway="0"${le}} `;
}

describe("/metrics", () => {
  test("shows the rows of every page, one family per name", async () => {
    const page = await scrape(busySources());
    expect(page).toContain(`# HELP fairlead_frames_received_total Frames from clients.
# TYPE fairlead_frames_received_total counter
fairlead_frames_received_total{gateway="0",transport="ws"} 5
fairlead_frames_received_total{gateway="0",transport="tcp"} 0
fairlead_frames_received_total{gateway="1",transport="ws"} 0
fairlead_frames_received_total{gateway="1",transport="tcp"} 0
`);
    expect(page).toContain('fairlead_sessions{gateway="0"} 2\n');
  });

  test("shows a stage as a histogram in seconds", async () => {
    const page = await scrape(busySources());
    expect(page).toContain(`${series("bucket", ',le="2.5e-7"')}1\n`);
    expect(page).toContain(`${series("bucket", ',le="5e-7"')}2\n`);
    expect(page).toContain(`${series("bucket", ',le="0.0025"')}3\n`);
    expect(page).toContain(`${series("bucket", ',le="10"')}3\n`);
    expect(page).toContain(`${series("bucket", ',le="+Inf"')}4\n`);
    expect(page).toContain(`${series("sum")}20.0010004\n`);
    expect(page).toContain(`${series("count")}4\n`);
    expect(page).toContain('fairlead_stage_latency_max_seconds{stage="matching",gateway="0"} 20\n');
  });

  test("shows how full the rings are", async () => {
    const page = await scrape(busySources());
    expect(page).toContain('fairlead_ring_used_slots{ring="command",gateway="0",engine="1"} 2\n');
    expect(page).toContain('fairlead_ring_capacity_slots{ring="command",gateway="0",engine="1"} 64\n');
  });

  test("shows the build, the process and this thread", async () => {
    const page = await scrape();
    expect(page).toContain(
      'fairlead_build_info{version="0.1.0",commit="a1b2c3d",node="v20",uws="uws-legacy 20.30.0",wait_strategy="adaptive"} 1\n',
    );
    expect(page).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect(page).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
    expect(page).toMatch(/^fairlead_uptime_seconds [\d.]+$/m);
    expect(page).toMatch(/^fairlead_heap_used_bytes\{thread="main"\} \d{6,}$/m);
    expect(page).toMatch(/^fairlead_gc_runs_total\{thread="main",kind="minor"\} \d+$/m);
    expect(page).toMatch(/^fairlead_event_loop_delay_seconds\{thread="main",quantile="0.99"\} [\d.e-]+$/m);
    expect(page).toMatch(/^fairlead_clock_reading_seconds \d/m);
  });

  test("follows the sources: what is written or added later is on the next page", async () => {
    const page = createCounterPage(TABLE.length);
    const counterPages = [{ table: TABLE, labels: {}, page }];
    const url = await start({ counterPages });
    const read = async () => (await fetch(`${url}/metrics`)).text();
    expect(await read()).toContain('fairlead_frames_received_total{transport="ws"} 0\n');
    new CounterWriter(page).add(0, 7);
    counterPages.push({
      table: [{ name: "late", help: "Late.", type: "gauge" as const }],
      labels: {},
      page: createCounterPage(1),
    });
    const next = await read();
    expect(next).toContain('fairlead_frames_received_total{transport="ws"} 7\n');
    expect(next).toContain("fairlead_late 0\n");
  });

  test("passes promtool check metrics", async (context) => {
    if (spawnSync("promtool", ["--version"]).error) {
      context.skip("promtool is not installed: apt-get install prometheus");
    }
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: await scrape(busySources()),
    });
    expect(`${String(stdout)}${String(stderr)}`).toBe("");
    expect(status).toBe(0);
  });

  test("a defect while rendering is a 500 and a log line, and the server goes on", async () => {
    const broken = [{ table: TABLE, labels: {}, page: createCounterPage(1) }];
    const url = await start({ counterPages: broken });
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect(logLines.join("")).toContain("a page has one value per row of its table");
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe("health", () => {
  test("/healthz is 200 while the process is sound, else 503", async () => {
    let healthy = true;
    const url = await start({ isHealthy: () => healthy });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    healthy = false;
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
  });

  test("/readyz is 200 while orders are taken, else 503 and the reason", async () => {
    let reason = "starting: engine 1 of 2 is up";
    const url = await start({ isReady: () => reason === "", readinessReason: () => reason });
    const starting = await fetch(`${url}/readyz`);
    expect([starting.status, await starting.text()]).toEqual([503, "starting: engine 1 of 2 is up\n"]);
    reason = "";
    const open = await fetch(`${url}/readyz`);
    expect([open.status, await open.text()]).toEqual([200, "ok\n"]);
    reason = "draining";
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });
});

describe("/operator", () => {
  const JSON_BODY = { "content-type": "application/json" };
  const request = '{"requestId":"7","setPhase":{"phase":"HALT"}}';

  function post(url: string, body = request, headers: Record<string, string> = JSON_BODY): Promise<Response> {
    return fetch(`${url}/operator`, { method: "POST", headers, body });
  }

  test("hands the text on, and answers with a report for each engine", async () => {
    const asked: string[] = [];
    const url = await start({}, async (text) => {
      asked.push(text);
      return {
        kind: "reported",
        reports: [
          { requestId: 7, count: 2 },
          { requestId: 7, rejectReason: 47, engine: 1 },
        ],
      };
    });
    const response = await post(url);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual([
      { requestId: "7", count: 2 },
      { requestId: "7", rejectReason: "REJECT_REASON_INVALID_PHASE", engine: 1 },
    ]);
    expect(asked).toEqual([request]);
  });

  test("says in one line what is wrong with a request", async () => {
    const url = await start({}, async () => ({ kind: "malformed", line: "line 1, column 2: no" }));
    const response = await post(url, "{");
    expect([response.status, await response.text()]).toEqual([400, "line 1, column 2: no\n"]);
  });

  test("says which engine did not answer, and what the others said", async () => {
    const reports = [{ count: 1 }];
    const url = await start({}, async () => ({ kind: "unanswered", reports, missing: [1] }));
    const response = await post(url);
    expect(response.status).toBe(504);
    expect(await response.text()).toBe(
      'no answer in time from engine 1: what it did is unknown; the others: [{"count":1}]\n',
    );
  });

  test("does nothing while no orders are taken", async () => {
    const url = await start({ isReady: () => false, readinessReason: () => "draining" }, () => {
      throw new Error("not asked");
    });
    const response = await post(url);
    expect([response.status, await response.text()]).toEqual([503, "draining\n"]);
  });

  test("takes JSON alone, so that a page in a browser cannot post to it, and no more than 64 KiB of it", async () => {
    const url = await start();
    expect((await post(url, request, { "content-type": "text/plain" })).status).toBe(415);
    expect((await post(url, request, {})).status).toBe(415);
    expect((await post(url, request, { "content-type": "application/json; charset=utf-8" })).status).toBe(200);
    expect((await post(url, " ".repeat(65_536))).status).toBe(200);
    expect((await post(url, " ".repeat(65_537))).status).toBe(413);
  });

  test.each(["GET", "HEAD", "PUT", "OPTIONS"])("%s is refused", async (method) => {
    const response = await fetch(`${await start()}/operator`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });
});

describe("the server", () => {
  test("/ lists the endpoints", async () => {
    const response = await fetch(await start());
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const paths = (await response.text())
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0]);
    expect(paths).toEqual(["/", "/healthz", "/readyz", "/metrics", "/operator"]);
  });

  test("a query changes nothing, another path is 404", async () => {
    const url = await start();
    expect((await fetch(`${url}/healthz?verbose=1`)).status).toBe(200);
    for (const path of ["/health", "/metrics/", "/../etc/passwd", "/constructor"]) {
      expect((await fetch(url + path)).status, path).toBe(404);
    }
  });

  test("HEAD answers as GET does, without the body", async () => {
    const response = await fetch(`${await start()}/metrics`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(1000);
    expect(await response.text()).toBe("");
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is refused, and the connection ends", async (method) => {
    const response = await fetch(`${await start()}/metrics`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    expect(response.headers.get("connection")).toBe("close");
  });

  test("headers beyond 8 KiB are refused", async () => {
    const response = await fetch(`${await start()}/healthz`, { headers: { "x-long": "x".repeat(9000) } });
    expect(response.status).toBe(431);
  });

  test("what is not HTTP is refused, and the server goes on", async () => {
    const url = await start();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    onTestFinished(() => {
      socket.destroy();
    });
    socket.end("\0\0\0 not http\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 /);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("a port in use is one clear line", async () => {
    const port = Number(new URL(await start()).port);
    const logger = createLogger("silent");
    await expect(
      startAdminServer({ host: "127.0.0.1", port, sources: QUIET, operate: async () => REPORTED, logger }),
    ).rejects.toThrow(`cannot open admin port ${port} on 127.0.0.1: it is in use`);
  });

  test("close ends idle connections and frees the port", async () => {
    const url = await start();
    await (await fetch(`${url}/healthz`)).text(); // Leaves a kept-alive connection.
    await servers.splice(0)[0]?.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow("fetch failed");
  });
});
