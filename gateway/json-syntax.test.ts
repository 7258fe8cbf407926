import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonSyntaxProblem } from "./json-syntax.ts";

test.each([
  ["", "1:1: expected a value, found the end"],
  ["{", "1:2: expected a key in double quotes, found the end"],
  ["{a: 1}", '1:2: expected a key in double quotes, found "a"'],
  ['{"a" 1}', '1:6: expected ":", found "1"'],
  ['{"a": 1,\n "b": }', '2:7: expected a value, found "}"'],
  ['{"a": 1\n "b": 2}', '2:2: expected "," or "}", found "\\""'],
  ["[1, 2,]", '1:7: expected a value, found "]"'],
  ["[1\n", '2:1: expected "," or "]", found the end'],
  ["{} {}", '1:4: expected the end of the file, found "{"'],
  ["[01]", '1:3: expected "," or "]", found "1"'],
  ['["\t"]', '1:2: expected a value, found "\\""'],
  ["// a comment\n{}", '1:1: expected a value, found "/"'],
])("%j", (text, expected) => {
  const problem = findJsonSyntaxProblem(text);
  expect(`${problem?.line}:${problem?.column}: ${problem?.reason}`).toBe(expected);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("finds no problem in what JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, "\t"), (value, space) => {
      expect(findJsonSyntaxProblem(JSON.stringify(value, null, space))).toBeUndefined();
    }),
  );
});

test("finds a problem exactly where JSON.parse refuses", () => {
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"\\u00e9"',
    '"\\x"',
    "1",
    "-",
    "0.5",
    "1e",
    "2e-7",
    "true",
    "nul",
    " ",
    "\n",
  ];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((list) => list.join(""));
  fc.assert(
    fc.property(text, (candidate) => {
      expect(findJsonSyntaxProblem(candidate) === undefined).toBe(isJson(candidate));
    }),
    { numRuns: 5000 },
  );
});
