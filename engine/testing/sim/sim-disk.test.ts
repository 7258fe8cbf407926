import { afterEach, describe, expect, test } from "vitest";
import { takeAway } from "../../../protocol/guards.ts";
import { codeOf } from "../../storage/disk.ts";
import { readWhole, replaceWhole } from "../../storage/whole-file.ts";
import { Dice } from "../flow/dice.ts";
import { ProcessDeath, SimDisk } from "./sim-disk.ts";
import { SECTOR_BYTES } from "./sim-file.ts";

const SEEDS = Array.from({ length: 200 }, (_, seed) => new Dice(seed));

afterEach(() => takeAway());

function filled(sectors: number, value: number): Uint8Array {
  return new Uint8Array(sectors * SECTOR_BYTES).fill(value);
}

/** A durable file of ones, under a durable name. */
function diskWith(path: string, sectors = 4): SimDisk {
  const disk = new SimDisk();
  disk.makeDirectory("/data");
  replaceWhole(disk, path, filled(sectors, 1));
  return disk;
}

function write(disk: SimDisk, path: string, bytes: Uint8Array, position = 0): void {
  const file = disk.open(path, "write");
  file.write(bytes, position);
  file.close();
}

function sync(disk: SimDisk, path: string): void {
  const file = disk.open(path, "write");
  file.sync();
  file.close();
}

function codeOfCall(call: () => void): string {
  try {
    call();
  } catch (error) {
    return codeOf(error);
  }
  return "";
}

/** What was found in the file over many power cuts, as text. */
function outcomes(cut: (dice: Dice) => string): string[] {
  return [...new Set(SEEDS.map(cut))].toSorted();
}

function sectorsOf(disk: SimDisk, path: string): string {
  const bytes = readWhole(disk, path) ?? new Uint8Array();
  const letters = [];
  for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
    letters.push([...new Set(bytes.subarray(at, at + SECTOR_BYTES))].join("|"));
  }
  return letters.join(" ");
}

describe("the bytes of a file", () => {
  test("a reader sees what was written at once", () => {
    const disk = diskWith("/data/a");
    write(disk, "/data/a", filled(1, 2), SECTOR_BYTES);
    expect(sectorsOf(disk, "/data/a")).toBe("1 2 1 1");
  });

  test("survive a power cut when they are synced", () => {
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a", 2);
      write(disk, "/data/a", filled(3, 2));
      sync(disk, "/data/a");
      disk.cutPower(dice);
      return sectorsOf(disk, "/data/a");
    });
    expect(found).toEqual(["2 2 2"]);
  });

  test("are there, lost, or torn, each sector on its own, when they are not", () => {
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a", 3);
      write(disk, "/data/a", filled(2, 2), SECTOR_BYTES);
      disk.cutPower(dice);
      return sectorsOf(disk, "/data/a");
    });
    expect(found).toEqual(["1 1 1", "1 1 2", "1 1 2|1", "1 2 1", "1 2 2", "1 2 2|1", "1 2|1 1", "1 2|1 2"]);
  });

  test("survive the end of the process without a sync, and its files are closed", () => {
    const disk = diskWith("/data/a", 1);
    const file = disk.open("/data/a", "write");
    file.write(filled(1, 2), 0);
    disk.endProcess();
    expect(() => file.sync()).toThrow("one process");
    expect(sectorsOf(disk, "/data/a")).toBe("2");
  });

  test("are zeros where the file has grown and the sector was lost", () => {
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a", 1);
      write(disk, "/data/a", filled(1, 2), SECTOR_BYTES);
      disk.cutPower(dice);
      return sectorsOf(disk, "/data/a");
    });
    expect(found).toEqual(expect.arrayContaining(["1", "1 0", "1 2"]));
  });

  test("are not made durable by a second sync after one that failed", () => {
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a", 1);
      write(disk, "/data/a", filled(1, 2));
      disk.failNext("sync", "EIO");
      expect(codeOfCall(() => sync(disk, "/data/a"))).toBe("EIO");
      sync(disk, "/data/a");
      expect(sectorsOf(disk, "/data/a")).toBe("2");
      disk.cutPower(dice);
      return sectorsOf(disk, "/data/a");
    });
    expect(found).toEqual(expect.arrayContaining(["1", "2"]));
  });
});

