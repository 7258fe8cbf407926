/**
 * From the values of JSON.parse to a message of protobufjs, by the canonical JSON mapping of proto3, strictly: what is not
 * in the schema, or not of its type, is a fault that says where.
 *
 * null is absent, and so is a value that equals the default: both encode to the same bytes.
 */
import { unreachable } from "../codes.ts";
import { JsonFault } from "./json-fault.ts";
import type { EnumTable, Field, Fields, IntegerField, MessageTable } from "./message-table.ts";

/** Fills `message` from `json`. @returns what is wrong, or null. */
export function readMessage(table: MessageTable, json: unknown, message: Fields): JsonFault | null {
  if (!isObject(json)) return mismatch("an object", json);
  let chosen = "";
  for (const key of Object.keys(json)) {
    const field = table.byName.get(key);
    if (field === undefined) return new JsonFault(key, "no such field");
    const value = json[key];
    if (value === null) continue;
    if (key !== field.name && Object.hasOwn(json, field.name)) return new JsonFault(key, `${field.name} is set too`);
    if (field.isInOneof) {
      if (chosen !== "") return new JsonFault(key, `${chosen} is set too: one of them at a time`);
      chosen = key;
    }
    const fault = field.isRepeated ? readRepeated(field, value, message) : readField(field, value, message);
    if (fault !== null) return fault.within(key);
  }
  return null;
}

function isObject(json: unknown): json is Fields {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function readField(field: Field, json: unknown, message: Fields): JsonFault | null {
  if (field.kind === "message") {
    const inner = field.message.construct();
    message[field.name] = inner;
    return readMessage(field.message, json, inner);
  }
  const value = readScalar(field, json);
  if (value instanceof JsonFault) return value;
  // 0, "" and false are what an absent field has.
  if (value) message[field.name] = value;
  return null;
}

function readRepeated(field: Field, json: unknown, message: Fields): JsonFault | null {
  if (!Array.isArray(json)) return mismatch("an array", json);
  const values: unknown[] = [];
  for (const [index, item] of json.entries()) {
    const element: Fields = {};
    const fault = readField(field, item, element);
    if (fault !== null) return fault.within(`[${index}]`);
    values.push(element[field.name] ?? 0);
  }
  if (values.length > 0) message[field.name] = values;
  return null;
}

function readScalar(field: Exclude<Field, { kind: "message" }>, json: unknown): number | string | boolean | JsonFault {
  switch (field.kind) {
    case "integer":
      return readInteger(field, json);
    case "enum":
      return readEnum(field.codes, json);
    case "bool":
      return typeof json === "boolean" ? json : mismatch("true or false", json);
    case "string":
      // Half of a surrogate pair has no UTF-8.
      return typeof json === "string" && json.isWellFormed() ? json : mismatch("a string", json);
    default:
      return unreachable(field);
  }
}

/** The number grammar of JSON, which the mapping also allows between quotes. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u;

function readInteger(field: IntegerField, json: unknown): number | JsonFault {
  const value = typeof json === "string" && NUMBER.test(json) ? Number(json) : json;
  const fits = typeof value === "number" && Number.isInteger(value) && value >= field.min && value <= field.max;
  return fits ? value : mismatch(field.expected, json);
}

const INT32: Pick<IntegerField, "min" | "max"> = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** A number that has no name is kept: enums are open. */
function readEnum(codes: EnumTable, json: unknown): number | JsonFault {
  if (typeof json === "string") return codes.numbers.get(json) ?? mismatch(codes.expected, json);
  const fits = typeof json === "number" && Number.isInteger(json) && json >= INT32.min && json <= INT32.max;
  return fits ? json : mismatch(codes.expected, json);
}

const LONGEST_SHOWN = 40;

function mismatch(expected: string, found: unknown): JsonFault {
  const text = JSON.stringify(found);
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return new JsonFault("", `expected ${expected}, found ${shown}`);
}
