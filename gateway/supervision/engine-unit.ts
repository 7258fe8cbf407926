/**
 * The three threads of one engine and their shared memory, kept alive: the engine, its journaler and its keeper.
 *
 *   start: engine recovers ─► journaler goes on behind it ─► keeper ─► sessions of the last start are closed ─► running
 *   the engine dies: gateways pause ─► the journal gets all that was handed to it ─► a new engine recovers, takes up
 *     the command rings where the other one left them and tells what the gateways have not heard ─► gateways resume
 *   stop: the engine finishes ─► the journal is complete ─► the engine saves a snapshot
 *
 * Without storage there is nothing to come back from: the death of the engine is that of the venue. So is the death of the
 * journaler, always: nobody can say what is on the disk.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import {
  ENGINE_COUNTERS,
  ENGINE_WORKER_URL,
  type EngineNews,
  type EngineRecovery,
  EngineWatch,
  type EngineWorkerData,
  JOURNALER_COUNTERS,
  JOURNAL_WORKER_URL,
  type JournalNews,
  type JournalWorkerData,
  KEEPER_COUNTERS,
  KEEPER_WORKER_URL,
  type KeeperNews,
  type KeeperWorkerData,
  type StorageConfig,
  createEngineControl,
  quarantineCommand,
} from "../../engine/engine-thread.ts";
import type { EngineConfig } from "../../engine/engine-config.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { DoorbellRinger } from "../../protocol/ring/doorbell.ts";
import { emptyRing, ringDepth } from "../../protocol/ring/ring-layout.ts";
import type { WaitStrategy } from "../../protocol/ring/wait-strategy.ts";
import { clockOriginMs } from "../../protocol/telemetry/clock.ts";
import { createCounterPage } from "../../protocol/telemetry/counters.ts";
import { createHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { createRuntimePage } from "../../protocol/telemetry/runtime-probe.ts";
import type { Lane, Mesh } from "../mesh.ts";
import { RestartPolicy, STORM_TEXT } from "./restart-policy.ts";
import { SupervisedThread } from "./supervised-thread.ts";

/** How often something that another thread does in shared memory is looked for. */
const LOOK_MS = 2;
const PROGRESS_INTERVAL_MS = 1000;
/** A command that has killed the engine this often is not applied any more. */
const DEATHS_TO_QUARANTINE = 2;

export interface EngineUnitParts {
  readonly engineConfig: EngineConfig;
  /** Absent: `memory` mode. */
  readonly storage?: StorageConfig;
  readonly waitStrategy: WaitStrategy;
  readonly mesh: Mesh;
  readonly logger: Logger;
  /**
   * Resolves with the sequence number of the last command that each gateway has heard of.
   *
   * @param published Up to this command the engine had published everything.
   */
  readonly pauseGateways: (published: number) => Promise<readonly number[]>;
  readonly resumeGateways: () => void;
  /** The venue cannot go on. */
  readonly onFailure: (failure: EngineFailure) => void;
}

/** `storage`: nothing can be made durable any more. */
export interface EngineFailure {
  readonly kind: "storage" | "engine";
  readonly error: Error;
}

type UnitState = "starting" | "running" | "replacing" | "stopping" | "failed";

export class EngineUnit {
  readonly engine: number;
  readonly watch: EngineWatch;
  readonly counters = createCounterPage(ENGINE_COUNTERS.length);
  readonly runtime = createRuntimePage();
  readonly journalerCounters = createCounterPage(JOURNALER_COUNTERS.length);
  readonly journalerRuntime = createRuntimePage();
  readonly keeperCounters = createCounterPage(KEEPER_COUNTERS.length);
  readonly keeperRuntime = createRuntimePage();
  readonly commitLatency = createHistogram();
  restarts = 0;
  /** Commands that are not applied any more. */
  quarantined = 0;
  recovery: EngineRecovery | undefined;
  readonly #parts: EngineUnitParts;
  readonly #logger: Logger;
  readonly #lanes: readonly Lane[];
  readonly #control = createEngineControl();
  readonly #journalStop = new Int32Array(new SharedArrayBuffer(4));
  readonly #policy = new RestartPolicy(() => performance.now());
  /** Deaths by the command that was being applied. */
  readonly #deaths = new Map<number, number>();
  #thread: SupervisedThread<EngineNews> | undefined;
  #journaler: SupervisedThread<JournalNews> | undefined;
  #keeper: SupervisedThread<KeeperNews> | undefined;
  #state: UnitState = "starting";
  #epoch = 0;
  #lastBeats = 0;
  #lastProgressAt = performance.now();

