/**
 * An open loop that costs its machine as little as can be: prepared orders leave in bursts, a thousand bursts a second, each at its
 * time whether or not the one before it was answered. An order's latency runs from the time at which its burst was due to
 * the read of its answer, so what delays client, venue or disk is all in it.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { MAX_ORDER_FRAME_BYTES, encodeNewOrder } from "../../protocol/codec/client-frame-encoder.ts";
import { encodeClientFrame, fairlead } from "../../protocol/codec/cold-codec.ts";
import { FRAME, FrameSplitter } from "../../protocol/codec/delimited.ts";
import { EXECUTION_REPORT, decodeServerFrame } from "../../protocol/codec/server-frame-decoder.ts";
import { ServerFrameView } from "../../protocol/codec/server-frame-view.ts";
import { OrderType, Side, TimeInForce } from "../../protocol/codes.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";
import { type OnBytes, type WireConnection, openConnection } from "../wire/connection.ts";
import type { BurstClockTask } from "./burst-clock-worker.ts";

export interface BurstLoad {
  readonly ordersPerBurst: number;
  readonly burstCount: number;
  /** The first of them, which are sent and not measured. */
  readonly warmBursts: number;
}

export interface BurstRun {
  /** µs, of every measured order. */
  readonly microseconds: Float64Array;
  /** µs, from due to sent, of every measured burst: what the client itself was late by. */
  readonly lateness: Float64Array;
  /** Orders that the venue turned away for lack of room; their time is that of the refusal. */
  readonly refusedCount: number;
}

const PERIOD_MS = 1;
/** In the clock's page. */
const FIRST_AT = 1;
const ANSWER_TIMEOUT_MS = 20_000;
const MAX_REPLY_BYTES = 2 ** 20;
const MID = 100_000;
const PRICE_LEVELS = 100;

export class BurstClient {
  readonly #connection: WireConnection;
  readonly #splitter = new FrameSplitter(MAX_REPLY_BYTES);
  readonly #view = new ServerFrameView();
  /** Called for every frame that comes. */
  #onFrame: (atMs: number) => void = () => {};
  #nextId = 1;

  private constructor(connection: WireConnection) {
    this.#connection = connection;
  }

  static async open(tcpPort: number, session: string): Promise<BurstClient> {
    const received: { by: OnBytes } = { by: () => {} };
    const connection = await openConnection("tcp", tcpPort, (...bytes) => received.by(...bytes));
    const client = new BurstClient(connection);
    received.by = (...bytes) => client.#receive(...bytes);
    await new Promise<void>((resolve) => {
      client.#onFrame = () => resolve();
      connection.write(encodeClientFrame({ logon: { session } }));
    });
    return client;
  }

  close(): void {
    this.#connection.close();
  }

  /** @throws when an order is not answered. */
  async run(load: BurstLoad): Promise<BurstRun> {
    const page = new SharedArrayBuffer(16);
    const run = new BurstRecorder(load, this.#nextId, new Float64Array(page));
    const bursts = this.#prepare(load);
    this.#onFrame = (atMs) => this.#readAnswer(run, atMs);
    const task: BurstClockTask = { page, periodMs: PERIOD_MS, burstCount: load.burstCount };
    const clock = new Worker(new URL("./burst-clock-worker.js", import.meta.url), { workerData: task });
    const clockEnded = once(clock, "exit");
    await this.#send(bursts, new Int32Array(page), run);
    await run.untilAnswered(ANSWER_TIMEOUT_MS);
    await clockEnded;
    return run.result();
  }

  async #send(bursts: readonly Uint8Array[], due: Int32Array, run: BurstRecorder): Promise<void> {
    for (let sent = 0; sent < bursts.length;) {
      const dueNow = Atomics.load(due, 0);
      for (; sent < dueNow; sent++) {
        run.sending(sent);
        this.#connection.write(bursts[sent] as Uint8Array);
      }
      const wait = Atomics.waitAsync(due, 0, dueNow, ANSWER_TIMEOUT_MS);
      if (sent < bursts.length && wait.async) await wait.value;
    }
  }

