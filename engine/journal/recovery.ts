/**
 * How an engine comes back: the newest good snapshot, then every command of the journal after it. The same way after a drain, a
 * crash, a power cut, and when the thread of an engine is replaced while the venue runs.
 */
import { dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { assert } from "../../protocol/assert.ts";
import type { EngineConfig } from "../engine-config.ts";
import type { EventOutbox } from "../event-outbox.ts";
import type { MatchingEngine } from "../matching-engine.ts";
import { type Disk, DiskFailure, codeOf } from "../storage/disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { type Genesis, openGenesis } from "./genesis.ts";
import { JournalDamage, type JournalEnd, type TornTail, cutTail } from "./journal-reader.ts";
import { MAX_GROUP_BYTES } from "./journal-writer.ts";
import { readQuarantine } from "./quarantine.ts";
import { type BadSnapshot, replayJournal, takeNewestSnapshot } from "./replay.ts";

export interface RecoveryParts {
  readonly disk: Disk;
  readonly dataDirectory: string;
  readonly config: EngineConfig;
  /** New: it has applied nothing. */
  readonly engine: MatchingEngine;
  readonly outbox: EventOutbox;
  /** From this command on events go to the gateways again; Infinity: nobody is there who waits for any. */
  readonly tellFrom: number;
  /** Called before each command with its sequence number. */
  readonly onCommand: (sequence: number) => void;
}

export interface Recovery {
  readonly genesis: Genesis;
  readonly directory: EngineDirectory;
  /** Where the journal goes on. Its epoch is the highest so far. */
  readonly end: JournalEnd;
  /** Of the snapshot that it began with; 0: without one. */
  readonly snapshotSequence: number;
  readonly replayedCommands: number;
  readonly quarantinedCommands: number;
  readonly badSnapshots: readonly BadSnapshot[];
  /** What was cut off. */
  readonly torn: TornTail | undefined;
  readonly elapsedMs: number;
}

/** @throws OperatingError, JournalDamage among them: a person must decide. */
export function recoverEngine(parts: RecoveryParts): Recovery {
  const directory = new EngineDirectory(parts.dataDirectory, parts.config.engineIndex);
  try {
    return recoverFrom(directory, parts);
  } catch (error) {
    if (codeOf(error) === "") throw error;
    const { root } = directory;
    throw new DiskFailure(root, `the engine cannot come back from ${root}: ${(error as Error).message}`, error);
  }
}

function recoverFrom(directory: EngineDirectory, parts: RecoveryParts): Recovery {
  const { disk, config, engine, outbox, tellFrom, onCommand } = parts;
  const startedAt = performance.now();
  // One that takes the place of another shares the directory with threads that live on: what is half made there is theirs.
  if (tellFrom === Infinity) directory.prepare(disk);
  const genesis = openGenesis(disk, directory, config);
  const quarantine = readQuarantine(disk, directory);
  const replay = { disk, directory, genesis, engine, outbox, quarantine };
  outbox.mute();
  // What a gateway has not heard is told by replaying it: a snapshot of a later state would swallow it.
  const { point: from, bad } = takeNewestSnapshot(replay, tellFrom - 1);
  let sequence = from.sequence;
  if (tellFrom <= sequence) outbox.unmute();
  const { reading, point } = replayJournal(replay, from, undefined, {
    before: () => {
      sequence++;
      if (sequence === tellFrom) outbox.unmute();
      onCommand(sequence);
    },
  });
  outbox.unmute();
  checkSnapshots(disk, directory, reading.end, point.sequence);
  if (reading.torn !== undefined) {
    assert(tellFrom === Infinity, "a journal is not cut while somebody writes it");
    cutTail(disk, reading.torn);
  }
  if (tellFrom === Infinity) makeDurable(disk, directory, reading.end);
  return {
    genesis,
    directory,
    end: {
      ...reading.end,
      sequence: point.sequence,
      crc: point.crc,
      time: point.time,
      epoch: Math.max(point.epoch, reading.end.epoch),
    },
    snapshotSequence: from.sequence,
    replayedCommands: reading.records,
    quarantinedCommands: quarantine.length,
    badSnapshots: bad,
    torn: reading.torn,
    elapsedMs: performance.now() - startedAt,
  };
}

/** A snapshot has its name from a command that was durable, whatever has become of its contents. */
function checkSnapshots(disk: Disk, directory: EngineDirectory, end: JournalEnd, sequence: number): void {
  const newest = directory.snapshotSequences(disk).at(-1) ?? 0;
  if (newest <= sequence) return;
  const path = directory.segment(Math.max(1, end.segment));
  throw new JournalDamage(
    path,
    end.offset,
    `the journal ends with command ${sequence}, but there is a snapshot of command ${newest}`,
  );
}

/**
 * What a process wrote that was killed, or whose last sync failed, may be in the kernel's memory only, and a power cut would take it. It
 * becomes durable before anybody is told of it again. After a sync that failed the kernel takes what it has not written for
 * written: so the last group, and the zeros behind it, are written once more.
 */
function makeDurable(disk: Disk, directory: EngineDirectory, { segment, offset }: JournalEnd): void {
  for (const named of [dirname(directory.root), directory.root, directory.journal]) disk.syncDirectory(named);
  if (segment === 0) return;
  const file = disk.open(directory.segment(segment), "write");
  try {
    const start = Math.max(0, offset - MAX_GROUP_BYTES);
    const bytes = new Uint8Array(Math.min(file.size, offset + MAX_GROUP_BYTES) - start);
    file.read(bytes, start);
    file.write(bytes, start);
    file.sync();
  } finally {
    file.close();
  }
}