  constructor(parts: EngineUnitParts) {
    this.#parts = parts;
    this.engine = parts.engineConfig.engineIndex;
    this.watch = new EngineWatch(this.#control);
    this.#logger = parts.logger.child({ engine: this.engine });
    this.#lanes = parts.mesh.lanes.filter((lane) => lane.engine === this.engine);
  }

  /** Whether it takes commands. */
  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** @throws OperatingError when its files cannot be used as they are. */
  async start(): Promise<void> {
    // Whoever was connected when the files were written is gone, through whatever gateway.
    if (this.#parts.storage !== undefined) this.watch.loseGateways(0xffff);
    this.recovery = await this.#startUntilAlive();
    if (this.recovery !== undefined) {
      this.#tellRecovery(this.recovery);
      await this.#startJournaler(this.recovery);
      this.#startKeeper();
      await this.untilSessionsClosed();
    }
    this.#state = "running";
  }

  /** A command that killed the engine in an earlier start kills it again when it is replayed. */
  async #startUntilAlive(): Promise<EngineRecovery | undefined> {
    for (;;) {
      try {
        return await this.#startEngine(undefined);
      } catch (error) {
        if (!(error instanceof EngineDeath) || this.#parts.storage === undefined) throw error;
        await this.#prepareRestart(error);
      }
    }
  }

  /** The gateway's thread is gone: its sessions are to be closed. Resolves when they are. */
  async loseGateway(gateway: number): Promise<void> {
    this.watch.loseGateways(1 << gateway);
    this.#ringEngine();
    await this.untilSessionsClosed();
  }

  /** Meanwhile nobody reads what the engine tells those gateways, so that it never waits for them. */
  async untilSessionsClosed(): Promise<void> {
    while (this.watch.lostGateways !== 0 && this.#state !== "failed") {
      for (const { gateway, eventRing } of this.#lanes) {
        if ((this.watch.lostGateways & (1 << gateway)) !== 0) emptyRing(new Int32Array(eventRing));
      }
      await sleep(LOOK_MS);
    }
  }

  /** Call often: replaces an engine that does not move. */
  checkProgress(stallTimeoutMs: number): void {
    const now = performance.now();
    const { beats } = this.watch;
    const isWatched = this.#state === "running" || this.#state === "replacing";
    if (beats !== this.#lastBeats || !isWatched) {
      this.#lastBeats = beats;
      this.#lastProgressAt = now;
    } else if (now - this.#lastProgressAt > stallTimeoutMs) {
      this.#lastProgressAt = now;
      this.#logger.error({ stallTimeoutMs, command: this.watch.applying }, "engine makes no progress: it is replaced");
      this.#thread?.kill();
    }
  }

  /** The gateways are gone: finishes what they had handed over, and saves it. */
  async stop(): Promise<void> {
    this.#state = "stopping";
    this.#thread?.expectEnd();
    this.watch.stop();
    this.#ringEngine();
    if (this.#journaler === undefined) return await this.#thread?.ended();
    await this.#thread?.next(({ type }) => type === "stopped");
    const closed = await this.#stopJournaler();
    await this.#keeper?.end();
    if (closed !== undefined) await this.#save(closed.crc);
    await this.#thread?.ended();
  }

  /** Without finishing anything. */
  async abandon(): Promise<void> {
    this.#state = "failed";
    await Promise.all([this.#thread?.end(), this.#journaler?.end(), this.#keeper?.end()]);
  }

  // ---- its threads ----

  async #startEngine(tellFrom: number | undefined): Promise<EngineRecovery | undefined> {
    const { mesh, engineConfig, storage, waitStrategy } = this.#parts;
    const workerData: EngineWorkerData = {
      config: engineConfig,
      ...(storage && { storage }),
      waitStrategy,
      commandRings: this.#lanes.map((lane) => lane.commandRing),
      eventRings: this.#lanes.map((lane) => lane.eventRing),
      gatewayDoorbells: mesh.gatewayDoorbells,
      doorbell: mesh.engineDoorbells[this.engine] as SharedArrayBuffer,
      durableSequence: mesh.durableSequences[this.engine] as SharedArrayBuffer,
      journalRing: mesh.journalRings[this.engine] as SharedArrayBuffer,
      journalerDoorbell: mesh.journalerDoorbells[this.engine] as SharedArrayBuffer,
      counters: this.counters,
      runtime: this.runtime,
      control: this.#control,
      clockOriginMs: clockOriginMs(),
      ...(tellFrom !== undefined && { tellFrom }),
    };
    const thread: SupervisedThread<EngineNews> = new SupervisedThread<EngineNews>({
      url: ENGINE_WORKER_URL,
      name: `engine-${this.engine}`,
      workerData,
      logger: this.#parts.logger,
      onNews: () => {},
      onDeath: (cause) => this.#engineDied(thread, cause),
    });
    this.#thread = thread;
    const progress = setInterval(() => this.#tellProgress(), PROGRESS_INTERVAL_MS);
    const news = await thread.next(({ type }) => type === "started" || type === "startFailed");
    clearInterval(progress);
    if (news?.type === "startFailed") {
      thread.expectEnd();
      throw new OperatingError(news.message);
    }
    if (news?.type !== "started") throw new EngineDeath(`${thread.name} died before it had recovered`);
    return news.recovery;
  }

  async #startJournaler({ end, genesis }: EngineRecovery): Promise<void> {
    const { mesh, storage, waitStrategy } = this.#parts;
    this.#epoch = end.epoch + 1;
    const workerData: JournalWorkerData = {
      storage: storage as StorageConfig,
      engine: this.engine,
      genesis,
      end,
      epoch: this.#epoch,
      // Between groups it has slept in the disk anyway; a third thread that spins takes the core that an answer needs.
      waitStrategy: waitStrategy === "adaptive" ? "park" : waitStrategy,
      journalRing: mesh.journalRings[this.engine] as SharedArrayBuffer,
      doorbell: mesh.journalerDoorbells[this.engine] as SharedArrayBuffer,
      durableSequence: mesh.durableSequences[this.engine] as SharedArrayBuffer,
      waitingDoorbells: [...mesh.gatewayDoorbells, mesh.engineDoorbells[this.engine] as SharedArrayBuffer],
      counters: this.journalerCounters,
      runtime: this.journalerRuntime,
      commitLatency: this.commitLatency,
      stopFlag: this.#journalStop.buffer,
      clockOriginMs: clockOriginMs(),
    };
    const journaler = new SupervisedThread<JournalNews>({
      url: JOURNAL_WORKER_URL,
      name: `journal-${this.engine}`,
      workerData,
      logger: this.#parts.logger,
      onNews: (news) => this.#heardOfJournal(news),
      onDeath: (cause) => this.#fail("storage", cause),
    });
    this.#journaler = journaler;
    const news = await journaler.next(({ type }) => type === "started" || type === "failed");
    if (news?.type === "failed") throw new OperatingError(news.message);
    if (news === undefined) throw new Error(`${journaler.name} did not start`);
  }

  #startKeeper(): void {
    const { mesh, engineConfig, storage } = this.#parts;
    const workerData: KeeperWorkerData = {
      config: engineConfig,
      storage: storage as StorageConfig,
      durableSequence: mesh.durableSequences[this.engine] as SharedArrayBuffer,
      journalerCounters: this.journalerCounters,
      counters: this.keeperCounters,
      runtime: this.keeperRuntime,
      clockOriginMs: clockOriginMs(),
    };
    this.#keeper = new SupervisedThread<KeeperNews>({
      url: KEEPER_WORKER_URL,
      name: `keeper-${this.engine}`,
      workerData,
      logger: this.#parts.logger,
      onNews: (news) => this.#heardOfKeeper(news),
      onDeath: (cause) => void this.#keeperDied(cause),
    });
  }

  async #stopJournaler(): Promise<{ readonly crc: number } | undefined> {
    const journaler = this.#journaler as SupervisedThread<JournalNews>;
    journaler.expectEnd();
    const closed = journaler.next(({ type }) => type === "closed");
    // The journaler leaves its loop when its ring is empty.
    Atomics.store(this.#journalStop, 0, 1);
    new DoorbellRinger(this.#parts.mesh.journalerDoorbells[this.engine] as SharedArrayBuffer).ring();
    const news = await closed;
    await journaler.ended();
    return news?.type === "closed" ? news : undefined;
  }

  async #save(crc: number): Promise<void> {
    const saved = this.#thread?.next(({ type }) => type === "saved");
    this.#thread?.post({ type: "save", crc, epoch: this.#epoch });
    const news = await saved;
    if (news?.type === "saved") {
      if (news.bytes === 0) return;
      const { sequence, bytes, elapsedMs } = news;
      this.#logger.info({ sequence, bytes, elapsedMs: Math.round(elapsedMs) }, "snapshot saved before the end");
    } else this.#logger.warn("no snapshot was saved before the end: the next start replays more of the journal");
  }

  // ---- when something dies ----

  #engineDied(thread: SupervisedThread<EngineNews>, cause: Error): void {
    if (thread !== this.#thread || this.#state === "stopping" || this.#state === "failed") return;
    const command = this.watch.applying;
    this.#logger.error({ err: cause, command }, "engine died");
    if (this.#parts.storage === undefined) return this.#fail("engine", cause);
    if (this.#state === "starting") return;
    const isReplacement = this.#state === "replacing";
    this.#state = "replacing";
    if (!isReplacement) void this.#replace(cause);
  }

  async #replace(cause: Error): Promise<void> {
    try {
      const heard = await this.#parts.pauseGateways(this.watch.published);
      await this.#untilJournaled();
      await this.#restartEngine(cause, heard);
    } catch (error) {
      return this.#fail("engine", error as Error);
    }
    this.#state = "running";
    this.#parts.resumeGateways();
    this.#logger.info({ restarts: this.restarts }, "engine is back");
  }

  /** Again and again, until one stays alive or there have been too many. */
  async #restartEngine(cause: Error, heard: readonly number[]): Promise<void> {
    // The last command that somebody has heard of may not have been told completely. Where no gateway is left, nobody is told.
    const end = this.watch.applying + 1;
    let tellFrom = Math.min(...heard, end);
    for (;;) {
      await this.#prepareRestart(cause);
      try {
        const recovery = await this.#startEngine(tellFrom);
        if (recovery !== undefined) this.#tellRecovery(recovery);
        return;
      } catch (error) {
        if (!(error instanceof EngineDeath)) throw error;
        // It may have told a part before it died.
        tellFrom = Math.min(...(await this.#parts.pauseGateways(this.watch.published)), end);
      }
    }
  }

  async #prepareRestart(cause: Error): Promise<void> {
    this.#countDeath();
    const pauseMs = this.#policy.next();
    if (pauseMs === undefined) {
      throw new OperatingError(`engine-${this.engine} is not replaced again: ${STORM_TEXT}; the log says of what`, {
        cause,
      });
    }
    await sleep(pauseMs);
    this.restarts++;
  }

  #countDeath(): void {
    const command = this.watch.applying;
    const deaths = (this.#deaths.get(command) ?? 0) + 1;
    this.#deaths.set(command, deaths);
    if (deaths < DEATHS_TO_QUARANTINE) return;
    const { dataDirectory } = this.#parts.storage as StorageConfig;
    quarantineCommand(dataDirectory, this.engine, command);
    this.#logger.error(
      { command, deaths },
      "command is quarantined: it has killed the engine and is not applied any more",
    );
  }

  async #untilJournaled(): Promise<void> {
    const ring = new Int32Array(this.#parts.mesh.journalRings[this.engine] as SharedArrayBuffer);
    while (ringDepth(ring) > 0 && this.#state === "replacing") await sleep(LOOK_MS);
  }

  async #keeperDied(cause: Error): Promise<void> {
    if (this.#state === "stopping" || this.#state === "failed") return;
    this.#logger.error({ err: cause }, "keeper died: it is replaced");
    await sleep(PROGRESS_INTERVAL_MS);
    if (this.isRunning) this.#startKeeper();
  }

  #fail(kind: EngineFailure["kind"], error: Error): void {
    if (this.#state === "failed" || this.#state === "stopping") return;
    this.#state = "failed";
    this.#parts.onFailure({ kind, error });
  }

  // ---- what they say ----

  #heardOfJournal(news: JournalNews): void {
    if (news.type === "failed") this.#fail("storage", new OperatingError(news.message));
    else if (news.type === "full" && news.isFull) {
      this.#logger.error("disk is full: no order is taken until there is room for another journal segment");
    } else if (news.type === "full") this.#logger.info("disk has room again: orders are taken");
  }

  #heardOfKeeper(news: KeeperNews): void {
    if (news.type === "snapshot") {
      const { sequence, bytes, elapsedMs } = news;
      this.#logger.info({ sequence, bytes, elapsedMs: Math.round(elapsedMs) }, "snapshot made");
    } else if (news.type === "snapshotFailed") {
      this.#logger.error({ problem: news.message }, "snapshot could not be made: it is tried again");
    } else if (news.isFull) {
      this.#logger.error("disk is full: new orders are rejected with STORAGE_FULL, cancels still work");
    } else this.#logger.info("disk has room again: new orders are taken");
  }

  #tellRecovery({ end, warnings, elapsedMs, ...rest }: EngineRecovery): void {
    this.quarantined = rest.quarantinedCommands;
    for (const warning of warnings) this.#logger.warn(warning);
    const { snapshotSequence, replayedCommands, quarantinedCommands, openOrders } = rest;
    if (end.sequence === 0) return;
    this.#logger.info(
      {
        sequence: end.sequence,
        snapshotSequence,
        replayedCommands,
        quarantinedCommands,
        openOrders,
        elapsedMs: Math.round(elapsedMs),
      },
      "engine recovered",
    );
  }

  #tellProgress(): void {
    if (this.watch.applying > 0) this.#logger.info({ command: this.watch.applying }, "engine is recovering");
  }

  #ringEngine(): void {
    new DoorbellRinger(this.#parts.mesh.engineDoorbells[this.engine] as SharedArrayBuffer).ring();
  }
}

/** The engine's thread ended before it had recovered. */
class EngineDeath extends Error {
  override readonly name = "EngineDeath";
}
