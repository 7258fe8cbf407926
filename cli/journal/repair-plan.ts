/**
 * What would have to be moved out of the way so that a venue starts again and loses as little as possible.
 *
 * The newest good snapshot is always kept: from it on the journal is needed, and cut at the first damage. Damage that lies before
 * it costs nothing but history. Nothing is deleted.
 */
import { readQuarantine } from "../../engine/journal/quarantine.ts";
import type { Disk } from "../../engine/storage/disk.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { SEGMENT_HEADER_BYTES } from "../../protocol/journal/journal-format.ts";
import type { Damage, JournalSurvey } from "./journal-survey.ts";
import { readSegmentWords } from "./sound-records.ts";
import { highestKnown } from "./survey-text.ts";

export interface Cut {
  readonly path: string;
  readonly offset: number;
  /** Up to the last one that is not zero. */
  readonly bytes: number;
}

export interface RepairPlan {
  /** Whole files. */
  readonly moved: readonly string[];
  readonly cut: Cut | undefined;
  /** Sequence number of the last command that a venue will know of afterwards. */
  readonly lastKept: number;
  /** Of the commands that it will not know of any more; equal to lastKept: there are none. */
  readonly lastGone: number;
  /** What stays of the quarantine, whose later numbers will be given to other commands; undefined: it stays as it is. */
  readonly quarantine: readonly number[] | undefined;
}

/** Undefined: there is nothing to do. @throws OperatingError when nothing could be started afterwards either. */
export function planRepair(disk: Disk, survey: JournalSurvey): RepairPlan | undefined {
  const { start, history, snapshots } = survey;
  const badSnapshots = snapshots.filter(({ problem }) => problem !== undefined).map(({ path }) => path);
  const plan = start.damage === undefined ? planForHistory(survey) : planForStart(disk, survey, start.damage);
  if (badSnapshots.length === 0 && history.damage === undefined && start.damage === undefined) return undefined;
  return { ...plan, moved: [...plan.moved, ...badSnapshots] };
}

/** The next start reads none of what is damaged: the segments before those that it reads go. */
function planForHistory({ segments, history, start, startPoint }: JournalSurvey): RepairPlan {
  const lastKept = Math.max(startPoint.sequence, start.end?.sequence ?? 0);
  const needed = segments.findLastIndex(({ first }) => first <= startPoint.sequence + 1);
  const unneeded = history.damage === undefined ? [] : segments.slice(0, Math.max(0, needed));
  return {
    moved: unneeded.map(({ path }) => path),
    cut: undefined,
    lastKept,
    lastGone: lastKept,
    quarantine: undefined,
  };
}

function planForStart(disk: Disk, survey: JournalSurvey, damage: Damage): RepairPlan {
  const { segments, startPoint, directory } = survey;
  const begin = segments[0]?.first ?? 1;
  if (startPoint.sequence === 0 && begin > 1) {
    throw new OperatingError(
      `nothing can be rebuilt from ${directory.root}: the journal begins with command ${begin}, and no good snapshot reaches that far; restore earlier segments (${directory.archive}?) or a snapshot from a copy`,
    );
  }
  // A journal that ends before the snapshot would contradict it: then the snapshot alone is what is left.
  const isBehind = damage.lastSequence >= startPoint.sequence && begin <= startPoint.sequence + 1;
  const lastKept = isBehind ? damage.lastSequence : startPoint.sequence;
  const quarantine = readQuarantine(disk, directory);
  const kept = quarantine.filter((sequence) => sequence <= lastKept);
  return {
    ...(isBehind ? cutAt(disk, survey, damage) : { moved: segments.map(({ path }) => path), cut: undefined }),
    lastKept,
    lastGone: Math.max(lastKept, highestKnown(survey)),
    quarantine: kept.length === quarantine.length ? undefined : kept,
  };
}

/** The bytes from there on, and all later segments. */
function cutAt(disk: Disk, { segments }: JournalSurvey, { path, offset }: Damage): Pick<RepairPlan, "moved" | "cut"> {
  const at = segments.findIndex((segment) => segment.path === path);
  const isWhole = offset < SEGMENT_HEADER_BYTES;
  const moved = segments.slice(isWhole ? at : at + 1).map((segment) => segment.path);
  if (isWhole) return { moved, cut: undefined };
  const { i32 } = readSegmentWords(disk, path);
  let end = i32.length;
  while (end > offset / 4 && i32[end - 1] === 0) end--;
  const bytes = end * 4 - offset;
  return { moved, cut: bytes === 0 ? undefined : { path, offset, bytes } };
}
