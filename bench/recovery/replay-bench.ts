/**
 * Commands per second of a replay: read from the files, every checksum and every link of the chain verified, applied. Each round in a
 * fresh thread, cold code included. The state must be that of the engine that the journal was written beside.
 */
import { join } from "node:path";
import { benchEngineConfig } from "../feed/bench-engine.ts";
import type { RecoverResult } from "../feed/bench-task.ts";
import { runThreads } from "../feed/bench-threads.ts";
import { type Spread, spread } from "../ratio.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { EngineFiles } from "./engine-files.ts";

export interface ReplayOptions {
  readonly commandCount: number;
  readonly rounds: number;
}

export interface ReplayResult {
  readonly commandCount: number;
  readonly commandsPerSecond: Spread;
}

const MS_PER_SECOND = 1000;
const MAX_OPEN_ORDERS = 2 ** 16;

export async function benchReplay({ commandCount, rounds }: ReplayOptions): Promise<ReplayResult> {
  return await inTemporaryDirectory(async (directory) => {
    const dataDirectory = join(directory, "data");
    const config = benchEngineConfig({ instrumentCount: 1, maxOpenOrders: MAX_OPEN_ORDERS });
    const files = new EngineFiles(dataDirectory, config);
    files.trade(commandCount);
    files.close();
    const stateHash = files.engine.stateHash();
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const [result] = (await runThreads([{ role: "recover", dataDirectory, config }])) as [RecoverResult];
      if (result.replayedCommands !== files.sequence || result.stateHash !== stateHash) {
        throw new Error("the replay has another state than the engine that was journaled");
      }
      rates.push((result.replayedCommands / result.elapsedMs) * MS_PER_SECOND);
    }
    return { commandCount: files.sequence, commandsPerSecond: spread(rates) };
  });
}
