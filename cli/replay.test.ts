/** The command as an operator runs it, on directories as a venue leaves them behind. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineDirectory } from "../engine/journal/engine-directory.ts";
import { addToQuarantine } from "../engine/journal/quarantine.ts";
import { fileDisk } from "../engine/storage/file-disk.ts";
import { type CommandFields, commandOf } from "../engine/testing/command-fields.ts";
import { OrderType, Side, TimeInForce } from "../protocol/codes.ts";
import { crc32c } from "../protocol/journal/crc32c.ts";
import { CommandFlag, CommandKind } from "../protocol/record/command-record.ts";
import { type MadeDirectory, flipByte, madeCommands, makeDirectory, patch } from "./testing/made-directory.ts";

const EXECUTABLE = fileURLToPath(new URL("fairlead.js", import.meta.url));
const COMMANDS = 600;
const START_TIME = 1_700_000_000_000_000;

const commands = madeCommands(COMMANDS);
let made: MadeDirectory;
const folder = mkdtempSync(join(tmpdir(), "fairlead-replay-"));
let copies = 0;

beforeAll(() => {
  made = makeDirectory({ commands, segmentBytes: 16_384, snapshotsAt: [200, 400] });
});

afterAll(() => {
  rmSync(made.dataDirectory, { recursive: true });
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function replay(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXECUTABLE, "replay", ...args], {
    encoding: "utf8",
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

/** Of the state that the options name. */
function hashOf(...args: readonly string[]): string {
  return replay("--hash", ...args).stdout.trimEnd();
}

/** A directory of the test's own. */
function copy(): EngineDirectory & { readonly path: string } {
  const path = join(folder, String(copies++));
  cpSync(made.dataDirectory, path, { recursive: true });
  return Object.assign(new EngineDirectory(path, 0), { path });
}

/** A venue that was told these commands, with their sequence numbers and 1 µs between them. */
function directoryOf(...fields: readonly (Partial<CommandFields> & Pick<CommandFields, "kind">)[]): string {
  const told = fields.map((command, n) => commandOf({ ...command, sequence: n + 1, time: START_TIME + n }));
  const path = join(folder, String(copies++));
  renameSync(makeDirectory({ commands: told }).dataDirectory, path);
  return path;
}

const open = (name: string, connection: number, flags = 0): Partial<CommandFields> & { kind: 5 } => ({
  kind: CommandKind.OpenSession,
  name,
  connection,
  flags,
});
const order = (session: number, clientOrderId: number, side: number, price: number, orderQty: number) => ({
  kind: CommandKind.NewOrder,
  orderType: OrderType.Limit,
  instrumentId: 1,
  session,
  clientOrderId,
  side,
  price,
  orderQty,
});

/** Without sequence numbers and times. */
function stepsOf({ stdout }: Outcome): string[] {
  return stdout
    .trimEnd()
    .split("\n")
    .filter((line) => line.startsWith("    "))
    .map((line) => line.trim());
}

