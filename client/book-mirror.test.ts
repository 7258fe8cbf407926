import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Side } from "../protocol/codes.ts";
import { BookMirror } from "./book-mirror.ts";
import type { BookDelta, BookLevel, BookSnapshot } from "./messages.ts";
import { delta, type Change } from "./testing/book-frames.ts";

/** The truth: levels by price in two plain maps, sorted only when asked. */
class NaiveBook {
  sequenceNumber = 0;
  readonly #levels = { [Side.Buy]: new Map<number, BookLevel>(), [Side.Sell]: new Map<number, BookLevel>() };

  change(changes: readonly Change[]): BookDelta {
    for (const { side, price, qty, orderCount } of changes) {
      if (qty === 0) this.#levels[side].delete(price);
      else this.#levels[side].set(price, { price, qty, orderCount });
    }
    this.sequenceNumber += 1;
    return delta(1, this.sequenceNumber, changes);
  }

  bids(): BookLevel[] {
    return [...this.#levels[Side.Buy].values()].toSorted((a, b) => b.price - a.price);
  }

  offers(): BookLevel[] {
    return [...this.#levels[Side.Sell].values()].toSorted((a, b) => a.price - b.price);
  }

  /** Frames of at most `frameLevels` levels of each side. */
  snapshot(frameLevels: number): BookSnapshot[] {
    const { sequenceNumber } = this;
    const frameCount = Math.max(1, Math.ceil(Math.max(this.bids().length, this.offers().length) / frameLevels));
    return Array.from({ length: frameCount }, (_, n) => ({
      instrumentId: 1,
      sequenceNumber,
      bids: this.bids().slice(n * frameLevels, (n + 1) * frameLevels),
      offers: this.offers().slice(n * frameLevels, (n + 1) * frameLevels),
      last: n === frameCount - 1,
    }));
  }
}

const side = fc.constantFrom(Side.Buy, Side.Sell);
// Few prices, so that levels are often changed and removed.
const change = fc.record({ side, price: fc.integer({ min: 1, max: 12 }), qty: fc.nat(3), orderCount: fc.nat(5) });
const batches = fc.array(fc.array(change, { maxLength: 5 }), { minLength: 1, maxLength: 40 });
const frameLevels = fc.integer({ min: 1, max: 4 });

function snapshotInto(mirror: BookMirror, book: NaiveBook, levelsPerFrame: number): void {
  const outcomes = book.snapshot(levelsPerFrame).map((frame) => mirror.applySnapshot(frame));
  expect(outcomes.indexOf(true), "only the last frame completes it").toBe(outcomes.length - 1);
}

function expectEqual(mirror: BookMirror, book: NaiveBook): void {
  expect(mirror.bids()).toEqual(book.bids());
  expect(mirror.offers()).toEqual(book.offers());
  expect(mirror.bestBid).toEqual(book.bids()[0]);
  expect(mirror.bestOffer).toEqual(book.offers()[0]);
  expect(mirror.sequenceNumber).toBe(book.sequenceNumber);
}

test("the mirror equals the book after every delta", () => {
  fc.assert(
    fc.property(batches, batches, frameLevels, (before, after, levelsPerFrame) => {
      const book = new NaiveBook();
      const mirror = new BookMirror(1);
      for (const changes of before) book.change(changes);
      snapshotInto(mirror, book, levelsPerFrame);
      for (const changes of after) {
        expect(mirror.applyDelta(book.change(changes))).toBe("applied");
        expectEqual(mirror, book);
      }
    }),
  );
});

test("deltas that are lost, repeated or swapped are a gap at the next one that comes", () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: -5, max: 5 }), (changes, shift) => {
      fc.pre(shift !== 0);
      const mirror = new BookMirror(1);
      mirror.applySnapshot({ instrumentId: 1, sequenceNumber: 100, bids: [], offers: [], last: true });
      changes.forEach((batch, n) => mirror.applyDelta(delta(1, 101 + n, batch)));
      const shown = { bids: mirror.bids(), offers: mirror.offers() };
      expect(mirror.applyDelta(delta(1, 101 + changes.length + shift, []))).toBe("gap");
      expect(mirror.state).toBe("stale");
      expect({ bids: mirror.bids(), offers: mirror.offers() }).toEqual(shown);
    }),
  );
});

test("after a lost delta the mirror ignores deltas, and equals the book again after the next snapshot", () => {
  fc.assert(
    fc.property(batches, batches, frameLevels, (lost, late, levelsPerFrame) => {
      const book = new NaiveBook();
      const mirror = new BookMirror(1);
      snapshotInto(mirror, book, levelsPerFrame);
      for (const changes of lost) book.change(changes);
      expect(mirror.applyDelta(book.change([]))).toBe("gap");
      for (const changes of late) expect(mirror.applyDelta(book.change(changes))).toBe("ignored");
      snapshotInto(mirror, book, levelsPerFrame);
      expectEqual(mirror, book);
      expect(mirror.applyDelta(book.change([]))).toBe("applied");
    }),
  );
});

test("a snapshot that another one interrupts leaves nothing behind", () => {
  const mirror = new BookMirror(1);
  const level = { price: 5, qty: 1, orderCount: 1 };
  mirror.applySnapshot({ instrumentId: 1, sequenceNumber: 7, bids: [level], offers: [], last: false });
  mirror.applySnapshot({ instrumentId: 1, sequenceNumber: 9, bids: [], offers: [level], last: true });
  expect(mirror.bids()).toEqual([]);
  expect(mirror.offers()).toEqual([level]);
});

test("the old book stays visible while a snapshot is arriving", () => {
  const mirror = new BookMirror(1);
  const level = { price: 5, qty: 1, orderCount: 1 };
  mirror.applySnapshot({ instrumentId: 1, sequenceNumber: 7, bids: [level], offers: [], last: true });
  mirror.applySnapshot({ instrumentId: 1, sequenceNumber: 9, bids: [], offers: [], last: false });
  expect(mirror.bids()).toEqual([level]);
});

test("deltas before the first snapshot are ignored", () => {
  expect(new BookMirror(1).applyDelta(delta(1, 1, []))).toBe("ignored");
});

test("a change on neither side is a gap: nothing is applied", () => {
  const mirror = new BookMirror(1);
  mirror.applySnapshot({ instrumentId: 1, sequenceNumber: 7, bids: [], offers: [], last: true });
  const bid = { side: Side.Buy, price: 5, qty: 1, orderCount: 1 };
  const frame = delta(1, 8, [bid, bid]);
  frame.side = (index) => (index === 0 ? Side.Buy : 3);
  expect(mirror.applyDelta(frame)).toBe("gap");
  expect(mirror.bids()).toEqual([]);
});

test("depth cuts the worst levels", () => {
  const mirror = new BookMirror(1);
  const levels = [9, 8, 7].map((price) => ({ price, qty: 1, orderCount: 1 }));
  mirror.applySnapshot({ instrumentId: 1, sequenceNumber: 1, bids: levels, offers: levels, last: true });
  expect(mirror.bids(2).map((level) => level.price)).toEqual([9, 8]);
  expect(mirror.offers(2).map((level) => level.price)).toEqual([7, 8]);
});
