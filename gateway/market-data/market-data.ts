/**
 * Market data of one gateway. It follows an instrument on its engine while somebody here is subscribed to it, keeps an
 * image of the book, and answers newcomers from the image: however many join, the engine is asked once.
 *
 * Per turn of the gateway and instrument: trades one by one as they happened, then at most one BookDelta with every level
 * that changed, as it is now (conflated), then at most one BestBidOffer and one AuctionIndication. A change of phase is told
 * where it happened: what came before it goes out before it. Each frame is encoded once and copied to all subscribers. Delta sequence numbers are +1 each; a snapshot carries the number that the next delta continues from.
 */
import { REJECT_TEXTS, RejectReason, RequestType, Side } from "../../protocol/codes.ts";
import {
  BookDeltaWriter,
  MAX_EMPTY_BOOK_DELTA_BYTES,
  MAX_LEVEL_CHANGE_BYTES,
} from "../../protocol/codec/book-delta-writer.ts";
import { encodeServerFrame, type fairlead } from "../../protocol/codec/cold-codec.ts";
import {
  MAX_BEST_BID_OFFER_BYTES,
  MAX_TRADE_BYTES,
  encodeBestBidOffer,
  encodeTrade,
} from "../../protocol/codec/server-frame-encoder.ts";
import { MAX_LEVELS_PER_FRAME } from "../../protocol/limits.ts";
import {
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LEVEL_ORDER_COUNT,
  EVT_LEVEL_QTY,
  EVT_PREV_LEVEL_ORDER_COUNT,
  EVT_PREV_LEVEL_QTY,
  EVT_PREV_PRICE,
  EVT_PRICE,
  EVT_UNTIL,
  EventFlag,
} from "../../protocol/record/event-record.ts";
import type { FlushList } from "../session/flush-list.ts";
import { OutputBuffer } from "../session/output-buffer.ts";
import type { OrderSession } from "../session/order-session.ts";
import type { SessionControl } from "../session/session-control.ts";
import type { ImageLevel } from "./book-image.ts";
import { FollowedBook } from "./followed-book.ts";
import { amendmentFrame, indicationFrame, statusFrame } from "./public-notices.ts";

const NOBODY: ReadonlySet<OrderSession> = new Set();

export interface MarketDataOptions {
  readonly engineOfInstrument: ReadonlyMap<number, number>;
  readonly maxSubscriptions: number;
}

export class MarketData {
  readonly #options: MarketDataOptions;
  readonly #control: SessionControl;
  readonly #flushList: FlushList;
  readonly #books = new Map<number, FollowedBook>();
  #publishPending: FollowedBook[] = [];
  /** A frame is encoded here once and copied to each subscriber. */
  readonly #frame = new OutputBuffer();
  readonly #deltaWriter = new BookDeltaWriter();
  #subscriptionCount = 0;

  constructor(options: MarketDataOptions, control: SessionControl, flushList: FlushList) {
    this.#options = options;
    this.#control = control;
    this.#flushList = flushList;
  }

  get subscriptionCount(): number {
    return this.#subscriptionCount;
  }

  subscribe(session: OrderSession, request: fairlead.v1.Subscribe.$Properties): void {
    const instrumentId = request.instrumentId ?? 0;
    const engine = this.#options.engineOfInstrument.get(instrumentId);
    if (engine === undefined) {
      return this.#reject(session, RequestType.Subscribe, RejectReason.UnknownInstrument, instrumentId);
    }
    if (!session.subscriptions.has(instrumentId)) {
      if (session.subscriptions.size >= this.#options.maxSubscriptions) {
        return this.#reject(session, RequestType.Subscribe, RejectReason.TooManySubscriptions, instrumentId);
      }
      session.subscriptions.add(instrumentId);
      this.#subscriptionCount++;
    }
    const book = this.#books.get(instrumentId) ?? this.#follow(instrumentId, engine);
    book.subscribe(session, request.channels ?? []);
    if (book.isLive) this.#publishLater(book);
  }

  unsubscribe(session: OrderSession, request: fairlead.v1.Unsubscribe.$Properties): void {
    const instrumentId = request.instrumentId ?? 0;
    if (session.subscriptions.has(instrumentId)) this.#leave(session, instrumentId);
    else this.#reject(session, RequestType.Unsubscribe, RejectReason.NotSubscribed, instrumentId);
  }

  /** The engine is another one: it is asked for every book again, and subscribers begin anew with its answer. */
  rejoin(engine: number): void {
    for (const book of this.#books.values()) {
      if (book.engine !== engine) continue;
      book.rejoin();
      this.#control.followBook(engine, book.instrumentId);
    }
  }

  /** The connection is gone. */
  unsubscribeAll(session: OrderSession): void {
    for (const instrumentId of session.subscriptions) this.#leave(session, instrumentId);
  }