  #receive(bytes: Uint8Array, start: number, end: number): void {
    const atMs = nowMs();
    this.#splitter.feed(bytes, start, end);
    while (this.#splitter.next() === FRAME) this.#onFrame(atMs);
  }

  #readAnswer(run: BurstRecorder, atMs: number): void {
    const { bytes, start, end } = this.#splitter;
    if (decodeServerFrame(bytes, start, end, this.#view) === EXECUTION_REPORT) {
      run.answered(this.#view.executionReport.clientOrderId, atMs);
    } else {
      const { businessReject } = fairlead.v1.ServerFrame.decode(bytes.subarray(start, end));
      if (businessReject) run.refused(Number(businessReject.clientOrderId), atMs);
    }
  }

  /** Limit orders that rest: buys below the middle, sells above it. */
  #prepare({ burstCount, ordersPerBurst }: BurstLoad): Uint8Array[] {
    const bytes = new Uint8Array(MAX_ORDER_FRAME_BYTES * ordersPerBurst);
    return Array.from({ length: burstCount }, () => {
      let length = 0;
      for (let n = 0; n < ordersPerBurst; n++) length = this.#encodeOrder(bytes, length);
      return bytes.slice(0, length);
    });
  }

  /** @returns the position behind it. */
  #encodeOrder(bytes: Uint8Array, at: number): number {
    const clientOrderId = this.#nextId++;
    const isBuy = clientOrderId % 2 === 0;
    const offset = 1 + ((clientOrderId * 7) % PRICE_LEVELS);
    const order = {
      clientOrderId,
      instrumentId: 1,
      side: isBuy ? Side.Buy : Side.Sell,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel,
      price: isBuy ? MID - offset : MID + offset,
      orderQty: 100,
    };
    return encodeNewOrder(order, bytes, at);
  }
}

/** Who was answered when. */
class BurstRecorder {
  readonly #load: BurstLoad;
  readonly #firstId: number;
  /** Page of the clock. */
  readonly #clock: Float64Array;
  readonly #microseconds: Float64Array;
  readonly #lateness: Float64Array;
  #answerCount = 0;
  #refusedCount = 0;
  #onAll: () => void = () => {};

  constructor(load: BurstLoad, firstId: number, clock: Float64Array) {
    this.#load = load;
    this.#firstId = firstId;
    this.#clock = clock;
    this.#microseconds = new Float64Array(load.burstCount * load.ordersPerBurst);
    this.#lateness = new Float64Array(load.burstCount);
  }

  sending(burst: number): void {
    this.#lateness[burst] = (nowMs() - this.#dueMs(burst)) * 1000;
  }

  answered(clientOrderId: number, atMs: number): void {
    const order = clientOrderId - this.#firstId;
    const burst = Math.floor(order / this.#load.ordersPerBurst);
    this.#microseconds[order] = (atMs - this.#dueMs(burst)) * 1000;
    if (++this.#answerCount === this.#microseconds.length) this.#onAll();
  }

  refused(clientOrderId: number, atMs: number): void {
    this.#refusedCount++;
    this.answered(clientOrderId, atMs);
  }

  async untilAnswered(timeoutMs: number): Promise<void> {
    const count = this.#microseconds.length;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${this.#answerCount} of ${count} orders are answered`)), timeoutMs);
      this.#onAll = resolve;
      if (this.#answerCount === count) resolve();
    }).finally(() => clearTimeout(timer));
  }

  result(): BurstRun {
    const { warmBursts, ordersPerBurst } = this.#load;
    return {
      microseconds: this.#microseconds.subarray(warmBursts * ordersPerBurst),
      lateness: this.#lateness.subarray(warmBursts),
      refusedCount: this.#refusedCount,
    };
  }

  #dueMs(burst: number): number {
    return (this.#clock[FIRST_AT] as number) + burst * PERIOD_MS;
  }
}
