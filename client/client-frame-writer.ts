/**
 * Collects the frames that leave together.
 *
 *   chunk  | taken: belongs to the socket | waiting | free … |
 *                                         start     end
 *
 * Bytes that were taken are never written again, so the socket may keep them as long as it likes; a chunk that is used
 * up is left to it and a new one begun. Order messages are encoded in place, without allocating anything else.
 */
import type { Channel, Contingency, LogoutReason, OrderType, Side, TimeInForce } from "../protocol/codes.ts";
import {
  MAX_ORDER_FRAME_BYTES,
  encodeCancelOrder,
  encodeMassCancel,
  encodeNewOrder,
  encodeReplaceOrder,
  type CancelOrderFields,
  type MassCancelFields,
  type NewOrderFields,
  type OrderTerms,
  type ReplaceOrderFields,
} from "../protocol/codec/client-frame-encoder.ts";
import { encodeClientFrame, type fairlead } from "../protocol/codec/cold-codec.ts";

const CHUNK_BYTES = 16_384;

/** What a replace may change beyond price and quantity, and how it means the quantity. Absent: as it is. */
export type ReplaceOptions = Pick<ReplaceOrderFields, "replaceMode" | "triggerPrice" | "displayQty">;

/** Which of the session's orders a mass cancel means, beyond instrument and side. Absent: all. */
export type MassCancelOptions = Pick<MassCancelFields, "account" | "priceFrom" | "priceTo">;

/** One order of a list. */
export interface ListedOrder extends OrderTerms {
  readonly clientOrderId: number;
  readonly instrumentId: number;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  readonly price: number;
  readonly orderQty: number;
  readonly receipt: boolean;
}

/** Filled anew for each order, because the encoder takes its fields by name. */
type Reused<Fields> = { -readonly [Name in keyof Fields]-?: Exclude<Fields[Name], undefined> };
type ReusedOrder = Reused<Omit<NewOrderFields, "terms">> & { terms: OrderTerms | undefined };

export class ClientFrameWriter {
  #chunk: Uint8Array;
  #start: number;
  #end: number;
  readonly #newOrder: ReusedOrder;
  readonly #cancelOrder: Reused<CancelOrderFields>;
  readonly #replaceOrder: Reused<ReplaceOrderFields>;
  readonly #massCancel: Reused<MassCancelFields>;

  constructor() {
    this.#chunk = new Uint8Array(CHUNK_BYTES);
    this.#start = 0;
    this.#end = 0;
    const named = { clientOrderId: 0, instrumentId: 0, receipt: false };
    this.#newOrder = { ...named, side: 0, orderType: 0, timeInForce: 0, price: 0, orderQty: 0, terms: undefined };
    this.#cancelOrder = { ...named, origClientOrderId: 0 };
    const kept = { replaceMode: 0, triggerPrice: 0, displayQty: 0 };
    this.#replaceOrder = { ...named, origClientOrderId: 0, price: 0, orderQty: 0, ...kept };
    this.#massCancel = { clientOrderId: 0, instrumentId: 0, side: 0, account: 0, priceFrom: 0, priceTo: 0 };
  }

  /** Bytes that wait for take. */
  get byteCount(): number {
    return this.#end - this.#start;
  }

  /** All frames since the last take, in one piece that nobody writes to any more. */
  take(): Uint8Array {
    const bytes = this.#chunk.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return bytes;
  }

  newOrder(
    clientOrderId: number,
    instrumentId: number,
    side: Side,
    orderType: OrderType,
    timeInForce: TimeInForce,
    price: number,
    orderQty: number,
    receipt: boolean,
    terms?: OrderTerms,
  ): void {
    const fields = this.#newOrder;
    fields.clientOrderId = clientOrderId;
    fields.instrumentId = instrumentId;
    fields.side = side;
    fields.orderType = orderType;
    fields.timeInForce = timeInForce;
    fields.price = price;
    fields.orderQty = orderQty;
    fields.receipt = receipt;
    fields.terms = terms;
    this.#reserve(MAX_ORDER_FRAME_BYTES);
    this.#end = encodeNewOrder(fields, this.#chunk, this.#end);
  }

