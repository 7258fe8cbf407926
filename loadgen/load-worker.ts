/** The task of one worker thread: logs its sessions on, sends their share of the schedule, and hands back what it saw. */
import { setTimeout as sleep } from "node:timers/promises";
import { FairleadError } from "../client/errors.ts";
import { openNodeTransport } from "../client/node-transport.ts";
import { OrderEntryConnection } from "../client/order-entry.ts";
import { Durability } from "../protocol/codes.ts";
import type { Ticks } from "../protocol/units.ts";
import { LatencyRecorder } from "./latency-recorder.ts";
import type { RecordedLatencies } from "./latency-recorder.ts";
import { newCounts } from "./load-counts.ts";
import type { LoadCounts } from "./load-counts.ts";
import { LoadSession } from "./load-session.ts";
import type { Measurement } from "./load-session.ts";
import { intervalMs } from "./load-settings.ts";
import type { LoadSettings } from "./load-settings.ts";
import { OrderFlow } from "./order-flow.ts";
import { pace, Pacer } from "./pacer.ts";
import { ProgressLane } from "./progress-board.ts";
import { MonotonicRunClock } from "./run-clock.ts";
import { createSchedule } from "./schedule.ts";

export interface LoadTask {
  readonly settings: LoadSettings;
  /** Number of this worker: it serves the sessions whose number leaves this remainder. */
  readonly worker: number;
  /** Client order id of the first request of every session; above all that these sessions have used before. */
  readonly firstClientOrderId: number;
  /** A ProgressBoard's. */
  readonly progress: SharedArrayBuffer;
}

export interface WorkerResult {
  readonly latencies: RecordedLatencies;
  readonly counts: LoadCounts;
  /** What the venue calls itself, and what it promises. */
  readonly venue: string;
  readonly durability: string;
  /** Why the run could not go on, "" if it could. */
  readonly failure: string;
}

/** How often a thread looks whether the run has started or the last answers have come. */
const POLL_MS = 2;
const LOGOUT_TIMEOUT_MS = 1000;

/** Named to the pool by load-run.ts. */
export async function runLoadWorker(task: LoadTask): Promise<WorkerResult> {
  const crew = new SessionCrew(task);
  try {
    await crew.logOn();
    await crew.send();
    await crew.awaitAnswers();
  } finally {
    await crew.logOut();
  }
  return crew.result();
}

/** The sessions of one worker and what they share. */
class SessionCrew {
  readonly #settings: LoadSettings;
  readonly #progress: ProgressLane;
  readonly #clock = new MonotonicRunClock();
  readonly #recorder: LatencyRecorder;
  readonly #counts = newCounts();
  /** By number in the run; those of other workers are undefined. */
  readonly #sessions: readonly (LoadSession | undefined)[];
  readonly #connections: OrderEntryConnection[] = [];
  #openCount = 0;
  #closing = false;
  #venue = "";
  #durability = "";
  #failure = "";

