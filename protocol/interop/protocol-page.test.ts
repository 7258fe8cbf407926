/** docs/PROTOCOL.md is what other languages implement: it must name what the schema has, and its examples must be true. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LogoutReason, OrderType, RejectReason, Side, TimeInForce } from "../codes.ts";
import { encodeClientFrame } from "../codec/cold-codec.ts";
import { schema } from "../generated/schema.ts";
import { parseClientFrame } from "../json/json-codec.ts";

const page = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");

const ORDER = {
  clientOrderId: 1001,
  instrumentId: 1,
  side: Side.Buy,
  orderType: OrderType.Limit,
  timeInForce: TimeInForce.GoodTillCancel,
  price: 10_050,
  orderQty: 25,
};

/** What stands in the first code block of this language. */
function codeBlock(language: string): string {
  return page.split(`\`\`\`${language}\n`)[1]?.split("```")[0] ?? "";
}

/** Cells of the table rows under a heading, up to the next one. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(heading)[1]?.split(/\n#/u)[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) => line.split("|").map((cell) => cell.trim()));
}

test("the bytes of the annotated order are those of that order", () => {
  const bytes = [...codeBlock("hex").matchAll(/^ *((?:[\da-f]{2} )*[\da-f]{2})(?: {2}|$)/gmu)].flatMap(([, line]) =>
    (line ?? "").split(" ").map((byte) => Number.parseInt(byte, 16)),
  );
  expect(bytes).toEqual([...encodeClientFrame({ newOrder: ORDER })]);
});

test("the JSON example is the same order", () => {
  expect(parseClientFrame(codeBlock("json"))).toMatchObject({ newOrder: ORDER });
});

test("every field of every message is in its table, with number and type", () => {
  for (const [name, type] of Object.entries(schema.nested.fairlead.nested.v1.nested)) {
    if (!("fields" in type) || name.endsWith("Frame") || Object.keys(type.fields).length === 0) continue;
    const expected = Object.entries(type.fields).map(([fieldName, field]) => [
      "protoName" in field ? field.protoName : fieldName,
      String(field.id),
      "rule" in field ? `repeated ${field.type}` : field.type,
    ]);
    const [, , ...rows] = rowsUnder(`\n#### ${name}${page.includes(`\n#### ${name} (`) ? " (" : "\n"}`);
    expect(
      rows.map(([, field, number, fieldType]) => [field, number, fieldType]),
      name,
    ).toEqual(expected);
    expect(
      rows.every((cells) => cells[5] !== ""),
      `${name}: every field has a note`,
    ).toBe(true);
  }
});

test.each([
  ["RejectReason", "REJECT_REASON_", RejectReason],
  ["LogoutReason", "LOGOUT_REASON_", LogoutReason],
] as const)("every %s is explained", (heading, prefix, codes) => {
  const [, , ...rows] = rowsUnder(`\n### ${heading}\n`);
  const numbers = Object.values(codes).filter((code) => code !== 0);
  expect(rows.map(([, , number]) => Number(number))).toEqual(numbers);
  const names = Object.keys(schema.nested.fairlead.nested.v1.nested[heading].values);
  expect(rows.map(([, name]) => name)).toEqual(names.filter((name) => name !== `${prefix}UNSPECIFIED`));
});

test("every name of every other enum is on the page", () => {
  for (const type of Object.values(schema.nested.fairlead.nested.v1.nested)) {
    if (!("values" in type)) continue;
    const names = Object.keys(type.values).filter((name) => !name.endsWith("_UNSPECIFIED"));
    const missing = names.filter((name) => !page.includes(name) && !page.includes(name.replace("ORDER_STATUS_", "")));
    expect(missing).toEqual([]);
  }
});
