/** Whoever comes back from files is who it was: the same state to the last bit, and a clear line where that cannot be. */
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { takeAway } from "../../protocol/guards.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { crc32c } from "../../protocol/journal/crc32c.ts";
import { SEGMENT_HEADER_WORDS, SEG_CRC } from "../../protocol/journal/journal-format.ts";
import { CommandFlag, CommandKind } from "../../protocol/record/command-record.ts";
import type { EngineConfig } from "../engine-config.ts";
import { ORD_CLIENT_ORDER_ID, ORD_SESSION } from "../orders/order-record.ts";
import { type CommandFields, commandOf } from "../testing/command-fields.ts";
import { Dice } from "../testing/flow/dice.ts";
import { MemoryDisk } from "../testing/memory-disk.ts";
import { SimDisk } from "../testing/sim/sim-disk.ts";
import type { Disk } from "../storage/disk.ts";
import { ExecType, OrderType, RejectReason, Side, TimeInForce } from "../../protocol/codes.ts";
import { EventKind } from "../../protocol/record/event-record.ts";
import { EMPTY, RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { EventOutbox } from "../event-outbox.ts";
import { createMatchingEngine } from "../matching-engine.ts";
import { type EventFields, readEvent } from "../testing/event-fields.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { openGenesis } from "./genesis.ts";
import { addToQuarantine } from "./quarantine.ts";
import { type Recovery, recoverEngine } from "./recovery.ts";
import { writeSnapshot } from "./snapshot-file.ts";
import {
  FLOW_ENGINE,
  RecordBuffer,
  type WrittenRecord,
  journaledCommands,
  liveEngine,
  quietEngine,
  writeJournal,
} from "./testing/journal-rig.ts";

const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);
const COMMANDS = 600;
const DIRECTORY = new EngineDirectory("/data", 0);
const SEGMENT_BYTES = 8192;

/** Everything is full, and used again and again. */
const TIGHT: EngineConfig = { ...FLOW_ENGINE, maxOpenOrders: 10, maxEndedOrders: 5, maxSessions: 2 };

interface Past {
  readonly disk: MemoryDisk;
  readonly records: readonly WrittenRecord[];
  readonly genesis: number;
}

interface PastOptions {
  readonly snapshotsAfter?: readonly number[];
  readonly config?: EngineConfig;
}

/** A data directory in which these commands were applied. */
function pastOf(
  commands: readonly CommandFields[],
  { snapshotsAfter = [], config = FLOW_ENGINE }: PastOptions = {},
): Past {
  const disk = new MemoryDisk();
  DIRECTORY.prepare(disk);
  const { id: genesis } = openGenesis(disk, DIRECTORY, config);
  const dice = new Dice(SEED);
  const plan = { disk, directory: DIRECTORY, commands, genesis, segmentBytes: SEGMENT_BYTES };
  const records = writeJournal({ ...plan, groupSize: () => dice.between(1, 6) });
  for (const sequence of snapshotsAfter) {
    const crc = (records[sequence - 1] as WrittenRecord).crc;
    const { time } = commands[sequence - 1] as CommandFields;
    const live = liveEngine(commands.slice(0, sequence), config);
    writeSnapshot(disk, DIRECTORY, genesis, { sequence, time, epoch: 1, crc }, live);
  }
  return { disk, records, genesis };
}

function recover(disk: Disk, config: EngineConfig = FLOW_ENGINE): Recovery & { hash: string } {
  const { engine, outbox } = quietEngine(config);
  const parts = { disk, dataDirectory: "/data", config, engine, outbox };
  const recovery = recoverEngine({ ...parts, tellFrom: Infinity, onCommand: () => {} });
  return { ...recovery, hash: engine.stateHash() };
}

function refusalOf(disk: Disk, config?: EngineConfig): string {
  try {
    recover(disk, config);
  } catch (error) {
    if (error instanceof OperatingError) return error.message;
    throw error;
  }
  return "nothing is refused";
}

function damage(disk: MemoryDisk, path: string, byte: number): void {
  const bytes = disk.bytesOf(path);
  bytes[byte] = (bytes[byte] as number) ^ 16;
}

