/**
 * How long a venue takes from the start of its process to its ready line, with files of a certain kind. It is killed each time, so
 * that the next start finds what the last one found, but for the commands that close the sessions.
 */
import { join } from "node:path";
import type { ServerProcess } from "../../gateway/testing/server-process.ts";
import { startLocalVenue } from "../durable/local-venue.ts";
import { type Spread, spread } from "../ratio.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { keepSnapshot, makeVenueFiles } from "./venue-files.ts";

export interface StartOptions {
  readonly restingOrders: number;
  /** Whether these are in a snapshot; else in the journal, as everything. */
  readonly hasSnapshot: boolean;
  /** Of the journal behind them. */
  readonly commandCount: number;
  readonly rounds: number;
}

export interface StartResult {
  readonly options: StartOptions;
  /** ms from spawning the process to its ready line. */
  readonly readyMs: Spread;
  /** ms of these that the engine took to come back, as the venue's log says. */
  readonly recoveryMs: Spread;
  readonly replayedCommands: number;
}

export async function benchStart(options: StartOptions): Promise<StartResult> {
  return await inTemporaryDirectory(async (directory) => {
    const dataDirectory = join(directory, "data");
    let snapshot: number | undefined;
    await makeVenueFiles(dataDirectory, (files) => {
      files.rest(options.restingOrders);
      if (options.hasSnapshot) snapshot = files.saveSnapshot();
      files.trade(options.commandCount);
    });
    const starts = [];
    for (let round = 0; round < options.rounds; round++) {
      starts.push(await takeStart(dataDirectory));
      keepSnapshot(dataDirectory, snapshot);
    }
    return {
      options,
      readyMs: spread(starts.map(({ readyMs }) => readyMs)),
      recoveryMs: spread(starts.map(({ recoveryMs }) => recoveryMs)),
      replayedCommands: Math.min(...starts.map(({ replayedCommands }) => replayedCommands)),
    };
  });
}

interface Start {
  readonly readyMs: number;
  readonly recoveryMs: number;
  readonly replayedCommands: number;
}

async function takeStart(dataDirectory: string): Promise<Start> {
  const startedAt = performance.now();
  const venue = await startLocalVenue(dataDirectory, ["--log-level", "info"]);
  const readyMs = performance.now() - startedAt;
  await killVenue(venue);
  return { readyMs, ...recoveryIn(venue.stderr) };
}

export async function killVenue(venue: ServerProcess): Promise<void> {
  venue.signal("SIGKILL");
  await venue.ended;
}

/** What the log says of the engine's recovery. */
function recoveryIn(log: string): Omit<Start, "readyMs"> {
  const line = log.split("\n").find((text) => text.includes('"engine recovered"'));
  if (line === undefined) throw new Error(`the venue does not say that it has recovered: ${log}`);
  const { elapsedMs, replayedCommands } = JSON.parse(line) as { elapsedMs: number; replayedCommands: number };
  return { recoveryMs: elapsedMs, replayedCommands };
}
