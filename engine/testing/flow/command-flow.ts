/**
 * Endless random commands for an engine and its twin, from a seed. They meet: most name an order that exists, prices are near
 * each other, a market that was stopped soon goes on again. Sequence numbers and times are final, so that a part of a flow can
 * be left out.
 *
 * Instruments: 1 and 2 plain; 3 pro rata with a top order; 4 with bands, pauses, ticks by price and lots; 5 added while running.
 */
import { Allocation, KillScope, Phase } from "../../../protocol/codes.ts";
import { IDS_PER_ENGINE, MAX_ID } from "../../../protocol/limits.ts";
import { CommandFlag, CommandKind, InstrumentTerm } from "../../../protocol/record/command-record.ts";
import { type CommandFields, commandOf, linkWord } from "../command-fields.ts";
import { Dice } from "./dice.ts";
import { type OrderFields, drawList, drawOrder, drawPlainOrder, drawSide, priceOn, qtyOf } from "./order-flow.ts";

export interface FlowOptions {
  readonly seed: number;
  /** Plain limit and market orders, and nothing that an operator does. */
  readonly isPlain?: boolean;
  /** Sessions stay connected: every report of them can be read. */
  readonly keepsSessions?: boolean;
  /** Whose trades are busted. */
  readonly engineIndex?: number;
}

type Fields = Partial<CommandFields> & Pick<CommandFields, "kind">;

const START_TIME = 1_700_000_000_000_000;
const MICROS_PER_HOUR = 3_600_000_000;

/** The first three are open from the start, in this order: handle n comes through gateway n & 1. */
const SESSION_NAMES = ["a", "bb", "ccc", "dddd", "a-session-name-of-32-characters."];
const OPEN_FROM_START = 3;

/** Client order ids go round, as the oldest are forgotten. */
const ID_COUNT = 150;

const { MinNotional, MaxNotional, MaxDeviationBps, StaticBandBps, DynamicBandBps, VolatilityPauseMs } = InstrumentTerm;

type Row = readonly [term: number, value: number, second?: number];

interface Definition {
  readonly instrumentId: number;
  readonly rows: readonly Row[];
}

/** The instrument with price steps and lots. */
const GUARDED = 4;

const PRO_RATA_ROWS: readonly Row[] = [
  [InstrumentTerm.Allocation, Allocation.ProRata],
  [InstrumentTerm.ProRataMinQty, 2],
  [InstrumentTerm.TopOrderMaxQty, 5],
];

const GUARDED_ROWS: readonly Row[] = [
  [InstrumentTerm.PriceStep, 1, 1],
  [InstrumentTerm.PriceStep, 96, 2],
  [InstrumentTerm.PriceStep, 110, 5],
  [InstrumentTerm.QtyStep, 2],
  [MinNotional, 150],
  [MaxNotional, 3500],
  [MaxDeviationBps, 900],
  [StaticBandBps, 1200],
  [DynamicBandBps, 400],
  [VolatilityPauseMs, 1],
  [InstrumentTerm.ReferencePrice, 100],
];

const ADDED_ROWS: readonly Row[] = [
  [InstrumentTerm.MaxPrice, 200],
  [InstrumentTerm.MaxOrderQty, 40],
  [InstrumentTerm.Phase, Phase.PreOpen],
  [InstrumentTerm.Schedule, 3600, Phase.PreOpen],
  [InstrumentTerm.Schedule, 7200, Phase.OpeningAuction],
  [InstrumentTerm.Schedule, 7500, Phase.Continuous],
  [InstrumentTerm.Schedule, 72_000, Phase.ClosingAuction],
  [InstrumentTerm.Schedule, 72_300, Phase.Closed],
];

