/**
 * Commands that cannot be turned away, because what they open, close or order must happen: one that finds its ring full
 * waits here and is tried again at every turn. Those to one engine arrive in the order in which they were sent.
 */
import type { CommandScratch } from "./command-scratch.ts";
import type { EngineLane } from "./engine-lane.ts";

interface WaitingCommand {
  readonly lane: EngineLane;
  readonly command: CommandScratch;
}

export class ControlCommands {
  readonly #lanes: readonly EngineLane[];
  #waiting: WaitingCommand[] = [];

  constructor(lanes: readonly EngineLane[]) {
    this.#lanes = lanes;
  }

  /** @param command Not to be changed after the call. */
  send(engine: number, command: CommandScratch): void {
    const lane = this.#lanes[engine] as EngineLane;
    const mustQueue = this.#waiting.some((earlier) => earlier.lane === lane);
    if (mustQueue || !lane.sendControl(command)) this.#waiting.push({ lane, command });
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Tries again what found no room, in the order in which it came. */
  retry(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { lane, command } of waiting) this.send(lane.engine, command);
  }
}
