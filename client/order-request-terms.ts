import type { OrderTerms } from "../protocol/codec/client-frame-encoder.ts";
import { MAX_ID, MAX_INT32 } from "../protocol/limits.ts";
import { checkRange } from "./wire-range.ts";

/** Terms that are numbers, with the largest that can travel; the smallest is 0 but for the offset of a peg. */
const NUMBERS = [
  ["triggerPrice", MAX_INT32],
  ["triggerBy", MAX_INT32],
  ["trailingDistance", MAX_INT32],
  ["protection", MAX_INT32],
  ["pegOffset", MAX_INT32],
  ["pegReference", MAX_INT32],
  ["displayQty", MAX_INT32],
  ["displayVariance", MAX_INT32],
  ["minQty", MAX_INT32],
  ["postOnly", MAX_INT32],
  ["selfTradePrevention", MAX_INT32],
  ["account", MAX_INT32],
  ["tradeGroup", MAX_INT32],
  ["expireTime", MAX_ID],
  ["quoteAmount", MAX_ID],
] as const satisfies readonly (readonly [keyof OrderTerms, number])[];

const FLAGS = ["offsetInBps", "hidden", "allOrNone"] as const satisfies readonly (keyof OrderTerms)[];

/** The terms among the fields of a request; undefined for a plain order. */
export function termsOf(request: OrderTerms): OrderTerms | undefined {
  const terms: Record<string, number | boolean> = {};
  for (const [name, max] of NUMBERS) {
    const value = request[name];
    if (value === undefined) continue;
    checkRange(name, value, name === "pegOffset" ? -max : 0, max);
    terms[name] = value;
  }
  for (const name of FLAGS) if (request[name] === true) terms[name] = true;
  return Object.keys(terms).length === 0 ? undefined : terms;
}
