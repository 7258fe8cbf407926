/**
 * The book of one instrument, rebuilt from snapshot and deltas. Pure: no socket, no clock.
 *
 *   empty ──snapshot──► current ──hole in the sequence──► stale ──snapshot──► current
 *
 * Invariants:
 *  1. While current, the levels are those of the venue at sequenceNumber.
 *  2. While stale, they are those of the last sequence number before the hole: shown, but not to be traded on.
 *  3. A snapshot in several frames is shown when its last frame has come, never in part.
 */
import { Side } from "../protocol/codes.ts";
import { BookSide } from "./book-side.ts";
import type { BookDelta, BookLevel, BookSnapshot } from "./messages.ts";

type BookState = "empty" | "current" | "stale";

/** What became of a delta: "ignored" ones came while there was no snapshot to apply them to. */
type DeltaOutcome = "applied" | "gap" | "ignored";

interface Sides {
  readonly bids: BookSide;
  readonly offers: BookSide;
}

export class BookMirror {
  readonly instrumentId: number;
  #state: BookState = "empty";
  #sequenceNumber = 0;
  #shown: Sides = emptySides();
  /** The snapshot that is arriving. */
  #loading: Sides | undefined;
  #loadingSequenceNumber = 0;

  constructor(instrumentId: number) {
    this.instrumentId = instrumentId;
  }

  get state(): BookState {
    return this.#state;
  }

  /** Of the snapshot or delta applied last; 0 while empty. */
  get sequenceNumber(): number {
    return this.#sequenceNumber;
  }

  get bestBid(): BookLevel | undefined {
    return this.#shown.bids.best;
  }

  get bestOffer(): BookLevel | undefined {
    return this.#shown.offers.best;
  }

  /** Best first. */
  bids(depth: number = Number.MAX_SAFE_INTEGER): BookLevel[] {
    return this.#shown.bids.top(depth);
  }

  offers(depth: number = Number.MAX_SAFE_INTEGER): BookLevel[] {
    return this.#shown.offers.top(depth);
  }

  /** @returns Whether the book is current now: false while more frames of the snapshot are to come. */
  applySnapshot(frame: BookSnapshot): boolean {
    if (this.#loading === undefined || this.#loadingSequenceNumber !== frame.sequenceNumber) {
      this.#loading = emptySides();
      this.#loadingSequenceNumber = frame.sequenceNumber;
    }
    for (const level of frame.bids) this.#loading.bids.set(level.price, level.qty, level.orderCount);
    for (const level of frame.offers) this.#loading.offers.set(level.price, level.qty, level.orderCount);
    if (!frame.last) return false;
    this.#shown = this.#loading;
    this.#loading = undefined;
    this.#sequenceNumber = frame.sequenceNumber;
    this.#state = "current";
    return true;
  }

  applyDelta(delta: BookDelta): DeltaOutcome {
    if (this.#state !== "current") return "ignored";
    // A side that is neither is a change that cannot be followed: the book would be wrong without a sign.
    if (delta.sequenceNumber !== this.#sequenceNumber + 1 || !hasSides(delta)) {
      this.#state = "stale";
      return "gap";
    }
    for (let i = 0; i < delta.changeCount; i++) {
      const side = delta.side(i) === Side.Buy ? this.#shown.bids : this.#shown.offers;
      side.set(delta.price(i), delta.qty(i), delta.orderCount(i));
    }
    this.#sequenceNumber = delta.sequenceNumber;
    return "applied";
  }
}

function emptySides(): Sides {
  return { bids: new BookSide(Side.Buy), offers: new BookSide(Side.Sell) };
}

function hasSides(delta: BookDelta): boolean {
  for (let i = 0; i < delta.changeCount; i++) {
    if (delta.side(i) !== Side.Buy && delta.side(i) !== Side.Sell) return false;
  }
  return true;
}
