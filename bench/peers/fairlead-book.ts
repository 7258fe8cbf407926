/**
 * Fairlead as a SharedBook. It looks at events only: fills are the reports of the resting orders, and the depth is what a
 * follower of the book makes of the level changes.
 */
import { ExecType, OrderType, Side, TimeInForce, unreachable } from "../../protocol/codes.ts";
import { CommandKind } from "../../protocol/record/command-record.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_CUM_QTY,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEVEL_QTY,
  EVT_PREV_LEVEL_QTY,
  EVT_PREV_PRICE,
  EVT_PRICE,
  EventFlag,
  EventKind,
} from "../../protocol/record/event-record.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import type { BenchCommand } from "../feed/bench-command.ts";
import { benchEngineConfig } from "../feed/bench-engine.ts";
import { EngineFeed } from "../feed/engine-feed.ts";
import { type Depth, type Fill, LimitLife, type SharedBook, type SharedCommand } from "./shared-command.ts";

const INSTRUMENT_ID = 1;
const TIME_IN_FORCE: Readonly<Record<LimitLife, TimeInForce>> = {
  [LimitLife.GoodTillCancel]: TimeInForce.GoodTillCancel,
  [LimitLife.ImmediateOrCancel]: TimeInForce.ImmediateOrCancel,
  [LimitLife.FillOrKill]: TimeInForce.FillOrKill,
};

export class FairleadBook implements SharedBook {
  readonly #feed: EngineFeed;
  readonly #events: RingConsumer;
  readonly #session: number;
  readonly #bids = new Map<number, number>();
  readonly #offers = new Map<number, number>();
  /** Traded so far, by id: a replace names a total. */
  readonly #cumQty = new Map<number, number>();
  #fills: Fill[] = [];

  constructor() {
    const ring = createRing(1024);
    const config = benchEngineConfig({ instrumentCount: 1, maxOpenOrders: 1024, maxPriceLevels: 256 });
    this.#events = new RingConsumer(ring);
    this.#feed = new EngineFeed(config, ring, () => this.#read());
    this.#session = this.#feed.openSession();
    this.#feed.apply({ kind: CommandKind.FollowBook, instrumentId: INSTRUMENT_ID });
    this.#read();
  }

  apply(command: SharedCommand): Fill[] {
    this.#fills = [];
    this.#feed.apply(this.#recordOf(command));
    this.#read();
    return this.#fills;
  }

  depth(): Depth {
    return {
      bids: [...this.#bids].toSorted(([a], [b]) => b - a),
      offers: [...this.#offers].toSorted(([a], [b]) => a - b),
    };
  }

  #recordOf(command: SharedCommand): BenchCommand {
    const from = { session: this.#session, instrumentId: INSTRUMENT_ID };
    switch (command.type) {
      case "limit": {
        const { id: clientOrderId, side, price, qty: orderQty, life } = command;
        const order = { kind: CommandKind.NewOrder, orderType: OrderType.Limit, timeInForce: TIME_IN_FORCE[life] };
        return { ...from, ...order, side, clientOrderId, price, orderQty };
      }
      case "market": {
        const { id: clientOrderId, side, qty: orderQty } = command;
        const order = { kind: CommandKind.NewOrder, orderType: OrderType.Market };
        return { ...from, ...order, timeInForce: TimeInForce.ImmediateOrCancel, side, clientOrderId, orderQty };
      }
      case "cancel":
        return { ...from, kind: CommandKind.CancelOrder, origClientOrderId: command.id };
      case "replace": {
        const orderQty = (this.#cumQty.get(command.id) ?? 0) + command.qty;
        return {
          ...from,
          kind: CommandKind.ReplaceOrder,
          origClientOrderId: command.id,
          price: command.price,
          orderQty,
        };
      }
      default:
        return unreachable(command);
    }
  }

  #read(): void {
    const { i32, f64 } = this.#events;
    for (let base = this.#events.poll(); base !== EMPTY; base = this.#events.poll()) this.#readEvent(i32, f64, base);
    this.#events.release();
  }

  #readEvent(i32: Int32Array, f64: Float64Array, base: number): void {
    const head = i32[base + EVT_HEAD] as number;
    const flags = (i32[base + EVT_DETAIL] as number) >>> 24;
    const levels = head >>> 24 === Side.Buy ? this.#bids : this.#offers;
    if ((flags & EventFlag.LevelChanged) !== 0) {
      setLevel(levels, i32[base + EVT_PRICE] as number, f64[(base >> 1) + EVT_LEVEL_QTY] as number);
    }
    if ((flags & EventFlag.PrevLevelChanged) !== 0) {
      setLevel(levels, i32[base + EVT_PREV_PRICE] as number, f64[(base >> 1) + EVT_PREV_LEVEL_QTY] as number);
    }
    if ((head & 0xff) !== EventKind.ExecutionReport || ((head >> 8) & 0xff) !== ExecType.Trade) return;
    const id = f64[(base >> 1) + EVT_CLIENT_ORDER_ID] as number;
    this.#cumQty.set(id, i32[base + EVT_CUM_QTY] as number);
    if ((flags & EventFlag.PublicTrade) === 0) return;
    const [price, qty] = [i32[base + EVT_LAST_PX] as number, i32[base + EVT_LAST_QTY] as number];
    this.#fills.push({ restingId: id, price, qty });
  }
}

function setLevel(levels: Map<number, number>, price: number, qty: number): void {
  if (qty === 0) levels.delete(price);
  else levels.set(price, qty);
}
