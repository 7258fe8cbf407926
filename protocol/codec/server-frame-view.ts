/**
 * Where the client's decoder puts the frequent messages: views that are made once and filled again and again. What a view
 * shows is valid until the next frame is decoded into it. Absent fields are 0.
 *
 * The numbers lie in typed arrays, so that filling a view allocates nothing whatever their size.
 */

/** Index of each field in ExecutionReportView.i32. */
export const REPORT_SESSION_SEQUENCE = 0;
export const REPORT_EXEC_TYPE = 1;
export const REPORT_ORDER_STATUS = 2;
export const REPORT_INSTRUMENT_ID = 3;
export const REPORT_SIDE = 4;
export const REPORT_PRICE = 5;
export const REPORT_ORDER_QTY = 6;
export const REPORT_CUM_QTY = 7;
export const REPORT_LEAVES_QTY = 8;
export const REPORT_LAST_PX = 9;
export const REPORT_LAST_QTY = 10;
export const REPORT_REJECT_REASON = 11;
export const REPORT_ORDER_TYPE = 12;
export const REPORT_TIME_IN_FORCE = 13;
export const REPORT_ENGINE = 14;
/** Five stages, in the order of Receipt's fields. */
export const REPORT_STAGES = 15;
export const REPORT_CANCEL_REASON = 20;
export const REPORT_TRIGGER_PRICE = 21;

/** Index of each field in ExecutionReportView.f64. */
export const REPORT_ORDER_ID = 0;
export const REPORT_CLIENT_ORDER_ID = 1;
export const REPORT_ORIG_CLIENT_ORDER_ID = 2;
export const REPORT_TRADE_ID = 3;
export const REPORT_SEQUENCE_NUMBER = 4;
export const REPORT_TRANSACT_TIME = 5;
export const REPORT_CONTRA_ORDER_ID = 6;

const REPORT_I32_COUNT = 22;
const REPORT_F64_COUNT = 7;

/** Units and ranges as in ExecutionReport. */
export class ExecutionReportView {
  /** For the decoder. */
  readonly i32 = new Int32Array(REPORT_I32_COUNT);
  readonly f64 = new Float64Array(REPORT_F64_COUNT);
  /** Empty in everything but a rejection. */
  text = "";
  hasReceipt = false;

  get sessionSequence(): number {
    return (this.i32[REPORT_SESSION_SEQUENCE] as number) >>> 0;
  }
  get execType(): number {
    return this.i32[REPORT_EXEC_TYPE] as number;
  }
  get orderStatus(): number {
    return this.i32[REPORT_ORDER_STATUS] as number;
  }
  get orderId(): number {
    return this.f64[REPORT_ORDER_ID] as number;
  }
  get clientOrderId(): number {
    return this.f64[REPORT_CLIENT_ORDER_ID] as number;
  }
  get origClientOrderId(): number {
    return this.f64[REPORT_ORIG_CLIENT_ORDER_ID] as number;
  }
  get instrumentId(): number {
    return (this.i32[REPORT_INSTRUMENT_ID] as number) >>> 0;
  }
  get side(): number {
    return this.i32[REPORT_SIDE] as number;
  }
  get price(): number {
    return this.i32[REPORT_PRICE] as number;
  }
  get orderQty(): number {
    return (this.i32[REPORT_ORDER_QTY] as number) >>> 0;
  }
  get cumQty(): number {
    return (this.i32[REPORT_CUM_QTY] as number) >>> 0;
  }
  get leavesQty(): number {
    return (this.i32[REPORT_LEAVES_QTY] as number) >>> 0;
  }
  get lastPx(): number {
    return this.i32[REPORT_LAST_PX] as number;
  }
  get lastQty(): number {
    return (this.i32[REPORT_LAST_QTY] as number) >>> 0;
  }
  get tradeId(): number {
    return this.f64[REPORT_TRADE_ID] as number;
  }
  get rejectReason(): number {
    return this.i32[REPORT_REJECT_REASON] as number;
  }
  get sequenceNumber(): number {
    return this.f64[REPORT_SEQUENCE_NUMBER] as number;
  }
  get transactTime(): number {
    return this.f64[REPORT_TRANSACT_TIME] as number;
  }
  get orderType(): number {
    return this.i32[REPORT_ORDER_TYPE] as number;
  }
  get timeInForce(): number {
    return this.i32[REPORT_TIME_IN_FORCE] as number;
  }
  get engine(): number {
    return (this.i32[REPORT_ENGINE] as number) >>> 0;
  }
  get cancelReason(): number {
    return this.i32[REPORT_CANCEL_REASON] as number;
  }
  get triggerPrice(): number {
    return this.i32[REPORT_TRIGGER_PRICE] as number;
  }
  get contraOrderId(): number {
    return this.f64[REPORT_CONTRA_ORDER_ID] as number;
  }
  /** The stages of the receipt; zero without one. */
  get gatewayInNs(): number {
    return (this.i32[REPORT_STAGES] as number) >>> 0;
  }
  get ringWaitNs(): number {
    return (this.i32[REPORT_STAGES + 1] as number) >>> 0;
  }
  get matchingNs(): number {
    return (this.i32[REPORT_STAGES + 2] as number) >>> 0;
  }
  get ringOutNs(): number {
    return (this.i32[REPORT_STAGES + 3] as number) >>> 0;
  }
  get gatewayOutNs(): number {
    return (this.i32[REPORT_STAGES + 4] as number) >>> 0;
  }

