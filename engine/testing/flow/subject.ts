/**
 * What is compared with the naive twin: a matching engine, as far as a test can look into it. Whoever changes how an engine is
 * read from outside adapts `EngineSubject`, and nothing else.
 */
import type { EngineConfig } from "../../engine-config.ts";
import { NO_ORDER, ORD_NEXT, ORD_ORDER_ID, type OrderBase } from "../../order-record.ts";
import { LVL_HEAD, LVL_ORDER_COUNT, LVL_PRICE, LVL_TOTAL_QTY, type LevelBase, NO_LEVEL } from "../../price-levels.ts";
import { assertInvariants } from "../book-invariants.ts";
import type { CommandFields } from "../command-fields.ts";
import { EngineRig } from "../engine-rig.ts";
import type { EventFields } from "../event-fields.ts";
import type { TwinLevel } from "../twin/book-queries.ts";
import type { Place } from "../twin/twin-order.ts";

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
    const { i32, f64 } = this.#rig.engine.state.books.levels;
    return this.#levelBases(instrumentId, side).map((level) => ({
      price: i32[level + LVL_PRICE] as number,
      qty: f64[(level >> 1) + LVL_TOTAL_QTY] as number,
      orderCount: i32[level + LVL_ORDER_COUNT] as number,
    }));
  }

  queue(instrumentId: number, side: number, place: Place): number[] | undefined {
    if (place !== "shown") return undefined;
    const { books, registry } = this.#rig.engine.state;
    const { i32, f64 } = registry.pool;
    const ids: number[] = [];
    for (const level of this.#levelBases(instrumentId, side)) {
      let order = books.levels.i32[level + LVL_HEAD] as OrderBase;
      while (order !== NO_ORDER) {
        ids.push(f64[(order >> 1) + ORD_ORDER_ID] as number);
        order = i32[order + ORD_NEXT] as OrderBase;
      }
    }
    return ids;
  }

  #levelBases(instrumentId: number, side: number): LevelBase[] {
    const book = this.#rig.engine.state.books.find(instrumentId);
    const bases: LevelBase[] = [];
    if (book === undefined) return bases;
    for (let level = book.best(side); level !== NO_LEVEL; level = book.nextWorse(level)) bases.push(level);
    return bases;
  }
}
