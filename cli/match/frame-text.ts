/**
 * Canonical proto3 JSON, written as bytes into one growing buffer: a message at a time, a line each. Same text as
 * protocol/json makes of the same message, without making the message first.
 *
 *   begin ──► field … ──► end
 *
 * A field whose value is zero is left out. Each field writes a comma after itself; `end` takes the last one back.
 */
import { assert } from "../../protocol/assert.ts";
import { type MessageTable, serverFrameTable } from "../../protocol/json/message-table.ts";

/** More than any line takes: thirty fields of a name and a number, and a text. */
const MAX_LINE_BYTES = 4096;
const INITIAL_BYTES = 512 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NEWLINE = 0x0a;
export const OBJECT_OPENS = 0x7b;
export const OBJECT_CLOSES = 0x7d;
export const LIST_OPENS = 0x5b;
export const LIST_CLOSES = 0x5d;

/** Below this, integer division by ten stays within int32. */
const INT32_LIMIT = 2 ** 31;
const BILLION = 1e9;
const BILLION_DIGITS = 9;

/** `"price":`, or with a code `"side":"SIDE_BUY",`, ready to copy. */
export interface FieldText {
  readonly key: Uint8Array;
  /** Index = code; of an enum only. */
  readonly named: readonly Uint8Array[];
}

export class FrameText {
  #bytes: Buffer;
  #length: number;
  readonly #spare: Buffer[];

  constructor() {
    this.#bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#length = 0;
    this.#spare = [];
  }

  get length(): number {
    return this.#length;
  }

  /** What was written since the last call. It is the caller's until {@link giveBack}: the next line goes elsewhere. */
  take(): Buffer {
    const written = this.#bytes.subarray(0, this.#length);
    this.#bytes = this.#spare.pop() ?? Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#length = 0;
    return written;
  }

  /** Fresh memory costs more than what is written into it: a buffer is used again, unless it has grown. */
  giveBack(written: Buffer): void {
    if (written.buffer.byteLength === INITIAL_BYTES) this.#spare.push(Buffer.from(written.buffer));
  }

  /** @param prefix What the line begins with: an opening brace, and what comes before the message. */
  begin(prefix: Uint8Array, message: FieldText): void {
    if (this.#length + MAX_LINE_BYTES > this.#bytes.length) this.#grow();
    this.#copy(prefix);
    this.open(message, OBJECT_OPENS);
  }

  /** A frame that is text already; shorter than MAX_LINE_BYTES. */
  line(text: string): void {
    if (this.#length + MAX_LINE_BYTES > this.#bytes.length) this.#grow();
    this.#length += this.#bytes.write(`${text}\n`, this.#length, "latin1");
  }

  /** Closes the message and the frame around it, and ends the line. */
  end(): void {
    this.close(OBJECT_CLOSES);
    this.#bytes[this.#length - 1] = OBJECT_CLOSES;
    this.#bytes[this.#length] = NEWLINE;
    this.#length += 1;
  }

  /** @param bracket `{` or `[`. */
  open(field: FieldText, bracket: number): void {
    this.#copy(field.key);
    this.openElement(bracket);
  }

  openElement(bracket: number): void {
    this.#bytes[this.#length] = bracket;
    this.#length += 1;
  }

  /** @param bracket `}` or `]`. */
  close(bracket: number): void {
    const bytes = this.#bytes;
    if (bytes[this.#length - 1] === COMMA) this.#length -= 1;
    bytes[this.#length] = bracket;
    bytes[this.#length + 1] = COMMA;
    this.#length += 2;
  }

  /** Of 32 bits. */
  number(field: FieldText, value: number): void {
    if (value === 0) return;
    this.#copy(field.key);
    this.#integer(value);
    this.#bytes[this.#length] = COMMA;
    this.#length += 1;
  }

  /**
   * Of 64 bits: in quotes. From the array, as a double that is handed to a function costs an allocation. What is below
   * zero did not fit 2^53, and is left out.
   */
  wide(field: FieldText, source: Float64Array, index: number): void {
    const value = source[index] as number;
    if (value <= 0) return;
    this.#copy(field.key);
    this.#bytes[this.#length] = QUOTE;
    this.#length += 1;
    this.#integer(value);
    this.#bytes[this.#length] = QUOTE;
    this.#bytes[this.#length + 1] = COMMA;
    this.#length += 2;
  }

  /** An enum, by its name; by its number where it has none. */
  code(field: FieldText, code: number): void {
    if (code === 0) return;
    const named = field.named[code];
    if (named === undefined) this.number(field, code);
    else this.#copy(named);
  }

  /** Already quoted. */
  text(field: FieldText, quoted: Uint8Array): void {
    this.#copy(field.key);
    this.#copy(quoted);
    this.#bytes[this.#length] = COMMA;
    this.#length += 1;
  }

  #copy(text: Uint8Array): void {
    const bytes = this.#bytes;
    const at = this.#length;
    // Shorter than what a call of set() costs.
    for (let n = 0; n < text.length; n++) bytes[at + n] = text[n] as number;
    this.#length = at + text.length;
  }

  #integer(value: number): void {
    if (value < 0) {
      this.#bytes[this.#length] = MINUS;
      this.#length += 1;
      this.#digits(-value);
    } else this.#digits(value);
  }

  #digits(value: number): void {
    if (value < INT32_LIMIT) {
      this.#smallDigits(value | 0, digitCount(value));
      return;
    }
    const high = Math.floor(value / BILLION);
    this.#digits(high);
    this.#smallDigits((value - high * BILLION) | 0, BILLION_DIGITS);
  }

  #smallDigits(value: number, count: number): void {
    const bytes = this.#bytes;
    let rest = value;
    for (let at = this.#length + count - 1; at >= this.#length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#length += count;
  }

  #grow(): void {
    const grown = Buffer.allocUnsafeSlow(this.#bytes.length * 2);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count += 1;
  return count;
}

export function ascii(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** The messages of a ServerFrame. */
export const MESSAGES = fieldsOf("", [
  "executionReport",
  "businessReject",
  "bookDelta",
  "trade",
  "logonAccepted",
  "logout",
  "massCancelReport",
  "auctionIndication",
  "instrumentStatus",
  "tradeAmendment",
  "operatorReport",
]);

/** @param path Of a message in a ServerFrame: "executionReport", "executionReport.receipt"; empty: the frame itself. */
export function fieldsOf<const Name extends string>(path: string, names: readonly Name[]): Record<Name, FieldText> {
  const table = tableAt(path);
  const entries = names.map((name) => [name, fieldText(table, name)] as const);
  return Object.fromEntries(entries) as Record<Name, FieldText>;
}

function tableAt(path: string): MessageTable {
  let table = serverFrameTable;
  for (const name of path.split(".").filter(Boolean)) {
    const field = table.byName.get(name);
    assert(field?.kind === "message", "the path names messages");
    table = field.message;
  }
  return table;
}

function fieldText(table: MessageTable, name: string): FieldText {
  const field = table.byName.get(name);
  assert(field !== undefined, "the field is in the schema");
  const named: Uint8Array[] = [];
  if (field.kind === "enum") {
    for (const [code, codeName] of field.codes.names) named[code] = ascii(`"${name}":"${codeName}",`);
  }
  return { key: ascii(`"${name}":`), named };
}
