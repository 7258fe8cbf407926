/**
 * Event records as lines of JSON: what the sessions of a venue would be sent, in the order in which the engine made it.
 *
 * One event is at most one private frame and then what it tells the public: its trade, then the levels that it changed.
 * Unlike a gateway this conflates nothing: a BookDelta per event.
 */
import { ExecType, LogoutReason, REJECT_TEXTS, RejectReason, Side } from "../../protocol/codes.ts";
import { formatServerFrame } from "../../protocol/json/json-codec.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_CONTRA_ORDER_ID,
  EVT_CUM_QTY,
  EVT_DETAIL,
  EVT_GATEWAY_IN_NS,
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEAVES_QTY,
  EVT_LEVEL_ORDER_COUNT,
  EVT_LEVEL_QTY,
  EVT_MATCHING_NS,
  EVT_ORDER_ID,
  EVT_ORDER_QTY,
  EVT_ORIG_CLIENT_ORDER_ID,
  EVT_PREV_LEVEL_ORDER_COUNT,
  EVT_PREV_LEVEL_QTY,
  EVT_PREV_PRICE,
  EVT_PRICE,
  EVT_RING_WAIT_NS,
  EVT_SEQUENCE,
  EVT_SESSION,
  EVT_SESSION_SEQUENCE,
  EVT_TIME,
  EVT_TRADE_ID,
  EVT_TRIGGER_PRICE,
  EVT_UNTIL,
  EventFlag,
  EventKind,
  NO_SESSION,
} from "../../protocol/record/event-record.ts";
import {
  FrameText,
  LIST_CLOSES,
  LIST_OPENS,
  MESSAGES,
  OBJECT_CLOSES,
  OBJECT_OPENS,
  ascii,
  fieldsOf,
} from "./frame-text.ts";

const REPORT = fieldsOf("executionReport", [
  "sessionSequence",
  "execType",
  "orderStatus",
  "orderId",
  "clientOrderId",
  "origClientOrderId",
  "instrumentId",
  "side",
  "price",
  "orderQty",
  "cumQty",
  "leavesQty",
  "lastPx",
  "lastQty",
  "tradeId",
  "rejectReason",
  "sequenceNumber",
  "transactTime",
  "orderType",
  "timeInForce",
  "text",
  "receipt",
  "cancelReason",
  "triggerPrice",
  "contraOrderId",
]);
const RECEIPT = fieldsOf("executionReport.receipt", ["gatewayInNs", "ringWaitNs", "matchingNs"]);
const REJECT = fieldsOf("businessReject", [
  "sessionSequence",
  "requestType",
  "rejectReason",
  "clientOrderId",
  "origClientOrderId",
  "instrumentId",
  "text",
  "sequenceNumber",
  "transactTime",
]);
const MASS_CANCEL = fieldsOf("massCancelReport", ["clientOrderId", "canceledCount", "instrumentId", "side"]);
const OPERATOR = fieldsOf("operatorReport", [
  "requestId",
  "rejectReason",
  "count",
  "text",
  "sequenceNumber",
  "transactTime",
]);
const TRADE = fieldsOf("trade", ["instrumentId", "tradeId", "price", "qty", "aggressorSide", "transactTime"]);
const DELTA = fieldsOf("bookDelta", ["instrumentId", "sequenceNumber", "changes"]);
const CHANGE = fieldsOf("bookDelta.changes", ["side", "price", "qty", "orderCount"]);
const INDICATION = fieldsOf("auctionIndication", ["instrumentId", "price", "qty", "imbalance", "imbalanceSide"]);
const STATUS = fieldsOf("instrumentStatus", ["instrumentId", "phase", "until"]);
const AMENDMENT = fieldsOf("tradeAmendment", ["instrumentId", "tradeId", "busted", "price", "qty", "transactTime"]);

const ACCEPTED = fieldsOf("logonAccepted", ["session"]);
const LOGOUT = fieldsOf("logout", ["reason"]);

