/** What happens because time passes: section 11 of docs/MATCHING.md. */
import { CancelReason, Phase, TimeInForce } from "../../../protocol/codes.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Phases } from "./phases.ts";
import type { Settling } from "./settling.ts";
import { scheduleNext, scheduledPhase } from "./twin-instrument.ts";
import type { TwinState } from "./twin-state.ts";

interface Due {
  readonly time: number;
  /** Of several at one time: orders, then pauses, then schedules. */
  readonly rank: number;
  /** Then the lower one. */
  readonly index: number;
  readonly happen: () => void;
}

export class Deadlines {
  readonly #state: TwinState;
  readonly #lifecycle: Lifecycle;
  readonly #phases: Phases;
  readonly #settling: Settling;
  #hasStarted = false;

  constructor(state: TwinState, lifecycle: Lifecycle, phases: Phases, settling: Settling) {
    this.#state = state;
    this.#lifecycle = lifecycle;
    this.#phases = phases;
    this.#settling = settling;
  }

  /** Everything up to the present time. */
  passTime(): void {
    if (!this.#hasStarted) this.#start();
    for (;;) {
      const due = [...this.#dueOrders(), ...this.#duePhases()];
      const [first] = due.toSorted((a, b) => a.time - b.time || a.rank - b.rank || a.index - b.index);
      if (first === undefined) return;
      first.happen();
      this.#settling.settleAll();
      for (const instrument of this.#state.instruments) this.#phases.indicateChange(instrument);
    }
  }

  /** With the first command every instrument comes to the phase that its schedule has for that time. */
  #start(): void {
    this.#hasStarted = true;
    for (const instrument of this.#state.instruments) {
      instrument.phase = scheduledPhase(instrument.terms.schedule, this.#state.time) ?? instrument.phase;
      scheduleNext(instrument, this.#state.time);
    }
  }

  #dueOrders(): Due[] {
    return this.#state.open
      .filter((order) => order.timeInForce === TimeInForce.GoodTillDate && order.expireTime <= this.#state.time)
      .map((order) => ({
        time: order.expireTime,
        rank: 0,
        index: order.orderId,
        happen: () => this.#lifecycle.expire(order, CancelReason.Deadline),
      }));
  }

  #duePhases(): Due[] {
    const { time: now } = this.#state;
    return this.#state.instruments.flatMap((instrument, index) => {
      const due: Due[] = [];
      const { pauseEnd, nextChangeTime, nextPhase } = instrument;
      if (pauseEnd !== 0 && pauseEnd <= now) {
        const happen = (): void => void this.#phases.change(instrument, Phase.Continuous);
        due.push({ time: pauseEnd, rank: 1, index, happen });
      }
      if (nextChangeTime <= now) {
        const happen = (): void => {
          scheduleNext(instrument, nextChangeTime);
          this.#phases.change(instrument, nextPhase);
        };
        due.push({ time: nextChangeTime, rank: 2, index, happen });
      }
      return due;
    });
  }
}
