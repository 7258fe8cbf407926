/**
 * Lets an open order that does not rest trade with the other side of its book: the best price first, at each price the
 * oldest order first, always at the price of the resting order. Each match makes one trade id and two reports, the resting
 * side's first. What is left rests or expires, as the time in force says.
 */
import { assert } from "../protocol/assert.ts";
import { ExecType, OrderStatus, TimeInForce } from "../protocol/codes.ts";
import { IDS_PER_ENGINE } from "../protocol/limits.ts";
import type { EventWriter } from "./event-writer.ts";
import { type OrderBook, oppositeSide } from "./order-book.ts";
import {
  ORD_CUM_QTY,
  ORD_LEVEL,
  ORD_ORDER_QTY,
  ORD_WORD,
  NONE,
  type OrderBase,
  wordSide,
  wordTimeInForce,
} from "./order-record.ts";
import type { OrderRegistry } from "./order-registry.ts";
import { LVL_HEAD, LVL_PRICE, type LevelBase, NO_LEVEL, type PriceLevels } from "./price-levels.ts";

export class Matcher {
  readonly #orderI32: Int32Array;
  readonly #registry: OrderRegistry;
  readonly #levelI32: Int32Array;
  readonly #events: EventWriter;
  /** In an array, because a number above 2^31 in a field would be put on the heap at every change. */
  readonly #lastTradeId: Float64Array;

  constructor(engineIndex: number, registry: OrderRegistry, levels: PriceLevels, events: EventWriter) {
    this.#orderI32 = registry.pool.i32;
    this.#registry = registry;
    this.#levelI32 = levels.i32;
    this.#events = events;
    this.#lastTradeId = Float64Array.of(engineIndex * IDS_PER_ENGINE);
  }

  /** The order has been reported as new or replaced. Afterwards it rests or has ended. */
  execute(order: OrderBase, book: OrderBook): void {
    assert(this.#orderI32[order + ORD_LEVEL] === NONE, "an aggressor does not rest");
    const timeInForce = wordTimeInForce(this.#orderI32[order + ORD_WORD] as number);
    if (timeInForce !== TimeInForce.FillOrKill || book.canFill(order)) this.#match(order, book);
    if (this.#leavesOf(order) === 0) this.#registry.end(order);
    else if (timeInForce === TimeInForce.GoodTillCancel) this.#restResidue(order, book);
    else this.#expire(order);
  }

  #match(order: OrderBase, book: OrderBook): void {
    let leaves = this.#leavesOf(order);
    while (leaves > 0) {
      const level = book.crossedLevel(order);
      if (level === NO_LEVEL) return;
      leaves -= this.#trade(order, leaves, book, level);
    }
  }

  /** One match with the oldest order of the level. @returns the lots traded. */
  #trade(aggressor: OrderBase, aggressorLeaves: number, book: OrderBook, level: LevelBase): number {
    const orders = this.#orderI32;
    const resting = this.#levelI32[level + LVL_HEAD] as OrderBase;
    const price = this.#levelI32[level + LVL_PRICE] as number;
    const restingLeaves = this.#leavesOf(resting);
    const qty = restingLeaves < aggressorLeaves ? restingLeaves : aggressorLeaves;
    assert(qty > 0, "a trade moves at least one lot");
    this.#lastTradeId[0] = (this.#lastTradeId[0] as number) + 1;

    book.fillOldest(level, qty);
    this.#setFillStatus(resting, qty === restingLeaves);
    this.#events.traded(resting, price, qty, level, this.#lastTradeId);

    orders[aggressor + ORD_CUM_QTY] = (orders[aggressor + ORD_CUM_QTY] as number) + qty;
    this.#setFillStatus(aggressor, qty === aggressorLeaves);
    this.#events.traded(aggressor, price, qty, NO_LEVEL, this.#lastTradeId);

    if (qty === restingLeaves) {
      this.#registry.end(resting);
      book.dropIfEmpty(oppositeSide(wordSide(orders[aggressor + ORD_WORD] as number)), level);
    }
    return qty;
  }

  #restResidue(order: OrderBase, book: OrderBook): void {
    const level = book.rest(order);
    // The order's own report went out before it traded; the visible book learns of the residue here.
    if (book.followers !== 0) {
      this.#events.levelUpdated(book, wordSide(this.#orderI32[order + ORD_WORD] as number), level);
    }
  }

  #expire(order: OrderBase): void {
    this.#registry.setStatus(order, OrderStatus.Expired);
    this.#events.report(order, ExecType.Expired, NO_LEVEL);
    this.#registry.end(order);
  }

  #setFillStatus(order: OrderBase, isFilled: boolean): void {
    this.#registry.setStatus(order, isFilled ? OrderStatus.Filled : OrderStatus.PartiallyFilled);
  }

  #leavesOf(order: OrderBase): number {
    const orders = this.#orderI32;
    return (orders[order + ORD_ORDER_QTY] as number) - (orders[order + ORD_CUM_QTY] as number);
  }
}
