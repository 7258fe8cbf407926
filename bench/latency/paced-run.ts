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
import { HistogramWriter, createHistogram } from "../../protocol/telemetry/latency-histogram.ts";
import { benchEngineConfig } from "../feed/bench-engine.ts";
import type { PacedResult, PacedTask } from "../feed/bench-task.ts";
import { collectionsDuring } from "../feed/collections.ts";
import { type Destination, EngineFeed, secondsOf } from "../feed/engine-feed.ts";
import { endPass } from "../feed/flow-passes.ts";
import { QuietClock, nsPerReading } from "./quiet-clock.ts";

const NS_PER_SECOND = 1e9;
/** The first command is due so long after the loop begins. */
const LEAD_NS = 1e6;
/** Between two readings of a loop that does nothing else, so long a gap is not the loop's. */
const GAP_NS = 2000;

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
  const measured = destinations.at(-1);
  assert(measured !== undefined, "the last pass is measured");
  let seconds = 0;
  const collections = collectionsDuring(() => {
    seconds = secondsOf(() => {
      if (source === undefined) applyByClock(feed, task, measured, recorder);
      else applyFromRing(feed, source, task.columns.count, recorder);
    });
  });
  feed.awaitReader();
  endPass(feed, measured);
  return { seconds, collections, nsPerClockReading: nsPerReading() };
}

/** Through the very loop that is measured next, by the same clock, so that all of it is compiled; what it records is dropped. */
function warm(feed: EngineFeed, task: PacedTask, source: RingConsumer | undefined, destination: Destination): void {
  const scrap = new PacedRecorder({
    corrected: createHistogram(),
    service: createHistogram(),
    gaps: createHistogram(),
  });
  if (source === undefined) applyByClock(feed, task, destination, scrap);
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

  /** Both are int32, as all figures that are passed here: a double would be allocated for each call. */
  command(latencyNs: number, serviceNs: number): void {
    this.#corrected.record(latencyNs);
    this.#service.record(serviceNs);
  }

  /** Between two readings of a loop that waits. */
  waited(gapNs: number): void {
    if (gapNs >= GAP_NS) this.#gaps.record(gapNs);
  }
}

function applyByClock(feed: EngineFeed, task: PacedTask, destination: Destination, recorder: PacedRecorder): void {
  const { columns, commandsPerSecond } = task;
  const intervalNs = NS_PER_SECOND / commandsPerSecond;
  const clock = new QuietClock();
  const due = new Float64Array(1);
  clock.note(due, 0);
  const start = (due[0] as number) + LEAD_NS;
  for (let row = 0; row < columns.count; row++) {
    due[0] = start + row * intervalNs;
    while (clock.sinceNs(due, 0) < 0) recorder.waited(clock.elapsedNs());
    feed.feedOne(columns, destination, row);
    const serviceNs = clock.elapsedNs();
    recorder.command(clock.sinceNs(due, 0), serviceNs);
  }
}

function applyFromRing(feed: EngineFeed, source: RingConsumer, count: number, recorder: PacedRecorder): void {
  const { i32, f64 } = source;
  const clock = new QuietClock();
  for (let taken = 0; taken < count; taken++) {
    let base = source.poll();
    for (; base === EMPTY; base = source.poll()) recorder.waited(clock.elapsedNs());
    feed.applyRecord(i32, f64, base);
    const serviceNs = clock.elapsedNs();
    recorder.command(clock.sinceNs(f64, (base >> 1) + CMD_RECEIVED_AT), serviceNs);
    source.release();
  }
}
