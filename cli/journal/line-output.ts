/**
 * Lines for stdout, handed over in large pieces. Reading a journal does not pause, so nobody waits for a slow reader here: a pipe, a
 * file and a terminal take what they get before write() returns.
 */
const PIECE_CHARACTERS = 64 * 1024;

export interface LineTarget {
  write(text: string): unknown;
  /** Set when the reader of a pipe has left. */
  readonly errored?: Error | null;
}

export class LineOutput {
  readonly #target: LineTarget;
  #text = "";

  constructor(target: LineTarget) {
    this.#target = target;
  }

  /** Whether anybody reads it. */
  get isOpen(): boolean {
    return this.#target.errored === undefined || this.#target.errored === null;
  }

  line(text: string): void {
    this.#text += `${text}\n`;
    if (this.#text.length >= PIECE_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#text !== "" && this.isOpen) this.#target.write(this.#text);
    this.#text = "";
  }
}
