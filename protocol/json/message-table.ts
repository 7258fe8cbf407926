/**
 * The schema as the JSON mapping needs it: for every message its fields by name, for every enum its names and numbers.
 * Compiled once, when this module is loaded.
 */
import { assert } from "../assert.ts";
import { fairlead } from "../codec/cold-codec.ts";
import { schema } from "../generated/schema.ts";
import { MAX_ID } from "../limits.ts";

/** A message or a part of one, by field name. */
export type Fields = Record<string, unknown>;

interface FieldBase {
  /** lowerCamelCase: in JSON and in the objects of protobufjs. */
  readonly name: string;
  readonly isRepeated: boolean;
  /** Of the one oneof that a message may have. */
  readonly isInOneof: boolean;
}

export interface IntegerField extends FieldBase {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  /** 64-bit integers are strings in canonical JSON. */
  readonly isText: boolean;
  /** What a wrong value should have been. */
  readonly expected: string;
}

export interface EnumField extends FieldBase {
  readonly kind: "enum";
  readonly codes: EnumTable;
}

export interface MessageField extends FieldBase {
  readonly kind: "message";
  readonly message: MessageTable;
}

export interface PlainField extends FieldBase {
  readonly kind: "bool" | "string";
}

export type Field = IntegerField | EnumField | MessageField | PlainField;

export interface EnumTable {
  /** The names of the schema, and the same without their common prefix. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
  readonly expected: string;
}

export interface MessageTable {
  /** In the order of the schema. */
  readonly fields: readonly Field[];
  /** By lowerCamelCase name and by the name in fairlead.proto. */
  readonly byName: ReadonlyMap<string, Field>;
  readonly construct: () => Fields;
}

interface SchemaField {
  readonly type: string;
  readonly rule?: string;
  readonly protoName?: string;
}

interface SchemaType {
  readonly fields?: Readonly<Record<string, SchemaField>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
}

const types: Readonly<Record<string, SchemaType>> = schema.nested.fairlead.nested.v1.nested;

/**
 * Their ids may be any uint64, so that one of 2^53 or more rejects the order and not the connection: writeCommand marks it.
 */
const ORDER_MESSAGES = new Set(["NewOrder", "CancelOrder", "ReplaceOrder", "MassCancel"]);

/** Inclusive, because as a number the largest uint64 is 2^64; all that matters up there is "too large". */
const UINT64_LIMIT = 2 ** 64;

const enums = new Map<string, EnumTable>();
const messages = new Map<string, MessageTable>();

export const clientFrameTable = messageTable("ClientFrame");
export const serverFrameTable = messageTable("ServerFrame");
export const operatorRequestTable = messageTable("OperatorRequest");
export const operatorReportTable = messageTable("OperatorReport");

function messageTable(name: string): MessageTable {
  const known = messages.get(name);
  if (known !== undefined) return known;
  const type = types[name];
  assert(type?.fields !== undefined, "every field's type is in the schema");
  const fields: Field[] = [];
  const byName = new Map<string, Field>();
  const alternatives = new Set(Object.values(type.oneofs ?? {}).flatMap((group) => group.oneof));
  for (const [fieldName, field] of Object.entries(type.fields)) {
    const base = {
      name: fieldName,
      isRepeated: field.rule === "repeated",
      isInOneof: alternatives.has(fieldName),
    };
    const compiled = compileField(name, base, field.type);
    fields.push(compiled);
    byName.set(fieldName, compiled).set(field.protoName ?? fieldName, compiled);
  }
  const table = { fields, byName, construct: constructorOf(name) };
  messages.set(name, table);
  return table;
}

function compileField(message: string, base: FieldBase, type: string): Field {
  switch (type) {
    case "uint32":
      return integer(base, 0, 2 ** 32 - 1, false, "an unsigned 32-bit integer");
    case "int32":
    case "sint32":
      return integer(base, -(2 ** 31), 2 ** 31 - 1, false, "a 32-bit integer");
    case "uint64":
      return ORDER_MESSAGES.has(message)
        ? integer(base, 0, UINT64_LIMIT, true, "an unsigned 64-bit integer")
        : integer(base, 0, MAX_ID, true, "an integer from 0 to 2^53-1");
    case "bool":
    case "string":
      return { ...base, kind: type };
    default:
      return types[type]?.values === undefined
        ? { ...base, kind: "message", message: messageTable(type) }
        : { ...base, kind: "enum", codes: enumTable(type) };
  }
}

function integer(base: FieldBase, min: number, max: number, isText: boolean, expected: string): IntegerField {
  return { ...base, kind: "integer", min, max, isText, expected };
}

function enumTable(name: string): EnumTable {
  const known = enums.get(name);
  if (known !== undefined) return known;
  const values = types[name]?.values ?? {};
  // TimeInForce → TIME_IN_FORCE_: what proto3 style puts before every name of an enum.
  const prefix = `${name.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "_").toUpperCase()}_`;
  const numbers = new Map<string, number>();
  const names = new Map<number, string>();
  for (const [code, number] of Object.entries(values)) {
    numbers.set(code, number).set(code.slice(prefix.length), number);
    names.set(number, code);
  }
  const table = { numbers, names, expected: `one of ${Object.keys(values).join(", ")}` };
  enums.set(name, table);
  return table;
}

function constructorOf(name: string): () => Fields {
  const Message = Reflect.get(fairlead.v1, name) as new () => Fields;
  return () => new Message();
}
