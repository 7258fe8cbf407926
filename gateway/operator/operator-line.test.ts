import { beforeEach, expect, test } from "vitest";
import type { Instrument } from "../../engine/engine-config.ts";
import { RejectReason } from "../../protocol/codes.ts";
import { InstrumentDefinitions } from "./instrument-definitions.ts";
import type { OperatorAnswer, OperatorOrder } from "./operator-desk.ts";
import { OperatorLine, type OperatorOutcome } from "./operator-line.ts";

let orders: OperatorOrder[];
let announced: Instrument[];
let line: OperatorLine;
/** What every order is answered with. */
let answer: Omit<OperatorAnswer, "correlation">;

beforeEach(() => {
  orders = [];
  announced = [];
  answer = { reports: [{ requestId: 7, count: 1 }], missing: [] };
  line = new OperatorLine({
    definitions: new InstrumentDefinitions([], 2, 16),
    order: (order) => {
      orders.push(order);
      line.answered({ correlation: order.correlation, ...answer });
    },
    announce: async (instrument) => {
      announced.push(instrument);
    },
  });
});

const ask = (request: object): Promise<OperatorOutcome> => line.request(JSON.stringify(request));

test("a request is handed on under a number of its own, and answered with what comes back", async () => {
  const outcomes = [await ask({ requestId: "7", setPhase: { phase: "HALT" } }), await ask({ setPhase: {} })];
  expect(outcomes).toEqual([
    { kind: "reported", reports: answer.reports },
    { kind: "reported", reports: answer.reports },
  ]);
  expect(orders.map(({ correlation }) => correlation)).toEqual([1, 2]);
  expect(orders[0]?.request).toMatchObject({ requestId: 7, setPhase: { phase: 5 } });
});

test("answers find their requests whatever their order, and one that nobody waits for is dropped", async () => {
  const silent: OperatorOrder[] = [];
  const definitions = new InstrumentDefinitions([], 2, 16);
  const slow = new OperatorLine({ definitions, order: (order) => silent.push(order), announce: async () => {} });
  const outcomes = Promise.all([slow.request('{"setPhase":{}}'), slow.request('{"killSwitch":{}}')]);
  const [first, second] = silent.map(({ correlation }) => correlation);
  slow.answered({ correlation: 99, reports: [], missing: [] });
  slow.answered({ correlation: second ?? 0, reports: [{ count: 2 }], missing: [] });
  slow.answered({ correlation: first ?? 0, reports: [{ count: 1 }], missing: [1] });
  expect(await outcomes).toEqual([
    { kind: "unanswered", reports: [{ count: 1 }], missing: [1] },
    { kind: "reported", reports: [{ count: 2 }] },
  ]);
});

test.each([
  ['{\n  "setPhase": nothing}', /^line 2, column 15: expected a value, found "n"$/u],
  ['{"setPhase":{"phase":"LUNCH"}}', /^setPhase\.phase: expected one of PHASE_UNSPECIFIED, .*, found "LUNCH"$/u],
  ['{"setPhase":{},"killSwitch":{}}', /^killSwitch: setPhase is set too: one of them at a time$/u],
  ["[]", /^expected an object, found \[\]$/u],
  ['{"requestId":"7"}', /^expected one of setPhase, /u],
  ['{"advanceTime":{"to":"1"}}', /^advanceTime: for files only/u],
  ['{"cancelOrders":{"session":"a b"}}', /^cancelOrders\.session: expected 1 to 32 characters/u],
])("%s is malformed", async (text, expected) => {
  const outcome = await line.request(text);
  expect(outcome).toEqual({ kind: "malformed", line: expect.stringMatching(expected) as string });
  expect(orders).toEqual([]);
});

test("an instrument that its engine has taken is announced before the definition is answered", async () => {
  await ask({ defineInstrument: { instrumentId: 9, symbol: "NEW", engine: 1 } });
  expect(orders[0]?.request.defineInstrument).toMatchObject({ instrumentId: 9, engine: 1, tickSize: 1 });
  expect(announced).toMatchObject([{ instrumentId: 9, symbol: "NEW", engine: 1 }]);
});

test("one that its engine has refused, or not answered for, is not", async () => {
  answer = { reports: [{ rejectReason: RejectReason.InvalidInstrument }], missing: [] };
  await ask({ defineInstrument: { instrumentId: 9, symbol: "NEW" } });
  answer = { reports: [], missing: [0] };
  await ask({ defineInstrument: { instrumentId: 9, symbol: "NEW" } });
  expect(orders).toHaveLength(2);
  expect(announced).toEqual([]);
});

test("one that no engine can judge is refused in the way of an engine", async () => {
  expect(await ask({ requestId: 4, defineInstrument: { instrumentId: 9, symbol: "NEW", engine: 2 } })).toEqual({
    kind: "reported",
    reports: [
      {
        requestId: 4,
        rejectReason: RejectReason.InvalidInstrument,
        text: "the instrument definition contradicts itself: engine must be below 2",
      },
    ],
  });
  expect(orders).toEqual([]);
});
