import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assert } from "../assert.ts";
import { LogoutReason } from "../codes.ts";
import { fairlead } from "../codec/cold-codec.ts";
import {
  anyClientFrame,
  anyOperatorReport,
  anyOperatorRequest,
  anyServerFrame,
} from "../codec/testing/wire-arbitraries.ts";
import { schema } from "../generated/schema.ts";
import {
  JsonFault,
  formatClientFrame,
  formatOperatorReport,
  formatServerFrame,
  parseClientFrame,
  parseOperatorRequest,
  parseServerFrame,
} from "./json-codec.ts";

const { ClientFrame, ServerFrame } = fairlead.v1;

/** The frame that a text stands for, without the machinery of its class. */
function parsed(text: string): unknown {
  const frame = parseClientFrame(text);
  return frame instanceof JsonFault ? frame : ClientFrame.toObject(frame);
}

function fault(json: unknown): string {
  const frame = parseClientFrame(typeof json === "string" ? json : JSON.stringify(json));
  assert(frame instanceof JsonFault, "the text is refused");
  return frame.toString();
}

const newOrder = (fields: object) => parsed(JSON.stringify({ newOrder: fields }));

describe("there and back", () => {
  test("a client frame keeps every byte", () => {
    fc.assert(
      fc.property(anyClientFrame, (frame) => {
        const back = parseClientFrame(formatClientFrame(frame));
        assert(!(back instanceof JsonFault), "what was written is read");
        expect(ClientFrame.encode(back).finish()).toEqual(ClientFrame.encode(frame).finish());
      }),
      { numRuns: 1000 },
    );
  });

  test("a server frame keeps every byte", () => {
    fc.assert(
      fc.property(anyServerFrame, (frame) => {
        const back = parseServerFrame(formatServerFrame(frame));
        assert(!(back instanceof JsonFault), "what was written is read");
        expect(ServerFrame.encode(back).finish()).toEqual(ServerFrame.encode(frame).finish());
      }),
      { numRuns: 1000 },
    );
  });

  test("what is written is what protobufjs makes of the decoded bytes", () => {
    fc.assert(
      fc.property(anyServerFrame, (frame) => {
        const decoded = ServerFrame.decode(ServerFrame.encode(frame).finish());
        const object = ServerFrame.toObject(decoded, { longs: String, enums: String });
        expect(JSON.parse(formatServerFrame(decoded))).toEqual(object);
        expect(formatServerFrame(frame)).toBe(formatServerFrame(decoded));
      }),
      { numRuns: 1000 },
    );
  });

  test("a frame that was parsed knows which message it holds", () => {
    expect(parseClientFrame('{"heartbeat":{}}')).toMatchObject({ frame: "heartbeat" });
  });
});

describe("an operator request by itself", () => {
  const { OperatorRequest } = fairlead.v1;

  test("is read as it is within a frame", () => {
    fc.assert(
      fc.property(anyOperatorRequest, (operatorRequest) => {
        const { operatorRequest: json } = JSON.parse(formatClientFrame({ operatorRequest })) as Record<string, object>;
        const back = parseOperatorRequest(JSON.stringify(json));
        assert(!(back instanceof JsonFault), "what was written is read");
        expect(OperatorRequest.encode(back).finish()).toEqual(OperatorRequest.encode(operatorRequest).finish());
      }),
    );
  });

  test("knows which command it holds, and that it holds one alone", () => {
    expect(parseOperatorRequest('{"setPhase":{"phase":"HALT"}}')).toMatchObject({ command: "setPhase" });
    expect(parseOperatorRequest('{"requestId":"7"}')).toMatchObject({ requestId: 7, command: undefined });
    expect(parseOperatorRequest('{"setPhase":{},"killSwitch":{}}')).toMatchObject({
      path: "killSwitch",
      reason: "setPhase is set too: one of them at a time",
    });
    expect(parseOperatorRequest('{"defineInstrument":{"schedule":[{"phase":"LUNCH"}]}}')).toMatchObject({
      path: "defineInstrument.schedule[0].phase",
    });
    expect(parseOperatorRequest("{")).toMatchObject({
      path: "",
      reason: expect.stringMatching(/^not JSON: /u) as string,
    });
  });

  test("is answered with a report that is written as it is within a frame", () => {
    fc.assert(
      fc.property(anyOperatorReport, (operatorReport) => {
        expect(`{"operatorReport":${formatOperatorReport(operatorReport)}}`).toBe(
          formatServerFrame({ operatorReport }),
        );
      }),
    );
  });
});

