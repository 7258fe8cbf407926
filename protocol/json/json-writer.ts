/**
 * From a message of protobufjs to text, by the canonical JSON mapping of proto3: lowerCamelCase names, enums by name,
 * 64-bit integers as strings, defaults left out, fields in the order of the schema.
 */
import { unreachable } from "../codes.ts";
import type { Field, Fields, MessageTable } from "./message-table.ts";

export function writeMessage(table: MessageTable, message: Fields): string {
  let text = "";
  for (const field of table.fields) {
    const value = message[field.name];
    if (isAbsent(field, value)) continue;
    const separator = text === "" ? "" : ",";
    text += `${separator}"${field.name}":${field.isRepeated ? writeRepeated(field, value) : writeValue(field, value)}`;
  }
  return `{${text}}`;
}

function isAbsent(field: Field, value: unknown): boolean {
  if (field.isRepeated) return !Array.isArray(value) || value.length === 0;
  // A message that is there is written, also when it is empty.
  return !value;
}

function writeRepeated(field: Field, values: unknown): string {
  return `[${(values as readonly unknown[]).map((value) => writeValue(field, value)).join(",")}]`;
}

function writeValue(field: Field, value: unknown): string {
  switch (field.kind) {
    case "integer":
      return field.isText ? `"${String(value)}"` : String(value);
    case "enum": {
      const name = field.codes.names.get(value as number);
      return name === undefined ? String(value) : `"${name}"`;
    }
    case "message":
      return writeMessage(field.message, value as Fields);
    case "bool":
    case "string":
      return JSON.stringify(value);
    default:
      return unreachable(field);
  }
}
