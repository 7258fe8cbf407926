/** What a line of a scenario asks of the engine, as fields of commands. Who sends it, and when, is the runner's. */
import { CommandFlag, CommandKind, InstrumentTerm } from "../../protocol/record/command-record.ts";
import { linkWord } from "./command-fields.ts";
import { type Words, secondOfDay } from "./scenario-line.ts";
import { type Fields, parseOrder, parseReplace } from "./scenario-order.ts";
import {
  ALLOCATIONS,
  CONTINGENCIES,
  INSTRUMENT_TABLES,
  INSTRUMENT_TERMS,
  KILL_SCOPES,
  PHASES,
  SIDES,
  type WordTable,
} from "./scenario-words.ts";

type Verb = (words: Words) => Fields[];

/** Terms of an instrument whose value is a word. */
const WORDS_OF_TERMS: Readonly<Record<string, WordTable>> = { phase: PHASES, allocation: ALLOCATIONS };

/** What a session may ask for. */
const SESSION_VERBS: Readonly<Record<string, Verb>> = {
  buy: (words) => [parseOrder(words, SIDES["buy"] as number)],
  sell: (words) => [parseOrder(words, SIDES["sell"] as number)],
  list: parseList,
  cancel: (words) => [parseCancel(words)],
  replace: (words) => [parseReplace(words)],
  "mass-cancel": (words) => [{ kind: CommandKind.MassCancel, ...parseFilter(words) }],
  close: () => [{ kind: CommandKind.CloseSession }],
  follow: (words) => [parseFollow(words, CommandKind.FollowBook)],
  unfollow: (words) => [parseFollow(words, CommandKind.UnfollowBook)],
};

/** What the operator may ask for. */
const OPERATOR_VERBS: Readonly<Record<string, Verb>> = {
  phase: (words) => [parsePhase(words)],
  kill: (words) => [parseKillSwitch(words, 0)],
  release: (words) => [parseKillSwitch(words, CommandFlag.Release)],
  cancel: (words) => [{ kind: CommandKind.OperatorCancel, ...parseFilter(words) }],
  bust: (words) => [{ kind: CommandKind.BustTrade, ...parseTrade(words) }],
  correct: (words) => [{ kind: CommandKind.CorrectTrade, ...parseTrade(words) }],
  instrument: parseInstrument,
};

const FILTERS: Readonly<Record<string, (words: Words) => Omit<Fields, "kind">>> = {
  side: (words) => ({ side: words.code(SIDES, "side") }),
  on: (words) => ({ instrumentId: words.number("instrument") }),
  account: (words) => ({ account: words.number("account") }),
  from: (words) => ({ price: words.number("price") }),
  to: (words) => ({ orderQty: words.number("price") }),
  session: (words) => ({ name: words.next("session") }),
  as: (words) => ({ clientOrderId: words.number("request id") }),
};

export const OPERATOR = "operator";

/** @returns The records of the command, in order: one, or those of a list or of an instrument definition. */
export function parseCommand(words: Words, who: string): Fields[] {
  const verbs = who === OPERATOR ? OPERATOR_VERBS : SESSION_VERBS;
  const verb = verbs[words.peek()];
  if (verb === undefined) throw words.error(`${who} has no such command:`);
  words.next("command");
  const commands = verb(words);
  words.end();
  return commands;
}

/** list oco { sell 1 5 @ 110 } { sell 2 5 stop 90 } */
function parseList(words: Words): Fields[] {
  const contingency = words.code(CONTINGENCIES, "contingency");
  const orders: Fields[] = [];
  while (!words.isEmpty) {
    const order = words.group("order");
    orders.push(parseOrder(order, order.code(SIDES, "buy or sell")));
  }
  return orders.map((order, place) => {
    const connection = linkWord(contingency, place, orders.length);
    return Object.assign(order, { connection });
  });
}

function parseCancel(words: Words): Fields {
  const origClientOrderId = words.number("client order id");
  const clientOrderId = words.has("as") ? words.number("request id") : 0;
  const instrumentId = words.has("on") ? words.number("instrument") : 1;
  return { kind: CommandKind.CancelOrder, origClientOrderId, clientOrderId, instrumentId };
}

/** Which orders a mass cancel or an operator's cancel takes. */
function parseFilter(words: Words): Omit<Fields, "kind"> {
  const parts: Omit<Fields, "kind">[] = [{ side: words.codeIfAny(SIDES, "side") }];
  while (!words.isEmpty) {
    const read = FILTERS[words.peek()];
    if (read === undefined) throw words.error("no such filter:");
    words.next("filter");
    parts.push(read(words));
  }
  return Object.assign({}, ...parts) as Omit<Fields, "kind">;
}

function parseFollow(words: Words, kind: CommandKind): Fields {
  const instrumentId = words.number("instrument");
  return { kind, instrumentId, gateway: words.has("via") ? words.number("gateway") : 0 };
}

function parsePhase(words: Words): Fields {
  const instrumentId = words.has("all") ? 0 : words.number("instrument");
  return { kind: CommandKind.SetPhase, instrumentId, price: words.code(PHASES, "phase") };
}

function parseKillSwitch(words: Words, flags: number): Fields {
  const price = words.code(KILL_SCOPES, "scope");
  const id = words.isEmpty ? 0 : words.number("account or instrument");
  const scope = price === KILL_SCOPES["account"] ? { account: id } : { instrumentId: id };
  return { kind: CommandKind.KillSwitch, price, flags, ...scope };
}

/** bust 1 · correct 1 4 @ 101: quantity and price may be left out */
function parseTrade(words: Words): Omit<Fields, "kind"> {
  const origClientOrderId = words.number("trade");
  const orderQty = words.nextIsNumber() ? words.number("quantity") : 0;
  const price = words.has("@") ? words.number("price") : 0;
  return { origClientOrderId, orderQty, price, instrumentId: words.has("on") ? words.number("instrument") : 1 };
}

export function parseInstrument(words: Words): Fields[] {
  const instrumentId = words.number("instrument");
  const commands: Fields[] = [];
  while (!words.isEmpty) {
    for (const [price, quoteAmount, expireTime] of parseInstrumentTerm(words)) {
      commands.push({ kind: CommandKind.InstrumentTerm, instrumentId, price, quoteAmount, expireTime });
    }
  }
  return [...commands, { kind: CommandKind.CommitInstrument, instrumentId, name: `I${instrumentId}` }];
}

type Term = readonly [term: number, value: number, secondValue: number];

function parseInstrumentTerm(words: Words): Term[] {
  const word = words.peek();
  const table = INSTRUMENT_TABLES[word];
  const term = table ?? INSTRUMENT_TERMS[word];
  if (term === undefined) throw words.error("no such term of an instrument:");
  words.next("term");
  if (table !== undefined) return parseRows(words, term);
  return [[term, words.code(WORDS_OF_TERMS[word] ?? {}, word), 0]];
}

/** price-steps 1:1,100:5 · schedule 08:00=pre-open,09:00=continuous */
function parseRows(words: Words, term: number): Term[] {
  const rows = words.peek().split(",");
  const terms = rows.map((row): Term => {
    const [first = "", second = ""] = row.split(term === InstrumentTerm.Schedule ? "=" : ":");
    const value = term === InstrumentTerm.Schedule ? secondOfDay(first) : Number(first);
    const secondValue = PHASES[second] ?? Number(second);
    if (second === "" || Number.isNaN(value) || Number.isNaN(secondValue)) throw words.error("not rows of a table:");
    return [term, value, secondValue];
  });
  words.next("rows");
  return terms;
}