  /** An event with public meaning; of instruments that nobody here follows there are many. */
  bookChanged(i32: Int32Array, f64: Float64Array, base: number, flags: number): void {
    if (this.#books.size === 0) return;
    const book = this.#books.get(i32[base + EVT_INSTRUMENT_ID] as number);
    if (book === undefined || !book.isLive) return;
    if ((flags & EventFlag.PublicTrade) !== 0) this.#publishTrade(book, i32, f64, base);
    this.#applyChange(book, i32, f64, base, flags);
    this.#publishLater(book);
  }

  phaseChanged(i32: Int32Array, f64: Float64Array, base: number): void {
    const book = this.#liveBook(i32[base + EVT_INSTRUMENT_ID] as number);
    if (book === undefined) return;
    // The auction that ended the old phase is part of it.
    this.#publishBook(book);
    book.enterPhase(i32[base + EVT_PRICE] as number, f64[(base >> 1) + EVT_UNTIL] as number);
    // Newcomers are told with their snapshot.
    this.#sendToAll(book.bookSubscribers, book.newcomers, statusFrame(book.instrumentId, book.phase, book.phaseUntil));
  }

  /** What the auction would do has changed. */
  indicated(i32: Int32Array, f64: Float64Array, base: number): void {
    const book = this.#liveBook(i32[base + EVT_INSTRUMENT_ID] as number);
    if (book === undefined) return;
    book.indication = indicationFrame(i32, f64, base);
    book.indicationPending = true;
    this.#publishLater(book);
  }

  tradeAmended(i32: Int32Array, f64: Float64Array, base: number): void {
    const book = this.#liveBook(i32[base + EVT_INSTRUMENT_ID] as number);
    if (book === undefined || book.tradeSubscribers.size === 0) return;
    this.#sendToAll(book.tradeSubscribers, NOBODY, amendmentFrame(i32, f64, base));
  }

  #liveBook(instrumentId: number): FollowedBook | undefined {
    const book = this.#books.get(instrumentId);
    return book?.isLive === true ? book : undefined;
  }

  snapshotLevel(i32: Int32Array, f64: Float64Array, base: number): void {
    const book = this.#books.get(i32[base + EVT_INSTRUMENT_ID] as number);
    book?.image.set(
      (i32[base + EVT_HEAD] as number) >>> 24,
      i32[base + EVT_PRICE] as number,
      f64[(base >> 1) + EVT_LEVEL_QTY] as number,
      i32[base + EVT_LEVEL_ORDER_COUNT] as number,
    );
  }

  snapshotEnd(i32: Int32Array, f64: Float64Array, base: number): void {
    const book = this.#books.get(i32[base + EVT_INSTRUMENT_ID] as number);
    if (book === undefined) return;
    book.isLive = true;
    book.enterPhase(i32[base + EVT_PRICE] as number, f64[(base >> 1) + EVT_UNTIL] as number);
    book.bestHasChanged();
    if (book.hasSubscribers) this.#publishLater(book);
    else this.#unfollow(book);
  }

  /** Sends what the turn has gathered; call before the flush. */
  publish(): void {
    for (const book of this.#publishPending) {
      book.publishPending = false;
      this.#publishBook(book);
      if (book.isLive && book.newcomers.size > 0) this.#welcome(book);
    }
    this.#publishPending = [];
  }

