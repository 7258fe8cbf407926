/** A venue in `local` mode, in a process of its own, whose files are the bench's. */
import { type ServerProcess, type StartOptions, startVenue } from "../../gateway/testing/server-process.ts";

export async function startLocalVenue(
  dataDirectory: string,
  settings: readonly string[] = [],
  options: StartOptions = {},
): Promise<ServerProcess> {
  return await startVenue(["--durability", "local", "--data-dir", dataDirectory, ...settings], options);
}
