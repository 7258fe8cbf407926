/** What a snapshot of very many resting orders takes: time, and bytes. */
import { join } from "node:path";
import { benchEngineConfig } from "../feed/bench-engine.ts";
import type { SnapshotResult } from "../feed/bench-task.ts";
import { runThreads } from "../feed/bench-threads.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { EngineFiles } from "./engine-files.ts";

export interface SnapshotOptions {
  readonly restingOrders: number;
  readonly rounds: number;
}

export async function benchSnapshot({ restingOrders, rounds }: SnapshotOptions): Promise<SnapshotResult> {
  return await inTemporaryDirectory(async (directory) => {
    const dataDirectory = join(directory, "data");
    const config = benchEngineConfig({ instrumentCount: 1, maxOpenOrders: restingOrders });
    const files = new EngineFiles(dataDirectory, config);
    files.rest(restingOrders);
    files.close();
    const [result] = await runThreads([{ role: "snapshot", dataDirectory, config, sequence: files.sequence, rounds }]);
    return result as SnapshotResult;
  });
}
