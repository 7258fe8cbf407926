import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OperatingError } from "../protocol/operating-error.ts";
import type { CommandEntry } from "./commands.ts";
import { main } from "./main.ts";

let stderr = "";

beforeEach(() => {
  stderr = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function commandThat(run: (argv: string[]) => Promise<number>): readonly CommandEntry[] {
  return [{ name: "try", summary: "", load: () => Promise.resolve({ summary: "", run }) }];
}

function commandThatThrows(error: Error): readonly CommandEntry[] {
  return commandThat(() => {
    throw error;
  });
}

test("a command gets what follows its name, and its answer is the exit code", async () => {
  const command = commandThat((argv) => Promise.resolve(argv.join(" ") === "--a b" ? 0 : 1));
  expect(await main(["try", "--a", "b"], command)).toBe(0);
  expect(await main(["try"], command)).toBe(1);
});

test("an operating error is one line", async () => {
  expect(await main(["try"], commandThatThrows(new OperatingError("port 7001 is in use")))).toBe(1);
  expect(stderr).toBe("error: port 7001 is in use\n");
});

test("an unexpected error is one line and a hint", async () => {
  expect(await main(["try"], commandThatThrows(new Error("first\n  second")))).toBe(1);
  expect(stderr).toBe("error: first second\nunexpected; FAIRLEAD_DEBUG=1 shows where it happened\n");
});

test("FAIRLEAD_DEBUG=1 shows the stack", async () => {
  vi.stubEnv("FAIRLEAD_DEBUG", "1");
  expect(await main(["try"], commandThatThrows(new Error("broken")))).toBe(1);
  expect(stderr).toMatch(/^error: Error: broken\n {4}at /);
});
