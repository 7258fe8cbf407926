/** What a run's numbers depend on besides its settings. */
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

export interface Environment {
  /** Version of this software, with its commit where that is known. */
  readonly build: string;
  readonly node: string;
  readonly os: string;
  readonly cpu: string;
  /** Logical processors that this process may use. */
  readonly cpuCount: number;
  readonly memoryGiB: number;
  /** Load average of the last minute, before the run. */
  readonly loadAverage: number;
}

/** Call before the run, so that the load average is not its own. */
export function readEnvironment(build: string): Environment {
  return {
    build,
    node: process.version,
    os: `${type()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cpuCount: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
