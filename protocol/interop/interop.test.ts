/**
 * The protocol as others see it: a client in Python, with the protobuf runtime of Debian and nothing of ours but
 * fairlead.proto, trades at a venue that is started for it.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { assert } from "../assert.ts";
import { decodeClientFrame, writeListedOrder } from "../codec/client-frame-decoder.ts";
import { decodeClientFrameCold } from "../codec/cold-codec.ts";
import {
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_LINK,
  CMD_OPTIONS,
  CMD_QUOTE_AMOUNT,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  CommandKind,
  RECORD_BYTES,
} from "../record/command-record.ts";

/** From dist/protocol/interop/. */
const venueExecutable = fileURLToPath(new URL("../../cli/fairlead.js", import.meta.url));
const schemaFile = fileURLToPath(new URL("../fairlead.proto", import.meta.url));
const protocolPage = fileURLToPath(new URL("../../../docs/PROTOCOL.md", import.meta.url));
const clientScript = fileURLToPath(new URL("../../../protocol/interop/venue_client.py", import.meta.url));

/** Debian's own, for which it packages the protobuf runtime. */
const PYTHON = "/usr/bin/python3";

/** What is not installed, or the empty string. */
function missing(): string {
  for (const [what, command, args] of [
    ["protoc (Debian: protobuf-compiler)", "protoc", ["--version"]],
    ["protobuf for Python (Debian: python3-protobuf)", PYTHON, ["-c", "import google.protobuf"]],
  ] as const) {
    try {
      execFileSync(command, args, { stdio: "ignore" });
    } catch {
      return what;
    }
  }
  return "";
}

const reason = missing();
if (reason !== "") console.warn(`interop test skipped: ${reason} is not installed`);

let venue: ChildProcess | undefined;

/** @returns the TCP port, once the venue takes orders. */
async function startVenue(): Promise<number> {
  const ports = ["--ws-port", "0", "--tcp-port", "0", "--admin-port", "0"];
  const args = [venueExecutable, "serve", "--durability", "memory", ...ports];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  venue = child;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"event":"ready"')) continue;
    return (JSON.parse(line) as { tcpPort: number }).tcpPort;
  }
  throw new Error("the venue ended before it was ready");
}

/** Runs Python with the arguments. @returns what it printed, and on failure its complaints too. */
async function python(args: readonly string[], directory: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(PYTHON, args, { cwd: directory });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

afterEach(async () => {
  if (venue === undefined || venue.exitCode !== null) return;
  const exit = once(venue, "exit");
  venue.kill("SIGTERM");
  await exit;
});

test.skipIf(reason !== "")(
  "an independent protobuf runtime logs on over TCP, trades, and reads every reply",
  async () => {
    const port = await startVenue();
    const output = await python([clientScript, "127.0.0.1", String(port)], tmpdir());
    const summary = JSON.parse(output) as { ok: boolean; frames: Record<string, number> };
    expect(summary).toMatchObject({ ok: true });
    assert(venue?.exitCode === null, "the venue is still there");
    expect(Object.keys(summary.frames)).toEqual(
      expect.arrayContaining([
        "logon_accepted",
        "logout",
        "heartbeat",
        "instrument_list",
        "execution_report",
        "business_reject",
        "mass_cancel_report",
        "book_snapshot",
        "book_delta",
        "trade",
        "best_bid_offer",
        "instrument_status",
      ]),
    );
  },
);

/** Prints frames as hex, one a line: an order with every term, and a list of two. */
const ENCODE_FRAMES = `
import fairlead_pb2 as pb

plain = dict(client_order_id=2**53 - 1, instrument_id=7, side=pb.SIDE_SELL, price=100, order_qty=50)
order = pb.NewOrder(
    order_type=pb.ORDER_TYPE_PEGGED, time_in_force=pb.TIME_IN_FORCE_GOOD_TILL_DATE, receipt=True,
    trigger_price=1, trigger_by=pb.TRIGGER_BY_BEST_PRICE, peg_offset=-300, offset_in_bps=True,
    peg_reference=pb.PEG_REFERENCE_MID, display_qty=5, display_variance=2, hidden=True, all_or_none=True, min_qty=3,
    post_only=pb.POST_ONLY_SLIDE, self_trade_prevention=pb.SELF_TRADE_PREVENTION_DECREMENT, account=8,
    trade_group=2**32 - 1, expire_time=2**50, quote_amount=2**60, **plain)
list_of_two = pb.NewOrderList(contingency=pb.CONTINGENCY_ONE_CANCELS_OTHER, orders=[order, pb.NewOrder(**plain)])
print(pb.ClientFrame(new_order=order).SerializeToString().hex())
print(pb.ClientFrame(new_order_list=list_of_two).SerializeToString().hex())
`;

test.skipIf(reason !== "")(
  "an order with every term and a list, as another runtime encodes them, are read",
  async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "fairlead-interop-"));
    try {
      execFileSync("protoc", [`--proto_path=${path.dirname(schemaFile)}`, `--python_out=${directory}`, schemaFile]);
      const output = await python(["-c", ENCODE_FRAMES], directory);
      const [order, list] = output.split("\n").map((line) => Buffer.from(line, "hex"));
      assert(order !== undefined && list !== undefined, "two frames were printed");

      const i32 = new Int32Array(RECORD_BYTES / 4);
      const f64 = new Float64Array(i32.buffer);
      expect(decodeClientFrame(order, 0, order.length, i32, f64, 0)).toBe(CommandKind.NewOrder);
      const { Receipt, Extended, Hidden, AllOrNone, OffsetInBps } = CommandFlag;
      expect(i32[CMD_FLAGS]).toBe(Receipt | Extended | Hidden | AllOrNone | OffsetInBps);
      expect([...i32.subarray(CMD_TRIGGER_PRICE, CMD_OPTIONS + 1)]).toEqual([1, 5, 3, -300, 2, 8, -1, 0x03_02_04_02]);
      expect([f64[CMD_QUOTE_AMOUNT], f64[CMD_EXPIRE_TIME]]).toEqual([-1, 2 ** 50]);

      const frame = decodeClientFrameCold(list, 0, list.length);
      assert(typeof frame === "object", "the list is a frame");
      expect(frame.newOrderList?.orders).toHaveLength(2);
      const record = new Int32Array(RECORD_BYTES / 4);
      const { contingency, orders = [] } = frame.newOrderList ?? {};
      writeListedOrder(orders?.[0] ?? {}, contingency, 0, 2, record, new Float64Array(record.buffer), 0);
      expect(record[CMD_LINK]).toBe(0x02_00_01);
      record[CMD_LINK] = 0;
      expect([...record]).toEqual([...i32]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

test.skipIf(reason !== "")("the example client of docs/PROTOCOL.md places its order", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "fairlead-interop-"));
  try {
    const example = readFileSync(protocolPage, "utf8").split("```python\n")[1]?.split("```")[0] ?? "";
    writeFileSync(path.join(directory, "client.py"), example);
    execFileSync("protoc", [`--proto_path=${path.dirname(schemaFile)}`, `--python_out=${directory}`, schemaFile]);
    const output = await python(["client.py", "127.0.0.1", String(await startVenue())], directory);
    expect(output).toMatch(/exec_type: EXEC_TYPE_NEW[^]*leaves_qty: 25[^]*LOGOUT_REASON_REQUESTED/u);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