describe("usage", () => {
  test.each([
    [[], "expected the data directory of a venue"],
    [["a", "b"], 'unexpected argument "b"'],
    [["a", "--sequence", "0"], '--sequence: expected an integer of at least 1, found "0"'],
    [["a", "--sequence", "5", "--time", "2026-01-01"], "--time: expected none beside --sequence"],
    [
      ["a", "--time", "noon"],
      '--time: expected a time like 2026-03-01T09:30:00.123456Z or µs since 1970, found "noon"',
    ],
    [["a", "--book", "1", "--hash"], "--hash: expected none beside --book"],
    [["a", "--session", "alice"], "--session: expected together with --client-order-id"],
    [["a", "--client-order-id", "4"], "--session: expected together with --client-order-id"],
    [["a", "--verify", "--sequence", "4"], "--verify: expected without --sequence and --time"],
    [["a", "--threads", "2"], "--threads: expected together with --verify"],
    [["a", "--compare", "5"], '--compare: expected two points like 1000,2000, found "5"'],
    [["a", "--compare", "7,5"], '--compare: expected the earlier point first, found "7,5"'],
    [
      ["a", "--compare", "7,noon"],
      '--compare: expected a time like 2026-03-01T09:30:00.123456Z or µs since 1970, found "noon"',
    ],
  ])("%j is a mistake", (args, message) => {
    const { status, stderr } = replay(...args);
    expect(stderr).toBe(`error: ${message}\nsee fairlead replay --help\n`);
    expect(status).toBe(2);
  });

  test("what is not there is named in one line", () => {
    expect(replay(folder).stderr).toContain("is not the data directory of a venue: there is no engine-0 in it");
    expect(replay(made.dataDirectory, "--engine", "2").stderr).toContain("has no engine 2: it has 0; name one of them");
    expect(replay(made.dataDirectory, "--sequence", "601").stderr).toMatch(
      /^error: the journal of .* ends with command 600; name a point up to there, found 601\n$/u,
    );
    expect(replay(made.dataDirectory, "--book", "77").stderr).toContain(
      "engine 0 has no instrument 77 after command 600: it has 1, 2, 3, 4, 5",
    );
    expect(replay(made.dataDirectory, "--order", "99999")).toMatchObject({ status: 1, stdout: "" });
  });
});

describe("the state", () => {
  test("is the one that the venue had, from a snapshot or from the start", () => {
    expect(hashOf(made.dataDirectory)).toBe(made.hashes[COMMANDS]);
    expect(hashOf(made.dataDirectory, "--from-start")).toBe(made.hashes[COMMANDS]);
  });

  test.each([1, 129, 130, 199, 200, 201, 399, 400, 600])("after command %i is the one that it had then", (sequence) => {
    expect(hashOf(made.dataDirectory, "--sequence", String(sequence))).toBe(made.hashes[sequence]);
  });

  test("at a time is that after the last command that was not later", () => {
    const time = commands[299]?.time ?? 0;
    const last = commands.findLast((command) => command.time <= time)?.sequence ?? 0;
    expect(hashOf(made.dataDirectory, "--time", String(time))).toBe(made.hashes[last]);
    expect(hashOf(made.dataDirectory, "--time", "2030-01-01")).toBe(made.hashes[COMMANDS]);
    expect(hashOf(made.dataDirectory, "--time", "2001-01-01")).toBe(made.hashes[0]);
  });

  test("is told in a few lines, and nothing is written", () => {
    const directory = copy();
    const files = (): string[] => readdirSync(directory.path, { recursive: true, encoding: "utf8" }).toSorted();
    const before = files();
    const { status, stdout } = replay(directory.path);
    expect(stdout).toContain("engine 0      after command 600\n");
    expect(stdout).toContain(`state hash    ${made.hashes[COMMANDS]}\n`);
    expect(stdout).toContain("began with    the snapshot of command 400\n");
    expect(stdout).toMatch(/replayed {6}200 commands in \d+\.\d{3} s, [\d,]+ commands\/s\n$/u);
    expect(status).toBe(0);
    expect(files()).toEqual(before);
  });

  test("speaks to machines", () => {
    const { stdout } = replay(made.dataDirectory, "--json", "--sequence", "300");
    expect(JSON.parse(stdout)).toMatchObject({
      sequence: 300,
      hash: made.hashes[300],
      beganWith: 200,
      replayed: 100,
      knownSessions: 3,
    });
  });

  test("leaves out what is in quarantine", () => {
    const directory = copy();
    addToQuarantine(fileDisk, directory, 500);
    expect(hashOf(directory.path)).not.toBe(made.hashes[COMMANDS]);
    expect(hashOf(directory.path, "--sequence", "499")).toBe(made.hashes[499]);
  });

  test("comes from an older snapshot where one is damaged, and says so", () => {
    const directory = copy();
    flipByte(directory.snapshot(400), 5000);
    const { status, stdout, stderr } = replay(directory.path, "--hash");
    expect(stdout).toBe(`${made.hashes[COMMANDS]}\n`);
    expect(stderr).toContain("warning: ");
    expect(stderr).toContain("was not used: the checksum of its contents is wrong");
    expect(status).toBe(0);
  });

  test("ends with the last whole command where more is being written", () => {
    const directory = copy();
    const last = directory.segments(fileDisk).at(-1) as number;
    const bytes = readFileSync(directory.segment(last));
    const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
    flipByte(directory.segment(last), used - 1);
    const { status, stdout } = replay(directory.path);
    expect(stdout).toContain("after command 599");
    expect(stdout).toContain("that are not whole commands: being written, or cut short");
    expect(status).toBe(0);
  });

  test("is there up to the damage, not behind it", () => {
    const directory = copy();
    flipByte(directory.segment(1), 4000);
    rmSync(directory.snapshots, { recursive: true });
    expect(hashOf(directory.path, "--sequence", "10")).toBe(made.hashes[10]);
    const { status, stderr } = replay(directory.path);
    expect(stderr).toMatch(/is damaged at byte \d+: command \d+ cannot be read/u);
    expect(status).toBe(1);
  });

  test("cannot be had from before the journal begins", () => {
    const directory = copy();
    rmSync(directory.segment(1));
    expect(hashOf(directory.path, "--sequence", "250")).toBe(made.hashes[250]);
    expect(replay(directory.path, "--sequence", "100")).toMatchObject({ status: 1 });
    expect(replay(directory.path, "--from-start").stderr).toMatch(
      /begins with command 130, and command 1 is needed as there is no snapshot to begin with/u,
    );
  });
});

