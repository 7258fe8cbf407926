import { describe, expect, test } from "vitest";
import { createHash } from "node:crypto";
import { Side } from "../protocol/codes.ts";
import type { Ticks } from "../protocol/units.ts";
import { MIX_PROFILES, parseMixProfile } from "./mix-profile.ts";
import type { MixProfile } from "./mix-profile.ts";
import { OrderFlow } from "./order-flow.ts";
import type { FlowRequest, FlowSettings } from "./order-flow.ts";
import { TinyBook } from "./testing/tiny-book.ts";

const SETTINGS: FlowSettings = {
  seed: 1,
  session: 0,
  mix: MIX_PROFILES.balanced,
  instrumentIds: [1, 2, 3],
  midPrice: 10_000 as Ticks,
  levels: 10,
  maxOpenOrders: 50,
  receiptShare: 0.1,
  firstClientOrderId: 1000,
};

function take(flow: OrderFlow, count: number): FlowRequest[] {
  return Array.from({ length: count }, (_, index) => ({ ...flow.next(index) }));
}

function receipts(receiptShare: number): number {
  return take(new OrderFlow({ ...SETTINGS, receiptShare }), 10_000).filter(({ receipt }) => receipt).length;
}

/** Sessions in turn, as the pacer deals them; the book hears everything. */
function play(mix: MixProfile, requestCount: number): { book: TinyBook; mostOpen: number } {
  const flows = [0, 1, 2, 3].map((session) => new OrderFlow({ ...SETTINGS, mix, session }));
  const book = new TinyBook();
  let mostOpen = 0;
  for (let index = 0; index < requestCount; index++) {
    const session = index % flows.length;
    const request = flows[session]?.next(index);
    if (request !== undefined) book.apply(session, request);
    mostOpen = Math.max(mostOpen, book.openOrderCount);
  }
  return { book, mostOpen };
}

test("the same seed sends the same requests: this is what seed 1 sends", () => {
  const requests = take(new OrderFlow(SETTINGS), 10_000);
  const hash = createHash("sha256").update(JSON.stringify(requests)).digest("hex");
  expect(hash).toBe("2b02b09e97946cab050988f1b107e8786be4ea5f74c575cbf573f33d13f11f73");
  expect(take(new OrderFlow(SETTINGS), 10_000)).toEqual(requests);
});

test("another seed and another session send something else", () => {
  const requests = take(new OrderFlow(SETTINGS), 100);
  expect(take(new OrderFlow({ ...SETTINGS, seed: 2 }), 100)).not.toEqual(requests);
  expect(take(new OrderFlow({ ...SETTINGS, session: 1 }), 100)).not.toEqual(requests);
});

test("client order ids count up by one, so that an answer finds its request by subtraction", () => {
  const ids = take(new OrderFlow(SETTINGS), 1000).map(({ clientOrderId }) => clientOrderId);
  expect(ids).toEqual(ids.map((_, index) => 1000 + index));
});

test("the kinds have the shares of the profile while the open orders are below their bound", () => {
  const mix = parseMixProfile("passive=40,aggressive=20,ioc=10,cancel=20,replace=10");
  const requests = take(new OrderFlow({ ...SETTINGS, mix, maxOpenOrders: 1_000_000 }), 100_000);
  const share = (kind: string): number => requests.filter((request) => request.kind === kind).length / requests.length;
  expect(share("passive")).toBeCloseTo(0.4, 2);
  expect(share("aggressive")).toBeCloseTo(0.2, 2);
  expect(share("ioc")).toBeCloseTo(0.1, 2);
  expect(share("cancel")).toBeCloseTo(0.2, 2);
  expect(share("replace")).toBeCloseTo(0.1, 2);
});

test("a cancel or replace names an order of this session that it has not canceled or replaced before", () => {
  const open = new Map([[0, 0]]);
  for (const { kind, clientOrderId, origClientOrderId, instrumentId } of take(new OrderFlow(SETTINGS), 20_000)) {
    // A new order names none: id 0, of which the map knows nothing but that it stays.
    const named = open.get(origClientOrderId);
    expect(named).toBe(origClientOrderId === 0 ? 0 : instrumentId);
    if (kind === "cancel" || kind === "replace") open.delete(origClientOrderId);
    if (kind === "passive" || kind === "replace") open.set(clientOrderId, instrumentId);
  }
});

test("passive orders rest within the levels around a mid that drifts by as many", () => {
  for (const { kind, side, price } of take(new OrderFlow(SETTINGS), 200_000)) {
    if (kind !== "passive") continue;
    expect(price).toBeGreaterThanOrEqual(side === Side.Buy ? 9980 : 9991);
    expect(price).toBeLessThanOrEqual(side === Side.Buy ? 10_009 : 10_020);
  }
});

test("aggressive orders of one instrument alternate: a sell owes what the buy before it took", () => {
  const mix = parseMixProfile("aggressive=1");
  const requests = take(new OrderFlow({ ...SETTINGS, mix, instrumentIds: [7] }), 1000);
  for (let index = 0; index < requests.length; index += 2) {
    expect(requests[index]?.side).toBe(Side.Buy);
    expect(requests[index + 1]?.side).toBe(Side.Sell);
    expect(requests[index + 1]?.orderQty).toBe(requests[index]?.orderQty);
  }
});

test("the asked share of requests wants a receipt", () => {
  expect(receipts(0)).toBe(0);
  expect(receipts(0.1) / 10_000).toBeCloseTo(0.1, 1);
  expect(receipts(1)).toBe(10_000);
});

test("an order whose cancel was turned away is canceled again, and counts as open until then", () => {
  const flow = new OrderFlow({ ...SETTINGS, mix: parseMixProfile("passive=1,cancel=1") });
  flow.turnedAway(4711, 3);
  expect(flow.openOrderCount).toBe(1);
  const cancel = take(flow, 100).find(({ kind }) => kind === "cancel");
  expect(cancel).toMatchObject({ origClientOrderId: 4711, instrumentId: 3 });
});

describe("in a market", () => {
  test.each(Object.entries(MIX_PROFILES))("the %s profile trades between sessions, on both sides", (_, mix) => {
    const { book } = play(mix, 20_000);
    expect(book.tradesWithOthers).toBeGreaterThan(100);
    expect(book.openSides).toEqual(new Set([Side.Buy, Side.Sell]));
  });

  test("few cancels and replaces come too late in a quiet market", () => {
    const { book } = play(MIX_PROFILES.balanced, 20_000);
    expect(book.tooLate / 10_000).toBeLessThan(0.02);
  });

  test.each([
    "balanced",
    "quoting",
    "taking",
    "passive=1",
    "aggressive=1",
    "ioc=1",
    "passive=90,aggressive=5,cancel=5",
  ])("the book stays bounded with %s", (mix) => {
    // 4 sessions with 50 passive orders each, and what is left of an aggressive one per session and instrument.
    expect(play(parseMixProfile(mix), 40_000).mostOpen).toBeLessThanOrEqual(4 * 50 + 4 * 3 * 2);
  });
});
