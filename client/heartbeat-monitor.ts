/**
 * Decides when a heartbeat is due and when the peer is gone, from ticks instead of a clock: sending and receiving only
 * reset a counter, and a process that was stopped for a while does not take its own silence for that of the peer.
 */

/** Ticks in one heartbeat interval. */
export const TICKS_PER_INTERVAL = 4;

/** Between 1/2 and 3/4 of an interval after the last frame, so that the peer always hears from us within one. */
const IDLE_TICKS = TICKS_PER_INTERVAL - 1;

/** Between 2 and 2 1/4 intervals. */
const SILENT_TICKS = 2 * TICKS_PER_INTERVAL + 1;

export type HeartbeatDecision = "wait" | "send" | "timeout";

export class HeartbeatMonitor {
  #ticksSinceSent = 0;
  #ticksSinceReceived = 0;

  sent(): void {
    this.#ticksSinceSent = 0;
  }

  received(): void {
    this.#ticksSinceReceived = 0;
  }

  /** Call TICKS_PER_INTERVAL times per interval. */
  tick(): HeartbeatDecision {
    this.#ticksSinceSent += 1;
    this.#ticksSinceReceived += 1;
    if (this.#ticksSinceReceived >= SILENT_TICKS) return "timeout";
    return this.#ticksSinceSent >= IDLE_TICKS ? "send" : "wait";
  }
}
