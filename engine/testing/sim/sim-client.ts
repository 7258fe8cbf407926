/**
 * A trading client outside of the process: it survives every crash, and remembers what it was told. It logs on, trades, loses its
 * connection and comes again, and repeats orders that it is not sure of.
 */
import {
  EVT_DETAIL,
  EVT_HEAD,
  EVT_SESSION_SEQUENCE,
  EventFlag,
  EventKind,
} from "../../../protocol/record/event-record.ts";
import { CommandFlag, CommandKind } from "../../../protocol/record/command-record.ts";
import { type CommandFields, commandOf, linkWord } from "../command-fields.ts";
import type { Dice } from "../flow/dice.ts";
import { type OrderFields, drawList, drawOrder, drawPlainOrder, priceOn, qtyOf } from "../flow/order-flow.ts";
import type { SimGateway } from "./sim-gateway.ts";
import { demand } from "./simulation-failure.ts";

/** Longest life of an order that ends by itself, µs for each unit that is drawn. */
const EXPIRY_UNIT_US = 100;

interface Connection {
  readonly gateway: SimGateway;
  readonly number: number;
  /** The handle; undefined while the session is not open yet. */
  session: number | undefined;
}

export interface ClientHabits {
  readonly instrumentIds: readonly number[];
  /** Plain limit and market orders only. */
  readonly isPlain: boolean;
}

export class SimClient {
  readonly name: string;
  readonly #dice: Dice;
  readonly #habits: ClientHabits;
  #connection: Connection | undefined;
  #nextId = 1;
  /** Orders that were sent, all connections together. */
  readonly #orders: CommandFields[] = [];
  /** Number of the last report that was heard of. */
  #lastReport = 0;
  /** Requests of this connection that are not answered yet. */
  #unanswered = 0;
  #countsAnswers = true;

  constructor(name: string, dice: Dice, habits: ClientHabits) {
    this.name = name;
    this.#dice = dice;
    this.#habits = habits;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  get isTrading(): boolean {
    return this.#connection?.session !== undefined;
  }

  /** Requests of this connection that wait for an answer, logging on among them. */
  get waitsFor(): number {
    return this.#unanswered + (this.isConnected && !this.isTrading ? 1 : 0);
  }

  connect(gateway: SimGateway, number: number): void {
    const flags = this.#dice.onceIn(3) ? CommandFlag.CancelOnDisconnect : 0;
    if (!gateway.logOn(this, number, flags)) return;
    this.#connection = { gateway, number, session: undefined };
  }

