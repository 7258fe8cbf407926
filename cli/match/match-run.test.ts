/** Lines in, frames out: what the formats, sessions and times of a file mean. */
import { describe, expect, test } from "vitest";
import { SMALL_ENGINE } from "../../engine/testing/engine-rig.ts";
import { type InputFormat, InputFault, MatchRun } from "./match-run.ts";

interface Outcome {
  readonly frames: Record<string, Record<string, unknown>>[];
  /** "line:column: reason", or nothing. */
  readonly fault: string;
  readonly run: MatchRun;
}

interface Given {
  readonly format?: InputFormat;
  readonly lastLine?: number;
}

function match(input: string | Buffer, { format = "auto", lastLine = Infinity }: Given = {}): Outcome {
  let text = "";
  const run = new MatchRun({
    config: SMALL_ENGINE,
    format,
    frames: { marketData: false, withSession: false },
    wantsEventHash: true,
    checksInvariants: true,
    lastLine,
    output: (bytes, done) => {
      text += bytes.toString();
      done();
    },
  });
  let fault = "";
  try {
    run.push(Buffer.from(input));
    run.end();
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    fault = `${error.line}:${error.column}: ${error.message}`;
  }
  const frames = text.split("\n").filter(Boolean);
  return { frames: frames.map((line) => JSON.parse(line) as Outcome["frames"][number]), fault, run };
}

function newOrder(clientOrderId: number, side: "BUY" | "SELL", price = 100, orderQty = 5): string {
  return JSON.stringify({ newOrder: { clientOrderId, instrumentId: 1, side, price, orderQty } });
}

/** Exec types of the reports, or what else a frame is. */
function briefly({ frames }: Outcome): string[] {
  return frames.map((frame) => {
    const [[name, message] = ["", {}]] = Object.entries(frame);
    const execType = message["execType"];
    return typeof execType === "string" ? execType.replace("EXEC_TYPE_", "").toLowerCase() : name;
  });
}

function timesOf({ frames }: Outcome): unknown[] {
  return frames.map((frame) => Object.values(frame)[0]?.["transactTime"]);
}

function advance(to: number): string {
  return JSON.stringify({ operatorRequest: { advanceTime: { to } } });
}

const CROSSING = `${newOrder(1, "BUY")}\n${newOrder(2, "SELL")}\n`;
const NEW_AND_TRADE = ["new", "new", "trade", "trade"];

