/** The command as an operator runs it, on directories that were damaged in the ways that disks damage them. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockDirectory } from "../engine/journal/directory-lock.ts";
import { EngineDirectory } from "../engine/journal/engine-directory.ts";
import { recoverEngine } from "../engine/journal/recovery.ts";
import { addToQuarantine, readQuarantine } from "../engine/journal/quarantine.ts";
import { fileDisk } from "../engine/storage/file-disk.ts";
import { EngineRig } from "../engine/testing/engine-rig.ts";
import {
  MADE_CONFIG,
  type MadeDirectory,
  addEngine,
  flipByte,
  madeCommands,
  makeDirectory,
  patch,
} from "./testing/made-directory.ts";

const EXECUTABLE = fileURLToPath(new URL("fairlead.js", import.meta.url));
const COMMANDS = 600;
const HEADER_BYTES = 64;

let made: MadeDirectory;
const folder = mkdtempSync(join(tmpdir(), "fairlead-journal-"));
let copies = 0;

beforeAll(() => {
  const commands = madeCommands(COMMANDS);
  made = makeDirectory({ commands, segmentBytes: 16_384, snapshotsAt: [200, 400] });
});

afterAll(() => {
  rmSync(made.dataDirectory, { recursive: true });
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function journal(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXECUTABLE, "journal", ...args], {
    encoding: "utf8",
    timeout: 30_000,
    maxBuffer: 2 ** 26,
  });
  return { status, stdout, stderr };
}

interface Copy {
  readonly path: string;
  readonly directory: EngineDirectory;
  /** First sequence numbers of the segments. */
  readonly segments: readonly number[];
}

/** A directory of the test's own. */
function copy(): Copy {
  const path = join(folder, String(copies++));
  cpSync(made.dataDirectory, path, { recursive: true });
  const directory = new EngineDirectory(path, 0);
  return { path, directory, segments: directory.segments(fileDisk) };
}

/** Without snapshots every command of the journal is needed. */
function copyWithoutSnapshots(): Copy {
  const { path, directory } = copy();
  rmSync(directory.snapshots, { recursive: true });
  return { path, directory, segments: directory.segments(fileDisk) };
}

/** What a venue that starts there has in its engine; an error where it does not start. */
function recovered({ path }: Copy): { sequence: number; hash: string } {
  const { engine, outbox } = new EngineRig(MADE_CONFIG);
  const parts = { disk: fileDisk, dataDirectory: path, config: MADE_CONFIG, tellFrom: Infinity, onCommand: () => {} };
  const { end } = recoverEngine({ ...parts, engine, outbox });
  return { sequence: end.sequence, hash: engine.stateHash() };
}

function stateAfter(sequence: number): { sequence: number; hash: string } {
  return { sequence, hash: made.hashes[sequence] ?? "" };
}

/** Byte of the middle of a segment's record number n. */
function middleOf({ directory }: Copy, segment: number, n: number): number {
  const words = new Int32Array(readFileSync(directory.segment(segment)).buffer.slice(0));
  let at = HEADER_BYTES / 4;
  for (let record = 0; record < n; record++) at += (words[at] as number) / 4;
  return at * 4 + 48;
}

function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted();
}

describe("usage", () => {
  test.each([
    [[], "expected check, dump or repair, found nothing"],
    [["chekc", "d"], 'expected check, dump or repair, found "chekc"; did you mean check?'],
    [["check"], "journal check: expected the data directory of a venue"],
    [["check", "a", "b"], 'unexpected argument "b"'],
    [["check", "a", "--yes"], "--yes: belongs to journal repair, not to journal check"],
    [["repair", "a", "--from", "3"], "--from: belongs to journal dump, not to journal repair"],
    [["dump", "a", "--deep"], "--deep: belongs to journal check, not to journal dump"],
    [["dump", "a", "--engine", "0", "--from", "9", "--to", "8"], "--to: expected at least 9 as in --from, found 8"],
    [["dump", "a", "--from", "0"], '--from: expected an integer of at least 1, found "0"'],
  ])("%j is a mistake", (args, message) => {
    const { status, stderr } = journal(...args);
    expect(stderr).toBe(`error: ${message}\nsee fairlead journal --help\n`);
    expect(status).toBe(2);
  });

  test("what is no data directory is named", () => {
    const nowhere = join(folder, "nowhere");
    expect(journal("check", nowhere).stderr).toBe(
      `error: ${nowhere} does not exist; name the data directory of a venue\n`,
    );
    expect(journal("check", folder).stderr).toContain("there is no engine-0 in it");
    expect(journal("check", EXECUTABLE).stderr).toContain("is not a directory");
    expect(journal("dump", made.dataDirectory, "--engine", "3").stderr).toBe(
      `error: ${made.dataDirectory} has no engine 3: it has 0; name one of them\n`,
    );
  });

  test("without genesis.json nothing can be said", () => {
    const { path, directory } = copy();
    rmSync(directory.genesis);
    const { status, stderr } = journal("check", path);
    expect(stderr).toContain("genesis.json is missing");
    expect(status).toBe(1);
  });
});

