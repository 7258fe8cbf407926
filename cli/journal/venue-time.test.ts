import { expect, test } from "vitest";
import { formatTime, readTime } from "./venue-time.ts";

test("a time is written to the microsecond, and read back", () => {
  expect(formatTime(1_700_000_000_000_007)).toBe("2023-11-14T22:13:20.000007Z");
  expect(readTime("2023-11-14T22:13:20.000007Z")).toBe(1_700_000_000_000_007);
  expect(readTime(formatTime(0))).toBe(0);
});

test.each([
  ["1700000000000007", 1_700_000_000_000_007],
  ["2023-11-14", 1_699_920_000_000_000],
  ["2023-11-14T22:13", 1_699_999_980_000_000],
  ["2023-11-14T22:13:20.5Z", 1_700_000_000_500_000],
  ["2023-11-14T23:13:20+01:00", 1_700_000_000_000_000],
])("%s is a time", (text, micros) => {
  expect(readTime(text)).toBe(micros);
});

test.each(["", "yesterday", "12:30", "2023-11-14 22:13", "2023-13-45", "-5", "99999999999999999"])(
  "%j is none",
  (text) => {
    expect(readTime(text)).toBeUndefined();
  },
);
