import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeClientFrameCold } from "../protocol/codec/cold-codec.ts";
import { FRAME, FrameSplitter } from "../protocol/codec/delimited.ts";
import { MAX_CLIENT_FRAME_BYTES } from "../protocol/limits.ts";
import { ClientFrameWriter } from "./client-frame-writer.ts";

/** The client order id of every new order and the instrument of every subscription, in order. */
function idsIn(bytes: Uint8Array): number[] {
  const splitter = new FrameSplitter(MAX_CLIENT_FRAME_BYTES);
  const ids: number[] = [];
  splitter.feed(bytes, 0, bytes.length);
  while (splitter.next() === FRAME) {
    const frame = decodeClientFrameCold(splitter.bytes, splitter.start, splitter.end);
    if (typeof frame === "object")
      ids.push(frame.newOrder?.clientOrderId ?? frame.subscribe?.instrumentId ?? Number.NaN);
  }
  return ids;
}

const id = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("order" as const), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("subscribe" as const), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("take" as const) }) },
);

test("what is taken is what was written since the last take, and stays so while the writer goes on", () => {
  fc.assert(
    // Long enough to use up several chunks.
    fc.property(fc.array(step, { minLength: 500, maxLength: 3000 }), (steps) => {
      const writer = new ClientFrameWriter();
      const written: number[] = [];
      const pieces: Uint8Array[] = [];
      for (const next of steps) {
        if (next.kind === "order") writer.newOrder(next.id, 1, 1, 1, 1, 2 ** 31 - 1, 2 ** 31 - 1, true);
        else if (next.kind === "subscribe") writer.subscribe(next.id, [1, 2, 3]);
        else pieces.push(writer.take());
        if (next.kind !== "take") written.push(next.id);
      }
      const { byteCount } = writer;
      pieces.push(writer.take());
      expect(pieces.at(-1)).toHaveLength(byteCount);
      expect(writer.byteCount).toBe(0);
      expect(pieces.flatMap(idsIn)).toEqual(written);
    }),
    { numRuns: 20 },
  );
});

test("one batch may outgrow a chunk many times and still leaves in one piece", () => {
  const writer = new ClientFrameWriter();
  const ids = Array.from({ length: 5000 }, (_, n) => n + 1);
  for (const orderId of ids) writer.newOrder(orderId, 1, 1, 1, 1, 100, 5, false);
  expect(idsIn(writer.take())).toEqual(ids);
});

test("no field of an order is left over from the one before", () => {
  const writer = new ClientFrameWriter();
  writer.newOrder(1, 2, 2, 2, 3, 100, 5, true);
  writer.cancelOrder(7, 1, 2, true);
  writer.replaceOrder(8, 1, 2, 99, 4, true);
  writer.massCancel(9, 2, 2);
  writer.take();
  writer.newOrder(0, 0, 0, 0, 0, 0, 0, false);
  writer.cancelOrder(0, 0, 0, false);
  writer.replaceOrder(0, 0, 0, 0, 0, false);
  writer.massCancel(0, 0, 0);
  // Each is the frame's length, the tag of its message, and no field at all.
  expect([...writer.take()]).toEqual([2, 0x0a, 0, 2, 0x12, 0, 2, 0x1a, 0, 2, 0x22, 0]);
});
