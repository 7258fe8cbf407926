/**
 * One connection to the venue with nothing on top: a method per frame to send, a callback per frame received. No promise
 * and no object per order; for load generators, bots, and as the base of FairleadClient.
 *
 *   open()           LogonAccepted         logout()            Logout, or the connection ends
 *   idle ──► loggingOn ──────────► open ──────────► loggingOut ──────────► ended
 *                └───────────────────┴── refusal, loss, silence, garbage, close() ──┘
 *
 * Invariants:
 *  1. Frames leave in the order of the send calls. Nothing leaves before flush, except when a batch outgrows
 *     MAX_BATCH_BYTES, and heartbeats, which take along what waits before them.
 *  2. After open has resolved, onEnd is called exactly once, and no callback follows it.
 */
import {
  LogoutReason,
  type Channel,
  type Contingency,
  type OrderType,
  type Side,
  type TimeInForce,
} from "../protocol/codes.ts";
import type { OrderTerms } from "../protocol/codec/client-frame-encoder.ts";
import { DEFAULT_HEARTBEAT_INTERVAL_MS, PROTOCOL_VERSION } from "../protocol/limits.ts";
import {
  ConnectError,
  HeartbeatTimeoutError,
  LogonRefusedError,
  ProtocolViolationError,
  SessionEndedError,
  type FairleadError,
} from "./errors.ts";
import {
  ClientFrameWriter,
  type ListedOrder,
  type MassCancelOptions,
  type ReplaceOptions,
} from "./client-frame-writer.ts";
import { HeartbeatMonitor, TICKS_PER_INTERVAL } from "./heartbeat-monitor.ts";
import type {
  AuctionIndication,
  BestBidOffer,
  BookDelta,
  BookSnapshot,
  BusinessReject,
  ExecutionReport,
  Heartbeat,
  InstrumentList,
  InstrumentStatus,
  LogonAccepted,
  Logout,
  MassCancelReport,
  PublicTrade,
  TradeAmendment,
  VenueStatus,
} from "./messages.ts";
import { ServerFrameReader, type ServerFrameSink } from "./server-frame-reader.ts";
import type { OpenTransport, Transport, TransportListener } from "./transport.ts";

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/** A batch that reaches this size leaves without waiting for flush. */
const MAX_BATCH_BYTES = 65_536;

export interface ConnectionOptions {
  /** `tcp://host:port` (Node only), `ws://host:port` or `wss://host:port`. */
  readonly url: string;
  /** Name of the order session; absent or "" for market data only. */
  readonly session?: string;
  /** Have the venue cancel every open order of the session when this connection ends. Default false. */
  readonly cancelOnDisconnect?: boolean;
  /** 100 … 600000 ms, default 30000. */
  readonly heartbeatIntervalMs?: number;
  /** For the connection and the logon, each. Default 10000 ms. */
  readonly connectTimeoutMs?: number;
}

/** Messages are views, valid only during the call: copy what is needed later. Callbacks must not throw. */
export interface ConnectionHandler {
  onExecutionReport?(report: ExecutionReport): void;
  onBusinessReject?(reject: BusinessReject): void;
  onMassCancelReport?(report: MassCancelReport): void;
  onInstrumentList?(list: InstrumentList): void;
  onVenueStatus?(status: VenueStatus): void;
  onBookSnapshot?(snapshot: BookSnapshot): void;
  onBookDelta?(delta: BookDelta): void;
  onTrade?(trade: PublicTrade): void;
  onBestBidOffer?(bestBidOffer: BestBidOffer): void;
  onInstrumentStatus?(status: InstrumentStatus): void;
  onAuctionIndication?(indication: AuctionIndication): void;
  onTradeAmendment?(amendment: TradeAmendment): void;
  /** The answer to a heartbeat that was sent with this request id. */
  onHeartbeatEcho?(requestId: number): void;
  /** The venue ends the session; onEnd follows. */
  onLogout?(logout: Logout): void;
  /** @param cause Undefined when this side asked for the end. */
  onEnd?(cause: FairleadError | undefined): void;
}

