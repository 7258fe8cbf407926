/**
 * The orders that this client placed and its requests about them: matches what the venue answers to what was asked.
 *
 * A new order is answered under its client order id. A cancel gets an id of its own, so its answer is known by that. A
 * replace travels without one, because the order is to keep its id; its answer is known by the order, of which at most
 * one replace is on its way.
 *
 * Invariant: an order is tracked from its request until it has ended, was refused, or its request timed out. So a client
 * order id may be used again after an unknown outcome, to which the venue answers with the state of the first order.
 */
import { ExecType, OrderType, RejectReason, RequestType, Side, TimeInForce } from "../protocol/codes.ts";
import { MAX_ID, MAX_INT32 } from "../protocol/limits.ts";
import { ClientOrderIds } from "./client-order-ids.ts";
import { BusyError, OrderRejectedError, RequestRejectedError, type FairleadError } from "./errors.ts";
import type { BusinessReject, ExecutionReport, MassCancelReport } from "./messages.ts";
import type { OrderEntryConnection } from "./order-entry.ts";
import { Order, type NewOrderRequest, type OrderCommands, type ReplaceTerms } from "./order.ts";
import { PendingRequests } from "./pending-requests.ts";
import { checkRange } from "./wire-range.ts";

export interface OrderName {
  readonly clientOrderId: number;
  readonly instrumentId: number;
}

export interface MassCancelFilter {
  /** Default: every instrument. */
  readonly instrumentId?: number;
  /** Default: both sides. */
  readonly side?: Side;
}

export interface MassCancelResult {
  readonly canceledCount: number;
}

export class OrderTracker implements OrderCommands {
  readonly #connection: OrderEntryConnection;
  readonly #ids = new ClientOrderIds();
  readonly #orders = new Map<number, Order>();
  readonly #placements: PendingRequests<Order>;
  readonly #cancels: PendingRequests<ExecutionReport>;
  readonly #replaces: PendingRequests<ExecutionReport>;
  readonly #massCancels: PendingRequests<MassCancelResult>;

  constructor(connection: OrderEntryConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#placements = new PendingRequests("new order", timeoutMs);
    this.#cancels = new PendingRequests("cancel", timeoutMs);
    this.#replaces = new PendingRequests("replace of order", timeoutMs);
    this.#massCancels = new PendingRequests("mass cancel", timeoutMs);
  }

