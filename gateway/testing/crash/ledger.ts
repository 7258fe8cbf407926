/**
 * What clients have sent and what they were told, as they saw it from outside: the side that does not know what the venue
 * has on its disk.
 */
import type { fairlead } from "../../../protocol/codec/cold-codec.ts";
import { CommandKind } from "../../../protocol/record/command-record.ts";
import type { ClientFrame, FrameOf } from "../raw-client.ts";

/** A request, with what tells it from others. A list is as many as it has orders. */
export interface Request {
  readonly kind: CommandKind;
  readonly clientOrderId: number;
  readonly origClientOrderId: number;
  readonly price: number;
  readonly orderQty: number;
}

/** One connection of a session, which has logged on once. */
export class ConnectionLedger {
  readonly session: string;
  /** In the order in which they were sent. */
  readonly sent: Request[] = [];
  accepted: FrameOf<"logonAccepted"> | undefined;
  /** Frames that answer commands of the engine, whole, in their order. */
  readonly told: Uint8Array[] = [];
  /** Client order ids of what the gateway turned away: the engine never saw it. */
  readonly refused = new Map<number, number>();
  /** Of the Logout that came last; 0: none came. */
  logoutReason = 0;
  /** It was reset: the client was sending when the venue ended it, and TCP may have thrown the last frames away. */
  isReset = false;

  constructor(session: string) {
    this.session = session;
  }
}

/** What the operator was told. */
export interface OperatorAnswer {
  readonly sequence: number;
  readonly count: number;
  readonly isDone: boolean;
}

/** One life of the venue. */
export class Ledger {
  readonly connections: ConnectionLedger[] = [];
  readonly operator: OperatorAnswer[] = [];

  get toldCount(): number {
    return this.connections.reduce((sum, { told }) => sum + told.length, this.operator.length);
  }
}

/** What a frame asks for; none for frames that are no requests about orders. */
export function requestsIn(frame: ClientFrame): Request[] {
  const { newOrder, newOrderList, cancelOrder, replaceOrder, massCancel } = frame;
  if (newOrder) return [requestOf(CommandKind.NewOrder, newOrder)];
  if (newOrderList) return (newOrderList.orders ?? []).map((order) => requestOf(CommandKind.NewOrder, order));
  if (cancelOrder) return [requestOf(CommandKind.CancelOrder, cancelOrder)];
  if (replaceOrder) return [requestOf(CommandKind.ReplaceOrder, replaceOrder)];
  return massCancel ? [requestOf(CommandKind.MassCancel, massCancel)] : [];
}

function requestOf(kind: CommandKind, fields: fairlead.v1.ReplaceOrder.$Properties): Request {
  const { clientOrderId, origClientOrderId, price, orderQty } = fields;
  return {
    kind,
    clientOrderId: clientOrderId ?? 0,
    origClientOrderId: origClientOrderId ?? 0,
    price: price ?? 0,
    orderQty: orderQty ?? 0,
  };
}

export function isSameRequest(a: Request, b: Request): boolean {
  const isSameOrder = a.clientOrderId === b.clientOrderId && a.origClientOrderId === b.origClientOrderId;
  return a.kind === b.kind && isSameOrder && a.price === b.price && a.orderQty === b.orderQty;
}
