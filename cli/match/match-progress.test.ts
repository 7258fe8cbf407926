import { expect, test } from "vitest";
import { MatchProgress } from "./match-progress.ts";

function shown(isTTY: boolean, totalBytes: number | undefined, times: readonly number[]): string {
  let text = "";
  const progress = new MatchProgress({ isTTY, write: (part) => (text += part) }, totalBytes, 1000);
  for (const time of times) progress.show((time - 1000) * 10, (time - 1000) * 2, time);
  progress.end();
  return text;
}

test("a terminal sees share, lines and rate, every half second, and nothing at the end", () => {
  expect(shown(true, 100_000, [1100, 1499, 1500, 1900, 2500])).toBe(
    "\r\u001B[K5 %  1,000 lines  2,000 lines/s\r\u001B[K15 %  3,000 lines  2,000 lines/s\r\u001B[K",
  );
});

test("without a length there is no share", () => {
  expect(shown(true, undefined, [2000])).toBe("\r\u001B[K2,000 lines  2,000 lines/s\r\u001B[K");
});

test("a short run, and anything but a terminal, sees nothing", () => {
  expect(shown(true, 100, [1400])).toBe("");
  expect(shown(false, 100, [1400, 5000, 9000])).toBe("");
});
