import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SETTINGS } from "./config-schema.ts";
import { ConfigError, type ConfigInputs, loadConfig } from "./load-config.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-config-"));
const path = join(folder, "venue.json");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Said {
  /** Text of the file, or what to write as JSON. */
  file?: unknown;
  env?: ConfigInputs["env"];
  flags?: ConfigInputs["flags"];
}

function load({ file, env = {}, flags = {} }: Said) {
  if (file === undefined) return loadConfig({ env, flags });
  writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file));
  return loadConfig({ path, env, flags });
}

/** A file with one instrument that has these terms. */
function withTerms(terms: object): Said {
  return { file: { instruments: [{ instrumentId: 1, symbol: "A", ...terms }] } };
}

/** The error lines, with the name of the file shortened. */
function problemsOf(said: Said): string[] {
  try {
    load(said);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((line) => line.replaceAll(path, "venue.json"));
    throw error;
  }
  return [];
}

describe("merging", () => {
  test("without any input there are defaults and three instruments", () => {
    const { config, warnings } = load({});
    expect(config).toMatchObject({ host: "127.0.0.1", wsPort: 7001, tcpPort: 7002, adminPort: 7003 });
    expect(config).toMatchObject({ gateways: 1, engines: 1, waitStrategy: "adaptive", logLevel: "info" });
    expect(config.instruments.map(({ symbol }) => symbol)).toEqual(["ACME", "BTC-USD", "EUR-USD"]);
    expect(warnings).toEqual([]);
  });

  test("the environment goes over the file, and flags over both", () => {
    const file = { wsPort: 1, tcpPort: 1, adminPort: 1 };
    const env = { FAIRLEAD_TCP_PORT: "2", FAIRLEAD_ADMIN_PORT: "2" };
    const { config } = load({ file, env, flags: { "admin-port": "3" } });
    expect(config).toMatchObject({ wsPort: 1, tcpPort: 2, adminPort: 3 });
  });

  test("an empty variable counts as not set, an empty flag does not", () => {
    expect(load({ env: { FAIRLEAD_HOST: "" } }).config.host).toBe("127.0.0.1");
    expect(problemsOf({ flags: { host: "" } })).toEqual(['--host: expected 1 to 255 characters, found ""']);
  });

  test("the file is named by FAIRLEAD_CONFIG when no other is", () => {
    writeFileSync(path, JSON.stringify({ gateways: 3 }));
    expect(loadConfig({ env: { FAIRLEAD_CONFIG: path }, flags: {} }).config.gateways).toBe(3);
    const other = { path: join(folder, "other.json"), env: { FAIRLEAD_CONFIG: path }, flags: {} };
    expect(() => loadConfig(other)).toThrow("other.json: no such file");
  });

  test("every scalar has a flag, a variable, a description and a default", () => {
    const { instruments, ...scalars } = load({}).config;
    expect(instruments).toHaveLength(3);
    expect(SETTINGS.map(({ key }) => key)).toEqual(Object.keys(scalars));
    for (const setting of SETTINGS) {
      expect(setting.description, setting.key).toMatch(/\.$/);
      expect(setting.default, setting.key).toBe(String(scalars[setting.key as keyof typeof scalars]));
      expect(load({ flags: { [setting.flag]: setting.default } }).config).toEqual(load({}).config);
      expect(load({ env: { [setting.variable]: setting.default } }).config).toEqual(load({}).config);
    }
  });

  test("an instrument in the file gets the defaults of what it leaves out", () => {
    expect(load({ file: { instruments: [{ instrumentId: 7, symbol: "X" }] } }).config.instruments).toEqual([
      {
        instrumentId: 7,
        symbol: "X",
        priceDecimals: 2,
        tickSize: 1,
        qtyDecimals: 0,
        lotSize: 1,
        maxPrice: 2_147_483_647,
        maxOrderQty: 1_000_000,
      },
    ]);
  });

  test("a byte order mark is no part of the file", () => {
    expect(load({ file: `\uFEFF{"gateways": 2}` }).config.gateways).toBe(2);
  });
});

