/**
 * Runs a flow through the matching engine by its public interface: command records in, events written into a ring, and
 * every event read back, as the gateway would. The checksum comes from the trade reports.
 */
import { type MatchingEngine, createMatchingEngine } from "../../engine/matching-engine.ts";
import type { EngineConfig } from "../../engine/engine-config.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import { OrderType, TimeInForce } from "../../protocol/codes.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TIME,
  CommandKind,
  RECORD_I32_SHIFT,
  commandHead,
} from "../../protocol/record/command-record.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEAVES_QTY,
  EventFlag,
} from "../../protocol/record/event-record.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import type { Lots, Ticks } from "../../protocol/units.ts";
import { type Flow, FlowOp } from "./flow.ts";
import { nextChecksum } from "./reference-book.ts";

/** Commands between two publications: what a busy sequencer takes at once. */
const BATCH = 64;
const RING_SLOTS = 16_384;
const INSTRUMENT_ID = 1;
const PUBLIC_TRADE = EventFlag.PublicTrade << 24;

/** A flow as command columns of the engine. */
export interface PreparedFlow {
  readonly count: number;
  readonly head: Int32Array;
  readonly clientOrderId: Int32Array;
  readonly origClientOrderId: Int32Array;
  readonly price: Int32Array;
  readonly orderQty: Int32Array;
  /** Largest number of orders that may rest at the same time. */
  readonly maxOpenOrders: number;
}

export interface RunOutcome {
  readonly seconds: number;
  readonly trades: number;
  readonly checksum: number;
  readonly eventCount: number;
}

/**
 * A flow names quantities that are open, commands name totals. A replace to the same price and quantity keeps its priority
 * here and loses it in a flow: it is sent as two, up by one lot and down again, at our cost.
 */
export function prepareFlow(flow: Flow): PreparedFlow {
  const rows: number[][] = [];
  const totalOf = new Int32Array(flow.highestId + 1);
  const priceOf = new Int32Array(flow.highestId + 1);
  for (let i = 0; i < flow.count; i++) {
    const [op, side, id] = [flow.op[i] as number, flow.side[i] as number, flow.id[i] as number];
    const price = flow.price[i] as number;
    if (op === FlowOp.New) {
      const timeInForce = flow.isImmediate[i] === 1 ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
      const head = commandHead(CommandKind.NewOrder, side, OrderType.Limit, timeInForce);
      totalOf[id] = flow.qty[i] as number;
      rows.push([head, id, 0, price, totalOf[id]]);
    } else if (op === FlowOp.Cancel) {
      rows.push([commandHead(CommandKind.CancelOrder, 0, 0, 0), 0, id, 0, 0]);
    } else {
      const head = commandHead(CommandKind.ReplaceOrder, 0, 0, 0);
      const total = totalOf[id] as number;
      if (price === priceOf[id]) rows.push([head, 0, id, price, total + 1]);
      rows.push([head, 0, id, price, total]);
    }
    priceOf[id] = price;
  }
  const column = (at: number): Int32Array => Int32Array.from(rows, (row) => row[at] as number);
  return {
    count: rows.length,
    head: column(0),
    clientOrderId: column(1),
    origClientOrderId: column(2),
    price: column(3),
    orderQty: column(4),
    maxOpenOrders: Math.max(1024, Math.ceil(flow.outcome.resting * 1.25)),
  };
}

export class FairleadRunner {
  readonly engine: MatchingEngine;
  readonly #outbox: EventOutbox;
  readonly #events: RingConsumer;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  #sequence = 0;
  #trades = 0;
  #checksum = 0;
  #eventCount = 0;
  #fieldSum = 0;

