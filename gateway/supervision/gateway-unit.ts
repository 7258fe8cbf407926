/**
 * The thread of one gateway and its shared memory, kept alive. When it dies its connections are gone; the engines close its sessions,
 * and another thread listens on the same ports.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { OperatingError } from "../../protocol/operating-error.ts";
import { createCounterPage } from "../../protocol/telemetry/counters.ts";
import { createHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { createRuntimePage } from "../../protocol/telemetry/runtime-probe.ts";
import { GATEWAY_COUNTERS, GatewayCounter } from "../gateway-counters.ts";
import type { GatewayNews, GatewayOrder, GatewayWorkerData } from "../gateway-worker-data.ts";
import { STAGES, type StageBuffers } from "../stage-latency.ts";
import { RestartPolicy, STORM_TEXT } from "./restart-policy.ts";
import { SupervisedThread } from "./supervised-thread.ts";

const GATEWAY_WORKER_URL = new URL("../gateway-worker.js", import.meta.url);

/** uWebSockets.js lets go of a port a moment after its thread has ended. */
const LISTEN_ATTEMPTS = 50;
const LISTEN_PAUSE_MS = 20;

export interface RequestedPorts {
  readonly wsPort: number;
  readonly tcpPort: number;
  readonly tcpFd: number | undefined;
}

export type ListeningPorts = Extract<GatewayNews, { readonly type: "listening" }>;

type OwnData = "gateway" | "predecessors" | "counters" | "runtime" | "stages" | "wsPort" | "tcpPort" | "tcpFd";

export interface GatewayUnitParts {
  readonly gateway: number;
  readonly logger: Logger;
  /** What its thread is given beside its own memory and ports; asked for at every start. */
  readonly workerData: () => Omit<GatewayWorkerData, OwnData>;
  readonly onNews: (news: GatewayNews) => void;
  /** Resolves when every engine has closed the sessions that were connected here. */
  readonly closeSessions: () => Promise<void>;
  /** The venue cannot go on. */
  readonly onFailure: (error: Error) => void;
}

export class GatewayUnit {
  readonly gateway: number;
  readonly counters = createCounterPage(GATEWAY_COUNTERS.length);
  readonly runtime = createRuntimePage();
  readonly stages = Object.fromEntries(STAGES.map((stage) => [stage, createHistogram()])) as StageBuffers;
  restarts = 0;
  readonly #parts: GatewayUnitParts;
  readonly #policy = new RestartPolicy(() => performance.now());
  #thread: SupervisedThread<GatewayNews> | undefined;
  #ports: RequestedPorts = { wsPort: 0, tcpPort: 0, tcpFd: undefined };
  #isOpen = false;
  #lastTicks = 0;
  #lastTickAt = 0;

  constructor(parts: GatewayUnitParts) {
    this.#parts = parts;
    this.gateway = parts.gateway;
  }

  /** @throws OperatingError when it cannot listen. */
  async start(ports: RequestedPorts): Promise<ListeningPorts> {
    const listening = await this.#startThread(ports);
    this.#lastTickAt = performance.now();
    this.#ports = { wsPort: listening.wsPort, tcpPort: listening.tcpPort, tcpFd: ports.tcpFd };
    this.#isOpen = true;
    return listening;
  }

  /** Resolves with the answer; undefined when the thread is gone before it answers. */
  async ask(order: GatewayOrder, isAnswer: (news: GatewayNews) => boolean): Promise<GatewayNews | undefined> {
    const answer = this.#thread?.next(isAnswer);
    this.#thread?.post(order);
    return await answer;
  }

  /** Call often: replaces a gateway whose timer has stopped. */
  checkProgress(stallTimeoutMs: number): void {
    const now = performance.now();
    const ticks = new Float64Array(this.counters)[GatewayCounter.Ticks] as number;
    if (ticks !== this.#lastTicks || !this.#isOpen) {
      this.#lastTicks = ticks;
      this.#lastTickAt = now;
    } else if (now - this.#lastTickAt > stallTimeoutMs) {
      this.#lastTickAt = now;
      this.#parts.logger.error({ stallTimeoutMs, gateway: this.gateway }, "gateway makes no progress: it is replaced");
      this.#thread?.kill();
    }
  }

  post(order: GatewayOrder): void {
    this.#thread?.post(order);
  }

  /** Its end is expected from now on. */
  close(): void {
    this.#isOpen = false;
    this.#thread?.expectEnd();
  }

  async end(): Promise<void> {
    this.close();
    await this.#thread?.end();
  }

  async #startThread(ports: RequestedPorts): Promise<ListeningPorts> {
    const { gateway, logger, workerData, onNews } = this.#parts;
    const { counters, runtime, stages } = this;
    const data: GatewayWorkerData = {
      ...workerData(),
      ...ports,
      gateway,
      predecessors: this.restarts,
      counters,
      runtime,
      stages,
    };
    const thread: SupervisedThread<GatewayNews> = new SupervisedThread<GatewayNews>({
      url: GATEWAY_WORKER_URL,
      name: `gateway-${gateway}`,
      workerData: data,
      logger,
      onNews,
      onDeath: (cause) => {
        if (thread === this.#thread && this.#isOpen) void this.#replace(cause);
      },
    });
    this.#thread = thread;
    const news = await thread.next(({ type }) => type === "listening" || type === "listenFailed");
    if (news?.type === "listening") return news;
    thread.expectEnd();
    throw new OperatingError(news?.type === "listenFailed" ? news.message : "the gateway did not start");
  }

  async #replace(cause: Error): Promise<void> {
    const { gateway, logger, closeSessions, onFailure } = this.#parts;
    logger.error({ err: cause, gateway }, "gateway died: its sessions end, and it is replaced");
    const pauseMs = this.#policy.next();
    if (pauseMs === undefined) {
      return onFailure(new Error(`gateway-${gateway} is not replaced again: ${STORM_TEXT}`, { cause }));
    }
    this.restarts++;
    await Promise.all([closeSessions(), sleep(pauseMs)]);
    try {
      await this.#listenAgain();
      this.#lastTickAt = performance.now();
    } catch (error) {
      return onFailure(error as Error);
    }
    logger.info({ gateway, restarts: this.restarts }, "gateway is back: clients can log on again");
  }

  async #listenAgain(): Promise<void> {
    for (let attempt = 1; this.#isOpen; attempt++) {
      try {
        await this.#startThread(this.#ports);
        return;
      } catch (error) {
        if (attempt === LISTEN_ATTEMPTS) throw error;
        await this.#thread?.end();
        await sleep(LISTEN_PAUSE_MS);
      }
    }
  }
}