describe("bounds", () => {
  const BOUNDS: [key: string, min: number, max: number][] = [
    ["wsPort", 0, 65_535],
    ["tcpPort", 0, 65_535],
    ["adminPort", 0, 65_535],
    ["gateways", 1, 16],
    ["engines", 1, 16],
    ["journalSegmentBytes", 65_536, 2 ** 30],
    ["snapshotEveryCommands", 1000, 2 ** 31 - 1],
    ["stallTimeoutMs", 500, 600_000],
    ["commandRingSlots", 64, 1_048_576],
    ["eventRingSlots", 64, 1_048_576],
    ["maxOpenOrders", 16, 33_554_432],
    ["maxEndedOrders", 0, 33_554_432],
    ["maxPriceLevels", 16, 16_777_216],
    ["maxInstruments", 1, 131_072],
    ["maxSessions", 1, 1_048_576],
    ["maxConnections", 1, 65_536],
    ["maxSubscriptions", 1, 100_000],
    ["maxFrameBytes", 256, 16_384],
    ["maxQueuedBytes", 65_536, 1_073_741_824],
    ["logonTimeoutMs", 100, 600_000],
    ["drainTimeoutMs", 0, 600_000],
  ];

  test("are listed here for every number", () => {
    const numbers = SETTINGS.filter(({ kind }) => kind === "integer").map(({ key }) => key);
    expect(BOUNDS.map(([key]) => key)).toEqual(numbers);
  });

  test.each(BOUNDS)("%s is an integer from %i to %i", (key, min, max) => {
    expect(load({ file: { [key]: min } }).config).toMatchObject({ [key]: min });
    expect(load({ file: { [key]: max } }).config).toMatchObject({ [key]: max });
    const expected = key.endsWith("RingSlots") ? "a power of two" : "an integer";
    for (const wrong of [min - 1, max + 1, min + 0.5, String(min), null, true]) {
      const line = `venue.json: ${key}: expected ${expected} from ${min} to ${max}, found ${JSON.stringify(wrong)}`;
      expect(problemsOf({ file: { [key]: wrong } })).toEqual([line]);
    }
  });

  test.each([
    ["instrumentId", 1, 2_147_483_647],
    ["priceDecimals", 0, 9],
    ["tickSize", 1, 2_147_483_647],
    ["qtyDecimals", 0, 9],
    ["lotSize", 1, 2_147_483_647],
    ["maxPrice", 1, 2_147_483_647],
    ["maxOrderQty", 1, 2_147_483_647],
    ["engine", 0, 15],
    ["qtyStep", 1, 2_147_483_647],
    ["minNotional", 1, 9_007_199_254_740_991],
    ["maxNotional", 1, 9_007_199_254_740_991],
    ["maxDeviationBps", 1, 100_000],
    ["staticBandBps", 1, 100_000],
    ["dynamicBandBps", 1, 100_000],
    ["volatilityPauseMs", 1, 86_400_000],
    ["referencePrice", 1, 2_147_483_647],
    ["proRataMinQty", 1, 2_147_483_647],
    ["topOrderMaxQty", 1, 2_147_483_647],
  ])("%s of an instrument is an integer from %i to %i", (key, min, max) => {
    const withValue = (value: unknown) => ({
      file: { engines: 16, instruments: [{ instrumentId: 1, symbol: "A", [key]: value }] },
    });
    expect(load(withValue(min)).config.instruments[0]).toMatchObject({ [key]: min });
    expect(load(withValue(max)).config.instruments[0]).toMatchObject({ [key]: max });
    for (const wrong of [min - 1, max + 1]) {
      expect(problemsOf(withValue(wrong))).toEqual([
        `venue.json: instruments[0].${key}: expected an integer from ${min} to ${max}, found ${wrong}`,
      ]);
    }
  });

  test("a phase, an allocation and the rows of a table are named where they are wrong", () => {
    expect(problemsOf(withTerms({ phase: "lunch" }))).toEqual([
      "venue.json: instruments[0].phase: expected one of continuous, pre-open, opening-auction, volatility-pause, " +
        'halt, resume-auction, closing-auction, closed, found "lunch"',
    ]);
    expect(problemsOf(withTerms({ allocation: "fair" }))).toEqual([
      'venue.json: instruments[0].allocation: expected one of price-time, pro-rata, found "fair"',
    ]);
    expect(problemsOf(withTerms({ schedule: [{ secondOfDay: 86_400, phase: "closed" }] }))).toEqual([
      "venue.json: instruments[0].schedule[0].secondOfDay: expected an integer from 0 to 86399, found 86400",
    ]);
    expect(problemsOf(withTerms({ priceSteps: [{ fromPrice: 1 }] }))).toEqual([
      "venue.json: instruments[0].priceSteps[0].step: missing, expected an integer from 1 to 2147483647",
    ]);
    expect(problemsOf(withTerms({ priceSteps: [] }))).toEqual([
      "venue.json: instruments[0].priceSteps: expected a list of 1 to 16, found an empty list",
    ]);
  });

  test("a ring has a power of two of slots", () => {
    expect(problemsOf({ flags: { "command-ring-slots": "65" } })).toEqual([
      "--command-ring-slots: expected a power of two from 64 to 1048576, found 65",
    ]);
  });

  test.each(["", " A", "A ", "A\n", "Ä", "x".repeat(33)])("%j is no symbol", (symbol) => {
    expect(problemsOf({ file: { instruments: [{ instrumentId: 1, symbol }] } })).toEqual([
      "venue.json: instruments[0].symbol: expected 1 to 32 printable ASCII characters, no space at either end, " +
        `found ${JSON.stringify(symbol)}`,
    ]);
  });

  test.each(["A", "BRK B", "x".repeat(32)])("%j is a symbol", (symbol) => {
    expect(load({ file: { instruments: [{ instrumentId: 1, symbol }] } }).config.instruments[0]?.symbol).toBe(symbol);
  });
});

