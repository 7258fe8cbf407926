import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputFault } from "./input-fault.ts";
import { LineSplitter } from "./line-splitter.ts";

interface Outcome {
  readonly lines: string[];
  readonly fault?: string;
}

/** @param cuts Where the bytes are cut into chunks. */
function split(bytes: Uint8Array, cuts: readonly number[] = [], lastLine = Infinity): Outcome {
  const lines: string[] = [];
  const splitter = new LineSplitter((line, number) => {
    lines.push(line);
    expect(number).toBe(lines.length);
    return number < lastLine;
  });
  const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  try {
    for (let n = 1; n < places.length; n++) splitter.push(Buffer.from(bytes.slice(places[n - 1], places[n])));
    splitter.end();
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    return { lines, fault: `${error.line}:${error.column}: ${error.message}` };
  }
  return { lines };
}

const text = (...parts: string[]): Uint8Array => Buffer.from(parts.join(""));

test("lines are the same however the bytes are cut", () => {
  const anyLine = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "{", " "), maxLength: 8 });
  const anyEnd = fc.constantFrom("\n", "\r\n");
  fc.assert(
    fc.property(fc.array(fc.tuple(anyLine, anyEnd)), fc.array(fc.nat(60)), (pairs, cuts) => {
      expect(split(text(...pairs.flat()), cuts)).toEqual({ lines: pairs.map(([line]) => line) });
    }),
  );
});

test.each([
  ["", []],
  ["\n", [""]],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["a\rb\n", ["a\rb"]],
  ["\u{feff}a\n\u{feff}b", ["a", "\u{feff}b"]],
  ["a\n\n\nb", ["a", "", "", "b"]],
])("%j", (input, lines) => {
  expect(split(text(input))).toEqual({ lines });
});

test("after the last line that is wanted nothing is read, also not what is wrong with it", () => {
  expect(split(text("a\nb\nc\n"), [], 2)).toEqual({ lines: ["a", "b"] });
  expect(split(Buffer.from([0x61, 0x0a, 0xff]), [], 1)).toEqual({ lines: ["a"] });
});

describe("a line that is not text", () => {
  test("is told with its place, after the lines before it", () => {
    const bytes = Buffer.concat([text("a\n€é"), Buffer.from([0xe9, 0x0a]), text("b\n")]);
    expect(split(bytes)).toEqual({ lines: ["a"], fault: "2:3: expected UTF-8, found the byte 0xe9" });
  });

  test("may end in the middle of a character", () => {
    expect(split(Buffer.from([0x61, 0xe2, 0x82]))).toEqual({
      lines: [],
      fault: "1:2: expected UTF-8, found the byte 0xe2",
    });
  });

  test("may have real replacement characters before the fault", () => {
    const bytes = Buffer.concat([text("\u{fffd}"), Buffer.from([0x80])]);
    expect(split(bytes).fault).toBe("1:2: expected UTF-8, found the byte 0x80");
  });

  test("UTF-16 is none either", () => {
    expect(split(Buffer.from("\u{feff}{}\n", "utf16le")).fault).toBe("1:1: expected UTF-8, found the byte 0xff");
  });
});

describe("a line of more than 16,384 bytes", () => {
  const LONGEST = 16_384;

  test.each([
    ["a", LONGEST],
    ["€", Math.floor(LONGEST / 3)],
  ])("is too long, one of that many is not: %s", (character, count) => {
    const longest = character.repeat(count);
    expect(split(text(longest, "\n"))).toEqual({ lines: [longest] });
    expect(split(text("a\n", longest, "aa\n"))).toEqual({
      lines: ["a"],
      fault: "2:1: expected at most 16384 bytes in a line, found more",
    });
  });

  test("is refused before its end has come", () => {
    const splitter = new LineSplitter(() => true);
    const push = (): void => splitter.push(Buffer.alloc(10_000, "a"));
    push();
    expect(push).toThrow(InputFault);
  });
});
