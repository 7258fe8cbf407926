/** On a terminal, how far something long is: one line on stderr that is rewritten, and gone at the end. */
const PERIOD_MS = 500;
const CLEAR_LINE = "\r\u001B[K";

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class MatchProgress {
  readonly #stream: ProgressStream;
  /** Of the file; undefined: not known. */
  readonly #totalBytes: number | undefined;
  readonly #startedAt: number;
  /** What is counted. */
  readonly #noun: string;
  #shownAt: number;
  #isShown: boolean;

  /** @param now ms, of any clock that `show` is given too. */
  constructor(stream: ProgressStream, totalBytes: number | undefined, now: number, noun = "lines") {
    this.#stream = stream;
    this.#totalBytes = totalBytes;
    this.#startedAt = now;
    this.#noun = noun;
    this.#shownAt = now;
    this.#isShown = false;
  }

  show(bytes: number, count: number, now: number): void {
    if (this.#stream.isTTY !== true || now - this.#shownAt < PERIOD_MS) return;
    this.#shownAt = now;
    this.#isShown = true;
    const rate = Math.round(count / ((now - this.#startedAt) / 1000));
    const share = this.#totalBytes === undefined ? "" : `${Math.floor((bytes / this.#totalBytes) * 100)} %  `;
    this.#stream.write(
      `${CLEAR_LINE}${share}${count.toLocaleString("en-US")} ${this.#noun}  ${rate.toLocaleString("en-US")} ${this.#noun}/s`,
    );
  }

  end(): void {
    if (this.#isShown) this.#stream.write(CLEAR_LINE);
    this.#isShown = false;
  }
}
