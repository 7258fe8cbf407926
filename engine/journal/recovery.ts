/**
 * How an engine comes back: the newest good snapshot, then every command of the journal after it. The same way after a drain, a
 * crash, a power cut, and when the thread of an engine is replaced while the venue runs.
 */
import { performance } from "node:perf_hooks";
import type { EngineConfig } from "../engine-config.ts";
import type { EventOutbox } from "../event-outbox.ts";
import type { MatchingEngine } from "../matching-engine.ts";
import type { Disk } from "../storage/disk.ts";
import { EngineDirectory } from "./engine-directory.ts";
import { type Genesis, openGenesis } from "./genesis.ts";
import { type JournalEnd, type TornTail, cutTail, settleLastGroup } from "./journal-reader.ts";
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
  const { disk, config, engine, outbox, tellFrom, onCommand } = parts;
  const startedAt = performance.now();
  const directory = new EngineDirectory(parts.dataDirectory, config.engineIndex);
  directory.prepare(disk);
  const genesis = openGenesis(disk, directory, config);
  const quarantine = readQuarantine(disk, directory);
  const replay = { disk, directory, genesis, engine, outbox, quarantine };
  outbox.mute();
  const { point: from, bad } = takeNewestSnapshot(replay);
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
  if (reading.torn !== undefined) cutTail(disk, reading.torn);
  if (reading.lastGroup !== undefined) settleLastGroup(disk, reading.lastGroup);
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