  /** The connection ends; the gateway notices. */
  disconnect(): void {
    if (this.#connection === undefined) return;
    const { gateway, number, session } = this.#connection;
    gateway.drop(number, session);
    this.lose();
  }

  /** The connection ends because there is no process any more. */
  lose(): void {
    this.#connection = undefined;
    this.#unanswered = 0;
    this.#countsAnswers = true;
  }

  /** Another engine tells what came of some requests: it does not know which of its reports are answers. */
  stopCounting(): void {
    this.#unanswered = 0;
    this.#countsAnswers = false;
  }

  /** Sends something, unless the venue is busy. Returns what. */
  request(nowUs: number): string {
    if (this.#connection?.session === undefined) return "nothing";
    const { gateway, session } = this.#connection;
    const commands = this.#draw(nowUs);
    const [first] = commands;
    if (first === undefined) return "nothing";
    const isOrder = first.kind === CommandKind.NewOrder || first.kind === CommandKind.ReplaceOrder;
    if (isOrder && gateway.isStorageFull) return "nothing: the storage is full";
    if (!gateway.send(commands, session)) return "nothing: busy";
    if (this.#countsAnswers) this.#unanswered++;
    if (first.kind === CommandKind.NewOrder) this.#orders.push(...commands);
    return `${kindName(first.kind)} ${first.clientOrderId}`;
  }

  // ---- what it is told ----

  opened(session: number, i32: Int32Array, base: number): void {
    const connection = this.#connection as Connection;
    const reports = i32[base + EVT_SESSION_SEQUENCE] as number;
    demand(
      reports >= this.#lastReport,
      () => `${this.name} heard of report ${this.#lastReport}, and the venue of ${reports}`,
    );
    this.#lastReport = reports;
    connection.session = session;
  }

  refused(): void {
    this.#connection = undefined;
  }

  /** A report or an answer. */
  hear(i32: Int32Array, base: number): void {
    const kind = (i32[base + EVT_HEAD] as number) & 0xff;
    const number = i32[base + EVT_SESSION_SEQUENCE] as number;
    const expected = this.#lastReport + (kind === EventKind.MassCancelReport ? 0 : 1);
    demand(number === expected, () => `${this.name} got report ${number} after ${this.#lastReport}`);
    this.#lastReport = number;
    if (!this.#countsAnswers) return;
    const isFirst = (((i32[base + EVT_DETAIL] as number) >>> 24) & EventFlag.Stamped) !== 0;
    if (!isFirst) return;
    demand(this.#unanswered > 0, () => `${this.name} got an answer that it had not asked for`);
    this.#unanswered--;
  }

  // ---- what it sends ----

  #draw(nowUs: number): CommandFields[] {
    return this.#dice.weighted<() => CommandFields[]>([
      [50, () => [this.#newOrder(this.#drawOrder(), nowUs)]],
      [this.#habits.isPlain ? 0 : 6, () => this.#newList(nowUs)],
      [14, () => [this.#cancel()]],
      [14, () => [this.#replace()]],
      [2, () => [commandOf({ kind: CommandKind.MassCancel, clientOrderId: this.#nextId++ })]],
      [12, () => this.#repeat()],
    ])();
  }

  #drawOrder(): OrderFields {
    return this.#habits.isPlain ? drawPlainOrder(this.#dice) : drawOrder(this.#dice);
  }

  #newOrder(order: OrderFields, nowUs: number, link = 0, instrumentId = this.#instrument()): CommandFields {
    const { expireTime = 0 } = order;
    return commandOf({
      ...order,
      kind: CommandKind.NewOrder,
      instrumentId,
      clientOrderId: this.#nextId++,
      connection: link,
      expireTime: expireTime > 0 ? nowUs + expireTime * EXPIRY_UNIT_US : expireTime,
      flags: (order.flags ?? 0) | (this.#dice.onceIn(3) ? CommandFlag.Receipt : 0),
    });
  }

  #newList(nowUs: number): CommandFields[] {
    const { contingency, orders } = drawList(this.#dice);
    const instrumentId = this.#instrument();
    return orders.map((order, place) =>
      this.#newOrder(order, nowUs, linkWord(contingency, place, orders.length), instrumentId),
    );
  }

  #cancel(): CommandFields {
    const clientOrderId = this.#dice.onceIn(2) ? 0 : this.#nextId++;
    return commandOf({ kind: CommandKind.CancelOrder, clientOrderId, ...this.#knownOrder() });
  }

  #replace(): CommandFields {
    const dice = this.#dice;
    return commandOf({
      kind: CommandKind.ReplaceOrder,
      clientOrderId: dice.onceIn(2) ? 0 : this.#nextId++,
      ...this.#knownOrder(),
      price: priceOn(dice, dice.between(1, 2)),
      orderQty: qtyOf(dice),
    });
  }

  #knownOrder(): { origClientOrderId: number; instrumentId: number } {
    const recent = this.#orders.slice(-12);
    if (recent.length === 0) return { origClientOrderId: 1, instrumentId: this.#instrument() };
    const { clientOrderId, instrumentId } = this.#dice.oneOf(recent);
    return { origClientOrderId: clientOrderId, instrumentId };
  }

  /** Once more, as it was: the client is not sure whether it arrived. */
  #repeat(): CommandFields[] {
    const single = this.#orders.filter(({ connection }) => connection === 0).slice(-20);
    return single.length === 0 ? [] : [this.#dice.oneOf(single)];
  }

  #instrument(): number {
    return this.#dice.oneOf(this.#habits.instrumentIds);
  }
}

function kindName(kind: number): string {
  return Object.entries(CommandKind).find(([, code]) => code === kind)?.[0] ?? String(kind);
}
