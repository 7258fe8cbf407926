/** Entry of a gateway's worker thread: opens the sockets, runs the gateway until it is told to drain, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../protocol/assert.ts";
import { LogoutReason, unreachable } from "../protocol/codes.ts";
import { DoorbellSleeper } from "../protocol/ring/doorbell.ts";
import { alignClock } from "../protocol/telemetry/clock.ts";
import { CounterWriter } from "../protocol/telemetry/counters.ts";
import { startRuntimeProbe } from "../protocol/telemetry/runtime-probe.ts";
import { EngineLane } from "./engine-lane.ts";
import type { GatewayNews, GatewayOrder, GatewayWorkerData } from "./gateway-worker-data.ts";
import { Gateway } from "./gateway.ts";
import { InstrumentDirectory } from "./instrument-directory.ts";
import { loadNativeUws } from "./native-uws.ts";
import type { OrderSession } from "./session/order-session.ts";
import { startTcpServer, type TcpServer } from "./transport/tcp-server.ts";
import { startWebSocketServer, type WebSocketServer } from "./transport/websocket-server.ts";
import { createWorkerLog } from "./worker-log.ts";

assert(parentPort !== null, "a gateway runs in a worker thread");
const port = parentPort;

/** More than one thread accepts; the numbers that they give out must not meet. */
const CONNECTIONS_PER_THREAD = 1_000_003;
const data = workerData as GatewayWorkerData;
const log = createWorkerLog(port, data.logLevel);

function tell(news: GatewayNews): void {
  port.postMessage(news);
}

function createGateway(): Gateway {
  return new Gateway({
    lanes: data.lanes.map((lane) => new EngineLane(lane)),
    sleeper: new DoorbellSleeper(data.doorbell),
    counters: new CounterWriter(data.counters),
    stages: data.stages,
    instruments: new InstrumentDirectory(data.instruments, data.durability),
    limits: data.limits,
    venueName: data.venueName,
    firstConnection: 1 + data.predecessors * CONNECTIONS_PER_THREAD,
    onSessionEnd: logSessionEnd,
    onOperatorAnswer: (answer) => tell({ type: "operated", answer }),
  });
}

function logSessionEnd(session: OrderSession, reason: LogoutReason, text: string): void {
  const isRoutine = reason === LogoutReason.Requested || reason === LogoutReason.Draining;
  log(isRoutine ? "debug" : "warn", "session ended by the venue", {
    reason: reasonName(reason),
    text,
    session: session.name,
    connection: session.connection,
    peer: session.transport.description,
  });
}

function reasonName(reason: LogoutReason): string {
  return Object.entries(LogoutReason).find(([, code]) => code === reason)?.[0] ?? String(reason);
}

interface Servers {
  readonly webSocket: WebSocketServer;
  readonly tcp: TcpServer;
}

async function listen(gateway: Gateway): Promise<Servers> {
  const { host, limits } = data;
  const webSocket = await startWebSocketServer(loadNativeUws().uws, gateway, {
    host,
    port: data.wsPort,
    maxQueuedBytes: limits.maxQueuedBytes,
  });
  try {
    const tcp = await startTcpServer(gateway, {
      host,
      port: data.tcpPort,
      sharedFd: data.tcpFd,
      reusePort: data.sharesPorts && data.tcpFd === undefined,
      maxFrameBytes: limits.maxFrameBytes,
    });
    return { webSocket, tcp };
  } catch (error) {
    webSocket.close();
    throw error;
  }
}

async function drain(gateway: Gateway, servers: Servers, timeoutMs: number): Promise<void> {
  servers.webSocket.stopListening();
  servers.tcp.stopListening();
  await gateway.drain(timeoutMs);
  servers.webSocket.close();
  tell({ type: "drained" });
}

async function pauseEngine(gateway: Gateway, engine: number, published: number): Promise<void> {
  const lastSequence = await gateway.pauseEngine(engine, published);
  tell({ type: "enginePaused", engine, lastSequence });
}

/** No goodbyes. */
function abandon(servers: Servers): void {
  servers.webSocket.close();
  tell({ type: "abandoned" });
}

function obey(gateway: Gateway, servers: Servers, order: GatewayOrder): void {
  switch (order.type) {
    case "drain":
      return void drain(gateway, servers, order.timeoutMs);
    case "abandon":
      return abandon(servers);
    case "pauseEngine":
      return void pauseEngine(gateway, order.engine, order.published);
    case "resumeEngine":
      return gateway.resumeEngine();
    case "halt":
      gateway.halt();
      return tell({ type: "halted" });
    case "operate":
      return gateway.operate(order.order);
    case "define":
      gateway.define(order.instrument);
      return tell({ type: "defined", instrumentId: order.instrument.instrumentId });
    default:
      return unreachable(order);
  }
}

async function run(): Promise<void> {
  alignClock(data.clockOriginMs);
  const gateway = createGateway();
  const servers = await listen(gateway);
  startRuntimeProbe(data.runtime);
  port.on("message", (order: GatewayOrder) => obey(gateway, servers, order));
  // Without this, an error of ours would not end the process with its own exit code.
  process.once("exit", () => servers.webSocket.close());
  tell({
    type: "listening",
    wsPort: servers.webSocket.port,
    tcpPort: servers.tcp.port,
    tcpFd: servers.tcp.fd,
  });
}

run().catch((error: unknown) => {
  tell({ type: "listenFailed", message: error instanceof Error ? error.message : String(error) });
});
