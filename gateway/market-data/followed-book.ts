/**
 * One instrument's market data at this gateway: what is known of its book, who wants to hear of it, and what changed
 * since they were last told.
 *
 *   joining ──snapshotEnd──► live
 *
 * While joining, only snapshot levels count: the engine sends them after every change that they already include.
 */
import { Channel, Side } from "../../protocol/codes.ts";
import type { OrderSession } from "../session/order-session.ts";
import { BookImage } from "./book-image.ts";

export class FollowedBook {
  readonly instrumentId: number;
  readonly engine: number;
  readonly image = new BookImage();
  isLive = false;
  /** Of the last BookDelta; a snapshot has it too. */
  sequenceNumber = 0;
  /** A Phase, and the time at which it ends by itself (µs; 0: not known). */
  phase = 0;
  phaseUntil = 0;
  /** The encoded AuctionIndication that holds now; undefined while no auction is near. */
  indication: Uint8Array | undefined;
  /** Whether the subscribers have not been told of it yet. */
  indicationPending = false;
  readonly bookSubscribers = new Set<OrderSession>();
  readonly tradeSubscribers = new Set<OrderSession>();
  readonly bestBidOfferSubscribers = new Set<OrderSession>();
  /** Subscribers who have not been sent the book as it is yet. */
  readonly newcomers = new Set<OrderSession>();
  /** Whether the publisher's list holds this book. */
  publishPending = false;

  readonly #changedPrices = { [Side.Buy]: new Set<number>(), [Side.Sell]: new Set<number>() };
  #lastBest = { bidPrice: 0, bidQty: 0, offerPrice: 0, offerQty: 0 };

  constructor(instrumentId: number, engine: number) {
    this.instrumentId = instrumentId;
    this.engine = engine;
  }

  /** Nothing is known of the book until the next snapshot, which every subscriber is sent. */
  rejoin(): void {
    this.isLive = false;
    this.image.clear();
    this.clearChanges();
    for (const subscribers of [this.bookSubscribers, this.tradeSubscribers, this.bestBidOfferSubscribers]) {
      for (const session of subscribers) this.newcomers.add(session);
    }
  }

  /** What was indicated before belongs to the phase before. */
  enterPhase(phase: number, until: number): void {
    this.phase = phase;
    this.phaseUntil = until;
    this.indication = undefined;
    this.indicationPending = false;
  }

  setLevel(side: number, price: number, qty: number, orderCount: number): void {
    this.image.set(side, price, qty, orderCount);
    this.#changedPrices[side === Side.Buy ? Side.Buy : Side.Sell].add(price);
  }

  changedPrices(side: typeof Side.Buy | typeof Side.Sell): ReadonlySet<number> {
    return this.#changedPrices[side];
  }

  get changeCount(): number {
    return this.#changedPrices[Side.Buy].size + this.#changedPrices[Side.Sell].size;
  }

  clearChanges(): void {
    this.#changedPrices[Side.Buy].clear();
    this.#changedPrices[Side.Sell].clear();
  }

  /** Remembers the best prices as told; returns whether they differ from what was told before. */
  bestHasChanged(): boolean {
    const bid = this.image.best(Side.Buy);
    const offer = this.image.best(Side.Sell);
    const best = {
      bidPrice: bid?.price ?? 0,
      bidQty: bid?.qty ?? 0,
      offerPrice: offer?.price ?? 0,
      offerQty: offer?.qty ?? 0,
    };
    const last = this.#lastBest;
    this.#lastBest = best;
    return (
      best.bidPrice !== last.bidPrice ||
      best.bidQty !== last.bidQty ||
      best.offerPrice !== last.offerPrice ||
      best.offerQty !== last.offerQty
    );
  }

  get best(): Readonly<{ bidPrice: number; bidQty: number; offerPrice: number; offerQty: number }> {
    return this.#lastBest;
  }

  subscribe(session: OrderSession, channels: readonly number[]): void {
    this.unsubscribe(session);
    const wants = (channel: number): boolean => channels.length === 0 || channels.includes(channel);
    if (wants(Channel.Book)) this.bookSubscribers.add(session);
    if (wants(Channel.Trades)) this.tradeSubscribers.add(session);
    if (wants(Channel.BestBidOffer)) this.bestBidOfferSubscribers.add(session);
    this.newcomers.add(session);
  }

  unsubscribe(session: OrderSession): void {
    this.bookSubscribers.delete(session);
    this.tradeSubscribers.delete(session);
    this.bestBidOfferSubscribers.delete(session);
    this.newcomers.delete(session);
  }

  get hasSubscribers(): boolean {
    return this.bookSubscribers.size > 0 || this.tradeSubscribers.size > 0 || this.bestBidOfferSubscribers.size > 0;
  }
}
