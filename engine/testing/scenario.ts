/**
 * Market rules as text: one command per line, after "->" what must come of it.
 *
 *   sell 1  10 @ 101                     a limit order with client order id 1
 *   b: buy 2  5 market fok on 2          of session b (else a), on instrument 2 (else 1)
 *   replace 1 as 3  8 @ 102              "as" gives the request an id of its own
 *   cancel 3  ·  mass-cancel buy on 1  ·  open c via 1 canceling  ·  close  ·  follow 1
 *   book -> bids: 5 @ 99 x1; offers: 3 @ 101 x1      quantity @ price x orders, best first
 *
 * Events read: new 1, trade RESTINGxAGGRESSOR 5 @ 100, filled 2, canceled 1, replaced 1 as 3, expired 2, status 1 New,
 * rejected 1 InvalidPrice, cancel refused UnknownOrder, level buy 3 @ 99, mass canceled 2. Without "->" nothing is checked.
 */
import { assert } from "../../protocol/assert.ts";
import {
  ExecType,
  LogoutReason,
  OrderStatus,
  OrderType,
  RejectReason,
  RequestType,
  Side,
  TimeInForce,
} from "../../protocol/codes.ts";
import { CommandFlag, CommandKind } from "../../protocol/record/command-record.ts";
import { EventKind, NO_SESSION } from "../../protocol/record/event-record.ts";
import type { EngineConfig } from "../engine-config.ts";
import { LVL_ORDER_COUNT, LVL_PRICE, LVL_TOTAL_QTY, NO_LEVEL } from "../price-levels.ts";
import { assertInvariants } from "./book-invariants.ts";
import { type CommandFields, commandOf } from "./command-fields.ts";
import { EngineRig, SMALL_ENGINE } from "./engine-rig.ts";
import type { EventFields } from "./event-fields.ts";

const TIMES_IN_FORCE: Readonly<Record<string, number>> = {
  gtc: TimeInForce.GoodTillCancel,
  ioc: TimeInForce.ImmediateOrCancel,
  fok: TimeInForce.FillOrKill,
};
const ARROW = "->";

function nameOfCode(codes: Readonly<Record<string, number>>, code: number): string {
  return Object.keys(codes).find((name) => codes[name] === code) ?? String(code);
}

/** One line, cut into words that are taken from the left. */
class Words {
  readonly #words: string[];

  constructor(text: string) {
    this.#words = text.split(/\s+/u).filter((word) => word !== "");
  }

  next(): string {
    const word = this.#words.shift();
    assert(word !== undefined, "a scenario line is complete");
    return word;
  }

  number(): number {
    const value = Number(this.next());
    assert(!Number.isNaN(value), "a number stands where one is expected");
    return value;
  }

