import { describe, expect, test } from "vitest";
import { Allocation, KillScope, Phase, Side } from "../../protocol/codes.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import {
  CMD_ACCOUNT,
  CMD_CANCEL_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CODE,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_ORDER_QTY,
  CMD_PRICE,
  CMD_SESSION,
  CMD_TERM_SECOND_VALUE,
  CMD_TERM_VALUE,
  CMD_TRADE_ID,
  CommandFlag,
  CommandKind,
  InstrumentTerm,
} from "../../protocol/record/command-record.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import type { CommandScratch } from "../command-scratch.ts";
import { operatorCommands } from "./operator-commands.ts";

function fieldsOf({ i32, f64, bytes }: CommandScratch) {
  const nameBytes = i32[CMD_NAME_BYTES] as number;
  return {
    kind: (i32[CMD_HEAD] as number) & 0xff,
    side: ((i32[CMD_HEAD] as number) >>> 8) & 0xff,
    instrumentId: i32[CMD_INSTRUMENT_ID],
    code: i32[CMD_CODE],
    flags: i32[CMD_FLAGS],
    qty: i32[CMD_ORDER_QTY],
    account: i32[CMD_ACCOUNT],
    cancelAccount: f64[CMD_CANCEL_ACCOUNT],
    name: Buffer.from(bytes.subarray(CMD_NAME * 4, CMD_NAME * 4 + nameBytes)).toString("ascii"),
    tradeId: f64[CMD_TRADE_ID],
    value: f64[CMD_TERM_VALUE],
    secondValue: f64[CMD_TERM_SECOND_VALUE],
  };
}

function commandsOf(request: fairlead.v1.OperatorRequest.$Properties) {
  return operatorCommands({ requestId: 2 ** 40, ...request }, 77).map(fieldsOf);
}

test("every command comes from no session and says whose answer it wants", () => {
  const commands = operatorCommands({ requestId: 2 ** 40, defineInstrument: { instrumentId: 1, tickSize: 5 } }, 77);
  expect(commands).toHaveLength(2);
  for (const { i32, f64 } of commands) {
    expect([i32[CMD_SESSION], i32[CMD_CONNECTION], f64[CMD_CLIENT_ORDER_ID]]).toEqual([NO_SESSION, 77, 2 ** 40]);
  }
});

test("a phase is set for one instrument or for all", () => {
  expect(commandsOf({ setPhase: { instrumentId: 5, phase: Phase.Halt } })).toMatchObject([
    { kind: CommandKind.SetPhase, instrumentId: 5, code: Phase.Halt },
  ]);
  expect(commandsOf({ setPhase: { phase: 4711 as Phase } })).toMatchObject([{ instrumentId: 0, code: 4711 }]);
});

test("a kill switch has its scope, what it is for, and whether it is released", () => {
  expect(commandsOf({ killSwitch: { scope: KillScope.Account, account: 8 } })).toMatchObject([
    { kind: CommandKind.KillSwitch, code: KillScope.Account, account: 8, flags: 0 },
  ]);
  expect(commandsOf({ killSwitch: { scope: KillScope.Instrument, instrumentId: 3, release: true } })).toMatchObject([
    { code: KillScope.Instrument, instrumentId: 3, flags: CommandFlag.Release },
  ]);
});

describe("a cancel of orders", () => {
  test("has side, range, account and session", () => {
    const range = { priceFrom: 5, priceTo: 9 };
    const cancelOrders = { instrumentId: 3, side: Side.Sell, account: 8, session: "alice", ...range };
    expect(commandsOf({ cancelOrders })).toMatchObject([
      {
        kind: CommandKind.OperatorCancel,
        instrumentId: 3,
        side: Side.Sell,
        code: 5,
        qty: 9,
        cancelAccount: 8,
        name: "alice",
      },
    ]);
  });

  test("has room for the longest name beside an account", () => {
    const session = "a-session-with-a-name-of-32-char";
    expect(commandsOf({ cancelOrders: { session, account: 2 ** 30 - 1 } })).toMatchObject([
      { name: session, cancelAccount: 2 ** 30 - 1 },
    ]);
  });

  test("has no side that another number could be taken for", () => {
    expect(commandsOf({ cancelOrders: { side: 257 as Side } })).toMatchObject([{ side: 255 }]);
  });
});

test("a trade is busted, or corrected to new terms", () => {
  const tradeId = 2 ** 48 + 5;
  expect(commandsOf({ bustTrade: { instrumentId: 3, tradeId } })).toMatchObject([
    { kind: CommandKind.BustTrade, instrumentId: 3, tradeId, code: 0, qty: 0 },
  ]);
  const [command] = operatorCommands({ correctTrade: { instrumentId: 3, tradeId, price: 7, qty: 2 } }, 1);
  expect([command?.i32[CMD_PRICE], command?.i32[CMD_ORDER_QTY], command?.f64[CMD_TRADE_ID]]).toEqual([7, 2, tradeId]);
});

test("a definition is a command for each term that it has, its rows in order, and then the commit with the symbol", () => {
  const priceSteps = [
    { fromPrice: 1, step: 5 },
    { fromPrice: 100, step: 10 },
  ];
  const schedule = [
    { secondOfDay: 0, phase: Phase.PreOpen },
    { secondOfDay: 60, phase: Phase.Continuous },
  ];
  const limits = { minNotional: 2 ** 40, allocation: Allocation.ProRata, maxPrice: 1000, qtyStep: 0 };
  const commands = commandsOf({
    defineInstrument: { instrumentId: 3, symbol: "X Y", priceSteps, schedule, ...limits },
  });
  const terms = commands.slice(0, -1).map(({ code, value, secondValue }) => [code, value, secondValue]);
  expect(terms).toEqual([
    [InstrumentTerm.MaxPrice, 1000, 0],
    [InstrumentTerm.MinNotional, 2 ** 40, 0],
    [InstrumentTerm.Allocation, Allocation.ProRata, 0],
    [InstrumentTerm.PriceStep, 1, 5],
    [InstrumentTerm.PriceStep, 100, 10],
    [InstrumentTerm.Schedule, 0, Phase.PreOpen],
    [InstrumentTerm.Schedule, 60, Phase.Continuous],
  ]);
  expect(commands.every(({ instrumentId }) => instrumentId === 3)).toBe(true);
  expect(commands.at(-1)).toMatchObject({ kind: CommandKind.CommitInstrument, name: "X Y" });
});

test("every term of a record has a field, and every field a term", () => {
  const rows = { priceSteps: [{ fromPrice: 1, step: 1 }], schedule: [{ secondOfDay: 1, phase: 1 as Phase }] };
  const names = ["priceDecimals", "tickSize", "qtyDecimals", "lotSize", "maxPrice", "maxOrderQty", "phase", "qtyStep"];
  const limits = ["minNotional", "maxNotional", "maxDeviationBps", "staticBandBps", "dynamicBandBps"];
  const rest = ["volatilityPauseMs", "referencePrice", "allocation", "proRataMinQty", "topOrderMaxQty"];
  const plain = Object.fromEntries([...names, ...limits, ...rest].map((name) => [name, 1]));
  const commands = commandsOf({ defineInstrument: { instrumentId: 3, ...plain, ...rows } });
  const numbers = commands.slice(0, -1).map(({ code }) => code ?? 0);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Object.values(InstrumentTerm));
});
