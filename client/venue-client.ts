/**
 * The client of a venue, whatever carries its bytes: orders with promises and events, market data with mirrored books.
 * node-client.ts and browser-client.ts add how to connect.
 *
 * Everything that is asked for before the code returns to the event loop leaves in one write.
 *
 * When the connection ends, for whatever reason, the client ends with it: every request that waits is rejected with
 * OutcomeUnknownError, "close" fires once, and later requests throw SessionEndedError. The session itself lives on at
 * the venue with its open orders, unless cancelOnDisconnect was set. Nothing reconnects by itself.
 */
import { assert } from "../protocol/assert.ts";
import { ExecType, RequestType, type Channel, type Contingency } from "../protocol/codes.ts";
import type { BusyError, FairleadError, OrderRejectedError, RequestRejectedError } from "./errors.ts";
import { MarketData } from "./market-data.ts";
import {
  copyExecutionReport,
  copyInstrumentDefinition,
  type BusinessReject,
  type ExecutionReport,
  type InstrumentDefinition,
  type InstrumentList,
  type LogonAccepted,
  type Logout,
} from "./messages.ts";
import { OrderEntryConnection, type ConnectionHandler, type ConnectionOptions } from "./order-entry.ts";
import {
  OrderTracker,
  requestError,
  type MassCancelFilter,
  type MassCancelResult,
  type OrderName,
} from "./order-tracker.ts";
import type { NewOrderRequest, Order } from "./order.ts";
import { PendingRequests } from "./pending-requests.ts";
import type { Subscription, SubscriptionRequests } from "./subscription.ts";
import type { OpenTransport } from "./transport.ts";
import { TypedEmitter } from "./typed-emitter.ts";

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

export interface ClientOptions extends ConnectionOptions {
  /** How long a request waits for its answer before it fails with TimeoutError. Default 10000 ms. */
  readonly requestTimeoutMs?: number;
}

export interface ClientEvents {
  /** Every execution report of the session, also of orders that an earlier connection placed. */
  report: [report: ExecutionReport];
  /** Those that tell of a trade; follows its "report". */
  trade: [report: ExecutionReport];
  /** The venue refused an order or a request. */
  reject: [error: OrderRejectedError | RequestRejectedError | BusyError];
  /** The venue ends the session; "close" follows. */
  logout: [logout: Logout];
  /** The client has ended. The cause is undefined when logout or close was called. */
  close: [cause: FairleadError | undefined];
}

export class VenueClient extends TypedEmitter<ClientEvents> {
  readonly #connection: OrderEntryConnection;
  readonly #orders: OrderTracker;
  readonly #marketData: MarketData;
  readonly #pings: PendingRequests<void>;
  readonly #instrumentRequests: PendingRequests<InstrumentDefinition[]>;
  readonly #logouts: PendingRequests<void>;
  #pingCount = 0;
  #logon: LogonAccepted | undefined;
  /** The answer to instruments() as far as it has come. */
  #instruments: InstrumentDefinition[] = [];
  #instrumentsAnswer: Promise<InstrumentDefinition[]> | undefined;

  protected constructor(options: ClientOptions) {
    super();
    const timeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    this.#connection = new OrderEntryConnection(options, this.#createHandler());
    this.#orders = new OrderTracker(this.#connection, timeoutMs);
    this.#marketData = new MarketData(this.#createSubscriptionRequests(), () => this.ping(), timeoutMs);
    this.#pings = new PendingRequests("ping", timeoutMs);
    this.#instrumentRequests = new PendingRequests("instruments request", timeoutMs);
    this.#logouts = new PendingRequests("logout", timeoutMs);
  }

  protected async open(openTransport: OpenTransport): Promise<void> {
    this.#logon = await this.#connection.open(openTransport);
  }

