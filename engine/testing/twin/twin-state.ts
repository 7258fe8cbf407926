/** Everything that the naive twin remembers from one command to the next, as plain objects in arrays. */
import { IDS_PER_ENGINE } from "../../../protocol/limits.ts";
import type { CommandFields } from "../command-fields.ts";
import type { EngineConfig } from "../../engine-config.ts";
import {
  type InstrumentTerms,
  PLAIN_TERMS,
  type TermRow,
  type TwinInstrument,
  newInstrument,
} from "./twin-instrument.ts";
import type { TwinList, TwinOrder, TwinSession } from "./twin-order.ts";

/** How many trades can still be busted or corrected. */
const TRADES_KEPT = 65_536;

export interface TwinTrade {
  readonly tradeId: number;
  readonly instrumentId: number;
  /** The buyer's, then the seller's. */
  readonly orderIds: readonly number[];
  price: number;
  qty: number;
  isBusted: boolean;
}

export class TwinState {
  readonly config: EngineConfig;
  readonly sessions: TwinSession[] = [];
  /** In the order in which they were added. */
  readonly instruments: TwinInstrument[];
  /** In the order of their entry. */
  open: TwinOrder[] = [];
  /** In the order in which they ended, and the states that replaced ids stand for. */
  ended: TwinOrder[] = [];
  readonly trades = new Map<number, TwinTrade>();
  readonly killedAccounts = new Set<number>();
  isVenueKilled = false;
  /** Orders of a list that is not complete yet, by gateway. */
  readonly stagedOrders = new Map<number, CommandFields[]>();
  /** Rows of a definition that is not committed yet, by instrument id. */
  readonly stagedRows = new Map<number, TermRow[]>();
  lastOrderId: number;
  lastTradeId: number;
  lastPriority = 0;
  disconnections = 0;
  sequence = 0;
  time = 0;
  /** Of the generator that varies what icebergs show. */
  random: number;
  /** What happens is only tried: nobody is told, no trade is remembered, no band is looked at. */
  isTrial = false;

  constructor(config: EngineConfig) {
    this.config = config;
    this.instruments = config.instruments.map((instrument) =>
      newInstrument(instrument.instrumentId, termsIn({ ...instrument, ...instrument.terms })),
    );
    this.lastOrderId = config.engineIndex * IDS_PER_ENGINE;
    this.lastTradeId = config.engineIndex * IDS_PER_ENGINE;
    this.random = 0x2545_f491 + config.engineIndex;
  }

  find(instrumentId: number): TwinInstrument | undefined {
    return this.instruments.find((known) => known.instrumentId === instrumentId);
  }

  /** An order that the session knows by this id, open or ended. */
  known(session: TwinSession, clientOrderId: number): TwinOrder | undefined {
    const isMeant = (order: TwinOrder): boolean => order.clientOrderId === clientOrderId && order.session === session;
    return this.open.find(isMeant) ?? this.ended.find(isMeant);
  }

  nextPriority(): number {
    this.lastPriority += 1;
    return this.lastPriority;
  }

  /** xorshift32, a number of 0 … 2^32−1. */
  nextRandom(): number {
    let x = this.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.random = x;
    return x >>> 0;
  }

  remember(order: TwinOrder): void {
    this.ended.push(order);
    if (this.ended.length > this.config.maxEndedOrders) this.ended.shift();
  }

  rememberTrade(trade: TwinTrade): void {
    if (this.isTrial) return;
    this.trades.set(trade.tradeId, trade);
    this.trades.delete(trade.tradeId - TRADES_KEPT);
  }

  /** The result of something that is then undone: nothing has changed afterwards. */
  tried<T>(instrument: TwinInstrument, attempt: () => T): T {
    const undo = [
      copied(this, ["open", "ended"]),
      copied(instrument, ["orders", "tradedPrices", "topOrders", "starting"]),
      ...instrument.orders.map((order) => copied(order, [])),
      ...listsOf(instrument.orders).map((list) => copied(list, [])),
    ];
    this.isTrial = true;
    const result = attempt();
    for (const restore of undo) restore();
    return result;
  }
}

/**
 * Gives `owner` copies of the arrays that are named, to change instead of the arrays themselves.
 *
 * @returns what puts all its fields back as they are.
 */
function copied<T extends object>(owner: T, arrays: readonly (keyof T)[]): () => void {
  const fields = { ...owner };
  for (const name of arrays) owner[name] = [...(owner[name] as unknown[])] as T[keyof T];
  return () => Object.assign(owner, fields);
}

function listsOf(orders: readonly TwinOrder[]): TwinList[] {
  return [...new Set(orders.flatMap((order) => (order.list === undefined ? [] : [order.list])))];
}

function termsIn(instrument: Partial<InstrumentTerms>): InstrumentTerms {
  const names = Object.keys(PLAIN_TERMS) as (keyof InstrumentTerms)[];
  const given = names.filter((name) => instrument[name] !== undefined && instrument[name] !== 0);
  return { ...PLAIN_TERMS, ...Object.fromEntries(given.map((name) => [name, instrument[name]])) };
}
