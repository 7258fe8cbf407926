/** The list of commands that are not applied: kept sorted and once each, and never guessed at. */
import { expect, test } from "vitest";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { addToQuarantine, readQuarantine } from "./quarantine.ts";

const DIRECTORY = new EngineDirectory("/data", 0);

test("a list that does not exist is empty, and grows by what is added", () => {
  const disk = new MemoryDisk();
  DIRECTORY.prepare(disk);
  expect(readQuarantine(disk, DIRECTORY)).toEqual([]);
  for (const sequence of [30, 4, 30, 2 ** 53 - 1]) addToQuarantine(disk, DIRECTORY, sequence);
  expect(readQuarantine(disk, DIRECTORY)).toEqual([4, 30, 2 ** 53 - 1]);
});

test.each(["", "[]", "{}", "null", '{"sequences":3}', '{"sequences":[1.5]}', '{"sequences":["1"]}'])(
  "%j is no list",
  (text) => {
    const disk = new MemoryDisk();
    DIRECTORY.prepare(disk);
    disk.setBytes(DIRECTORY.quarantine, Buffer.from(text));
    const line =
      "/data/engine-0/quarantine.json is not a list of commands: it is damaged; restore it from a copy, or remove it to apply every command again";
    expect(() => readQuarantine(disk, DIRECTORY)).toThrow(line);
  },
);
