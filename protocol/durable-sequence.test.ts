/** The word that holds events back until their commands are safe. */
import { afterEach, describe, expect, test } from "vitest";
import {
  DurableSequenceReader,
  DurableSequenceWriter,
  FullnessTeller,
  StorageStateWriter,
  createDurableSequence,
} from "./durable-sequence.ts";
import { takeAway } from "./guards.ts";

afterEach(() => takeAway());

function pair(): { writer: DurableSequenceWriter; reader: DurableSequenceReader } {
  const buffer = createDurableSequence();
  return { writer: new DurableSequenceWriter(buffer), reader: new DurableSequenceReader(buffer) };
}

describe("the durable sequence", () => {
  test("covers what is not above it", () => {
    const { writer, reader } = pair();
    expect([0, 1].map((sequence) => reader.covers(sequence))).toEqual([true, false]);
    writer.advance(10);
    expect([1, 10, 11].map((sequence) => reader.covers(sequence))).toEqual([true, true, false]);
  });

  test.each([2 ** 31 - 2, 2 ** 32 - 2, 2 ** 40 - 2, 2 ** 53 - 10])("goes on past %i", (start) => {
    const buffer = createDurableSequence();
    const writer = new DurableSequenceWriter(buffer);
    writer.advance(start);
    const reader = new DurableSequenceReader(buffer);
    for (let sequence = start + 1; sequence < start + 8; sequence++) {
      expect(reader.covers(sequence)).toBe(false);
      writer.advance(sequence);
      expect(reader.covers(sequence)).toBe(true);
      expect(reader.covers(start)).toBe(true);
    }
  });

  test("covers everything without the guard holdBack", () => {
    takeAway("holdBack");
    const { reader } = pair();
    expect(reader.covers(1)).toBe(true);
  });

  test("says beside it whether the disk is full, as long as one of those who can tell says so", () => {
    const buffer = createDurableSequence();
    const reader = new DurableSequenceReader(buffer);
    const keeper = new StorageStateWriter(buffer, FullnessTeller.Keeper);
    const journaler = new StorageStateWriter(buffer, FullnessTeller.Journaler);
    expect(reader.isStorageFull).toBe(false);
    keeper.setFull(true);
    journaler.setFull(true);
    expect(reader.isStorageFull).toBe(true);
    expect(reader.covers(1)).toBe(false);
    keeper.setFull(false);
    expect(reader.isStorageFull).toBe(true);
    journaler.setFull(false);
    expect(reader.isStorageFull).toBe(false);
  });
});
