/**
 * A fresh process that holds many instruments and a million resting orders, and says what that takes: started by
 * capacity-bench.ts, whose options are its argument, its answer is one line of JSON.
 */
import { OrderType, Side, TimeInForce } from "../../protocol/codes.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import { CommandKind, InstrumentTerm } from "../../protocol/record/command-record.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";
import { type BenchCommand, instrumentTerm } from "../feed/bench-command.ts";
import { EVENT_RING_SLOTS, benchEngineConfig } from "../feed/bench-engine.ts";
import { EngineFeed } from "../feed/engine-feed.ts";
import { END_OF_PASS, EventDrain } from "../feed/event-drain.ts";
import { spread } from "../ratio.ts";
import type { CapacityOptions, CapacityResult } from "./capacity-bench.ts";

const NEAR_LEVELS = 20;
const NEAR_MID = 1_000_000;

class CapacityRun {
  readonly #options: CapacityOptions;
  readonly #ring = createRing(EVENT_RING_SLOTS);
  readonly #drain = new EventDrain(this.#ring);
  readonly #feed: EngineFeed;
  readonly #session: number;
  readonly #startRssBytes = process.memoryUsage.rss();

  constructor(options: CapacityOptions) {
    this.#options = options;
    const config = benchEngineConfig({
      instrumentCount: options.instrumentCount,
      maxInstruments: options.instrumentCount + options.addedCount,
      maxOpenOrders: options.orderCount,
      maxPriceLevels: options.orderCount,
    });
    this.#feed = new EngineFeed(config, this.#ring, () => this.#read());
    this.#session = this.#feed.openSession();
  }

  run(): CapacityResult {
    const emptyRssBytes = process.memoryUsage.rss();
    const start = nowMs();
    this.#placeOrders();
    const fillSeconds = (nowMs() - start) / 1000;
    const { engine } = this.#feed;
    const [restingCount, levelCount] = [engine.openOrderCount, engine.priceLevelCount];
    const fullRssBytes = process.memoryUsage.rss();
    const droppedBefore = engine.droppedCommandCount;
    const addMs = this.#addInstruments();
    return {
      startRssBytes: this.#startRssBytes,
      emptyRssBytes,
      fullRssBytes,
      restingCount,
      levelCount,
      fillSeconds,
      addMs: spread(addMs),
      addedCount: engine.droppedCommandCount > droppedBefore ? 0 : addMs.length - this.#refusedCount(),
    };
  }

  /** Round the instruments; bids in the lower half of the prices, offers in the upper: nothing trades. */
  #placeOrders(): void {
    const { orderCount, instrumentCount } = this.#options;
    const order = {
      kind: CommandKind.NewOrder,
      session: this.#session,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel,
      orderQty: 1,
    };
    for (let i = 0; i < orderCount; i++) {
      const instrumentId = 1 + (i % instrumentCount);
      const side = Math.floor(i / instrumentCount) % 2 === 0 ? Side.Buy : Side.Sell;
      this.#feed.apply({ ...order, side, instrumentId, clientOrderId: i + 1, price: this.#priceOf(i, side) });
    }
  }

  #priceOf(i: number, side: Side): number {
    if (this.#options.prices === "near") {
      const distance = 1 + (Math.floor(i / (2 * this.#options.instrumentCount)) % NEAR_LEVELS);
      return side === Side.Buy ? NEAR_MID - distance : NEAR_MID + distance;
    }
    // A multiplicative hash spreads consecutive orders over the whole of a side.
    const place = Math.imul(i, 2_654_435_761) >>> 2;
    return side === Side.Buy ? 1 + place : MAX_INT32 - place;
  }

  /** Each takes effect with its commit; the time is that of all its commands. */
  #addInstruments(): number[] {
    const { instrumentCount, addedCount } = this.#options;
    return Array.from({ length: addedCount }, (_, n) => {
      const start = nowMs();
      for (const command of definition(instrumentCount + n + 1)) this.#feed.apply(command);
      const elapsedMs = nowMs() - start;
      this.#read();
      return elapsedMs;
    });
  }

  #refusedCount(): number {
    // Of a session without orders: the end of a pass and nothing else.
    this.#feed.apply({ kind: CommandKind.MassCancel, session: this.#feed.openSession(), clientOrderId: END_OF_PASS });
    this.#read();
    return this.#drain.tallies.at(-1)?.refusedCount ?? Number.NaN;
  }

  #read(): void {
    while (this.#drain.poll() > 0);
  }
}

function definition(instrumentId: number): BenchCommand[] {
  const terms: readonly (readonly [InstrumentTerm, number])[] = [
    [InstrumentTerm.PriceDecimals, 2],
    [InstrumentTerm.TickSize, 1],
    [InstrumentTerm.LotSize, 1],
    [InstrumentTerm.MaxPrice, MAX_INT32],
    [InstrumentTerm.MaxOrderQty, 1_000_000],
  ];
  return [
    ...terms.map(([term, value]) => instrumentTerm(instrumentId, term, value)),
    { kind: CommandKind.CommitInstrument, instrumentId, name: `ADDED${instrumentId}` },
  ];
}

const options = JSON.parse(process.argv[2] ?? "") as CapacityOptions;
process.stdout.write(`${JSON.stringify(new CapacityRun(options).run())}\n`);