describe("reading", () => {
  test("takes the names of JSON and those of the schema, for every field", () => {
    for (const [messageName, type] of Object.entries(schema.nested.fairlead.nested.v1.nested)) {
      if (!("fields" in type)) continue;
      for (const [name, field] of Object.entries(type.fields)) {
        const snake = name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
        expect("protoName" in field ? field.protoName : name, `${messageName}.${name}`).toBe(snake);
      }
    }
    const expected = { newOrder: { clientOrderId: 7, orderQty: 3, timeInForce: 2 } };
    expect(newOrder({ client_order_id: 7, order_qty: 3, time_in_force: 2 })).toEqual(expected);
    expect(newOrder({ clientOrderId: 7, orderQty: 3, timeInForce: 2 })).toEqual(expected);
    expect(parsed('{"new_order":{"client_order_id":"7","orderQty":3,"time_in_force":2}}')).toEqual(expected);
  });

  test("takes integers as numbers and as text, whole decimals and exponents included", () => {
    for (const value of [20, "20", "2e1", "20.0", "200E-1"]) {
      expect(newOrder({ orderQty: value, clientOrderId: value })).toEqual({
        newOrder: { orderQty: 20, clientOrderId: 20 },
      });
    }
    expect(parsed('{"newOrder":{"price":2.0,"orderQty":1e2}}')).toEqual({ newOrder: { price: 2, orderQty: 100 } });
    expect(parsed('{"newOrder":{"price":-0}}')).toEqual({ newOrder: {} });
  });

  test("takes enums by name, by number and, beyond the standard, without their prefix", () => {
    for (const value of ["SIDE_SELL", "SELL", 2]) expect(newOrder({ side: value })).toEqual({ newOrder: { side: 2 } });
    expect(newOrder({ timeInForce: "IMMEDIATE_OR_CANCEL" })).toEqual({ newOrder: { timeInForce: 2 } });
    expect(newOrder({ side: 99 })).toEqual({ newOrder: { side: 99 } });
  });

  test("takes null for absent, in a message and for a message", () => {
    expect(newOrder({ side: null, price: 5 })).toEqual({ newOrder: { price: 5 } });
    expect(parsed('{"newOrder":null,"heartbeat":{}}')).toEqual({ heartbeat: {} });
    expect(parsed('{"subscribe":{"channels":null}}')).toEqual({ subscribe: {} });
  });

  test("keeps an id that a number may not hold too large, so that the order is rejected", () => {
    for (const id of ["9007199254740992", "18446744073709551615", 2 ** 60]) {
      const frame = parseClientFrame(JSON.stringify({ newOrder: { clientOrderId: id } }));
      assert(!(frame instanceof JsonFault), "the id is a uint64");
      expect(frame.newOrder?.clientOrderId).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    }
    expect(newOrder({ clientOrderId: "9007199254740991" })).toEqual({ newOrder: { clientOrderId: 2 ** 53 - 1 } });
  });
});

