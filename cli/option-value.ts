/** Reads the value of an option from what was typed. */
import { unreachable } from "../protocol/codes.ts";
import type { ListOption, Option } from "./option-table.ts";

export type ScalarOption = Exclude<Option, ListOption>;

/** @returns undefined when the text is not a value of this option. */
export function readScalar(option: ScalarOption, text: string): string | number | boolean | undefined {
  switch (option.type) {
    case "string":
      return text;
    case "boolean":
      return { true: true, "1": true, false: false, "0": false }[text];
    case "choice":
      return option.choices.includes(text) ? text : undefined;
    case "int": {
      const value = readNumber(text);
      const inRange = value >= (option.min ?? 0) && value <= (option.max ?? Number.MAX_SAFE_INTEGER);
      return Number.isInteger(value) && inRange ? value : undefined;
    }
    case "rate": {
      const value = readNumber(text.replace(/\/s$/u, ""));
      return value > 0 ? value : undefined;
    }
    case "duration":
      return readDuration(text);
    default:
      return unreachable(option);
  }
}

const MULTIPLIERS: Readonly<Record<string, number>> = { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 };

/** `2500`, `10k`, `1.5M`; NaN for anything else. */
function readNumber(text: string): number {
  const [, digits, suffix] = /^(-?\d+(?:\.\d+)?)([kKMG]?)$/u.exec(text) ?? [];
  // 1.1 × 1000 is not quite 1100 in binary; no count has more than 15 digits.
  return Number((Number(digits) * (MULTIPLIERS[suffix ?? ""] ?? NaN)).toPrecision(15));
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

function readDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/u.exec(text) ?? [];
  return unit === undefined ? undefined : Math.round(Number(digits) * (DURATION_UNITS_MS[unit] ?? NaN));
}

/** "an integer from 1 to 64": what an error says should have been there. */
export function expectationOf(option: ScalarOption): string {
  switch (option.type) {
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${option.choices.join(", ")}`;
    case "rate":
      return "a number above 0";
    case "duration":
      return "a duration like 500ms, 10s or 2m";
    case "int":
      return option.max === undefined
        ? `an integer of at least ${option.min ?? 0}`
        : `an integer from ${option.min ?? 0} to ${option.max}`;
    default:
      return unreachable(option);
  }
}
