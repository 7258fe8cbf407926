/** What a test needs of the machine that not every machine grants. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const LOOP_DISK_PROGRAMS = ["mkfs.ext4", "mkfs.xfs", "mount", "umount", "xfs_io"];

/**
 * Why a test cannot be made here, in words that are also printed; "": it can. The gate has everything: there a missing program is
 * a failure, as a test that is skipped proves nothing.
 */
export function obstacleTo(what: string, programs: readonly string[]): string {
  const reason = missing(programs);
  if (reason === "") return "";
  if (process.env["CI"] === "true") throw new Error(`${what} cannot be tested: ${reason}`);
  console.log(`skipped: ${what}: ${reason}`);
  return reason;
}

function missing(programs: readonly string[]): string {
  const absent = programs.filter((program) => !isInstalled(program));
  if (absent.length > 0) return `${absent.join(", ")} not installed`;
  if (!programs.includes("mount")) return "";
  if (process.getuid?.() !== 0) return "only root may mount";
  return existsSync("/dev/loop-control") ? "" : "there are no loop devices";
}

function isInstalled(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}
