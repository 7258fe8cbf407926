import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeVenue } from "./testing/fake-venue.ts";

let venue: FakeVenue;

beforeEach(async () => {
  venue = await FakeVenue.start();
});

afterEach(() => venue.stop());

const EXAMPLE = fileURLToPath(new URL("./example.js", import.meta.url));

test.each(["tcp", "ws"])(
  "the example places and cancels an order over %s, logs out and ends by itself",
  async (name) => {
    const url = name === "tcp" ? venue.tcpUrl : venue.wsUrl;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [EXAMPLE, url], { timeout: 20_000 });
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^order \d+ is in the book: 10 ACME at 99\.50$/u),
      expect.stringMatching(/^canceled after 0 traded, ping \d+\.\d{3} ms$/u),
      "logged out",
      "",
    ]);
  },
);

test("the example fails with the reason when nobody listens", async () => {
  const url = venue.tcpUrl;
  await venue.stop();
  await expect(promisify(execFile)(process.execPath, [EXAMPLE, url], { timeout: 20_000 })).rejects.toThrow(
    "ECONNREFUSED",
  );
  venue = await FakeVenue.start();
});
