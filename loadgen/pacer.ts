/**
 * Sends every request when it is due, or as soon after that as this thread gets to it. It never skips one and never
 * waits for an answer.
 *
 *   turn() ── how long until the next one is due? ──► more than SPIN_BELOW_MS: sleep on a timer, then turn again
 *     ▲                                               less: let the event loop read its sockets once (setImmediate),
 *     └───────────────────────────────────────────────      then turn again
 *
 * A timer of Node.js is only good for a millisecond, so the last stretch is spun; each round of it polls the sockets, and
 * answers are stamped when they arrive. All requests of a session that are due at the same turn leave in one write. What
 * pacing costs in accuracy is not hidden: the time from due to sent is recorded as the pacing error of the run.
 *
 * The sends of the run are dealt to its sessions in turn: request i belongs to session i mod sessionCount. Every worker
 * walks the schedule of the whole run and takes those of its own sessions.
 */
import type { RunClock } from "./run-clock.ts";
import type { Schedule } from "./schedule.ts";

/** What the pacer drives: a LoadSession. */
export interface PacedSession {
  queue(runIndex: number, dueMs: number): void;
  flush(): void;
}

export interface PacerSettings {
  readonly schedule: Schedule;
  /** Requests that are due from here on are not sent, in ms of the run. */
  readonly endMs: number;
  /** By number in the run; those of other workers are undefined. */
  readonly sessions: readonly (PacedSession | undefined)[];
  readonly clock: RunClock;
}

/** Answered by turn() when nothing is left to send. */
const DONE = Infinity;

const SPIN_BELOW_MS = 2;
/** A timer may fire this much later than asked. */
const TIMER_SLACK_MS = 1.5;
/** A sleeping pacer looks this often whether it should stop. */
const MAX_SLEEP_MS = 50;
/** After this many sends the answers that came meanwhile are read, however late the next send is. */
const MAX_SENDS_PER_TURN = 1024;

export class Pacer {
  readonly #schedule: Schedule;
  readonly #endMs: number;
  readonly #sessions: readonly (PacedSession | undefined)[];
  readonly #clock: RunClock;
  /** Sessions with something to flush, in the order of their first send of this turn. */
  readonly #queued: PacedSession[] = [];
  /** By number in the run: 1 when it is in #queued. */
  readonly #isQueued: Uint8Array;
  #runIndex = -1;
  #session: PacedSession | undefined;
  #dueMs = 0;

  constructor({ schedule, endMs, sessions, clock }: PacerSettings) {
    this.#schedule = schedule;
    this.#endMs = endMs;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#isQueued = new Uint8Array(sessions.length);
    this.#advance();
  }

  /** Sends what is due. Returns how many ms remain until the next one, 0 when it is due already, or DONE. */
  turn(): number {
    const nowMs = this.#clock.nowMs();
    let sends = 0;
    while (this.#dueMs <= nowMs && sends < MAX_SENDS_PER_TURN && this.#session !== undefined) {
      this.#session.queue(this.#runIndex, this.#dueMs);
      this.#rememberToFlush(this.#session);
      this.#advance();
      sends++;
    }
    if (sends > 0) this.#flush();
    return this.#session === undefined ? DONE : Math.max(0, this.#dueMs - this.#clock.nowMs());
  }

  #rememberToFlush(session: PacedSession): void {
    const number = this.#runIndex % this.#sessions.length;
    if (this.#isQueued[number] === 1) return;
    this.#isQueued[number] = 1;
    this.#queued.push(session);
  }

  #flush(): void {
    for (const session of this.#queued) session.flush();
    this.#queued.length = 0;
    this.#isQueued.fill(0);
  }

  /** To the next request of a session of this worker; to no session at the end of the run. */
  #advance(): void {
    do {
      this.#runIndex++;
      this.#dueMs = this.#schedule.nextDueMs();
      this.#session = this.#dueMs < this.#endMs ? this.#sessions[this.#runIndex % this.#sessions.length] : undefined;
    } while (this.#session === undefined && this.#dueMs < this.#endMs);
  }
}

/** Takes turns until everything is sent or `stopped`. */
export function pace(pacer: Pacer, stopped: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const turn = (): void => {
      const waitMs = stopped() ? DONE : pacer.turn();
      if (waitMs === DONE) resolve();
      else if (waitMs < SPIN_BELOW_MS) setImmediate(turn);
      else setTimeout(turn, Math.min(waitMs - TIMER_SLACK_MS, MAX_SLEEP_MS));
    };
    turn();
  });
}