const TRUE = ascii("true");
const NO_TEXT = ascii(`""`);
const NO_PREFIX = ascii("{");
/** Index = RejectReason. */
const QUOTED_REJECT_TEXTS = REJECT_TEXTS.map((text) => ascii(JSON.stringify(text)));

const LEVEL_FLAGS = EventFlag.LevelChanged | EventFlag.PrevLevelChanged;

export interface FrameChoice {
  /** Also what followers of the market are told. */
  readonly marketData: boolean;
  /** Put the session's name into every frame that is for one session. */
  readonly withSession: boolean;
}

export class EventFrames {
  readonly text: FrameText;
  readonly #choice: FrameChoice;
  /** Index = session handle. */
  readonly #prefixes: Uint8Array[];
  /** Of the last BookDelta, by instrument id. */
  readonly #deltaSequences: Map<number, number>;
  /** The 64-bit value that is being written and comes from no record. */
  readonly #wide: Float64Array;

  constructor(choice: FrameChoice) {
    this.text = new FrameText();
    this.#choice = choice;
    this.#prefixes = [];
    this.#deltaSequences = new Map();
    this.#wide = new Float64Array(1);
  }

  /** From now on the handle stands for this name. @param isAsked Somebody logged on and is answered. */
  sessionOpened(handle: number, name: string, isAsked: boolean): void {
    const prefix = this.#choice.withSession ? ascii(`{"session":"${name}",`) : NO_PREFIX;
    this.#prefixes[handle] = prefix;
    if (!isAsked) return;
    this.text.begin(prefix, MESSAGES.logonAccepted);
    this.text.text(ACCEPTED.session, ascii(JSON.stringify(name)));
    this.text.end();
  }

  sessionClosed(handle: number): void {
    this.text.begin(this.#prefixes[handle] ?? NO_PREFIX, MESSAGES.logout);
    this.text.code(LOGOUT.reason, LogoutReason.Requested);
    this.text.end();
  }

  definitionRefused(requestId: number, why: string): void {
    const rejectReason = RejectReason.InvalidInstrument;
    const text = `${REJECT_TEXTS[rejectReason] ?? ""}: ${why}`;
    this.text.line(formatServerFrame({ operatorReport: { requestId, rejectReason, text } }));
  }

  /** Writes what the event at `base` says; nothing where nobody asked for it. */
  write(i32: Int32Array, f64: Float64Array, base: number): void {
    switch ((i32[base + EVT_HEAD] as number) & 255) {
      case EventKind.ExecutionReport:
        if (i32[base + EVT_SESSION] !== NO_SESSION) this.#executionReport(i32, f64, base);
        if (this.#choice.marketData) this.#publicSide(i32, f64, base);
        return;
      case EventKind.BusinessReject:
        return this.#businessReject(i32, f64, base);
      case EventKind.MassCancelReport:
        return this.#massCancelReport(i32, f64, base);
      case EventKind.OperatorReport:
        return this.#operatorReport(i32, f64, base);
      default:
        if (this.#choice.marketData) this.#publicEvent(i32, f64, base);
    }
  }

  #publicEvent(i32: Int32Array, f64: Float64Array, base: number): void {
    switch ((i32[base + EVT_HEAD] as number) & 255) {
      case EventKind.LevelUpdate:
        return this.#bookDelta(i32, f64, base, (i32[base + EVT_DETAIL] as number) >>> 24);
      case EventKind.Indication:
        return this.#auctionIndication(i32, f64, base);
      case EventKind.PhaseChanged:
        return this.#instrumentStatus(i32, f64, base);
      case EventKind.TradeAmended:
        return this.#tradeAmendment(i32, f64, base);
      default:
      // Sessions: whoever opened one has its answer already. Snapshots: only the ladder at the end asks for them.
    }
  }

  #publicSide(i32: Int32Array, f64: Float64Array, base: number): void {
    const flags = (i32[base + EVT_DETAIL] as number) >>> 24;
    if ((flags & EventFlag.PublicTrade) !== 0) this.#trade(i32, f64, base, flags);
    if ((flags & LEVEL_FLAGS) !== 0) this.#bookDelta(i32, f64, base, flags);
  }

  #prefixOf(i32: Int32Array, base: number): Uint8Array {
    return this.#prefixes[i32[base + EVT_SESSION] as number] ?? NO_PREFIX;
  }

