/**
 * The admin plane: an HTTP server in the main thread that tells how the venue is. It changes nothing. It asks nobody who
 * they are, so its port belongs on the operator's network.
 *
 * Bounded: GET and HEAD alone are answered, headers are short, slow requests and idle connections time out, connections
 * are counted.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { RUNTIME_TABLE, createRuntimePage, startRuntimeProbe } from "../../protocol/telemetry/runtime-probe.ts";
import { OperatingError } from "../operating-error.ts";
import type { AdminSources } from "./admin-sources.ts";
import { type Answer, type Endpoint, createEndpoints, text } from "./endpoints.ts";
import { createMetricsPage } from "./metrics-page.ts";

export interface AdminServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly sources: AdminSources;
  readonly logger: Logger;
}

export interface AdminServer {
  readonly port: number;
  /** Ends every connection. Resolves when the port is free. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
/** Milliseconds and bytes. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1000,
};

/** @throws OperatingError when the port cannot be opened. */
export async function startAdminServer({ host, port, sources, logger }: AdminServerOptions): Promise<AdminServer> {
  const page = createRuntimePage();
  const renderMetrics = createMetricsPage(sources, { table: RUNTIME_TABLE, labels: { thread: "main" }, page });
  const endpoints = createEndpoints(sources, renderMetrics);
  const server = createServer(LIMITS, (request, response) => {
    respond(request, response, endpoints).catch((error: unknown) => {
      logger.error({ err: error, path: request.url }, "admin request failed");
      send(response, text(500, "this is a defect of the venue; its log says more"));
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port);
  const probe = startRuntimeProbe(page);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      probe.stop();
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

type Endpoints = ReadonlyMap<string, Endpoint>;

async function respond(request: IncomingMessage, response: ServerResponse, endpoints: Endpoints): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    // Whatever body comes with it is not read: the connection goes.
    response.setHeader("Connection", "close");
    send(response, text(405, "only GET and HEAD"));
    return;
  }
  const path = request.url?.split("?", 1)[0] ?? "";
  const endpoint = endpoints.get(path);
  send(response, endpoint ? await endpoint.answer() : text(404, "no such page; / lists them"));
}

function send(response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "EADDRINUSE" ? "it is in use" : (error.code ?? error.message);
      reject(new OperatingError(`cannot open admin port ${port} on ${host}: ${reason}`));
    });
    server.listen({ host, port }, resolve);
  });
}
