/** Spare segments, snapshots while the journal grows, and what is cleared away behind them. */
import { describe, expect, test } from "vitest";
import type { CommandFields } from "../testing/command-fields.ts";
import type { Disk, DiskFile } from "../storage/disk.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { SimDisk } from "../testing/sim/sim-disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { type Genesis, openGenesis } from "./genesis.ts";
import { type JournalEnd, readJournal } from "./journal-reader.ts";
import { KEPT_SNAPSHOTS, Keeper, SPARES } from "./keeper.ts";
import { recoverEngine } from "./recovery.ts";
import { readSnapshot } from "./snapshot-file.ts";
import {
  FLOW_ENGINE,
  NOTHING,
  journaledCommands,
  liveEngine,
  quietEngine,
  writeJournal,
} from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const DIRECTORY = new EngineDirectory("/data", 0);
const SEGMENT_BYTES = 4096;
const COMMANDS = journaledCommands(SEED, 1000);

interface RigOptions {
  readonly disk?: Disk;
  readonly archivesJournal?: boolean;
}

class Rig {
  readonly disk: Disk;
  readonly keeper: Keeper;
  readonly genesis: Genesis;
  #end: JournalEnd = NOTHING;

  constructor({ disk = new MemoryDisk(), archivesJournal = false }: RigOptions = {}) {
    DIRECTORY.prepare(disk);
    this.disk = disk;
    this.genesis = openGenesis(disk, DIRECTORY, FLOW_ENGINE);
    const parts = { disk, directory: DIRECTORY, segmentBytes: SEGMENT_BYTES };
    this.keeper = new Keeper({ ...parts, ...quietEngine(), genesis: this.genesis, archivesJournal });
  }

