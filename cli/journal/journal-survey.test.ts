import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { readGenesis } from "../../engine/journal/genesis.ts";
import type { Disk } from "../../engine/storage/disk.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { assert } from "../../protocol/assert.ts";
import { madeCommands, makeDirectory } from "../testing/made-directory.ts";
import { surveyJournal } from "./journal-survey.ts";
import { planRepair } from "./repair-plan.ts";

/** One file of it cannot be read. */
function brokenDisk(brokenPath: string): Disk {
  return {
    ...fileDisk,
    open: (path, mode) => {
      const file = fileDisk.open(path, mode);
      if (path !== brokenPath) return file;
      const { size } = file;
      return { size, read: fail, write: fail, sync: fail, close: () => file.close() };
    },
  };
}

function fail(): never {
  throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
}

test("a segment that the disk cannot read is damage, and is moved whole", () => {
  const { dataDirectory, directory } = makeDirectory({ commands: madeCommands(600), segmentBytes: 16_384 });
  const [, second = 0, ...others] = directory.segments(fileDisk);
  const path = directory.segment(second);
  const disk = brokenDisk(path);
  const genesis = readGenesis(fileDisk, directory);
  assert(genesis !== undefined, "a directory that was made has a genesis");
  const survey = surveyJournal({ disk, directory, genesis });
  const plan = planRepair(disk, survey);
  rmSync(dataDirectory, { recursive: true });
  expect(survey.start.damage).toMatchObject({ path, offset: 0, lastSequence: second - 1 });
  expect(survey.start.damage?.behind.highest).toBe(600);
  expect(plan).toMatchObject({ cut: undefined, lastKept: second - 1, lastGone: 600 });
  expect(plan?.moved).toEqual([second, ...others].map((first) => directory.segment(first)));
});
