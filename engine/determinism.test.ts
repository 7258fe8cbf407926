/** The same commands make the same bytes: what replay, standby and audit rest on. */
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RECORD_BYTES } from "../protocol/record/command-record.ts";
import { EMPTY, RingConsumer } from "../protocol/ring/ring-consumer.ts";
import { createRing } from "../protocol/ring/ring-layout.ts";
import { EventOutbox } from "./event-outbox.ts";
import { createMatchingEngine } from "./matching-engine.ts";
import { commandSequence } from "./testing/command-arbitrary.ts";
import { type CommandFields, writeCommand } from "./testing/command-fields.ts";
import { SMALL_ENGINE } from "./testing/engine-rig.ts";

/** Hash over every byte of every event, in the order in which each gateway reads them. */
function hashOfEvents(commands: readonly CommandFields[], ringSlots: number): string[] {
  const rings = [createRing(ringSlots), createRing(ringSlots)];
  const consumers = rings.map((ring) => new RingConsumer(ring));
  const hashes = rings.map(() => createHash("sha256"));
  const drain = (): void => {
    consumers.forEach((consumer, gateway) => {
      for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) {
        hashes[gateway]?.update(
          Uint8Array.from(new Uint8Array(rings[gateway] as SharedArrayBuffer, base * 4, RECORD_BYTES)),
        );
      }
      consumer.release();
    });
  };
  const outbox = new EventOutbox(rings, drain);
  const engine = createMatchingEngine({ ...SMALL_ENGINE, gatewayCount: 2 }, outbox);
  const record = new ArrayBuffer(RECORD_BYTES);
  const [i32, f64] = [new Int32Array(record), new Float64Array(record)];
  for (const command of commands) {
    writeCommand(command, i32, f64, 0);
    engine.apply(i32, f64, 0);
    outbox.publish();
    drain();
  }
  return hashes.map((hash) => hash.digest("hex"));
}

test("the same commands make byte-identical events, ids included, however often the engine had to wait", () => {
  fc.assert(
    fc.property(commandSequence(400), (commands) => {
      const events = hashOfEvents(commands, 256);
      expect(hashOfEvents(commands, 256)).toEqual(events);
      expect(hashOfEvents(commands, 2)).toEqual(events);
    }),
    { numRuns: 30 },
  );
});
