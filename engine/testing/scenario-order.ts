/**
 * An order of the scenario language: its id, its quantity unless it has an amount, then its terms in any order. Every term
 * may be given to every order, so that a case can say what the market refuses.
 */
import { OrderType, PostOnly, ReplaceMode, TimeInForce } from "../../protocol/codes.ts";
import { CommandFlag, CommandKind } from "../../protocol/record/command-record.ts";
import type { CommandFields } from "./command-fields.ts";
import type { Words } from "./scenario-line.ts";
import {
  ORDER_TYPES,
  PEG_REFERENCES,
  POST_ONLY,
  REPLACE_MODES,
  SELF_TRADE_PREVENTION,
  SIDES,
  TIMES_IN_FORCE,
  TRIGGERS_BY,
} from "./scenario-words.ts";

type Terms = Partial<CommandFields>;
export type Fields = Terms & Pick<CommandFields, "kind">;
type TermTable = Readonly<Record<string, (words: Words) => Terms>>;

const ORDER_TERMS: TermTable = {
  "@": (words) => ({ price: words.number("price") }),
  limit: (words) => ({ price: words.number("price") }),
  on: (words) => ({ instrumentId: words.number("instrument") }),
  market: () => ({ orderType: OrderType.Market }),
  "market-to-limit": () => ({ orderType: OrderType.MarketToLimit }),
  gtc: () => ({ timeInForce: TimeInForce.GoodTillCancel }),
  ioc: () => ({ timeInForce: TimeInForce.ImmediateOrCancel }),
  fok: () => ({ timeInForce: TimeInForce.FillOrKill }),
  day: () => ({ timeInForce: TimeInForce.Day }),
  "at-open": () => ({ timeInForce: TimeInForce.AtTheOpen }),
  "at-close": () => ({ timeInForce: TimeInForce.AtTheClose }),
  side: (words) => ({ side: words.code(SIDES, "side") }),
  type: (words) => ({ orderType: words.code(ORDER_TYPES, "type") }),
  "time-in-force": (words) => ({ timeInForce: words.code(TIMES_IN_FORCE, "time in force") }),
  gtd: (words) => ({ timeInForce: TimeInForce.GoodTillDate, expireTime: words.time("expire time") }),
  expire: (words) => ({ expireTime: words.time("expire time") }),
  stop: (words) => ({ orderType: OrderType.Stop, ...trigger(words) }),
  "stop-limit": (words) => ({ orderType: OrderType.StopLimit, ...trigger(words) }),
  "take-profit": (words) => ({ orderType: OrderType.TakeProfit, ...trigger(words) }),
  "take-profit-limit": (words) => ({ orderType: OrderType.TakeProfitLimit, ...trigger(words) }),
  trail: (words) => ({ orderType: OrderType.TrailingStop, ...offset(words) }),
  trigger,
  by: (words) => ({ triggerBy: words.code(TRIGGERS_BY, "trigger reference") }),
  peg: (words) => ({ orderType: OrderType.Pegged, ...pegReference(words), ...offsetIfAny(words) }),
  offset,
  protect: offset,
  amount: (words) => ({ quoteAmount: words.number("amount") }),
  show: (words) => ({ displayQty: words.number("display quantity") }),
  vary: (words) => ({ displayVariance: words.number("display variance") }),
  hidden: () => ({ flags: CommandFlag.Hidden }),
  aon: () => ({ flags: CommandFlag.AllOrNone }),
  min: (words) => ({ minQty: words.number("minimum quantity") }),
  "post-only": (words) => ({ postOnly: postOnly(words) }),
  stp: (words) => ({ selfTradePrevention: words.code(SELF_TRADE_PREVENTION, "self-trade prevention") }),
  group: (words) => ({ tradeGroup: words.number("trade group") }),
  account: (words) => ({ account: words.number("account") }),
};

const REPLACE_TERMS: TermTable = {
  "@": (words) => ({ price: words.number("price") }),
  on: (words) => ({ instrumentId: words.number("instrument") }),
  trigger,
  show: (words) => ({ displayQty: words.number("display quantity") }),
  mode: (words) => ({ replaceMode: words.code(REPLACE_MODES, "replace mode") }),
  "new-total": () => ({ replaceMode: ReplaceMode.NewTotal }),
  "in-flight": () => ({ replaceMode: ReplaceMode.InFlightMitigated }),
  "new-leaves": () => ({ replaceMode: ReplaceMode.NewLeaves }),
};

/** @param side What buy or sell says. */
export function parseOrder(words: Words, side: number): Fields {
  const clientOrderId = words.number("client order id");
  const orderQty = words.nextIsNumber() ? words.number("quantity") : 0;
  const order = { kind: CommandKind.NewOrder, instrumentId: 1, side, clientOrderId, orderQty };
  return { ...order, ...parseTerms(words, ORDER_TERMS) };
}

export function parseReplace(words: Words): Fields {
  const origClientOrderId = words.number("client order id");
  const clientOrderId = words.has("as") ? words.number("new client order id") : 0;
  const orderQty = words.number("quantity");
  const replace = { kind: CommandKind.ReplaceOrder, instrumentId: 1, origClientOrderId, clientOrderId, orderQty };
  return { ...replace, ...parseTerms(words, REPLACE_TERMS) };
}

/** All terms up to the end of the line. */
function parseTerms(words: Words, table: TermTable): Terms {
  const all: Terms[] = [];
  while (!words.isEmpty) {
    const read = table[words.peek()];
    if (read === undefined) throw words.error("no such term:");
    words.next("term");
    all.push(read(words));
  }
  // Every term brings its own flags.
  const flags = all.reduce((bits, term) => bits | (term.flags ?? 0), 0);
  return Object.assign({}, ...all, { flags }) as Terms;
}

function trigger(words: Words): Terms {
  return { triggerPrice: words.number("trigger price") };
}

/** Ticks, or basis points: "50bps". */
function offset(words: Words): Terms {
  const bps = /^(-?\d+)bps$/u.exec(words.peek());
  if (bps === null) return { offset: words.number("distance") };
  words.next("distance");
  return { offset: Number(bps[1]), flags: CommandFlag.OffsetInBps };
}

/** The offset of a peg has its sign: "+1", "-2". */
function offsetIfAny(words: Words): Terms {
  return words.nextIsNumber() ? offset(words) : {};
}

function pegReference(words: Words): Terms {
  return { pegReference: words.code(PEG_REFERENCES, "peg reference") };
}

function postOnly(words: Words): number {
  if (words.nextIsNumber()) return words.number("post only");
  return words.codeIfAny(POST_ONLY, "post only") || PostOnly.Reject;
}
