/**
 * Entry of an engine's worker thread. Its loop never returns to the event loop while the venue runs, so it is told to
 * stop through shared memory, not by a message.
 */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../protocol/assert.ts";
import { DoorbellRinger, DoorbellSleeper } from "../protocol/ring/doorbell.ts";
import { RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { DurableSequenceWriter } from "../protocol/durable-sequence.ts";
import { CounterWriter } from "../protocol/telemetry/counters.ts";
import { RuntimeProbe } from "../protocol/telemetry/runtime-probe.ts";
import { alignClock } from "../protocol/telemetry/clock.ts";
import type { EngineWorkerData } from "./engine-thread.ts";
import { EventOutbox } from "./event-outbox.ts";
import { createMatchingEngine } from "./matching-engine.ts";
import { Sequencer } from "./sequencer.ts";

/** Unwinds a command whose events nobody will read: every gateway is gone, and nothing is kept. */
const STOPPED_IN_COMMAND = new Error("stopped while an event ring was full");

function createSequencer(data: EngineWorkerData): Sequencer {
  const outbox: EventOutbox = new EventOutbox(data.eventRings, (gateway) => {
    if (!sequencer.stalled(gateway)) throw STOPPED_IN_COMMAND;
  });
  const sequencer: Sequencer = new Sequencer({
    commandRings: data.commandRings.map((buffer) => new RingConsumer(buffer)),
    gateways: data.gatewayDoorbells.map((buffer) => new DoorbellRinger(buffer)),
    outbox,
    engine: createMatchingEngine(data.config, outbox),
    durable: new DurableSequenceWriter(data.durableSequence),
    counters: new CounterWriter(data.counters),
    probe: new RuntimeProbe(data.runtime),
    sleeper: new DoorbellSleeper(data.doorbell),
    waitStrategy: data.waitStrategy,
    stopFlag: new Int32Array(data.stopFlag),
  });
  return sequencer;
}

assert(parentPort !== null, "the engine runs in a worker thread");
const data = workerData as EngineWorkerData;
alignClock(data.clockOriginMs);
const sequencer = createSequencer(data);
parentPort.postMessage({ type: "ready" });
try {
  sequencer.run();
} catch (error) {
  if (error !== STOPPED_IN_COMMAND) throw error;
}
