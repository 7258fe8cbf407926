import { expect, test } from "vitest";
import { positionOf } from "./json-position.ts";

const TEXT = '{ "a" : {"b\\"c":[ 1, {"d":2,"e":[]} ,"a"], "e" : null},"f":true}';

test.each([
  ["a", '"a"'],
  ['a.b"c', '"b\\"c"'],
  ['a.b"c[0]', "1"],
  ['a.b"c[1]', '{"d"'],
  ['a.b"c[1].d', '"d"'],
  ['a.b"c[1].e', '"e":[]'],
  ['a.b"c[2]', '"a"]'],
  ["a.e", '"e" : null'],
  ["f", '"f"'],
])("%s is where it begins", (path, found) => {
  expect(positionOf(TEXT, path)).toBe(TEXT.indexOf(found));
});

test.each(["", "x", "a.x", "f.x"])("%j has no place of its own", (path) => {
  expect(positionOf(TEXT, path)).toBe(0);
});