  clear(): void {
    // Loops: over so few elements, a call of fill costs more than the stores.
    for (let i = 0; i < REPORT_I32_COUNT; i++) this.i32[i] = 0;
    for (let i = 0; i < REPORT_F64_COUNT; i++) this.f64[i] = 0;
    this.text = "";
    this.hasReceipt = false;
  }
}

/** Index of each field in TradeView.i32 and TradeView.f64. */
export const TRADE_INSTRUMENT_ID = 0;
export const TRADE_PRICE = 1;
export const TRADE_QTY = 2;
export const TRADE_AGGRESSOR_SIDE = 3;
export const TRADE_ID = 0;
export const TRADE_TRANSACT_TIME = 1;

/** Units and ranges as in Trade. */
export class TradeView {
  /** For the decoder. */
  readonly i32 = new Int32Array(4);
  readonly f64 = new Float64Array(2);

  get instrumentId(): number {
    return (this.i32[TRADE_INSTRUMENT_ID] as number) >>> 0;
  }
  get tradeId(): number {
    return this.f64[TRADE_ID] as number;
  }
  get price(): number {
    return this.i32[TRADE_PRICE] as number;
  }
  get qty(): number {
    return (this.i32[TRADE_QTY] as number) >>> 0;
  }
  get aggressorSide(): number {
    return this.i32[TRADE_AGGRESSOR_SIDE] as number;
  }
  get transactTime(): number {
    return this.f64[TRADE_TRANSACT_TIME] as number;
  }

  clear(): void {
    this.i32.fill(0);
    this.f64.fill(0);
  }
}

/** Index of each field in BookDeltaView.head and, per change, in BookDeltaView.changes. */
export const DELTA_INSTRUMENT_ID = 0;
export const CHANGE_SIDE = 0;
export const CHANGE_PRICE = 1;
export const CHANGE_ORDER_COUNT = 2;
/** log2 of the int32 per change. */
export const CHANGE_SHIFT = 2;

const INITIAL_CHANGE_CAPACITY = 64;

/** Units and ranges as in BookDelta. Changes are read by index, 0 … changeCount − 1. */
export class BookDeltaView {
  /** For the decoder. */
  readonly head = new Int32Array(1);
  readonly sequence = new Float64Array(1);
  changes = new Int32Array(INITIAL_CHANGE_CAPACITY << CHANGE_SHIFT);
  quantities = new Float64Array(INITIAL_CHANGE_CAPACITY);
  changeCount = 0;

  get instrumentId(): number {
    return (this.head[DELTA_INSTRUMENT_ID] as number) >>> 0;
  }
  get sequenceNumber(): number {
    return this.sequence[0] as number;
  }
  side(index: number): number {
    return this.changes[(index << CHANGE_SHIFT) + CHANGE_SIDE] as number;
  }
  /** Ticks. */
  price(index: number): number {
    return this.changes[(index << CHANGE_SHIFT) + CHANGE_PRICE] as number;
  }
  /** Lots; 0: the level is gone. */
  qty(index: number): number {
    return this.quantities[index] as number;
  }
  orderCount(index: number): number {
    return (this.changes[(index << CHANGE_SHIFT) + CHANGE_ORDER_COUNT] as number) >>> 0;
  }

  clear(): void {
    this.head[DELTA_INSTRUMENT_ID] = 0;
    this.sequence[0] = 0;
    this.changeCount = 0;
  }

  /** Makes room for one more change, cleared. @returns its index. */
  append(): number {
    const index = this.changeCount++;
    if (index === this.quantities.length) this.#grow();
    for (let i = index << CHANGE_SHIFT; i < (index + 1) << CHANGE_SHIFT; i++) this.changes[i] = 0;
    this.quantities[index] = 0;
    return index;
  }

  #grow(): void {
    const { changes, quantities } = this;
    this.changes = new Int32Array(2 * changes.length);
    this.changes.set(changes);
    this.quantities = new Float64Array(2 * quantities.length);
    this.quantities.set(quantities);
  }
}

/** One of each; decodeServerFrame fills the one that it names. */
export class ServerFrameView {
  readonly executionReport = new ExecutionReportView();
  readonly bookDelta = new BookDeltaView();
  readonly trade = new TradeView();
}
