/** The sequencer with a real engine and real rings, all in one thread: a test makes the passes. */
import { describe, expect, test } from "vitest";
import { CancelReason, ExecType, OrderType, Side, TimeInForce } from "../protocol/codes.ts";
import { DurableSequenceReader, DurableSequenceWriter, createDurableSequence } from "../protocol/durable-sequence.ts";
import { CMD_GATEWAY, CommandFlag, CommandKind } from "../protocol/record/command-record.ts";
import { EventFlag, EventKind } from "../protocol/record/event-record.ts";
import { DoorbellRinger, DoorbellSleeper, createDoorbell } from "../protocol/ring/doorbell.ts";
import { EMPTY, RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { createRing, ringDepth } from "../protocol/ring/ring-layout.ts";
import { FULL, RingProducer } from "../protocol/ring/ring-producer.ts";
import { nowMs } from "../protocol/telemetry/clock.ts";
import { CounterWriter, createCounterPage, readCounters } from "../protocol/telemetry/counters.ts";
import { RuntimeProbe, createRuntimePage } from "../protocol/telemetry/runtime-probe.ts";
import { EngineControl, EngineWatch, createEngineControl } from "./engine-control.ts";
import { ENGINE_COUNTERS } from "./engine-counters.ts";
import { EventOutbox } from "./event-outbox.ts";
import { JournalFeed } from "./journal/journal-feed.ts";
import { createMatchingEngine } from "./matching-engine.ts";
import { Sequencer } from "./sequencer.ts";
import { type CommandFields, commandOf, writeCommand } from "./testing/command-fields.ts";
import { SMALL_ENGINE } from "./testing/engine-rig.ts";
import { type EventFields, readEvent } from "./testing/event-fields.ts";

const MAX_BATCH = 32;
const MAX_INT32 = 2 ** 31 - 1;

interface RigOptions {
  readonly gateways?: number;
  readonly eventRingSlots?: number;
  /** With a journal, which takes commands when the test calls journal(). */
  readonly journalRingSlots?: number;
  /** Called while an event ring is full, when the sequencer has been told. */
  readonly onFull?: (gateway: number) => void;
}

class Rig {
  readonly sequencer: Sequencer;
  readonly watch: EngineWatch;
  readonly durable: DurableSequenceReader;
  readonly commandRings: readonly SharedArrayBuffer[];
  readonly #producers: readonly RingProducer[];
  readonly #events: readonly RingConsumer[];
  readonly #counters: SharedArrayBuffer;
  readonly #journal: RingConsumer | undefined;

  constructor({ gateways = 1, eventRingSlots = 256, journalRingSlots, onFull = () => {} }: RigOptions = {}) {
    const indices = Array.from({ length: gateways }, (_, gateway) => gateway);
    this.commandRings = indices.map(() => createRing(128));
    this.#producers = this.commandRings.map((ring) => new RingProducer(ring));
    const eventRings = indices.map(() => createRing(eventRingSlots));
    this.#events = eventRings.map((ring) => new RingConsumer(ring));
    this.#counters = createCounterPage(ENGINE_COUNTERS.length);
    const durable = createDurableSequence();
    const journalRing = journalRingSlots === undefined ? undefined : createRing(journalRingSlots);
    this.#journal = journalRing && new RingConsumer(journalRing);
    const control = createEngineControl();
    this.watch = new EngineWatch(control);
    this.durable = new DurableSequenceReader(durable);
    const outbox = new EventOutbox(eventRings, (gateway) => {
      if (!this.sequencer.stalled(gateway)) throw new Error("stopped");
      onFull(gateway);
    });
    this.sequencer = new Sequencer({
      commandRings: this.commandRings.map((ring) => new RingConsumer(ring)),
      gateways: indices.map(() => new DoorbellRinger(createDoorbell())),
      outbox,
      engine: createMatchingEngine({ ...SMALL_ENGINE, gatewayCount: gateways }, outbox),
      journal: journalRing === undefined ? "nobody" : new JournalFeed(journalRing, createDoorbell()),
      durable: new DurableSequenceWriter(durable),
      control: new EngineControl(control),
      start: { sequence: 0, timeUs: 0 },
      counters: new CounterWriter(this.#counters),
      probe: new RuntimeProbe(createRuntimePage()),
      sleeper: new DoorbellSleeper(createDoorbell()),
      waitStrategy: "park",
    });
    for (const gateway of indices) this.send(gateway, open(`session-${gateway}`));
    this.sequencer.pass();
    if (journalRing === undefined) for (const gateway of indices) this.take(gateway);
  }

  /** The journal takes one command. Returns whose it is. */
  journal(): number {
    const base = this.#journal?.poll() ?? EMPTY;
    if (base === EMPTY) throw new Error("the journal has been given nothing");
    this.#journal?.release();
    return this.#journal?.i32[base + CMD_GATEWAY] as number;
  }

  send(gateway: number, ...commands: CommandFields[]): void {
    const producer = this.#producers[gateway] as RingProducer;
    for (const command of commands) {
      const base = producer.claim();
      if (base === FULL) throw new Error("the test sends more than the command ring holds");
      writeCommand(command, producer.i32, producer.f64, base);
    }
    producer.publish();
  }

  /** The events that have been published for this gateway; what a gateway may not see yet is a mistake. */
  take(gateway: number, maxCount = Infinity): EventFields[] {
    const events: EventFields[] = [];
    const ring = this.#events[gateway] as RingConsumer;
    while (events.length < maxCount) {
      const base = ring.poll();
      if (base === EMPTY) break;
      const event = readEvent(ring.i32, ring.f64, base);
      if (!this.durable.covers(event.sequence)) throw new Error("what is published is durable");
      events.push(event);
    }
    ring.release();
    return events;
  }

  commandDepth(gateway: number): number {
    return ringDepth(new Int32Array(this.commandRings[gateway] as SharedArrayBuffer));
  }

  counter(name: string): number {
    return readCounters(this.#counters, ENGINE_COUNTERS).find((row) => row.name === name)?.value ?? NaN;
  }
}

function open(name: string): CommandFields {
  return commandOf({ kind: CommandKind.OpenSession, name });
}

/** A limit order that rests. Session n is that of gateway n. */
function order(clientOrderId: number, fields: Partial<CommandFields> = {}): CommandFields {
  return commandOf({
    kind: CommandKind.NewOrder,
    side: Side.Buy,
    orderType: OrderType.Limit,
    timeInForce: TimeInForce.GoodTillCancel,
    instrumentId: 1,
    clientOrderId,
    price: 100,
    orderQty: 1,
    ...fields,
  });
}

/** An order as a gateway sends it now. */
function stampedOrder(clientOrderId: number, receivedAt = nowMs(), fields: Partial<CommandFields> = {}): CommandFields {
  return order(clientOrderId, { flags: CommandFlag.Stamped, receivedAt, gatewayInNs: 1000, ...fields });
}

function range(count: number, first = 1): number[] {
  return Array.from({ length: count }, (_, n) => first + n);
}

describe("the sequencer", () => {
  test("gives every gateway its turn when the journal has room for one command at a time", () => {
    const rig = new Rig({ gateways: 3, journalRingSlots: 2 });
    const taken: number[] = [];
    for (const id of range(12)) {
      for (const gateway of [0, 1, 2]) rig.send(gateway, order(id));
      taken.push(rig.journal());
      rig.sequencer.pass();
    }
    expect([0, 1, 2].map((gateway) => taken.filter((from) => from === gateway).length)).toEqual([4, 4, 4]);
  });

  test("numbers commands without holes, and stamps them with a time that never goes back", () => {
    const rig = new Rig();
    const events: EventFields[] = [];
    for (const id of range(60)) {
      rig.send(0, order(id));
      rig.sequencer.pass();
      events.push(...rig.take(0));
    }
    // The opening of the session was number 1.
    expect(events.map(({ sequence }) => sequence)).toEqual(range(60, 2));
    const times = events.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs((times[0] ?? 0) / 1000 - Date.now()), "microseconds since 1970").toBeLessThan(60_000);
  });

  test("takes at most one batch of every gateway in a pass, in turn", () => {
    const rig = new Rig({ gateways: 2 });
    rig.send(0, ...range(40).map((id) => order(id)));
    rig.send(1, ...range(10).map((id) => order(id, { session: 1 })));
    expect(rig.sequencer.pass()).toBe(MAX_BATCH + 10);
    expect(rig.take(0).map(({ sequence }) => sequence)).toEqual(range(MAX_BATCH, 3));
    expect(rig.take(1).map(({ sequence }) => sequence)).toEqual(range(10, 3 + MAX_BATCH));
    expect(rig.sequencer.pass()).toBe(8);
    expect(rig.take(0).map(({ clientOrderId }) => clientOrderId)).toEqual(range(8, MAX_BATCH + 1));
    expect(rig.sequencer.pass()).toBe(0);
  });

  test("gives no sequence number to a query, whose events have that of the last command", () => {
    const rig = new Rig();
    const follow = commandOf({ kind: CommandKind.FollowBook, instrumentId: 1 });
    rig.send(0, order(1), follow, order(2));
    rig.sequencer.pass();
    expect(rig.take(0).map(({ kind, sequence }) => [kind, sequence])).toEqual([
      [EventKind.ExecutionReport, 2],
      [EventKind.SnapshotLevel, 2],
      [EventKind.SnapshotEnd, 2],
      [EventKind.ExecutionReport, 3],
    ]);
  });

  test("releases the slots of a batch when its events are published, not before", () => {
    const depths: number[] = [];
    const rig: Rig = new Rig({
      eventRingSlots: 4,
      onFull: () => {
        depths.push(rig.commandDepth(0));
        rig.take(0);
      },
    });
    rig.send(0, ...range(6).map((id) => order(id)));
    rig.sequencer.pass();
    expect(depths, "while it waits for room, nothing of the batch is given back").toEqual([6]);
    expect(rig.commandDepth(0)).toBe(0);
    expect(rig.take(0)).toHaveLength(2);
  });

  test("counts commands, batches and open orders", () => {
    const rig = new Rig();
    rig.send(0, ...range(5).map((id) => order(id)));
    rig.sequencer.pass();
    expect(rig.counter("engine_commands_total")).toBe(6);
    expect(rig.counter("engine_batches_total")).toBe(2);
    expect(rig.counter("engine_open_orders")).toBe(5);
  });

  test("applies what was published before a stop, and then returns", () => {
    const rig = new Rig();
    rig.send(0, ...range(70).map((id) => order(id, { price: 100 + (id % 2) })));
    rig.watch.stop();
    rig.sequencer.run();
    expect(rig.commandDepth(0)).toBe(0);
    expect(rig.take(0)).toHaveLength(70);
  });
});

describe("stage times", () => {
  test("ring wait and matching are in the first event of a command to its own session, and only there", () => {
    const rig = new Rig({ gateways: 2 });
    rig.send(1, order(1, { session: 1, side: Side.Sell, orderQty: 5 }));
    rig.sequencer.pass();
    rig.take(1);
    const receivedAt = nowMs() - 1;
    rig.send(0, stampedOrder(1, receivedAt, { orderQty: 5 }));
    rig.sequencer.pass();
    const [accepted, traded] = rig.take(0);
    expect(accepted).toMatchObject({ receivedAt, gatewayInNs: 1000 });
    expect((accepted?.flags ?? 0) & EventFlag.Stamped).not.toBe(0);
    expect(accepted?.ringWaitNs).toBeGreaterThanOrEqual(1e6 - 1000 - 1);
    expect(accepted?.matchingNs).toBeGreaterThan(0);
    for (const event of [traded, ...rig.take(1)]) {
      expect((event?.flags ?? 0) & EventFlag.Stamped).toBe(0);
      expect(event).toMatchObject({ receivedAt: 0, gatewayInNs: 0, ringWaitNs: 0, matchingNs: 0 });
    }
  });

  test("saturate when a thread has been stopped for seconds", () => {
    const rig = new Rig();
    rig.send(0, stampedOrder(1, nowMs() - 10_000));
    rig.sequencer.pass();
    expect(rig.take(0)[0]?.ringWaitNs).toBe(MAX_INT32);
  });

  test("are never those of another event, however often the event ring is full", () => {
    const taken: EventFields[] = [];
    const rig: Rig = new Rig({ eventRingSlots: 4, onFull: () => void taken.push(...rig.take(0, 1)) });
    const started = nowMs();
    for (const id of range(60)) {
      // Every second one is not stamped: what lies in its slot from before must not show.
      rig.send(0, id % 2 === 0 ? stampedOrder(id, nowMs()) : order(id));
      if (id % 6 === 0) rig.sequencer.pass();
    }
    taken.push(...rig.take(0));
    const elapsedNs = (nowMs() - started) * 1e6;
    expect(taken.map(({ clientOrderId }) => clientOrderId)).toEqual(range(60));
    for (const { clientOrderId, flags, receivedAt, ringWaitNs, matchingNs } of taken) {
      const isStamped = clientOrderId % 2 === 0;
      expect((flags & EventFlag.Stamped) !== 0).toBe(isStamped);
      expect(receivedAt !== 0).toBe(isStamped);
      expect(ringWaitNs + matchingNs).toBeLessThanOrEqual(isStamped ? elapsedNs : 0);
    }
  });
});

describe("a full event ring", () => {
  test("stalls the engine until there is room, and loses nothing", () => {
    const taken: EventFields[] = [];
    const rig: Rig = new Rig({ eventRingSlots: 2, onFull: () => void taken.push(...rig.take(0, 1)) });
    rig.send(0, ...range(20).map((id) => order(id)), commandOf({ kind: CommandKind.MassCancel }));
    rig.sequencer.pass();
    taken.push(...rig.take(0));
    expect(taken).toHaveLength(20 + 20 + 1);
    expect(taken.map(({ sessionSequence }) => sessionSequence)).toEqual([...range(40), 40]);
    expect(rig.counter("engine_event_ring_full_total")).toBeGreaterThan(0);
  });

  test("of one gateway holds back no event of another that was made before", () => {
    const seen: EventFields[] = [];
    const rig: Rig = new Rig({
      gateways: 2,
      eventRingSlots: 4,
      onFull: (gateway) => {
        expect(gateway).toBe(1);
        seen.push(...rig.take(0));
        rig.take(1);
      },
    });
    rig.send(0, order(1), order(2));
    rig.send(1, ...range(8).map((id) => order(id, { session: 1 })));
    rig.sequencer.pass();
    expect(seen.map(({ clientOrderId }) => clientOrderId)).toEqual([1, 2]);
  });

  test("lets the engine stop when nobody will read any more", () => {
    const rig: Rig = new Rig({
      eventRingSlots: 2,
      onFull: () => {
        rig.watch.stop();
      },
    });
    rig.send(0, ...range(3).map((id) => order(id)));
    expect(() => rig.sequencer.pass()).toThrow("stopped");
  });
});

test("what is due happens when no command brings the time", () => {
  const rig = new Rig();
  const soon = (Date.now() + 20) * 1000;
  rig.send(0, order(1, { timeInForce: TimeInForce.GoodTillDate, expireTime: soon }));
  rig.sequencer.pass();
  expect(rig.take(0).map(({ execType }) => execType)).toEqual([ExecType.New]);
  expect(rig.sequencer.passTime()).toBe(0);
  while (Date.now() * 1000 < soon + 1000) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  expect(rig.sequencer.passTime()).toBe(1);
  const [expired] = rig.take(0);
  expect(expired).toMatchObject({ execType: ExecType.Expired, reason: CancelReason.Deadline });
  expect(rig.sequencer.passTime()).toBe(0);
});