  /** Journals the commands up to that sequence number. */
  journal(through: number): this {
    const { disk, genesis } = this;
    const commands: CommandFields[] = COMMANDS.slice(this.#end.sequence, through);
    const plan = { disk, directory: DIRECTORY, commands, segmentBytes: SEGMENT_BYTES };
    writeJournal({ ...plan, genesis: genesis.id, end: this.#end });
    this.#end = readJournal(disk, DIRECTORY, { after: this.#end.sequence, genesis: genesis.id }, () => {}).end;
    return this;
  }

  get snapshots(): number[] {
    return DIRECTORY.snapshotSequences(this.disk);
  }

  get segments(): number[] {
    return DIRECTORY.segments(this.disk);
  }

  stateHashOf(sequence: number): string {
    const file = readSnapshot(this.disk, DIRECTORY, this.genesis.id, sequence);
    if (typeof file === "string") throw new Error(file);
    return file.stateHash;
  }
}

function hashAfter(count: number): string {
  return liveEngine(COMMANDS.slice(0, count)).stateHash();
}

describe("spare segments", () => {
  test("are made one at a time, until there are two", () => {
    const { keeper } = new Rig();
    expect([0, 1, 2, 3].map(() => [keeper.keepSpares(), keeper.spareCount])).toEqual([
      [true, 1],
      [true, 2],
      [true, 2],
      [true, 2],
    ]);
  });

  test("are used by the journal, and made anew under names that are free", () => {
    const rig = new Rig();
    for (let n = 0; n < SPARES; n++) rig.keeper.keepSpares();
    rig.journal(20);
    expect(rig.keeper.spareCount).toBe(SPARES - 1);
    rig.keeper.keepSpares();
    rig.journal(40).keeper.keepSpares();
    expect(rig.keeper.spareCount).toBe(SPARES);
    const another = new Rig({ disk: rig.disk });
    rig.disk.remove(DIRECTORY.spares(rig.disk)[0] as string);
    expect(another.keeper.keepSpares()).toBe(true);
    expect(another.keeper.spareCount).toBe(SPARES);
  });

  test("that the disk has no room for are missed, and made when there is room again", () => {
    const disk = new SimDisk();
    const { keeper } = new Rig({ disk });
    keeper.keepSpares();
    disk.capacityBytes = disk.usedBytes + SEGMENT_BYTES - 1;
    expect([keeper.keepSpares(), keeper.keepSpares(), keeper.spareCount]).toEqual([false, false, 1]);
    expect(disk.dump().filter(([path]) => path.endsWith(".new"))).toEqual([]);
    disk.capacityBytes += 1;
    expect([keeper.keepSpares(), keeper.spareCount]).toEqual([true, 2]);
  });

  test("that cannot be made for any other reason are an error", () => {
    const disk = new SimDisk();
    const { keeper } = new Rig({ disk });
    disk.failNext("sync", "EIO");
    expect(() => keeper.keepSpares()).toThrow("EIO");
  });
});

describe("snapshots", () => {
  test("are of the state after exactly the command that was asked for, while the journal goes on", () => {
    const rig = new Rig().journal(700);
    for (const through of [1, 2, 350, 350, 700]) {
      const { sequence, bytes } = rig.keeper.makeSnapshot(through);
      expect(sequence).toBe(through);
      expect(bytes).toBeGreaterThan(1000);
      expect(rig.stateHashOf(through)).toBe(hashAfter(through));
    }
    rig.journal(1000);
    rig.keeper.makeSnapshot(1000);
    expect(rig.stateHashOf(1000)).toBe(hashAfter(1000));
  });

  test("go on from those that an earlier keeper made", () => {
    const rig = new Rig().journal(500);
    rig.keeper.makeSnapshot(400);
    for (const first of rig.segments.slice(0, 3)) rig.disk.remove(DIRECTORY.segment(first));
    const next = new Rig({ disk: rig.disk });
    next.keeper.makeSnapshot(500);
    expect(next.stateHashOf(500)).toBe(hashAfter(500));
  });

  test("are three, and nothing is kept of the journal that none of them needs", () => {
    const rig = new Rig().journal(900);
    const all = rig.segments;
    for (const through of [150, 300]) rig.keeper.makeSnapshot(through);
    expect(rig.segments).toEqual(all);
    for (const through of [450, 600, 750]) rig.keeper.makeSnapshot(through);
    expect(rig.snapshots).toEqual([450, 600, 750]);
    expect(rig.snapshots).toHaveLength(KEPT_SNAPSHOTS);
    const needed = all.findLast((first) => first <= 451) as number;
    expect(rig.segments).toEqual(all.filter((first) => first >= needed));
    const { engine, outbox } = quietEngine();
    for (const sequence of [600, 750]) rig.disk.remove(DIRECTORY.snapshot(sequence));
    const parts = { disk: rig.disk, dataDirectory: "/data", config: FLOW_ENGINE, engine, outbox };
    recoverEngine({ ...parts, tellFrom: Infinity, onCommand: () => {} });
    expect(engine.stateHash()).toBe(hashAfter(900));
  });

  test("let the journal be archived instead", () => {
    const rig = new Rig({ archivesJournal: true }).journal(900);
    const all = rig.segments;
    for (const through of [450, 600, 750]) rig.keeper.makeSnapshot(through);
    const archived = rig.disk.list(DIRECTORY.archive).toSorted();
    expect(archived.length).toBeGreaterThan(5);
    const names = all.map((first) => DIRECTORY.segment(first).slice(DIRECTORY.journal.length + 1));
    expect([...archived, ...rig.disk.list(DIRECTORY.journal).toSorted()]).toEqual(names);
  });

  test("for which there is no room leave nothing behind, and can be made later", () => {
    const disk = new SimDisk();
    const rig = new Rig({ disk }).journal(500);
    disk.capacityBytes = disk.usedBytes + 2000;
    expect(() => rig.keeper.makeSnapshot(400)).toThrow("ENOSPC");
    expect(disk.list(DIRECTORY.snapshots)).toEqual([]);
    disk.capacityBytes = Infinity;
    rig.keeper.makeSnapshot(500);
    expect(rig.stateHashOf(500)).toBe(hashAfter(500));
  });

  test("come out right after the journal could not be read for once", () => {
    const disk = new SimDisk();
    const rig = new Rig({ disk }).journal(500);
    rig.keeper.makeSnapshot(100);
    disk.failNext("read", "EIO", { pathPart: ".journal", nth: 3 });
    expect(() => rig.keeper.makeSnapshot(400)).toThrow("EIO");
    rig.keeper.makeSnapshot(500);
    expect(rig.stateHashOf(500)).toBe(hashAfter(500));
  });
});

/** Keeps something else than it was given, while it is told to. */
class LyingDisk extends MemoryDisk {
  liesAbout = "none";

  override open(path: string, mode: "read" | "write" | "create"): DiskFile {
    const file = super.open(path, mode);
    if (mode === "create" && path.includes(this.liesAbout)) flipLater(file);
    return file;
  }
}

function flipLater(file: DiskFile): void {
  const write = file.write.bind(file);
  file.write = (bytes, position) => {
    const kept = bytes.slice();
    if (position > 0) kept[kept.length >> 1] = (kept[kept.length >> 1] as number) ^ 1;
    write(kept, position);
  };
}

describe("a snapshot that does not read back", () => {
  test("is an error and is not kept, and the older ones are", () => {
    const disk = new LyingDisk();
    const rig = new Rig({ disk }).journal(600);
    for (const through of [100, 200, 300]) rig.keeper.makeSnapshot(through);
    disk.liesAbout = ".snapshot";
    expect(() => rig.keeper.makeSnapshot(400)).toThrow(
      "the snapshot of command 400 does not read back: the checksum of its contents is wrong",
    );
    expect(rig.snapshots).toEqual([100, 200, 300]);
    disk.liesAbout = "none";
    rig.keeper.makeSnapshot(500);
    expect(rig.snapshots).toEqual([200, 300, 500]);
    expect(rig.stateHashOf(500)).toBe(hashAfter(500));
  });

  test("does no harm to the next one when it was the first", () => {
    const disk = new LyingDisk();
    const rig = new Rig({ disk }).journal(600);
    disk.liesAbout = ".snapshot";
    expect(() => rig.keeper.makeSnapshot(400)).toThrow("does not read back");
    disk.liesAbout = "none";
    rig.keeper.makeSnapshot(500);
    expect(rig.stateHashOf(500)).toBe(hashAfter(500));
  });
});
