/** A data directory that a real venue goes on from: it made the directory, and takes nothing else for its own. */
import { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import { readGenesis } from "../../engine/journal/genesis.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { startLocalVenue } from "../durable/local-venue.ts";
import { EngineFiles } from "./engine-files.ts";

/** @param fill Writes what the venue is to find. */
export async function makeVenueFiles(dataDirectory: string, fill: (files: EngineFiles) => void): Promise<void> {
  const venue = await startLocalVenue(dataDirectory);
  await venue.stop();
  const genesis = readGenesis(fileDisk, new EngineDirectory(dataDirectory, 0));
  if (genesis === undefined) throw new Error(`the venue has left nothing in ${dataDirectory}`);
  const files = new EngineFiles(dataDirectory, { ...genesis.config, gatewayCount: 1 });
  fill(files);
  files.close();
}

/** Removes every snapshot but one, or all: the next start takes the same way as the last. */
export function keepSnapshot(dataDirectory: string, kept: number | undefined): void {
  const directory = new EngineDirectory(dataDirectory, 0);
  for (const sequence of directory.snapshotSequences(fileDisk)) {
    if (sequence !== kept) fileDisk.remove(directory.snapshot(sequence));
  }
}
