/** The command as a person runs it: files, pipes, exit codes. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { assert } from "../protocol/assert.ts";
import { JsonFault, formatServerFrame, parseServerFrame } from "../protocol/json/json-codec.ts";

const EXECUTABLE = fileURLToPath(new URL("fairlead.js", import.meta.url));
/** The compiled test lies in dist/cli; the examples do not. */
const EXAMPLES = fileURLToPath(new URL("../../docs/examples/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fairlead-match-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function match(args: readonly string[], input: string | Buffer = ""): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXECUTABLE, "match", ...args], {
    input,
    encoding: "utf8",
    timeout: 30_000,
    maxBuffer: 2 ** 28,
    // Not even this may change what comes out.
    env: { PATH: process.env["PATH"], FAIRLEAD_MAX_OPEN_ORDERS: "16" },
  });
  return { status, stdout, stderr };
}

function file(name: string, contents: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

function framesOf({ stdout }: Outcome): unknown[] {
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

function newOrder(clientOrderId: number, side: "BUY" | "SELL", price = 100, orderQty = 5): string {
  return JSON.stringify({ newOrder: { clientOrderId, instrumentId: 1, side, price, orderQty } });
}

/** Exec types of the reports, or what else a frame is. */
function briefly(outcome: Outcome): string[] {
  return framesOf(outcome).map((frame) => {
    const [[name, message] = ["", {}]] = Object.entries(frame as Record<string, { execType?: string }>);
    return message.execType?.replace("EXEC_TYPE_", "").toLowerCase() ?? name;
  });
}

/** Of the example with a ladder: of the events, and of the state. */
function hashesOf(...args: readonly string[]): string[] {
  const { stdout, stderr } = match([join(EXAMPLES, "ladder.csv"), "--hash", ...args]);
  return [...(stdout + stderr).matchAll(/^(?:event|state) hash {2}([0-9a-f]{16})$/gmu)].map(([, hash]) => hash ?? "");
}

/** "quantity @ price" of every trade of an example, as everybody is told. */
function tradesOf(example: string): string[] {
  const frames = framesOf(match([join(EXAMPLES, example), "--market-data"])) as { trade?: Record<string, number> }[];
  return frames.flatMap(({ trade }) => (trade ? [`${trade["qty"]} @ ${trade["price"]}`] : []));
}

const NEW_AND_TRADE = ["new", "new", "trade", "trade"];
const CROSSING = `${newOrder(1, "BUY")}\n${newOrder(2, "SELL")}\n`;

describe("frames", () => {
  test("are canonical: what is read back is written the same", () => {
    const { stdout } = match([join(EXAMPLES, "first-trade.ndjson"), "--market-data"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) {
      const frame = parseServerFrame(line);
      assert(!(frame instanceof JsonFault), "a line is a frame");
      expect(formatServerFrame(frame)).toBe(line);
    }
  });

  test("are the same on every run, byte for byte", () => {
    const args = [join(EXAMPLES, "opening-auction.csv"), "--market-data", "--with-session"];
    expect(match(args)).toEqual(match(args));
  });

  test("are the same from CSV as from JSON", () => {
    const csv = "id,instrument,side,price,qty\n1,1,buy,100,5\n2,1,sell,100,5\n";
    expect(match(["-"], csv)).toEqual(match(["-"], CROSSING));
  });

  test("tell which session they are for when asked", () => {
    const { stdout } = match([join(EXAMPLES, "first-trade.ndjson"), "--with-session", "--market-data"]);
    const lines = stdout.trimEnd().split("\n");
    const sessions = lines.map((line) => (JSON.parse(line) as { session?: string }).session);
    expect(new Set(sessions)).toEqual(new Set(["alice", "bob", undefined]));
    for (const line of lines) expect(line).toMatch(/^\{"(?:session":"(?:alice|bob)","|bookDelta"|trade")/u);
  });
});

describe("the end of a run", () => {
  test("goes to stderr beside frames, to stdout without them", () => {
    const path = file("crossing.ndjson", CROSSING);
    const beside = match([path, "--book", "--hash"]);
    expect(briefly(beside)).toEqual(NEW_AND_TRADE);
    const alone = match([path, "--book", "--hash", "--quiet"]);
    expect(alone).toEqual({ status: 0, stdout: beside.stderr, stderr: "" });
    expect(alone.stdout).toMatch(/^every book is empty\n\nevent hash {2}[0-9a-f]{16}\nstate hash {2}[0-9a-f]{16}\n$/u);
  });

  test("as JSON is one line", () => {
    const outcome = match(
      ["-", "-q", "--book", "--stats", "--hash", "--json"],
      `${CROSSING}${newOrder(3, "SELL", 101, 7)}`,
    );
    const summary = JSON.parse(outcome.stdout) as object;
    expect(outcome.stdout.split("\n")).toHaveLength(2);
    const hash = expect.stringMatching(/^[0-9a-f]{16}$/u) as string;
    expect(summary).toMatchObject({
      hash: { events: hash, state: hash },
      stats: {
        lines: 3,
        commands: 4,
        commandsByKind: { newOrder: 3, openSession: 1 },
        trades: 1,
        volume: 5,
        openOrders: 1,
      },
      book: [{ instrumentId: 1, bids: [], offers: [{ price: 101, qty: 7, orderCount: 1 }] }],
    });
  });

  test("prints the ladder of the example", () => {
    expect(match([join(EXAMPLES, "ladder.csv"), "--quiet", "--book"]).stdout).toBe(
      [
        "ACME (instrument 1)",
        "  orders  bid qty   price  offer qty  orders",
        "                   10,005        150       1",
        "                   10,002         50       1",
        "                   10,001         15       1",
        "       1       40   9,998",
        "       1      180   9,996",
        "",
      ].join("\n"),
    );
  });

  test("counts rejects by their reason", () => {
    const { stdout } = match([join(EXAMPLES, "ladder.csv"), "--quiet", "--stats"]);
    expect(stdout).toMatch(/^rejects +1 {2}unknownOrder 1$/mu);
    expect(stdout).toMatch(/^trades +2 {2}40 lots$/mu);
  });

  test("has the same hashes whatever is printed, and others after another line", () => {
    const hashes = hashesOf("-q");
    expect(hashes).toHaveLength(2);
    expect(hashesOf("--market-data", "--with-session", "--book")).toEqual(hashes);
    const earlier = hashesOf("-q", "--until", "5");
    expect(hashes.some((hash) => earlier.includes(hash))).toBe(false);
  });
});

describe("a line that cannot be read", () => {
  test("ends the run with its place, after the frames of those before it and without a summary", () => {
    const path = file("bad.ndjson", `${CROSSING}{"newOrder":{"price":"x"}}\n${newOrder(3, "BUY")}\n`);
    const outcome = match([path, "--stats"]);
    const reason = 'newOrder.price: expected a 32-bit integer, found "x"';
    expect(outcome).toMatchObject({ status: 2, stderr: `${path}:3:14: ${reason}\n` });
    expect(briefly(outcome)).toEqual(NEW_AND_TRADE);
  });

  test("is told with its place in standard input too, whatever it is", () => {
    const { status, stderr } = match(["-"], Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0x0a]));
    expect(status).toBe(2);
    expect(stderr).toBe("<stdin>:1:1: expected a JSON object, or the names of columns\n");
  });

  test("does not steer the terminal that it is told on", () => {
    expect(match(["-"], '{"\\u001b[2J":1}').stderr).toBe("<stdin>:1:2: \\u001b[2J: no such field\n");
  });
});

describe("warnings", () => {
  test("tell that there was nothing to do", () => {
    const path = file("empty", "");
    expect(match([path])).toEqual({ status: 0, stdout: "", stderr: `warning: ${path}: no commands in it\n` });
  });

  test("tell what was skipped", () => {
    expect(match(["-"], '{"heartbeat":{}}\n{"heartbeat":{}}\n').stderr).toBe(
      "warning: <stdin>: no commands in it\n" +
        "warning: <stdin>: heartbeat means nothing without a connection: 2 ignored\n",
    );
  });
});

test("instruments and limits are those of a configuration", () => {
  const config = file("venue.json", JSON.stringify({ engines: 4, instruments: [{ instrumentId: 77, symbol: "X" }] }));
  const order = newOrder(1, "BUY").replace('"instrumentId":1', '"instrumentId":77');
  expect(briefly(match(["-", "--config", config], order))).toEqual(["new"]);
  expect(briefly(match(["-"], order))).toEqual(["rejected"]);
  expect(match(["-", "--config", join(folder, "none.json")], order)).toMatchObject({ status: 2, stdout: "" });
});

describe("bad usage", () => {
  test.each([
    [[], "error: expected a FILE of commands, or - for standard input\nsee fairlead match --help\n"],
    [["a", "b"], 'error: unexpected argument "b"\nsee fairlead match --help\n'],
    [["/no/such/file"], "error: /no/such/file: no such file\n"],
    [[tmpdir()], `error: ${tmpdir()}: is a folder\n`],
    [
      ["-", "--until", "0"],
      'error: --until: expected an integer of at least 1, found "0"\nsee fairlead match --help\n',
    ],
  ])("%j", (args, stderr) => {
    expect(match(args)).toEqual({ status: 2, stdout: "", stderr });
  });
});

describe("pipes", () => {
  test("a reader that leaves early ends the run without a word", async () => {
    const lines = Array.from({ length: 50_000 }, (_, n) => newOrder(n + 1, "BUY"));
    const path = file("many.ndjson", lines.join("\n"));
    const child = spawn(process.execPath, [EXECUTABLE, "match", path], { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once("data", () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once("close", resolve));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("a line is answered before the next one is written", async () => {
    const child = spawn(process.execPath, [EXECUTABLE, "match", "-"], { stdio: ["pipe", "pipe", "inherit"] });
    const nextOutput = () =>
      new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    let output = nextOutput();
    child.stdin.write(`${newOrder(1, "BUY")}\n`);
    expect(await output).toContain("EXEC_TYPE_NEW");
    output = nextOutput();
    child.stdin.end(newOrder(2, "SELL"));
    expect(await output).toContain("EXEC_TYPE_TRADE");
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
  });

  test("more frames than fit a pipe all arrive", () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => newOrder(n + 1, "BUY"));
    expect(match(["-"], lines.join("\n")).stdout.split("\n")).toHaveLength(lines.length + 1);
  });
});

test.each([
  ["first-trade.ndjson", ["4 @ 101"]],
  ["ladder.csv", ["30 @ 10001", "10 @ 10001"]],
  // The auction finds 101 for 35 lots; then an entry of 10 lots meets the 5 that are left.
  ["opening-auction.csv", ["5 @ 101", "20 @ 101", "10 @ 101", "5 @ 101"]],
])("the example %s trades", (example, trades) => {
  expect(tradesOf(example)).toEqual(trades);
});

test("what the help and the page show is there", () => {
  const help = match(["--help"]).stdout;
  const page = readFileSync(fileURLToPath(new URL("../../docs/MATCH.md", import.meta.url)), "utf8");
  for (const name of readdirSync(EXAMPLES)) {
    expect(match([join(EXAMPLES, name)]).status).toBe(0);
    expect(page).toContain(`examples/${name}`);
  }
  for (const [name] of [...help.matchAll(/docs\/examples\/[\w.-]+/gu), ...page.matchAll(/docs\/examples\/[\w.-]+/gu)]) {
    expect(readdirSync(EXAMPLES)).toContain(name.split("/").at(-1));
  }
});
