/** The books of one engine, with the memory that they share. */
import { assert } from "../protocol/assert.ts";
import type { EngineConfig } from "./engine-config.ts";
import { OrderBook } from "./order-book.ts";
import type { OrderPool } from "./order-pool.ts";
import { PriceLadders } from "./price-ladders.ts";
import { PriceLevels } from "./price-levels.ts";

export class OrderBooks {
  readonly levels: PriceLevels;
  readonly ladders: PriceLadders;
  readonly #books: readonly OrderBook[];
  readonly #byInstrumentId: ReadonlyMap<number, OrderBook>;

  constructor(config: EngineConfig, orders: OrderPool) {
    const { instruments } = config;
    this.levels = new PriceLevels(config.maxPriceLevels, orders);
    this.ladders = new PriceLadders(this.levels, instruments.length * 2);
    this.#books = instruments.map((instrument, index) => {
      const exact = config.maxOpenOrders * instrument.maxOrderQty <= Number.MAX_SAFE_INTEGER;
      assert(exact, "the lots that can rest at one price stay below 2^53");
      return new OrderBook(index, instrument, orders, this.levels, this.ladders);
    });
    this.#byInstrumentId = new Map(this.#books.map((book) => [book.instrumentId, book]));
    assert(this.#byInstrumentId.size === instruments.length, "every instrument has an id of its own");
  }

  get count(): number {
    return this.#books.length;
  }

  at(index: number): OrderBook {
    return this.#books[index] as OrderBook;
  }

  find(instrumentId: number): OrderBook | undefined {
    return this.#byInstrumentId.get(instrumentId);
  }
}
