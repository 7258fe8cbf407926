/** Shows on a terminal how a run is going: one line that is rewritten; elsewhere a line every five seconds. */
import { formatCount, formatUs } from "./format.ts";
import type { LoadSettings } from "./load-settings.ts";
import type { Progress } from "./progress-board.ts";

const LOG_PERIOD_MS = 5000;

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #settings: LoadSettings;
  #previousMs = 0;
  #previous: Progress = { sent: 0, answered: 0, p50Ms: 0, p99Ms: 0 };

  constructor(stream: ProgressStream, settings: LoadSettings) {
    this.#stream = stream;
    this.#settings = settings;
  }

  show(progress: Progress, elapsedMs: number): void {
    const isTerminal = this.#stream.isTTY === true;
    if (!isTerminal && elapsedMs - this.#previousMs < LOG_PERIOD_MS) return;
    const line = this.#format(progress, elapsedMs);
    // Carriage return, then erase what an older, longer line left.
    this.#stream.write(isTerminal ? `\r${line}\u001B[K` : `${line}\n`);
    this.#previousMs = elapsedMs;
    this.#previous = progress;
  }

  /** Leaves the rewritten line as it is; what comes next begins on its own. */
  end(): void {
    if (this.#stream.isTTY === true && this.#previousMs > 0) this.#stream.write("\n");
  }

  #format(progress: Progress, elapsedMs: number): string {
    const { warmupMs, durationMs } = this.#settings;
    const seconds = Math.max((elapsedMs - this.#previousMs) / 1000, 0.001);
    const parts = [
      `${(elapsedMs / 1000).toFixed(1)} s of ${(warmupMs + durationMs) / 1000} s${elapsedMs < warmupMs ? " (warm-up)" : ""}`,
      `sent ${formatCount((progress.sent - this.#previous.sent) / seconds)}/s`,
      `answered ${formatCount((progress.answered - this.#previous.answered) / seconds)}/s`,
      `in flight ${formatCount(progress.sent - progress.answered)}`,
    ];
    if (progress.p50Ms > 0)
      parts.push(`p50 ${formatUs(progress.p50Ms * 1000)}`, `p99 ${formatUs(progress.p99Ms * 1000)}`);
    return parts.join("  ");
  }
}
