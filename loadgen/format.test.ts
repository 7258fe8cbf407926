import { expect, test } from "vitest";
import { formatCount, formatUs } from "./format.ts";

test.each([
  [0, "0.00 µs"],
  [0.25, "0.25 µs"],
  [9.994, "9.99 µs"],
  [9.996, "10.0 µs"],
  [99.96, "100 µs"],
  [999.4, "999 µs"],
  [999.6, "1.00 ms"],
  [12_345, "12.3 ms"],
  [999_600, "1.00 s"],
  [61_000_000, "61.0 s"],
])("%d µs reads %s", (us, text) => {
  expect(formatUs(us)).toBe(text);
});

test("counts have their thousands apart", () => {
  expect(formatCount(1_234_567.4)).toBe("1,234,567");
});