describe("every problem is one line that names where it was said", () => {
  test.each<[string, Said, string]>([
    ["a flag", { flags: { "ws-port": "x" } }, '--ws-port: expected an integer from 0 to 65535, found "x"'],
    [
      "a variable",
      { env: { FAIRLEAD_GATEWAYS: "17" } },
      "FAIRLEAD_GATEWAYS: expected an integer from 1 to 16, found 17",
    ],
    [
      "the file",
      { file: { instruments: [{ instrumentId: 1, symbol: "A", maxPrice: "lots" }] } },
      'venue.json: instruments[0].maxPrice: expected an integer from 1 to 2147483647, found "lots"',
    ],
    [
      "a flag over a good value in the file",
      { file: { engines: 2 }, flags: { engines: "two" } },
      '--engines: expected an integer from 1 to 16, found "two"',
    ],
    [
      "a key that is missing",
      { file: { instruments: [{ symbol: "A" }] } },
      "venue.json: instruments[0].instrumentId: missing, expected an integer from 1 to 2147483647",
    ],
    ["a key that nobody knows", { file: { colour: "red" } }, "venue.json: colour: no such setting"],
    [
      "a key that is nearly known",
      { file: { gateway: 2 } },
      "venue.json: gateway: no such setting; did you mean gateways?",
    ],
    [
      "a key of an instrument that is nearly known",
      { file: { instruments: [{ instrumentId: 1, symbol: "A", maxprice: 1 }] } },
      "venue.json: instruments[0].maxprice: no such setting; did you mean maxPrice?",
    ],
    [
      "a choice",
      { file: { logLevel: "wran" } },
      'venue.json: logLevel: expected one of trace, debug, info, warn, error, silent, found "wran"; did you mean warn?',
    ],
    [
      "a list",
      { file: { instruments: [] } },
      "venue.json: instruments: expected a list of 1 to 100000, found an empty list",
    ],
    ["an object", { file: { instruments: [7] } }, "venue.json: instruments[0]: expected an object, found 7"],
    ["the whole file", { file: "[1]" }, "venue.json: expected an object, found a list"],
    ["syntax", { file: '{\n  "wsPort": 7001,\n}' }, 'venue.json:3:1: expected a key in double quotes, found "}"'],
    [
      "a long value",
      { file: { host: "h".repeat(300) } },
      `venue.json: host: expected 1 to 255 characters, found "${"h".repeat(56)}..."`,
    ],
  ])("%s", (_, said, line) => {
    expect(problemsOf(said)).toEqual([line]);
  });

  test("and all of them are told at once", () => {
    const problems = problemsOf({
      file: { wsPort: -1, nope: 1 },
      env: { FAIRLEAD_HOST: "h" },
      flags: { engines: "0" },
    });
    expect(problems.toSorted()).toEqual([
      "--engines: expected an integer from 1 to 16, found 0",
      "venue.json: nope: no such setting",
      "venue.json: wsPort: expected an integer from 0 to 65535, found -1",
    ]);
  });

  test("a file that cannot be read", () => {
    expect(() => loadConfig({ path: folder, env: {}, flags: {} })).toThrow(`${folder}: cannot be read (EISDIR)`);
  });
});

