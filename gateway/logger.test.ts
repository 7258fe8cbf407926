import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { createLogger, isLogRecord, logFromWorker } from "./logger.ts";
import { type LogLevel, type LogRecord, createWorkerLog } from "./worker-log.ts";

function loggerInto(lines: Record<string, unknown>[], level: LogLevel = "info") {
  return createLogger(level, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
}

/** A worker's log over a fake port and clock. */
function workerLog(lowest: LogLevel) {
  const sent: LogRecord[] = [];
  const clock = { nowMs: 0 };
  const port = { postMessage: (record: LogRecord) => sent.push(record) };
  return { sent, clock, log: createWorkerLog(port, lowest, () => clock.nowMs) };
}

test("a line is JSON with a level by name, an ISO time and the fields", () => {
  const lines: Record<string, unknown>[] = [];
  loggerInto(lines).warn({ session: "a" }, "slow");
  expect(lines).toEqual([{ level: "warn", time: expect.stringMatching(/^\d{4}-.*Z$/), session: "a", msg: "slow" }]);
});

test("lines below the level are not written, and silent writes none", () => {
  const lines: Record<string, unknown>[] = [];
  loggerInto(lines, "warn").info("a");
  loggerInto(lines, "silent").error("b");
  expect(lines).toEqual([]);
});

test("a record of a worker arrives over its port and is written under its name", async () => {
  const lines: Record<string, unknown>[] = [];
  const { port1, port2 } = new MessageChannel();
  createWorkerLog(port1, "info")("error", "ring is full", { engine: 1 });
  const [record] = (await once(port2, "message")) as unknown[];
  port1.close();
  expect(isLogRecord(record)).toBe(true);
  logFromWorker(loggerInto(lines), "gateway-0", record as LogRecord);
  expect(lines).toMatchObject([{ level: "error", msg: "ring is full", engine: 1, thread: "gateway-0" }]);
});

test.each([undefined, null, 1, "log", {}, { type: "ready" }])("%j is no log record", (message) => {
  expect(isLogRecord(message)).toBe(false);
});

test("a worker sends nothing below its level", () => {
  const { sent, log } = workerLog("warn");
  log("info", "a");
  log("warn", "b");
  log("error", "c");
  expect(sent.map(({ message }) => message)).toEqual(["b", "c"]);
  const quiet = workerLog("silent");
  quiet.log("error", "d");
  expect(quiet.sent).toEqual([]);
});

test("a worker sends a hundred records a second, and then tells how many it dropped", () => {
  const { sent, clock, log } = workerLog("info");
  for (let i = 0; i < 150; i++) log("info", "flood");
  expect(sent).toHaveLength(100);
  clock.nowMs = 999;
  log("info", "still the same second");
  expect(sent).toHaveLength(100);
  clock.nowMs = 1000;
  log("info", "next");
  expect(sent.slice(100).map(({ message, fields }) => [message, fields])).toEqual([
    ["log records were dropped", { droppedCount: 51 }],
    ["next", {}],
  ]);
});