function damageSnapshots(disk: MemoryDisk, ...sequences: readonly number[]): void {
  for (const sequence of sequences) damage(disk, DIRECTORY.snapshot(sequence), 1000);
}

afterEach(() => takeAway());

describe.each([
  ["with room", FLOW_ENGINE],
  ["where everything runs out", TIGHT],
])("an engine %s", (_, config) => {
  test("comes back with the state that it had, from any snapshots or from none", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: COMMANDS }), { maxLength: 3 }),
        (seed, snapshotsAfter) => {
          const commands = journaledCommands(seed, COMMANDS);
          const { disk, records } = pastOf(commands, { snapshotsAfter, config });
          const recovered = recover(disk, config);
          expect(recovered.hash).toBe(liveEngine(commands, config).stateHash());
          expect(recovered.end.sequence).toBe(COMMANDS);
          expect(recovered.end.crc).toBe(records.at(-1)?.crc);
          expect(recovered.snapshotSequence).toBe(Math.max(0, ...snapshotsAfter));
          expect(recovered.replayedCommands).toBe(COMMANDS - recovered.snapshotSequence);
        },
      ),
      { seed: SEED, numRuns: 12, endOnFailure: true },
    );
  });
});

test("the measurements that a command came with do not show in the state", () => {
  const commands = journaledCommands(SEED, COMMANDS).map((command) =>
    Object.assign(command, { flags: command.flags | CommandFlag.Stamped }),
  );
  const { disk } = pastOf(commands);
  expect(recover(disk).hash).toBe(liveEngine(commands).stateHash());
});

describe("an engine that has come back", () => {
  const commands = journaledCommands(SEED, COMMANDS);

  test("comes back once more, twice in a row, with the same state", () => {
    const { disk } = pastOf(commands, { snapshotsAfter: [200] });
    const first = recover(disk);
    expect(recover(disk)).toEqual({ ...first, elapsedMs: expect.any(Number) });
    expect(recover(disk)).toEqual({ ...first, elapsedMs: expect.any(Number) });
  });

  test("goes on in the journal where it ended, under the next epoch", () => {
    const { disk, genesis } = pastOf(commands.slice(0, 400));
    const { end } = recover(disk);
    expect(end).toMatchObject({ sequence: 400, epoch: 1, time: commands[399]?.time });
    const plan = { disk, directory: DIRECTORY, genesis, segmentBytes: SEGMENT_BYTES };
    writeJournal({ ...plan, commands: commands.slice(400), end, epoch: 2 });
    const again = recover(disk);
    expect(again.hash).toBe(liveEngine(commands).stateHash());
    expect(again.end).toMatchObject({ sequence: COMMANDS, epoch: 2 });
  });

  test("in an empty directory has no past", () => {
    const disk = new MemoryDisk();
    const recovered = recover(disk);
    expect(recovered.end).toEqual({ sequence: 0, crc: 0, time: 0, epoch: 0, segment: 0, offset: 0 });
    expect(recovered.hash).toBe(liveEngine([]).stateHash());
    expect(recover(disk).hash).toBe(recovered.hash);
  });
});

describe("a replacement while the gateways wait", () => {
  const commands = journaledCommands(SEED, 300);

  /** Sequence numbers of the commands whose events a gateway gets. */
  function toldFrom(tellFrom: number, snapshotsAfter: readonly number[]): number[] {
    const { disk } = pastOf(commands, { snapshotsAfter });
    const rings = [createRing(4096), createRing(4096)];
    const outbox = new EventOutbox(rings, () => {});
    const engine = createMatchingEngine(FLOW_ENGINE, outbox);
    recoverEngine({ disk, dataDirectory: "/data", config: FLOW_ENGINE, engine, outbox, tellFrom, onCommand: () => {} });
    return eventsIn(rings).map(({ sequence }) => sequence);
  }

  test.each([0, 100])(
    "with a snapshot of command %i tells them again from the command that they ask for",
    (snapshot) => {
      const snapshotsAfter = snapshot === 0 ? [] : [snapshot];
      const all = toldFrom(1, []);
      expect(all.length).toBeGreaterThan(100);
      for (const tellFrom of [snapshot + 1, snapshot + 2, 200, 300, 301]) {
        expect(toldFrom(tellFrom, snapshotsAfter)).toEqual(all.filter((sequence) => sequence >= tellFrom));
      }
    },
  );

  test("leaves alone what the threads that live on are making", () => {
    const { disk } = pastOf(commands);
    const half = [`${DIRECTORY.journal}/9.spare.new`, `${DIRECTORY.snapshot(200)}.new`];
    for (const path of half) disk.setBytes(path, new Uint8Array(9));
    const { engine, outbox } = quietEngine();
    const parts = { disk, dataDirectory: "/data", config: FLOW_ENGINE, engine, outbox, onCommand: () => {} };
    recoverEngine({ ...parts, tellFrom: 300 });
    expect(half.every((path) => disk.exists(path))).toBe(true);
    recover(disk);
    expect(half.some((path) => disk.exists(path))).toBe(false);
  });
});

