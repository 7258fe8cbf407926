/**
 * A disk of 64 MiB fills up and is freed, 50 times, under a venue that goes on: new orders are refused with a reason of their own while
 * there is no room, cancels work, orders are taken again without a restart, and nothing that was told is lost.
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { LoopDisk } from "../../engine/testing/crash/loop-disk.ts";
import { LOOP_DISK_PROGRAMS, obstacleTo } from "../../engine/testing/crash/obstacle.ts";
import { codeOf } from "../../engine/storage/disk.ts";
import { startCrashVenue } from "../testing/crash/crash-venue.ts";
import { DirectoryCheck, noCounts } from "../testing/crash/directory-check.ts";
import { Ledger } from "../testing/crash/ledger.ts";
import { OrderHolder } from "../testing/crash/order-holder.ts";
import type { ServerProcess } from "../testing/server-process.ts";

const ROUNDS = 50;
const DISK_MEBIBYTES = 64;
const MEBIBYTE = 2 ** 20;
/** The venue looks ten times a second how much room there is: nobody can fill so much meanwhile. */
const SEGMENT_BYTES = 2 ** 18;
/** More than a segment has room for. */
const CANCELS_OF_A_SEGMENT = 3500;
const FLOODED_ROUND_IN = 10;
const PAUSE_MS = 5;
const OPTIONS = { timeout: 300_000 };

const obstacle = obstacleTo("a full disk", LOOP_DISK_PROGRAMS);

/** Takes all the room that is left. */
function fill(path: string): void {
  const file = openSync(path, "a");
  try {
    for (let bytes = MEBIBYTE; bytes >= 1; bytes = Math.floor(bytes / 2)) fillWith(file, new Uint8Array(bytes));
  } finally {
    closeSync(file);
  }
}

function fillWith(file: number, bytes: Uint8Array): void {
  try {
    while (writeSync(file, bytes) === bytes.length);
  } catch (error) {
    if (codeOf(error) !== "ENOSPC") throw error;
  }
}

/** @returns how many orders were refused. */
async function playRound(holder: OrderHolder, ballast: string, isFlooded: boolean): Promise<number> {
  let refused = 0;
  fill(ballast);
  while (refused === 0) refused += await holder.enter();
  await holder.cancelSome();
  if (isFlooded) holder.flood(CANCELS_OF_A_SEGMENT);
  rmSync(ballast);
  await holder.settled();
  await holder.cancelAll();
  for (let again = await holder.enter(); again > 0; again = await holder.enter()) {
    refused += again;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return refused;
}

async function playRounds(disk: LoopDisk, venue: ServerProcess): Promise<{ ledger: Ledger; refused: number }> {
  const holder = new OrderHolder(venue.ports.tcpPort ?? 0);
  const ledger = new Ledger();
  ledger.connections.push(holder.client.ledger);
  let refused = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    refused += await playRound(holder, join(disk.directory, "ballast"), round % FLOODED_ROUND_IN === 0);
  }
  venue.signal("SIGKILL");
  await holder.client.until(() => false);
  return { ledger, refused };
}

test.skipIf(obstacle !== "")(
  "a disk that is full stops new orders until it is not, and nothing else",
  OPTIONS,
  async () => {
    const disk = new LoopDisk("ext4", DISK_MEBIBYTES);
    const dataDirectory = join(disk.directory, "data");
    const counts = noCounts();
    const venue = await startCrashVenue(dataDirectory, {}, ["--journal-segment-bytes", String(SEGMENT_BYTES)]);
    try {
      const { ledger, refused } = await playRounds(disk, venue);
      await venue.ended;
      new DirectoryCheck(dataDirectory, counts).check(ledger);
      console.log(`full disk: ${ROUNDS} rounds, ${refused} orders refused: ${JSON.stringify(counts)}`);
    } finally {
      venue.signal("SIGKILL");
      await venue.ended;
      disk.remove();
    }
  },
);
