/**
 * Events as a scenario tells them. Of a trade and of a prevented one both reports are told as one. Behind an event a case may
 * ask for more of its fields ("new 1 trigger 99 leaves 5"); of a pair they are told for both sides ("leaves 3:0").
 */
import { assert } from "../../protocol/assert.ts";
import { CancelReason, ExecType, LogoutReason, OrderStatus, RejectReason, RequestType } from "../../protocol/codes.ts";
import { EventFlag, EventKind } from "../../protocol/record/event-record.ts";
import type { EventFields } from "./event-fields.ts";
import { PHASES, SIDES, type WordTable, wordOf } from "./scenario-words.ts";

/** What may be asked for behind an event. */
const DETAILS: Readonly<Record<string, (event: EventFields) => number | string>> = {
  at: (event) => event.price,
  qty: (event) => event.orderQty,
  cum: (event) => event.cumQty,
  leaves: (event) => event.leavesQty,
  trigger: (event) => event.lastPx,
  from: (event) => event.lastPx,
  until: (event) => event.orderId,
  session: (event) => event.session,
  sequence: (event) => event.sessionSequence,
  shown: (event) =>
    (event.flags & EventFlag.LevelChanged) === 0 ? "unchanged" : `${event.levelQty}x${event.levelOrderCount}`,
  "shown-before": (event) =>
    (event.flags & EventFlag.PrevLevelChanged) === 0
      ? "unchanged"
      : `${event.prevLevelQty}x${event.prevLevelOrderCount}`,
};

/** An event that is told, or the pair of reports that are told together. */
interface Told {
  readonly text: string;
  readonly events: readonly EventFields[];
}

/** @param expected The same events as the case has them: tells which details are asked for. */
export function describeEvents(events: readonly EventFields[], expected: readonly string[]): string[] {
  return tell(events).map((told, index) => {
    const asked = (expected[index] ?? "").split(" ").slice(1);
    const details = asked.filter((word) => word in DETAILS);
    return [told.text, ...details.map((word) => `${word} ${detailOf(told, word)}`)].join(" ");
  });
}

function detailOf(told: Told, word: string): string {
  return told.events.map((event) => DETAILS[word]?.(event)).join(":");
}

function tell(events: readonly EventFields[]): Told[] {
  const all: Told[] = [];
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as EventFields;
    const other = events[i + 1];
    if (isPaired(event) && other !== undefined && isSameMatch(event, other)) {
      i += 1;
      all.push({ text: describePair(event, other), events: [event, other] }, ...tellFilled(other));
    } else all.push({ text: describeEvent(event), events: [event] }, ...tellFilled(event));
  }
  return all;
}

/** That the aggressor is done. */
function tellFilled(event: EventFields): Told[] {
  const isTrade = event.kind === EventKind.ExecutionReport && event.execType === ExecType.Trade;
  const isAggressor = (event.flags & (EventFlag.Auction | EventFlag.PublicTrade)) === 0;
  const isDone = isTrade && isAggressor && event.status === OrderStatus.Filled;
  return isDone ? [{ text: `filled ${event.clientOrderId}`, events: [event] }] : [];
}

function isPaired(event: EventFields): boolean {
  if (event.kind !== EventKind.ExecutionReport) return false;
  return event.execType === ExecType.Trade || event.execType === ExecType.TradePrevented;
}

/** The other report is missing when nobody is there to be told: its session is gone and its instrument not followed. */
function isSameMatch(first: EventFields, second: EventFields): boolean {
  if (first.execType !== second.execType) return false;
  return first.execType === ExecType.TradePrevented || first.origClientOrderId === second.origClientOrderId;
}

/** Both reports of a match, which have to agree. */
function describePair(first: EventFields, second: EventFields): string {
  assert(first.lastPx === second.lastPx, "both sides of a trade have its price");
  assert(first.lastQty === second.lastQty, "both sides of a trade have its quantity");
  assert(first.side !== second.side, "a trade has two sides");
  const what = `${first.clientOrderId}x${second.clientOrderId} ${first.lastQty} @ ${first.lastPx}`;
  if (first.execType === ExecType.TradePrevented) {
    assert(first.origClientOrderId === second.orderId, "a prevented trade names the other order");
    assert(second.origClientOrderId === first.orderId, "a prevented trade names the other order");
    return `prevented ${what}`;
  }
  return (first.flags & EventFlag.Auction) === 0 ? `trade ${what}` : `uncross ${what}`;
}