/** Definitions that are applied, or refused, while the market runs. */
const LATER_DEFINITIONS: readonly Definition[] = [
  { instrumentId: 2, rows: [[InstrumentTerm.ReferencePrice, 98]] },
  {
    instrumentId: 2,
    rows: [
      [InstrumentTerm.Schedule, 40_000, Phase.ClosingAuction],
      [InstrumentTerm.Schedule, 43_000, Phase.Continuous],
    ],
  },
  {
    instrumentId: 3,
    rows: [
      [InstrumentTerm.TopOrderMaxQty, 0],
      [InstrumentTerm.ProRataMinQty, 4],
    ],
  },
  { instrumentId: 3, rows: PRO_RATA_ROWS },
  {
    instrumentId: 4,
    rows: [
      [DynamicBandBps, 0],
      [InstrumentTerm.ReferencePrice, 104],
    ],
  },
  { instrumentId: 4, rows: GUARDED_ROWS },
  { instrumentId: 5, rows: ADDED_ROWS },
  { instrumentId: 1, rows: [[InstrumentTerm.PriceStep, 2, 1]] },
  {
    instrumentId: 1,
    rows: [
      [InstrumentTerm.PriceStep, 1, 4],
      [InstrumentTerm.PriceStep, 10, 3],
    ],
  },
  {
    instrumentId: 1,
    rows: [
      [InstrumentTerm.Schedule, 100, Phase.Halt],
      [InstrumentTerm.Schedule, 100, Phase.Closed],
    ],
  },
  { instrumentId: 1, rows: [[InstrumentTerm.Allocation, 3]] },
  { instrumentId: 1, rows: [[InstrumentTerm.MaxPrice, 0]] },
  { instrumentId: 0, rows: [[InstrumentTerm.QtyStep, 1]] },
];

const PHASES: readonly (readonly [number, number])[] = [
  [6, Phase.Continuous],
  [3, Phase.PreOpen],
  [3, Phase.OpeningAuction],
  [1, Phase.VolatilityPause],
  [2, Phase.Halt],
  [2, Phase.ResumeAuction],
  [3, Phase.ClosingAuction],
  [2, Phase.Closed],
];

export class CommandFlow {
  readonly #dice: Dice;
  readonly #isPlain: boolean;
  readonly #keepsSessions: boolean;
  readonly #tradeIdsFrom: number;
  #time = START_TIME;
  #sequence = 0;
  /** Commands that have to follow each other, or that put right what an earlier one did: from which one on they may come. */
  readonly #due: { readonly from: number; readonly fields: Fields }[] = [];
  /** Of every session: how many ids it has given, and for which instrument it last used each. */
  readonly #idCounts = SESSION_NAMES.map(() => 0);
  readonly #instrumentOfId = SESSION_NAMES.map(() => new Map<number, number>());
  #lastCommands: CommandFields[] = [];

  constructor({ seed, isPlain = false, keepsSessions = false, engineIndex = 0 }: FlowOptions) {
    this.#dice = new Dice(seed);
    this.#isPlain = isPlain;
    this.#keepsSessions = keepsSessions;
    this.#tradeIdsFrom = engineIndex * IDS_PER_ENGINE;
    for (const fields of openingOf(isPlain)) this.#due.push({ from: 0, fields });
  }

  take(count: number): CommandFields[] {
    return Array.from({ length: count }, () => this.next());
  }

  next(): CommandFields {
    const at = this.#due.findIndex(({ from }) => from <= this.#sequence);
    const [due] = at < 0 ? [] : this.#due.splice(at, 1);
    return this.#inSequence(due === undefined ? this.#draw() : due.fields);
  }

  #inSequence(fields: Fields): CommandFields {
    this.#sequence += 1;
    this.#time += this.#timeStep();
    const { expireTime = 0 } = fields;
    const isRelative = fields.kind === CommandKind.NewOrder && expireTime !== 0 && expireTime < START_TIME;
    const command = commandOf({
      receivedAt: 0.5 + this.#sequence,
      gatewayInNs: 100 + this.#sequence,
      ...fields,
      ...(isRelative ? { expireTime: this.#time + expireTime } : {}),
      sequence: this.#sequence,
      time: this.#time,
    });
    this.#lastCommands = [command, ...this.#lastCommands.slice(0, 4)];
    return command;
  }

  #timeStep(): number {
    const dice = this.#dice;
    if (dice.onceIn(2000)) return 24 * MICROS_PER_HOUR;
    if (dice.onceIn(300)) return dice.between(1, 4) * MICROS_PER_HOUR;
    if (dice.onceIn(40)) return dice.between(100, 1500);
    return dice.below(8);
  }

