import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paint, renderHelp } from "./help.ts";

const PAGE = {
  usage: "fairlead load [options]",
  description: "Sends orders at a fixed rate.",
  options: {
    rate: { type: "rate", default: 10_000, help: "Orders per second." },
    "warm-up": { type: "duration", default: 1500, help: "Not recorded; the compiler and the caches need some time." },
    transport: { type: "choice", choices: ["ws", "tcp"], default: "ws", help: "Wire.", short: "t" },
    json: { type: "boolean", help: "For machines.", env: "FAIRLEAD_JSON" },
  },
  examples: [{ command: "fairlead load --rate 1k", does: "A light load." }],
} as const;

beforeEach(() => {
  vi.stubEnv("NO_COLOR", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test("help has two columns, and long texts wrap under themselves", () => {
  expect(renderHelp(PAGE, { columns: 64 })).toBe(
    `Usage: fairlead load [options]

Sends orders at a fixed rate.

Options:
  --rate RATE           Orders per second. (default 10000)
  --warm-up TIME        Not recorded; the compiler and the
                        caches need some time. (default 1.5s)
  -t, --transport NAME  Wire. (ws | tcp; default ws)
  --json                For machines. (env FAIRLEAD_JSON)
  -h, --help            Show this text.

Examples:
  fairlead load --rate 1k
      A light load.
`,
  );
});

test("colours are for terminals whose owner has not asked for none", () => {
  expect(paint("red", "error", {})).toBe("error");
  expect(paint("red", "error", { isTTY: true })).toBe("\u001b[31merror\u001b[39m");
  vi.stubEnv("NO_COLOR", "1");
  expect(paint("red", "error", { isTTY: true })).toBe("error");
});
