/** The fast checksum against the examples of RFC 3720, appendix B.4, and against one that goes bit by bit. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CRC_START, crc32c, crc32cOfBytes, crcAdd, crcEnd } from "./crc32c.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f6_3b78;
  }
  return ~crc | 0;
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.slice().buffer);
}

const ASCENDING = Uint8Array.from({ length: 32 }, (_, n) => n);

describe("the checksum", () => {
  test.each([
    ["32 bytes of zeros", new Uint8Array(32), 0x8a91_36aa],
    ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    ["32 ascending bytes", ASCENDING, 0x46dd_794e],
    ["32 descending bytes", ASCENDING.toReversed(), 0x113f_db5c],
  ])("of %s is that of the RFC", (_, bytes, expected) => {
    expect(crc32c(wordsOf(bytes), 0, 8) >>> 0).toBe(expected);
    expect(crc32cOfBytes(bytes) >>> 0).toBe(expected);
  });

  test("of 123456789 is the well-known one, and of nothing is 0", () => {
    expect(crc32cOfBytes(Buffer.from("123456789")) >>> 0).toBe(0xe306_9283);
    expect(crc32cOfBytes(new Uint8Array(0))).toBe(0);
    expect(crc32c(new Int32Array(2), 1, 1)).toBe(0);
  });

  test("of any words and of any bytes is that of the slow one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const whole = bytes.subarray(0, bytes.length - (bytes.length % 8));
        expect(crc32c(wordsOf(whole), 0, whole.length / 4)).toBe(bitByBit(whole));
        expect(crc32cOfBytes(bytes)).toBe(bitByBit(bytes));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test("can be taken in parts, from the middle of an array", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(8), (bytes, pair) => {
        const words = wordsOf(bytes);
        const half = crcAdd(CRC_START, words, 0, pair * 2);
        expect(crcEnd(crcAdd(half, words, pair * 2, 16))).toBe(bitByBit(bytes));
        expect(crc32c(words, 2, 14)).toBe(bitByBit(bytes.subarray(8, 56)));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
