/**
 * A subscriber's view of one instrument, put together from what the venue sends. It is strict: a hole in the sequence, a
 * frame of the wrong channel or a level that cannot be is an error.
 */
import { Side } from "../../protocol/codes.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";

/** "bid 100: 5 x 2" for each level, bids before offers, best first. */
export type BookLines = readonly string[];

export interface Level {
  readonly qty: number;
  readonly orderCount: number;
}

export class LevelMap {
  readonly #levels = new Map<number, Level>();

  set(side: number, price: number, qty: number, orderCount: number): void {
    // Two sides in one map: offers have negative keys.
    const key = side === Side.Buy ? price : -price;
    if (qty === 0) this.#levels.delete(key);
    else this.#levels.set(key, { qty, orderCount });
  }

  get(side: number, price: number): Level {
    return this.#levels.get(side === Side.Buy ? price : -price) ?? { qty: 0, orderCount: 0 };
  }

  copy(): LevelMap {
    const copy = new LevelMap();
    for (const [key, level] of this.#levels) copy.#levels.set(key, level);
    return copy;
  }

  clear(): void {
    this.#levels.clear();
  }

  /** Best first. */
  prices(side: number): number[] {
    const keys = [...this.#levels.keys()].filter((key) => key > 0 === (side === Side.Buy));
    return keys.toSorted((a, b) => b - a).map(Math.abs);
  }

  lines(): BookLines {
    return [Side.Buy, Side.Sell].flatMap((side) =>
      this.prices(side).map((price) => {
        const { qty, orderCount } = this.get(side, price);
        return `${side === Side.Buy ? "bid" : "offer"} ${price}: ${qty} x ${orderCount}`;
      }),
    );
  }

  /** "100: 5 / 101: 7"; a side without levels is "0: 0". */
  best(): string {
    const [bid = 0] = this.prices(Side.Buy);
    const [offer = 0] = this.prices(Side.Sell);
    return `${bid}: ${this.get(Side.Buy, bid).qty} / ${offer}: ${this.get(Side.Sell, offer).qty}`;
  }
}

export class BookFollower {
  readonly instrumentId: number;
  readonly book = new LevelMap();
  readonly tradeIds: number[] = [];
  /** As told by the last InstrumentStatus. */
  phase = 0;
  /** Price of the last AuctionIndication of this phase; undefined before the first. */
  indicatedPrice: number | undefined;
  /** Of the trades that were busted or corrected. */
  readonly amendedTradeIds: number[] = [];
  /** Complete snapshots seen. */
  snapshotCount = 0;
  /** As told by the last BestBidOffer, in the form of LevelMap.best. */
  best = "";
  #sequenceNumber = 0;
  #isComplete = false;
  #isInSnapshot = false;

  constructor(instrumentId: number) {
    this.instrumentId = instrumentId;
  }

  /** Frames about other things are passed over. */
  read(frame: fairlead.v1.ServerFrame): void {
    this.#readNotices(frame);
    const { bookSnapshot, bookDelta, trade, bestBidOffer } = frame;
    if (bookSnapshot?.instrumentId === this.instrumentId) this.#snapshot(bookSnapshot);
    if (bookDelta?.instrumentId === this.instrumentId) this.#delta(bookDelta);
    if (trade?.instrumentId === this.instrumentId) this.tradeIds.push(trade.tradeId ?? 0);
    if (bestBidOffer?.instrumentId === this.instrumentId) {
      const { bidPrice, bidQty, offerPrice, offerQty } = bestBidOffer;
      this.best = `${bidPrice}: ${bidQty} / ${offerPrice}: ${offerQty}`;
    }
  }

  #readNotices({ instrumentStatus, auctionIndication, tradeAmendment }: fairlead.v1.ServerFrame): void {
    if (instrumentStatus?.instrumentId === this.instrumentId) {
      this.phase = instrumentStatus.phase ?? 0;
      this.indicatedPrice = undefined;
    }
    if (auctionIndication?.instrumentId === this.instrumentId) this.indicatedPrice = auctionIndication.price ?? 0;
    if (tradeAmendment?.instrumentId === this.instrumentId) this.amendedTradeIds.push(tradeAmendment.tradeId ?? 0);
  }

  #snapshot(frame: fairlead.v1.BookSnapshot.$Properties): void {
    const sequenceNumber = frame.sequenceNumber ?? 0;
    if (!this.#isInSnapshot) this.book.clear();
    else if (sequenceNumber !== this.#sequenceNumber) throw new Error("the parts of a snapshot differ");
    this.#sequenceNumber = sequenceNumber;
    for (const level of frame.bids ?? []) this.#newLevel(Side.Buy, level);
    for (const level of frame.offers ?? []) this.#newLevel(Side.Sell, level);
    this.#isInSnapshot = !frame.last;
    this.#isComplete = frame.last ?? false;
    if (frame.last) this.snapshotCount += 1;
  }

  #newLevel(side: Side, level: fairlead.v1.BookLevel.$Properties): void {
    const { price, qty, orderCount } = {
      price: level.price ?? 0,
      qty: level.qty ?? 0,
      orderCount: level.orderCount ?? 0,
    };
    const worst = this.book.prices(side).at(-1);
    const isWorse = worst === undefined || (side === Side.Buy ? price < worst : price > worst);
    if (!isWorse || qty < 1 || orderCount < 1) throw new Error(`a snapshot has its levels in order, not ${price}`);
    this.book.set(side, price, qty, orderCount);
  }

  #delta(frame: fairlead.v1.BookDelta.$Properties): void {
    if (!this.#isComplete) throw new Error("a delta came before the snapshot was complete");
    const expected = this.#sequenceNumber + 1;
    if (frame.sequenceNumber !== expected) throw new Error(`expected delta ${expected}, not ${frame.sequenceNumber}`);
    this.#sequenceNumber = expected;
    for (const { side, price, qty, orderCount } of frame.changes ?? []) {
      this.book.set(side ?? 0, price ?? 0, qty ?? 0, orderCount ?? 0);
    }
  }
}
