/** Every word of the scenario language that stands for a code, a term or a size. How they go together: scenarios/README.md. */
import {
  Allocation,
  Contingency,
  KillScope,
  OrderType,
  PegReference,
  Phase,
  PostOnly,
  ReplaceMode,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggerBy,
} from "../../protocol/codes.ts";
import { InstrumentTerm } from "../../protocol/record/command-record.ts";
import type { EngineConfig } from "../engine-config.ts";

export type WordTable = Readonly<Record<string, number>>;

export const SIDES: WordTable = { buy: Side.Buy, sell: Side.Sell };

export const ORDER_TYPES: WordTable = {
  limit: OrderType.Limit,
  market: OrderType.Market,
  stop: OrderType.Stop,
  "stop-limit": OrderType.StopLimit,
  "take-profit": OrderType.TakeProfit,
  "take-profit-limit": OrderType.TakeProfitLimit,
  "trailing-stop": OrderType.TrailingStop,
  pegged: OrderType.Pegged,
  "market-to-limit": OrderType.MarketToLimit,
};

export const TIMES_IN_FORCE: WordTable = {
  gtc: TimeInForce.GoodTillCancel,
  ioc: TimeInForce.ImmediateOrCancel,
  fok: TimeInForce.FillOrKill,
  day: TimeInForce.Day,
  gtd: TimeInForce.GoodTillDate,
  "at-open": TimeInForce.AtTheOpen,
  "at-close": TimeInForce.AtTheClose,
};

export const TRIGGERS_BY: WordTable = { last: TriggerBy.LastTrade, best: TriggerBy.BestPrice };

export const PEG_REFERENCES: WordTable = {
  primary: PegReference.Primary,
  opposite: PegReference.Opposite,
  mid: PegReference.Mid,
};

export const POST_ONLY: WordTable = { reject: PostOnly.Reject, slide: PostOnly.Slide };

export const SELF_TRADE_PREVENTION: WordTable = {
  newest: SelfTradePrevention.CancelNewest,
  oldest: SelfTradePrevention.CancelOldest,
  both: SelfTradePrevention.CancelBoth,
  decrement: SelfTradePrevention.Decrement,
};

export const CONTINGENCIES: WordTable = {
  oco: Contingency.OneCancelsOther,
  oto: Contingency.OneTriggersOther,
  bracket: Contingency.Bracket,
};

export const REPLACE_MODES: WordTable = {
  "new-total": ReplaceMode.NewTotal,
  "in-flight": ReplaceMode.InFlightMitigated,
  "new-leaves": ReplaceMode.NewLeaves,
};

export const KILL_SCOPES: WordTable = {
  account: KillScope.Account,
  instrument: KillScope.Instrument,
  venue: KillScope.Venue,
};

export const PHASES: WordTable = {
  continuous: Phase.Continuous,
  "pre-open": Phase.PreOpen,
  "opening-auction": Phase.OpeningAuction,
  "volatility-pause": Phase.VolatilityPause,
  halt: Phase.Halt,
  "resume-auction": Phase.ResumeAuction,
  "closing-auction": Phase.ClosingAuction,
  closed: Phase.Closed,
  delisted: Phase.Delisted,
};

export const ALLOCATIONS: WordTable = { "price-time": Allocation.PriceTime, "pro-rata": Allocation.ProRata };

/** Terms of an instrument with one number or word each. */
export const INSTRUMENT_TERMS: WordTable = {
  "price-decimals": InstrumentTerm.PriceDecimals,
  "tick-size": InstrumentTerm.TickSize,
  "qty-decimals": InstrumentTerm.QtyDecimals,
  "lot-size": InstrumentTerm.LotSize,
  "max-price": InstrumentTerm.MaxPrice,
  "max-order-qty": InstrumentTerm.MaxOrderQty,
  phase: InstrumentTerm.Phase,
  "qty-step": InstrumentTerm.QtyStep,
  "min-notional": InstrumentTerm.MinNotional,
  "max-notional": InstrumentTerm.MaxNotional,
  "max-deviation-bps": InstrumentTerm.MaxDeviationBps,
  "static-band-bps": InstrumentTerm.StaticBandBps,
  "dynamic-band-bps": InstrumentTerm.DynamicBandBps,
  "volatility-pause-ms": InstrumentTerm.VolatilityPauseMs,
  "reference-price": InstrumentTerm.ReferencePrice,
  allocation: InstrumentTerm.Allocation,
  "pro-rata-min-qty": InstrumentTerm.ProRataMinQty,
  "top-order-max-qty": InstrumentTerm.TopOrderMaxQty,
};

/** Terms that are lists of rows: first:second, separated by commas. */
export const INSTRUMENT_TABLES: WordTable = {
  "price-steps": InstrumentTerm.PriceStep,
  schedule: InstrumentTerm.Schedule,
};

type EngineSize = Exclude<keyof EngineConfig, "instruments"> | "maxInstruments";

export const ENGINE_SIZES: Readonly<Record<string, EngineSize>> = {
  index: "engineIndex",
  gateways: "gatewayCount",
  orders: "maxOpenOrders",
  "ended-orders": "maxEndedOrders",
  levels: "maxPriceLevels",
  sessions: "maxSessions",
  instruments: "maxInstruments",
};

/** How what comes begins. */
export const EVENT_WORDS: readonly string[] = [
  "new rejected trade filled uncross replaced canceled expired triggered restated prevented status",
  "cancel replace mass-cancel operator mass done busted corrected public phase indication",
  "opened closed refused level end",
].flatMap((words) => words.split(" "));

/** The word of a code, or the number itself where there is none. */
export function wordOf(table: WordTable, code: number): string {
  return Object.keys(table).find((word) => table[word] === code) ?? String(code);
}
