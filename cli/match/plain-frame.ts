/**
 * The short way from a line to an order message, for lines as programs write them:
 *
 *   {"newOrder":{"clientOrderId":"7","instrumentId":1,"side":"SIDE_BUY","price":100,"orderQty":5}}
 *
 * One of the four order messages, no spaces, no escapes, no fractions, nothing twice. Whatever is not exactly that is left to the
 * JSON mapping, which reads it or says what is wrong with it. What this one reads, it reads as the mapping does; a test checks it.
 *
 * It takes half the time of the mapping. Each message is read into one object over and over: it is valid until the next line.
 */
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { assert } from "../../protocol/assert.ts";
import { type EnumTable, type Field, type Fields, clientFrameTable } from "../../protocol/json/message-table.ts";

type ClientFrame = fairlead.v1.ClientFrame.$Properties;

const ORDER_MESSAGES = ["newOrder", "cancelOrder", "replaceOrder", "massCancel"] as const;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Sums of so many digits are exact. */
const MAX_DIGITS = 15;
const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** A field, and the line that set it last. */
interface Slot {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly codes: EnumTable | undefined;
  readonly isBool: boolean;
  line: number;
}

interface MessageSlots {
  readonly byName: ReadonlyMap<string, Slot>;
  readonly message: Fields;
  readonly frame: ClientFrame;
  /** Set by the line before. */
  readonly touched: Slot[];
}

export class PlainFrameReader {
  readonly #messages: ReadonlyMap<string, MessageSlots>;
  #text: string;
  /** Of what is read next. */
  #at: number;
  #line: number;

  constructor() {
    this.#messages = new Map(ORDER_MESSAGES.map((name) => [name, createSlots(name)]));
    this.#text = "";
    this.#at = 0;
    this.#line = 0;
  }

  /** @returns the frame, which is the reader's, or undefined: the line is not plain. */
  read(text: string): ClientFrame | undefined {
    this.#text = text;
    this.#at = 0;
    this.#line += 1;
    if (!this.#take(OPEN)) return undefined;
    const slots = this.#messages.get(this.#key());
    if (slots === undefined || !this.#take(OPEN)) return undefined;
    clear(slots);
    if (!this.#take(CLOSE) && !this.#fields(slots)) return undefined;
    return this.#take(CLOSE) && this.#at === text.length ? slots.frame : undefined;
  }

  /** Up to the closing brace. */
  #fields({ byName, message, touched }: MessageSlots): boolean {
    do {
      const slot = byName.get(this.#key());
      if (slot === undefined || slot.line === this.#line) return false;
      const value = slot.isBool ? this.#bool() : this.#number(slot);
      if (value === undefined) return false;
      message[slot.name] = value;
      slot.line = this.#line;
      touched.push(slot);
    } while (this.#take(COMMA));
    return this.#take(CLOSE);
  }

  #take(character: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  /** A name in quotes and the colon after it; "" when that is not what comes. */
  #key(): string {
    const start = this.#at + 1;
    const end = this.#text.indexOf('"', start);
    if (end === -1 || this.#text.charCodeAt(this.#at) !== QUOTE || this.#text.charCodeAt(end + 1) !== COLON) return "";
    this.#at = end + 2;
    return this.#text.slice(start, end);
  }

  #bool(): boolean | undefined {
    const value = this.#text.startsWith("true", this.#at);
    if (!value && !this.#text.startsWith("false", this.#at)) return undefined;
    this.#at += value ? 4 : 5;
    return value;
  }

  /** An integer, in quotes or not, or the name of a code. */
  #number({ min, max, codes }: Slot): number | undefined {
    const isQuoted = this.#take(QUOTE);
    if (isQuoted && codes !== undefined) return this.#code(codes);
    const value = this.#integer();
    if (value === undefined || value < min || value > max) return undefined;
    return !isQuoted || this.#take(QUOTE) ? value : undefined;
  }

  #code(codes: EnumTable): number | undefined {
    const end = this.#text.indexOf('"', this.#at);
    const code = codes.numbers.get(this.#text.slice(this.#at, end));
    this.#at = end + 1;
    return code;
  }

  #integer(): number | undefined {
    const isNegative = this.#take(MINUS);
    const start = this.#at;
    let value = 0;
    let digit = this.#text.charCodeAt(start) - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      this.#at += 1;
      digit = this.#text.charCodeAt(this.#at) - ZERO;
    }
    const digitCount = this.#at - start;
    // JSON has no numbers that begin with a zero, but for zero itself.
    const isPlain =
      digitCount > 0 &&
      digitCount <= MAX_DIGITS &&
      (value > 0 ? this.#text.charCodeAt(start) !== ZERO : digitCount === 1);
    if (!isPlain) return undefined;
    return isNegative ? 0 - value : value;
  }
}

function clear({ message, touched }: MessageSlots): void {
  for (const { name, isBool } of touched) message[name] = isBool ? false : 0;
  touched.length = 0;
}

function createSlots(name: (typeof ORDER_MESSAGES)[number]): MessageSlots {
  const field = clientFrameTable.byName.get(name);
  assert(field?.kind === "message", "an order message is in the schema");
  const slots = new Map(field.message.fields.map((each) => [each, createSlot(each)]));
  const message: Fields = {};
  for (const slot of slots.values()) message[slot.name] = slot.isBool ? false : 0;
  const byName = new Map<string, Slot>();
  for (const [key, each] of field.message.byName) {
    const slot = slots.get(each);
    if (slot !== undefined) byName.set(key, slot);
  }
  return { byName, message, frame: { [name]: message }, touched: [] };
}

function createSlot(field: Field): Slot {
  assert(
    field.kind === "integer" || field.kind === "enum" || field.kind === "bool",
    "orders have no texts and no tables",
  );
  const { min, max } = field.kind === "integer" ? field : INT32;
  return {
    name: field.name,
    min,
    max,
    codes: field.kind === "enum" ? field.codes : undefined,
    isBool: field.kind === "bool",
    line: 0,
  };
}
