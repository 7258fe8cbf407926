/** The file system of this machine does what the seam promises. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf } from "./disk.ts";
import { fileDisk } from "./file-disk.ts";
import { readWhole, replaceWhole } from "./whole-file.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-disk-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function codeIn(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return codeOf(error);
  }
  return "none";
}

test("a file is written at any place and read back, with zeros where nothing was written", () => {
  const path = join(folder, "file");
  const file = fileDisk.open(path, "create");
  file.write(Buffer.from("end"), 5);
  file.sync();
  expect(file.size).toBe(8);
  const bytes = Buffer.alloc(20, "x");
  expect(file.read(bytes, 2)).toBe(6);
  expect(bytes.toString("latin1", 0, 7)).toBe("\0\0\0endx");
  expect(file.read(bytes, 8)).toBe(0);
  file.close();
  const again = fileDisk.open(path, "write");
  again.write(Buffer.from("AB"), 0);
  again.close();
  expect(Buffer.from(readWhole(fileDisk, path) ?? []).toString("latin1")).toBe("AB\0\0\0end");
  fileDisk.open(path, "create").close();
  expect(readWhole(fileDisk, path)).toHaveLength(0);
});

test("names are made, listed, changed and taken away", () => {
  const directory = join(folder, "a", "b", "c");
  fileDisk.makeDirectory(directory);
  fileDisk.makeDirectory(directory);
  fileDisk.open(join(directory, "one"), "create").close();
  fileDisk.open(join(directory, "two"), "create").close();
  fileDisk.rename(join(directory, "one"), join(directory, "two"));
  fileDisk.syncDirectory(directory);
  expect(fileDisk.list(directory)).toEqual(["two"]);
  expect([fileDisk.exists(join(directory, "one")), fileDisk.exists(join(directory, "two"))]).toEqual([false, true]);
  fileDisk.remove(join(directory, "two"));
  fileDisk.remove(join(directory, "two"));
  expect(fileDisk.list(directory)).toEqual([]);
});

test("what does not exist is told by its code", () => {
  const missing = join(folder, "missing");
  expect(codeIn(() => fileDisk.open(missing, "read"))).toBe("ENOENT");
  expect(codeIn(() => fileDisk.open(missing, "write"))).toBe("ENOENT");
  expect(codeIn(() => fileDisk.list(missing))).toBe("ENOENT");
  expect(codeIn(() => fileDisk.makeDirectory("/proc/nothing"))).toBe("ENOENT");
  expect(codeIn(() => undefined)).toBe("none");
  expect(readWhole(fileDisk, missing)).toBeUndefined();
});

test("a small file is replaced as a whole", () => {
  const path = join(folder, "small");
  for (const text of ["one", "", "a longer one"]) {
    replaceWhole(fileDisk, path, Buffer.from(text));
    expect(Buffer.from(readWhole(fileDisk, path) ?? []).toString()).toBe(text);
  }
  expect(fileDisk.list(folder)).not.toContain("small.new");
});
