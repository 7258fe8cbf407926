/**
 * Cuts the power of a disk under a journal, over and over, and holds what comes back to what was promised (journal-promises.ts).
 *
 *   recover ─► state as of some command ─► write ─► power cut ─► unmount, mount ─► recover …
 *
 * All on one directory, so that recoveries build on each other.
 */
import type { Worker } from "node:worker_threads";
import type { Guard } from "../../../protocol/guards.ts";
import { Dice } from "../flow/dice.ts";
import { JournalPromises, type JournalCounts } from "./journal-promises.ts";
import { beginTask, heard, startJournalTask } from "./journal-task.ts";
import { type FileSystem, LoopDisk } from "./loop-disk.ts";

/** xfs does not make smaller ones. */
const DISK_MEBIBYTES = 320;
const MAX_WRITING_MS = 25;

export interface PowerCutOptions {
  readonly fileSystem: FileSystem;
  readonly cycles: number;
  readonly seed: number;
  readonly guardsOff?: readonly Guard[];
}

/** Throws at the first cycle that broke a promise, with all that is needed to see it again. */
export async function runPowerCuts(options: PowerCutOptions): Promise<JournalCounts> {
  const run = new PowerCutRun(options);
  try {
    return await run.play();
  } catch (error) {
    const where = `FAIRLEAD_SEED=${options.seed}: ${options.fileSystem}, cycle ${run.cycle}`;
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  } finally {
    await run.end();
  }
}

class PowerCutRun {
  cycle = 0;
  readonly #options: PowerCutOptions;
  readonly #dice: Dice;
  readonly #disk: LoopDisk;
  readonly #task: Worker;
  readonly #promises: JournalPromises;

  constructor(options: PowerCutOptions) {
    const { fileSystem, seed, guardsOff = [] } = options;
    this.#options = options;
    this.#dice = new Dice(seed);
    this.#promises = new JournalPromises(seed);
    this.#disk = new LoopDisk(fileSystem, DISK_MEBIBYTES);
    this.#task = startJournalTask({ dataDirectory: this.#disk.directory, seed, guardsOff });
  }

  async play(): Promise<JournalCounts> {
    for (this.cycle = 1; this.cycle <= this.#options.cycles; this.cycle++) await this.#playCycle();
    return this.#promises.counts;
  }

  async end(): Promise<void> {
    await this.#task.terminate();
    this.#disk.remove();
  }

  async #playCycle(): Promise<void> {
    this.#promises.check(await beginTask(this.#task, { callsBefore: 0 }));
    await new Promise((resolve) => setTimeout(resolve, this.#dice.below(MAX_WRITING_MS)));
    const stopped = heard(this.#task, "stopped");
    const [news] = await Promise.all([stopped, this.#disk.cutPower(this.#dice.onceIn(3))]);
    this.#promises.note(news);
    await this.#disk.comeBack();
  }
}