  #executionReport(i32: Int32Array, f64: Float64Array, base: number): void {
    const { text } = this;
    const half = base >> 1;
    const head = i32[base + EVT_HEAD] as number;
    const detail = i32[base + EVT_DETAIL] as number;
    const execType = ((head >>> 8) & 255) as ExecType;
    const reason = (detail >>> 16) & 255;
    const hasEnded = execType === ExecType.Canceled || execType === ExecType.Expired;
    text.begin(this.#prefixOf(i32, base), MESSAGES.executionReport);
    text.number(REPORT.sessionSequence, (i32[base + EVT_SESSION_SEQUENCE] as number) >>> 0);
    text.code(REPORT.execType, execType);
    text.code(REPORT.orderStatus, (head >>> 16) & 255);
    text.wide(REPORT.orderId, f64, half + EVT_ORDER_ID);
    text.wide(REPORT.clientOrderId, f64, half + EVT_CLIENT_ORDER_ID);
    if (!namesTrade(execType) && execType !== ExecType.TradePrevented) {
      text.wide(REPORT.origClientOrderId, f64, half + EVT_ORIG_CLIENT_ORDER_ID);
    }
    text.number(REPORT.instrumentId, (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0);
    text.code(REPORT.side, head >>> 24);
    text.number(REPORT.price, i32[base + EVT_PRICE] as number);
    text.number(REPORT.orderQty, (i32[base + EVT_ORDER_QTY] as number) >>> 0);
    text.number(REPORT.cumQty, (i32[base + EVT_CUM_QTY] as number) >>> 0);
    text.number(REPORT.leavesQty, (i32[base + EVT_LEAVES_QTY] as number) >>> 0);
    if (namesTrade(execType) || execType === ExecType.TradePrevented) {
      text.number(REPORT.lastPx, i32[base + EVT_LAST_PX] as number);
      text.number(REPORT.lastQty, (i32[base + EVT_LAST_QTY] as number) >>> 0);
    }
    if (namesTrade(execType)) text.wide(REPORT.tradeId, f64, half + EVT_TRADE_ID);
    if (!hasEnded) text.code(REPORT.rejectReason, reason);
    text.wide(REPORT.sequenceNumber, f64, half + EVT_SEQUENCE);
    text.wide(REPORT.transactTime, f64, half + EVT_TIME);
    text.code(REPORT.orderType, detail & 255);
    text.code(REPORT.timeInForce, (detail >>> 8) & 255);
    if (!hasEnded && reason !== 0) text.text(REPORT.text, QUOTED_REJECT_TEXTS[reason] ?? NO_TEXT);
    if (((detail >>> 24) & EventFlag.Receipt) !== 0) this.#receipt(i32, base);
    if (hasEnded) text.code(REPORT.cancelReason, reason);
    if (hasTrigger(execType)) text.number(REPORT.triggerPrice, i32[base + EVT_TRIGGER_PRICE] as number);
    if (execType === ExecType.TradePrevented) text.wide(REPORT.contraOrderId, f64, half + EVT_CONTRA_ORDER_ID);
    text.end();
  }

  /** Offline no stage takes any time, unless the record says so. */
  #receipt(i32: Int32Array, base: number): void {
    const { text } = this;
    text.open(REPORT.receipt, OBJECT_OPENS);
    text.number(RECEIPT.gatewayInNs, (i32[base + EVT_GATEWAY_IN_NS] as number) >>> 0);
    text.number(RECEIPT.ringWaitNs, (i32[base + EVT_RING_WAIT_NS] as number) >>> 0);
    text.number(RECEIPT.matchingNs, (i32[base + EVT_MATCHING_NS] as number) >>> 0);
    text.close(OBJECT_CLOSES);
  }

