/** A repair, planned or done, for people and for machines. */
import { shortPath } from "./data-directory.ts";
import type { RepairPlan } from "./repair-plan.ts";
import { count, range } from "./survey-text.ts";

export function planText(engine: number, plan: RepairPlan, dataDirectory: string): string {
  return linesOf([
    `engine ${engine}: nothing was changed; with --yes this would be moved to ${dataDirectory}/engine-${engine}/damaged-TIME/:`,
    ...movesOf(plan, dataDirectory),
    ...lossOf(plan, "would be gone", "would be"),
  ]);
}

export function doneText(engine: number, plan: RepairPlan, dataDirectory: string, target: string): string {
  return linesOf([
    `engine ${engine}: moved to ${target}:`,
    ...movesOf(plan, dataDirectory),
    ...lossOf(plan, "are gone", "is"),
  ]);
}

function movesOf({ moved, cut, quarantine }: RepairPlan, dataDirectory: string): string[] {
  const lines = moved.map((path) => `  ${shortPath(dataDirectory, path)}`);
  if (cut !== undefined) {
    const { path, offset, bytes } = cut;
    lines.push(`  ${count(bytes)} bytes of ${shortPath(dataDirectory, path)}, from byte ${count(offset)} on`);
  }
  if (quarantine !== undefined) lines.push("  a copy of quarantine.json, which loses the commands that are gone");
  return lines;
}

function lossOf({ lastKept, lastGone }: RepairPlan, gone: string, be: string): string[] {
  if (lastGone === lastKept) return [`no command is lost: the last one ${be} ${count(lastKept)}, as before`];
  const commands = `commands ${range(lastKept + 1, lastGone)} ${gone}`;
  return [`${commands}, though clients may have been told of them; the last one ${be} ${count(lastKept)}`];
}

/** @param target Where it was moved to; undefined: it was not. */
export function repairJson(
  engine: number,
  plan: RepairPlan,
  dataDirectory: string,
  target: string | undefined,
): unknown {
  const { moved, cut, lastKept, lastGone } = plan;
  return {
    engine,
    repaired: target !== undefined,
    moved: moved.map((path) => shortPath(dataDirectory, path)),
    ...(cut === undefined ? {} : { cut: { ...cut, path: shortPath(dataDirectory, cut.path) } }),
    ...(target === undefined ? {} : { target: shortPath(dataDirectory, target) }),
    lastKept,
    ...(lastGone === lastKept ? {} : { gone: { from: lastKept + 1, to: lastGone } }),
  };
}

function linesOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
