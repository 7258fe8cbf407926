/**
 * The admin plane: an HTTP server in the main thread that tells how the venue is, and takes the operator's requests. It asks
 * nobody who they are: whoever can reach its port is the operator, so the port belongs on the operator's network.
 *
 * Bounded: headers and bodies are short, slow requests and idle connections time out, connections are counted.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { RUNTIME_TABLE, createRuntimePage, startRuntimeProbe } from "../../protocol/telemetry/runtime-probe.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import type { AdminSources } from "./admin-sources.ts";
import { type Answer, type Endpoint, text } from "./endpoint.ts";
import { createEndpoints } from "./endpoints.ts";
import type { Operate } from "./operator-endpoint.ts";
import { createMetricsPage } from "./metrics-page.ts";

export interface AdminServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly sources: AdminSources;
  readonly operate: Operate;
  readonly logger: Logger;
}

export interface AdminServer {
  readonly port: number;
  /** Ends every connection. Resolves when the port is free. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const MAX_BODY_BYTES = 65_536;
/** Milliseconds and bytes. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1000,
};

/** @throws OperatingError when the port cannot be opened. */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { host, port, sources, logger } = options;
  const page = createRuntimePage();
  const renderMetrics = createMetricsPage(sources, { table: RUNTIME_TABLE, labels: { thread: "main" }, page });
  const endpoints = createEndpoints(sources, renderMetrics, options.operate);
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
  const path = request.url?.split("?", 1)[0] ?? "";
  const endpoint = endpoints.get(path);
  if (endpoint === undefined) return send(response, text(404, "no such page; / lists them"));
  const { method = "" } = request;
  if (endpoint.allow.includes(method)) return send(response, await answerTo(request, response, endpoint));
  response.setHeader("Allow", endpoint.allow.join(", "));
  refuse(response, text(405, `only ${endpoint.allow.join(" and ")}`));
}

async function answerTo(request: IncomingMessage, response: ServerResponse, endpoint: Endpoint): Promise<Answer> {
  if (endpoint.takes === undefined) return endpoint.answer("");
  if (request.headers["content-type"]?.split(";", 1)[0] !== endpoint.takes) {
    // A page in a browser may post a form to any address, but nothing of this type without being asked.
    response.setHeader("Connection", "close");
    return text(415, `only Content-Type: ${endpoint.takes}`);
  }
  const body = await readBody(request);
  return body === undefined ? text(413, `at most ${MAX_BODY_BYTES} bytes`) : endpoint.answer(body);
}

/** Undefined when it is too long: what is beyond the limit is read, for as long as a request may take, and not kept. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let byteCount = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    byteCount += piece.length;
    if (byteCount <= MAX_BODY_BYTES) pieces.push(piece);
  }
  return byteCount <= MAX_BODY_BYTES ? Buffer.concat(pieces).toString("utf8") : undefined;
}

/** Whatever body comes with the request is not read: the connection goes. */
function refuse(response: ServerResponse, answer: Answer): void {
  response.setHeader("Connection", "close");
  send(response, answer);
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
