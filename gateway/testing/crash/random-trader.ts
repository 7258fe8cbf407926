/**
 * Draws what a session asks for: prices near each other, so that orders trade; changes of orders that it sent lately; now and then a
 * list, a term, a mistake. Client order ids rise over all lives of the venue, and name every request once.
 */
import type { fairlead } from "../../../protocol/codec/cold-codec.ts";
import { Contingency, OrderType, SelfTradePrevention, Side, TimeInForce } from "../../../protocol/codes.ts";
import type { Dice } from "../../../engine/testing/flow/dice.ts";
import { cancel, replace } from "../order-frames.ts";
import type { ClientFrame } from "../raw-client.ts";

const MIDDLE = 1000;
const MAX_DISTANCE = 5;
const MAX_BURST = 12;
/** Of the orders that were sent last, those that are still changed or canceled. */
const REMEMBERED = 40;

interface SentOrder {
  readonly clientOrderId: number;
  readonly instrumentId: number;
}

export class RandomTrader {
  readonly session: string;
  readonly #dice: Dice;
  #orders: SentOrder[] = [];
  readonly #newOrders = new Map<number, ClientFrame>();
  #lastId = 0;

  constructor(session: string, dice: Dice) {
    this.session = session;
    this.#dice = dice;
  }

  /** For requests that a test makes itself. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Frames to send in one piece, at most so many. */
  burst(limit: number): ClientFrame[] {
    return Array.from({ length: this.#dice.between(1, Math.min(limit, MAX_BURST)) }, () => this.#draw());
  }

  /** The new order of that id as it was sent; undefined: there is none, or it was in a list. */
  sent(clientOrderId: number): ClientFrame | undefined {
    return this.#newOrders.get(clientOrderId);
  }

  #draw(): ClientFrame {
    return this.#dice.weighted<() => ClientFrame>([
      [60, () => this.#newOrder()],
      [15, () => this.#cancel()],
      [15, () => this.#replace()],
      [4, () => this.#list()],
      [1, () => this.#massCancel()],
    ])();
  }

  #newId(instrumentId: number): number {
    const clientOrderId = this.nextId();
    this.#orders = [...this.#orders.slice(1 - REMEMBERED), { clientOrderId, instrumentId }];
    return clientOrderId;
  }

  #quantity(): number {
    return this.#dice.between(1, 20);
  }

  #price(side: Side): number {
    const distance = this.#dice.between(-2, MAX_DISTANCE);
    return side === Side.Buy ? MIDDLE - distance : MIDDLE + distance;
  }

  #side(): Side {
    return this.#dice.oneOf([Side.Buy, Side.Sell]);
  }

  #order(): fairlead.v1.NewOrder.$Properties & SentOrder {
    const side = this.#side();
    const instrumentId = this.#dice.oneOf([1, 1, 2]);
    const orderQty = this.#quantity();
    const terms = { orderType: OrderType.Limit, price: this.#price(side), ...this.#terms(orderQty) };
    return { ...terms, clientOrderId: this.#newId(instrumentId), instrumentId, side, orderQty };
  }

  #terms(orderQty: number): fairlead.v1.NewOrder.$Properties {
    return this.#dice.weighted<fairlead.v1.NewOrder.$Properties>([
      [60, {}],
      [8, { timeInForce: TimeInForce.ImmediateOrCancel }],
      [5, { orderType: OrderType.Market, price: 0 }],
      [5, { displayQty: Math.ceil(orderQty / 3) }],
      [5, { orderType: OrderType.Stop, price: 0, triggerPrice: MIDDLE + this.#dice.between(-3, 3) }],
      [5, { account: 9, selfTradePrevention: SelfTradePrevention.CancelOldest }],
      [3, { timeInForce: TimeInForce.Day, hidden: true }],
      [2, { price: 0 }],
    ]);
  }

  #newOrder(): ClientFrame {
    const newOrder = this.#order();
    this.#newOrders.set(newOrder.clientOrderId, { newOrder });
    return { newOrder };
  }

  #list(): ClientFrame {
    const first = this.#order();
    const { instrumentId } = first;
    const side = this.#side();
    const second = {
      clientOrderId: this.#newId(instrumentId),
      instrumentId,
      side,
      orderType: OrderType.Limit,
      price: this.#price(side),
      orderQty: this.#quantity(),
    };
    const contingency = this.#dice.oneOf([Contingency.OneCancelsOther, Contingency.OneTriggersOther]);
    return { newOrderList: { contingency, orders: [first, second] } };
  }

  #sentOrder(): SentOrder {
    return this.#orders.length === 0 ? { clientOrderId: 1, instrumentId: 1 } : this.#dice.oneOf(this.#orders);
  }

  #cancel(): ClientFrame {
    const { clientOrderId, instrumentId } = this.#sentOrder();
    return cancel(clientOrderId, { clientOrderId: this.nextId(), instrumentId });
  }

  #replace(): ClientFrame {
    const { clientOrderId, instrumentId } = this.#sentOrder();
    const fields = { clientOrderId: this.#newId(instrumentId), instrumentId };
    return replace(clientOrderId, this.#price(this.#side()), this.#quantity(), fields);
  }

  #massCancel(): ClientFrame {
    return { massCancel: { clientOrderId: this.nextId(), instrumentId: this.#dice.oneOf([0, 1, 2]) } };
  }
}
