import { expect, test } from "vitest";
import * as codes from "./codes.ts";
import { fairlead } from "./generated/fairlead.js";

const ENUMS = [
  "Side",
  "OrderType",
  "TimeInForce",
  "ExecType",
  "OrderStatus",
  "RejectReason",
  "RequestType",
  "LogoutReason",
  "TriggerBy",
  "PegReference",
  "PostOnly",
  "SelfTradePrevention",
  "Contingency",
  "ReplaceMode",
  "CancelReason",
  "Allocation",
  "KillScope",
  "Channel",
  "Phase",
  "VenueState",
  "Durability",
] as const;

/** "BestBidOffer" → "BEST_BID_OFFER". */
function screamingSnake(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "_").toUpperCase();
}

test.each(ENUMS)("the codes of %s are the numbers of the schema", (name) => {
  const ours = Object.entries(codes[name]).map(([key, code]) => [
    `${screamingSnake(name)}_${screamingSnake(key)}`,
    code,
  ]);
  const schema = Object.entries(fairlead.v1[name]).filter(([key]) => Number.isNaN(Number(key)));
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(schema));
});

test("every reject reason has a text", () => {
  for (const [name, code] of Object.entries(codes.RejectReason)) {
    expect(codes.REJECT_TEXTS[code], name).toBeTypeOf("string");
  }
  expect(codes.REJECT_TEXTS).toHaveLength(Object.keys(codes.RejectReason).length);
});
