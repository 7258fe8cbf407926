/**
 * Everything that an instrument can have and a plain flow does not use: limits and bands too wide to meet, a schedule whose
 * next change is far away, orders of other sessions that never trade, a kill switch for somebody else.
 */
import { KillScope, OrderType, Phase, Side, TimeInForce } from "../../protocol/codes.ts";
import { CommandKind, InstrumentTerm } from "../../protocol/record/command-record.ts";
import { type BenchCommand, instrumentTerm } from "../feed/bench-command.ts";

/** Where the middle of every flow begins, ticks. */
const FLOW_MID = 200_000;
/** Further than any flow goes, within the bands. */
const FAR_BELOW = 25_000;
const FAR_ABOVE = 375_000;
const WIDE_BPS = 9000;
const SECONDS_TO_CLOSE = 80_000;
const MAX_NOTIONAL = 2 ** 52;
const SOMEBODY_ELSE = 999;
const NEXT_DAY_US = 86_400e6;

/** @param session Not that of the flow. */
export function unusedFeatures(instrumentId: number, session: number): readonly BenchCommand[] {
  return [...wideTerms(instrumentId), ...farOrders(instrumentId, session), killSwitch()];
}

function wideTerms(instrumentId: number): BenchCommand[] {
  const terms: readonly (readonly [InstrumentTerm, number, number?])[] = [
    [InstrumentTerm.PriceDecimals, 2],
    [InstrumentTerm.TickSize, 1],
    [InstrumentTerm.LotSize, 1],
    [InstrumentTerm.MaxPrice, 2 ** 31 - 1],
    [InstrumentTerm.MaxOrderQty, 1_000_000],
    [InstrumentTerm.PriceStep, 1, 1],
    [InstrumentTerm.QtyStep, 1],
    [InstrumentTerm.MinNotional, 1],
    [InstrumentTerm.MaxNotional, MAX_NOTIONAL],
    [InstrumentTerm.MaxDeviationBps, WIDE_BPS],
    [InstrumentTerm.StaticBandBps, WIDE_BPS],
    [InstrumentTerm.DynamicBandBps, WIDE_BPS],
    [InstrumentTerm.VolatilityPauseMs, 1000],
    [InstrumentTerm.ReferencePrice, FLOW_MID],
    [InstrumentTerm.Schedule, 0, Phase.Continuous],
    [InstrumentTerm.Schedule, SECONDS_TO_CLOSE, Phase.Closed],
  ];
  return [
    ...terms.map(([term, value, second]) => instrumentTerm(instrumentId, term, value, second)),
    { kind: CommandKind.CommitInstrument, instrumentId, name: `WIDE${instrumentId}` },
  ];
}

/** Two stops, an iceberg and an order with a deadline. */
function farOrders(instrumentId: number, session: number): BenchCommand[] {
  const [buy, sell] = [{ side: Side.Buy }, { side: Side.Sell }];
  const order = { kind: CommandKind.NewOrder, session, instrumentId, orderQty: 10 };
  const firstId = instrumentId * 10;
  const stop = { ...order, orderType: OrderType.Stop, timeInForce: TimeInForce.GoodTillCancel };
  const limit = { ...order, orderType: OrderType.Limit };
  return [
    { ...stop, ...buy, clientOrderId: firstId, terms: { triggerPrice: FAR_ABOVE } },
    { ...stop, ...sell, clientOrderId: firstId + 1, terms: { triggerPrice: FAR_BELOW } },
    {
      ...limit,
      ...buy,
      timeInForce: TimeInForce.GoodTillCancel,
      clientOrderId: firstId + 2,
      price: FAR_BELOW,
      terms: { displayQty: 1 },
    },
    {
      ...limit,
      ...sell,
      timeInForce: TimeInForce.GoodTillDate,
      clientOrderId: firstId + 3,
      price: FAR_ABOVE,
      terms: { expireTime: NEXT_DAY_US },
    },
  ];
}

function killSwitch(): BenchCommand {
  return { kind: CommandKind.KillSwitch, price: KillScope.Account, terms: { account: SOMEBODY_ELSE } };
}