describe("check", () => {
  test("tells every file of a sound directory, and writes nothing", () => {
    const { path, directory, segments } = copy();
    const before = filesIn(path);
    const { status, stdout, stderr } = journal("check", path, "--deep");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const first of segments) expect(stdout).toContain(directory.segment(first).slice(path.length + 1));
    expect(stdout).toContain("after command 200, epoch 1");
    expect(stdout).toContain(`state ${made.hashes[400]}`);
    expect(stdout).toContain("the journal ends with command 600 of");
    expect(filesIn(path)).toEqual(before);
  });

  test("speaks to machines", () => {
    const { engines } = JSON.parse(journal("check", made.dataDirectory, "--json").stdout) as {
      engines: {
        sound: boolean;
        startsFrom: number;
        segments: { records: number }[];
        start: { end: { sequence: number } };
      }[];
    };
    expect(engines).toMatchObject([{ sound: true, startsFrom: 400, start: { end: { sequence: COMMANDS } } }]);
    const records = engines[0]?.segments.map((segment) => segment.records) ?? [];
    expect(records.reduce((sum, count) => sum + count, 0)).toBe(COMMANDS);
  });

  test("knows every engine, or the one that was named", () => {
    const { path } = copy();
    addEngine(path, { commands: madeCommands(10), config: { ...MADE_CONFIG, engineIndex: 1 } });
    expect(journal("check", path).stdout).toMatch(/^engine 0\n[^]*\nengine 1\n/u);
    expect(journal("check", path, "--engine", "1").stdout).toMatch(/^engine 1\n/u);
    expect(journal("dump", path).stderr).toContain("--engine: journal dump prints one engine, and there are 0, 1");
  });

  test("takes a torn tail for what it is", () => {
    const torn = copy();
    const last = torn.segments.at(-1) as number;
    const count = COMMANDS - last + 1;
    // The last group was being written: its first record is not whole.
    flipByte(torn.directory.segment(last), middleOf(torn, last, count - 1));
    const { status, stdout } = journal("check", torn.path);
    expect(stdout).toMatch(/ends with command 599 of .*, with a torn tail: \d+ bytes at byte /u);
    expect(status).toBe(0);
  });

  test("finds a flipped byte in the middle of what a start needs, and what is behind it", () => {
    const damaged = copy();
    const last = damaged.segments.at(-1) as number;
    flipByte(damaged.directory.segment(last), middleOf(damaged, last, 3));
    const { status, stdout } = journal("check", damaged.path);
    expect(stdout).toContain(`DAMAGED: ${damaged.directory.segment(last).slice(damaged.path.length + 1)}, byte `);
    expect(stdout).toContain(`commands ${last + 3}…600 lie behind it: ${last + 4}…600 of them can still be read`);
    expect(stdout).toContain(`fairlead journal repair ${damaged.path} cuts there`);
    expect(status).toBe(1);
  });

  test("says so when a snapshot covers the damage", () => {
    const damaged = copy();
    flipByte(damaged.directory.segment(1), middleOf(damaged, 1, 5));
    const { status, stdout } = journal("check", damaged.path);
    expect(stdout).toContain("a venue starts all the same, from the snapshot of command 400");
    expect(status).toBe(1);
    expect(recovered(damaged)).toEqual(stateAfter(COMMANDS));
  });

  test("misses a segment", () => {
    const damaged = copyWithoutSnapshots();
    const [first, second, third] = damaged.segments as [number, number, number];
    rmSync(damaged.directory.segment(second));
    const { status, stdout } = journal("check", damaged.path);
    expect(stdout).toContain(damaged.directory.segment(first).slice(damaged.path.length + 1));
    expect(stdout).toContain(`command ${second} cannot be read, and the next segment begins with ${third}`);
    expect(status).toBe(1);
  });

  test("finds a damaged snapshot", () => {
    const damaged = copy();
    flipByte(damaged.directory.snapshot(400), 5000);
    const { status, stdout } = journal("check", damaged.path);
    expect(stdout).toContain("DAMAGED: the checksum of its contents is wrong");
    expect(stdout).toContain("the journal ends with command 600");
    expect(status).toBe(1);
  });

  test("finds a snapshot of another journal", () => {
    const mixed = copy();
    const other = makeDirectory({ commands: madeCommands(400, { seed: 2 }), snapshotsAt: [400] });
    renameSync(other.directory.snapshot(400), mixed.directory.snapshot(400));
    rmSync(other.dataDirectory, { recursive: true });
    const { status, stdout } = journal("check", mixed.path);
    expect(stdout).toContain("DAMAGED: it was made after another command 400 than the one in the journal");
    expect(status).toBe(1);
  });
});