function eventsIn(rings: readonly SharedArrayBuffer[]): EventFields[] {
  return rings.flatMap((ring) => {
    const consumer = new RingConsumer(ring);
    const events: EventFields[] = [];
    for (let base = consumer.poll(); base !== EMPTY; base = consumer.poll()) {
      events.push(readEvent(consumer.i32, consumer.f64, base));
    }
    return events;
  });
}

describe("when snapshots are damaged", () => {
  const commands = journaledCommands(SEED, COMMANDS);
  const hash = liveEngine(commands).stateHash();

  test.each([
    [[300], 200],
    [[200, 300], 100],
    [[100, 200, 300], 0],
  ])("%j, the newest good one is taken", (damaged, taken) => {
    const { disk } = pastOf(commands, { snapshotsAfter: [100, 200, 300] });
    damageSnapshots(disk, ...damaged);
    const recovered = recover(disk);
    expect(recovered.hash).toBe(hash);
    expect(recovered.snapshotSequence).toBe(taken);
    const problem = "the checksum of its contents is wrong";
    expect(recovered.badSnapshots).toEqual(
      damaged.toReversed().map((sequence) => ({ path: DIRECTORY.snapshot(sequence), problem })),
    );
  });

  test("all of them, and the journal does not reach back, it says so", () => {
    const { disk } = pastOf(commands, { snapshotsAfter: [100, 200, 300] });
    disk.remove(DIRECTORY.segment(1));
    expect(recover(disk).hash).toBe(hash);
    damageSnapshots(disk, 100, 200, 300);
    const [first] = DIRECTORY.segments(disk) as [number];
    expect(refusalOf(disk)).toBe(
      `${DIRECTORY.segment(first)} is damaged at byte 0: the journal begins with command ${first}, but command 1 is needed; ` +
        '"fairlead journal check" says more, "fairlead journal repair" cuts there',
    );
  });

  test("the newest, and the journal ends before its command, what is between is missed", () => {
    const { disk } = pastOf(commands.slice(0, 250), { snapshotsAfter: [100] });
    disk.setBytes(DIRECTORY.snapshot(300), disk.bytesOf(DIRECTORY.snapshot(100)).slice());
    expect(refusalOf(disk)).toContain("the journal ends with command 250, but there is a snapshot of command 300");
  });

  test("one that the disk cannot read is like a damaged one", () => {
    const sim = simulated(pastOf(commands, { snapshotsAfter: [100, 300] }).disk);
    sim.failNext("read", "EIO", { pathPart: "300.snapshot", nth: 2 });
    expect(recover(sim)).toMatchObject({ hash, snapshotSequence: 100 });
  });
});

/** The same files on a disk that can fail. */
function simulated(disk: MemoryDisk): SimDisk {
  const sim = new SimDisk();
  DIRECTORY.prepare(sim);
  const paths = [
    DIRECTORY.genesis,
    ...DIRECTORY.segments(disk).map((first) => DIRECTORY.segment(first)),
    ...DIRECTORY.snapshotSequences(disk).map((sequence) => DIRECTORY.snapshot(sequence)),
  ];
  for (const path of paths) {
    const file = sim.open(path, "create");
    file.write(disk.bytesOf(path), 0);
    file.sync();
    file.close();
  }
  for (const directory of [DIRECTORY.root, DIRECTORY.journal, DIRECTORY.snapshots]) sim.syncDirectory(directory);
  return sim;
}