  constructor(maxOpenOrders: number, maxEndedOrders = 2 ** 16) {
    const config: EngineConfig = {
      engineIndex: 0,
      gatewayCount: 1,
      maxOpenOrders,
      maxEndedOrders,
      maxPriceLevels: 2 ** 17,
      maxSessions: 16,
      instruments: [
        {
          instrumentId: INSTRUMENT_ID,
          symbol: "BENCH",
          priceDecimals: 2,
          tickSize: 1,
          qtyDecimals: 0,
          lotSize: 1,
          maxPrice: MAX_INT32 as Ticks,
          maxOrderQty: 1_000_000 as Lots,
          engine: 0,
        },
      ],
    };
    const ring = createRing(RING_SLOTS);
    const batch = new ArrayBuffer(BATCH << (RECORD_I32_SHIFT + 2));
    this.#outbox = new EventOutbox([ring], () => this.#drain());
    this.#events = new RingConsumer(ring);
    this.engine = createMatchingEngine(config, this.#outbox);
    this.#i32 = new Int32Array(batch);
    this.#f64 = new Float64Array(batch);
    this.#openSession();
  }

  /** Commands `from` … `to` − 1. A flow may be run in parts, one after the other; trades and events are counted over all. */
  run(flow: PreparedFlow, from = 0, to = flow.count): RunOutcome {
    const start = process.hrtime.bigint();
    for (let first = from; first < to; first += BATCH) {
      const end = Math.min(first + BATCH, to);
      for (let i = first; i < end; i++) this.#writeCommand(flow, i, (i - first) << RECORD_I32_SHIFT);
      for (let i = first; i < end; i++) this.engine.apply(this.#i32, this.#f64, (i - first) << RECORD_I32_SHIFT);
      this.#outbox.publish();
      this.#drain();
    }
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    return { seconds, trades: this.#trades, checksum: this.#checksum, eventCount: this.#eventCount };
  }

  #openSession(): void {
    this.#i32[CMD_HEAD] = commandHead(CommandKind.OpenSession, 0, 0, 0);
    this.#i32[CMD_NAME_BYTES] = 1;
    this.#i32[CMD_NAME] = "b".charCodeAt(0);
    this.engine.apply(this.#i32, this.#f64, 0);
    this.#i32.fill(0);
  }

  #writeCommand(flow: PreparedFlow, i: number, base: number): void {
    const i32 = this.#i32;
    const f64 = this.#f64;
    const at = base >> 1;
    this.#sequence += 1;
    i32[base + CMD_HEAD] = flow.head[i] as number;
    i32[base + CMD_SESSION] = 0;
    i32[base + CMD_INSTRUMENT_ID] = INSTRUMENT_ID;
    f64[at + CMD_CLIENT_ORDER_ID] = flow.clientOrderId[i] as number;
    f64[at + CMD_ORIG_CLIENT_ORDER_ID] = flow.origClientOrderId[i] as number;
    i32[base + CMD_PRICE] = flow.price[i] as number;
    i32[base + CMD_ORDER_QTY] = flow.orderQty[i] as number;
    f64[at + CMD_SEQUENCE] = this.#sequence;
    f64[at + CMD_TIME] = this.#sequence;
    i32[base + CMD_GATEWAY] = 0;
  }

  #drain(): void {
    const events = this.#events;
    const { i32, f64 } = events;
    let eventCount = 0;
    let trades = 0;
    let checksum = this.#checksum;
    let fieldSum = this.#fieldSum;
    for (let base = events.poll(); base !== EMPTY; base = events.poll()) {
      eventCount += 1;
      // Every event is looked at, as a gateway would; a trade is told by the resting side, the aggressor's comes next.
      fieldSum = (fieldSum + (i32[base + EVT_HEAD] as number) + (i32[base + EVT_LEAVES_QTY] as number)) | 0;
      if (((i32[base + EVT_DETAIL] as number) & PUBLIC_TRADE) === 0) continue;
      const resting = f64[(base >> 1) + EVT_CLIENT_ORDER_ID] as number;
      const aggressor = f64[(events.poll() >> 1) + EVT_CLIENT_ORDER_ID] as number;
      const price = i32[base + EVT_LAST_PX] as number;
      eventCount += 1;
      trades += 1;
      checksum = nextChecksum(checksum, resting, aggressor, price, i32[base + EVT_LAST_QTY] as number);
    }
    events.release();
    this.#eventCount += eventCount;
    this.#trades += trades;
    this.#checksum = checksum;
    this.#fieldSum = fieldSum;
  }
}