/** One bid, one offer. */
function twoSided(): string {
  return directoryOf(open("a", 1), order(0, 1, Side.Buy, 99, 5), order(0, 2, Side.Sell, 101, 7));
}

describe("the book", () => {
  test("is printed as fairlead match prints it", () => {
    expect(replay(twoSided(), "--book", "1").stdout).toBe(
      "I1 (instrument 1)\n" +
        "  orders  bid qty  price  offer qty  orders\n" +
        "                     101          7       1\n" +
        "       1        5     99\n",
    );
  });

  test("speaks to machines", () => {
    expect(JSON.parse(replay(twoSided(), "--book", "1", "--sequence", "2", "--json").stdout)).toEqual({
      sequence: 2,
      instrumentId: 1,
      symbol: "I1",
      bids: [{ price: 99, qty: 5, orderCount: 1 }],
      offers: [],
    });
  });
});

describe("the life of an order", () => {
  test("tells each step with the command that caused it", () => {
    const path = directoryOf(
      open("ann", 1),
      open("bob", 2),
      order(0, 1, Side.Buy, 100, 10),
      order(0, 2, Side.Buy, 100, 4),
      order(1, 1, Side.Sell, 100, 12),
      {
        kind: CommandKind.ReplaceOrder,
        session: 0,
        instrumentId: 1,
        origClientOrderId: 2,
        clientOrderId: 3,
        price: 98,
        orderQty: 4,
      },
      { kind: CommandKind.CancelOrder, session: 0, instrumentId: 1, origClientOrderId: 3 },
    );
    const outcome = replay(path, "--order", "2");
    expect(outcome.stdout.split("\n").filter((line) => !line.startsWith(" "))).toEqual([
      "4  2023-11-14T22:13:20.000003Z  newOrder  session ann  instrument=1 id=2 side=buy type=limit price=100 qty=4",
      "5  2023-11-14T22:13:20.000004Z  newOrder  session bob  instrument=1 id=1 side=sell type=limit price=100 qty=12",
      "6  2023-11-14T22:13:20.000005Z  replaceOrder  session ann  instrument=1 origId=2 id=3 price=98 qty=4",
      "7  2023-11-14T22:13:20.000006Z  cancelOrder  session ann  instrument=1 origId=3",
      "",
    ]);
    expect(stepsOf(outcome)).toEqual([
      "order 2: accepted as order 2: 4 lots",
      "order 2: rests at 100 behind 1 order with 10 lots",
      "order 2: traded 2 @ 100 with order 3 of session bob, trade 2: 2 of 4 traded, 2 open",
      "order 2: rests at 100, first in its queue",
      "order 2: replaced: 4 lots @ 98 (before: 100), 2 open; now called 3",
      "order 2: rests at 98, first in its queue",
      "order 2: canceled as its session asked for: 2 of 4 traded",
    ]);
    expect(replay(path, "--session", "ann", "--client-order-id", "2").stdout).toBe(outcome.stdout);
  });

  test("tells why one was never entered", () => {
    const path = directoryOf(open("ann", 1), order(0, 1, Side.Buy, 0, 10));
    expect(stepsOf(replay(path, "--session", "ann", "--client-order-id", "1"))).toEqual([
      "rejected: price must be 1 to the instrument's maximum in ticks on an order with a limit, and absent on others",
    ]);
  });

  test("goes on while its session is away", () => {
    const path = directoryOf(
      open("ann", 1),
      open("bob", 2),
      order(0, 1, Side.Buy, 100, 10),
      { kind: CommandKind.CloseSession, session: 0, connection: 1 },
      { ...order(1, 1, Side.Sell, 100, 10), timeInForce: TimeInForce.ImmediateOrCancel },
    );
    expect(stepsOf(replay(path, "--order", "1")).at(-1)).toBe(
      "order 1: traded 10 @ 100 with order 2 of session bob, trade 1: filled",
    );
    expect(stepsOf(replay(path, "--order", "2"))).toEqual([
      "order 2: accepted as order 2: 10 lots",
      "order 2: traded 10 @ 100 with order 1 of session ann, trade 1: filled",
    ]);
  });

  test("is read from the order where no report says anything", () => {
    const hidden = { ...order(0, 1, Side.Buy, 100, 10), flags: CommandFlag.Hidden };
    const path = directoryOf(open("ann", 1, CommandFlag.CancelOnDisconnect), hidden, {
      kind: CommandKind.CloseSession,
      session: 0,
      connection: 1,
    });
    expect(stepsOf(replay(path, "--order", "1"))).toEqual([
      "order 1: accepted as order 1: 10 lots",
      "order 1: rests hidden at 100, first in its queue",
      "order 1: has ended: 0 of 10 lots traded on instrument 1 (no report says so)",
    ]);
  });

  test("begins where the order does, whatever snapshots there are", () => {
    const first = replay(made.dataDirectory, "--order", "1", "--json");
    expect(JSON.parse(first.stdout.split("\n")[0] ?? "")).toMatchObject({
      steps: [{ orderId: 1, text: expect.stringMatching(/^accepted as order 1: /u) as string }, {}],
    });
    const inAll = replay(made.dataDirectory, "--order", "150", "--from-start");
    expect(inAll.status).toBe(0);
    expect(replay(made.dataDirectory, "--order", "150").stdout).toBe(inAll.stdout);
  });

  test("ends at the point that was named", () => {
    const path = directoryOf(open("ann", 1), order(0, 1, Side.Buy, 100, 10), {
      kind: CommandKind.CancelOrder,
      session: 0,
      instrumentId: 1,
      origClientOrderId: 1,
    });
    expect(stepsOf(replay(path, "--order", "1", "--sequence", "2"))).toHaveLength(2);
    expect(stepsOf(replay(path, "--order", "1"))).toHaveLength(3);
  });
});

