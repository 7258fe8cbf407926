/**
 * Where a text stops being JSON. JSON.parse tells it in a different way, or not at all, in each version of Node.js; this
 * is asked only after JSON.parse has refused the text, for a file that a person edits.
 */

export interface JsonSyntaxProblem {
  /** Both from 1; columns count UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** @returns undefined when the text is valid JSON. */
export function findJsonSyntaxProblem(text: string): JsonSyntaxProblem | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.document();
    return undefined;
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const before = text.slice(0, scanner.position).split("\n");
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, reason: error.message };
  }
}

/** Unwinds the scanner; never leaves this file. */
class Unexpected extends Error {}

/** Recursive descent over the grammar of RFC 8259. `position` is the first character not accepted yet. */
class Scanner {
  readonly #text: string;
  position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    if (this.position < this.#text.length) this.#fail("the end of the file");
  }

  #value(): void {
    this.#accept(SPACE);
    if (this.#take("{")) this.#list("}", () => this.#member());
    else if (this.#take("[")) this.#list("]", () => this.#value());
    else if (!this.#accept(STRING) && !this.#accept(SCALAR)) this.#fail("a value");
    this.#accept(SPACE);
  }

  #member(): void {
    this.#accept(SPACE);
    if (!this.#accept(STRING)) this.#fail("a key in double quotes");
    this.#accept(SPACE);
    if (!this.#take(":")) this.#fail('":"');
    this.#value();
  }

  #list(end: string, element: () => void): void {
    this.#accept(SPACE);
    if (this.#take(end)) return;
    do element();
    while (this.#take(","));
    if (!this.#take(end)) this.#fail(`"," or "${end}"`);
  }

  #take(character: string): boolean {
    const found = this.#text[this.position] === character;
    if (found) this.position++;
    return found;
  }

  #accept(pattern: RegExp): boolean {
    pattern.lastIndex = this.position;
    const matched = pattern.test(this.#text);
    if (matched) this.position = pattern.lastIndex;
    return matched;
  }

  #fail(expected: string): never {
    const found = this.#text[this.position];
    throw new Unexpected(`expected ${expected}, found ${found === undefined ? "the end" : JSON.stringify(found)}`);
  }
}
