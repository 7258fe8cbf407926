/** CSV against the JSON mapping: what a row says, the same frame in JSON says too. */
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { fairlead } from "../../protocol/codec/cold-codec.ts";
import { anyOperatorRequest, anyOrderFrame } from "../../protocol/codec/testing/wire-arbitraries.ts";
import { JsonFault, formatClientFrame, parseClientFrame } from "../../protocol/json/json-codec.ts";
import { CsvCommands } from "./csv-commands.ts";
import type { Envelope } from "./offline-venue.ts";

const { ClientFrame } = fairlead.v1;
type Frame = fairlead.v1.ClientFrame.$Properties;

interface Taken {
  readonly frame: string;
  readonly envelope: Envelope;
}

let taken: Taken[];
let csv: CsvCommands;
/** What the venue says of the next frame. */
let fault: JsonFault | null;

beforeEach(begin);

function begin(): void {
  taken = [];
  fault = null;
  csv = new CsvCommands({
    take: (frame, envelope) => {
      taken.push({ frame: formatClientFrame(frame), envelope });
      return fault;
    },
  });
}

/** Lines that are in order, or the first fault. */
function read(...lines: string[]): string {
  for (const line of lines) {
    const problem = csv.take(line);
    if (problem !== null) return `${problem.at + 1}: ${problem.reason}`;
  }
  const problem = csv.end();
  return problem === null ? "" : problem.reason;
}

function frames(...lines: string[]): unknown[] {
  expect(read(...lines)).toBe("");
  return taken.map(({ frame }) => JSON.parse(frame) as unknown);
}

const ACTION_OF: Readonly<Record<string, string>> = {
  newOrder: "new",
  cancelOrder: "cancel",
  replaceOrder: "replace",
  massCancel: "mass_cancel",
};

