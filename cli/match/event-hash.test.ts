import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EventHash } from "./event-hash.ts";

const RECORD_I32 = 32;
const anyRecord = fc.array(fc.oneof(fc.integer(), fc.constantFrom(0, 1)), {
  minLength: RECORD_I32,
  maxLength: RECORD_I32,
});

function hashOf(records: readonly (readonly number[])[]): string {
  const hash = new EventHash();
  const i32 = Int32Array.from(records.flat());
  for (let n = 0; n < records.length; n++) hash.add(i32, n * RECORD_I32);
  return hash.toString();
}

test("is 16 hexadecimal digits, the same for the same records", () => {
  fc.assert(
    fc.property(fc.array(anyRecord), (records) => {
      expect(hashOf(records)).toMatch(/^[0-9a-f]{16}$/u);
      expect(hashOf(records)).toBe(hashOf(records));
    }),
  );
});

test("is another one when any bit of any record differs", () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1 }), fc.nat(), fc.nat(31), (records, place, bit) => {
      const changed = records.map((record) => [...record]);
      const record = changed[place % changed.length] as number[];
      const at = place % RECORD_I32;
      record[at] = (record[at] as number) ^ (1 << bit);
      expect(hashOf(changed)).not.toBe(hashOf(records));
    }),
  );
});

test("is another one for another order, and for one record more", () => {
  const [a, b] = [Array<number>(RECORD_I32).fill(1), Array<number>(RECORD_I32).fill(2)];
  expect(hashOf([a, b])).not.toBe(hashOf([b, a]));
  expect(hashOf([a, a])).not.toBe(hashOf([a]));
  const zero = Array<number>(RECORD_I32).fill(0);
  expect(hashOf([zero])).not.toBe(hashOf([]));
});
