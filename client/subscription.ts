/**
 * One instrument's market data: the mirrored book, public trades, best bid and offer.
 *
 * After a gap the book is stale until a new snapshot has come. The subscription asks for one by itself, after a back-off;
 * while one request is on its way no other is sent, unless it stays unanswered for SNAPSHOT_PATIENCE_MS.
 */
import { Channel, Phase } from "../protocol/codes.ts";
import { BookMirror } from "./book-mirror.ts";
import type { BusyError, FairleadError, RequestRejectedError } from "./errors.ts";
import {
  copyAuctionIndication,
  copyBestBidOffer,
  copyInstrumentStatus,
  copyPublicTrade,
  copyTradeAmendment,
  type AuctionIndication,
  type BestBidOffer,
  type BookDelta,
  type BookLevel,
  type BookSnapshot,
  type InstrumentStatus,
  type PublicTrade,
  type TradeAmendment,
} from "./messages.ts";
import { ResubscriptionBackoff } from "./resubscription-backoff.ts";
import { TypedEmitter } from "./typed-emitter.ts";

const SNAPSHOT_PATIENCE_MS = 10_000;

export interface Gap {
  readonly expectedSequenceNumber: number;
  readonly receivedSequenceNumber: number;
  /** The subscription is renewed after this time. */
  readonly resubscribeInMs: number;
}

export interface SubscriptionEvents {
  /** The book has changed and is current. */
  book: [book: BookMirror];
  trade: [trade: PublicTrade];
  bbo: [bestBidOffer: BestBidOffer];
  /** With the book: the phase at the beginning, before the first "book", and whenever it has changed. */
  phase: [status: InstrumentStatus];
  /** With the book, while orders collect: what the auction would do now. */
  indication: [indication: AuctionIndication];
  /** The operator took back or corrected a trade. */
  amendment: [amendment: TradeAmendment];
  /** The book is stale from now until the next "book". */
  gap: [gap: Gap];
  /** A renewal after a gap was refused. When the reason is not Busy, nothing more will come. */
  reject: [error: RequestRejectedError | BusyError];
  /** The session has ended, and the subscription with it. */
  close: [cause: FairleadError | undefined];
}

/** What a subscription asks of its session. */
export interface SubscriptionRequests {
  subscribe(subscription: Subscription): void;
  unsubscribe(subscription: Subscription): void;
}

export class Subscription extends TypedEmitter<SubscriptionEvents> {
  readonly instrumentId: number;
  /** Empty: all of them. */
  readonly channels: readonly Channel[];
  readonly book: BookMirror;
  readonly #requests: SubscriptionRequests;
  readonly #backoff = new ResubscriptionBackoff();
  #status: InstrumentStatus | undefined;
  #indication: AuctionIndication | undefined;
  /** Runs from a gap until the next snapshot. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(instrumentId: number, channels: readonly Channel[], requests: SubscriptionRequests) {
    super();
    this.instrumentId = instrumentId;
    this.channels = channels;
    this.book = new BookMirror(instrumentId);
    this.#requests = requests;
  }

  get bestBid(): BookLevel | undefined {
    return this.book.bestBid;
  }

  get bestOffer(): BookLevel | undefined {
    return this.book.bestOffer;
  }

  /** Of the instrument, where the book was asked for; Unspecified before the first. */
  get phase(): Phase {
    return this.#status?.phase ?? Phase.Unspecified;
  }

  /** The last one of this phase. */
  get indication(): AuctionIndication | undefined {
    return this.#indication;
  }

  /** Best first. */
  bids(depth?: number): BookLevel[] {
    return this.book.bids(depth);
  }

  offers(depth?: number): BookLevel[] {
    return this.book.offers(depth);
  }

  /** Ends it; what is still on its way from the venue is dropped. */
  unsubscribe(): void {
    clearTimeout(this.#timer);
    this.#requests.unsubscribe(this);
  }

  /** Whether the venue was asked for this channel. */
  wants(channel: Channel): boolean {
    return this.channels.length === 0 || this.channels.includes(channel);
  }

  /** For the session, as is everything below. */
  onBookSnapshot(frame: BookSnapshot): void {
    if (!this.book.applySnapshot(frame)) return;
    clearTimeout(this.#timer);
    this.emit("book", this.book);
  }

  onBookDelta(delta: BookDelta): void {
    const expectedSequenceNumber = this.book.sequenceNumber + 1;
    const outcome = this.book.applyDelta(delta);
    if (outcome === "applied") {
      this.emit("book", this.book);
    } else if (outcome === "gap") {
      const resubscribeInMs = this.#resubscribeLater();
      this.emit("gap", { expectedSequenceNumber, receivedSequenceNumber: delta.sequenceNumber, resubscribeInMs });
    }
  }

  onTrade(view: PublicTrade): void {
    this.emit("trade", copyPublicTrade(view));
  }

  onBestBidOffer(view: BestBidOffer): void {
    this.emit("bbo", copyBestBidOffer(view));
  }

  onInstrumentStatus(view: InstrumentStatus): void {
    this.#status = copyInstrumentStatus(view);
    this.#indication = undefined;
    this.emit("phase", this.#status);
  }

  onAuctionIndication(view: AuctionIndication): void {
    this.#indication = copyAuctionIndication(view);
    this.emit("indication", this.#indication);
  }

  onTradeAmendment(view: TradeAmendment): void {
    this.emit("amendment", copyTradeAmendment(view));
  }

  onReject(error: RequestRejectedError | BusyError): void {
    clearTimeout(this.#timer);
    if (error.name === "BusyError") this.#resubscribeLater();
    this.emit("reject", error);
  }

  onEnd(cause: FairleadError | undefined): void {
    clearTimeout(this.#timer);
    this.emit("close", cause);
  }

  /** @returns In how many milliseconds. */
  #resubscribeLater(): number {
    const delayMs = this.#backoff.next(performance.now(), Math.random());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#resubscribe(), delayMs);
    return delayMs;
  }

  #resubscribe(): void {
    this.#timer = setTimeout(() => this.#resubscribeLater(), SNAPSHOT_PATIENCE_MS);
    this.#requests.subscribe(this);
  }
}
