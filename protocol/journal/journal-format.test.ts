/** What a record keeps of a command, what it leaves out, and how one is known to be sound. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CommandFields, commandOf, writeCommand } from "../../engine/testing/command-fields.ts";
import { CommandFlag, CommandKind, RECORD_BYTES } from "../record/command-record.ts";
import {
  LONG_RECORD_BYTES,
  REC_BEHIND,
  REC_EPOCH,
  REC_LENGTH,
  REC_PREVIOUS,
  SEGMENT_HEADER_BYTES,
  SHORT_RECORD_BYTES,
  decodeRecord,
  decodeSegmentHeader,
  encodeRecord,
  encodeSegmentHeader,
  recordWords,
  soundRecordWords,
} from "./journal-format.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const WORDS = RECORD_BYTES / 4;

const { FollowBook, UnfollowBook, ...JOURNALED } = CommandKind;
const QUERIES: readonly CommandKind[] = [FollowBook, UnfollowBook];
const KINDS = Object.entries(JOURNALED);

const int32 = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), -1, 0, 1, 2 ** 31 - 1));
const id = fc.oneof(fc.maxSafeNat(), fc.constantFrom(-1, 0, 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER));
const byte = fc.nat(255);

const command = fc
  .record({
    kind: fc.constantFrom(...Object.values(JOURNALED)),
    side: byte,
    orderType: byte,
    timeInForce: byte,
    session: int32,
    instrumentId: int32,
    flags: fc.nat(255),
    clientOrderId: id,
    origClientOrderId: id,
    price: int32,
    orderQty: int32,
    connection: int32,
    gatewayInNs: int32,
    receivedAt: fc.double({ noNaN: true }),
    sequence: fc.oneof(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.constant(Number.MAX_SAFE_INTEGER)),
    time: fc.maxSafeNat(),
    gateway: fc.nat(15),
    name: fc.string({ unit: "grapheme-ascii", maxLength: 32 }),
    triggerPrice: int32,
    displayQty: int32,
    account: int32,
    quoteAmount: id,
    expireTime: id,
  })
  .map(commandOf);

interface Buffer32 {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
}

function words(count: number): Buffer32 {
  const buffer = new ArrayBuffer(count * 4);
  return { i32: new Int32Array(buffer), f64: new Float64Array(buffer) };
}

function recordOf(fields: CommandFields): Buffer32 {
  const record = words(WORDS);
  writeCommand(fields, record.i32, record.f64, 0);
  return record;
}

const CONTEXT = { epoch: 3, previous: -5, durable: 0 };

function encoded(fields: CommandFields, context = CONTEXT): Buffer32 & { crc: number } {
  const { i32, f64 } = recordOf(fields);
  const out = words(LONG_RECORD_BYTES / 4);
  const crc = encodeRecord(i32, f64, 0, out.i32, out.f64, 0, context);
  return { ...out, crc };
}

function decoded({ i32, f64 }: Buffer32): Buffer32 {
  const back = words(WORDS);
  decodeRecord(i32, f64, 0, back.i32, back.f64, 0);
  return back;
}

/** The command as it comes back: measurements are gone, and so is what an order without extended terms has in their place. */
function kept(fields: CommandFields): Int32Array {
  const { CloseSession, AdvanceTime } = CommandKind;
  const flags = fields.flags & ~CommandFlag.Stamped;
  const { i32 } = recordOf({ ...fields, flags, receivedAt: 0, gatewayInNs: 0 });
  const isPlainOrder = fields.kind < CommandKind.OpenSession && (fields.flags & CommandFlag.Extended) === 0;
  if (isPlainOrder || fields.kind === CloseSession || fields.kind === AdvanceTime) i32.fill(0, 19);
  return i32;
}

