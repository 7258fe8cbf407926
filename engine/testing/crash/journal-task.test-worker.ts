/**
 * The parts of a venue that touch the disk, and nothing else: recovery, the journal, spares and snapshots, on one thread. Writes
 * until the disk fails, tells what it would have acknowledged, and starts again when it is told to.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../../protocol/assert.ts";
import { takeAway } from "../../../protocol/guards.ts";
import { RECORD_BYTES } from "../../../protocol/record/command-record.ts";
import { createRing } from "../../../protocol/ring/ring-layout.ts";
import { EventOutbox } from "../../event-outbox.ts";
import { JournalWriter } from "../../journal/journal-writer.ts";
import { Keeper } from "../../journal/keeper.ts";
import { type Recovery, recoverEngine } from "../../journal/recovery.ts";
import { type MatchingEngine, createMatchingEngine } from "../../matching-engine.ts";
import { codeOf } from "../../storage/disk.ts";
import { fileDisk } from "../../storage/file-disk.ts";
import { writeCommand } from "../command-fields.ts";
import { Dice } from "../flow/dice.ts";
import {
  type JournalTask,
  type JournalTaskNews,
  type JournalTaskOrder,
  type NewsOf,
  TASK_ENGINE,
} from "./journal-task.ts";
import { NumberedFlow } from "./numbered-flow.ts";

/** Some 600 commands: segments change all the time. */
const SEGMENT_BYTES = 2 ** 16;
const RING_SLOTS = 64;
const ONE_BYTE = new Uint8Array(1);

const { dataDirectory, seed, guardsOff = [], writesSingly = false } = workerData as JournalTask;
const flow = new NumberedFlow(seed);
const dice = new Dice(seed);
const record = new ArrayBuffer(RECORD_BYTES);
const i32 = new Int32Array(record);
const f64 = new Float64Array(record);

assert(parentPort !== null, "the task runs in a worker thread");
const port = parentPort;

function tell(news: JournalTaskNews): void {
  port.postMessage(news);
}

function createEngine(): { engine: MatchingEngine; outbox: EventOutbox } {
  const rings = Array.from({ length: TASK_ENGINE.gatewayCount }, () => createRing(RING_SLOTS));
  const outbox = new EventOutbox(rings, () => {});
  return { engine: createMatchingEngine(TASK_ENGINE, outbox), outbox };
}

function recover(): Recovery {
  const parts = createEngine();
  const start = { disk: fileDisk, dataDirectory, config: TASK_ENGINE, tellFrom: Infinity, onCommand: () => {} };
  const recovery = recoverEngine({ ...start, ...parts });
  const { end, snapshotSequence, torn } = recovery;
  flow.forget(end.sequence);
  const stateHash = parts.engine.stateHash();
  tell({ type: "recovered", sequence: end.sequence, stateHash, snapshotSequence, isTorn: torn !== undefined });
  return recovery;
}

function createWriter({ end, genesis, directory }: Recovery): JournalWriter {
  return new JournalWriter({
    disk: fileDisk,
    directory,
    genesis: genesis.id,
    epoch: end.epoch + 1,
    segmentBytes: SEGMENT_BYTES,
    end,
    nowUs: () => end.time,
  });
}

function createKeeper({ directory, genesis }: Recovery): Keeper {
  const parts = { disk: fileDisk, directory, genesis, segmentBytes: SEGMENT_BYTES, archivesJournal: false };
  return new Keeper({ ...parts, ...createEngine() });
}

/** Of one, of some, and of so many that they go over several segments. */
const GROUPS: readonly (readonly [number, () => number])[] = [
  [4, () => 1],
  [4, () => dice.between(2, 60)],
  [2, () => dice.between(100, 700)],
];

function writeGroup(writer: JournalWriter): void {
  const count = writesSingly ? 1 : dice.weighted(GROUPS)();
  for (let n = 0; n < count; n++) {
    writeCommand(flow.command(writer.sequence + 1), i32, f64, 0);
    if (!writer.fitsSegment(i32, 0)) {
      writer.commit();
      writer.nextSegment();
    }
    writer.append(i32, f64, 0);
  }
  writer.commit();
}

/** Until the disk fails, and then without an open file, so that it can be unmounted. */
function writeUntilFailure(recovery: Recovery): NewsOf<"stopped"> {
  let writer: JournalWriter | undefined;
  try {
    writer = createWriter(recovery);
    const keeper = createKeeper(recovery);
    for (;;) {
      writeGroup(writer);
      if (dice.onceIn(4)) keeper.keepSpares();
      if (dice.onceIn(10)) keeper.makeSnapshot(writer.durableSequence);
    }
  } catch (error) {
    if (codeOf(error) === "") throw error;
    const { durableSequence: durable, sequence: appended } = writer ?? promisesOf(recovery);
    return { type: "stopped", durable, appended, problem: (error as Error).message };
  } finally {
    writer?.close();
  }
}

/** Of a journal that nothing was written to. */
function promisesOf({ end }: Recovery): Pick<JournalWriter, "durableSequence" | "sequence"> {
  return { durableSequence: end.sequence, sequence: end.sequence };
}

function run(): void {
  tell(writeUntilFailure(recover()));
}

function spendCalls(count: number): void {
  const path = join(tmpdir(), `fairlead-calls-${process.pid}`);
  const file = fileDisk.open(path, "create");
  for (let n = 0; n < count; n++) {
    file.write(ONE_BYTE, 0);
    file.sync();
  }
  file.close();
  fileDisk.remove(path);
}

takeAway(...guardsOff);
port.on("message", ({ callsBefore }: JournalTaskOrder) => {
  try {
    if (callsBefore > 0) spendCalls(callsBefore);
    run();
  } catch (error) {
    tell({ type: "failed", message: (error as Error).message });
  }
});
