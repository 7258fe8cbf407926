import { expect, test } from "vitest";
import { HeartbeatMonitor, TICKS_PER_INTERVAL } from "./heartbeat-monitor.ts";

function ticks(monitor: HeartbeatMonitor, count: number): string[] {
  return Array.from({ length: count }, () => monitor.tick());
}

test("a heartbeat is due before an idle interval is over, and not again until another has passed", () => {
  const monitor = new HeartbeatMonitor();
  expect(ticks(monitor, TICKS_PER_INTERVAL - 1)).toEqual(["wait", "wait", "send"]);
  monitor.sent();
  expect(ticks(monitor, TICKS_PER_INTERVAL - 1)).toEqual(["wait", "wait", "send"]);
});

test("whatever is sent puts the heartbeat off", () => {
  const monitor = new HeartbeatMonitor();
  for (let i = 0; i < 2 * TICKS_PER_INTERVAL; i++) {
    expect(monitor.tick()).toBe("wait");
    monitor.sent();
  }
});

test("a peer is gone after two silent intervals, not before", () => {
  const monitor = new HeartbeatMonitor();
  expect(ticks(monitor, 2 * TICKS_PER_INTERVAL)).not.toContain("timeout");
  expect(monitor.tick()).toBe("timeout");
});

test("whatever is received shows that the peer is there", () => {
  const monitor = new HeartbeatMonitor();
  for (let i = 0; i < 5 * TICKS_PER_INTERVAL; i++) {
    expect(monitor.tick()).not.toBe("timeout");
    monitor.received();
  }
});
