import { describe, expect, test } from "vitest";
import type { OptionTable } from "./option-table.ts";
import { UsageError, parseOptions } from "./options.ts";

const TABLE = {
  rate: { type: "rate", default: 10_000, help: "Orders per second." },
  duration: { type: "duration", default: 10_000, help: "How long." },
  sessions: { type: "int", min: 1, max: 64, help: "Sessions." },
  count: { type: "int", help: "Any number." },
  transport: { type: "choice", choices: ["ws", "tcp"], default: "ws", help: "Transport." },
  symbols: { type: "list", default: [], help: "Symbols." },
  url: { type: "string", env: "FAIRLEAD_TEST_URL", help: "Where." },
  json: { type: "boolean", short: "j", env: "FAIRLEAD_TEST_JSON", help: "For machines." },
} as const satisfies OptionTable;

function parse(line: string, env: Record<string, string> = {}) {
  return parseOptions(TABLE, line.split(" ").filter(Boolean), { min: 0, max: 1 }, env);
}

function errorOf(line: string, env: Record<string, string> = {}): string {
  try {
    parse(line, env);
  } catch (error) {
    return error instanceof UsageError ? error.message : String(error);
  }
  return "no error";
}

test("an option that is not given has its default, or is undefined, or false", () => {
  expect(parse("").options).toEqual({
    rate: 10_000,
    duration: 10_000,
    sessions: undefined,
    count: undefined,
    transport: "ws",
    symbols: [],
    url: undefined,
    json: false,
  });
});

test.each([
  ["--rate 2500", { rate: 2500 }],
  ["--rate=10k", { rate: 10_000 }],
  ["--rate 1.5M", { rate: 1_500_000 }],
  ["--rate 1.1k/s", { rate: 1100 }],
  ["--rate 0.5", { rate: 0.5 }],
  ["--duration 500ms", { duration: 500 }],
  ["--duration 10s", { duration: 10_000 }],
  ["--duration 1.5m", { duration: 90_000 }],
  ["--duration 1h", { duration: 3_600_000 }],
  ["--sessions 1", { sessions: 1 }],
  ["--sessions 64", { sessions: 64 }],
  ["--count 0", { count: 0 }],
  ["--count 3M", { count: 3_000_000 }],
  ["--transport tcp", { transport: "tcp" }],
  ["--symbols ACME,BTC-USD --symbols EUR-USD", { symbols: ["ACME", "BTC-USD", "EUR-USD"] }],
  ["--url ws://127.0.0.1:7001", { url: "ws://127.0.0.1:7001" }],
  ["--url=--odd", { url: "--odd" }],
  ["--json", { json: true }],
  ["-j", { json: true }],
  ["--rate 1 --rate 2", { rate: 2 }],
])("%s", (line, expected) => {
  expect(parse(line).options).toMatchObject(expected);
});

test.each([
  ["--rate fast", '--rate: expected a number above 0, found "fast"'],
  ["--rate 0", '--rate: expected a number above 0, found "0"'],
  ["--rate -5", '--rate: expected a number above 0, found "-5"'],
  ["--rate 1e3", '--rate: expected a number above 0, found "1e3"'],
  ["--rate", "--rate: expected a value, found nothing"],
  ["--rate --json", "--rate: expected a value, found --json"],
  ["--duration 10", '--duration: expected a duration like 500ms, 10s or 2m, found "10"'],
  ["--duration -1s", '--duration: expected a duration like 500ms, 10s or 2m, found "-1s"'],
  ["--sessions 0", '--sessions: expected an integer from 1 to 64, found "0"'],
  ["--sessions 65", '--sessions: expected an integer from 1 to 64, found "65"'],
  ["--sessions 1.5", '--sessions: expected an integer from 1 to 64, found "1.5"'],
  ["--sessions=", '--sessions: expected an integer from 1 to 64, found ""'],
  ["--count -1", '--count: expected an integer of at least 0, found "-1"'],
  ["--transport udp", '--transport: expected one of ws, tcp, found "udp"'],
  ["--transport tpc", '--transport: expected one of ws, tcp, found "tpc"; did you mean tcp?'],
  ["--json=yes", '--json: takes no value, found "yes"'],
  ["--session 3", "no such option: --session; did you mean --sessions?"],
  ["--frobnicate", "no such option: --frobnicate"],
  ["-x", "no such option: -x"],
  ["a b", 'unexpected argument "b"'],
])("%s is refused: %s", (line, message) => {
  expect(errorOf(line)).toBe(message);
});

describe("the environment", () => {
  test("stands in for an option that is not given", () => {
    expect(parse("", { FAIRLEAD_TEST_URL: "a", FAIRLEAD_TEST_JSON: "1" }).options).toMatchObject({
      url: "a",
      json: true,
    });
  });

  test("gives way to an option, and an empty variable counts as none", () => {
    expect(parse("--url b", { FAIRLEAD_TEST_URL: "a" }).options.url).toBe("b");
    expect(parse("", { FAIRLEAD_TEST_URL: "" }).options.url).toBeUndefined();
  });

  test("is named in an error about its value", () => {
    expect(errorOf("", { FAIRLEAD_TEST_JSON: "maybe" })).toBe(
      'FAIRLEAD_TEST_JSON: expected true or false, found "maybe"',
    );
  });
});

test("what follows -- is an argument, whatever it looks like", () => {
  expect(parse("--json -- --rate").positionals).toEqual(["--rate"]);
});

test("a missing argument is said", () => {
  expect(() => parseOptions({}, [], { min: 1, max: 1 })).toThrow("an argument is missing");
});
