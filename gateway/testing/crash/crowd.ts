/** Four sessions and an operator that use one venue after another on the same data directory. */
import { ExecType } from "../../../protocol/codes.ts";
import { Dice } from "../../../engine/testing/flow/dice.ts";
import type { TwinOrder } from "../../../engine/testing/twin/twin-order.ts";
import { cancel } from "../order-frames.ts";
import type { ClientFrame } from "../raw-client.ts";
import type { ServerProcess } from "../server-process.ts";
import { inTime } from "./in-time.ts";
import { LedgerClient, frameIn } from "./ledger-client.ts";
import { Ledger } from "./ledger.ts";
import { operate } from "./random-operator.ts";
import { RandomTrader } from "./random-trader.ts";

const SESSIONS = ["ann", "bob", "cyd", "dan"];
/** Cancels its orders when its connection ends. */
const CAREFUL_SESSION = "dan";
const TOLD_BETWEEN_OPERATIONS = 150;
/** Open orders of each session that are asked for after a start. */
const ASKED_AGAIN = 3;

interface Member {
  readonly trader: RandomTrader;
  readonly client: LedgerClient;
}

export class Crowd {
  readonly #dice: Dice;
  readonly #traders: readonly RandomTrader[];
  #ledger = new Ledger();
  #members: readonly Member[] = [];
  #work: Promise<unknown> = Promise.resolve();

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#traders = SESSIONS.map(
      (session, index) => new RandomTrader(session, new Dice(seed * SESSIONS.length + index)),
    );
  }

  /** Of the venue that is used now, or was used last. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Of clients that had logged on and were there to the end: how each was told that it is over; 0: not at all. */
  get logoutReasons(): number[] {
    const heard = this.#ledger.connections.filter(
      ({ accepted, logoutReason, isReset }) => accepted && (logoutReason !== 0 || !isReset),
    );
    return heard.map(({ logoutReason }) => logoutReason);
  }

  /** Everybody logs on, and asks for what was open when the last venue ended. */
  async enter(venue: ServerProcess, openOrdersOf: (session: string) => TwinOrder[]): Promise<void> {
    const port = venue.ports.tcpPort ?? 0;
    this.#members = this.#traders.map((trader) => ({ trader, client: connect(port, trader.session) }));
    this.#ledger = new Ledger();
    this.#ledger.connections.push(...this.#members.map(({ client }) => client.ledger));
    const logons = this.#members.map(({ client }) => client.until(() => client.ledger.accepted !== undefined));
    await inTime("a logon", Promise.all(logons));
    for (const member of this.#members) {
      // Those of the careful session were canceled when the venue noticed that its connection was gone.
      const { session } = member.trader;
      const orders = session === CAREFUL_SESSION ? [] : openOrdersOf(session).slice(0, ASKED_AGAIN);
      for (const order of orders) await inTime("an answer", askAgain(member, order));
    }
  }

  /** Everybody sends as fast as answers come, until there is nobody to answer. @param window Requests under way per session. */
  trade(venue: ServerProcess, window: number): void {
    const loads = this.#members.map((member) => load(member, window));
    this.#work = Promise.all([...loads, this.#operate(venue)]);
  }

  /** Until so many frames have come, or the venue has ended. @returns whether they have come. */
  async told(count: number): Promise<boolean> {
    const isEnough = (): boolean => this.#ledger.toldCount >= count;
    await inTime(`frame ${count}`, Promise.race(this.#members.map(({ client }) => client.until(isEnough))));
    return isEnough();
  }

  /** Everything that the venue had sent has been written down. */
  async gone(): Promise<void> {
    await inTime("the end of connections", this.#work);
    await inTime("the end of connections", Promise.all(this.#members.map(({ client }) => client.until(() => false))));
  }

  /** Now and then, as long as the first client is connected. */
  async #operate(venue: ServerProcess): Promise<void> {
    const ended = new AbortController();
    void venue.ended.then(() => ended.abort());
    const { client } = this.#members[0] as Member;
    while (!client.isClosed) {
      const next = this.#ledger.toldCount + this.#dice.between(1, 2 * TOLD_BETWEEN_OPERATIONS);
      await client.until(() => this.#ledger.toldCount >= next);
      this.#ledger.operator.push(...(await operate(venue.ports, this.#dice, ended.signal)));
    }
  }
}

function connect(port: number, session: string): LedgerClient {
  return new LedgerClient(port, { session, cancelOnDisconnect: session === CAREFUL_SESSION });
}

async function load({ client, trader }: Member, window: number): Promise<void> {
  while (!client.isClosed) {
    while (client.unanswered.size < window) client.send(...trader.burst(window));
    await client.until(() => client.unanswered.size < window);
  }
}

/** An order that was open is still known and can be canceled; sending it again does not make another. */
async function askAgain({ client, trader }: Member, order: TwinOrder): Promise<void> {
  const first = trader.sent(order.clientOrderId);
  if (first === undefined) return;
  await expectReport(client, first, ExecType.OrderStatus, order);
  const { clientOrderId, instrument } = order;
  const { instrumentId } = instrument;
  const request = cancel(clientOrderId, { clientOrderId: trader.nextId(), instrumentId });
  await expectReport(client, request, ExecType.Canceled, order);
}

/** Nothing else happens meanwhile. */
async function expectReport(
  client: LedgerClient,
  request: ClientFrame,
  execType: ExecType,
  order: TwinOrder,
): Promise<void> {
  const { told } = client.ledger;
  const before = told.length;
  client.send(request);
  await client.until(() => told.length > before);
  const bytes = told[before];
  if (bytes === undefined) return;
  const { executionReport: report } = frameIn(bytes);
  const isThatOrder = report?.orderId === order.orderId && report.cumQty === order.cumQty;
  if (isThatOrder && (report.execType as number) === execType) return;
  throw new Error(`${JSON.stringify(request)} was answered ${JSON.stringify(report)}; the order is ${order.orderId}`);
}
