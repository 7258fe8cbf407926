/**
 * Lives of an engine on a disk that fails, forgets and tears: each writes, makes snapshots and clears away until an error, the end of
 * its process or a power cut. What the next one finds is compared with what was told.
 */
import { afterEach, expect, test } from "vitest";
import { type Guard, takeAway } from "../../protocol/guards.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import type { MatchingEngine } from "../matching-engine.ts";
import { codeOf } from "../storage/disk.ts";
import type { CommandFields } from "../testing/command-fields.ts";
import { Dice } from "../testing/flow/dice.ts";
import { DISK_OPERATIONS, SimDisk } from "../testing/sim/sim-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { Keeper } from "./keeper.ts";
import { type Recovery, recoverEngine } from "./recovery.ts";
import {
  FLOW_ENGINE,
  RecordBuffer,
  journaledCommands,
  liveEngine,
  openWriter,
  quietEngine,
} from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const SEEDS = process.env["FAIRLEAD_LONG"] === "1" ? 2000 : 15;
const SEGMENT_BYTES = 8192;
const LIVES = 5;
const COMMANDS_PER_LIFE = 200;
const DIRECTORY = new EngineDirectory("/data", 0);

afterEach(() => takeAway());

class World {
  readonly disk = new SimDisk();
  readonly #dice: Dice;
  readonly #commands: readonly CommandFields[];
  /** Commands that were handed to the journal; shortened to what is found there. */
  #handed = 0;
  /** How many of them somebody was told of. */
  #told = 0;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#commands = journaledCommands(seed, LIVES * COMMANDS_PER_LIFE);
  }

  /** Returns what is wrong; undefined: nothing. */
  live(): string | undefined {
    const recovery = this.#comeBack();
    if (typeof recovery === "string") return recovery;
    // Some end before anything has come.
    if (!this.#dice.onceIn(4)) this.#tradeUntilError(recovery);
    if (this.#dice.onceIn(3)) this.disk.endProcess();
    else this.disk.cutPower(this.#dice);
    this.disk.clearFaults();
    return undefined;
  }

  #comeBack(): Recovery | string {
    const { engine, outbox } = quietEngine();
    const parts = { disk: this.disk, dataDirectory: "/data", config: FLOW_ENGINE, engine, outbox };
    try {
      const recovery = recoverEngine({ ...parts, tellFrom: Infinity, onCommand: () => {} });
      return this.#problemWith(engine, recovery.end.sequence) ?? recovery;
    } catch (error) {
      if (error instanceof OperatingError) return error.message;
      throw error;
    }
  }

  #problemWith(engine: MatchingEngine, sequence: number): string | undefined {
    if (sequence < this.#told) return `command ${this.#told} was told, but ${sequence} is the last one`;
    if (sequence > this.#handed) return `command ${sequence} was never written`;
    const hash = liveEngine(this.#commands.slice(0, sequence)).stateHash();
    if (engine.stateHash() !== hash) return `the state is not that after command ${sequence}`;
    // From here on anybody may be told of it.
    this.#told = sequence;
    this.#handed = sequence;
    return undefined;
  }

  #tradeUntilError(recovery: Recovery): void {
    try {
      this.#trade(recovery);
    } catch (error) {
      if (codeOf(error) === "" && !(error instanceof OperatingError)) throw error;
    }
  }

  #trade({ end, genesis }: Recovery): void {
    const dice = this.#dice;
    const parts = { disk: this.disk, directory: DIRECTORY, segmentBytes: SEGMENT_BYTES };
    const writer = openWriter({ ...parts, genesis: genesis.id, end, epoch: end.epoch + 1 });
    const keeper = new Keeper({ ...parts, ...quietEngine(), genesis, archivesJournal: dice.onceIn(2) });
    const record = new RecordBuffer();
    if (dice.onceIn(2)) this.disk.failNext(dice.oneOf(DISK_OPERATIONS), "EIO", { nth: dice.between(1, 60) });
    for (let left = dice.between(1, COMMANDS_PER_LIFE); left > 0; left--) {
      const { i32, f64 } = record.put(this.#commands[this.#handed] as CommandFields);
      if (dice.onceIn(4) || !writer.fitsSegment(i32, 0)) this.#commit(writer);
      if (!writer.fitsSegment(i32, 0)) writer.nextSegment();
      writer.append(i32, f64, 0);
      this.#handed++;
      if (dice.onceIn(20)) keeper.keepSpares();
      if (dice.onceIn(50) && this.#told > 0) keeper.makeSnapshot(this.#told);
    }
    this.#commit(writer);
  }

  #commit(writer: JournalWriter): void {
    writer.commit();
    this.#told = writer.durableSequence;
  }
}

function faultOf(seed: number): string | undefined {
  const world = new World(seed);
  for (let life = 1; life <= LIVES; life++) {
    const problem = world.live();
    if (problem !== undefined) return `FAIRLEAD_SEED=${seed}, life ${life}: ${problem}`;
  }
  return undefined;
}

function firstFault(...off: readonly Guard[]): string | undefined {
  takeAway(...off);
  for (let seed = SEED; seed < SEED + SEEDS; seed++) {
    const fault = faultOf(seed);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

// After a sync that failed the kernel shows what it has not written: a new process must not take that for durable.
test("whatever ends a life, the next one has all that was told, and the state of an exact prefix", () => {
  expect(firstFault()).toBeUndefined();
});

test.each(["fsync", "directoryFsync"] as const)("without the guard %s something that was told is gone", (guard) => {
  expect(firstFault(guard)).toBeDefined();
});
