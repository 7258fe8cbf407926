import { expect, test } from "vitest";
import { renderLadder } from "./ladder.ts";

const level = (price: number, qty: number, orderCount = 1) => ({ price, qty, orderCount });

const LADDER = {
  instrumentId: 1,
  symbol: "ACME",
  bids: [level(9998, 1500, 12), level(9997, 3)],
  offers: [level(10_001, 20), level(10_003, 1, 2), level(10_050, 7)],
};

test("offers are above bids, and the best prices meet in the middle", () => {
  expect(renderLadder(LADDER, 0)).toBe(
    [
      "ACME (instrument 1)",
      "  orders  bid qty   price  offer qty  orders",
      "                   10,050          7       1",
      "                   10,003          1       2",
      "                   10,001         20       1",
      "      12    1,500   9,998",
      "       1        3   9,997",
      "",
    ].join("\n"),
  );
});

test("levels beyond the depth are summed up", () => {
  expect(renderLadder(LADDER, 1)).toBe(
    [
      "ACME (instrument 1)",
      "  orders  bid qty   price  offer qty  orders",
      "  … 2 more offer levels, 8 lots",
      "                   10,001         20       1",
      "      12    1,500   9,998",
      "  … 1 more bid level, 3 lots",
      "",
    ].join("\n"),
  );
});

test("a side may be empty, and a symbol unknown", () => {
  expect(renderLadder({ instrumentId: 7, symbol: "", bids: [], offers: [level(5, 1)] }, 0)).toBe(
    [
      "instrument 7",
      "  orders  bid qty  price  offer qty  orders",
      "                       5          1       1",
      "",
    ].join("\n"),
  );
});
