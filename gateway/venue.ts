/**
 * The whole venue in one process: takes the data directory, makes the shared memory, starts the engines, then the gateways, keeps
 * them alive, and takes them down in the reverse order. Runs in the main thread, which is never on an order's path.
 *
 *   starting ──every thread is up──► open ──drain()──► draining ──► stopped
 *                                      └── cannot go on ──► failed
 *
 * A thread that dies is replaced (supervision/). The venue fails when that does not help, or when its disk fails.
 */
import { createServer, type AddressInfo } from "node:net";
import type { Logger } from "pino";
import {
  type DirectoryLock,
  ENGINE_COUNTERS,
  JOURNALER_COUNTERS,
  KEEPER_COUNTERS,
  type StorageConfig,
  lockDirectory,
  raiseInliningBudget,
} from "../engine/engine-thread.ts";
import type { EngineConfig, Instrument } from "../engine/engine-config.ts";
import { Durability } from "../protocol/codes.ts";
import { OperatingError } from "../protocol/operating-error.ts";
import { clockOriginMs } from "../protocol/telemetry/clock.ts";
import { RUNTIME_TABLE } from "../protocol/telemetry/runtime-probe.ts";
import { type AdminServer, startAdminServer } from "./admin/admin-server.ts";
import type { AdminSources } from "./admin/admin-sources.ts";
import { type Build, formatBuild } from "./build.ts";
import { GATEWAY_COUNTERS } from "./gateway-counters.ts";
import type { GatewayNews } from "./gateway-worker-data.ts";
import { assignInstruments } from "./instrument-assignment.ts";
import { createMesh, type Mesh } from "./mesh.ts";
import { loadNativeUws } from "./native-uws.ts";
import { InstrumentDefinitions } from "./operator/instrument-definitions.ts";
import type { OperatorOrder } from "./operator/operator-desk.ts";
import { OperatorLine } from "./operator/operator-line.ts";
import { STAGES } from "./stage-latency.ts";
import { type EngineFailure, EngineUnit } from "./supervision/engine-unit.ts";
import { GatewayUnit } from "./supervision/gateway-unit.ts";
import type { VenueConfig } from "./venue-config.ts";

export interface VenuePorts {
  readonly wsPort: number;
  readonly tcpPort: number;
  readonly adminPort: number;
}

const ABANDON_TIMEOUT_MS = 500;
const WATCH_INTERVAL_MS = 250;

type VenueState = "starting" | "open" | "draining" | "stopped" | "failed";

export class Venue {
  readonly #config: VenueConfig;
  readonly #logger: Logger;
  readonly #build: Build;
  readonly #mesh: Mesh;
  readonly #storage: StorageConfig | undefined;
  readonly #definitions: InstrumentDefinitions;
  readonly #operatorLine: OperatorLine;
  readonly #engines: readonly EngineUnit[];
  readonly #gateways: readonly GatewayUnit[];
  #lock: DirectoryLock | undefined;
  #admin: AdminServer | undefined;
  #watch: NodeJS.Timeout | undefined;
  #state: VenueState = "starting";
  #ports: VenuePorts = { wsPort: 0, tcpPort: 0, adminPort: 0 };
  #reportFailure: (error: Error) => void = () => {};
  /** Resolves with what happened when the venue cannot go on. */
  readonly failure: Promise<Error>;

