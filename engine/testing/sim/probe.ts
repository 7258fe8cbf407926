/** What would come back if the power failed now, or a bit had flipped: tried on a copy of the disk. */
import type { EngineConfig } from "../../engine-config.ts";
import { OperatingError } from "../../../protocol/operating-error.ts";
import { type Recovery, recoverEngine } from "../../journal/recovery.ts";
import type { Dice } from "../flow/dice.ts";
import type { History } from "./history.ts";
import type { Reference } from "./reference.ts";
import type { SimDisk } from "./sim-disk.ts";
import { DATA_DIRECTORY } from "./sim-venue.ts";
import { demand } from "./simulation-failure.ts";

export interface ProbeParts {
  readonly config: EngineConfig;
  readonly history: History;
  /** Up to there everything was promised to survive. */
  readonly promised: number;
  readonly reference: Reference;
}

/**
 *   same     everything that was promised is there, and nothing else
 *   refused  the start was refused
 *   cut      the end of the journal was cut off, and that was said
 */
export type ProbeOutcome = "same" | "refused" | "cut";

/** Everything that was promised must be there. */
export function probePowerCut(disk: SimDisk, dice: Dice, parts: ProbeParts): void {
  const copy = disk.copy();
  copy.cutPower(dice);
  judge(recover(copy, parts), parts);
}

/** It must be there too, or the venue must say that it is not. */
export function probeFlip(disk: SimDisk, dice: Dice, parts: ProbeParts): ProbeOutcome {
  const copy = disk.copy();
  copy.cutPower(dice);
  const files = copy.dump().filter(([, bytes]) => bytes.length > 0);
  if (files.length === 0) return "same";
  const [path, bytes] = dice.oneOf(files);
  copy.flip(path, dice.below(bytes.length * 8));
  try {
    const recovery = recover(copy, parts);
    if (recovery.end.sequence < parts.promised && recovery.torn?.path === path) return "cut";
    judge(recovery, parts);
    return "same";
  } catch (error) {
    if (error instanceof OperatingError) return "refused";
    throw error;
  }
}

function recover(disk: SimDisk, { config, reference }: ProbeParts): Recovery {
  const { engine, outbox } = reference;
  reference.reset();
  disk.capacityBytes = Infinity;
  return recoverEngine({
    disk,
    dataDirectory: DATA_DIRECTORY,
    config,
    engine,
    outbox,
    tellFrom: Infinity,
    onCommand() {},
  });
}

function judge({ end }: Recovery, { history, promised, reference }: ProbeParts): void {
  const { sequence } = end;
  demand(sequence >= promised, () => `command ${promised} was promised, and only ${sequence} would come back`);
  demand(sequence <= history.sequence, () => `command ${sequence} would come back, which never was`);
  const hash = reference.engine.stateHash();
  demand(hash === history.hashAfter(sequence), () => `another state would come back at command ${sequence}`);
}
