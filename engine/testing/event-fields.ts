/** An event as named values, read from its record. For tests and tools. Every byte of the record is in some field. */
import {
  EVT_CLIENT_ORDER_ID,
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
  EVT_PRICE,
  EVT_RECEIVED_AT,
  EVT_RING_WAIT_NS,
  EVT_SEQUENCE,
  EVT_SESSION,
  EVT_SESSION_SEQUENCE,
  EVT_TIME,
  NO_SESSION,
} from "../../protocol/record/event-record.ts";

export interface EventFields {
  kind: number;
  /** Of a business reject: the request type; of an operator report: the kind of the command. */
  execType: number;
  status: number;
  side: number;
  orderType: number;
  timeInForce: number;
  /** A reject reason, a logout reason, or in a canceled or expired report a cancel reason. */
  reason: number;
  flags: number;
  session: number;
  instrumentId: number;
  /** In phaseChanged: when the phase ends by itself. */
  orderId: number;
  clientOrderId: number;
  /** In a trade and its amendments: the trade id; in tradePrevented: the order id of the other side. */
  origClientOrderId: number;
  price: number;
  orderQty: number;
  cumQty: number;
  leavesQty: number;
  /** In a replaced report: the previous price; in new, triggered and orderStatus: the trigger price. */
  lastPx: number;
  lastQty: number;
  sequence: number;
  time: number;
  sessionSequence: number;
  levelOrderCount: number;
  levelQty: number;
  prevLevelOrderCount: number;
  prevLevelQty: number;
  gatewayInNs: number;
  receivedAt: number;
  ringWaitNs: number;
  matchingNs: number;
}

/** What is not given is zero, and the event is for no session. */
export function eventOf(fields: Partial<EventFields> & Pick<EventFields, "kind">): EventFields {
  // Field by field, as random tests make millions of these.
  return {
    kind: fields.kind,
    execType: fields.execType ?? 0,
    status: fields.status ?? 0,
    side: fields.side ?? 0,
    orderType: fields.orderType ?? 0,
    timeInForce: fields.timeInForce ?? 0,
    reason: fields.reason ?? 0,
    flags: fields.flags ?? 0,
    session: fields.session ?? NO_SESSION,
    instrumentId: fields.instrumentId ?? 0,
    orderId: fields.orderId ?? 0,
    clientOrderId: fields.clientOrderId ?? 0,
    origClientOrderId: fields.origClientOrderId ?? 0,
    price: fields.price ?? 0,
    orderQty: fields.orderQty ?? 0,
    cumQty: fields.cumQty ?? 0,
    leavesQty: fields.leavesQty ?? 0,
    lastPx: fields.lastPx ?? 0,
    lastQty: fields.lastQty ?? 0,
    sequence: fields.sequence ?? 0,
    time: fields.time ?? 0,
    sessionSequence: fields.sessionSequence ?? 0,
    levelOrderCount: fields.levelOrderCount ?? 0,
    levelQty: fields.levelQty ?? 0,
    prevLevelOrderCount: fields.prevLevelOrderCount ?? 0,
    prevLevelQty: fields.prevLevelQty ?? 0,
    gatewayInNs: fields.gatewayInNs ?? 0,
    receivedAt: fields.receivedAt ?? 0,
    ringWaitNs: fields.ringWaitNs ?? 0,
    matchingNs: fields.matchingNs ?? 0,
  };
}

export function readEvent(i32: Int32Array, f64: Float64Array, base: number): EventFields {
  const at = base >> 1;
  const head = i32[base + EVT_HEAD] as number;
  const detail = i32[base + EVT_DETAIL] as number;
  return {
    kind: head & 0xff,
    execType: (head >>> 8) & 0xff,
    status: (head >>> 16) & 0xff,
    side: head >>> 24,
    orderType: detail & 0xff,
    timeInForce: (detail >>> 8) & 0xff,
    reason: (detail >>> 16) & 0xff,
    flags: detail >>> 24,
    session: i32[base + EVT_SESSION] as number,
    instrumentId: i32[base + EVT_INSTRUMENT_ID] as number,
    orderId: f64[at + EVT_ORDER_ID] as number,
    clientOrderId: f64[at + EVT_CLIENT_ORDER_ID] as number,
    origClientOrderId: f64[at + EVT_ORIG_CLIENT_ORDER_ID] as number,
    price: i32[base + EVT_PRICE] as number,
    orderQty: i32[base + EVT_ORDER_QTY] as number,
    cumQty: i32[base + EVT_CUM_QTY] as number,
    leavesQty: i32[base + EVT_LEAVES_QTY] as number,
    lastPx: i32[base + EVT_LAST_PX] as number,
    lastQty: i32[base + EVT_LAST_QTY] as number,
    sequence: f64[at + EVT_SEQUENCE] as number,
    time: f64[at + EVT_TIME] as number,
    sessionSequence: i32[base + EVT_SESSION_SEQUENCE] as number,
    levelOrderCount: i32[base + EVT_LEVEL_ORDER_COUNT] as number,
    levelQty: f64[at + EVT_LEVEL_QTY] as number,
    prevLevelOrderCount: i32[base + EVT_PREV_LEVEL_ORDER_COUNT] as number,
    prevLevelQty: f64[at + EVT_PREV_LEVEL_QTY] as number,
    gatewayInNs: i32[base + EVT_GATEWAY_IN_NS] as number,
    receivedAt: f64[at + EVT_RECEIVED_AT] as number,
    ringWaitNs: i32[base + EVT_RING_WAIT_NS] as number,
    matchingNs: i32[base + EVT_MATCHING_NS] as number,
  };
}