describe("values that contradict each other", () => {
  test.each<[string, Said, string[]]>([
    [
      "two ports",
      { file: { tcpPort: 7003 }, flags: { "admin-port": "7003" } },
      ["--admin-port: port 7003 is also tcpPort"],
    ],
    ["a default port", { flags: { "admin-port": "7001" } }, ["--admin-port: port 7001 is also wsPort"]],
    [
      "instrument ids",
      {
        file: {
          instruments: [
            { instrumentId: 1, symbol: "A" },
            { instrumentId: 1, symbol: "B" },
          ],
        },
      },
      ["venue.json: instruments[1].instrumentId: 1 is already that of instruments[0]"],
    ],
    [
      "symbols",
      {
        file: {
          instruments: [
            { instrumentId: 1, symbol: "A" },
            { instrumentId: 2, symbol: "A" },
          ],
        },
      },
      ['venue.json: instruments[1].symbol: "A" is already that of instruments[0]'],
    ],
    [
      "an engine that does not exist",
      { file: { engines: 2, instruments: [{ instrumentId: 1, symbol: "A", engine: 2 }] } },
      ["venue.json: instruments[0].engine: expected an engine from 0 to 1, found 2"],
    ],
    [
      "tick sizes that do not begin at 1, do not ascend, or do not meet",
      withTerms({
        priceSteps: [
          { fromPrice: 2, step: 5 },
          { fromPrice: 2, step: 5 },
          { fromPrice: 12, step: 10 },
        ],
      }),
      [
        "venue.json: instruments[0].priceSteps[0].fromPrice: expected 1, found 2",
        "venue.json: instruments[0].priceSteps[1].fromPrice: expected more than 2, found 2",
        "venue.json: instruments[0].priceSteps[2].fromPrice: expected a multiple of 5 and of 10, found 12",
      ],
    ],
    [
      "a schedule that goes back",
      withTerms({
        schedule: [
          { secondOfDay: 9, phase: "pre-open" },
          { secondOfDay: 9, phase: "continuous" },
        ],
      }),
      ["venue.json: instruments[0].schedule[1].secondOfDay: expected more than 9, found 9"],
    ],
    [
      "notional limits that leave nothing",
      withTerms({ minNotional: 8, maxNotional: 7 }),
      ["venue.json: instruments[0].maxNotional: expected at least 8, which is minNotional, found 7"],
    ],
    [
      "orders so many and so large that their sum is not exact",
      {
        file: {
          maxOpenOrders: 33_554_432,
          instruments: [{ instrumentId: 1, symbol: "A", maxOrderQty: 2_147_483_647 }],
        },
      },
      [
        "venue.json: instruments[0].maxOrderQty: expected at most 268435455 with maxOpenOrders 33554432, found 2147483647",
      ],
    ],
  ])("%s", (_, said, lines) => {
    expect(problemsOf(said)).toEqual(lines);
  });

  test("any number of ports may be chosen by the system", () => {
    expect(problemsOf({ flags: { "ws-port": "0", "tcp-port": "0", "admin-port": "0" } })).toEqual([]);
  });
});

test("a variable that is nearly a setting is a warning, because others set variables with our prefix too", () => {
  const env = { FAIRLEAD_WS_PROT: "1", FAIRLEAD_SERVICE_ACCOUNT_NAME: "x", FAIRLEAD_CONFIG: "", FAIRLEAD_DEBUG: "1" };
  expect(load({ env }).warnings).toEqual([
    "FAIRLEAD_WS_PROT: no such setting, ignored; did you mean FAIRLEAD_WS_PORT?",
  ]);
});