describe("a directory that cannot be started from says what is wrong", () => {
  const commands = journaledCommands(SEED, 300);
  const past = pastOf(commands);
  const segments = DIRECTORY.segments(past.disk);
  const [first, second] = segments.map((sequence) => DIRECTORY.segment(sequence)) as [string, string];

  test.each<[name: string, change: (disk: MemoryDisk) => void, line: string]>([
    [
      "genesis missing",
      (disk) => disk.remove(DIRECTORY.genesis),
      "/data/engine-0/genesis.json is missing, and the journal beside it cannot be read without it",
    ],
    [
      "genesis of another engine",
      (disk) => replaceText(disk, DIRECTORY.genesis, '"I1"', '"J1"'),
      "/data/engine-0 was made with other terms of instrument 1",
    ],
    [
      "segment of another engine",
      (disk) => reheaded(disk, first, (i32) => i32.fill(5, 3, 4)),
      "it belongs to engine 5, not 0",
    ],
    [
      "segment of a later version",
      (disk) => reheaded(disk, first, (i32) => i32.fill(2, 2, 3)),
      "0000000000000001.journal has format 2; this build reads format 1: run the version that wrote it",
    ],
    [
      "segment under another genesis",
      (disk) => reheaded(disk, first, (i32) => i32.fill(5, 10, 11)),
      "it was written under another genesis.json",
    ],
    [
      "segment with the name of another",
      (disk) => disk.setBytes(second, disk.bytesOf(first).slice()),
      `it begins with command 1, not with that of its name`,
    ],
    [
      "segment behind another one than it was written behind",
      (disk) => reheaded(disk, second, (i32) => i32.fill(5, 9, 10)),
      `${second} is damaged at byte 0: it does not follow command ${(segments[1] as number) - 1}`,
    ],
    [
      "no segment in the middle",
      (disk) => disk.remove(second),
      `command ${segments[1]} cannot be read, and the next segment begins with ${segments[2]}`,
    ],
    [
      "quarantine that is none",
      (disk) => disk.setBytes(DIRECTORY.quarantine, Buffer.from("{}")),
      "/data/engine-0/quarantine.json is not a list of commands: it is damaged; restore it from a copy, or remove it to apply every command again",
    ],
  ])("%s", (_, change, line) => {
    const disk = past.disk.copy();
    change(disk);
    expect(refusalOf(disk)).toContain(line);
  });

  test("as does one of which little more than a snapshot is left", () => {
    const { disk } = pastOf(commands, { snapshotsAfter: [150] });
    for (const sequence of segments.slice(1)) disk.remove(DIRECTORY.segment(sequence));
    expect(refusalOf(disk)).toContain(
      `the journal ends with command ${(segments[1] as number) - 1}, but command 150 was durable`,
    );
    disk.remove(first);
    disk.remove(DIRECTORY.genesis);
    expect(refusalOf(disk)).toContain("genesis.json is missing");
  });

  test("as do a segment that the disk cannot read and a directory that may not be read", () => {
    const sim = simulated(past.disk);
    sim.failNext("read", "EIO", { pathPart: ".journal" });
    expect(refusalOf(sim)).toMatch(
      /^the engine cannot come back from \/data\/engine-0: \S+\.journal cannot be read: EIO/u,
    );
    sim.failNext("open", "EACCES", { pathPart: ".journal" });
    expect(refusalOf(sim)).toMatch(/^the engine cannot come back from \/data\/engine-0: EACCES/u);
  });

  test("a snapshot of another journal is one that the journal does not follow", () => {
    const { disk } = pastOf(commands, { snapshotsAfter: [150] });
    const other = pastOf(journaledCommands(SEED + 1, 300), { snapshotsAfter: [150] }).disk;
    disk.setBytes(DIRECTORY.snapshot(150), other.bytesOf(DIRECTORY.snapshot(150)).slice());
    expect(refusalOf(disk)).toContain("command 151 cannot be read");
    takeAway("chain");
    expect(refusalOf(disk)).toBe("nothing is refused");
  });
});