  #draw(): Fields {
    const draws = this.#isPlain ? this.#plainDraws : this.#allDraws;
    return this.#dice.weighted(draws)();
  }

  readonly #plainDraws: readonly (readonly [number, () => Fields])[] = [
    [56, () => this.#newOrder(drawPlainOrder(this.#dice))],
    [7, () => this.#cancelOrder()],
    [26, () => this.#replaceOrder()],
    [1, () => this.#massCancel()],
    [4, () => this.#closeSession()],
    [1, () => this.#openSession()],
    [1, () => this.#followBook()],
    [4, () => this.#repeat()],
  ];

  readonly #allDraws: readonly (readonly [number, () => Fields])[] = [
    [560, () => this.#newOrder(drawOrder(this.#dice))],
    [50, () => this.#newList()],
    [70, () => this.#cancelOrder()],
    [150, () => this.#replaceOrder()],
    [6, () => this.#massCancel()],
    [12, () => this.#closeSession()],
    [4, () => this.#openSession()],
    [8, () => this.#followBook()],
    [25, () => this.#repeat()],
    [20, () => this.#setPhase()],
    [3, () => this.#killSwitch()],
    [3, () => this.#operatorCancel()],
    [8, () => this.#amendTrade()],
    [3, () => this.#define()],
    [6, () => ({ kind: CommandKind.AdvanceTime })],
  ];

  // ---- what a session sends ----

  #sender(): { session: number; gateway: number } {
    const dice = this.#dice;
    if (!this.#keepsSessions && dice.onceIn(60)) {
      return { session: dice.oneOf([-1, 0, 1, 2, 3, 1000]), gateway: dice.below(2) };
    }
    const session = dice.below(OPEN_FROM_START);
    return { session, gateway: session & 1 };
  }

  #instrumentId(): number {
    const dice = this.#dice;
    if (dice.onceIn(120)) return dice.oneOf([0, 9, -1]);
    return this.#isPlain ? dice.oneOf([1, 1, 1, 2]) : dice.oneOf([1, 1, 1, 2, 3, 3, 4, 4, 5]);
  }

  #newId(session: number, instrumentId: number): number {
    const dice = this.#dice;
    if (dice.onceIn(100)) return dice.oneOf([0, -1, 2 ** 32 + 5, MAX_ID]);
    const count = this.#idCounts[session] ?? 0;
    const id = 1 + (count % ID_COUNT);
    this.#idCounts[session] = count + 1;
    this.#instrumentOfId[session]?.set(id, instrumentId);
    return id;
  }

  /** An order that the session sent not long ago. */
  #usedOrder(session: number): { origClientOrderId: number; instrumentId: number } {
    const dice = this.#dice;
    if (dice.onceIn(60)) {
      return { origClientOrderId: dice.oneOf([0, -1, 2 ** 32 + 5, MAX_ID]), instrumentId: this.#instrumentId() };
    }
    const back = dice.onceIn(4) ? dice.below(40) : dice.below(12);
    const origClientOrderId = 1 + (Math.max((this.#idCounts[session] ?? 0) - 1 - back, 0) % ID_COUNT);
    const known = this.#instrumentOfId[session]?.get(origClientOrderId);
    const instrumentId = known === undefined || dice.onceIn(60) ? this.#instrumentId() : known;
    return { origClientOrderId, instrumentId };
  }

  #marks(): number {
    return this.#dice.below(4);
  }

  #newOrder(order: OrderFields): Fields {
    const sender = this.#sender();
    return this.#orderOf(order, sender, this.#instrumentId(), 0);
  }

  #orderOf(
    order: OrderFields,
    sender: { session: number; gateway: number },
    instrumentId: number,
    link: number,
  ): Fields {
    return {
      kind: CommandKind.NewOrder,
      ...(instrumentId === GUARDED && !this.#dice.onceIn(20) ? fitted(order) : order),
      ...sender,
      flags: (order.flags ?? 0) | this.#marks(),
      instrumentId,
      clientOrderId: this.#newId(sender.session, instrumentId),
      connection: link,
    };
  }

  /** All its orders, one after the other. */
  #newList(): Fields {
    const { contingency, orders } = drawList(this.#dice);
    const sender = this.#sender();
    const instrumentId = this.#instrumentId();
    const legs = orders.map((order, place) =>
      this.#orderOf(order, sender, instrumentId, linkWord(contingency, place, orders.length)),
    );
    if (this.#dice.onceIn(60)) legs[0] = { ...(legs[0] as Fields), instrumentId: 2 };
    const [first, ...others] = legs;
    this.#due.unshift(...others.map((fields) => ({ from: 0, fields })));
    return first as Fields;
  }

  #cancelOrder(): Fields {
    const sender = this.#sender();
    return {
      kind: CommandKind.CancelOrder,
      ...sender,
      flags: this.#marks(),
      ...this.#usedOrder(sender.session),
      clientOrderId: this.#dice.onceIn(40) ? -1 : this.#dice.oneOf([0, 500]),
    };
  }

  #replaceOrder(): Fields {
    const dice = this.#dice;
    const sender = this.#sender();
    const hasPrice = this.#isPlain || !dice.onceIn(4);
    const isExtended = !this.#isPlain && dice.onceIn(3);
    const order = this.#usedOrder(sender.session);
    return {
      kind: CommandKind.ReplaceOrder,
      ...sender,
      flags: this.#marks(),
      ...order,
      clientOrderId: dice.onceIn(2) ? 0 : this.#newId(sender.session, order.instrumentId),
      price: hasPrice ? priceOn(dice, drawSide(dice)) : 0,
      orderQty: qtyOf(dice),
      ...(isExtended
        ? {
            replaceMode: dice.onceIn(30) ? 4 : dice.below(4),
            triggerPrice: dice.onceIn(2) ? 0 : dice.between(92, 108),
            displayQty: dice.onceIn(2) ? 0 : dice.between(1, 6),
          }
        : {}),
    };
  }

  #massCancel(): Fields {
    const dice = this.#dice;
    return {
      kind: CommandKind.MassCancel,
      ...this.#sender(),
      flags: this.#marks(),
      clientOrderId: dice.oneOf([0, 7, 7, -1]),
      ...(this.#isPlain
        ? { instrumentId: dice.oneOf([0, 0, 1, 2, 9]), side: dice.oneOf([0, 0, 1, 2, 3]) }
        : this.#filter()),
    };
  }

  #filter(): Partial<CommandFields> {
    const dice = this.#dice;
    return {
      instrumentId: dice.oneOf([0, 1, 2, 3, 4, 5, 9]),
      side: dice.oneOf([0, 0, 1, 2, 3]),
      price: dice.onceIn(3) ? dice.between(dice.onceIn(10) ? -1 : 90, 104) : 0,
      orderQty: dice.onceIn(3) ? dice.between(94, 112) : 0,
      account: dice.onceIn(3) ? dice.between(1, 3) : 0,
    };
  }

  /** Most come back soon. */
  #closeSession(): Fields {
    if (this.#keepsSessions) return this.#massCancel();
    const dice = this.#dice;
    const { session, gateway } = this.#sender();
    const index = dice.below(OPEN_FROM_START);
    this.#dueSoon(reopening(index), 6);
    if (dice.onceIn(2)) return { kind: CommandKind.CloseSession, session, gateway, connection: dice.below(3) };
    return { kind: CommandKind.CloseSession, session: index, gateway: index & 1, connection: index };
  }

  #openSession(): Fields {
    if (this.#keepsSessions) return this.#cancelOrder();
    const dice = this.#dice;
    return {
      kind: CommandKind.OpenSession,
      gateway: dice.below(2),
      connection: dice.below(6),
      clientOrderId: dice.below(4),
      flags: dice.oneOf([0, CommandFlag.CancelOnDisconnect]),
      name: dice.onceIn(40) ? dice.oneOf(SESSION_NAMES) : dice.oneOf(SESSION_NAMES.slice(0, OPEN_FROM_START)),
    };
  }

  #followBook(): Fields {
    const kind = this.#dice.onceIn(3) ? CommandKind.UnfollowBook : CommandKind.FollowBook;
    return { kind, instrumentId: this.#instrumentId(), gateway: this.#dice.below(2) };
  }

  /** Once more what came shortly before; the orders of a list only come together. */
  #repeat(): Fields {
    const again = this.#dice.oneOf(this.#lastCommands);
    const isLeg = again.kind === CommandKind.NewOrder && again.connection !== 0;
    return isLeg || again.kind >= CommandKind.SetPhase ? this.#cancelOrder() : again;
  }

  // ---- what the operator does ----

  #dueSoon(fields: Fields, within: number): void {
    this.#due.push({ from: this.#sequence + 1 + this.#dice.below(within), fields });
  }

  #operatorCommand(fields: Fields): Fields {
    const dice = this.#dice;
    return {
      session: -1,
      gateway: dice.below(2),
      connection: dice.below(1000),
      clientOrderId: dice.below(1000),
      ...fields,
    };
  }

  /** A market that was stopped goes on before long. */
  #setPhase(): Fields {
    const dice = this.#dice;
    const instrumentId = dice.onceIn(8) ? 0 : this.#instrumentId();
    const price = dice.onceIn(60) ? dice.oneOf([0, -1, 10]) : dice.weighted(PHASES);
    if (dice.onceIn(150))
      return this.#operatorCommand({ kind: CommandKind.SetPhase, instrumentId, price: Phase.Delisted });
    if (price !== Phase.Continuous) {
      const back = { kind: CommandKind.SetPhase, instrumentId, price: Phase.Continuous };
      this.#dueSoon(this.#operatorCommand(back), 40);
    }
    return this.#operatorCommand({ kind: CommandKind.SetPhase, instrumentId, price });
  }

  #killSwitch(): Fields {
    const dice = this.#dice;
    const scope = {
      kind: CommandKind.KillSwitch,
      price: dice.onceIn(20)
        ? dice.oneOf([0, 4])
        : dice.oneOf([KillScope.Account, KillScope.Instrument, KillScope.Venue]),
      account: dice.between(0, 3),
      instrumentId: this.#instrumentId(),
    };
    this.#dueSoon(this.#operatorCommand({ ...scope, flags: CommandFlag.Release }), 20);
    return this.#operatorCommand(scope);
  }

  #operatorCancel(): Fields {
    const name = this.#dice.oneOf(["", "", "a", "bb", "nobody"]);
    return this.#operatorCommand({ kind: CommandKind.OperatorCancel, ...this.#filter(), name });
  }

  #amendTrade(): Fields {
    const dice = this.#dice;
    const tradeId = this.#tradeIdsFrom + dice.below(2 + (this.#sequence >> 2));
    const kind = dice.onceIn(2) ? CommandKind.BustTrade : CommandKind.CorrectTrade;
    return this.#operatorCommand({
      kind,
      instrumentId: this.#instrumentId(),
      origClientOrderId: tradeId,
      ...(kind === CommandKind.CorrectTrade
        ? { price: dice.oneOf([0, 99, 100, 100, -1]), orderQty: dice.oneOf([0, 3, 3, -1]) }
        : {}),
    });
  }

  #define(): Fields {
    const [first, ...others] = definition(this.#dice.oneOf(LATER_DEFINITIONS));
    this.#due.unshift(...others.map((fields) => ({ from: 0, fields })));
    return first as Fields;
  }
}

/** Price, trigger and quantities where that instrument takes them. */
function fitted(order: OrderFields): OrderFields {
  const { price = 0, triggerPrice = 0, orderQty = 0, displayQty = 0 } = order;
  return {
    ...order,
    price: fittedPrice(price),
    triggerPrice: fittedPrice(triggerPrice),
    orderQty: orderQty + (orderQty & 1),
    displayQty: displayQty + (displayQty & 1),
  };
}

function fittedPrice(price: number): number {
  if (price >= 110) return price - (price % 5);
  return price >= 96 ? price - (price % 2) : price;
}

function reopening(index: number): Fields {
  const name = SESSION_NAMES[index] as string;
  return { kind: CommandKind.OpenSession, gateway: index & 1, connection: index, name };
}

/** All through gateway 0. */
function definition({ instrumentId, rows }: Definition): Fields[] {
  const from = { instrumentId, session: -1 };
  const terms = rows.map(([price, quoteAmount, expireTime = 0]) =>
    Object.assign({ kind: CommandKind.InstrumentTerm, price, quoteAmount, expireTime }, from),
  );
  return [...terms, { kind: CommandKind.CommitInstrument, name: `I${instrumentId}`, ...from }];
}

function follow(instrumentId: number, gateway = 0): Fields {
  return { kind: CommandKind.FollowBook, gateway, instrumentId };
}

function openingOf(isPlain: boolean): Fields[] {
  const sessions = Array.from({ length: OPEN_FROM_START }, (_, index) => reopening(index));
  if (isPlain) return [...sessions, follow(1)];
  const definitions = [
    { instrumentId: 3, rows: PRO_RATA_ROWS },
    { instrumentId: 4, rows: GUARDED_ROWS },
    { instrumentId: 5, rows: ADDED_ROWS },
  ];
  return [
    ...sessions,
    ...definitions.flatMap(definition),
    ...[1, 2, 3, 4, 5].map((instrumentId) => follow(instrumentId)),
    follow(3, 1),
  ];
}
