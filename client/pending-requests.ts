import { OutcomeUnknownError, TimeoutError, type FairleadError } from "./errors.ts";

interface Pending<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: FairleadError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Requests of one kind that wait for their answer, by id.
 *
 * Every promise is settled: by its answer, by the time-out, or by the end of the session.
 */
export class PendingRequests<Answer> {
  readonly #kind: string;
  readonly #timeoutMs: number;
  readonly #pending = new Map<number, Pending<Answer>>();

  /** @param kind As errors call it: "new order". */
  constructor(kind: string, timeoutMs: number) {
    this.#kind = kind;
    this.#timeoutMs = timeoutMs;
  }

  has(id: number): boolean {
    return this.#pending.has(id);
  }

  add(id: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.reject(id, new TimeoutError(`${this.#kind} ${id}`, this.#timeoutMs)),
        this.#timeoutMs,
      );
      this.#pending.set(id, { resolve, reject, timer });
    });
  }

  /** Does nothing when no such request waits: its time is over. */
  resolve(id: number, answer: Answer): void {
    this.#take(id)?.resolve(answer);
  }

  reject(id: number, error: FairleadError): void {
    this.#take(id)?.reject(error);
  }

  /** The session is over. */
  abandon(cause: FairleadError | undefined): void {
    for (const id of this.#pending.keys()) this.reject(id, new OutcomeUnknownError(`${this.#kind} ${id}`, cause));
  }

  #take(id: number): Pending<Answer> | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    return pending;
  }
}