function describeEvent(event: EventFields): string {
  switch (event.kind) {
    case EventKind.ExecutionReport:
      return describeReport(event);
    case EventKind.BusinessReject:
      return `${requestWord(event.execType)} refused ${wordOf(RejectReason, event.reason)}`;
    case EventKind.MassCancelReport:
      return `mass canceled ${event.orderQty}`;
    case EventKind.SessionOpened:
      return `opened ${event.session}`;
    case EventKind.SessionRefused:
      return `refused ${wordOf(LogoutReason, event.reason)}`;
    case EventKind.SessionClosed:
      return `closed ${event.session}`;
    case EventKind.LevelUpdate:
    case EventKind.SnapshotLevel:
      return `level ${wordOf(SIDES, event.side)} ${event.levelQty} @ ${event.price}`;
    case EventKind.SnapshotEnd:
      return event.reason === 0 ? "end" : `end ${wordOf(RejectReason, event.reason)}`;
    case EventKind.Indication:
      return describeIndication(event);
    case EventKind.PhaseChanged:
      return `phase ${wordOf(PHASES, event.price)}`;
    case EventKind.TradeAmended:
      return `public ${amendment(event)}`;
    case EventKind.OperatorReport:
      return describeOperatorReport(event);
    default:
      return `event of kind ${event.kind}`;
  }
}

function describeReport(event: EventFields): string {
  const { clientOrderId: id, origClientOrderId: orig } = event;
  const named = orig === 0 ? String(id) : `${orig} as ${id}`;
  switch (event.execType) {
    case ExecType.New:
      return `new ${id}`;
    case ExecType.Rejected:
      return `rejected ${id} ${wordOf(RejectReason, event.reason)}`;
    case ExecType.Replaced:
      return `replaced ${named}`;
    case ExecType.Canceled:
      return `canceled ${named}${cancelReason(event)}`;
    case ExecType.Expired:
      return `expired ${id}${cancelReason(event)}`;
    case ExecType.OrderStatus:
      return `status ${named} ${wordOf(OrderStatus, event.status)}`;
    case ExecType.Triggered:
      return `triggered ${id}`;
    case ExecType.Trade:
      return describeLoneTrade(event);
    case ExecType.Restated:
      return `restated ${id}`;
    case ExecType.TradeBusted:
    case ExecType.TradeCorrected:
      return `${amendment(event)} of ${id}`;
    default:
      return `${wordOf(ExecType, event.execType).toLowerCase()} ${id}`;
  }
}

/** Of a trade that only one side is told of. */
function describeLoneTrade(event: EventFields): string {
  const { clientOrderId: id, lastQty, lastPx } = event;
  const isResting = (event.flags & EventFlag.PublicTrade) !== 0;
  return `trade ${isResting ? `${id}x-` : `-x${id}`} ${lastQty} @ ${lastPx}`;
}

/** That a request asked for it needs no word. */
function cancelReason(event: EventFields): string {
  return event.reason === CancelReason.Requested ? "" : ` ${wordOf(CancelReason, event.reason)}`;
}

function amendment({ execType, origClientOrderId: tradeId, lastPx, lastQty }: EventFields): string {
  if (execType === ExecType.TradeBusted) return `busted ${tradeId}`;
  return `corrected ${tradeId} ${lastQty} @ ${lastPx}`;
}

/** indication 100 x 50 imbalance 10 buy */
function describeIndication(event: EventFields): string {
  if (event.price === 0) return "indication none";
  const imbalance = event.prevLevelQty === 0 ? "" : ` imbalance ${event.prevLevelQty} ${wordOf(SIDES, event.side)}`;
  return `indication ${event.price} x ${event.levelQty}${imbalance}`;
}

function describeOperatorReport(event: EventFields): string {
  if (event.reason !== 0) return `operator refused ${wordOf(RejectReason, event.reason)}`;
  return event.orderQty === 0 ? "done" : `done ${event.orderQty}`;
}

const REQUEST_WORDS: WordTable = {
  new: RequestType.NewOrder,
  cancel: RequestType.CancelOrder,
  replace: RequestType.ReplaceOrder,
  "mass-cancel": RequestType.MassCancel,
  list: RequestType.NewOrderList,
  operator: RequestType.OperatorRequest,
};

function requestWord(requestType: number): string {
  return wordOf(REQUEST_WORDS, requestType);
}