  constructor({ settings, worker, firstClientOrderId, progress }: LoadTask) {
    const { warmupMs, durationMs } = settings;
    this.#settings = settings;
    this.#progress = new ProgressLane(progress, worker);
    this.#recorder = new LatencyRecorder({
      fromMs: warmupMs,
      toMs: warmupMs + durationMs,
      intervalMs: intervalMs(durationMs),
    });
    const measurement: Measurement = {
      clock: this.#clock,
      recorder: this.#recorder,
      counts: this.#counts,
      progress: this.#progress,
    };
    this.#sessions = Array.from({ length: settings.sessions }, (_, session) =>
      session % settings.workers === worker
        ? new LoadSession(createFlow(settings, session, firstClientOrderId), firstClientOrderId, measurement)
        : undefined,
    );
  }

  async logOn(): Promise<void> {
    for (const [number, session] of this.#sessions.entries()) {
      if (session === undefined) continue;
      if (this.#progress.stopped()) return;
      if (!(await this.#connect(session, `${this.#settings.sessionPrefix}-${number + 1}`))) return;
    }
    this.#progress.ready();
  }

  async send(): Promise<void> {
    while (this.#progress.startTime() === undefined) {
      if (this.#progress.stopped()) return;
      await sleep(POLL_MS);
    }
    this.#clock.startAt(this.#progress.startTime() ?? 0);
    const { warmupMs, durationMs, schedule: kind, ratePerSecond, burstSize, seed } = this.#settings;
    const pacer = new Pacer({
      schedule: createSchedule({ kind, ratePerSecond, burstSize, seed }),
      endMs: warmupMs + durationMs,
      sessions: this.#sessions,
      clock: this.#clock,
    });
    await pace(pacer, () => this.#progress.stopped());
    if (this.#progress.stopped()) this.#recorder.stopAt(this.#clock.nowMs());
  }

  async awaitAnswers(): Promise<void> {
    const deadlineMs = this.#clock.nowMs() + this.#settings.drainMs;
    while (
      this.#failure === "" &&
      this.#sessions.some((session) => session !== undefined && session.pendingCount > 0)
    ) {
      if (this.#clock.nowMs() > deadlineMs) return;
      await sleep(POLL_MS);
    }
  }

  /** Never rejects: what is wrong here no longer matters to the run. */
  async logOut(): Promise<void> {
    this.#closing = true;
    for (const connection of this.#connections) {
      if (connection.isOpen) connection.logout();
    }
    for (let waitedMs = 0; this.#openCount > 0 && waitedMs < LOGOUT_TIMEOUT_MS; waitedMs += POLL_MS) {
      await sleep(POLL_MS);
    }
    for (const connection of this.#connections) connection.close();
  }

  result(): WorkerResult {
    for (const session of this.#sessions) this.#counts.unanswered += session?.countUnanswered() ?? 0;
    return {
      latencies: this.#recorder.encode(),
      counts: this.#counts,
      venue: this.#venue,
      durability: this.#durability,
      failure: this.#failure,
    };
  }

  /** Answers whether the session is logged on; if not, the run has failed. */
  async #connect(session: LoadSession, name: string): Promise<boolean> {
    const connection = new OrderEntryConnection(
      { url: this.#settings.url, session: name, cancelOnDisconnect: true },
      {
        onExecutionReport: (report) => session.onExecutionReport(report),
        onBusinessReject: (reject) => session.onBusinessReject(reject),
        onEnd: (cause) => this.#onEnd(name, cause),
      },
    );
    session.attach(connection);
    try {
      const accepted = await connection.open(openNodeTransport);
      this.#venue = accepted.venue;
      this.#durability = durabilityName(accepted.durability);
    } catch (error) {
      if (!(error instanceof FairleadError)) throw error;
      this.#fail(`session ${name}: ${error.message}`);
      return false;
    }
    this.#connections.push(connection);
    this.#openCount++;
    return true;
  }

  #onEnd(name: string, cause: Error | undefined): void {
    this.#openCount--;
    if (this.#closing) return;
    this.#fail(`session ${name}: ${cause?.message ?? "ended"}`);
  }

  /** The first failure is told; all workers stop. */
  #fail(failure: string): void {
    this.#failure ||= failure;
    this.#progress.stopAll();
  }
}

function createFlow(settings: LoadSettings, session: number, firstClientOrderId: number): OrderFlow {
  const { seed, mix, instrumentIds, levels, maxOpenOrders, receiptShare } = settings;
  const midPrice = settings.midPrice as Ticks;
  return new OrderFlow({
    seed,
    session,
    mix,
    instrumentIds,
    midPrice,
    levels,
    maxOpenOrders,
    receiptShare,
    firstClientOrderId,
  });
}

function durabilityName(durability: Durability): string {
  const named = Object.entries(Durability).find((entry) => entry[1] === durability);
  return named === undefined ? `code ${durability}` : named[0].toLowerCase();
}
