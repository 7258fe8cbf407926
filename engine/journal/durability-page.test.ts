/** docs/DURABILITY.md is what other tools read the files by: here it is read by, field for field. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { crc32cOfBytes } from "../../protocol/journal/crc32c.ts";
import {
  LONG_RECORD_BYTES,
  SEGMENT_HEADER_BYTES,
  SHORT_RECORD_BYTES,
  encodeRecord,
  encodeSegmentHeader,
} from "../../protocol/journal/journal-format.ts";
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_MIN_QTY,
  CMD_NAME_BYTES,
  CMD_OFFSET,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_QUOTE_AMOUNT,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TIME,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  CommandKind,
  RECORD_BYTES,
} from "../../protocol/record/command-record.ts";
import { fileDisk } from "../storage/file-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-file.ts";

const page = readFileSync(new URL("../../../docs/DURABILITY.md", import.meta.url), "utf8");

interface Field {
  readonly name: string;
  readonly offset: number;
  readonly type: string;
}

/** The table under a heading. */
function fieldsUnder(heading: string): Field[] {
  const section = page.split(`\n### ${heading}\n`)[1]?.split(/\n##/u)[0] ?? "";
  const [, , ...rows] = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.map((row) => {
    const [, name = "", offset, type = ""] = row.split("|").map((cell) => cell.trim());
    return { name, offset: Number(offset), type };
  });
}

function widthOf(type: string): number {
  const known = { u8: 1, u32: 4, i32: 4, f64: 8 }[type];
  return known ?? Number(/^(\d+) (?:bytes|zeros)$/u.exec(type)?.[1]);
}

function read(bytes: Uint8Array, { offset, type }: Field): number | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case "u8":
      return view.getUint8(offset);
    case "u32":
      return view.getUint32(offset, true);
    case "i32":
      return view.getInt32(offset, true);
    case "f64":
      return view.getFloat64(offset, true);
    case "8 bytes":
      return String.fromCodePoint(...bytes.subarray(offset, offset + 8));
    default:
      return bytes.subarray(offset, offset + widthOf(type)).every((byte) => byte === 0) ? "zeros" : "not zeros";
  }
}

/** Every field that the page has, up to the end of the bytes, as they stand there. */
function readBy(heading: string, bytes: Uint8Array): Record<string, number | string> {
  const fields = fieldsUnder(heading).filter(({ offset }) => offset < bytes.length);
  return Object.fromEntries(fields.map((field) => [field.name, read(bytes, field)]));
}

/** As the page describes that of a header. */
function headerChecksum(bytes: Uint8Array): number {
  return crc32cOfBytes(Uint8Array.from([...bytes.subarray(0, 60), 0, 0, 0, 0])) >>> 0;
}

/** As the page describes that of a record. */
function recordChecksum(bytes: Uint8Array): number {
  return crc32cOfBytes(Uint8Array.from([...bytes.subarray(0, 4), 0, 0, 0, 0, ...bytes.subarray(8)])) >>> 0;
}

/** A command with another number in every field. */
function distinctCommand(flags: number): { i32: Int32Array; f64: Float64Array } {
  const buffer = new ArrayBuffer(RECORD_BYTES);
  const i32 = new Int32Array(buffer);
  const f64 = new Float64Array(buffer);
  i32[CMD_HEAD] = CommandKind.NewOrder | (2 << 8) | (3 << 16) | (4 << 24);
  f64[CMD_CLIENT_ORDER_ID] = 111;
  f64[CMD_ORIG_CLIENT_ORDER_ID] = 112;
  f64[CMD_SEQUENCE] = 1000;
  f64[CMD_TIME] = 1_700_000_000_000_000;
  f64[CMD_QUOTE_AMOUNT] = 113;
  f64[CMD_EXPIRE_TIME] = 114;
  const words = [
    [CMD_SESSION, 11],
    [CMD_INSTRUMENT_ID, 12],
    [CMD_FLAGS, flags],
    [CMD_PRICE, 13],
    [CMD_ORDER_QTY, 14],
    [CMD_CONNECTION, 15],
    [CMD_GATEWAY, 16],
    [CMD_NAME_BYTES, 17],
    [CMD_TRIGGER_PRICE, 18],
    [CMD_DISPLAY_QTY, 19],
    [CMD_MIN_QTY, 20],
    [CMD_OFFSET, 21],
    [CMD_DISPLAY_VARIANCE, 22],
    [CMD_ACCOUNT, 23],
    [CMD_TRADE_GROUP, 24],
    [CMD_OPTIONS, 25],
  ] as const;
  for (const [word, value] of words) i32[word] = value;
  return { i32, f64 };
}

