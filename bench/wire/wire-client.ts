/**
 * The client of the wire bench: the same code, the same bytes, whatever server answers. Orders are prepared before a run;
 * a run sends them and counts the replies.
 */
import { Side } from "../../protocol/codes.ts";
import { MAX_ORDER_FRAME_BYTES, encodeMassCancel, encodeNewOrder } from "../../protocol/codec/client-frame-encoder.ts";
import { encodeClientFrame } from "../../protocol/codec/cold-codec.ts";
import { type Transport, type WireConnection, openConnection } from "./connection.ts";
import { ReplyReader } from "./reply-reader.ts";

/** Ids of full length, as bots have them. */
const FIRST_CLIENT_ORDER_ID = 1_000_000_000;
const BASE_PRICE = 100_000;
const PRICE_LEVELS = 100;
const WINDOW = 2048;
const BURST = 256;

export interface RoundTrips {
  /** µs, in the order of sending. */
  readonly microseconds: Float64Array;
}

export class WireClient {
  readonly #connection: WireConnection;
  readonly #replies: ReplyReader;
  readonly #isVenue: boolean;
  #nextId = FIRST_CLIENT_ORDER_ID;

  private constructor(connection: WireConnection, replies: ReplyReader, isVenue: boolean) {
    this.#connection = connection;
    this.#replies = replies;
    this.#isVenue = isVenue;
  }

  /** @param session Logs on under this name; undefined for a server that knows no sessions. */
  static async open(transport: Transport, port: number, session: string | undefined): Promise<WireClient> {
    const replies = new ReplyReader();
    const connection = await openConnection(transport, port, replies.receive);
    const client = new WireClient(connection, replies, session !== undefined);
    if (session !== undefined) await client.#request(encodeClientFrame({ logon: { session } }));
    return client;
  }

  close(): void {
    this.#connection.close();
  }

  /** One order at a time: the next is sent when the last is answered, and a pause after that. */
  async measureRoundTrips(orderCount: number, pauseMs = 0): Promise<RoundTrips> {
    const orders = this.#prepareOrders(orderCount);
    const firstId = this.#nextId - orderCount;
    const microseconds = new Float64Array(orderCount);
    this.#replies.start(this.#isVenue);
    let sent = 0;
    let sentAt = 0;
    await new Promise<void>((resolve) => {
      const sendNext = (): void => {
        this.#replies.onTarget = takeReply;
        this.#replies.target = sent + 1;
        sentAt = performance.now();
        this.#connection.write(orders[sent++] as Uint8Array);
      };
      const takeReply = (): void => {
        microseconds[sent - 1] = (performance.now() - sentAt) * 1000;
        if (sent === orderCount) resolve();
        else if (pauseMs === 0) sendNext();
        else setTimeout(sendNext, pauseMs);
      };
      sendNext();
    });
    await this.#checkAndClear(firstId, orderCount);
    return { microseconds };
  }

  /** As many as the server takes with at most WINDOW unanswered. Returns orders per second. */
  async measureThroughput(orderCount: number): Promise<number> {
    const bursts = toBursts(this.#prepareOrders(orderCount));
    const firstId = this.#nextId - orderCount;
    this.#replies.start(this.#isVenue);
    const startedAt = performance.now();
    for (let n = 0; n < bursts.length; n++) {
      await this.#replies.until((n + 1) * BURST - WINDOW);
      this.#connection.write(bursts[n] as Uint8Array);
    }
    await this.#replies.until(orderCount);
    const seconds = (performance.now() - startedAt) / 1000;
    await this.#checkAndClear(firstId, orderCount);
    return orderCount / seconds;
  }

  /** Every reply is what it should be; then the book is emptied, so that the next run finds it as this one did. */
  async #checkAndClear(firstId: number, orderCount: number): Promise<void> {
    if (!this.#isVenue) return;
    this.#replies.checkAcceptances(firstId, orderCount);
    const massCancel = new Uint8Array(MAX_ORDER_FRAME_BYTES);
    const length = encodeMassCancel({ clientOrderId: 0 }, massCancel, 0);
    this.#replies.start(false);
    this.#connection.write(this.#connection.prepare(massCancel.slice(0, length)));
    await this.#replies.until(orderCount + 1);
  }

  async #request(frame: Uint8Array): Promise<void> {
    this.#replies.start(false);
    this.#connection.write(this.#connection.prepare(frame));
    await this.#replies.until(1);
  }

  /** Limit orders that rest: buys below the middle, sells above it, over PRICE_LEVELS prices a side. */
  #prepareOrders(orderCount: number): Uint8Array[] {
    const bytes = new Uint8Array(MAX_ORDER_FRAME_BYTES);
    return Array.from({ length: orderCount }, (_, n) => {
      const isBuy = n % 2 === 0;
      const offset = 1 + ((n * 7) % PRICE_LEVELS);
      const length = encodeNewOrder(
        {
          clientOrderId: this.#nextId++,
          instrumentId: 1,
          side: isBuy ? Side.Buy : Side.Sell,
          orderType: 1,
          timeInForce: 1,
          price: isBuy ? BASE_PRICE - offset : BASE_PRICE + offset,
          orderQty: 100,
        },
        bytes,
        0,
      );
      return this.#connection.prepare(bytes.slice(0, length));
    });
  }
}

function toBursts(prepared: readonly Uint8Array[]): Uint8Array[] {
  const bursts: Uint8Array[] = [];
  for (let start = 0; start < prepared.length; start += BURST) {
    bursts.push(Buffer.concat(prepared.slice(start, start + BURST)));
  }
  return bursts;
}
