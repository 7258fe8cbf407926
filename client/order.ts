import {
  CancelReason,
  ExecType,
  OrderStatus,
  type OrderType,
  type ReplaceMode,
  type Side,
  type TimeInForce,
} from "../protocol/codes.ts";
import type { OrderTerms } from "../protocol/codec/client-frame-encoder.ts";
import { OutcomeUnknownError, type FairleadError, type RequestRejectedError, type BusyError } from "./errors.ts";
import type { ExecutionReport } from "./messages.ts";
import { TypedEmitter } from "./typed-emitter.ts";

/** A plain order, and with the terms of OrderTerms every other one: docs/MATCHING.md says what goes together. */
export interface NewOrderRequest extends OrderTerms {
  readonly instrumentId: number;
  readonly side: Side;
  /** Ticks; absent for an order without a limit. */
  readonly price?: number;
  /** Lots; absent with a quoteAmount. */
  readonly orderQty?: number;
  /** Default: limit with a price, market without. Every other type must be named. */
  readonly orderType?: OrderType;
  /** Default: good till cancel for a limit order, immediate or cancel for a market order. */
  readonly timeInForce?: TimeInForce;
  /** 1 … 2^53−1, unique per session. Default: generated. */
  readonly clientOrderId?: number;
  /** Ask in which stages the time of this order went; see ExecutionReport.receipt. */
  readonly receipt?: boolean;
}

export interface ReplaceTerms {
  /** Ticks. Default: as it is. */
  readonly price?: number;
  /** Lots, as `mode` says; without one the new total, what has traded included. Default: the total as it is. */
  readonly orderQty?: number;
  readonly mode?: ReplaceMode;
  /** Ticks; only while the order waits for its trigger. Default: as it is. */
  readonly triggerPrice?: number;
  /** Lots; icebergs only. Default: as it is. */
  readonly displayQty?: number;
}

export interface OrderEvents {
  /** Every execution report of this order. */
  report: [report: ExecutionReport];
  /** Those that tell of a trade; follows its "report". */
  trade: [report: ExecutionReport];
  /** A cancel or replace of this order was refused. */
  reject: [error: RequestRejectedError | BusyError];
}

/** What an order needs of the session that placed it. */
export interface OrderCommands {
  cancel(order: Order): Promise<ExecutionReport>;
  replace(order: Order, terms: ReplaceTerms): Promise<ExecutionReport>;
}

interface Trade {
  /** Ticks. */
  readonly price: number;
  /** Lots. */
  readonly qty: number;
}

interface DoneWaiter {
  readonly resolve: (order: Order) => void;
  readonly reject: (error: FairleadError) => void;
}

/**
 * One order of this client, kept as the latest report says.
 *
 * Invariant: orderQty = cumQty + leavesQty while isOpen.
 */
export class Order extends TypedEmitter<OrderEvents> {
  readonly clientOrderId: number;
  readonly instrumentId: number;
  readonly side: Side;
  readonly #commands: OrderCommands;
  #orderId = 0;
  #status: OrderStatus = OrderStatus.Unspecified;
  #price: number;
  #orderQty: number;
  #cumQty = 0;
  #leavesQty: number;
  #triggerPrice: number;
  #cancelReason: CancelReason = CancelReason.Unspecified;
  /** Lots of all trades that were seen, whatever became of them. */
  #seenQty = 0;
  /** The trades that were seen, as they are now, by trade id. */
  readonly #trades = new Map<number, Trade>();
  #lost: FairleadError | undefined;
  readonly #doneWaiters: DoneWaiter[] = [];

  constructor(clientOrderId: number, request: NewOrderRequest, commands: OrderCommands) {
    super();
    this.clientOrderId = clientOrderId;
    this.instrumentId = request.instrumentId;
    this.side = request.side;
    this.#price = request.price ?? 0;
    this.#orderQty = request.orderQty ?? 0;
    this.#leavesQty = request.orderQty ?? 0;
    this.#triggerPrice = request.triggerPrice ?? 0;
    this.#commands = commands;
  }

  /** Given by the venue; 0 before the first report. */
  get orderId(): number {
    return this.#orderId;
  }

  get status(): OrderStatus {
    return this.#status;
  }