  #publishBook(book: FollowedBook): void {
    if (book.changeCount > 0) this.#publishChanges(book);
    if (!book.indicationPending || book.indication === undefined) return;
    book.indicationPending = false;
    this.#sendToAll(book.bookSubscribers, book.newcomers, book.indication);
  }

  #follow(instrumentId: number, engine: number): FollowedBook {
    const book = new FollowedBook(instrumentId, engine);
    this.#books.set(instrumentId, book);
    this.#control.followBook(engine, instrumentId);
    return book;
  }

  #leave(session: OrderSession, instrumentId: number): void {
    session.subscriptions.delete(instrumentId);
    this.#subscriptionCount--;
    const book = this.#books.get(instrumentId);
    book?.unsubscribe(session);
    // A snapshot under way is waited for, so that a later one cannot be mistaken for it.
    if (book !== undefined && book.isLive && !book.hasSubscribers) this.#unfollow(book);
  }

  #unfollow(book: FollowedBook): void {
    this.#books.delete(book.instrumentId);
    this.#control.unfollowBook(book.engine, book.instrumentId);
  }

  #applyChange(book: FollowedBook, i32: Int32Array, f64: Float64Array, base: number, flags: number): void {
    const side = (i32[base + EVT_HEAD] as number) >>> 24;
    const half = base >> 1;
    if ((flags & EventFlag.PrevLevelChanged) !== 0) {
      const price = i32[base + EVT_PREV_PRICE] as number;
      const qty = f64[half + EVT_PREV_LEVEL_QTY] as number;
      book.setLevel(side, price, qty, i32[base + EVT_PREV_LEVEL_ORDER_COUNT] as number);
    }
    if ((flags & EventFlag.LevelChanged) !== 0) {
      const price = i32[base + EVT_PRICE] as number;
      const qty = f64[half + EVT_LEVEL_QTY] as number;
      book.setLevel(side, price, qty, i32[base + EVT_LEVEL_ORDER_COUNT] as number);
    }
  }

  #publishLater(book: FollowedBook): void {
    if (book.publishPending) return;
    book.publishPending = true;
    this.#publishPending.push(book);
  }

  #publishTrade(book: FollowedBook, i32: Int32Array, f64: Float64Array, base: number): void {
    if (book.tradeSubscribers.size === 0) return;
    const frame = this.#startFrame(MAX_TRADE_BYTES);
    frame.length = encodeTrade(i32, f64, base, frame.bytes, 0);
    // Newcomers too: no snapshot repeats a trade, and who subscribes anew must not miss one.
    this.#copyTo(book.tradeSubscribers, NOBODY);
  }

  #publishChanges(book: FollowedBook): void {
    book.sequenceNumber++;
    if (book.bookSubscribers.size > 0) {
      this.#encodeDelta(book);
      // A newcomer's snapshot, sent at the end of this turn, includes what this frame tells. So do its best prices.
      this.#copyTo(book.bookSubscribers, book.newcomers);
    }
    book.clearChanges();
    if (book.bestHasChanged() && book.bestBidOfferSubscribers.size > 0) {
      this.#encodeBest(book);
      this.#copyTo(book.bestBidOfferSubscribers, book.newcomers);
    }
  }

  #encodeDelta(book: FollowedBook): void {
    const frame = this.#startFrame(MAX_EMPTY_BOOK_DELTA_BYTES + book.changeCount * MAX_LEVEL_CHANGE_BYTES);
    const writer = this.#deltaWriter;
    writer.begin(book.instrumentId, book.sequenceNumber, frame.bytes, 0);
    for (const side of [Side.Buy, Side.Sell] as const) {
      for (const price of book.changedPrices(side)) {
        const level = book.image.find(side, price);
        writer.change(side, price, level?.qty ?? 0, level?.orderCount ?? 0);
      }
    }
    frame.length = writer.finish();
  }

  #encodeBest(book: FollowedBook): void {
    const { bidPrice, bidQty, offerPrice, offerQty } = book.best;
    const frame = this.#startFrame(MAX_BEST_BID_OFFER_BYTES);
    frame.length = encodeBestBidOffer(book.instrumentId, bidPrice, bidQty, offerPrice, offerQty, frame.bytes, 0);
  }

  #startFrame(maxBytes: number): OutputBuffer {
    const frame = this.#frame;
    frame.clear();
    frame.reserve(maxBytes);
    return frame;
  }

  #copyTo(subscribers: ReadonlySet<OrderSession>, except: ReadonlySet<OrderSession>): void {
    for (const session of subscribers) {
      if (except.has(session)) continue;
      session.output.append(this.#frame.bytes, 0, this.#frame.length);
      this.#flushList.add(session);
    }
  }

  #welcome(book: FollowedBook): void {
    const beginning = [statusFrame(book.instrumentId, book.phase, book.phaseUntil), ...snapshotFrames(book)];
    if (book.indication !== undefined) beginning.push(book.indication);
    for (const session of book.newcomers) {
      if (book.bookSubscribers.has(session)) for (const bytes of beginning) this.#send(session, bytes);
      if (book.bestBidOfferSubscribers.has(session)) {
        this.#encodeBest(book);
        session.output.append(this.#frame.bytes, 0, this.#frame.length);
      }
      this.#flushList.add(session);
    }
    book.newcomers.clear();
  }

  #sendToAll(subscribers: ReadonlySet<OrderSession>, except: ReadonlySet<OrderSession>, bytes: Uint8Array): void {
    for (const session of subscribers) if (!except.has(session)) this.#send(session, bytes);
  }

  #send(session: OrderSession, bytes: Uint8Array): void {
    session.output.append(bytes, 0, bytes.length);
    this.#flushList.add(session);
  }

  #reject(session: OrderSession, requestType: RequestType, rejectReason: RejectReason, instrumentId: number): void {
    this.#send(
      session,
      encodeServerFrame({
        businessReject: { requestType, rejectReason, instrumentId, text: REJECT_TEXTS[rejectReason] ?? "" },
      }),
    );
  }
}

/** The book as it is, in frames of at most MAX_LEVELS_PER_FRAME levels a side. */
function snapshotFrames(book: FollowedBook): Uint8Array[] {
  const bids = book.image.levels(Side.Buy).toReversed();
  const offers = book.image.levels(Side.Sell).toReversed();
  const frameCount = Math.max(1, Math.ceil(Math.max(bids.length, offers.length) / MAX_LEVELS_PER_FRAME));
  return Array.from({ length: frameCount }, (_, n) => {
    const part = (levels: readonly ImageLevel[]): ImageLevel[] =>
      levels.slice(n * MAX_LEVELS_PER_FRAME, (n + 1) * MAX_LEVELS_PER_FRAME);
    return encodeServerFrame({
      bookSnapshot: {
        instrumentId: book.instrumentId,
        sequenceNumber: book.sequenceNumber,
        bids: part(bids),
        offers: part(offers),
        last: n === frameCount - 1,
      },
    });
  });
}