  cancelOrder(clientOrderId: number, origClientOrderId: number, instrumentId: number, receipt: boolean): void {
    const fields = this.#cancelOrder;
    fields.clientOrderId = clientOrderId;
    fields.origClientOrderId = origClientOrderId;
    fields.instrumentId = instrumentId;
    fields.receipt = receipt;
    this.#reserve(MAX_ORDER_FRAME_BYTES);
    this.#end = encodeCancelOrder(fields, this.#chunk, this.#end);
  }

  replaceOrder(
    clientOrderId: number,
    origClientOrderId: number,
    instrumentId: number,
    price: number,
    orderQty: number,
    receipt: boolean,
    options?: ReplaceOptions,
  ): void {
    const fields = this.#replaceOrder;
    fields.clientOrderId = clientOrderId;
    fields.origClientOrderId = origClientOrderId;
    fields.instrumentId = instrumentId;
    fields.price = price;
    fields.orderQty = orderQty;
    fields.receipt = receipt;
    fields.replaceMode = options?.replaceMode ?? 0;
    fields.triggerPrice = options?.triggerPrice ?? 0;
    fields.displayQty = options?.displayQty ?? 0;
    this.#reserve(MAX_ORDER_FRAME_BYTES);
    this.#end = encodeReplaceOrder(fields, this.#chunk, this.#end);
  }

  newOrderList(contingency: Contingency, orders: readonly ListedOrder[]): void {
    this.#append({ newOrderList: { contingency, orders: [...orders] } });
  }

  massCancel(clientOrderId: number, instrumentId: number, side: Side, options?: MassCancelOptions): void {
    const fields = this.#massCancel;
    fields.clientOrderId = clientOrderId;
    fields.instrumentId = instrumentId;
    fields.side = side;
    fields.account = options?.account ?? 0;
    fields.priceFrom = options?.priceFrom ?? 0;
    fields.priceTo = options?.priceTo ?? 0;
    this.#reserve(MAX_ORDER_FRAME_BYTES);
    this.#end = encodeMassCancel(fields, this.#chunk, this.#end);
  }

  logon(session: string, protocolVersion: number, heartbeatIntervalMs: number, cancelOnDisconnect: boolean): void {
    this.#append({ logon: { session, protocolVersion, heartbeatIntervalMs, cancelOnDisconnect } });
  }

  logout(reason: LogoutReason, text: string): void {
    this.#append({ logout: { reason, text } });
  }

  heartbeat(requestId: number, echoId: number): void {
    this.#append({ heartbeat: { requestId, echoId } });
  }

  subscribe(instrumentId: number, channels: readonly Channel[]): void {
    this.#append({ subscribe: { instrumentId, channels: [...channels] } });
  }

  unsubscribe(instrumentId: number): void {
    this.#append({ unsubscribe: { instrumentId } });
  }

  instrumentsRequest(): void {
    this.#append({ instrumentsRequest: {} });
  }

  #append(frame: fairlead.v1.ClientFrame.$Properties): void {
    const bytes = encodeClientFrame(frame);
    this.#reserve(bytes.length);
    this.#chunk.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #reserve(byteCount: number): void {
    if (this.#chunk.length - this.#end < byteCount) this.#beginChunk(byteCount);
  }

  /** What waits moves along, so that it still leaves in one piece. */
  #beginChunk(byteCount: number): void {
    const waiting = this.take();
    this.#chunk = new Uint8Array(Math.max(CHUNK_BYTES, 2 * (waiting.length + byteCount)));
    this.#chunk.set(waiting);
    this.#start = 0;
    this.#end = waiting.length;
  }
}
