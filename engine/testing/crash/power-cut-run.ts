/**
 * Cuts the power of a disk under a journal, over and over, and holds what comes back to what was promised.
 *
 *   recover ─► state as of some command ─► write ─► power cut ─► unmount, mount ─► recover …
 *
 * After each cut: everything that was told to be durable is there, nothing is there that was not written, and the state is that of an
 * engine that has applied the same commands and was never stopped. All on one directory, so that recoveries build on each other.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Guard } from "../../../protocol/guards.ts";
import { EngineRig } from "../engine-rig.ts";
import { Dice } from "../flow/dice.ts";
import { type JournalTask, type JournalTaskNews, TASK_ENGINE } from "./journal-task.ts";
import { type FileSystem, LoopDisk } from "./loop-disk.ts";
import { NumberedFlow } from "./numbered-flow.ts";

/** xfs does not make smaller ones. */
const DISK_MEBIBYTES = 320;
const MAX_WRITING_MS = 25;
const RING_SLOTS = 256;

export interface PowerCutOptions {
  readonly fileSystem: FileSystem;
  readonly cycles: number;
  readonly seed: number;
  readonly guardsOff?: readonly Guard[];
}

export interface PowerCutCounts {
  cycles: number;
  commands: number;
  tornTails: number;
  /** Starts from a snapshot. */
  snapshots: number;
}

type News<Type> = Extract<JournalTaskNews, { type: Type }>;

/** Throws at the first cycle that broke a promise, with all that is needed to see it again. */
export async function runPowerCuts(options: PowerCutOptions): Promise<PowerCutCounts> {
  const run = new PowerCutRun(options);
  try {
    return await run.play();
  } catch (error) {
    const where = `FAIRLEAD_SEED=${options.seed}: ${options.fileSystem}, cycle ${run.counts.cycles + 1}`;
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  } finally {
    await run.end();
  }
}

class PowerCutRun {
  readonly counts: PowerCutCounts = { cycles: 0, commands: 0, tornTails: 0, snapshots: 0 };
  readonly #options: PowerCutOptions;
  readonly #dice: Dice;
  readonly #disk: LoopDisk;
  readonly #task: Worker;
  /** Has applied what was recovered, and was never stopped. */
  readonly #reference = new EngineRig(TASK_ENGINE, RING_SLOTS);
  readonly #flow: NumberedFlow;
  #promised = 0;
  #appended = 0;

  constructor(options: PowerCutOptions) {
    const { fileSystem, seed, guardsOff = [] } = options;
    this.#options = options;
    this.#dice = new Dice(seed);
    this.#flow = new NumberedFlow(seed);
    this.#disk = new LoopDisk(fileSystem, DISK_MEBIBYTES);
    const workerData: JournalTask = { dataDirectory: this.#disk.directory, seed, guardsOff };
    this.#task = new Worker(new URL("./journal-task.test-worker.js", import.meta.url), { workerData });
  }

  async play(): Promise<PowerCutCounts> {
    while (this.counts.cycles < this.#options.cycles) {
      await this.#cycle();
      this.counts.cycles++;
    }
    return this.counts;
  }

  async end(): Promise<void> {
    await this.#task.terminate();
    this.#disk.remove();
  }

  async #cycle(): Promise<void> {
    this.#task.postMessage("start");
    this.#checkRecovery(await this.#hear("recovered"));
    await new Promise((resolve) => setTimeout(resolve, this.#dice.below(MAX_WRITING_MS)));
    const stopped = this.#hear("stopped");
    const [{ durable, appended }] = await Promise.all([stopped, this.#disk.cutPower(this.#dice.onceIn(3))]);
    this.#promised = durable;
    this.#appended = appended;
    await this.#disk.comeBack();
  }

  #checkRecovery({ sequence, stateHash, snapshotSequence, isTorn }: News<"recovered">): void {
    if (sequence < this.#promised) throw new Error(`command ${this.#promised} was durable; only ${sequence} came back`);
    if (sequence > this.#appended) throw new Error(`command ${sequence} came back, which nobody had written`);
    this.#bringReferenceTo(sequence);
    const expected = this.#reference.engine.stateHash();
    if (stateHash !== expected) throw new Error(`the state at command ${sequence} is ${stateHash}, not ${expected}`);
    this.counts.commands = sequence;
    this.counts.tornTails += isTorn ? 1 : 0;
    this.counts.snapshots += snapshotSequence === 0 ? 0 : 1;
  }

  #bringReferenceTo(sequence: number): void {
    const { engine } = this.#reference;
    while (engine.sequence < sequence) this.#reference.apply(this.#flow.command(engine.sequence + 1));
    this.#flow.forget(sequence);
  }

  async #hear<Type extends JournalTaskNews["type"]>(type: Type): Promise<News<Type>> {
    const [news] = (await once(this.#task, "message")) as [JournalTaskNews];
    if (news.type === type) return news as News<Type>;
    throw new Error(news.type === "failed" ? news.message : `the task says ${JSON.stringify(news)}`);
  }
}