interface LogonWaiter {
  readonly resolve: (accepted: LogonAccepted) => void;
  readonly reject: (error: FairleadError) => void;
}

export class OrderEntryConnection {
  readonly #options: ConnectionOptions;
  readonly #url: URL;
  readonly #handler: ConnectionHandler;
  readonly #writer = new ClientFrameWriter();
  readonly #reader: ServerFrameReader;
  readonly #heartbeats = new HeartbeatMonitor();
  #state: "idle" | "loggingOn" | "open" | "loggingOut" | "ended" = "idle";
  #transport: Transport | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #logon: LogonWaiter | undefined;
  #flushIsDue = false;
  /** What a send throws when the session is not open. */
  #notOpen: FairleadError;

  constructor(options: ConnectionOptions, handler: ConnectionHandler) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#handler = handler;
    this.#reader = new ServerFrameReader(this.#createSink(handler));
    this.#notOpen = new SessionEndedError(LogoutReason.Unspecified, "not logged on yet");
  }

  static async connect(
    openTransport: OpenTransport,
    options: ConnectionOptions,
    handler: ConnectionHandler,
  ): Promise<OrderEntryConnection> {
    const connection = new OrderEntryConnection(options, handler);
    await connection.open(openTransport);
    return connection;
  }

  /** Connects and logs on; call once. Rejects with ConnectError, LogonRefusedError or ProtocolViolationError. */
  async open(openTransport: OpenTransport): Promise<LogonAccepted> {
    const timeoutMs = this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    this.#state = "loggingOn";
    const transport = await openTransport(this.#url, this.#createListener(), timeoutMs);
    if (this.#hasEnded()) {
      // close() was called meanwhile.
      transport.abort();
      throw this.#notOpen;
    }
    this.#transport = transport;
    const accepted = await this.#logOn(timeoutMs);
    const intervalMs = accepted.heartbeatIntervalMs || DEFAULT_HEARTBEAT_INTERVAL_MS;
    if (this.#ticker === undefined && this.#isLive()) this.#startHeartbeats(intervalMs);
    return accepted;
  }

  /** Bytes that were sent or wait for flush and have not left this process. */
  get bufferedBytes(): number {
    return this.#writer.byteCount + (this.#transport?.bufferedBytes() ?? 0);
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * @param clientOrderId 1 … 2^53−1, unique per session.
   * @param price Ticks; 0 for a market order.
   * @param orderQty Lots.
   * @param receipt Ask where the time of this order went.
   * @param terms What it has beyond a plain order; absent: nothing.
   */
  sendNewOrder(
    clientOrderId: number,
    instrumentId: number,
    side: Side,
    orderType: OrderType,
    timeInForce: TimeInForce,
    price: number,
    orderQty: number,
    receipt: boolean,
    terms?: OrderTerms,
  ): void {
    this.#assertOpen();
    this.#writer.newOrder(clientOrderId, instrumentId, side, orderType, timeInForce, price, orderQty, receipt, terms);
    this.#written();
  }

  /** Orders that the venue accepts together or not at all. */
  sendNewOrderList(contingency: Contingency, orders: readonly ListedOrder[]): void {
    this.#assertOpen();
    this.#writer.newOrderList(contingency, orders);
    this.#written();
  }

  /** @param clientOrderId Names the request in its answer; 0 for none. */
  sendCancelOrder(clientOrderId: number, origClientOrderId: number, instrumentId: number, receipt: boolean): void {
    this.#assertOpen();
    this.#writer.cancelOrder(clientOrderId, origClientOrderId, instrumentId, receipt);
    this.#written();
  }

  /**
   * @param clientOrderId The order's new client order id; 0: it keeps the one it has.
   * @param orderQty Lots; without a replaceMode the new total, what has traded included.
   */
  sendReplaceOrder(
    clientOrderId: number,
    origClientOrderId: number,
    instrumentId: number,
    price: number,
    orderQty: number,
    receipt: boolean,
    options?: ReplaceOptions,
  ): void {
    this.#assertOpen();
    this.#writer.replaceOrder(clientOrderId, origClientOrderId, instrumentId, price, orderQty, receipt, options);
    this.#written();
  }

  /**
   * @param instrumentId 0: every instrument.
   * @param side Unspecified: both.
   */
  sendMassCancel(clientOrderId: number, instrumentId: number, side: Side, options?: MassCancelOptions): void {
    this.#assertOpen();
    this.#writer.massCancel(clientOrderId, instrumentId, side, options);
    this.#written();
  }

  /** @param channels Empty: all of them. */
  sendSubscribe(instrumentId: number, channels: readonly Channel[]): void {
    this.#assertOpen();
    this.#writer.subscribe(instrumentId, channels);
    this.#written();
  }

  sendUnsubscribe(instrumentId: number): void {
    this.#assertOpen();
    this.#writer.unsubscribe(instrumentId);
    this.#written();
  }

  sendInstrumentsRequest(): void {
    this.#assertOpen();
    this.#writer.instrumentsRequest();
    this.#written();
  }

  /** @param requestId Not 0: asks for an echo. */
  sendHeartbeat(requestId: number): void {
    this.#assertOpen();
    this.#writer.heartbeat(requestId, 0);
    this.#written();
  }

  /** Hands everything sent since the last flush to the socket, in one write. */
  flush(): void {
    if (this.#writer.byteCount === 0 || this.#transport === undefined || this.#hasEnded()) return;
    this.#heartbeats.sent();
    this.#transport.send(this.#writer.take());
  }

  /** Flushes when the code that runs now has returned to the event loop: what it sends until then leaves in one write. */
  flushSoon(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    queueMicrotask(() => {
      this.#flushIsDue = false;
      this.flush();
    });
  }

  /** Asks the venue to end the session; onEnd follows its answer. */
  logout(): void {
    this.#assertOpen();
    this.#writer.logout(LogoutReason.Requested, "");
    this.#state = "loggingOut";
    this.#notOpen = new SessionEndedError(LogoutReason.Requested, "logged out");
    this.flush();
  }

  /** Ends the connection without a logout, after what was sent has left. */
  close(): void {
    this.flush();
    this.#transport?.close();
    this.#end(undefined);
  }

  #isLive(): boolean {
    return this.#state === "open" || this.#state === "loggingOut";
  }

  /** A method, because the compiler does not expect a field to change during an await. */
  #hasEnded(): boolean {
    return this.#state === "ended";
  }

  #assertOpen(): void {
    if (this.#state !== "open") throw this.#notOpen;
  }

  #written(): void {
    if (this.#writer.byteCount >= MAX_BATCH_BYTES) this.flush();
  }

  #logOn(timeoutMs: number): Promise<LogonAccepted> {
    const { session, heartbeatIntervalMs, cancelOnDisconnect } = this.#options;
    this.#writer.logon(session ?? "", PROTOCOL_VERSION, heartbeatIntervalMs ?? 0, cancelOnDisconnect ?? false);
    const timer = setTimeout(() => this.#abort(this.#connectError(`no logon answer in ${timeoutMs} ms`)), timeoutMs);
    const answer = new Promise<LogonAccepted>((resolve, reject) => {
      this.#logon = { resolve, reject };
    });
    this.flush();
    return answer.finally(() => clearTimeout(timer));
  }

  #createListener(): TransportListener {
    return {
      onBytes: (bytes, wholeFrames) => {
        this.#heartbeats.received();
        const violation = this.#reader.push(bytes, wholeFrames);
        if (violation !== "") this.#abort(new ProtocolViolationError(violation));
      },
      onViolation: (violation) => this.#abort(new ProtocolViolationError(violation)),
      onEnd: (reason) => this.#lost(reason),
    };
  }

  #createSink(handler: ConnectionHandler): ServerFrameSink {
    return {
      onExecutionReport: (report) => handler.onExecutionReport?.(report),
      onBusinessReject: (reject) => handler.onBusinessReject?.(reject),
      onBookDelta: (delta) => handler.onBookDelta?.(delta),
      onTrade: (trade) => handler.onTrade?.(trade),
      onBestBidOffer: (bestBidOffer) => handler.onBestBidOffer?.(bestBidOffer),
      onBookSnapshot: (snapshot) => handler.onBookSnapshot?.(snapshot),
      onInstrumentStatus: (status) => handler.onInstrumentStatus?.(status),
      onAuctionIndication: (indication) => handler.onAuctionIndication?.(indication),
      onTradeAmendment: (amendment) => handler.onTradeAmendment?.(amendment),
      onInstrumentList: (list) => handler.onInstrumentList?.(list),
      onVenueStatus: (status) => handler.onVenueStatus?.(status),
      onMassCancelReport: (report) => handler.onMassCancelReport?.(report),
      onLogonAccepted: (accepted) => this.#onLogonAccepted(accepted),
      onLogout: (logout) => this.#onLogout(logout),
      onHeartbeat: (heartbeat) => this.#onHeartbeat(heartbeat),
    };
  }

  #onLogonAccepted(accepted: LogonAccepted): void {
    if (this.#state !== "loggingOn") {
      this.#abort(new ProtocolViolationError("a second LogonAccepted"));
      return;
    }
    this.#state = "open";
    this.#logon?.resolve(accepted);
  }

  #onLogout(logout: Logout): void {
    if (this.#state === "loggingOn") {
      this.#end(new LogonRefusedError(logout.reason, logout.text));
    } else {
      this.#handler.onLogout?.(logout);
      const asked = this.#state === "loggingOut" && logout.reason === LogoutReason.Requested;
      this.#end(asked ? undefined : new SessionEndedError(logout.reason, logout.text));
    }
    this.#transport?.close();
  }

  #onHeartbeat({ requestId, echoId }: Heartbeat): void {
    if (echoId !== 0) this.#handler.onHeartbeatEcho?.(echoId);
    if (requestId === 0 || !this.#isLive()) return;
    this.#writer.heartbeat(0, requestId);
    this.flush();
  }

  #startHeartbeats(intervalMs: number): void {
    this.#ticker = setInterval(() => this.#tick(intervalMs), intervalMs / TICKS_PER_INTERVAL);
  }

  #tick(intervalMs: number): void {
    const decision = this.#heartbeats.tick();
    if (decision === "timeout") {
      this.#abort(new HeartbeatTimeoutError(intervalMs));
    } else if (decision === "send") {
      this.#writer.heartbeat(0, 0);
      this.flush();
    }
  }

  #lost(reason: string): void {
    if (this.#state === "loggingOn") {
      this.#end(this.#connectError(`the connection ended before the logon was answered: ${reason}`));
    } else {
      this.#end(new SessionEndedError(LogoutReason.Unspecified, `connection lost: ${reason}`));
    }
  }

  #abort(cause: FairleadError): void {
    this.#end(cause);
    this.#transport?.abort();
  }

  #end(cause: FairleadError | undefined): void {
    if (this.#state === "ended") return;
    const loggedOn = this.#isLive();
    this.#state = "ended";
    this.#notOpen = sessionEnded(cause);
    clearInterval(this.#ticker);
    this.#reader.stop();
    if (loggedOn) this.#handler.onEnd?.(cause);
    else this.#logon?.reject(cause ?? this.#notOpen);
  }

  #connectError(reason: string): ConnectError {
    return new ConnectError(this.#url.hostname, Number(this.#url.port), reason);
  }
}

/** What later sends are told, whatever ended the session. */
function sessionEnded(cause: FairleadError | undefined): SessionEndedError {
  if (cause === undefined) return new SessionEndedError(LogoutReason.Requested, "closed by this side");
  return cause instanceof SessionEndedError ? cause : new SessionEndedError(LogoutReason.Unspecified, cause.message);
}
