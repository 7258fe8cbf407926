/** What the short way reads is what the JSON mapping reads; it may read less, never more. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { assert } from "../../protocol/assert.ts";
import { fairlead } from "../../protocol/codec/cold-codec.ts";
import { anyClientFrame, anyOrderFrame } from "../../protocol/codec/testing/wire-arbitraries.ts";
import { JsonFault, formatClientFrame, parseClientFrame } from "../../protocol/json/json-codec.ts";
import { PlainFrameReader } from "./plain-frame.ts";

const { ClientFrame } = fairlead.v1;

/** Used for all lines, so that what one leaves behind would be seen in the next. */
const reader = new PlainFrameReader();

function bytesOf(frame: fairlead.v1.ClientFrame.$Properties): Uint8Array {
  return ClientFrame.encode(frame).finish();
}

/** The message with its zeros: what protobufjs writes for a field that is set. */
function withoutZeros(frame: fairlead.v1.ClientFrame.$Properties): fairlead.v1.ClientFrame.$Properties {
  const [[name, message] = ["", {}]] = Object.entries(frame as Record<string, object>);
  return { [name]: Object.fromEntries(Object.entries(message).filter(([, value]) => Boolean(value))) };
}

function expectAsMapping(text: string): void {
  const plain = reader.read(text);
  if (plain === undefined) return;
  const mapped = parseClientFrame(text);
  assert(!(mapped instanceof JsonFault), "what is plain is valid");
  expect(bytesOf(withoutZeros(plain))).toEqual(bytesOf(mapped));
}

test("every order that is written with ids below 10^15 is plain", () => {
  fc.assert(
    fc.property(
      anyOrderFrame.map(formatClientFrame).filter((text) => !/\d{16}/u.test(text)),
      (text) => {
        expect(reader.read(text)).toBeDefined();
        expectAsMapping(text);
      },
    ),
    { numRuns: 1000 },
  );
});

test("any other frame is read as by the mapping, or not at all", () => {
  fc.assert(fc.property(anyClientFrame.map(formatClientFrame), expectAsMapping), { numRuns: 500 });
});

test("a line with a mistake is read as by the mapping, or not at all", () => {
  const edit = fc.record({
    at: fc.nat(),
    length: fc.nat(2),
    insert: fc.constantFrom("", "0", "-", ".", '"', ",", "}", "{", " ", "e", "\\"),
  });
  fc.assert(
    fc.property(anyOrderFrame.map(formatClientFrame), fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
      let edited = text;
      for (const { at, length, insert } of edits) {
        const place = at % edited.length;
        edited = edited.slice(0, place) + insert + edited.slice(place + length) || "x";
      }
      expectAsMapping(edited);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  '{"newOrder":{}}',
  '{"cancelOrder":{"orig_client_order_id":7}}',
  '{"newOrder":{"side":1,"orderQty":"5","price":-3,"hidden":true,"receipt":false}}',
])("%s is plain", (text) => {
  expect(reader.read(text)).toBeDefined();
  expectAsMapping(text);
});

test.each([
  "",
  "{",
  '{"newOrder":{}',
  '{"newOrder":{}} ',
  '{"newOrder":{},"heartbeat":{}}',
  '{"newOrder":{"price":1,"price":2}}',
  '{"newOrder":{"orderQty":1,"order_qty":2}}',
  '{"newOrder":{"price":01}}',
  '{"newOrder":{"price":1.0}}',
  '{"newOrder":{"price":1e2}}',
  '{"newOrder":{"price":"1}}',
  '{"newOrder":{"price":-}}',
  '{"newOrder":{"orderQty":-1}}',
  '{"newOrder":{"side":"UP"}}',
  '{"newOrder":{"side":"SELL}}',
  '{"newOrder":{"hidden":1}}',
  '{"newOrder":{"price":1,}}',
  '{"newOrder":{"price":null}}',
  '{"newOrder":{"colour":1}}',
  '{"session":"a","newOrder":{}}',
  '{"logon":{"session":"a"}}',
])("%s is not", (text) => {
  expect(reader.read(text)).toBeUndefined();
});