  /** Takes the word if it comes next. */
  has(word: string): boolean {
    if (this.#words[0] !== word) return false;
    this.#words.shift();
    return true;
  }

  /** The number after the word, 0 without it. */
  numberAfter(word: string): number {
    return this.has(word) ? this.number() : 0;
  }

  oneOf(codes: Readonly<Record<string, number>>): number {
    const code = codes[this.#words[0] ?? ""];
    if (code === undefined) return 0;
    this.#words.shift();
    return code;
  }

  end(): void {
    assert(this.#words.length === 0, "nothing follows a scenario command");
  }
}

export class Scenario {
  readonly rig: EngineRig;
  readonly #handles = new Map<string, { handle: number; gateway: number; connection: number }>();
  #session = "a";
  #sequence = 0;

  /** Sessions a and b are open, through gateway 0. */
  constructor(config: EngineConfig = SMALL_ENGINE) {
    this.rig = new EngineRig(config);
    this.#run("a: open a");
    this.#run("b: open b");
  }

  /** The text with what really came after each "->". */
  play(text: string): string {
    return linesOf(text)
      .map((line) => {
        const [command = "", expected] = line.split(ARROW);
        const outcome = this.#run(command);
        return expected === undefined ? line : `${command.trim()} ${ARROW} ${outcome}`.trim();
      })
      .join("\n");
  }

  /** Applies one line; all events, gateway by gateway. */
  events(line: string): EventFields[] {
    const command = this.#parse(line);
    const events = this.rig.apply(command).flat();
    assertInvariants(this.rig.engine);
    for (const event of events) {
      if (event.kind === EventKind.SessionOpened) {
        const { gateway, connection } = command;
        this.#handles.set(this.#session, { handle: event.session, gateway, connection });
      }
    }
    return events;
  }

  #run(line: string): string {
    if (line.trim() === "book") return this.#book();
    return describe(this.events(line));
  }

  #parse(line: string): CommandFields {
    const [, name = "a", rest = ""] = /^\s*(?:(\w+):)?(.*)$/u.exec(line) ?? [];
    const words = new Words(rest);
    const verb = words.next();
    this.#session = verb === "open" ? words.next() : name;
    const own = this.#handles.get(this.#session) ?? { handle: NO_SESSION, gateway: 0, connection: 0 };
    this.#sequence += 1;
    const command = commandOf({
      session: own.handle,
      gateway: own.gateway,
      connection: own.connection,
      sequence: this.#sequence,
      time: this.#sequence * 1000,
      ...this.#fields(verb, words),
    });
    words.end();
    return command;
  }

  #fields(verb: string, words: Words): Partial<CommandFields> & Pick<CommandFields, "kind"> {
    switch (verb) {
      case "buy":
      case "sell":
        return { ...newOrderFields(words), side: verb === "buy" ? Side.Buy : Side.Sell };
      case "cancel": {
        const origClientOrderId = words.number();
        const clientOrderId = words.numberAfter("as");
        return {
          kind: CommandKind.CancelOrder,
          origClientOrderId,
          clientOrderId,
          instrumentId: words.numberAfter("on") || 1,
        };
      }
      case "replace": {
        const origClientOrderId = words.number();
        const clientOrderId = words.numberAfter("as");
        const orderQty = words.number();
        const price = words.numberAfter("@");
        const instrumentId = words.numberAfter("on") || 1;
        return { kind: CommandKind.ReplaceOrder, origClientOrderId, clientOrderId, orderQty, price, instrumentId };
      }
      case "mass-cancel":
        return {
          kind: CommandKind.MassCancel,
          side: words.oneOf({ buy: Side.Buy, sell: Side.Sell, sideways: 3 }),
          instrumentId: words.numberAfter("on"),
          clientOrderId: words.numberAfter("as"),
        };
      case "open": {
        const gateway = words.numberAfter("via");
        const flags = words.has("canceling") ? CommandFlag.CancelOnDisconnect : 0;
        return { kind: CommandKind.OpenSession, name: this.#session, gateway, flags, connection: this.#sequence };
      }
      case "close":
        return { kind: CommandKind.CloseSession };
      case "follow":
        return { kind: CommandKind.FollowBook, instrumentId: words.number(), gateway: words.numberAfter("via") };
      case "unfollow":
        return { kind: CommandKind.UnfollowBook, instrumentId: words.number(), gateway: words.numberAfter("via") };
      default:
        throw new Error(`no scenario command "${verb}"`);
    }
  }

  #book(): string {
    const sides = [
      ["bids", Side.Buy],
      ["offers", Side.Sell],
    ] as const;
    const { books } = this.rig.engine.state;
    const { i32, f64 } = books.levels;
    const parts: string[] = [];
    for (const [name, side] of sides) {
      const levels: string[] = [];
      for (let level = books.at(0).best(side); level !== NO_LEVEL; level = books.at(0).nextWorse(level)) {
        const qty = f64[(level >> 1) + LVL_TOTAL_QTY];
        levels.push(`${qty} @ ${i32[level + LVL_PRICE]} x${i32[level + LVL_ORDER_COUNT]}`);
      }
      if (levels.length > 0) parts.push(`${name}: ${levels.join(", ")}`);
    }
    return parts.length === 0 ? "empty" : parts.join("; ");
  }
}