describe("the names in a directory", () => {
  test("a synced file without a synced name may be gone", () => {
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a");
      disk.open("/data/b", "create").sync();
      disk.cutPower(dice);
      return disk.list("/data").toSorted().join();
    });
    expect(found).toEqual(["a", "a,b"]);
  });

  test("a rename happens whole or not at all", () => {
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a", 1);
      disk.open("/data/b", "create").sync();
      disk.syncDirectory("/data");
      disk.rename("/data/a", "/data/b");
      disk.cutPower(dice);
      return disk
        .list("/data")
        .toSorted()
        .map((name) => `${name}: ${sectorsOf(disk, `/data/${name}`)}`)
        .join(", ");
    });
    expect(found).toEqual(["a: 1, b: ", "b: 1"]);
  });

  test("a file that was removed may come back", () => {
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a");
      disk.remove("/data/a");
      expect(disk.exists("/data/a")).toBe(false);
      disk.cutPower(dice);
      return String(disk.exists("/data/a"));
    });
    expect(found).toEqual(["false", "true"]);
  });

  test("are durable once the directory is synced, directories that are made at once", () => {
    const found = outcomes((dice) => {
      const disk = new SimDisk();
      disk.makeDirectory("/data/deep/er");
      disk.open("/data/deep/er/a", "create").sync();
      disk.syncDirectory("/data/deep/er");
      disk.cutPower(dice);
      return String(disk.exists("/data/deep/er/a"));
    });
    expect(found).toEqual(["true"]);
  });
});

describe("faults", () => {
  test("the call that was chosen fails once, and no other", () => {
    const disk = diskWith("/data/a", 2);
    disk.failNext("write", "EIO", { nth: 2, pathPart: "/a" });
    write(disk, "/data/a", filled(1, 2));
    expect(codeOfCall(() => write(disk, "/data/a", filled(2, 3)))).toBe("EIO");
    expect(sectorsOf(disk, "/data/a")).toBe("3 1");
    write(disk, "/data/a", filled(2, 4));
    expect(disk.counts.write).toBe(4);
  });

  test("a full disk takes no more than it has room for, and overwriting needs none", () => {
    const disk = diskWith("/data/a", 2);
    disk.capacityBytes = 3 * SECTOR_BYTES;
    expect(codeOfCall(() => write(disk, "/data/a", filled(4, 2)))).toBe("ENOSPC");
    expect(disk.usedBytes).toBeLessThanOrEqual(disk.capacityBytes);
    write(disk, "/data/a", filled(2, 3));
    disk.capacityBytes = Infinity;
    write(disk, "/data/a", filled(4, 4));
    expect(sectorsOf(disk, "/data/a")).toBe("4 4 4 4");
  });

  test("a process dies in the call that was chosen, a write is done in part, and nothing works after it", () => {
    const disk = diskWith("/data/a", 4);
    disk.dieIn(2);
    expect(() => write(disk, "/data/a", filled(4, 2))).toThrow(ProcessDeath);
    expect(() => disk.remove("/data/a")).toThrow(ProcessDeath);
    disk.endProcess();
    expect(sectorsOf(disk, "/data/a")).toBe("2 2 1 1");
  });

  test("a copy goes its own way", () => {
    const disk = diskWith("/data/a", 1);
    write(disk, "/data/a", filled(1, 2));
    disk.rename("/data/a", "/data/b");
    const copy = disk.copy();
    write(copy, "/data/b", filled(1, 3));
    expect(sectorsOf(disk, "/data/b")).toBe("2");
    disk.cutPower(new Dice(1));
    expect(sectorsOf(copy, "/data/b")).toBe("3");
  });

  test("a flipped bit is there for readers and after a power cut", () => {
    const disk = diskWith("/data/a", 1);
    disk.flip("/data/a", 8 * 100 + 1);
    disk.cutPower(new Dice(1));
    expect(readWhole(disk, "/data/a")?.[100]).toBe(3);
  });

  test("calls on what is not there fail as those of an operating system do", () => {
    const disk = diskWith("/data/a");
    expect(codeOfCall(() => disk.open("/data/b", "read"))).toBe("ENOENT");
    expect(codeOfCall(() => disk.open("/none/b", "create"))).toBe("ENOENT");
    expect(codeOfCall(() => disk.list("/none"))).toBe("ENOENT");
    expect(codeOfCall(() => disk.open("/data", "read"))).toBe("EISDIR");
    disk.remove("/data/b");
  });
});

describe("without a guard", () => {
  test("fsync: nothing is durable", () => {
    takeAway("fsync");
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a", 1);
      disk.cutPower(dice);
      return sectorsOf(disk, "/data/a");
    });
    expect(found).toContain("");
  });

  test("directoryFsync: a name may be gone", () => {
    takeAway("directoryFsync");
    const found = outcomes((dice) => {
      const disk = diskWith("/data/a", 1);
      disk.cutPower(dice);
      return String(disk.exists("/data/a"));
    });
    expect(found).toEqual(["false", "true"]);
  });
});

function dumpAfterPowerCut(): string {
  const disk = diskWith("/data/a", 8);
  write(disk, "/data/a", filled(16, 2));
  disk.open("/data/b", "create").write(filled(3, 3), 100);
  disk.cutPower(new Dice(7));
  return JSON.stringify(disk.dump().map(([path, bytes]) => [path, Buffer.from(bytes).toString("hex")]));
}

test("equal dice leave equal bytes", () => {
  expect(dumpAfterPowerCut()).toBe(dumpAfterPowerCut());
});
