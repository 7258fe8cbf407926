/**
 * What the fake venue says when no script speaks for it. It remembers nothing but a sequence: a replace or cancel is
 * answered as if the order were open and untraded.
 */
import { ExecType, LogoutReason, OrderStatus, Side } from "../../protocol/codes.ts";
import type { ClientFrame, FakePeer, ServerFrame } from "./fake-venue.ts";

/** The last two definitions come in a frame of their own. */
const INSTRUMENTS = [
  { instrumentId: 1, symbol: "ACME", priceDecimals: 2, tickSize: 1, qtyDecimals: 0, lotSize: 1 },
  { instrumentId: 2, symbol: "BTC-USD", priceDecimals: 2, tickSize: 25, qtyDecimals: 4, lotSize: 1 },
  { instrumentId: 3, symbol: "EUR-USD", priceDecimals: 5, tickSize: 1, qtyDecimals: 0, lotSize: 1000 },
];

export function answer(peer: FakePeer, frame: ClientFrame): void {
  const frames = answersTo(peer, frame);
  if (frames.length > 0) peer.send(...frames);
  if (frame.logout) peer.drop();
}

/** A report of an order with these terms, nothing traded. Later fields override earlier ones. */
export function report(peer: FakePeer, fields: NonNullable<ServerFrame["executionReport"]>): ServerFrame {
  peer.sessionSequence += 1;
  return {
    executionReport: {
      sessionSequence: peer.sessionSequence,
      execType: ExecType.New,
      orderStatus: OrderStatus.New,
      orderId: 7000 + (fields.clientOrderId ?? 0),
      instrumentId: 1,
      side: Side.Buy,
      cumQty: 0,
      leavesQty: fields.orderQty ?? 0,
      ...fields,
    },
  };
}

/** The accepted report of a new order. */
export function accepted(peer: FakePeer, frame: ClientFrame): ServerFrame {
  const { receipt: _, ...order } = frame.newOrder ?? {};
  return report(peer, order);
}

function answersTo(peer: FakePeer, frame: ClientFrame): ServerFrame[] {
  if (frame.logon) return [logonAccepted(frame.logon)];
  if (frame.logout) return [{ logout: { reason: LogoutReason.Requested } }];
  if (frame.heartbeat) return frame.heartbeat.requestId ? [{ heartbeat: { echoId: frame.heartbeat.requestId } }] : [];
  if (frame.newOrder) return [accepted(peer, frame)];
  if (frame.replaceOrder) return [replaced(peer, frame.replaceOrder)];
  if (frame.cancelOrder) return [canceled(peer, frame.cancelOrder)];
  if (frame.massCancel) {
    return [{ massCancelReport: { clientOrderId: frame.massCancel.clientOrderId ?? 0, canceledCount: 0 } }];
  }
  if (frame.instrumentsRequest) {
    return [
      { instrumentList: { instruments: INSTRUMENTS.slice(0, 1) } },
      { instrumentList: { instruments: INSTRUMENTS.slice(1), last: true } },
    ];
  }
  return frame.subscribe ? [emptyBook(frame.subscribe.instrumentId ?? 0)] : [];
}

function logonAccepted(logon: NonNullable<ClientFrame["logon"]>): ServerFrame {
  return {
    logonAccepted: {
      session: logon.session ?? "",
      heartbeatIntervalMs: logon.heartbeatIntervalMs || 30_000,
      venue: "fake venue",
      maxFrameBytes: 16_384,
    },
  };
}

function replaced(peer: FakePeer, request: NonNullable<ClientFrame["replaceOrder"]>): ServerFrame {
  const { origClientOrderId, instrumentId, price, orderQty } = request;
  const terms = { clientOrderId: origClientOrderId ?? 0, instrumentId: instrumentId ?? 0, price: price ?? 0 };
  return report(peer, { ...terms, orderQty: orderQty ?? 0, execType: ExecType.Replaced });
}

function canceled(peer: FakePeer, request: NonNullable<ClientFrame["cancelOrder"]>): ServerFrame {
  const { clientOrderId, origClientOrderId, instrumentId } = request;
  return report(peer, {
    clientOrderId: clientOrderId ?? 0,
    origClientOrderId: origClientOrderId ?? 0,
    instrumentId: instrumentId ?? 0,
    execType: ExecType.Canceled,
    orderStatus: OrderStatus.Canceled,
    leavesQty: 0,
  });
}

function emptyBook(instrumentId: number): ServerFrame {
  return { bookSnapshot: { instrumentId, sequenceNumber: 0, last: true } };
}
