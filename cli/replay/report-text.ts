/** A report on an order as a sentence: what happened, and why. */
import { CancelReason, ExecType, REJECT_TEXTS } from "../../protocol/codes.ts";
import { EventFlag } from "../../protocol/record/event-record.ts";
import { codeWords } from "../journal/code-text.ts";

export interface OrderReport {
  readonly execType: number;
  readonly status: number;
  readonly reason: number;
  /** EventFlag bits. */
  readonly flags: number;
  /** Handle; NO_SESSION: the report is for those who follow the book. */
  readonly session: number;
  /** Among the reports of its session. */
  readonly number: number;
  readonly orderId: number;
  readonly clientOrderId: number;
  /** Of a trade; in what prevents one the id of the other order. */
  readonly tradeId: number;
  readonly price: number;
  readonly orderQty: number;
  readonly cumQty: number;
  readonly leavesQty: number;
  /** Of a trade; what was before a replace; where a stop waits. */
  readonly lastPx: number;
  readonly lastQty: number;
}

/** Why an order ended before it was filled. */
const CANCEL_TEXTS: Readonly<Record<number, string>> = {
  [CancelReason.Requested]: "as its session asked for",
  [CancelReason.MassCancel]: "by a mass cancel of its session",
  [CancelReason.Disconnect]: "as its session was disconnected",
  [CancelReason.Residue]: "as what is left of such an order does not rest",
  [CancelReason.NotFillable]: "as it could not be filled as asked",
  [CancelReason.SelfTrade]: "as it would have traded with its own owner",
  [CancelReason.KillSwitch]: "by the kill switch",
  [CancelReason.LinkedOrder]: "as another order of its list has traded or ended",
  [CancelReason.Deadline]: "as its time is over",
  [CancelReason.EndOfDay]: "as the day is over",
  [CancelReason.Delisted]: "as the instrument is delisted",
  [CancelReason.Operator]: "by the operator",
  [CancelReason.PriceBand]: "as it would have traded outside of the price band",
  [CancelReason.ReplacedBelowExecuted]: "as a replace asked for less than it has traded",
  [CancelReason.NoReference]: "as it has no price to follow",
};

/** @param other The report of the other side of a trade, where there is one. @param owner Name of its session. */
export function reportText(report: OrderReport, other: OrderReport | undefined, owner: string): string {
  const { execType, reason, orderQty, leavesQty, lastPx, lastQty, tradeId, clientOrderId } = report;
  switch (execType) {
    case ExecType.New:
      return `accepted as order ${report.orderId}${lastPx === 0 ? "" : `, to be triggered at ${lastPx}`}: ${lots(orderQty)}`;
    case ExecType.Rejected:
      return `rejected: ${REJECT_TEXTS[reason] ?? reason}`;
    case ExecType.Trade:
      return tradeText(report, other, owner);
    case ExecType.Replaced:
      return `replaced: ${lots(orderQty)}${at(report.price)}${was(lastPx, report.price)}, ${leavesQty} open; now called ${clientOrderId}`;
    case ExecType.Canceled:
    case ExecType.Expired:
      return `${codeWords(ExecType, execType)} ${CANCEL_TEXTS[reason] ?? ""}: ${progress(report)}`;
    case ExecType.OrderStatus:
      return `asked for again and not entered twice: ${progress(report)}, ${leavesQty} open`;
    case ExecType.Triggered:
      return `triggered at ${lastPx}`;
    case ExecType.TradePrevented:
      return `did not trade ${lastQty} @ ${lastPx} with order ${tradeId}: they have one owner`;
    case ExecType.TradeBusted:
      return `trade ${tradeId} of ${lastQty} @ ${lastPx} was taken back by the operator: ${progress(report)}`;
    case ExecType.TradeCorrected:
      return `trade ${tradeId} was corrected to ${lastQty} @ ${lastPx} by the operator: ${progress(report)}`;
    default:
      return `${codeWords(ExecType, execType)}: ${lots(orderQty)}${at(report.price)}, ${leavesQty} open`;
  }
}

/** Of a request about the order. */
export function rejectionText(reason: number): string {
  return `the request was rejected: ${REJECT_TEXTS[reason & 0xff] ?? reason}`;
}

function tradeText(report: OrderReport, other: OrderReport | undefined, owner: string): string {
  const { lastPx, lastQty, tradeId, flags, leavesQty } = report;
  const ofSession = owner === "" ? "" : ` of session ${owner}`;
  const partner =
    other === undefined ? "an order whose session was not connected" : `order ${other.orderId}${ofSession}`;
  const how = (flags & EventFlag.Auction) === 0 ? "" : " in the auction";
  const rest = leavesQty === 0 ? "filled" : `${progress(report)}, ${leavesQty} open`;
  return `traded ${lastQty} @ ${lastPx} with ${partner}${how}, trade ${tradeId}: ${rest}`;
}

function progress({ cumQty, orderQty }: OrderReport): string {
  return `${cumQty} of ${orderQty} traded`;
}

function lots(qty: number): string {
  return `${qty} ${qty === 1 ? "lot" : "lots"}`;
}

function at(price: number): string {
  return price === 0 ? "" : ` @ ${price}`;
}

function was(before: number, now: number): string {
  return before === now ? "" : ` (before: ${before})`;
}
