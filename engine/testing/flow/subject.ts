/**
 * What is compared with the naive twin: a matching engine, as far as a test can look into it. Whoever changes how an engine is
 * read from outside adapts `EngineSubject`, and nothing else.
 */
import type { EngineConfig } from "../../engine-config.ts";
import { NO_ORDER, ORD_NEXT, ORD_ORDER_ID, type OrderBase } from "../../orders/order-record.ts";
import {
  LVL_HEAD,
  LVL_ORDER_COUNT,
  LVL_PRICE,
  LVL_TOTAL_QTY,
  type LevelBase,
  NO_LEVEL,
} from "../../book/price-levels.ts";
import { assertInvariants } from "../../engine-invariants.ts";
import { BOOK_LADDER, NO_BOOK } from "../../book/book-record.ts";
import { ALL_OR_NONE_BIDS, HIDDEN_BIDS, SHOWN_BIDS, ladderOfSide } from "../../book/ladders.ts";
import type { CommandFields } from "../command-fields.ts";
import { EngineRig } from "../engine-rig.ts";
import type { EventFields } from "../event-fields.ts";
import type { TwinLevel } from "../twin/book-queries.ts";
import type { Place } from "../twin/twin-order.ts";

/** First ladder of the books that an engine can tell the order of. */
const FIRST_LADDERS: Partial<Record<Place, number>> = {
  shown: SHOWN_BIDS,
  hidden: HIDDEN_BIDS,
  allOrNone: ALL_OR_NONE_BIDS,
};

export interface Subject {
  readonly openCount: number;
  readonly endedCount: number;
  /** @returns the events of this command, index = gateway. */
  apply(command: CommandFields): EventFields[][];
  /** Of the shown book, best first. */
  levels(instrumentId: number, side: number): TwinLevel[];
  /** Order ids in one book, first to trade first; undefined: this subject cannot tell. */
  queue(instrumentId: number, side: number, place: Place): number[] | undefined;
  assertInvariants(): void;
}

export class EngineSubject implements Subject {
  readonly #rig: EngineRig;

  constructor(config: EngineConfig, ringSlots: number) {
    this.#rig = new EngineRig(config, ringSlots);
  }

  get openCount(): number {
    return this.#rig.engine.openOrderCount;
  }

  get endedCount(): number {
    return this.#rig.engine.endedOrderCount;
  }

  apply(command: CommandFields): EventFields[][] {
    return this.#rig.apply(command);
  }

  assertInvariants(): void {
    assertInvariants(this.#rig.engine);
  }

  levels(instrumentId: number, side: number): TwinLevel[] {
    const { i32, f64 } = this.#rig.engine.state.levels;
    return this.#levelBases(instrumentId, side, SHOWN_BIDS).map((level) => ({
      price: i32[level + LVL_PRICE] as number,
      qty: f64[(level >> 1) + LVL_TOTAL_QTY] as number,
      orderCount: i32[level + LVL_ORDER_COUNT] as number,
    }));
  }

  queue(instrumentId: number, side: number, place: Place): number[] | undefined {
    const first = FIRST_LADDERS[place];
    if (first === undefined) return undefined;
    const { levels, pool } = this.#rig.engine.state;
    const ids: number[] = [];
    for (const level of this.#levelBases(instrumentId, side, first)) {
      let order = levels.i32[level + LVL_HEAD] as OrderBase;
      while (order !== NO_ORDER) {
        ids.push(pool.f64[(order >> 1) + ORD_ORDER_ID] as number);
        order = pool.i32[order + ORD_NEXT] as OrderBase;
      }
    }
    return ids;
  }

  #levelBases(instrumentId: number, side: number, firstLadder: number): LevelBase[] {
    const { books, ladders } = this.#rig.engine.state;
    const book = books.find(instrumentId);
    const bases: LevelBase[] = [];
    if (book === NO_BOOK) return bases;
    const ladder = (books.i32[book + BOOK_LADDER] as number) + firstLadder + ladderOfSide(side);
    for (let level = ladders.best(ladder); level !== NO_LEVEL; level = ladders.nextWorse(level)) bases.push(level);
    return bases;
  }
}