/** Texts that need no quotes. */
function isPlain(text: string): boolean {
  return !/[,"\n\r]|^\s|\s$/u.test(text);
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

function cellText(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.map((row: object) => Object.values(row).join(":")).join(" ");
}

/** A header and a row for the message, in the values that JSON has. */
function rowsOf(action: string, message: object): [header: string, row: string] {
  const fields = Object.entries(message);
  const header = ["action", ...fields.map(([name]) => snake(name))].join(",");
  return [header, [action, ...fields.map(([, value]) => cellText(value))].join(",")];
}

/** As it is after a way through JSON: absent values gone, enums by name. */
function jsonOf(frame: Frame): Record<string, Record<string, object>> {
  return JSON.parse(formatClientFrame(frame)) as Record<string, Record<string, object>>;
}

function expectSame(frame: Frame): void {
  const text = taken.map((each) => each.frame).join("");
  const back = parseClientFrame(text);
  expect(back).not.toBeInstanceOf(JsonFault);
  expect(ClientFrame.encode(back as Frame).finish()).toEqual(ClientFrame.encode(frame).finish());
}

describe("a row says what a frame says", () => {
  test("for every order message", () => {
    fc.assert(
      fc.property(anyOrderFrame, (frame) => {
        const [[name, message] = ["", {}]] = Object.entries(jsonOf(frame));
        begin();
        expect(read(...rowsOf(ACTION_OF[name] ?? name, message))).toBe("");
        expectSame(frame);
      }),
      { numRuns: 500 },
    );
  });

  test("for every operator request that has a command", () => {
    fc.assert(
      fc.property(anyOperatorRequest, (operatorRequest) => {
        const frame = { operatorRequest };
        const { requestId, ...command } = jsonOf(frame)["operatorRequest"] ?? {};
        const [[name, message] = ["", {}]] = Object.entries(command);
        fc.pre(name !== "");
        const { priceSteps, schedule, symbol = "", session = "", ...rest } = message as Record<string, unknown>;
        fc.pre(priceSteps === undefined && schedule === undefined && isPlain(`${String(symbol)}${String(session)}`));
        const texts = { ...(symbol === "" ? {} : { symbol }), ...(session === "" ? {} : { session }) };
        const outer = requestId === undefined ? {} : { requestId };
        begin();
        expect(read(...rowsOf(snake(name), { ...rest, ...texts, ...outer }))).toBe("");
        expectSame(frame);
      }),
      { numRuns: 300 },
    );
  });
});

test("tables of an instrument are rows of numbers and names", () => {
  expect(
    frames(
      "action,instrument_id,symbol,price_steps,schedule",
      "define_instrument,4,NEW,1:1 1000:5,28800:pre_open 32400:continuous",
    ),
  ).toEqual([
    {
      operatorRequest: {
        defineInstrument: {
          instrumentId: 4,
          symbol: "NEW",
          priceSteps: [
            { fromPrice: 1, step: 1 },
            { fromPrice: 1000, step: 5 },
          ],
          schedule: [
            { secondOfDay: 28_800, phase: "PHASE_PRE_OPEN" },
            { secondOfDay: 32_400, phase: "PHASE_CONTINUOUS" },
          ],
        },
      },
    },
  ]);
});

describe("what people write", () => {
  test("without an action it is a new order; names may be short, in any case, with spaces around", () => {
    expect(frames("Id, Instrument ,SIDE,type,tif,price,qty", "1,2, buy ,limit,ioc,100,5")).toEqual([
      {
        newOrder: {
          clientOrderId: "1",
          instrumentId: 2,
          side: "SIDE_BUY",
          orderType: "ORDER_TYPE_LIMIT",
          timeInForce: "TIME_IN_FORCE_IMMEDIATE_OR_CANCEL",
          price: 100,
          orderQty: 5,
        },
      },
    ]);
  });

  test("columns may be named as in JSON", () => {
    expect(frames("clientOrderId,triggerPrice", "1,5")).toEqual([
      { newOrder: { clientOrderId: "1", triggerPrice: 5 } },
    ]);
  });

  test("an empty cell, and one that is not there, is an absent field, whatever the row before had", () => {
    expect(frames("id,hidden,price,side", "1,true,5,SELL", "2", "3,,6,")).toEqual([
      { newOrder: { clientOrderId: "1", hidden: true, price: 5, side: "SIDE_SELL" } },
      { newOrder: { clientOrderId: "2" } },
      { newOrder: { clientOrderId: "3", price: 6 } },
    ]);
  });

  test("cells may be quoted", () => {
    expect(frames('"id","symbol",action', '"7"', ',"A,B ""C""",define_instrument')).toEqual([
      { newOrder: { clientOrderId: "7" } },
      { operatorRequest: { defineInstrument: { symbol: 'A,B "C"' } } },
    ]);
  });

  test("qty is the quantity of an order, and that of a corrected trade", () => {
    expect(frames("action,trade_id,qty", "new,,5", "correct_trade,9,6")).toEqual([
      { newOrder: { orderQty: 5 } },
      { operatorRequest: { correctTrade: { tradeId: "9", qty: 6 } } },
    ]);
  });
});

describe("sessions and times", () => {
  test("belong to the row", () => {
    expect(read("session,time,id", "bob,1000,1", ",,2")).toBe("");
    expect(taken.map(({ envelope }) => envelope)).toEqual([
      { session: "bob", time: 1000 },
      { session: undefined, time: undefined },
    ]);
  });

  test("a message that has a session of its own gets it", () => {
    expect(
      frames("action,session,cancel_on_disconnect", "logon,bob,true", "logout,bob,", "cancel_orders,bob,"),
    ).toEqual([
      { logon: { session: "bob", cancelOnDisconnect: true } },
      { logout: {} },
      { operatorRequest: { cancelOrders: { session: "bob" } } },
    ]);
    expect(taken.map(({ envelope }) => envelope.session)).toEqual([undefined, "bob", undefined]);
  });
});

function list(contingency: string, ...ids: string[]): object {
  const orders = ids.map((clientOrderId) => ({ clientOrderId }));
  return { newOrderList: { contingency: `CONTINGENCY_${contingency}`, orders } };
}

describe("lists", () => {
  test("rows that follow each other with the same label go together", () => {
    const rows = [
      "list,id",
      ",1",
      "oco:a,2",
      "oco:a,3",
      "oco:b,4",
      "oco:b,5",
      ",6",
      "bracket,7",
      "bracket,8",
      "bracket,9",
    ];
    expect(frames(...rows)).toEqual([
      { newOrder: { clientOrderId: "1" } },
      list("ONE_CANCELS_OTHER", "2", "3"),
      list("ONE_CANCELS_OTHER", "4", "5"),
      { newOrder: { clientOrderId: "6" } },
      list("BRACKET", "7", "8", "9"),
    ]);
  });

  test("a fault in one is told when it ends", () => {
    fault = new JsonFault("time", "expected at least 9, found 5");
    expect(read("list,time,id", "oco,5,1", "oco,5,2", ",,3")).toBe(
      "1: list oco before this line: time: expected at least 9, found 5",
    );
  });

  test("hold new orders only", () => {
    expect(read("action,list", "cancel,oco")).toBe("8: list: only new orders are in a list, found cancel");
    expect(read("action,list", ",xor")).toMatch(/^1: action: /u);
  });
});

describe("faults", () => {
  test.each([
    [["id,colour"], "4: no such column: colour; the first line names the columns"],
    [["id,pricee"], "4: no such column: pricee; did you mean price?"],
    [["id,id"], "4: the column id is there twice"],
    [["id,"], "4: a column has no name: the first line names the columns"],
    [["new,1,2"], "1: no such column: new; the first line names the columns"],
    [["id,price", "1,x"], '3: price: expected a 32-bit integer, found "x"'],
    [["id,price", "1,1.5"], '3: price: expected a 32-bit integer, found "1.5"'],
    [["id,price", "1,-"], '3: price: expected a 32-bit integer, found "-"'],
    [["id,price", "1,2147483648"], '3: price: expected a 32-bit integer, found "2147483648"'],
    [["id,qty", "1,-1"], '3: qty: expected an unsigned 32-bit integer, found "-1"'],
    [["id", "1e30"], '1: id: expected an unsigned 64-bit integer, found "1e30"'],
    [["id", "99999999999999999999"], '1: id: expected an unsigned 64-bit integer, found "99999999999999999999"'],
    [["side", "up"], '1: side: expected one of SIDE_UNSPECIFIED, SIDE_BUY, SIDE_SELL, found "up"'],
    [["hidden", "yes"], '1: hidden: expected true or false, found "yes"'],
    [["id", '"1" 2'], '1: id: expected an unsigned 64-bit integer, found ""1" 2"'],
    [["id,qty", "1,2,3"], "5: expected 2 cells, found 3"],
    [["action,id", "buy,1"], /^1: action: expected one of new, cancel, replace, .*, found "buy"$/u],
    [["action,side", "cancel,buy"], "8: side: cancel has no such field"],
    [["time", "-5"], '1: time: expected microseconds, an integer from 0 to 2^53-1, found "-5"'],
    [["session", "a b"], '1: session: expected 1 to 32 characters of A-Z a-z 0-9 . _ -, found "a b"'],
    [["action,price_steps", "define_instrument,1:1 5"], /^19: price_steps: expected rows like fromPrice:step, /u],
  ])("%j", (lines, expected) => {
    expect(read(...lines)).toMatch(expected);
  });

  test("what the venue finds is told where its cell is", () => {
    fault = new JsonFault("operatorRequest.cancelOrders.session", "too long");
    expect(read("action,session", "cancel_orders,a")).toBe("15: operatorRequest.cancelOrders.session: too long");
  });
});
