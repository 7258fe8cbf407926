import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionError } from "../assert.ts";
import { LogoutReason } from "../codes.ts";
import { MAX_ID } from "../limits.ts";
import {
  decodeClientFrameCold,
  decodeServerFrameCold,
  encodeClientFrame,
  encodeServerFrame,
  fairlead,
} from "./cold-codec.ts";
import { anySessionFrame } from "./testing/wire-arbitraries.ts";

const decodeClient = (...bytes: number[]) => decodeClientFrameCold(Uint8Array.from(bytes), 0, bytes.length);
const decodeServer = (bytes: Uint8Array) => decodeServerFrameCold(bytes, 0, bytes.length);

test("session frames come out as they went in", () => {
  fc.assert(
    fc.property(anySessionFrame, (frame) => {
      const bytes = encodeClientFrame(frame);
      const prefix = bytes.findIndex((byte) => byte < 128) + 1;
      const decoded = decodeClientFrameCold(bytes, prefix, bytes.length);
      expect(decoded).toBeInstanceOf(fairlead.v1.ClientFrame);
      expect(encodeClientFrame(decoded as fairlead.v1.ClientFrame)).toEqual(bytes);
    }),
  );
});

describe("64-bit integers", () => {
  test("are numbers, also where the package long is installed", () => {
    const script = `
      import Long from "long";
      import { fairlead } from ${JSON.stringify(new URL("cold-codec.js", import.meta.url).href)};
      const frame = fairlead.v1.ClientFrame.decode(Uint8Array.of(10, 2, 8, 5));
      console.log(Long.isLong(Long.ONE), frame.newOrder.clientOrderId, new fairlead.v1.NewOrder().clientOrderId);`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    expect(output.trim()).toBe("true 5 0");
  });

  test("of 2^53 and more are refused in a heartbeat, not rounded", () => {
    expect(decodeClient(0x3a, 9, 0x08, ...Array<number>(7).fill(255), 0x0f)).toMatchObject({
      heartbeat: { requestId: MAX_ID },
    });
    expect(decodeClient(0x3a, 9, 0x08, ...Array<number>(7).fill(0x80), 0x10)).toBe(LogoutReason.MalformedFrame);
    expect(decodeClient(0x3a, 11, 0x10, ...Array<number>(9).fill(255), 1)).toBe(LogoutReason.MalformedFrame);
  });

  test("of 2^53 and more stay too large in an order, so that the order is rejected and not the connection", () => {
    const frame = decodeClient(0x0a, 11, 0x08, ...Array<number>(9).fill(255), 1);
    expect(frame).toBeInstanceOf(fairlead.v1.ClientFrame);
    expect((frame as fairlead.v1.ClientFrame).newOrder?.clientOrderId).toBeGreaterThan(MAX_ID);
  });

  test("of 2^53 and more are refused at any depth of a server frame", () => {
    const snapshot = { bookSnapshot: { bids: [{ price: 1, qty: 2 ** 53 }] } };
    expect(decodeServer(fairlead.v1.ServerFrame.encode(snapshot).finish())).toBe(LogoutReason.MalformedFrame);
  });

  test("that protobufjs would write as another number are never encoded", () => {
    expect(() => encodeServerFrame({ heartbeat: { echoId: 2 ** 53 } })).toThrow(AssertionError);
    const bigint = { heartbeat: { requestId: 5n } } as unknown as fairlead.v1.ClientFrame.$Properties;
    expect(() => encodeClientFrame(bigint)).toThrow(AssertionError);
  });
});

describe("faults", () => {
  test("a frame with nothing known in it is empty", () => {
    expect(decodeClient()).toBe(LogoutReason.EmptyFrame);
    expect(decodeClient(0xf8, 0x01, 5)).toBe(LogoutReason.EmptyFrame);
    expect(decodeServer(new Uint8Array(0))).toBe(LogoutReason.EmptyFrame);
  });

  test("text that is not UTF-8 is invalid text, long or short", () => {
    const bad = [0xc3, 0x28];
    expect(decodeClient(0x2a, 4, 0x0a, 2, ...bad)).toBe(LogoutReason.InvalidText);
    const long = [...Array<number>(98).fill(0x41), ...bad];
    expect(decodeClient(0x2a, 102, 0x0a, 100, ...long)).toBe(LogoutReason.InvalidText);
    expect(decodeServer(Uint8Array.of(0x42, 4, 0x12, 2, ...bad))).toBe(LogoutReason.InvalidText);
  });

  test("everything else that protobufjs throws on is malformed", () => {
    for (const bytes of [
      [0x2a],
      [0x2a, 5, 1],
      [0x0f],
      [0x00, 0],
      [0x2c],
      [0x2a, 1, 0x0b],
      Array<number>(12).fill(255),
    ]) {
      expect(decodeClient(...bytes), bytes.join(" ")).toBe(LogoutReason.MalformedFrame);
    }
  });

  test("only the bytes of the frame are looked at", () => {
    const bytes = Uint8Array.of(0xff, 0x3a, 2, 0x08, 5, 0xff);
    expect(decodeClientFrameCold(bytes, 1, 5)).toMatchObject({ heartbeat: { requestId: 5 } });
    expect(decodeClientFrameCold(bytes, 1, 4)).toBe(LogoutReason.MalformedFrame);
  });
});
