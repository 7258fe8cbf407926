/** Reads the value of a field from the text of a cell. */
import type { EnumTable, Field, Fields, IntegerField } from "../../protocol/json/message-table.ts";

/** Names that markets use, for those of the schema without their prefix. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ["GTC", "GOOD_TILL_CANCEL"],
  ["IOC", "IMMEDIATE_OR_CANCEL"],
  ["FOK", "FILL_OR_KILL"],
  ["GTD", "GOOD_TILL_DATE"],
  ["ATO", "AT_THE_OPEN"],
  ["ATC", "AT_THE_CLOSE"],
  ["OCO", "ONE_CANCELS_OTHER"],
  ["OTO", "ONE_TRIGGERS_OTHER"],
]);

export type CellValue = number | boolean | string | Fields[];

/** @param text Not empty. @returns undefined when it is no value of the field: {@link expectationOf} says what would be. */
export function readCell(field: Field, text: string): CellValue | undefined {
  switch (field.kind) {
    case "integer":
      return readInteger(field, text);
    case "enum":
      return readCode(field.codes, text);
    case "bool":
      return { true: true, "1": true, false: false, "0": false }[text.toLowerCase()];
    case "string":
      return text;
    default:
      return field.isRepeated ? readRows(field.message.fields, text) : undefined;
  }
}

export function expectationOf(field: Field): string {
  switch (field.kind) {
    case "integer":
      return field.expected;
    case "enum":
      return field.codes.expected;
    case "bool":
      return "true or false";
    case "string":
      return "a text";
    default:
      return `rows like ${field.message.fields.map(({ name }) => name).join(":")}, separated by spaces`;
  }
}

const ZERO = 0x30;
const MINUS = 0x2d;
/** Sums of so many digits are exact and need no second look. */
const MAX_PLAIN_DIGITS = 15;

/** Codes are open: one without a name travels as its number. */
const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

function readInteger({ min, max }: Pick<IntegerField, "min" | "max">, text: string): number | undefined {
  const value = text.length <= MAX_PLAIN_DIGITS ? plainInteger(text) : longInteger(text);
  return value >= min && value <= max ? value : undefined;
}

/** NaN for anything but digits after an optional minus. */
function plainInteger(text: string): number {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  let value = start === text.length ? NaN : 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return start === 0 ? value : -value;
}

function longInteger(text: string): number {
  return /^-?\d+$/u.test(text) ? Number(text) : NaN;
}

/** By name, with or without its prefix, in capitals or not; by the short name; by number. */
export function readCode(codes: EnumTable, text: string): number | undefined {
  const known = codes.numbers.get(text);
  if (known !== undefined) return known;
  const name = text.toUpperCase().replaceAll(/[-\s]/gu, "_");
  const byName = codes.numbers.get(name) ?? codes.numbers.get(SHORT_NAMES.get(name) ?? "");
  if (byName !== undefined) return byName;
  return readInteger(INT32, text);
}

/** `1:1 100:5`: messages whose fields are separated by colons. */
function readRows(fields: readonly Field[], text: string): Fields[] | undefined {
  const rows: Fields[] = [];
  for (const rowText of text.split(/\s+/u)) {
    const cells = rowText.split(":");
    if (cells.length !== fields.length) return undefined;
    const row: Fields = {};
    for (const [index, field] of fields.entries()) {
      const value = readCell(field, cells[index] ?? "");
      if (value === undefined) return undefined;
      row[field.name] = value;
    }
    rows.push(row);
  }
  return rows;
}
