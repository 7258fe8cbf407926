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
import {
  CancelReason,
  type Contingency,
  ExecType,
  OrderType,
  RejectReason,
  ReplaceMode,
  RequestType,
  Side,
  TimeInForce,
} from "../protocol/codes.ts";
import { MAX_ID, MAX_INT32 } from "../protocol/limits.ts";
import type { ListedOrder, ReplaceOptions } from "./client-frame-writer.ts";
import { ClientOrderIds } from "./client-order-ids.ts";
import { BusyError, OrderRejectedError, RequestRejectedError, type FairleadError } from "./errors.ts";
import type { BusinessReject, ExecutionReport, MassCancelReport } from "./messages.ts";
import type { OrderEntryConnection } from "./order-entry.ts";
import { Order, type NewOrderRequest, type OrderCommands, type ReplaceTerms } from "./order.ts";
import { termsOf } from "./order-request-terms.ts";
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
  /** Default: every account. */
  readonly account?: number;
  /** Ticks. Default: no lower end. */
  readonly priceFrom?: number;
  /** Ticks. Default: no upper end. */
  readonly priceTo?: number;
}

export interface MassCancelResult {
  readonly canceledCount: number;
}

export class OrderTracker implements OrderCommands {
  readonly #connection: OrderEntryConnection;
  readonly #ids = new ClientOrderIds();
  readonly #orders = new Map<number, Order>();
  readonly #placements: PendingRequests<Order>;
  /** Client order ids of the lists that are not answered yet, by the first: a list that is turned away is known by that. */
  readonly #lists = new Map<number, readonly number[]>();
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
    const { clientOrderId: id, ...order } = this.#checked(request);
    const { instrumentId, side, orderType, timeInForce, price, orderQty, receipt } = order;
    const terms = termsOf(request);
    this.#connection.sendNewOrder(id, instrumentId, side, orderType, timeInForce, price, orderQty, receipt, terms);
    this.#connection.flushSoon();
    return await this.#track(id, request);
  }

  async placeList(contingency: Contingency, requests: readonly NewOrderRequest[]): Promise<Order[]> {
    const orders = requests.map((request) => Object.assign(this.#checked(request), termsOf(request)));
    const ids = orders.map(({ clientOrderId }) => clientOrderId);
    const [first] = ids;
    if (first === undefined) throw new RangeError("a list has at least one order");
    if (new Set(ids).size < ids.length) throw new RangeError("the orders of a list have different client order ids");
    this.#connection.sendNewOrderList(contingency, orders);
    this.#connection.flushSoon();
    this.#lists.set(first, ids);
    const placed = await Promise.allSettled(requests.map((request, n) => this.#track(ids[n] as number, request)));
    this.#lists.delete(first);
    const failures = placed.filter((outcome) => outcome.status === "rejected");
    if (failures.length > 0) throw culpritOf(failures.map((failure) => failure.reason as Error));
    return placed.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }

  /** The order as it is sent, all but its further terms. */
  #checked(request: NewOrderRequest): ListedOrder {
    const { instrumentId, side, price = 0, orderQty = 0, receipt = false } = request;
    const clientOrderId = request.clientOrderId ?? this.#ids.next();
    checkRange("clientOrderId", clientOrderId, 1, MAX_ID);
    checkRange("instrumentId", instrumentId, 0, MAX_INT32);
    checkRange("price", price, 0, MAX_INT32);
    checkRange("orderQty", orderQty, 0, MAX_INT32);
    if (this.#orders.has(clientOrderId)) {
      throw new RangeError(`clientOrderId ${clientOrderId} names an open order of this client`);
    }
    const orderType = request.orderType ?? (request.price === undefined ? OrderType.Market : OrderType.Limit);
    const timeInForce = request.timeInForce ?? TimeInForce.Unspecified;
    return { clientOrderId, instrumentId, side, orderType, timeInForce, price, orderQty, receipt };
  }

  /** Resolves when the order that was sent is accepted. */
  async #track(id: number, request: NewOrderRequest): Promise<Order> {
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
    const orderQty = terms.orderQty ?? (terms.mode === ReplaceMode.NewLeaves ? order.leavesQty : order.orderQty);
    const { mode: replaceMode = ReplaceMode.Unspecified, triggerPrice = 0, displayQty = 0 } = terms;
    checkRange("price", price, 0, MAX_INT32);
    checkRange("orderQty", orderQty, 0, MAX_INT32);
    checkRange("triggerPrice", triggerPrice, 0, MAX_INT32);
    checkRange("displayQty", displayQty, 0, MAX_INT32);
    if (this.#replaces.has(clientOrderId)) throw new RangeError(`a replace of order ${clientOrderId} is on its way`);
    const options: ReplaceOptions = { replaceMode, triggerPrice, displayQty };
    this.#connection.sendReplaceOrder(0, clientOrderId, instrumentId, price, orderQty, false, options);
    this.#connection.flushSoon();
    return this.#replaces.add(clientOrderId);
  }

  async massCancel(filter: MassCancelFilter): Promise<MassCancelResult> {
    const { instrumentId = 0, side = Side.Unspecified, account = 0, priceFrom = 0, priceTo = 0 } = filter;
    checkRange("instrumentId", instrumentId, 0, MAX_INT32);
    checkRange("account", account, 0, MAX_INT32);
    checkRange("priceFrom", priceFrom, 0, MAX_INT32);
    checkRange("priceTo", priceTo, 0, MAX_INT32);
    const requestId = this.#ids.next();
    this.#connection.sendMassCancel(requestId, instrumentId, side, { account, priceFrom, priceTo });
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
    if (answersReplace(report)) this.#replaces.resolve(orderName, report);
    return undefined;
  }

  /** @returns The error that the request was rejected with. */
  onBusinessReject(reject: BusinessReject): OrderRejectedError | RequestRejectedError | BusyError {
    if (reject.requestType === RequestType.NewOrder) return this.#refuseOrders([reject.clientOrderId], reject);
    if (reject.requestType === RequestType.NewOrderList) {
      return this.#refuseOrders(this.#lists.get(reject.clientOrderId) ?? [], reject);
    }
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

  #follow(order: Order, report: ExecutionReport): void {
    order.apply(report);
    if (!order.isOpen) this.#orders.delete(order.clientOrderId);
    if (report.execType !== ExecType.Rejected) this.#placements.resolve(order.clientOrderId, order);
  }

  #refuseOrders(ids: readonly number[], reject: BusinessReject): OrderRejectedError | BusyError {
    const { clientOrderId, requestType, rejectReason, text } = reject;
    const busy = rejectReason === RejectReason.Busy;
    const error = busy ? new BusyError(requestType) : new OrderRejectedError(clientOrderId, rejectReason, text);
    for (const id of ids) this.#placements.reject(id, error);
    return error;
  }
}

function answersReplace({ execType, cancelReason }: ExecutionReport): boolean {
  if (execType === ExecType.Replaced) return true;
  return execType === ExecType.Canceled && cancelReason === CancelReason.ReplacedBelowExecuted;
}

/** Of the orders of a list, the one because of which the others were refused too. */
function culpritOf(errors: readonly Error[]): Error {
  return errors.find((error) => !isForAnother(error)) ?? (errors[0] as Error);
}

function isForAnother(error: Error): boolean {
  return error instanceof OrderRejectedError && error.reason === RejectReason.ListRejected;
}

export function requestError({ requestType, rejectReason, text }: BusinessReject): RequestRejectedError | BusyError {
  if (rejectReason === RejectReason.Busy) return new BusyError(requestType);
  return new RequestRejectedError(requestType, rejectReason, text);
}
