import { Channel } from "../protocol/codes.ts";
import { MAX_INT32 } from "../protocol/limits.ts";
import type { BusyError, FairleadError, RequestRejectedError } from "./errors.ts";
import type {
  AuctionIndication,
  BestBidOffer,
  BookDelta,
  BookSnapshot,
  InstrumentStatus,
  PublicTrade,
  TradeAmendment,
} from "./messages.ts";
import { PendingRequests } from "./pending-requests.ts";
import { Subscription, type SubscriptionRequests } from "./subscription.ts";
import { checkRange } from "./wire-range.ts";

/**
 * The subscriptions of one client, by instrument: at most one each, because a second Subscribe replaces the first.
 *
 * A subscription counts as made when its first data has come: the complete snapshot if it has a book, else the best bid
 * and offer. Trades alone may not come for long; then `barrier` must say that the venue has read the request.
 */
export class MarketData {
  readonly #requests: SubscriptionRequests;
  readonly #barrier: () => Promise<unknown>;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #pending: PendingRequests<Subscription>;

  /** @param barrier Resolves when the venue has answered everything sent before. */
  constructor(requests: SubscriptionRequests, barrier: () => Promise<unknown>, timeoutMs: number) {
    this.#requests = requests;
    this.#barrier = barrier;
    this.#pending = new PendingRequests("subscription to instrument", timeoutMs);
  }

  async subscribe(instrumentId: number, channels: readonly Channel[]): Promise<Subscription> {
    checkRange("instrumentId", instrumentId, 0, MAX_INT32);
    if (this.#subscriptions.has(instrumentId)) {
      throw new RangeError(`instrument ${instrumentId} is subscribed to already`);
    }
    const subscription = new Subscription(instrumentId, channels, this.#requests);
    this.#requests.subscribe(subscription);
    this.#subscriptions.set(instrumentId, subscription);
    const made = this.#pending.add(instrumentId);
    if (!subscription.wants(Channel.Book) && !subscription.wants(Channel.BestBidOffer))
      this.#resolveAtBarrier(subscription);
    try {
      return await made;
    } catch (error) {
      this.#subscriptions.delete(instrumentId);
      throw error;
    }
  }

  /** Forgets it: what still comes for this instrument is dropped. @returns Whether it was a current one. */
  remove(subscription: Subscription): boolean {
    if (this.#subscriptions.get(subscription.instrumentId) !== subscription) return false;
    return this.#subscriptions.delete(subscription.instrumentId);
  }

  onBookSnapshot(frame: BookSnapshot): void {
    const subscription = this.#subscriptions.get(frame.instrumentId);
    subscription?.onBookSnapshot(frame);
    if (subscription?.book.state === "current") this.#pending.resolve(frame.instrumentId, subscription);
  }

  onBookDelta(delta: BookDelta): void {
    this.#subscriptions.get(delta.instrumentId)?.onBookDelta(delta);
  }

  onTrade(trade: PublicTrade): void {
    this.#subscriptions.get(trade.instrumentId)?.onTrade(trade);
  }

  onBestBidOffer(view: BestBidOffer): void {
    const subscription = this.#subscriptions.get(view.instrumentId);
    subscription?.onBestBidOffer(view);
    if (subscription?.wants(Channel.Book) === false) this.#pending.resolve(view.instrumentId, subscription);
  }

  onInstrumentStatus(status: InstrumentStatus): void {
    this.#subscriptions.get(status.instrumentId)?.onInstrumentStatus(status);
  }

  onAuctionIndication(indication: AuctionIndication): void {
    this.#subscriptions.get(indication.instrumentId)?.onAuctionIndication(indication);
  }

  onTradeAmendment(amendment: TradeAmendment): void {
    this.#subscriptions.get(amendment.instrumentId)?.onTradeAmendment(amendment);
  }

  /** A Subscribe was refused: the first one of a subscription, or its renewal. */
  onReject(instrumentId: number, error: RequestRejectedError | BusyError): void {
    if (this.#pending.has(instrumentId)) this.#pending.reject(instrumentId, error);
    else this.#subscriptions.get(instrumentId)?.onReject(error);
  }

  onEnd(cause: FairleadError | undefined): void {
    this.#pending.abandon(cause);
    for (const subscription of this.#subscriptions.values()) subscription.onEnd(cause);
    this.#subscriptions.clear();
  }

  #resolveAtBarrier(subscription: Subscription): void {
    this.#barrier().then(
      () => this.#pending.resolve(subscription.instrumentId, subscription),
      // The session has ended or is silent: the request's own timer or the end of the session says so.
      () => undefined,
    );
  }
}
