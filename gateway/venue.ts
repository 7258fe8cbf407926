/**
 * The whole venue in one process: makes the shared memory, starts the engine workers, then the gateway workers, then the
 * admin plane, and takes them down in the reverse order. Runs in the main thread, which is never on an order's path.
 *
 *   starting ──every worker is up──► open ──drain()──► draining ──► stopped
 *                                      └── a worker died ──► failed
 */
import { createServer, type AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import {
  ENGINE_COUNTERS,
  EngineWatch,
  createEngineControl,
  ENGINE_WORKER_URL,
  type EngineWorkerData,
  raiseInliningBudget,
} from "../engine/engine-thread.ts";
import type { EngineConfig, Instrument } from "../engine/engine-config.ts";
import { Durability } from "../protocol/codes.ts";
import { DoorbellRinger } from "../protocol/ring/doorbell.ts";
import { clockOriginMs } from "../protocol/telemetry/clock.ts";
import { createCounterPage } from "../protocol/telemetry/counters.ts";
import { createHistogram } from "../protocol/telemetry/latency-histogram.ts";
import { RUNTIME_TABLE, createRuntimePage } from "../protocol/telemetry/runtime-probe.ts";
import { type AdminServer, startAdminServer } from "./admin/admin-server.ts";
import type { AdminSources } from "./admin/admin-sources.ts";
import { type Build, formatBuild } from "./build.ts";
import { GATEWAY_COUNTERS } from "./gateway-counters.ts";
import type { GatewayNews, GatewayOrder, GatewayWorkerData } from "./gateway-worker-data.ts";
import { assignInstruments } from "./instrument-assignment.ts";
import { isLogRecord, logFromWorker } from "./logger.ts";
import { createMesh, type Mesh } from "./mesh.ts";
import { loadNativeUws } from "./native-uws.ts";
import { InstrumentDefinitions } from "./operator/instrument-definitions.ts";
import type { OperatorOrder } from "./operator/operator-desk.ts";
import { OperatorLine } from "./operator/operator-line.ts";
import { OperatingError } from "../protocol/operating-error.ts";
import { STAGES, type StageBuffers } from "./stage-latency.ts";
import type { VenueConfig } from "./venue-config.ts";

export interface VenuePorts {
  readonly wsPort: number;
  readonly tcpPort: number;
  readonly adminPort: number;
}

const GATEWAY_WORKER_URL = new URL("./gateway-worker.js", import.meta.url);

const ABANDON_TIMEOUT_MS = 500;

type VenueState = "starting" | "open" | "draining" | "stopped" | "failed";

interface RequestedPorts {
  readonly wsPort: number;
  readonly tcpPort: number;
  readonly tcpFd: number | undefined;
}

interface ListeningPorts {
  readonly wsPort: number;
  readonly tcpPort: number;
  readonly tcpFd: number;
}

interface EngineThread {
  readonly worker: Worker;
  readonly control: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly runtime: SharedArrayBuffer;
}

interface GatewayThread {
  readonly worker: Worker;
  readonly counters: SharedArrayBuffer;
  readonly runtime: SharedArrayBuffer;
  readonly stages: StageBuffers;
}

export class Venue {
  readonly #config: VenueConfig;
  readonly #logger: Logger;
  readonly #build: Build;
  readonly #instruments: readonly Instrument[];
  readonly #mesh: Mesh;
  readonly #operatorLine: OperatorLine;
  readonly #engines: EngineThread[] = [];
  readonly #gateways: GatewayThread[] = [];
  #admin: AdminServer | undefined;
  #state: VenueState = "starting";
  #ports: VenuePorts = { wsPort: 0, tcpPort: 0, adminPort: 0 };
  #reportFailure: (error: Error) => void = () => {};
  /** Resolves with what happened when a worker ends that should not have. */
  readonly failure: Promise<Error>;

  /** Reserves all shared memory; {@link start} does the rest. */
  constructor(config: VenueConfig, build: Build, logger: Logger) {
    this.#config = config;
    this.#build = build;
    this.#logger = logger;
    this.#instruments = assignInstruments(config);
    this.#mesh = createMesh(config);
    this.#operatorLine = new OperatorLine({
      definitions: new InstrumentDefinitions(this.#instruments, config.engines, config.maxOpenOrders),
      order: (order) => this.#order(order),
      announce: (instrument) => this.#announce(instrument),
    });
    this.failure = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
  }

  get ports(): VenuePorts {
    return this.#ports;
  }

  /** @throws OperatingError when a port cannot be had or no native WebSocket server loads; nothing is left running then. */
  async start(): Promise<void> {
    const { name, version } = loadNativeUws();
    try {
      const wsPort = await this.#checkPort(this.#config.wsPort);
      const tcpPort = await this.#checkPort(this.#config.tcpPort);
      this.#admin = await startAdminServer({
        host: this.#config.host,
        port: this.#config.adminPort,
        sources: this.#adminSources(`${name} ${version}`),
        operate: (text) => this.#operatorLine.request(text),
        logger: this.#logger,
      });
      raiseInliningBudget();
      for (let engine = 0; engine < this.#config.engines; engine++) await this.#startEngine(engine);
      const listening = await this.#startGateway(0, { wsPort, tcpPort, tcpFd: undefined });
      this.#ports = { wsPort: listening.wsPort, tcpPort: listening.tcpPort, adminPort: this.#admin.port };
      const tcpFd = canReusePort() ? undefined : listening.tcpFd;
      for (let gateway = 1; gateway < this.#config.gateways; gateway++) {
        await this.#startGateway(gateway, { ...this.#ports, tcpFd });
      }
    } catch (error) {
      await this.#tearDown();
      throw error;
    }
    this.#state = "open";
  }

  /** Finishes what is under way, says goodbye to every client, and stops. */
  async drain(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "draining";
    const { drainTimeoutMs } = this.#config;
    const order = { type: "drain", timeoutMs: drainTimeoutMs } as const;
    await Promise.all(this.#gateways.map(({ worker }) => askGateway(worker, order, ({ type }) => type === "drained")));
    await this.#tearDown();
    this.#state = "stopped";
  }

  /** Stops at once: for a venue that has failed, or whose drain takes too long. */
  async abandon(): Promise<void> {
    this.#state = "failed";
    const answers = this.#gateways.map(({ worker }) =>
      askGateway(worker, { type: "abandon" }, ({ type }) => type === "abandoned"),
    );
    // A thread that hangs would never answer.
    await Promise.race([Promise.all(answers), new Promise((resolve) => setTimeout(resolve, ABANDON_TIMEOUT_MS))]);
  }

  /** Operator requests go through the first gateway, so that they keep their order. */
  #order(order: OperatorOrder): void {
    this.#logger.info({ request: order.request }, "operator request");
    this.#gateways[0]?.worker.postMessage({ type: "operate", order } satisfies GatewayOrder);
  }

  async #announce(instrument: Instrument): Promise<void> {
    const order = { type: "define", instrument } as const;
    const isAnswer = (news: GatewayNews): boolean =>
      news.type === "defined" && news.instrumentId === instrument.instrumentId;
    await Promise.all(this.#gateways.map(({ worker }) => askGateway(worker, order, isAnswer)));
  }

  async #startEngine(engine: number): Promise<void> {
    const thread = {
      counters: createCounterPage(ENGINE_COUNTERS.length),
      runtime: createRuntimePage(),
      control: createEngineControl(),
    };
    const lanes = this.#mesh.lanes.filter((lane) => lane.engine === engine);
    const data: EngineWorkerData = {
      config: this.#engineConfig(engine),
      waitStrategy: this.#config.waitStrategy,
      commandRings: lanes.map((lane) => lane.commandRing),
      eventRings: lanes.map((lane) => lane.eventRing),
      gatewayDoorbells: this.#mesh.gatewayDoorbells,
      doorbell: bufferAt(this.#mesh.engineDoorbells, engine),
      durableSequence: bufferAt(this.#mesh.durableSequences, engine),
      counters: thread.counters,
      runtime: thread.runtime,
      control: thread.control,
      journalRing: bufferAt(this.#mesh.journalRings, engine),
      journalerDoorbell: bufferAt(this.#mesh.journalerDoorbells, engine),
      clockOriginMs: clockOriginMs(),
    };
    const worker = new Worker(ENGINE_WORKER_URL, { workerData: data, name: `engine-${engine}` });
    this.#engines.push({ worker, ...thread });
    await this.#watch(worker, `engine-${engine}`);
  }

  #engineConfig(engineIndex: number): EngineConfig {
    const { gateways, maxOpenOrders, maxEndedOrders, maxPriceLevels, maxInstruments, maxSessions } = this.#config;
    const instruments = this.#instruments.filter((instrument) => instrument.engine === engineIndex);
    return {
      engineIndex,
      gatewayCount: gateways,
      maxOpenOrders,
      maxEndedOrders,
      maxPriceLevels,
      maxSessions,
      maxInstruments: Math.max(maxInstruments, instruments.length),
      instruments,
    };
  }

  /** @returns the descriptor that the next gateway accepts TCP connections on; undefined where each binds by itself. */
  async #startGateway(gateway: number, ports: RequestedPorts): Promise<ListeningPorts> {
    const thread = {
      counters: createCounterPage(GATEWAY_COUNTERS.length),
      runtime: createRuntimePage(),
      stages: Object.fromEntries(STAGES.map((stage) => [stage, createHistogram()])) as StageBuffers,
    };
    const worker = new Worker(GATEWAY_WORKER_URL, {
      workerData: this.#gatewayData(gateway, ports, thread),
      name: `gateway-${gateway}`,
    });
    this.#gateways.push({ worker, ...thread });
    const news = (await this.#watch(worker, `gateway-${gateway}`)) as GatewayNews;
    if (news.type === "listening") return news;
    throw new OperatingError(news.type === "listenFailed" ? news.message : "the gateway did not start");
  }

  #gatewayData(gateway: number, ports: RequestedPorts, thread: Omit<GatewayThread, "worker">): GatewayWorkerData {
    const { maxConnections, maxSubscriptions, maxFrameBytes, maxQueuedBytes, logonTimeoutMs } = this.#config;
    return {
      gateway,
      lanes: this.#mesh.lanes
        .filter((lane) => lane.gateway === gateway)
        .map(({ engine, commandRing, eventRing }) => ({
          engine,
          commandRing,
          eventRing,
          engineDoorbell: bufferAt(this.#mesh.engineDoorbells, engine),
          durableSequence: bufferAt(this.#mesh.durableSequences, engine),
        })),
      doorbell: bufferAt(this.#mesh.gatewayDoorbells, gateway),
      ...thread,
      instruments: this.#instruments,
      durability: Durability.Memory,
      limits: { maxConnections, maxSubscriptions, maxFrameBytes, maxQueuedBytes, logonTimeoutMs },
      venueName: formatBuild(this.#build),
      logLevel: this.#config.logLevel,
      host: this.#config.host,
      ...ports,
      sharesPorts: this.#config.gateways > 1,
      clockOriginMs: clockOriginMs(),
    };
  }

  /** Follows a worker's log and its end. Resolves with its first message that is not a log record. */
  #watch(worker: Worker, name: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      worker.on("message", (message: unknown) => {
        if (isLogRecord(message)) logFromWorker(this.#logger, name, message);
        else if (isOperatorNews(message)) this.#operatorLine.answered(message.answer);
        else resolve(message);
      });
      worker.once("error", (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.#logger.fatal({ err: failure, thread: name }, "worker failed");
        reject(failure);
        this.#fail(failure);
      });
      worker.once("exit", (code) => {
        const failure = new Error(`${name} ended with exit code ${code}`);
        reject(failure);
        this.#fail(failure);
      });
    });
  }

  #fail(failure: Error): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#reportFailure(failure);
  }

  /** Gateways first: an engine that is gone would leave them waiting. */
  async #tearDown(): Promise<void> {
    await Promise.all(this.#gateways.map(({ worker }) => worker.terminate()));
    for (const { control } of this.#engines) new EngineWatch(control).stop();
    for (const doorbell of this.#mesh.engineDoorbells) new DoorbellRinger(doorbell).ring();
    await Promise.all(this.#engines.map(({ worker }) => untilExit(worker)));
    await this.#admin?.close();
  }

  /** uWebSockets.js does not say why it cannot listen, and lets two venues share a port: ask the system first. */
  async #checkPort(port: number): Promise<number> {
    const { host, gateways } = this.#config;
    const found = await probePort(host, port);
    return port === 0 && gateways === 1 ? 0 : found;
  }

  #adminSources(uws: string): AdminSources {
    const engines = this.#engines;
    const gateways = this.#gateways;
    const { lanes } = this.#mesh;
    return {
      isHealthy: () => this.#state !== "failed",
      isReady: () => this.#state === "open",
      readinessReason: () => this.#state,
      get counterPages() {
        return [
          ...engines.flatMap(({ counters, runtime }, n) => [
            { table: ENGINE_COUNTERS, labels: { engine: String(n) }, page: counters },
            { table: RUNTIME_TABLE, labels: { thread: `engine-${n}` }, page: runtime },
          ]),
          ...gateways.flatMap(({ counters, runtime }, n) => [
            { table: GATEWAY_COUNTERS, labels: { gateway: String(n) }, page: counters },
            { table: RUNTIME_TABLE, labels: { thread: `gateway-${n}` }, page: runtime },
          ]),
        ];
      },
      get stageHistograms() {
        return gateways.flatMap(({ stages }, n) =>
          STAGES.map((stage) => ({ stage, labels: { gateway: String(n) }, buffer: stages[stage] })),
        );
      },
      rings: lanes.flatMap(({ gateway, engine, commandRing, eventRing }) => [
        { ring: "command", gateway, engine, buffer: commandRing },
        { ring: "event", gateway, engine, buffer: eventRing },
      ]),
      buildInfo: {
        version: this.#build.version,
        commit: this.#build.commit ?? "unknown",
        node: process.versions.node,
        uws,
        waitStrategy: this.#config.waitStrategy,
      },
    };
  }
}

