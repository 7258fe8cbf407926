import { expect, test } from "vitest";
import { MIX_PROFILES, parseMixProfile } from "./mix-profile.ts";

test("a profile is named or spelled out; what is not named has no share", () => {
  expect(parseMixProfile("quoting")).toBe(MIX_PROFILES.quoting);
  expect(parseMixProfile("passive=1,cancel=0.5")).toEqual({
    passive: 1,
    aggressive: 0,
    ioc: 0,
    cancel: 0.5,
    replace: 0,
  });
});

test.each([
  ["wild", "no profile has this name; there are balanced, quoting, taking"],
  ["passive=1,stop=2", '"stop" is not one of passive, aggressive, ioc, cancel, replace'],
  ["passive=-1", "the share of passive must be a number of 0 or more"],
  ["passive=", "the share of passive must be a number of 0 or more"],
  ["passive=0,cancel=100", "without orders nothing can be canceled"],
])("%s is refused, and the error says why", (text, reason) => {
  expect(() => parseMixProfile(text)).toThrow(reason);
});
