import { expect, test } from "vitest";
import { ProgressLine } from "./progress-line.ts";
import { ProgressBoard, ProgressLane } from "./progress-board.ts";
import { EXAMPLE_SETTINGS } from "./testing/example-run.ts";

class Screen {
  readonly isTTY: boolean;
  text = "";

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

test("on a terminal one line is rewritten", () => {
  const screen = new Screen(true);
  const line = new ProgressLine(screen, EXAMPLE_SETTINGS);
  line.show({ sent: 0, answered: 0, p50Ms: 0, p99Ms: 0 }, 400);
  line.show({ sent: 1000, answered: 990, p50Ms: 0.1, p99Ms: 2 }, 1400);
  line.end();
  expect(screen.text).toBe(
    "\r0.4 s of 2.5 s (warm-up)  sent 0/s  answered 0/s  in flight 0\u001B[K" +
      "\r1.4 s of 2.5 s  sent 1,000/s  answered 990/s  in flight 10  p50 100 µs  p99 2.00 ms\u001B[K\n",
  );
});

test("elsewhere there is a line every five seconds", () => {
  const screen = new Screen(false);
  const line = new ProgressLine(screen, EXAMPLE_SETTINGS);
  for (let second = 1; second <= 11; second++) {
    line.show({ sent: 100 * second, answered: 100 * second, p50Ms: 0, p99Ms: 0 }, second * 1000);
  }
  line.end();
  expect(screen.text.split("\n").map((text) => text.slice(0, 4))).toEqual(["5.0 ", "10.0", ""]);
});

test("the board adds up what the workers show, and its quantiles are right to some percent", () => {
  const board = new ProgressBoard(2);
  const lanes = [0, 1].map((worker) => new ProgressLane(board.buffer, worker));
  for (const lane of lanes) {
    for (let count = 1; count <= 1000; count++) {
      lane.countSent();
      lane.countAnswered();
      lane.recordLatency(count / 1000);
    }
    lane.countSent();
  }
  const { sent, answered, p50Ms, p99Ms } = board.read();
  expect([sent, answered]).toEqual([2002, 2000]);
  expect(Math.abs(p50Ms / 0.5 - 1)).toBeLessThan(0.06);
  expect(Math.abs(p99Ms / 0.99 - 1)).toBeLessThan(0.06);
});

test("workers see the start time when the board says go, unless it has said stop", () => {
  const board = new ProgressBoard(1);
  const lane = new ProgressLane(board.buffer, 0);
  expect(lane.startTime()).toBeUndefined();
  lane.ready();
  expect(board.allReady()).toBe(true);
  board.go(1234.5);
  expect(lane.startTime()).toBe(1234.5);
  board.stop();
  board.go(2000);
  expect(lane.startTime()).toBeUndefined();
  expect(lane.stopped()).toBe(true);
});
