/**
 * The engine's side of the open loop: command n is due at start + n × interval, whether or not those before it are done.
 *
 *   own loop       this thread waits for the time of the next command, applies it, publishes its events
 *   command ring   another thread writes the command into a ring at its time (pacer.ts); this one polls the ring
 *
 * Either way the corrected latency runs from the time at which the command was due to the time at which its events are
 * published; so a command that comes while the engine is late pays for that. The service time runs from the moment at which the
 * engine turns to the command. Each includes one reading of the clock.
 */
import { assert } from "../../protocol/assert.ts";
import { CMD_RECEIVED_AT } from "../../protocol/record/command-record.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { NS_PER_MS, measureClockCost, nowMs } from "../../protocol/telemetry/clock.ts";
import { HistogramWriter, createHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { benchEngineConfig } from "../feed/bench-engine.ts";
import type { PacedResult, PacedTask } from "../feed/bench-task.ts";
import { collectionsDuring } from "../feed/collections.ts";
import { type Destination, EngineFeed } from "../feed/engine-feed.ts";
import { endPass } from "../feed/flow-passes.ts";

const MS_PER_SECOND = 1000;
/** The first command is due so long after the loop begins. */
const LEAD_MS = 1;
/** Between two readings of a loop that does nothing else, so long a gap is not the loop's. */
const GAP_MS = 0.002;

export function runPaced(task: PacedTask): PacedResult {
  const passCount = task.warmPasses + 1;
  const feed = new EngineFeed(
    benchEngineConfig({ instrumentCount: passCount, maxOpenOrders: task.maxOpenOrders }),
    task.eventRing,
  );
  const destinations = Array.from({ length: passCount }, (_, n) => ({
    session: feed.openSession(),
    instrumentId: n + 1,
  }));
  const recorder = new PacedRecorder(task);
  const source = task.commandRing === undefined ? undefined : new RingConsumer(task.commandRing);
  for (const destination of destinations.slice(0, -1)) warm(feed, task, source, destination);
  const { nsPerReading: nsPerClockReading } = measureClockCost();
  const measured = destinations.at(-1);
  assert(measured !== undefined, "the last pass is measured");
  let seconds = 0;
  const collections = collectionsDuring(() => {
    const start = nowMs();
    if (source === undefined) applyByClock(feed, task, measured, recorder);
    else applyFromRing(feed, source, task.columns.count, recorder);
    seconds = (nowMs() - start) / MS_PER_SECOND;
  });
  feed.awaitReader();
  endPass(feed, measured);
  return { seconds, collections, nsPerClockReading };
}

/** Through the very loop that is measured next, so that it is compiled; what it records is dropped. */
function warm(feed: EngineFeed, task: PacedTask, source: RingConsumer | undefined, destination: Destination): void {
  const scrap = new PacedRecorder({
    corrected: createHistogram(),
    service: createHistogram(),
    gaps: createHistogram(),
  });
  if (source === undefined) applyByClock(feed, { ...task, commandsPerSecond: Infinity }, destination, scrap);
  else applyFromRing(feed, source, task.columns.count, scrap);
  feed.awaitReader();
  endPass(feed, destination);
}

class PacedRecorder {
  readonly #corrected: HistogramWriter;
  readonly #service: HistogramWriter;
  readonly #gaps: HistogramWriter;

  constructor({ corrected, service, gaps }: Pick<PacedTask, "corrected" | "service" | "gaps">) {
    this.#corrected = new HistogramWriter(corrected);
    this.#service = new HistogramWriter(service);
    this.#gaps = new HistogramWriter(gaps);
  }

  command(dueAt: number, startedAt: number, completeAt: number): void {
    this.#corrected.record((completeAt - dueAt) * NS_PER_MS);
    this.#service.record((completeAt - startedAt) * NS_PER_MS);
  }

  /** Of a loop that waits: two readings that follow each other. */
  waited(before: number, after: number): void {
    if (after - before >= GAP_MS) this.#gaps.record((after - before) * NS_PER_MS);
  }
}

function applyByClock(feed: EngineFeed, task: PacedTask, destination: Destination, recorder: PacedRecorder): void {
  const { columns, commandsPerSecond } = task;
  const intervalMs = MS_PER_SECOND / commandsPerSecond;
  const start = nowMs() + LEAD_MS;
  let now = nowMs();
  for (let row = 0; row < columns.count; row++) {
    const dueAt = start + row * intervalMs;
    while (now < dueAt) {
      const before = now;
      now = nowMs();
      recorder.waited(before, now);
    }
    const startedAt = now;
    feed.feedOne(columns, destination, row);
    now = nowMs();
    recorder.command(dueAt, startedAt, now);
  }
}

function applyFromRing(feed: EngineFeed, source: RingConsumer, count: number, recorder: PacedRecorder): void {
  const { i32, f64 } = source;
  let now = nowMs();
  for (let taken = 0; taken < count; taken++) {
    let base = source.poll();
    while (base === EMPTY) {
      const before = now;
      now = nowMs();
      recorder.waited(before, now);
      base = source.poll();
    }
    const startedAt = now;
    const dueAt = f64[(base >> 1) + CMD_RECEIVED_AT] as number;
    feed.applyRecord(i32, f64, base);
    source.release();
    now = nowMs();
    recorder.command(dueAt, startedAt, now);
  }
}
