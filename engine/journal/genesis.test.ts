/** An engine starts only on files that were made with its configuration; every other case has its line. */
import { describe, expect, test } from "vitest";
import { Allocation } from "../../protocol/codes.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import type { EngineConfig } from "../engine-config.ts";
import { SMALL_ENGINE, instrumentOf } from "../testing/engine-rig.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { openGenesis, readGenesis } from "./genesis.ts";

const DIRECTORY = new EngineDirectory("/data", 0);
const PATH = "/data/engine-0/genesis.json";

function made(): MemoryDisk {
  const disk = new MemoryDisk();
  DIRECTORY.prepare(disk);
  openGenesis(disk, DIRECTORY, SMALL_ENGINE);
  return disk;
}

function refusalOf(config: EngineConfig, disk = made()): string {
  try {
    openGenesis(disk, DIRECTORY, config);
  } catch (error) {
    if (error instanceof OperatingError) return error.message;
    throw error;
  }
  return "nothing is refused";
}

describe("what an engine was at first", () => {
  test("is written once, and has the same id ever after", () => {
    const disk = new MemoryDisk();
    DIRECTORY.prepare(disk);
    expect(readGenesis(disk, DIRECTORY)).toBeUndefined();
    const first = openGenesis(disk, DIRECTORY, SMALL_ENGINE);
    const bytes = disk.bytesOf(PATH).slice();
    expect(openGenesis(disk, DIRECTORY, SMALL_ENGINE)).toEqual(first);
    expect(readGenesis(disk, DIRECTORY)).toEqual(first);
    expect(disk.bytesOf(PATH)).toEqual(bytes);
    expect(disk.list(DIRECTORY.root)).toEqual(["genesis.json"]);
  });

  test("does not depend on how many gateways there are", () => {
    const disk = made();
    const { id } = openGenesis(disk, DIRECTORY, SMALL_ENGINE);
    expect(openGenesis(disk, DIRECTORY, { ...SMALL_ENGINE, gatewayCount: 7 }).id).toBe(id);
  });
});

describe("another configuration is refused", () => {
  const [one, two] = SMALL_ENGINE.instruments as [EngineConfig["instruments"][0], EngineConfig["instruments"][0]];

  test.each<[Partial<EngineConfig>, string]>([
    [{ maxOpenOrders: 65 }, "maxOpenOrders 64, not 65"],
    [{ maxEndedOrders: 1 }, "maxEndedOrders 64, not 1"],
    [{ maxPriceLevels: 8 }, "maxPriceLevels 64, not 8"],
    [{ maxSessions: 9 }, "maxSessions 8, not 9"],
    [{ maxInstruments: 9 }, "maxInstruments undefined, not 9"],
    [{ instruments: [one] }, "instrument 2, which the configuration lacks"],
    [
      { instruments: [one, two, instrumentOf(3)] },
      "no instrument 3 (define it with POST /operator while the venue runs)",
    ],
    [{ instruments: [two, one] }, "instruments in the order 1,2, not 2,1"],
  ])("%j", (changed, difference) => {
    expect(refusalOf({ ...SMALL_ENGINE, ...changed })).toBe(
      `/data/engine-0 was made with ${difference}; set it back, or name another data directory`,
    );
  });

  test("other terms are shown as they were and as they are", () => {
    const instruments = [{ ...one, terms: { allocation: Allocation.ProRata } }, two];
    const line = refusalOf({ ...SMALL_ENGINE, instruments });
    expect(line).toMatch(/^\/data\/engine-0 was made with other terms of instrument 1: \{.*\}, not \{.*"terms".*\};/u);
  });
});

describe("a file that is no genesis", () => {
  test.each([
    ["", "is not JSON: it is damaged; restore it from a copy"],
    ["{", "is not JSON: it is damaged; restore it from a copy"],
    ["null", "lacks a part: it is damaged; restore it from a copy"],
    ["5", "lacks a part: it is damaged; restore it from a copy"],
    ['{"version":1}', "lacks a part: it is damaged; restore it from a copy"],
    ['{"version":1,"config":{}}', "lacks a part: it is damaged; restore it from a copy"],
    ['{"version":2}', "has format 2; this build reads format 1: run the version that wrote it"],
    ['{"version":"x"}', 'has format "x"; this build reads format 1: run the version that wrote it'],
  ])("%j", (text, line) => {
    const disk = made();
    disk.setBytes(PATH, Buffer.from(text));
    expect(refusalOf(SMALL_ENGINE, disk)).toBe(`${PATH} ${line}`);
  });
});
