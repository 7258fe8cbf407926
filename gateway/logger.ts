/**
 * The log of the process: JSON lines on stderr, written by the main thread alone, which is on no order's path. Workers
 * send it their records (worker-log.ts).
 */
import { type DestinationStream, type Logger, destination, pino, stdTimeFunctions } from "pino";
import type { LogLevel, LogRecord } from "./worker-log.ts";

/** @param stream Where lines go; tests pass their own. */
export function createLogger(level: LogLevel, stream: DestinationStream = stderr()): Logger {
  return pino(
    {
      level,
      // Levels by name and times in ISO 8601 cost little here and can be read without a tool. No pid and no hostname in
      // each line: whatever collects the lines knows them.
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** Synchronous, so that the last line before a crash is written too. */
function stderr(): DestinationStream {
  return destination({ dest: process.stderr.fd, sync: true });
}

/** Is this message from a worker a log record? */
export function isLogRecord(message: unknown): message is LogRecord {
  return typeof message === "object" && message !== null && (message as Partial<LogRecord>).type === "log";
}

/** Writes the record of a worker. @param thread What the worker is called: `gateway-0`. */
export function logFromWorker(logger: Logger, thread: string, { level, message, fields }: LogRecord): void {
  logger[level]({ ...fields, thread }, message);
}