  #businessReject(i32: Int32Array, f64: Float64Array, base: number): void {
    const { text } = this;
    const half = base >> 1;
    const reason = ((i32[base + EVT_DETAIL] as number) >>> 16) & 255;
    text.begin(this.#prefixOf(i32, base), MESSAGES.businessReject);
    text.number(REJECT.sessionSequence, (i32[base + EVT_SESSION_SEQUENCE] as number) >>> 0);
    text.code(REJECT.requestType, ((i32[base + EVT_HEAD] as number) >>> 8) & 255);
    text.code(REJECT.rejectReason, reason);
    text.wide(REJECT.clientOrderId, f64, half + EVT_CLIENT_ORDER_ID);
    text.wide(REJECT.origClientOrderId, f64, half + EVT_ORIG_CLIENT_ORDER_ID);
    text.number(REJECT.instrumentId, (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0);
    if (reason !== 0) text.text(REJECT.text, QUOTED_REJECT_TEXTS[reason] ?? NO_TEXT);
    text.wide(REJECT.sequenceNumber, f64, half + EVT_SEQUENCE);
    text.wide(REJECT.transactTime, f64, half + EVT_TIME);
    text.end();
  }

  #massCancelReport(i32: Int32Array, f64: Float64Array, base: number): void {
    const { text } = this;
    text.begin(this.#prefixOf(i32, base), MESSAGES.massCancelReport);
    text.wide(MASS_CANCEL.clientOrderId, f64, (base >> 1) + EVT_CLIENT_ORDER_ID);
    text.number(MASS_CANCEL.canceledCount, i32[base + EVT_ORDER_QTY] as number);
    text.number(MASS_CANCEL.instrumentId, (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0);
    text.code(MASS_CANCEL.side, (i32[base + EVT_HEAD] as number) >>> 24);
    text.end();
  }

  #operatorReport(i32: Int32Array, f64: Float64Array, base: number): void {
    const { text } = this;
    const half = base >> 1;
    const reason = ((i32[base + EVT_DETAIL] as number) >>> 16) & 255;
    text.begin(NO_PREFIX, MESSAGES.operatorReport);
    text.wide(OPERATOR.requestId, f64, half + EVT_CLIENT_ORDER_ID);
    text.code(OPERATOR.rejectReason, reason);
    text.number(OPERATOR.count, i32[base + EVT_ORDER_QTY] as number);
    if (reason !== 0) text.text(OPERATOR.text, QUOTED_REJECT_TEXTS[reason] ?? NO_TEXT);
    text.wide(OPERATOR.sequenceNumber, f64, half + EVT_SEQUENCE);
    text.wide(OPERATOR.transactTime, f64, half + EVT_TIME);
    text.end();
  }

  #trade(i32: Int32Array, f64: Float64Array, base: number, flags: number): void {
    const { text } = this;
    const half = base >> 1;
    const restingSide = (i32[base + EVT_HEAD] as number) >>> 24;
    text.begin(NO_PREFIX, MESSAGES.trade);
    text.number(TRADE.instrumentId, (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0);
    text.wide(TRADE.tradeId, f64, half + EVT_TRADE_ID);
    text.number(TRADE.price, i32[base + EVT_LAST_PX] as number);
    text.number(TRADE.qty, (i32[base + EVT_LAST_QTY] as number) >>> 0);
    const isAuction = (flags & EventFlag.Auction) !== 0;
    if (!isAuction) text.code(TRADE.aggressorSide, restingSide === Side.Buy ? Side.Sell : Side.Buy);
    text.wide(TRADE.transactTime, f64, half + EVT_TIME);
    text.end();
  }

  #bookDelta(i32: Int32Array, f64: Float64Array, base: number, flags: number): void {
    const { text } = this;
    const half = base >> 1;
    const instrumentId = (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0;
    const side = (i32[base + EVT_HEAD] as number) >>> 24;
    const sequence = (this.#deltaSequences.get(instrumentId) ?? 0) + 1;
    this.#deltaSequences.set(instrumentId, sequence);
    this.#wide[0] = sequence;
    text.begin(NO_PREFIX, MESSAGES.bookDelta);
    text.number(DELTA.instrumentId, instrumentId);
    text.wide(DELTA.sequenceNumber, this.#wide, 0);
    text.open(DELTA.changes, LIST_OPENS);
    if ((flags & EventFlag.PrevLevelChanged) !== 0) {
      const orderCount = i32[base + EVT_PREV_LEVEL_ORDER_COUNT] as number;
      this.#change(side, i32[base + EVT_PREV_PRICE] as number, f64, half + EVT_PREV_LEVEL_QTY, orderCount);
    }
    if ((flags & EventFlag.LevelChanged) !== 0) {
      const orderCount = i32[base + EVT_LEVEL_ORDER_COUNT] as number;
      this.#change(side, i32[base + EVT_PRICE] as number, f64, half + EVT_LEVEL_QTY, orderCount);
    }
    text.close(LIST_CLOSES);
    text.end();
  }

  #change(side: number, price: number, f64: Float64Array, qtyAt: number, orderCount: number): void {
    const { text } = this;
    text.openElement(OBJECT_OPENS);
    text.code(CHANGE.side, side);
    text.number(CHANGE.price, price);
    text.wide(CHANGE.qty, f64, qtyAt);
    text.number(CHANGE.orderCount, orderCount);
    text.close(OBJECT_CLOSES);
  }

  #auctionIndication(i32: Int32Array, f64: Float64Array, base: number): void {
    const { text } = this;
    const half = base >> 1;
    text.begin(NO_PREFIX, MESSAGES.auctionIndication);
    text.number(INDICATION.instrumentId, (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0);
    text.number(INDICATION.price, i32[base + EVT_PRICE] as number);
    text.wide(INDICATION.qty, f64, half + EVT_LEVEL_QTY);
    text.wide(INDICATION.imbalance, f64, half + EVT_PREV_LEVEL_QTY);
    text.code(INDICATION.imbalanceSide, (i32[base + EVT_HEAD] as number) >>> 24);
    text.end();
  }

  #instrumentStatus(i32: Int32Array, f64: Float64Array, base: number): void {
    const { text } = this;
    text.begin(NO_PREFIX, MESSAGES.instrumentStatus);
    text.number(STATUS.instrumentId, (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0);
    text.code(STATUS.phase, i32[base + EVT_PRICE] as number);
    text.wide(STATUS.until, f64, (base >> 1) + EVT_UNTIL);
    text.end();
  }

  #tradeAmendment(i32: Int32Array, f64: Float64Array, base: number): void {
    const { text } = this;
    const half = base >> 1;
    const isBust = (((i32[base + EVT_HEAD] as number) >>> 8) & 255) === ExecType.TradeBusted;
    text.begin(NO_PREFIX, MESSAGES.tradeAmendment);
    text.number(AMENDMENT.instrumentId, (i32[base + EVT_INSTRUMENT_ID] as number) >>> 0);
    text.wide(AMENDMENT.tradeId, f64, half + EVT_TRADE_ID);
    if (isBust) text.text(AMENDMENT.busted, TRUE);
    text.number(AMENDMENT.price, i32[base + EVT_LAST_PX] as number);
    text.number(AMENDMENT.qty, (i32[base + EVT_LAST_QTY] as number) >>> 0);
    text.wide(AMENDMENT.transactTime, f64, half + EVT_TIME);
    text.end();
  }
}

/** Whether the record has a trade id where others have the original client order id. */
function namesTrade(execType: ExecType): boolean {
  return execType === ExecType.Trade || execType === ExecType.TradeBusted || execType === ExecType.TradeCorrected;
}

/** Whether the record has a trigger price where others have that of the last trade. */
function hasTrigger(execType: ExecType): boolean {
  return execType === ExecType.New || execType === ExecType.Triggered || execType === ExecType.OrderStatus;
}
