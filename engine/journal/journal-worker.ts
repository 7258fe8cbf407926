/** Entry of a journal worker: everything is in journaler.ts. An error of the disk is told in one line, and ends the thread. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../protocol/assert.ts";
import { DurableSequenceWriter, FullnessTeller, StorageStateWriter } from "../../protocol/durable-sequence.ts";
import { DoorbellRinger, DoorbellSleeper } from "../../protocol/ring/doorbell.ts";
import { RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { alignClock, nowMs, toEpochMs } from "../../protocol/telemetry/clock.ts";
import { CounterWriter } from "../../protocol/telemetry/counters.ts";
import { HistogramWriter } from "../../protocol/telemetry/latency-histogram.ts";
import type { JournalNews, JournalWorkerData } from "../engine-thread.ts";
import { codeOf } from "../storage/disk.ts";
import { fileDisk } from "../storage/file-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { JournalWriter } from "./journal-writer.ts";
import { Journaler } from "./journaler.ts";

const US_PER_MS = 1e3;

assert(parentPort !== null, "a journaler runs in a worker thread");
const port = parentPort;
const data = workerData as JournalWorkerData;
const directory = new EngineDirectory(data.storage.dataDirectory, data.engine);

function tell(news: JournalNews): void {
  port.postMessage(news);
}

function createWriter(): JournalWriter {
  return new JournalWriter({
    disk: fileDisk,
    directory,
    genesis: data.genesis,
    epoch: data.epoch,
    segmentBytes: data.storage.segmentBytes,
    end: data.end,
    nowUs: () => Math.floor(toEpochMs(nowMs()) * US_PER_MS),
  });
}

function run(): void {
  const writer = createWriter();
  const durable = new DurableSequenceWriter(data.durableSequence);
  durable.advance(data.end.sequence);
  const state = new StorageStateWriter(data.durableSequence, FullnessTeller.Journaler);
  const journaler = new Journaler({
    ring: new RingConsumer(data.journalRing),
    writer,
    durable,
    waiting: data.waitingDoorbells.map((buffer) => new DoorbellRinger(buffer)),
    sleeper: new DoorbellSleeper(data.doorbell),
    waitStrategy: data.waitStrategy,
    counters: new CounterWriter(data.counters),
    commitLatency: new HistogramWriter(data.commitLatency),
    stopFlag: new Int32Array(data.stopFlag),
    onFull: (isFull) => {
      state.setFull(isFull);
      tell({ type: "full", isFull });
    },
  });
  tell({ type: "started" });
  journaler.run();
  tell({ type: "closed", sequence: writer.durableSequence, crc: writer.crc });
}

alignClock(data.clockOriginMs);
try {
  run();
} catch (error) {
  if (codeOf(error) === "") throw error;
  tell({
    type: "failed",
    message: `the journal in ${directory.journal} cannot be written: ${(error as Error).message}`,
  });
}