function dumped(...args: readonly string[]): { sequence?: number; skipped?: object; missing?: object }[] {
  const { stdout } = journal("dump", "--json", ...args);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { sequence?: number });
}

describe("dump", () => {
  test("prints every command", () => {
    expect(dumped(made.dataDirectory).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: COMMANDS }, (_, n) => n + 1),
    );
  });

  test("prints what a command says", () => {
    const { status, stdout } = journal("dump", made.dataDirectory, "--from", "1", "--to", "4");
    expect(stdout).toMatch(
      /^1 {2}2023-11-14T22:13:20\.\d{6}Z {2}epoch 1 {2}openSession {2}gateway 0 {2}name=a\n2 {2}/u,
    );
    expect(stdout).toContain("instrumentTerm  gateway 0  instrument=3 term=allocation value=2\n");
    expect(status).toBe(0);
  });

  test("prints a part, also one that is not there any more", () => {
    expect(dumped(made.dataDirectory, "--from", "300", "--to", "302").map(({ sequence }) => sequence)).toEqual([
      300, 301, 302,
    ]);
    expect(dumped(made.dataDirectory, "--from", "10k")).toEqual([]);
  });

  test("stops at damage, or goes on behind it", () => {
    const damaged = copy();
    flipByte(damaged.directory.segment(1), middleOf(damaged, 1, 5));
    const { status, stdout, stderr } = journal("dump", damaged.path);
    expect(stdout.trimEnd().split("\n")).toHaveLength(5);
    expect(stderr).toMatch(/is damaged at byte \d+: command 6 cannot be read/u);
    expect(status).toBe(1);
    const lines = dumped(damaged.path, "--past-damage");
    expect(lines).toHaveLength(COMMANDS - 1 + 2);
    expect(lines[5]).toMatchObject({ skipped: { path: damaged.directory.segment(1) } });
    expect(lines[6]).toEqual({ missing: { from: 6, to: 6 } });
    expect(lines[7]).toMatchObject({ sequence: 7 });
    expect(journal("dump", damaged.path, "--past-damage")).toMatchObject({ status: 0 });
  });

  test("ends when nobody reads on", () => {
    const { stdout, status } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${EXECUTABLE}" journal dump "${made.dataDirectory}" | head -1`],
      {
        encoding: "utf8",
        timeout: 30_000,
      },
    );
    expect(stdout).toMatch(/^1 {2}.*\n$/u);
    expect(status).toBe(0);
  });
});

