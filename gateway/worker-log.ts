/**
 * Logging in a worker: records go to the main thread as messages, and only that writes them (logger.ts). Posting costs
 * microseconds and allocates, so nothing on the path of an order logs.
 *
 * Bounded: clients can cause log lines, so each second holds RECORDS_PER_SECOND records, and what is beyond is counted
 * and told when the next second begins.
 */
import type { MessagePort } from "node:worker_threads";

/** From most to least. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values are cloned between threads; a number keeps its unit in the name of the field. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** What travels over the port. */
export interface LogRecord {
  readonly type: "log";
  readonly level: Exclude<LogLevel, "silent">;
  readonly message: string;
  readonly fields: LogFields;
}

export type WorkerLog = (level: LogRecord["level"], message: string, fields?: LogFields) => void;

const RECORDS_PER_SECOND = 100;

/**
 * @param port The worker's `parentPort`.
 * @param lowest Records below this level are not sent.
 * @param nowMs A clock, for tests.
 */
export function createWorkerLog(port: Pick<MessagePort, "postMessage">, lowest: LogLevel, nowMs = Date.now): WorkerLog {
  const lowestIndex = LOG_LEVELS.indexOf(lowest);
  let secondEndsMs = 0;
  let sent = 0;
  let dropped = 0;

  function send(level: LogRecord["level"], message: string, fields: LogFields): void {
    const record: LogRecord = { type: "log", level, message, fields };
    port.postMessage(record);
  }

  function beginSecond(now: number): void {
    if (dropped > 0) send("warn", "log records were dropped", { droppedCount: dropped });
    secondEndsMs = now + 1000;
    sent = 0;
    dropped = 0;
  }

  return (level, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < lowestIndex) return;
    const now = nowMs();
    if (now >= secondEndsMs) beginSecond(now);
    if (sent === RECORDS_PER_SECOND) {
      dropped++;
      return;
    }
    sent++;
    send(level, message, fields);
  };
}
