/** One line of a scenario file as words that are taken from the left. Whatever is wrong is told with its place. */
import type { WordTable } from "./scenario-words.ts";

/** The text is wrong, not the engine. */
export class ScenarioError extends Error {
  override name = "ScenarioError";
}

/** Where a line stands: "limit/priority.txt:12". */
export type Place = string;

interface Word {
  readonly text: string;
  /** From 1 on. */
  readonly column: number;
}

const TIME_UNITS: Readonly<Record<string, number>> = { "": 1, us: 1, ms: 1000, s: 1_000_000 };
const MICROSECONDS_PER_SECOND = 1_000_000;

export class Words {
  readonly place: Place;
  readonly #words: readonly Word[];
  readonly #endColumn: number;
  #at = 0;

  /** @param endColumn Where a word that is missing would stand. */
  private constructor(place: Place, words: readonly Word[], endColumn: number) {
    this.place = place;
    this.#words = words;
    this.#endColumn = endColumn;
  }

  static of(place: Place, line: string): Words {
    const words = [...line.matchAll(/\S+/gu)].map((match) => ({ text: match[0], column: match.index + 1 }));
    return new Words(place, words, line.trimEnd().length + 1);
  }

  get isEmpty(): boolean {
    return this.#at === this.#words.length;
  }

  /** The next word, which stays. */
  peek(): string {
    return this.#words[this.#at]?.text ?? "";
  }

  next(what: string): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw this.error(`${what} is missing`);
    this.#at += 1;
    return word.text;
  }

  /** Takes the word if it comes next. */
  has(word: string): boolean {
    if (this.peek() !== word) return false;
    this.#at += 1;
    return true;
  }

  number(what: string): number {
    const text = this.peek();
    const value = Number(text);
    if (text !== "" && Number.isNaN(value)) throw this.error(`${what} must be a number`);
    this.next(what);
    return value;
  }

  nextIsNumber(): boolean {
    return this.peek() !== "" && !Number.isNaN(Number(this.peek()));
  }

  /** A word of the table, or a number for a code that the table does not have. */
  code(table: WordTable, what: string): number {
    if (this.nextIsNumber()) return this.number(what);
    const code = table[this.peek()];
    if (code === undefined) throw this.error(`${what} must be one of: ${Object.keys(table).join(", ")}; found`);
    this.next(what);
    return code;
  }

  /** The same, 0 if something else comes next. */
  codeIfAny(table: WordTable, what: string): number {
    return this.peek() in table ? this.code(table, what) : 0;
  }

  /** Microseconds: 7000, 5ms, 2s, 08:30 or 08:30:15 of the first day. */
  time(what: string): number {
    const text = this.peek();
    const clock = /^(\d\d):(\d\d)(?::(\d\d))?$/u.exec(text);
    const amount = /^(\d+)(us|ms|s|)$/u.exec(text);
    if (clock === null && amount === null) throw this.error(`${what} must be a time like 7000, 5ms, 2s or 08:30`);
    this.next(what);
    if (amount !== null) return Number(amount[1]) * (TIME_UNITS[amount[2] ?? ""] ?? 1);
    return secondOfDay(text) * MICROSECONDS_PER_SECOND;
  }

  /** What stands between "{" and "}", as words of their own. */
  group(what: string): Words {
    if (!this.has("{")) throw this.error(`${what} must stand in { }`);
    const begin = this.#at;
    while (!this.isEmpty && this.peek() !== "}") this.#at += 1;
    if (this.isEmpty) throw this.error(`} is missing after ${what}`);
    const inner = this.#words.slice(begin, this.#at);
    this.#at += 1;
    return new Words(this.place, inner, this.#words[this.#at - 1]?.column ?? this.#endColumn);
  }

  end(): void {
    if (!this.isEmpty) throw this.error("nothing may follow here, but there is");
  }

  /** Names the next word and its column. */
  error(message: string): ScenarioError {
    const word = this.#words[this.#at];
    const column = word?.column ?? this.#endColumn;
    return new ScenarioError(`${this.place}:${column}: ${message}${word === undefined ? "" : ` "${word.text}"`}`);
  }
}

/** Of 08:30 or 08:30:15. */
export function secondOfDay(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}