/** The text as `play` writes it, when everything came as expected. */
export function normalized(text: string): string {
  return linesOf(text)
    .map((line) => {
      const [command = "", expected] = line.split(ARROW);
      return expected === undefined ? line : `${command.trim()} ${ARROW} ${expected.trim()}`.trim();
    })
    .join("\n");
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim().replaceAll(/ +/gu, " "))
    .filter((line) => line !== "");
}

function newOrderFields(words: Words): Partial<CommandFields> & Pick<CommandFields, "kind"> {
  const clientOrderId = words.number();
  const orderQty = words.number();
  const orderType = words.oneOf({ market: OrderType.Market });
  return {
    kind: CommandKind.NewOrder,
    clientOrderId,
    orderQty,
    orderType,
    price: words.numberAfter("@"),
    timeInForce: words.oneOf(TIMES_IN_FORCE),
    instrumentId: words.numberAfter("on") || 1,
  };
}

function describe(events: readonly EventFields[]): string {
  const parts: string[] = [];
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as EventFields;
    if (event.kind === EventKind.ExecutionReport && event.execType === ExecType.Trade) {
      const aggressor = events[i + 1] as EventFields;
      i += 1;
      parts.push(describeTrade(event, aggressor));
      if (aggressor.status === OrderStatus.Filled) parts.push(`filled ${aggressor.clientOrderId}`);
    } else parts.push(describeEvent(event));
  }
  return parts.join(", ");
}

/** Both reports of a match, which have to agree. */
function describeTrade(resting: EventFields, aggressor: EventFields): string {
  assert(resting.origClientOrderId === aggressor.origClientOrderId, "both sides of a trade have its id");
  assert(resting.lastPx === aggressor.lastPx, "both sides of a trade have its price");
  assert(resting.lastQty === aggressor.lastQty, "both sides of a trade have its quantity");
  assert(resting.side !== aggressor.side, "a trade has two sides");
  return `trade ${resting.clientOrderId}x${aggressor.clientOrderId} ${resting.lastQty} @ ${resting.lastPx}`;
}

function describeEvent(event: EventFields): string {
  switch (event.kind) {
    case EventKind.ExecutionReport:
      return describeReport(event);
    case EventKind.BusinessReject: {
      const request = nameOfCode(RequestType, event.execType).replace("Order", "");
      return `${request.toLowerCase()} refused ${nameOfCode(RejectReason, event.reason)}`;
    }
    case EventKind.MassCancelReport:
      return `mass canceled ${event.orderQty}`;
    case EventKind.SessionOpened:
      return `opened ${event.session}`;
    case EventKind.SessionRefused:
      return `refused ${nameOfCode(LogoutReason, event.reason)}`;
    case EventKind.SessionClosed:
      return `closed ${event.session}`;
    case EventKind.LevelUpdate:
    case EventKind.SnapshotLevel:
      return `level ${event.side === Side.Buy ? "buy" : "sell"} ${event.levelQty} @ ${event.price}`;
    case EventKind.SnapshotEnd:
      return event.reason === 0 ? "end" : `end ${nameOfCode(RejectReason, event.reason)}`;
    default:
      throw new Error(`no event kind ${event.kind}`);
  }
}

function describeReport(event: EventFields): string {
  const { clientOrderId: id, origClientOrderId: orig } = event;
  const named = orig === 0 ? String(id) : `${orig} as ${id}`;
  switch (event.execType) {
    case ExecType.New:
      return `new ${id}`;
    case ExecType.Rejected:
      return `rejected ${id} ${nameOfCode(RejectReason, event.reason)}`;
    case ExecType.Replaced:
      return `replaced ${named}`;
    case ExecType.Canceled:
      return `canceled ${named}`;
    case ExecType.Expired:
      return `expired ${id}`;
    case ExecType.OrderStatus:
      return `status ${named} ${nameOfCode(OrderStatus, event.status)}`;
    default:
      throw new Error(`no exec type ${event.execType}`);
  }
}
