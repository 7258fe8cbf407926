/** What strace wrote about a venue whose disk was made to fail. */

const CALL = /^(?<thread>\d+) +(?<name>\w+)\((?<fd>\d+)/u;
const INJECTED = /\(INJECTED\)$/u;
const OPENED = /openat.*= (?<fd>\d+)$/u;
/** Of a call that another thread's came between. */
const RESUMED = /^(?<thread>\d+) +<\.\.\. \w+ resumed>/u;

/**
 * The calls on a file after one on it had failed: somebody went on, or tried again. A descriptor that was given out anew is another file.
 *
 * @param log Has the openat, pwrite64 and fdatasync calls of all threads.
 */
export function callsAfterFailure(log: string): string[] {
  const failed = new Set<string>();
  const callOf = new Map<string, string>();
  const found: string[] = [];
  for (const line of log.split("\n")) {
    const opened = OPENED.exec(line)?.groups?.["fd"];
    if (opened !== undefined) failed.delete(opened);
    const { thread, name, fd } = CALL.exec(line)?.groups ?? {};
    if (thread !== undefined && fd !== undefined && name !== "openat") {
      callOf.set(thread, fd);
      if (failed.has(fd)) found.push(line);
    }
    if (INJECTED.test(line)) failed.add(callOf.get(thread ?? RESUMED.exec(line)?.groups?.["thread"] ?? "") ?? "");
  }
  return found;
}