  async place(request: NewOrderRequest): Promise<Order> {
    const id = request.clientOrderId ?? this.#ids.next();
    checkRange("clientOrderId", id, 1, MAX_ID);
    checkRange("instrumentId", request.instrumentId, 0, MAX_INT32);
    checkRange("price", request.price ?? 0, 0, MAX_INT32);
    checkRange("orderQty", request.orderQty, 0, MAX_INT32);
    if (this.#orders.has(id)) throw new RangeError(`clientOrderId ${id} names an open order of this client`);
    this.#sendNewOrder(id, request);
    this.#orders.set(id, new Order(id, request, this));
    try {
      return await this.#placements.add(id);
    } catch (error) {
      this.#orders.delete(id);
      throw error;
    }
  }

  cancel(order: Order): Promise<ExecutionReport> {
    return this.cancelByName(order);
  }

  async cancelByName({ clientOrderId, instrumentId }: OrderName): Promise<ExecutionReport> {
    checkRange("clientOrderId", clientOrderId, 0, MAX_ID);
    checkRange("instrumentId", instrumentId, 0, MAX_INT32);
    const requestId = this.#ids.next();
    this.#connection.sendCancelOrder(requestId, clientOrderId, instrumentId, false);
    this.#connection.flushSoon();
    return this.#cancels.add(requestId);
  }

  async replace(order: Order, terms: ReplaceTerms): Promise<ExecutionReport> {
    const { clientOrderId, instrumentId } = order;
    const price = terms.price ?? order.price;
    const orderQty = terms.orderQty ?? order.orderQty;
    checkRange("price", price, 0, MAX_INT32);
    checkRange("orderQty", orderQty, 0, MAX_INT32);
    if (this.#replaces.has(clientOrderId)) throw new RangeError(`a replace of order ${clientOrderId} is on its way`);
    this.#connection.sendReplaceOrder(0, clientOrderId, instrumentId, price, orderQty, false);
    this.#connection.flushSoon();
    return this.#replaces.add(clientOrderId);
  }

  async massCancel(filter: MassCancelFilter): Promise<MassCancelResult> {
    const instrumentId = filter.instrumentId ?? 0;
    checkRange("instrumentId", instrumentId, 0, MAX_INT32);
    const requestId = this.#ids.next();
    this.#connection.sendMassCancel(requestId, instrumentId, filter.side ?? Side.Unspecified);
    this.#connection.flushSoon();
    return this.#massCancels.add(requestId);
  }

  onExecutionReport(report: ExecutionReport): OrderRejectedError | undefined {
    // Where the client order id names a request, the order goes by its original one.
    const orderName = report.origClientOrderId === 0 ? report.clientOrderId : report.origClientOrderId;
    const order = this.#orders.get(orderName);
    if (order !== undefined) this.#follow(order, report);
    if (report.execType === ExecType.Rejected) {
      const error = new OrderRejectedError(orderName, report.rejectReason, report.text);
      this.#placements.reject(orderName, error);
      return error;
    }
    if (report.execType === ExecType.Canceled) this.#cancels.resolve(report.clientOrderId, report);
    if (report.execType === ExecType.Replaced) this.#replaces.resolve(orderName, report);
    return undefined;
  }

  /** @returns The error that the request was rejected with. */
  onBusinessReject(reject: BusinessReject): OrderRejectedError | RequestRejectedError | BusyError {
    if (reject.requestType === RequestType.NewOrder) return this.#refuseOrder(reject);
    const error = requestError(reject);
    if (reject.requestType === RequestType.CancelOrder) this.#cancels.reject(reject.clientOrderId, error);
    if (reject.requestType === RequestType.ReplaceOrder) this.#replaces.reject(reject.origClientOrderId, error);
    if (reject.requestType === RequestType.MassCancel) this.#massCancels.reject(reject.clientOrderId, error);
    this.#orders.get(reject.origClientOrderId)?.refused(error);
    return error;
  }

  onMassCancelReport({ clientOrderId, canceledCount }: MassCancelReport): void {
    this.#massCancels.resolve(clientOrderId, { canceledCount });
  }

  onEnd(cause: FairleadError | undefined): void {
    for (const order of this.#orders.values()) order.lose(cause);
    this.#orders.clear();
    this.#placements.abandon(cause);
    this.#cancels.abandon(cause);
    this.#replaces.abandon(cause);
    this.#massCancels.abandon(cause);
  }

  #sendNewOrder(id: number, request: NewOrderRequest): void {
    const { instrumentId, side, price, orderQty } = request;
    const orderType = request.orderType ?? (price === undefined ? OrderType.Market : OrderType.Limit);
    const timeInForce = request.timeInForce ?? TimeInForce.Unspecified;
    const receipt = request.receipt ?? false;
    this.#connection.sendNewOrder(id, instrumentId, side, orderType, timeInForce, price ?? 0, orderQty, receipt);
    this.#connection.flushSoon();
  }

  #follow(order: Order, report: ExecutionReport): void {
    order.apply(report);
    if (!order.isOpen) this.#orders.delete(order.clientOrderId);
    if (report.execType !== ExecType.Rejected) this.#placements.resolve(order.clientOrderId, order);
  }

  #refuseOrder({ clientOrderId, requestType, rejectReason, text }: BusinessReject): OrderRejectedError | BusyError {
    const busy = rejectReason === RejectReason.Busy;
    const error = busy ? new BusyError(requestType) : new OrderRejectedError(clientOrderId, rejectReason, text);
    this.#placements.reject(clientOrderId, error);
    return error;
  }
}

export function requestError({ requestType, rejectReason, text }: BusinessReject): RequestRejectedError | BusyError {
  if (rejectReason === RejectReason.Busy) return new BusyError(requestType);
  return new RequestRejectedError(requestType, rejectReason, text);
}
