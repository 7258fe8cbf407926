import { EngineRig } from "../engine-rig.ts";
import { type NewsOf, TASK_ENGINE } from "./journal-task.ts";
import { NumberedFlow } from "./numbered-flow.ts";

const RING_SLOTS = 256;

export interface JournalCounts {
  cycles: number;
  commands: number;
  tornTails: number;
  /** Starts from a snapshot. */
  snapshots: number;
}

/**
 * Holds what comes back of a journal to what was promised before: everything that was durable is there, nothing is there that was not
 * written, and the state is that of an engine that has applied the same commands and was never stopped.
 */
export class JournalPromises {
  readonly counts: JournalCounts = { cycles: 0, commands: 0, tornTails: 0, snapshots: 0 };
  readonly #reference = new EngineRig(TASK_ENGINE, RING_SLOTS);
  readonly #flow: NumberedFlow;
  #durable = 0;
  #appended = 0;

  constructor(seed: number) {
    this.#flow = new NumberedFlow(seed);
  }

  /** Throws when a promise was not kept. */
  check({ sequence, stateHash, snapshotSequence, isTorn }: NewsOf<"recovered">): void {
    if (sequence < this.#durable) throw new Error(`command ${this.#durable} was durable; only ${sequence} came back`);
    if (sequence > this.#appended) throw new Error(`command ${sequence} came back, which nobody had written`);
    this.#bringReferenceTo(sequence);
    const expected = this.#reference.engine.stateHash();
    if (stateHash !== expected) throw new Error(`the state at command ${sequence} is ${stateHash}, not ${expected}`);
    this.counts.commands = sequence;
    this.counts.tornTails += isTorn ? 1 : 0;
    this.counts.snapshots += snapshotSequence === 0 ? 0 : 1;
  }

  note({ durable, appended }: NewsOf<"stopped">): void {
    this.#durable = durable;
    this.#appended = appended;
    this.counts.cycles++;
  }

  #bringReferenceTo(sequence: number): void {
    const { engine } = this.#reference;
    while (engine.sequence < sequence) this.#reference.apply(this.#flow.command(engine.sequence + 1));
    this.#flow.forget(sequence);
  }
}
