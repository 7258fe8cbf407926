/**
 * The requests of one session, one after the other.
 *
 * Passive orders rest around a mid that drifts slowly up and down, so that levels come and go; aggressive and IOC orders
 * cross it and trade with what other sessions left there; cancels and replaces name orders of this session.
 *
 * The flow keeps its own list of orders that it takes to be open and does not listen to fills: the same seed gives the
 * same requests whatever the venue answers and however fast. The price is that some cancels come too late for an order
 * that has traded, as in a real market. Aggressive orders are small and passive ones large, so that this stays rare. The
 * one thing it does hear is a cancel or replace that was refused while its order stays open (turnedAway): it must be
 * repeated, or the book would grow.
 *
 * The book stays bounded:
 *  1. At most `maxOpenOrders` passive orders are open; when a session has that many, a cancel takes the place of the next.
 *  2. Aggressive orders alternate between buy and sell with the same quantity, so that what is left of them when a book
 *     is empty meets the next one of the other side.
 */
import { assert } from "../protocol/assert.ts";
import { Side } from "../protocol/codes.ts";
import type { Lots, Ticks } from "../protocol/units.ts";
import { FLOW_KINDS } from "./mix-profile.ts";
import type { FlowKind, MixProfile } from "./mix-profile.ts";
import { SeededRandom } from "./seeded-random.ts";

export interface FlowSettings {
  readonly seed: number;
  /** Number of the session in the run: which random stream it draws from. */
  readonly session: number;
  readonly mix: MixProfile;
  readonly instrumentIds: readonly number[];
  /** Where the mid starts. More than 2 × levels. */
  readonly midPrice: Ticks;
  /** Passive orders rest on this many ticks on either side of the mid; the mid drifts as far up and down. */
  readonly levels: number;
  readonly maxOpenOrders: number;
  /** Share of orders that ask for a receipt, 0 … 1. */
  readonly receiptShare: number;
  /** Client order id of the first request; each request has the next one. */
  readonly firstClientOrderId: number;
}

/** One request. The flow fills the same object again with every call of next(). */
export interface FlowRequest {
  kind: FlowKind;
  /** Names the request; of a new order or a replace also the order from now on. */
  clientOrderId: number;
  /** Of cancel and replace: the order that is meant. */
  origClientOrderId: number;
  instrumentId: number;
  side: Side;
  price: Ticks;
  orderQty: Lots;
  receipt: boolean;
}

/** The mid moves by one tick after this many requests of the whole run. */
const REQUESTS_PER_TICK = 4096;
const PASSIVE_LOTS = { low: 20, high: 100 } as const;
const AGGRESSIVE_LOTS = { low: 1, high: 5 } as const;
/** Share of replaces that take one lot off, which keeps the time priority; the others move the price. */
const REDUCE_SHARE = 0.25;

export class OrderFlow {
  readonly #settings: FlowSettings;
  readonly #random: SeededRandom;
  /** Upper end of each kind's part of [0, 1), in the order of FLOW_KINDS. */
  readonly #shareEnds: readonly number[];
  readonly #request: FlowRequest;
  #nextClientOrderId: number;
  /** Quantity of the aggressive buy that the next aggressive sell will match; 0: the next one is a buy. */
  readonly #owedSellLots: number[];

  // Orders that this session takes to be open, in no order: parallel arrays, the last one fills the place of a removed one.
  readonly #openIds: number[] = [];
  readonly #openInstruments: number[] = [];
  readonly #openSides: Side[] = [];
  readonly #openPrices: Ticks[] = [];
  readonly #openLots: Lots[] = [];
  // Orders whose cancel or replace was turned away.
  readonly #againIds: number[] = [];
  readonly #againInstruments: number[] = [];