function replaceText(disk: MemoryDisk, path: string, from: string, to: string): void {
  const text = Buffer.from(disk.bytesOf(path)).toString("utf8");
  disk.setBytes(path, Buffer.from(text.replace(from, to)));
}

/** Changes the header of a segment as a program would that writes it so. */
function reheaded(disk: MemoryDisk, path: string, change: (i32: Int32Array) => void): void {
  const bytes = disk.bytesOf(path);
  const i32 = new Int32Array(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_WORDS);
  change(i32);
  i32[SEG_CRC] = 0;
  i32[SEG_CRC] = crc32c(i32, 0, SEGMENT_HEADER_WORDS);
}

describe("a command in quarantine", () => {
  const commands = journaledCommands(SEED, 200);
  /** A new order that the engine took. */
  const refused = commands.findLast(({ kind, connection }) => kind === CommandKind.NewOrder && connection === 0);
  const sequence = refused?.sequence as number;

  test("is refused, and all others are applied", () => {
    const { disk } = pastOf(commands);
    addToQuarantine(disk, DIRECTORY, sequence);
    addToQuarantine(disk, DIRECTORY, 99_999);
    addToQuarantine(disk, DIRECTORY, sequence);
    const rings = [createRing(4096), createRing(4096)];
    const outbox = new EventOutbox(rings, () => {});
    const engine = createMatchingEngine(FLOW_ENGINE, outbox);
    const parts = { disk, dataDirectory: "/data", config: FLOW_ENGINE, engine, outbox, onCommand: () => {} };
    expect(recoverEngine({ ...parts, tellFrom: 1 })).toMatchObject({ replayedCommands: 200, quarantinedCommands: 2 });
    const [answer, ...others] = eventsIn(rings).filter((event) => event.sequence === sequence);
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ kind: EventKind.ExecutionReport, clientOrderId: refused?.clientOrderId });
    expect(answer?.reason).toBe(RejectReason.Quarantined);
    expect(engine.sequence).toBe(200);
    expect(engine.stateHash()).not.toBe(liveEngine(commands).stateHash());
    expect(recover(disk).hash).toBe(engine.stateHash());
  });
});

describe("a client order id that was used before", () => {
  const commands = journaledCommands(SEED, 200);

  /** What an engine that has come back answers to an order that it took before. */
  function answerToRepeated(): string[] {
    const { disk } = pastOf(commands, { snapshotsAfter: [100] });
    const rings = [createRing(256), createRing(256)];
    const outbox = new EventOutbox(rings, () => {});
    const engine = createMatchingEngine(FLOW_ENGINE, outbox);
    const parts = { disk, dataDirectory: "/data", config: FLOW_ENGINE, engine, outbox, onCommand: () => {} };
    recoverEngine({ ...parts, tellFrom: Infinity });
    const record = new RecordBuffer();
    const known = engine.state.registry.endedAt(0);
    const { pool } = engine.state;
    const again = commandOf({
      kind: CommandKind.NewOrder,
      session: pool.i32[known + ORD_SESSION] as number,
      gateway: (pool.i32[known + ORD_SESSION] as number) & 1,
      clientOrderId: pool.f64[(known >> 1) + ORD_CLIENT_ORDER_ID] as number,
      instrumentId: 1,
      side: Side.Buy,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel,
      price: 1,
      orderQty: 1,
      sequence: 201,
      time: engine.time,
    });
    engine.apply(record.put(again).i32, record.f64, 0);
    outbox.publish();
    const reports = eventsIn(rings).filter(({ kind }) => kind === EventKind.ExecutionReport);
    return reports.map(({ execType, reason }) => `${execType}/${reason}`);
  }

  test("is known to an engine that has come back, and without the guard duplicateMemory it is not", () => {
    const refused = answerToRepeated();
    expect(refused).toEqual([`${ExecType.Rejected}/${RejectReason.DuplicateClientOrderId}`]);
    takeAway("duplicateMemory");
    expect(answerToRepeated()).not.toEqual(refused);
  });
});