describe("a file", () => {
  test.each([
    ["CRLF", CROSSING.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\u{feff}${CROSSING}`],
    ["no newline at the end", CROSSING.trimEnd()],
    ["blank lines and comments", `# first\n\n  \t\n${CROSSING}   # last\n`],
    ["spaces before a frame", CROSSING.replaceAll(/^/gmu, "  ")],
    ["CSV", "id,instrument,side,price,qty\n\n1,1,buy,100,5\n# then\n2,1,sell,100,5"],
  ])("with %s is read", (_, text) => {
    const outcome = match(text);
    expect(outcome.fault).toBe("");
    expect(briefly(outcome)).toEqual(NEW_AND_TRADE);
  });

  test.each(["", "\n\n", "# nothing\n"])("may have no command: %j", (text) => {
    expect(match(text)).toMatchObject({ frames: [], fault: "" });
  });

  test("is in the format that was said, whatever it looks like", () => {
    expect(match(CROSSING, { format: "csv" }).fault).toBe("1:1: expected a JSON object, or the names of columns");
    expect(match("id\n", { format: "ndjson" }).fault).toMatch(/^1:1: not JSON: /u);
  });

  test("ends after the line that was said; what is wrong later does not matter", () => {
    const text = `${CROSSING}nonsense\n`;
    expect(briefly(match(text, { lastLine: 1 }))).toEqual(["new"]);
    expect(match(text, { lastLine: 2 }).fault).toBe("");
    expect(match(text, { lastLine: 3 }).fault).toMatch(/^3:1: /u);
  });

  test("that ends within a list has a list of the orders that were there", () => {
    const outcome = match("list,id,instrument,side,price,qty\noco,1,1,buy,100,5\noco,2,1,sell,105,5\n", {
      lastLine: 2,
    });
    expect(outcome.frames).toHaveLength(1);
  });
});

describe("sessions", () => {
  test("of a logon last until the next one, and have client order ids of their own", () => {
    const lines = [newOrder(1, "BUY"), '{"logon":{"session":"a"}}', newOrder(1, "BUY"), '{"logon":{"session":"main"}}'];
    const outcome = match([...lines, '{"cancelOrder":{"origClientOrderId":1,"instrumentId":1}}'].join("\n"));
    expect(briefly(outcome)).toEqual(["new", "logonAccepted", "new", "canceled"]);
  });

  test("of a line are for that line alone", () => {
    const other = `{"session":"b",${newOrder(1, "BUY").slice(1)}`;
    expect(briefly(match([newOrder(1, "BUY"), other, newOrder(1, "BUY")].join("\n")))).toEqual([
      "new",
      "new",
      "order_status",
    ]);
  });

  test("end with a logout, and their orders with them if they asked for that", () => {
    const logon = '{"logon":{"session":"a","cancelOnDisconnect":true}}';
    const outcome = match([logon, newOrder(1, "BUY"), '{"logout":{}}', '{"logon":{"session":"b"}}'].join("\n"));
    expect(briefly(outcome)).toEqual(["logonAccepted", "new", "logout", "logonAccepted"]);
    expect(outcome.run.ladders()[0]).toMatchObject({ bids: [], offers: [] });
  });

  test("that were logged out take no orders before the next logon", () => {
    expect(match([newOrder(1, "BUY"), '{"logout":{}}', newOrder(2, "BUY")].join("\n")).fault).toBe(
      "3:1: expected a logon first: the session was logged out",
    );
  });

  test("are as many as the configuration has room for", () => {
    const lines = Array.from({ length: SMALL_ENGINE.maxSessions + 1 }, (_, n) => `{"logon":{"session":"s${n}"}}`);
    expect(match(lines.join("\n")).fault).toBe(
      `${lines.length}:11: logon.session: expected no more sessions than maxSessions of the configuration`,
    );
  });

  test("are not opened for what means nothing without a connection", () => {
    const { run } = match('{"heartbeat":{}}\n{"subscribe":{"instrumentId":1}}\n{"heartbeat":{}}\n');
    expect(run.stats.commandCount).toBe(0);
    expect([...run.venue.ignored]).toEqual([
      ["heartbeat", 2],
      ["subscribe", 1],
    ]);
  });
});

describe("time", () => {
  test("goes by 1 µs per command, the opening of the session included", () => {
    expect(timesOf(match([newOrder(1, "BUY"), newOrder(2, "BUY")].join("\n")))).toEqual(["1", "2"]);
  });

  test("is what a line says, and goes on from there", () => {
    const said = `{"time":"5000",${newOrder(2, "BUY").slice(1)}`;
    const again = `{"time":5001,${newOrder(4, "BUY").slice(1)}`;
    expect(timesOf(match([newOrder(1, "BUY"), said, newOrder(3, "BUY"), again].join("\n")))).toEqual([
      "1",
      "5000",
      "5001",
      "5001",
    ]);
  });

  test("passes with advanceTime, and not backwards", () => {
    const orders = match([advance(700), newOrder(1, "BUY"), advance(5), newOrder(2, "BUY")].join("\n"));
    expect(timesOf(orders).slice(-2)).toEqual(["702", "704"]);
  });

  test("of a list is one", () => {
    const order = { instrumentId: 1, side: "BUY", price: 100, orderQty: 5 };
    const orders = [
      { ...order, clientOrderId: 1 },
      { ...order, clientOrderId: 2 },
    ];
    const list = JSON.stringify({ newOrderList: { contingency: "ONE_CANCELS_OTHER", orders } });
    const times = timesOf(match(list));
    expect(times).toHaveLength(2);
    expect(new Set(times).size).toBe(1);
  });
});

describe("a line that is no command ends the run with its place", () => {
  test.each([
    ["nonsense", '3:1: not JSON: expected a value, found "n"'],
    ['{"newOrder":{"price":1,}}', '3:24: not JSON: expected a key in double quotes, found "}"'],
    [
      '{"newOrder":{"price":1,"side":"UP"}}',
      '3:24: newOrder.side: expected one of SIDE_UNSPECIFIED, SIDE_BUY, SIDE_SELL, found "UP"',
    ],
    ['{"newOrder":{"prise":1}}', "3:14: newOrder.prise: no such field"],
    ["{}", "3:1: a frame holds one message, found none"],
    ["[]", "3:1: expected an object, found []"],
    ['{"time":"x","newOrder":{}}', "3:2: time: expected microseconds, an integer from 0 to 2^53-1"],
    ['{"time":1,"newOrder":{}}', "3:2: time: expected at least 2, found 1"],
    [' {"session":"a b","newOrder":{}}', "3:3: session: expected 1 to 32 characters of A-Z a-z 0-9 . _ -"],
    ['{"logon":{}}', '3:1: logon.session: expected 1 to 32 characters of A-Z a-z 0-9 . _ -, found ""'],
    ['{"logon":{"session":"é"}}', '3:11: logon.session: expected 1 to 32 characters of A-Z a-z 0-9 . _ -, found "é"'],
    ['{"session":"x","logout":{}}', '3:16: logout: the session "x" is not open'],
    ['{"newOrderList":{}}', "3:2: newOrderList: expected 1 to 255 orders, found 0"],
    ['{"operatorRequest":{}}', "3:2: operatorRequest: expected a command, found none"],
    [
      '{"operatorRequest":{"cancelOrders":{"account":1,"session":"a b"}}}',
      '3:49: operatorRequest.cancelOrders.session: expected 1 to 32 characters of A-Z a-z 0-9 . _ -, found "a b"',
    ],
    [Buffer.from([0, 1, 2]), '3:1: not JSON: expected a value, found "\\u0000"'],
    [Buffer.from([0xff, 0xfe]), "3:1: expected UTF-8, found the byte 0xff"],
    [" ".repeat(20_000), "3:1: expected at most 16384 bytes in a line, found more"],
  ])("%j", (line, expected) => {
    const before = Buffer.from(CROSSING);
    const outcome = match(Buffer.concat([before, Buffer.from(line), Buffer.from(`\n${newOrder(9, "BUY")}\n`)]));
    expect(outcome.fault).toBe(expected);
    expect(briefly(outcome)).toEqual(NEW_AND_TRADE);
  });
});

test("a definition that no engine could judge is refused in the words of a venue", () => {
  const request = { requestId: "7", defineInstrument: { instrumentId: 9, symbol: "" } };
  expect(match(JSON.stringify({ operatorRequest: request })).frames).toMatchObject([
    { operatorReport: { requestId: "7", rejectReason: "REJECT_REASON_INVALID_INSTRUMENT" } },
  ]);
});

test("more orders than a block of records holds are applied in their order", () => {
  const count = 60;
  const lines = Array.from({ length: 40 }, (_, round) =>
    Array.from({ length: count }, (_unused, n) => {
      const id = round * count + n + 1;
      return n === 0
        ? newOrder(id, "BUY")
        : `{"cancelOrder":{"origClientOrderId":${round * count + 1},"instrumentId":1}}`;
    }),
  ).flat();
  const { frames, run } = match(lines.join("\n"));
  expect(run.stats.commandCount).toBe(lines.length + 1);
  const sequences = frames.map((frame) => Number(Object.values(frame)[0]?.["sequenceNumber"]));
  expect(sequences).toEqual(lines.map((_, n) => n + 2));
});