describe("repair", () => {
  test("leaves alone what is sound", () => {
    const { path } = copy();
    expect(journal("repair", path, "--yes")).toMatchObject({ status: 0, stdout: "engine 0: nothing to repair\n" });
  });

  test("refuses while a venue runs", () => {
    const { path } = copy();
    const lock = lockDirectory(path);
    const { status, stderr } = journal("repair", path, "--yes");
    lock.release();
    expect(stderr).toBe(
      `error: ${path} is in use by another venue (process ${process.pid}); stop it, or name another data directory\n`,
    );
    expect(status).toBe(1);
  });

  test("says what it would do, and does not do it", () => {
    const damaged = copyWithoutSnapshots();
    const [first, second] = damaged.segments as [number, number];
    flipByte(damaged.directory.segment(first), middleOf(damaged, first, 9));
    const { status, stdout } = journal("repair", damaged.path);
    expect(stdout).toContain("nothing was changed");
    expect(stdout).toContain(damaged.directory.segment(second).slice(damaged.path.length + 1));
    expect(stdout).toContain("commands 10…600 would be gone");
    expect(status).toBe(0);
    expect(() => recovered(damaged)).toThrow("is damaged at byte");
  });

  test("cuts a segment in the middle, and moves what is behind it", () => {
    const damaged = copyWithoutSnapshots();
    const [, second] = damaged.segments as [number, number];
    const size = statSync(damaged.directory.segment(second)).size;
    flipByte(damaged.directory.segment(second), middleOf(damaged, second, 9));
    const { status, stdout } = journal("repair", damaged.path, "--yes");
    expect(stdout).toContain(`commands ${second + 9}…600 are gone`);
    expect(stdout).toContain(`the journal ends with command ${second + 8} of`);
    expect(status).toBe(0);
    expect(statSync(damaged.directory.segment(second)).size).toBe(size);
    expect(recovered(damaged)).toEqual(stateAfter(second + 8));
    const moved = readdirSync(damaged.directory.root).filter((name) => name.startsWith("damaged-"));
    expect(moved).toHaveLength(1);
    expect(readdirSync(join(damaged.directory.root, moved[0] ?? ""))).toHaveLength(damaged.segments.length - 1);
    expect(journal("check", damaged.path)).toMatchObject({ status: 0 });
  });

  test("cuts where a segment is missing", () => {
    const damaged = copyWithoutSnapshots();
    const [, second] = damaged.segments as [number, number];
    rmSync(damaged.directory.segment(second));
    expect(journal("repair", damaged.path, "--yes")).toMatchObject({ status: 0 });
    expect(recovered(damaged)).toEqual(stateAfter(second - 1));
  });

  test("moves a segment whose header is damaged", () => {
    const damaged = copyWithoutSnapshots();
    const [, second] = damaged.segments as [number, number];
    flipByte(damaged.directory.segment(second), 20);
    expect(journal("repair", damaged.path, "--yes")).toMatchObject({ status: 0 });
    expect(recovered(damaged)).toEqual(stateAfter(second - 1));
  });

  test("keeps the newest good snapshot when the journal is damaged before it", () => {
    const damaged = copy();
    const needed = damaged.segments.findLast((first) => first <= 401) as number;
    flipByte(damaged.directory.segment(needed), middleOf(damaged, needed, 2));
    expect(() => recovered(damaged)).toThrow("is damaged at byte");
    const { status, stdout } = journal("repair", damaged.path, "--yes");
    expect(stdout).toContain("commands 401…600 are gone");
    expect(status).toBe(0);
    expect(recovered(damaged)).toEqual(stateAfter(400));
    expect(journal("check", damaged.path)).toMatchObject({ status: 0 });
  });

  test("loses nothing when a start does not need what is damaged", () => {
    const damaged = copy();
    flipByte(damaged.directory.segment(1), middleOf(damaged, 1, 5));
    const { stdout } = journal("repair", damaged.path, "--yes");
    expect(stdout).toContain("no command is lost: the last one is 600, as before");
    expect(journal("check", damaged.path)).toMatchObject({ status: 0 });
    expect(recovered(damaged)).toEqual(stateAfter(COMMANDS));
  });

  test("moves a damaged snapshot, and one whose state is not what it says", () => {
    const damaged = copy();
    flipByte(damaged.directory.snapshot(400), 5000);
    expect(journal("repair", damaged.path, "--yes").stdout).toContain("snapshots/0000000000000400.snapshot");
    expect(existsSync(damaged.directory.snapshot(400))).toBe(false);
    expect(recovered(damaged)).toEqual(stateAfter(COMMANDS));
  });

  test("moves a snapshot of commands that are gone", () => {
    const damaged = copy();
    flipByte(damaged.directory.snapshot(400), 5000);
    const second = damaged.segments.findLast((first) => first <= 250) as number;
    flipByte(damaged.directory.segment(second), middleOf(damaged, second, 250 - second));
    expect(journal("repair", damaged.path, "--yes").stdout).toContain("commands 250…600 are gone");
    expect(recovered(damaged)).toEqual(stateAfter(249));
    expect(damaged.directory.snapshotSequences(fileDisk)).toEqual([200]);
  });

  test("forgets the quarantine of commands that are gone", () => {
    const damaged = copyWithoutSnapshots();
    for (const sequence of [5, 300]) addToQuarantine(fileDisk, damaged.directory, sequence);
    flipByte(damaged.directory.segment(1), middleOf(damaged, 1, 9));
    journal("repair", damaged.path, "--yes");
    expect(readQuarantine(fileDisk, damaged.directory)).toEqual([5]);
  });

  test("does not make an empty venue of one whose beginning is missing", () => {
    const damaged = copyWithoutSnapshots();
    rmSync(damaged.directory.segment(1));
    const { status, stderr } = journal("repair", damaged.path, "--yes");
    expect(stderr).toContain("nothing can be rebuilt from");
    expect(status).toBe(1);
  });

  test("speaks to machines", () => {
    const damaged = copyWithoutSnapshots();
    const last = damaged.segments.at(-1) as number;
    flipByte(damaged.directory.segment(last), middleOf(damaged, last, 0));
    const { engines } = JSON.parse(journal("repair", damaged.path, "--json").stdout) as { engines: object[] };
    expect(engines).toMatchObject([
      {
        engine: 0,
        repaired: false,
        moved: [],
        cut: { offset: HEADER_BYTES },
        lastKept: last - 1,
        gone: { from: last, to: 600 },
      },
    ]);
  });
});

test("a directory that cannot be read is told in one line", () => {
  const { path, directory } = copy();
  patch(directory.genesis, 0, (bytes) => bytes.fill(0), 20);
  writeFileSync(directory.quarantine, "nonsense");
  const { status, stderr } = journal("check", path);
  expect(stderr).toContain("it is damaged; restore it from a copy");
  expect(status).toBe(1);
});