  /** Ticks; 0 for a market order. */
  get price(): number {
    return this.#price;
  }

  /** Lots, as are cumQty and leavesQty. */
  get orderQty(): number {
    return this.#orderQty;
  }

  get cumQty(): number {
    return this.#cumQty;
  }

  get leavesQty(): number {
    return this.#leavesQty;
  }

  /** Ticks, as last reported; 0 for an order without a trigger. A trailing one moves on without a report. */
  get triggerPrice(): number {
    return this.#triggerPrice;
  }

  /** Why it was canceled or expired; Unspecified before that, and for an order that was filled or rejected. */
  get cancelReason(): CancelReason {
    return this.#cancelReason;
  }

  /**
   * Average price of the trades in ticks, corrections and busts included; undefined without trades, or when some happened
   * before this session.
   */
  get avgPx(): number | undefined {
    let qty = 0;
    let notional = 0;
    for (const trade of this.#trades.values()) {
      qty += trade.qty;
      notional += trade.qty * trade.price;
    }
    return qty > 0 && this.#seenQty === this.#cumQty ? notional / qty : undefined;
  }

  /** Resting or on its way; false once filled, canceled, expired or rejected. */
  get isOpen(): boolean {
    return this.#status <= OrderStatus.PartiallyFilled;
  }

  /**
   * Resolves with the canceled report. Rejects with RequestRejectedError (reason OrderClosed: it was too late), BusyError,
   * OutcomeUnknownError or TimeoutError.
   */
  cancel(): Promise<ExecutionReport> {
    return this.#commands.cancel(this);
  }

  /**
   * Changes price, quantity, trigger or display quantity; the order keeps its client order id. Same price and a quantity
   * that does not grow keep the time priority. One replace at a time: a second one before the first is answered is a
   * RangeError. Resolves with the replaced report; with the canceled one where the mode is in-flight mitigated and as much
   * had traded. Rejects like {@link cancel}.
   */
  replace(terms: ReplaceTerms): Promise<ExecutionReport> {
    return this.#commands.replace(this, terms);
  }

  /** Resolves when the order has ended; rejects with OutcomeUnknownError when the session ends first. */
  done(): Promise<Order> {
    if (!this.isOpen) return Promise.resolve(this);
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#doneWaiters.push({ resolve, reject });
    });
  }

  /** For the session: what a report says of this order. */
  apply(report: ExecutionReport): void {
    this.#orderId = report.orderId;
    this.#status = report.orderStatus;
    this.#price = report.price;
    this.#orderQty = report.orderQty;
    this.#cumQty = report.cumQty;
    this.#leavesQty = report.leavesQty;
    this.#applyParticulars(report);
    this.emit("report", report);
    if (report.execType === ExecType.Trade) this.emit("trade", report);
    if (!this.isOpen) for (const waiter of this.#doneWaiters.splice(0)) waiter.resolve(this);
  }

  #applyParticulars(report: ExecutionReport): void {
    switch (report.execType) {
      case ExecType.Trade:
        this.#seenQty += report.lastQty;
        this.#trades.set(report.tradeId, { price: report.lastPx, qty: report.lastQty });
        break;
      case ExecType.TradeCorrected:
        if (this.#trades.has(report.tradeId)) {
          this.#trades.set(report.tradeId, { price: report.lastPx, qty: report.lastQty });
        }
        break;
      case ExecType.TradeBusted:
        this.#trades.delete(report.tradeId);
        break;
      case ExecType.New:
      case ExecType.Triggered:
      case ExecType.OrderStatus:
        this.#triggerPrice = report.triggerPrice;
        break;
      case ExecType.Canceled:
      case ExecType.Expired:
        this.#cancelReason = report.cancelReason;
        break;
      default:
      // The rest is told by the fields that every report has.
    }
  }

  /** For the session: a request about this order was refused. */
  refused(error: RequestRejectedError | BusyError): void {
    this.emit("reject", error);
  }

  /** For the session: it has ended while the order was open. */
  lose(cause: FairleadError | undefined): void {
    this.#lost = new OutcomeUnknownError(`order ${this.clientOrderId}`, cause);
    for (const waiter of this.#doneWaiters.splice(0)) waiter.reject(this.#lost);
  }
}