function recordOf(flags: number): Uint8Array {
  const { i32, f64 } = distinctCommand(flags);
  const out = new ArrayBuffer(LONG_RECORD_BYTES);
  const outI32 = new Int32Array(out);
  encodeRecord(i32, f64, 0, outI32, new Float64Array(out), 0, { epoch: 3, previous: 77, durable: 990 });
  return new Uint8Array(out, 0, outI32[0]);
}

const SHORT_FIELDS = {
  sequence: 1000,
  time: 1_700_000_000_000_000,
  epoch: 3,
  previous: 77,
  behind: 9,
  reserved: "zeros",
  kind: 1,
  side: 2,
  orderType: 3,
  timeInForce: 4,
  session: 11,
  instrumentId: 12,
  clientOrderId: 111,
  origClientOrderId: 112,
  price: 13,
  orderQty: 14,
  connection: 15,
  gateway: 16,
};

const LONG_FIELDS = {
  nameBytes: 17,
  triggerPrice: 18,
  displayQty: 19,
  minQty: 20,
  offset: 21,
  displayVariance: 22,
  account: 23,
  tradeGroup: 24,
  options: 25,
  quoteAmount: 113,
  expireTime: 114,
};

test.each([
  ["Segment", SEGMENT_HEADER_BYTES],
  ["Record", LONG_RECORD_BYTES],
  ["Snapshot", 64],
])("the table of %s leaves no byte out", (heading, bytes) => {
  let end = 0;
  for (const { name, offset, type } of fieldsUnder(heading)) {
    expect(offset, name).toBe(end);
    end = offset + widthOf(type);
  }
  expect(end).toBe(bytes);
});

test("a segment is what its table says", () => {
  const fields = { engine: 2, firstSequence: 5001, createdAt: 123_456_789, epoch: 4, previous: 78, genesis: 79 };
  const bytes = encodeSegmentHeader(fields);
  const expected = { magic: "FLJOURNL", version: 1, ...fields, reserved: "zeros", checksum: headerChecksum(bytes) };
  expect(readBy("Segment", bytes)).toEqual(expected);
});

test("a short record is what its table says", () => {
  const bytes = recordOf(CommandFlag.Receipt);
  const expected = { length: SHORT_RECORD_BYTES, checksum: recordChecksum(bytes), flags: CommandFlag.Receipt };
  expect(readBy("Record", bytes)).toEqual({ ...SHORT_FIELDS, ...expected });
});

test("a long record is what its table says", () => {
  const bytes = recordOf(CommandFlag.Extended);
  const expected = { length: LONG_RECORD_BYTES, checksum: recordChecksum(bytes), flags: CommandFlag.Extended };
  expect(readBy("Record", bytes)).toEqual({ ...SHORT_FIELDS, ...LONG_FIELDS, ...expected });
});

test("a snapshot is what its table and the text under it say", () => {
  const root = mkdtempSync(join(tmpdir(), "fairlead-page-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const directory = new EngineDirectory(root, 2);
  directory.prepare(fileDisk);
  const regions = [
    { name: "orders", words: new Int32Array([1, 2]) },
    { name: "levels", words: new Int32Array([3, 4, 5, 6]) },
  ];
  const contents = { sessionNames: ["alice"], drafts: [] };
  const engine = { view: () => ({ regions, ...contents }), stateHash: () => "0123456789abcdef" };
  writeSnapshot(fileDisk, directory, 79, { sequence: 5001, time: 123_456_789, epoch: 4, crc: 78 }, engine);
  expect(readSnapshot(fileDisk, directory, 79, 5001)).toBeTypeOf("object");

  const bytes = new Uint8Array(readFileSync(directory.snapshot(5001)));
  const lengths = regions.map(({ name, words }) => ({ name, words: words.length }));
  const meta = { stateHash: "0123456789abcdef", regions: lengths, ...contents };
  const metaBytes = Math.ceil(JSON.stringify(meta).length / 8) * 8;
  expect(readBy("Snapshot", bytes)).toEqual({
    magic: "FLSNAPSH",
    version: 1,
    engine: 2,
    sequence: 5001,
    time: 123_456_789,
    epoch: 4,
    previous: 78,
    genesis: 79,
    metaBytes,
    bodyBytes: metaBytes + 6 * 4,
    bodyChecksum: crc32cOfBytes(bytes.subarray(64)) >>> 0,
    headerChecksum: headerChecksum(bytes),
  });
  expect(JSON.parse(new TextDecoder().decode(bytes.subarray(64, 64 + metaBytes)))).toEqual(meta);
  expect([...new Int32Array(bytes.slice(64 + metaBytes).buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
});
