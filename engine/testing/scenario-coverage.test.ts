/** That the scenarios leave nothing out: every reason that an engine can give is provoked by one of them. */
import { expect, test } from "vitest";
import { CancelReason, RejectReason } from "../../protocol/codes.ts";
import { allScenarioCases } from "./scenario-folder.ts";

/** Given by the gateway before a command is sequenced. */
const OF_THE_GATEWAY = new Set([
  "Busy",
  "VenueClosed",
  "NotSubscribed",
  "MarketDataOnly",
  "TooManySubscriptions",
  "NotAuthorized",
  "StorageFull",
  // Given for a command that has made the engine fail, which no scenario can.
  "Quarantined",
]);

const expectedWords = new Set(
  allScenarioCases()
    .flatMap(({ scenario }) => scenario.steps)
    .flatMap(({ expected }) => expected ?? [])
    .flatMap((event) => event.split(" ")),
);

test("every reject reason of the engine has a case", () => {
  const reasons = Object.keys(RejectReason).filter((name) => name !== "Unspecified" && !OF_THE_GATEWAY.has(name));
  expect(reasons.filter((reason) => !expectedWords.has(reason))).toEqual([]);
});

test("every cancel reason has a case", () => {
  // That a request asked for it is said without a word.
  const reasons = Object.keys(CancelReason).filter((name) => name !== "Unspecified" && name !== "Requested");
  expect(reasons.filter((reason) => !expectedWords.has(reason))).toEqual([]);
});