  /** Reserves all shared memory; {@link start} does the rest. */
  constructor(config: VenueConfig, build: Build, logger: Logger) {
    const instruments = assignInstruments(config);
    this.#config = config;
    this.#build = build;
    this.#logger = logger;
    this.#mesh = createMesh(config);
    this.#storage = storageOf(config);
    this.#definitions = new InstrumentDefinitions(instruments, config.engines, config.maxOpenOrders);
    this.#operatorLine = new OperatorLine({
      definitions: this.#definitions,
      order: (order) => this.#order(order),
      announce: (instrument) => this.#announce(instrument),
    });
    this.#engines = Array.from({ length: config.engines }, (_, engine) => this.#createEngine(engine, instruments));
    this.#gateways = Array.from({ length: config.gateways }, (_, gateway) => this.#createGateway(gateway));
    this.failure = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
  }

  get ports(): VenuePorts {
    return this.#ports;
  }

  /** Of each engine a number that changes while it makes progress. */
  get progress(): readonly number[] {
    return this.#engines.map(({ watch }) => watch.beats);
  }

  /**
   * @throws OperatingError when a port or the data directory cannot be had or used, or no native WebSocket server loads;
   *   nothing is left running then.
   */
  async start(): Promise<void> {
    const { name, version } = loadNativeUws();
    try {
      const wsPort = await this.#checkPort(this.#config.wsPort);
      const tcpPort = await this.#checkPort(this.#config.tcpPort);
      if (this.#storage !== undefined) this.#lock = lockDirectory(this.#storage.dataDirectory);
      this.#admin = await startAdminServer({
        host: this.#config.host,
        port: this.#config.adminPort,
        sources: this.#adminSources(`${name} ${version}`),
        operate: (text) => this.#operatorLine.request(text),
        logger: this.#logger,
      });
      raiseInliningBudget();
      await this.#startEngines();
      await this.#startGateways(wsPort, tcpPort, this.#admin.port);
    } catch (error) {
      await this.#tearDown();
      throw error;
    }
    this.#state = "open";
    this.#watch = setInterval(() => this.#checkProgress(), WATCH_INTERVAL_MS);
  }

  /** Finishes what is under way, says goodbye to every client, and stops. */
  async drain(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "draining";
    for (const gateway of this.#gateways) gateway.close();
    const { drainTimeoutMs } = this.#config;
    const order = { type: "drain", timeoutMs: drainTimeoutMs } as const;
    await Promise.all(this.#gateways.map((gateway) => gateway.ask(order, ({ type }) => type === "drained")));
    await this.#tearDown();
    this.#state = "stopped";
  }

  /** Stops at once: for a venue that has failed, or whose drain takes too long. */
  async abandon(): Promise<void> {
    this.#state = "failed";
    for (const gateway of this.#gateways) gateway.close();
    const answers = this.#gateways.map((gateway) =>
      gateway.ask({ type: "abandon" }, ({ type }) => type === "abandoned"),
    );
    await withinMs(ABANDON_TIMEOUT_MS, Promise.all(answers));
  }

  // ---- its parts ----

  #createEngine(engine: number, instruments: readonly Instrument[]): EngineUnit {
    return new EngineUnit({
      engineConfig: this.#engineConfig(engine, instruments),
      ...(this.#storage && { storage: this.#storage }),
      waitStrategy: this.#config.waitStrategy,
      mesh: this.#mesh,
      logger: this.#logger,
      pauseGateways: (published) => this.#pauseGateways(engine, published),
      resumeGateways: () => this.#resumeGateways(engine),
      onFailure: (failure) => void this.#engineFailed(failure),
    });
  }

  #engineConfig(engineIndex: number, all: readonly Instrument[]): EngineConfig {
    const { gateways, maxOpenOrders, maxEndedOrders, maxPriceLevels, maxInstruments, maxSessions } = this.#config;
    const instruments = all.filter((instrument) => instrument.engine === engineIndex);
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

  #createGateway(gateway: number): GatewayUnit {
    return new GatewayUnit({
      gateway,
      logger: this.#logger,
      workerData: () => this.#gatewayData(gateway),
      onNews: (news) => {
        if (news.type === "operated") this.#operatorLine.answered(news.answer);
      },
      closeSessions: () => this.#closeSessionsOf(gateway),
      onFailure: (error) => this.#fail(error),
    });
  }

  #gatewayData(gateway: number): ReturnType<GatewayUnitData> {
    const { maxConnections, maxSubscriptions, maxFrameBytes, maxQueuedBytes, logonTimeoutMs } = this.#config;
    return {
      lanes: this.#mesh.lanes
        .filter((lane) => lane.gateway === gateway)
        .map(({ engine, commandRing, eventRing }) => ({
          engine,
          commandRing,
          eventRing,
          engineDoorbell: bufferAt(this.#mesh.engineDoorbells, engine),
          durableSequence: bufferAt(this.#mesh.durableSequences, engine),
          startsAfter: this.#engines[engine]?.watch.applying ?? 0,
        })),
      doorbell: bufferAt(this.#mesh.gatewayDoorbells, gateway),
      instruments: this.#definitions.all,
      durability: this.#storage === undefined ? Durability.Memory : Durability.Local,
      limits: { maxConnections, maxSubscriptions, maxFrameBytes, maxQueuedBytes, logonTimeoutMs },
      venueName: formatBuild(this.#build),
      logLevel: this.#config.logLevel,
      host: this.#config.host,
      sharesPorts: this.#config.gateways > 1,
      clockOriginMs: clockOriginMs(),
    };
  }

  async #startEngines(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.start()));
    for (const { recovery } of this.#engines) {
      for (const instrument of recovery?.instruments ?? []) this.#definitions.remember(instrument);
    }
  }

  async #startGateways(wsPort: number, tcpPort: number, adminPort: number): Promise<void> {
    const [first, ...others] = this.#gateways;
    if (first === undefined) return;
    const listening = await first.start({ wsPort, tcpPort, tcpFd: undefined });
    this.#ports = { wsPort: listening.wsPort, tcpPort: listening.tcpPort, adminPort };
    const tcpFd = canReusePort() ? undefined : listening.tcpFd;
    for (const gateway of others) await gateway.start({ ...this.#ports, tcpFd });
  }

  /** Operator requests go through the first gateway, so that they keep their order. */
  #order(order: OperatorOrder): void {
    this.#logger.info({ request: order.request }, "operator request");
    this.#gateways[0]?.post({ type: "operate", order });
  }

  async #announce(instrument: Instrument): Promise<void> {
    const order = { type: "define", instrument } as const;
    const isAnswer = (news: GatewayNews): boolean =>
      news.type === "defined" && news.instrumentId === instrument.instrumentId;
    await Promise.all(this.#gateways.map((gateway) => gateway.ask(order, isAnswer)));
  }

  // ---- keeping them alive ----

  #checkProgress(): void {
    for (const unit of [...this.#engines, ...this.#gateways]) unit.checkProgress(this.#config.stallTimeoutMs);
  }

  async #pauseGateways(engine: number, published: number): Promise<number[]> {
    return await Promise.all(
      this.#gateways.map(async (gateway) => {
        const isAnswer = (news: GatewayNews): boolean => news.type === "enginePaused" && news.engine === engine;
        const news = await gateway.ask({ type: "pauseEngine", engine, published }, isAnswer);
        // A gateway that is gone as well has no session left that could have missed anything.
        return news?.type === "enginePaused" ? news.lastSequence : Infinity;
      }),
    );
  }

  #resumeGateways(engine: number): void {
    for (const gateway of this.#gateways) gateway.post({ type: "resumeEngine", engine });
  }

  async #closeSessionsOf(gateway: number): Promise<void> {
    if (gateway === 0) {
      this.#operatorLine.lost(this.#engines.map(({ engine }) => engine));
      // Its listening socket was everybody's.
      if (this.#gateways.length > 1 && !canReusePort())
        this.#fail(new Error("gateway-0 died, and with it the TCP port"));
    }
    await Promise.all(this.#engines.map((engine) => engine.loseGateway(gateway)));
  }

  async #engineFailed({ kind, error }: EngineFailure): Promise<void> {
    if (kind === "storage") {
      this.#logger.fatal({ err: error }, "storage failed: nothing is acknowledged any more, the venue stops");
      const answers = this.#gateways.map((gateway) => gateway.ask({ type: "halt" }, ({ type }) => type === "halted"));
      await withinMs(ABANDON_TIMEOUT_MS, Promise.all(answers));
    }
    this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#state === "stopped" || this.#state === "failed") return;
    this.#state = "failed";
    this.#reportFailure(error);
  }

  /** Gateways first: an engine that is gone would leave them waiting. */
  async #tearDown(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all(this.#gateways.map((gateway) => gateway.end()));
    const wasOpen = this.#state === "draining";
    await Promise.all(this.#engines.map((engine) => (wasOpen ? engine.stop() : engine.abandon())));
    await this.#admin?.close();
    this.#lock?.release();
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
    const storage = this.#storage;
    const { lanes, journalRings } = this.#mesh;
    return {
      isHealthy: () => this.#state !== "failed",
      isReady: () => this.#state === "open" && engines.every(({ isRunning }) => isRunning),
      readinessReason: () => (this.#state === "open" ? "an engine is being restored" : this.#state),
      counterPages: [
        ...engines.flatMap((unit) => [
          { table: ENGINE_COUNTERS, labels: { engine: String(unit.engine) }, page: unit.counters },
          { table: RUNTIME_TABLE, labels: { thread: `engine-${unit.engine}` }, page: unit.runtime },
        ]),
        ...(storage === undefined ? [] : engines).flatMap((unit) => [
          { table: JOURNALER_COUNTERS, labels: { engine: String(unit.engine) }, page: unit.journalerCounters },
          { table: KEEPER_COUNTERS, labels: { engine: String(unit.engine) }, page: unit.keeperCounters },
          { table: RUNTIME_TABLE, labels: { thread: `keeper-${unit.engine}` }, page: unit.keeperRuntime },
        ]),
        ...gateways.flatMap((unit) => [
          { table: GATEWAY_COUNTERS, labels: { gateway: String(unit.gateway) }, page: unit.counters },
          { table: RUNTIME_TABLE, labels: { thread: `gateway-${unit.gateway}` }, page: unit.runtime },
        ]),
      ],
      stageHistograms: gateways.flatMap(({ gateway, stages }) =>
        STAGES.map((stage) => ({ stage, labels: { gateway: String(gateway) }, buffer: stages[stage] })),
      ),
      commitHistograms: (storage === undefined ? [] : engines).map(({ engine, commitLatency }) => ({
        labels: { engine: String(engine) },
        buffer: commitLatency,
      })),
      rings: lanes.flatMap(({ gateway, engine, commandRing, eventRing }) => [
        { ring: "command", gateway, engine, buffer: commandRing },
        { ring: "event", gateway, engine, buffer: eventRing },
      ]),
      journalRings: storage === undefined ? [] : journalRings,
      recoveries: () =>
        engines.map(({ engine, restarts, quarantined, recovery }) => ({ engine, restarts, quarantined, recovery })),
      gatewayRestarts: () => gateways.map(({ gateway, restarts }) => ({ gateway, restarts })),
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

type GatewayUnitData = ConstructorParameters<typeof GatewayUnit>[0]["workerData"];

function storageOf(config: VenueConfig): StorageConfig | undefined {
  if (config.durability === "memory") return undefined;
  const { dataDir, journalSegmentBytes, snapshotEveryCommands, journalRetention } = config;
  return {
    dataDirectory: dataDir,
    segmentBytes: journalSegmentBytes,
    snapshotEveryCommands,
    archivesJournal: journalRetention === "archive",
  };
}

/** A thread that hangs would never answer. */
async function withinMs(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timeout: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timeout = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, over]);
  clearTimeout(timeout);
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
