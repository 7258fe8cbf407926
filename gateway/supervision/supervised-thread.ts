/** A worker thread under supervision: its log goes to ours, its messages to whoever waits for them, and its end is told once. */
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { isLogRecord, logFromWorker } from "../logger.ts";

export interface ThreadParts<News> {
  readonly url: URL;
  readonly name: string;
  readonly workerData: unknown;
  readonly logger: Logger;
  readonly onNews: (news: News) => void;
  /** Told when the thread is gone and nobody has asked for that. */
  readonly onDeath: (cause: Error) => void;
}

export class SupervisedThread<News extends { readonly type: string }> {
  readonly name: string;
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #waiting = new Set<(news: News | undefined) => void>();
  #cause: Error | undefined;
  #isEnding = false;
  #isGone = false;
  readonly #gone: Promise<void>;

  constructor({ url, name, workerData, logger, onNews, onDeath }: ThreadParts<News>) {
    this.name = name;
    this.#logger = logger;
    this.#worker = new Worker(url, { workerData, name });
    this.#worker.on("message", (message: unknown) => {
      if (isLogRecord(message)) return logFromWorker(this.#logger, name, message);
      onNews(message as News);
      for (const waiter of this.#waiting) waiter(message as News);
    });
    this.#worker.once("error", (error: unknown) => {
      this.#cause = error instanceof Error ? error : new Error(String(error));
    });
    this.#gone = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        this.#isGone = true;
        for (const waiter of this.#waiting) waiter(undefined);
        resolve();
        if (!this.#isEnding) onDeath(this.#cause ?? new Error(`${name} ended with exit code ${code}`));
      });
    });
  }

  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  /** The next message that fits; undefined when the thread ends without one. */
  async next(fits: (news: News) => boolean): Promise<News | undefined> {
    if (this.#isGone) return undefined;
    return await new Promise((resolve) => {
      const waiter = (news: News | undefined): void => {
        if (news !== undefined && !fits(news)) return;
        this.#waiting.delete(waiter);
        resolve(news);
      };
      this.#waiting.add(waiter);
    });
  }

  /** Its end is expected from now on. */
  expectEnd(): void {
    this.#isEnding = true;
  }

  async ended(): Promise<void> {
    await this.#gone;
  }

  /** Makes it end, as a thread that does not move is replaced: its death is told. */
  kill(): void {
    void this.#worker.terminate();
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }
}