  constructor(settings: FlowSettings) {
    assert(settings.midPrice > 2 * settings.levels, "prices stay above zero however far the mid drifts");
    assert(settings.maxOpenOrders > 0, "a session may have an open order");
    this.#settings = settings;
    this.#random = new SeededRandom(settings.seed, settings.session);
    this.#shareEnds = shareEnds(settings.mix);
    this.#nextClientOrderId = settings.firstClientOrderId;
    this.#owedSellLots = settings.instrumentIds.map(() => 0);
    this.#request = {
      kind: "passive",
      clientOrderId: 0,
      origClientOrderId: 0,
      instrumentId: 0,
      side: Side.Buy,
      price: settings.midPrice,
      orderQty: 0 as Lots,
      receipt: false,
    };
  }

  /** Orders that may be resting as far as this session knows. */
  get openOrderCount(): number {
    return this.#openIds.length + this.#againIds.length;
  }

  /**
   * @param runIndex Number of the request in the whole run: where the mid stands, the same for every session.
   * @returns The request to send; valid until the next call.
   */
  next(runIndex: number): FlowRequest {
    const request = this.#request;
    request.kind = this.#drawKind();
    request.clientOrderId = this.#nextClientOrderId++;
    request.origClientOrderId = 0;
    request.receipt = this.#random.nextUnit() < this.#settings.receiptShare;
    const mid = this.#mid(runIndex);
    switch (request.kind) {
      case "passive":
        this.#fillPassive(request, mid);
        break;
      case "aggressive":
        this.#fillAggressive(request, mid);
        break;
      case "ioc":
        this.#fillImmediateOrCancel(request, mid);
        break;
      case "cancel":
        this.#fillCancel(request);
        break;
      case "replace":
        this.#fillReplace(request, mid);
        break;
      default:
        request.kind satisfies never;
    }
    return request;
  }

  /** The venue refused a cancel or replace of an order that is still open: the order will be canceled later on. */
  turnedAway(origClientOrderId: number, instrumentId: number): void {
    this.#againIds.push(origClientOrderId);
    this.#againInstruments.push(instrumentId);
  }

  #drawKind(): FlowKind {
    const draw = this.#random.nextUnit();
    let index = 0;
    while (index < FLOW_KINDS.length - 1 && draw >= (this.#shareEnds[index] ?? 1)) index++;
    const kind = FLOW_KINDS[index] ?? "passive";
    if (kind === "passive" && this.openOrderCount >= this.#settings.maxOpenOrders) return "cancel";
    if (kind === "cancel" && this.openOrderCount === 0) return "passive";
    if (kind === "replace" && this.#openIds.length === 0) return "passive";
    return kind;
  }

  /** A triangle wave between `levels` below and `levels` above the start. */
  #mid(runIndex: number): Ticks {
    const { midPrice, levels } = this.#settings;
    const step = Math.floor(runIndex / REQUESTS_PER_TICK) % (4 * levels);
    const drift = step <= levels ? step : step <= 3 * levels ? 2 * levels - step : step - 4 * levels;
    return (midPrice + drift) as Ticks;
  }

  #fillPassive(request: FlowRequest, mid: Ticks): void {
    const side = this.#random.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
    request.instrumentId = this.#instrumentAt(this.#random.nextBelow(this.#settings.instrumentIds.length));
    request.side = side;
    request.price = this.#passivePrice(side, mid);
    request.orderQty = this.#random.nextBetween(PASSIVE_LOTS.low, PASSIVE_LOTS.high) as Lots;
    this.#addOpen(request);
  }

  #fillAggressive(request: FlowRequest, mid: Ticks): void {
    const instrument = this.#random.nextBelow(this.#settings.instrumentIds.length);
    const owed = this.#owedSellLots[instrument] ?? 0;
    const lots = owed > 0 ? owed : this.#random.nextBetween(AGGRESSIVE_LOTS.low, AGGRESSIVE_LOTS.high);
    request.side = owed > 0 ? Side.Sell : Side.Buy;
    this.#owedSellLots[instrument] = owed > 0 ? 0 : lots;
    request.instrumentId = this.#instrumentAt(instrument);
    request.price = this.#crossingPrice(request.side, mid);
    request.orderQty = lots as Lots;
  }

  #fillImmediateOrCancel(request: FlowRequest, mid: Ticks): void {
    request.side = this.#random.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
    request.instrumentId = this.#instrumentAt(this.#random.nextBelow(this.#settings.instrumentIds.length));
    request.price = this.#crossingPrice(request.side, mid);
    request.orderQty = this.#random.nextBetween(AGGRESSIVE_LOTS.low, AGGRESSIVE_LOTS.high) as Lots;
  }

  #fillCancel(request: FlowRequest): void {
    const again = this.#againIds.pop();
    if (again !== undefined) {
      request.origClientOrderId = again;
      request.instrumentId = this.#againInstruments.pop() ?? 0;
      return;
    }
    const open = this.#random.nextBelow(this.#openIds.length);
    request.origClientOrderId = this.#openIds[open] ?? 0;
    request.instrumentId = this.#openInstruments[open] ?? 0;
    this.#removeOpen(open);
  }

  #fillReplace(request: FlowRequest, mid: Ticks): void {
    const open = this.#random.nextBelow(this.#openIds.length);
    const lots = this.#openLots[open] ?? (0 as Lots);
    request.origClientOrderId = this.#openIds[open] ?? 0;
    request.instrumentId = this.#openInstruments[open] ?? 0;
    request.side = this.#openSides[open] ?? Side.Buy;
    if (this.#random.nextUnit() < REDUCE_SHARE && lots > 1) {
      request.price = this.#openPrices[open] ?? mid;
      request.orderQty = (lots - 1) as Lots;
    } else {
      request.price = this.#passivePrice(request.side, mid);
      request.orderQty = lots;
    }
    this.#openIds[open] = request.clientOrderId;
    this.#openPrices[open] = request.price;
    this.#openLots[open] = request.orderQty;
  }

  #passivePrice(side: Side, mid: Ticks): Ticks {
    return (mid - outward(side) * this.#random.nextBetween(1, this.#settings.levels)) as Ticks;
  }

  /** Beyond everything that rests while the mid stays where it is. */
  #crossingPrice(side: Side, mid: Ticks): Ticks {
    return (mid + outward(side) * this.#settings.levels) as Ticks;
  }

  #instrumentAt(index: number): number {
    return this.#settings.instrumentIds[index] ?? 0;
  }

  #addOpen(request: FlowRequest): void {
    this.#openIds.push(request.clientOrderId);
    this.#openInstruments.push(request.instrumentId);
    this.#openSides.push(request.side);
    this.#openPrices.push(request.price);
    this.#openLots.push(request.orderQty);
  }

  #removeOpen(open: number): void {
    fillWithLast(this.#openIds, open);
    fillWithLast(this.#openInstruments, open);
    fillWithLast(this.#openSides, open);
    fillWithLast(this.#openPrices, open);
    fillWithLast(this.#openLots, open);
  }
}

/** The direction in which a price of this side becomes more willing to trade. */
function outward(side: Side): 1 | -1 {
  return side === Side.Buy ? 1 : -1;
}

function fillWithLast(values: number[], index: number): void {
  const last = values.pop();
  if (last !== undefined && index < values.length) values[index] = last;
}

function shareEnds(mix: MixProfile): number[] {
  const total = FLOW_KINDS.reduce((sum, kind) => sum + mix[kind], 0);
  const ends: number[] = [];
  let weight = 0;
  for (const kind of FLOW_KINDS) {
    weight += mix[kind];
    // Weights are added up before the division, so that the last kind with a share ends at exactly 1.
    ends.push(weight / total);
  }
  return ends;
}