describe("two points", () => {
  test("are compared by counts, levels and orders", () => {
    const path = directoryOf(
      open("ann", 1),
      order(0, 1, Side.Buy, 99, 5),
      order(0, 2, Side.Sell, 101, 7),
      order(0, 3, Side.Buy, 99, 5),
    );
    const { stdout } = replay(path, "--compare", "2,4");
    expect(stdout).toContain("open orders     1                            3\n");
    expect(stdout).toContain("2 visible levels changed\n");
    expect(stdout).toContain("  instrument 1  buy @ 99: 5 lots in 1 order → 10 lots in 2 orders\n");
    expect(stdout).toContain("  instrument 1  sell @ 101: nothing → 7 lots in 1 order\n");
    expect(stdout).toContain("  order 3 (ann 3): not open → buy 0/5 @ 99 limit on 1\n");
    expect(JSON.parse(replay(path, "--compare", "2", "--compare", "4", "--json").stdout)).toMatchObject({
      before: { sequence: 2 },
      after: { sequence: 4 },
      orders: [{ orderId: 2 }, { orderId: 3 }],
    });
  });

  test("may be times, and the same", () => {
    const time = `2023-11-14T22:13:20.000001Z`;
    const path = directoryOf(open("ann", 1), order(0, 1, Side.Buy, 99, 5), order(0, 2, Side.Buy, 98, 5));
    expect(replay(path, "--compare", `${time},2030-01-01`).stdout).toContain("1 visible level changed\n");
    expect(replay(path, "--compare", "3,3").stdout).toContain("0 open orders changed\n");
  });

  test("have the states that the venue had", () => {
    const { before, after } = JSON.parse(replay(made.dataDirectory, "--compare", "150,450", "--json").stdout) as {
      before: { hash: string };
      after: { hash: string };
    };
    expect([before.hash, after.hash]).toEqual([made.hashes[150], made.hashes[450]]);
  });
});