function bufferAt(buffers: readonly SharedArrayBuffer[], index: number): SharedArrayBuffer {
  const buffer = buffers[index];
  if (buffer === undefined) throw new RangeError(`no shared buffer for worker ${index}`);
  return buffer;
}

/** Since libuv 1.49 a TCP server can set SO_REUSEPORT. */
function canReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.uv.split(".").map(Number);
  return major > 1 || minor >= 49;
}

type OperatorNews = Extract<GatewayNews, { readonly type: "operated" }>;

function isOperatorNews(message: unknown): message is OperatorNews {
  return (message as GatewayNews).type === "operated";
}

/** Resolves when the gateway has answered, or is gone. */
async function askGateway(
  worker: Worker,
  order: GatewayOrder,
  isAnswer: (news: GatewayNews) => boolean,
): Promise<void> {
  if (worker.threadId === -1) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      worker.off("message", listen).off("exit", settle);
      resolve();
    };
    const listen = (news: GatewayNews): void => {
      if (isAnswer(news)) settle();
    };
    worker.on("message", listen).on("exit", settle);
    worker.postMessage(order);
  });
}

async function untilExit(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  await new Promise((resolve) => worker.once("exit", resolve));
}

/** Opens and closes the port (0: any free one) and returns its number. @throws OperatingError when it cannot be had. */
async function probePort(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return (server.address() as AddressInfo).port;
  } catch (error) {
    throw new OperatingError(portProblem(host, port, error as NodeJS.ErrnoException));
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function portProblem(host: string, port: number, error: NodeJS.ErrnoException): string {
  const where = `port ${port} on ${host}`;
  switch (error.code) {
    case "EADDRINUSE":
      return `cannot listen on ${where}: it is in use; stop what holds it, or choose another one`;
    case "EACCES":
      return `cannot listen on ${where}: not permitted; ports below 1024 need privileges`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `cannot listen on ${where}: this machine has no such address`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
}
