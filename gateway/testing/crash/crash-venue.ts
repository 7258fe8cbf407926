/** A venue of which everything is small, so that what happens seldom happens often. */
import { type ServerProcess, type StartOptions, startVenue } from "../server-process.ts";

const SETTINGS = [
  ["--durability", "local"],
  ["--journal-segment-bytes", "65536"],
  ["--snapshot-every-commands", "1000"],
  // Whoever checks a journal reads it from its first command on.
  ["--journal-retention", "archive"],
  ["--max-open-orders", "4096"],
  ["--max-ended-orders", "512"],
  ["--max-price-levels", "1024"],
  ["--max-sessions", "16"],
  ["--max-instruments", "64"],
].flat();

/** @param settings Override its own. */
export async function startCrashVenue(
  dataDirectory: string,
  options: StartOptions = {},
  settings: readonly string[] = [],
): Promise<ServerProcess> {
  return await startVenue([...SETTINGS, "--data-dir", dataDirectory, ...settings], options);
}