describe("a record", () => {
  test("gives back any command that is journaled, but for its measurements", () => {
    fc.assert(
      fc.property(command, (fields) => {
        expect(decoded(encoded(fields)).i32).toEqual(kept(fields));
      }),
      { seed: SEED, numRuns: 3000, endOnFailure: true },
    );
  });

  test.each(KINDS)("of %s comes at the largest and the smallest numbers", (_, kind) => {
    for (const edge of [2 ** 31 - 1, -(2 ** 31)]) {
      const fields = commandOf({
        kind,
        session: edge,
        instrumentId: edge,
        price: edge,
        orderQty: edge,
        connection: edge,
        clientOrderId: Number.MAX_SAFE_INTEGER,
        origClientOrderId: -1,
        sequence: Number.MAX_SAFE_INTEGER,
        time: Number.MAX_SAFE_INTEGER,
        gateway: 15,
      });
      expect(decoded(encoded(fields, { ...CONTEXT, durable: Number.MAX_SAFE_INTEGER - 1 })).i32).toEqual(kept(fields));
    }
  });

  test("leaves out that it was stamped, when it was received and how long the gateway took", () => {
    const fields = commandOf({ kind: CommandKind.NewOrder, sequence: 1, price: 5 });
    const measured = { ...fields, flags: CommandFlag.Stamped, receivedAt: 12.5, gatewayInNs: 900 };
    expect(encoded(measured).i32).toEqual(encoded(fields).i32);
  });

  test("of a plain order does not depend on what was in its slot before", () => {
    const { i32, f64 } = recordOf(commandOf({ kind: CommandKind.NewOrder, sequence: 1 }));
    const [one, other] = [words(36), words(36)];
    encodeRecord(i32, f64, 0, one.i32, one.f64, 0, CONTEXT);
    i32.fill(77, 19);
    encodeRecord(i32, f64, 0, other.i32, other.f64, 0, CONTEXT);
    expect(other.i32).toEqual(one.i32);
  });

  test.each(KINDS)("of %s has one of two sizes", (_, kind) => {
    const isOrder = kind < CommandKind.OpenSession;
    const isBare = isOrder || kind === CommandKind.CloseSession || kind === CommandKind.AdvanceTime;
    const plain = commandOf({ kind, sequence: 1 });
    expect(encoded(plain).i32[REC_LENGTH]).toBe(isBare ? SHORT_RECORD_BYTES : LONG_RECORD_BYTES);
    expect(recordWords(recordOf(plain).i32, 0) * 4).toBe(isBare ? SHORT_RECORD_BYTES : LONG_RECORD_BYTES);
    if (!isOrder) return;
    const extended = commandOf({ kind, sequence: 1, account: 4 });
    expect(encoded(extended).i32[REC_LENGTH]).toBe(LONG_RECORD_BYTES);
  });

  test("says what it follows, who wrote it, and how much was not durable yet", () => {
    const { i32 } = encoded(commandOf({ kind: CommandKind.AdvanceTime, sequence: 100 }), {
      epoch: 9,
      previous: 1234,
      durable: 90,
    });
    expect([i32[REC_EPOCH], i32[REC_PREVIOUS], i32[REC_BEHIND]]).toEqual([9, 1234, 9]);
  });

  test("that is no longer than its space is sound, and with any bit flipped it is not", () => {
    for (const account of [0, 4]) {
      const { i32 } = encoded(commandOf({ kind: CommandKind.NewOrder, sequence: 1, price: 100, account }));
      const length = (i32[REC_LENGTH] as number) / 4;
      expect(soundRecordWords(i32, 0, length)).toBe(length);
      expect(soundRecordWords(i32, 0, length - 1)).toBe(0);
      for (let bit = 0; bit < length * 32; bit++) {
        i32[bit >> 5] = (i32[bit >> 5] as number) ^ (1 << (bit & 31));
        expect(soundRecordWords(i32, 0, 36)).toBe(0);
        i32[bit >> 5] = (i32[bit >> 5] as number) ^ (1 << (bit & 31));
      }
    }
  });

  test.each([0, 1, 87, 89, 96, 143, 145, -88, 2 ** 31 - 1])("of %i bytes does not exist", (length) => {
    const { i32 } = encoded(commandOf({ kind: CommandKind.NewOrder, sequence: 1 }));
    i32[REC_LENGTH] = length;
    expect(soundRecordWords(i32, 0, i32.length)).toBe(0);
  });

  test("is not made of what asks for a book: nothing happens by it", () => {
    expect(QUERIES).toEqual([7, 8]);
    expect(KINDS).toHaveLength(14);
  });
});

describe("a segment's header", () => {
  const HEADER = { engine: 3, firstSequence: 2 ** 53 - 1, createdAt: 1.7e15, epoch: 8, previous: -9, genesis: -1 };

  function header(change: (i32: Int32Array) => void = () => {}): ReturnType<typeof decodeSegmentHeader> {
    const { i32, f64 } = words(SEGMENT_HEADER_BYTES / 4);
    new Uint8Array(i32.buffer).set(encodeSegmentHeader(HEADER));
    change(i32);
    return decodeSegmentHeader(i32, f64);
  }

  test("is read as it was written", () => {
    expect(header()).toEqual({ ...HEADER, version: 1 });
    expect(Buffer.from(encodeSegmentHeader(HEADER)).toString("latin1", 0, 8)).toBe("FLJOURNL");
  });

  test("with any bit flipped is none", () => {
    for (let bit = 0; bit < SEGMENT_HEADER_BYTES * 8; bit++) {
      const answer = header((i32) => {
        i32[bit >> 5] = (i32[bit >> 5] as number) ^ (1 << (bit & 31));
      });
      expect(answer).toBe(
        bit < 64 ? "it does not begin like a journal segment" : "the checksum of its header is wrong",
      );
    }
  });
});