describe("verification", () => {
  test("replays every stretch", () => {
    const { status, stdout } = replay(made.dataDirectory, "--verify", "--threads", "2");
    expect(stdout.split("\n").map((line) => line.split(";")[0])).toEqual([
      `beginning → 200  is the snapshot's state ${made.hashes[200]}`,
      `200 → 400        is the snapshot's state ${made.hashes[400]}`,
      "400 → 600 (end)  replays",
      "",
    ]);
    expect(status).toBe(0);
  });

  test("finds a snapshot that lies with a straight face", () => {
    const directory = copy();
    lie(directory.snapshot(200), made.hashes[200] ?? "");
    const { status, stdout } = replay(directory.path, "--verify", "--json");
    const { stretches } = JSON.parse(stdout) as { stretches: { to?: number; problem?: string }[] };
    expect(stretches).toMatchObject([
      {
        to: 200,
        problem: `${directory.snapshot(200)} says that the state is ${"0".repeat(16)}; the journal makes it ${made.hashes[200]}`,
      },
      { from: 0, to: 400 },
      { from: 400 },
    ]);
    expect(stretches[1]?.problem).toBeUndefined();
    expect(status).toBe(1);
  });

  test("finds damage", () => {
    const directory = copy();
    flipByte(directory.segment(1), 4000);
    const { status, stdout } = replay(directory.path, "--verify");
    expect(stdout).toMatch(/^beginning → 200 {2}FAILED: .* is damaged at byte \d+/u);
    expect(stdout).toContain("400 → 600 (end)  replays");
    expect(status).toBe(1);
  });

  test("begins with the first snapshot where the journal does not reach back", () => {
    const directory = copy();
    rmSync(directory.segment(1));
    expect(replay(directory.path, "--verify").stdout).toMatch(/^200 → 400 /u);
  });
});

/** Gives a snapshot another hash than that of its state, and all checksums that belong to it. */
function lie(path: string, hash: string): void {
  const bytes = new Uint8Array(readFileSync(path)).slice();
  bytes.fill(0x30, Buffer.from(bytes.buffer).indexOf(hash), Buffer.from(bytes.buffer).indexOf(hash) + hash.length);
  const words = new Int32Array(bytes.buffer);
  words[14] = crc32c(words, 16, words.length);
  words[15] = 0;
  words[15] = crc32c(words, 0, 16);
  patch(path, 0, (old) => old.set(bytes), statSync(path).size);
}