describe("refusing", () => {
  test.each([
    [{ newOrder: { orderQty: "ten" } }, 'newOrder.orderQty: expected an unsigned 32-bit integer, found "ten"'],
    [{ newOrder: { orderQty: -1 } }, "newOrder.orderQty: expected an unsigned 32-bit integer, found -1"],
    [{ newOrder: { orderQty: 2 ** 32 } }, "newOrder.orderQty: expected an unsigned 32-bit integer, found 4294967296"],
    [{ newOrder: { orderQty: 1.5 } }, "newOrder.orderQty: expected an unsigned 32-bit integer, found 1.5"],
    [{ newOrder: { orderQty: "" } }, 'newOrder.orderQty: expected an unsigned 32-bit integer, found ""'],
    [{ newOrder: { orderQty: " 1" } }, 'newOrder.orderQty: expected an unsigned 32-bit integer, found " 1"'],
    [{ newOrder: { orderQty: "0x10" } }, 'newOrder.orderQty: expected an unsigned 32-bit integer, found "0x10"'],
    [
      { newOrder: { orderQty: "Infinity" } },
      'newOrder.orderQty: expected an unsigned 32-bit integer, found "Infinity"',
    ],
    [{ newOrder: { orderQty: true } }, "newOrder.orderQty: expected an unsigned 32-bit integer, found true"],
    [{ newOrder: { orderQty: [1] } }, "newOrder.orderQty: expected an unsigned 32-bit integer, found [1]"],
    [{ newOrder: { price: 2 ** 31 } }, "newOrder.price: expected a 32-bit integer, found 2147483648"],
    [{ newOrder: { price: -(2 ** 31) - 1 } }, "newOrder.price: expected a 32-bit integer, found -2147483649"],
    [{ newOrder: { clientOrderId: "-1" } }, 'newOrder.clientOrderId: expected an unsigned 64-bit integer, found "-1"'],
    [
      { newOrder: { clientOrderId: "1e30" } },
      'newOrder.clientOrderId: expected an unsigned 64-bit integer, found "1e30"',
    ],
    [{ newOrder: { side: "UP" } }, 'newOrder.side: expected one of SIDE_UNSPECIFIED, SIDE_BUY, SIDE_SELL, found "UP"'],
    [
      { newOrder: { side: "buy" } },
      'newOrder.side: expected one of SIDE_UNSPECIFIED, SIDE_BUY, SIDE_SELL, found "buy"',
    ],
    [{ newOrder: { side: 1.5 } }, "newOrder.side: expected one of SIDE_UNSPECIFIED, SIDE_BUY, SIDE_SELL, found 1.5"],
    [{ newOrder: { receipt: 1 } }, "newOrder.receipt: expected true or false, found 1"],
    [{ newOrder: [] }, "newOrder: expected an object, found []"],
    [{ newOrder: 5 }, "newOrder: expected an object, found 5"],
    [{ newOrder: { colour: 1 } }, "newOrder.colour: no such field"],
    [{ newOrder: { colour: null } }, "newOrder.colour: no such field"],
    [{ newOrder: { price: 1, constructor: 1 } }, "newOrder.constructor: no such field"],
    ['{"newOrder":{"__proto__":{}}}', "newOrder.__proto__: no such field"],
    [{ executionReport: {} }, "executionReport: no such field"],
    [{ newOrder: { order_qty: 1, orderQty: 2 } }, "newOrder.order_qty: orderQty is set too"],
    [{ newOrder: {}, heartbeat: {} }, "heartbeat: newOrder is set too: one of them at a time"],
    [
      { heartbeat: { requestId: "9007199254740992" } },
      'heartbeat.requestId: expected an integer from 0 to 2^53-1, found "9007199254740992"',
    ],
    [{ logon: { session: 5 } }, "logon.session: expected a string, found 5"],
    ['{"logon":{"session":"\\ud800"}}', 'logon.session: expected a string, found "\\ud800"'],
    [{ subscribe: { channels: 1 } }, "subscribe.channels: expected an array, found 1"],
    [
      { subscribe: { channels: [1, "TRADES", null] } },
      "subscribe.channels[2]: expected one of CHANNEL_UNSPECIFIED, CHANNEL_BOOK, CHANNEL_TRADES, CHANNEL_BEST_BID_OFFER, found null",
    ],
    ["[]", "expected an object, found []"],
    ["null", "expected an object, found null"],
    ["5", "expected an object, found 5"],
    [
      { logon: { session: { a: "x".repeat(100) } } },
      `logon.session: expected a string, found {"a":"${"x".repeat(34)}…`,
    ],
  ])("%j", (json, reason) => {
    expect(fault(json)).toBe(reason);
  });

  test("text that is not JSON says so", () => {
    expect(fault('{"newOrder":')).toMatch(/^not JSON: /u);
    expect(fault("")).toMatch(/^not JSON: /u);
  });

  test("a frame without a message is empty, everything else is invalid text", () => {
    expect(parseClientFrame("{}")).toMatchObject({ logoutReason: LogoutReason.EmptyFrame });
    expect(parseClientFrame('{"newOrder":null}')).toMatchObject({ logoutReason: LogoutReason.EmptyFrame });
    expect(parseClientFrame('{"x":1}')).toMatchObject({ path: "x", logoutReason: LogoutReason.InvalidText });
  });

  test("whatever the text, the answer is a frame or a fault", () => {
    const keys = fc.constantFrom("newOrder", "logon", "subscribe", "side", "orderQty", "session", "channels", "x");
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.dictionary(keys, tie("tree"), { maxKeys: 4 })),
    }));
    fc.assert(
      fc.property(tree, (json) => {
        const frame = parseClientFrame(JSON.stringify(json));
        if (frame instanceof JsonFault) return frame.reason.length > 0;
        return ClientFrame.encode(frame).finish().length > 0;
      }),
    );
  });
});

describe("writing", () => {
  test("leaves defaults out, names enums, puts 64-bit integers in quotes", () => {
    const executionReport = { execType: 3, orderId: 2 ** 53 - 1, price: -5, orderQty: 0, text: "", receipt: {} };
    expect(formatServerFrame({ executionReport })).toBe(
      '{"executionReport":{"execType":"EXEC_TYPE_TRADE","orderId":"9007199254740991","price":-5,"receipt":{}}}',
    );
  });

  test("writes an enum number that has no name as a number", () => {
    expect(formatServerFrame({ logout: { reason: 99 as fairlead.v1.LogoutReason } })).toBe('{"logout":{"reason":99}}');
  });

  test("escapes text", () => {
    expect(formatServerFrame({ logout: { text: 'a"b\n' } })).toBe('{"logout":{"text":"a\\"b\\n"}}');
  });
});
