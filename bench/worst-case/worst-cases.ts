/**
 * Commands whose work grows with what rests: how each situation is built, the command that strikes, and what must have
 * happened afterwards for the case to count.
 */
import { ExecType, OrderType, PegReference, Phase, Side, TimeInForce } from "../../protocol/codes.ts";
import { CommandKind } from "../../protocol/record/command-record.ts";
import type { BenchCommand } from "../feed/bench-command.ts";
import type { Destination } from "../feed/engine-feed.ts";
import type { PassTally } from "../feed/event-drain.ts";

export const WORST_CASE_NAMES = ["sweep", "mass cancel", "stop cascade", "peg reprice", "auction"] as const;
export type WorstCaseName = (typeof WORST_CASE_NAMES)[number];

export interface WorstCase {
  /** What the strike is and how many orders it concerns. */
  readonly story: string;
  /** Orders in the full size. */
  readonly orderCount: number;
  readonly setUp: (count: number, to: Destination) => Iterable<BenchCommand>;
  readonly strike: (count: number, to: Destination) => BenchCommand;
  /** Sent after the work is done, where only its consequences show that it was. */
  readonly probe?: (count: number, to: Destination) => BenchCommand;
  /** How many of the orders the work was done for, as the events tell. */
  readonly doneCount: (tally: PassTally) => number;
}

const MID = 1_000_000;
const LEVELS = 100;

const GOOD_TILL_CANCEL = { kind: CommandKind.NewOrder, timeInForce: TimeInForce.GoodTillCancel, orderQty: 1 };
const LIMIT = { ...GOOD_TILL_CANCEL, orderType: OrderType.Limit };
const IMMEDIATE = { ...LIMIT, timeInForce: TimeInForce.ImmediateOrCancel };

export const WORST_CASES: Readonly<Record<WorstCaseName, WorstCase>> = {
  sweep: {
    story: "an order trades with every resting order of the other side",
    orderCount: 100_000,
    setUp: (count, to) => offers(count, to),
    strike: (count, to) => ({
      ...IMMEDIATE,
      ...to,
      side: Side.Buy,
      clientOrderId: strikeId(count),
      price: MID + LEVELS,
      orderQty: count,
    }),
    doneCount: (tally) => tally.tradeCount,
  },
  "mass cancel": {
    story: "a session cancels all that it has",
    orderCount: 100_000,
    setUp: (count, to) => offers(count, to),
    strike: (_, { session }) => ({ kind: CommandKind.MassCancel, session, clientOrderId: 2 ** 40 }),
    doneCount: (tally) => reports(tally, ExecType.Canceled) - tally.canceledAtEnd,
  },
  "stop cascade": {
    story: "each stop trades at the price that triggers the next one",
    orderCount: 10_000,
    setUp: cascade,
    strike: (count, to) => ({ ...IMMEDIATE, ...to, side: Side.Sell, clientOrderId: strikeId(count), price: MID }),
    doneCount: (tally) => reports(tally, ExecType.Triggered),
  },
  "peg reprice": {
    story: "the best bid rises, and every order pegged to it with it",
    orderCount: 100_000,
    setUp: pegs,
    strike: (count, to) => ({ ...LIMIT, ...to, side: Side.Buy, clientOrderId: strikeId(count), price: MID + 1 }),
    // The bid that moved the pegs, then every one of them at its new price.
    probe: (count, to) => ({
      ...IMMEDIATE,
      ...to,
      side: Side.Sell,
      clientOrderId: strikeId(count) + 1,
      price: MID + 1,
      orderQty: count + 1,
    }),
    doneCount: (tally) => Math.max(0, tally.tradeCount - 1),
  },
  auction: {
    story: "all orders that were collected trade at one price",
    orderCount: 100_000,
    setUp: collected,
    strike: (_, { instrumentId }) => ({ kind: CommandKind.SetPhase, instrumentId, price: Phase.Continuous }),
    doneCount: (tally) => 2 * tally.auctionTradeCount,
  },
};

function strikeId(count: number): number {
  return 2 * count + 2;
}

function reports(tally: PassTally, execType: ExecType): number {
  return tally.reportCounts[execType] ?? 0;
}

function* offers(count: number, to: Destination): Iterable<BenchCommand> {
  for (let i = 0; i < count; i++) {
    yield { ...LIMIT, ...to, side: Side.Sell, clientOrderId: i + 1, price: MID + (i % LEVELS) };
  }
}

/** Bids at MID, MID − 1, …; a sell stop triggered at each of these prices takes the bid below it. */
function* cascade(count: number, to: Destination): Iterable<BenchCommand> {
  for (let i = 0; i <= count; i++) yield { ...LIMIT, ...to, side: Side.Buy, clientOrderId: i + 1, price: MID - i };
  const stop = { ...GOOD_TILL_CANCEL, ...to, side: Side.Sell, orderType: OrderType.Stop };
  for (let i = 0; i < count; i++) {
    yield { ...stop, clientOrderId: count + 2 + i, terms: { triggerPrice: MID - i } };
  }
}

function* pegs(count: number, to: Destination): Iterable<BenchCommand> {
  yield { ...LIMIT, ...to, side: Side.Buy, clientOrderId: 1, price: MID };
  const peg = { ...GOOD_TILL_CANCEL, ...to, side: Side.Buy, orderType: OrderType.Pegged };
  const terms = { pegReference: PegReference.Primary };
  for (let i = 0; i < count; i++) yield { ...peg, clientOrderId: i + 2, terms };
}

/** Half of them buy and half sell, all of one lot, at prices that let all of them trade. */
function* collected(count: number, to: Destination): Iterable<BenchCommand> {
  yield { kind: CommandKind.SetPhase, instrumentId: to.instrumentId, price: Phase.PreOpen };
  for (let i = 0; i < count; i++) {
    const isBuy = i % 2 === 0;
    const distance = (i >> 1) % LEVELS;
    const price = isBuy ? MID + distance : MID - distance;
    yield { ...LIMIT, ...to, side: isBuy ? Side.Buy : Side.Sell, clientOrderId: i + 1, price };
  }
}