  /** What the venue said of itself and of the session: durability, its own time, the heartbeat interval. */
  get logon(): LogonAccepted {
    assert(this.#logon !== undefined, "a client is handed out when it is logged on");
    return this.#logon;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /**
   * Resolves when the venue has accepted the order. Rejects with OrderRejectedError, BusyError (try again), TimeoutError
   * or OutcomeUnknownError; with SessionEndedError when it was not sent, and RangeError when a number cannot travel.
   */
  placeOrder(request: NewOrderRequest): Promise<Order> {
    return this.#orders.place(request);
  }

  /**
   * Orders that the venue accepts together or not at all: two for OneCancelsOther and OneTriggersOther; entry, take profit
   * and stop for Bracket. All for one instrument. Resolves with the orders in their order when all are accepted; rejects
   * like placeOrder, with the reason of the order that was at fault.
   */
  placeOrderList(contingency: Contingency, requests: readonly NewOrderRequest[]): Promise<Order[]> {
    return this.#orders.placeList(contingency, requests);
  }

  /** Cancels an order of this session by its name, for instance one whose placeOrder ended in a TimeoutError. */
  cancelOrder(name: OrderName): Promise<ExecutionReport> {
    return this.#orders.cancelByName(name);
  }

  /** Cancels the open orders of the session, all or those of one instrument, side, account or price range. */
  massCancel(filter: MassCancelFilter = {}): Promise<MassCancelResult> {
    return this.#orders.massCancel(filter);
  }

  /** Every instrument of the venue. Calls while a request is on its way share its answer. */
  async instruments(): Promise<InstrumentDefinition[]> {
    this.#instrumentsAnswer ??= this.#requestInstruments();
    return this.#instrumentsAnswer;
  }

  /**
   * Resolves when the book is complete, or with the first best bid and offer where the book was not asked for.
   * @param options.channels Default: all of them.
   */
  subscribe(instrumentId: number, options: { readonly channels?: readonly Channel[] } = {}): Promise<Subscription> {
    return this.#marketData.subscribe(instrumentId, options.channels ?? []);
  }

  /** Round trip to the venue's gateway in milliseconds. */
  async ping(): Promise<number> {
    this.#pingCount += 1;
    const startedAt = performance.now();
    this.#connection.sendHeartbeat(this.#pingCount);
    this.#connection.flushSoon();
    await this.#pings.add(this.#pingCount);
    return performance.now() - startedAt;
  }

  /** Ends the session in good order. Resolves when the venue has confirmed it. */
  async logout(): Promise<void> {
    this.#connection.logout();
    try {
      await this.#logouts.add(0);
    } finally {
      this.#connection.close();
    }
  }

  /** Ends the connection at once, without a logout. */
  close(): void {
    this.#connection.close();
  }

  async #requestInstruments(): Promise<InstrumentDefinition[]> {
    try {
      this.#instruments = [];
      this.#connection.sendInstrumentsRequest();
      this.#connection.flushSoon();
      return await this.#instrumentRequests.add(0);
    } finally {
      this.#instrumentsAnswer = undefined;
    }
  }

  #createSubscriptionRequests(): SubscriptionRequests {
    return {
      subscribe: ({ instrumentId, channels }) => {
        this.#connection.sendSubscribe(instrumentId, channels);
        this.#connection.flushSoon();
      },
      unsubscribe: (subscription) => {
        if (!this.#marketData.remove(subscription) || !this.isOpen) return;
        this.#connection.sendUnsubscribe(subscription.instrumentId);
        this.#connection.flushSoon();
      },
    };
  }

  #createHandler(): ConnectionHandler {
    return {
      onExecutionReport: (view) => this.#onExecutionReport(copyExecutionReport(view)),
      onBusinessReject: (reject) => this.#onBusinessReject(reject),
      onMassCancelReport: (report) => this.#orders.onMassCancelReport(report),
      onInstrumentList: (list) => this.#onInstrumentList(list),
      onBookSnapshot: (frame) => this.#marketData.onBookSnapshot(frame),
      onBookDelta: (delta) => this.#marketData.onBookDelta(delta),
      onTrade: (trade) => this.#marketData.onTrade(trade),
      onBestBidOffer: (bestBidOffer) => this.#marketData.onBestBidOffer(bestBidOffer),
      onInstrumentStatus: (status) => this.#marketData.onInstrumentStatus(status),
      onAuctionIndication: (indication) => this.#marketData.onAuctionIndication(indication),
      onTradeAmendment: (amendment) => this.#marketData.onTradeAmendment(amendment),
      onHeartbeatEcho: (requestId) => this.#pings.resolve(requestId),
      onLogout: ({ reason, text }) => this.emit("logout", { reason, text }),
      onEnd: (cause) => this.#onEnd(cause),
    };
  }

  #onExecutionReport(report: ExecutionReport): void {
    const error = this.#orders.onExecutionReport(report);
    this.emit("report", report);
    if (report.execType === ExecType.Trade) this.emit("trade", report);
    if (error !== undefined) this.emit("reject", error);
  }

  #onBusinessReject(reject: BusinessReject): void {
    switch (reject.requestType) {
      case RequestType.Subscribe: {
        const error = requestError(reject);
        this.#marketData.onReject(reject.instrumentId, error);
        this.emit("reject", error);
        break;
      }
      case RequestType.Unsubscribe:
        // There was nothing to end, which is what was asked for.
        break;
      default:
        this.emit("reject", this.#orders.onBusinessReject(reject));
    }
  }

  #onInstrumentList({ instruments, last }: InstrumentList): void {
    this.#instruments.push(...instruments.map(copyInstrumentDefinition));
    if (last) this.#instrumentRequests.resolve(0, this.#instruments);
  }

  #onEnd(cause: FairleadError | undefined): void {
    if (cause === undefined) this.#logouts.resolve(0);
    this.#logouts.abandon(cause);
    this.#pings.abandon(cause);
    this.#instrumentRequests.abandon(cause);
    this.#orders.onEnd(cause);
    this.#marketData.onEnd(cause);
    this.emit("close", cause);
  }
}
