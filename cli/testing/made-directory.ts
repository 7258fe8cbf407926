/** A data directory as a venue leaves it behind, made from a random flow of commands: for the tests of what reads one. */
import { openSync, readSync, writeSync, closeSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import { openGenesis } from "../../engine/journal/genesis.ts";
import type { JournalEnd } from "../../engine/journal/journal-reader.ts";
import { JournalWriter } from "../../engine/journal/journal-writer.ts";
import { writeSnapshot } from "../../engine/journal/snapshot-file.ts";
import type { EngineConfig } from "../../engine/engine-config.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { type CommandFields, writeCommand } from "../../engine/testing/command-fields.ts";
import { EngineRig, SMALL_ENGINE, instrumentOf } from "../../engine/testing/engine-rig.ts";
import { CommandFlow } from "../../engine/testing/flow/command-flow.ts";
import { CommandKind, RECORD_BYTES } from "../../protocol/record/command-record.ts";

export const MADE_CONFIG: EngineConfig = {
  ...SMALL_ENGINE,
  gatewayCount: 2,
  maxPriceLevels: 256,
  maxInstruments: 6,
  instruments: [1, 2, 3, 4].map((instrumentId) => instrumentOf(instrumentId)),
};

const EPOCH = 1;
/** Commands that become durable together. */
const GROUP = 4;
const NOWHERE: JournalEnd = { sequence: 0, crc: 0, time: 0, epoch: 0, segment: 0, offset: 0 };

export interface MakeOptions {
  readonly commands: readonly CommandFields[];
  readonly segmentBytes?: number;
  /** Sequence numbers, ascending. */
  readonly snapshotsAt?: readonly number[];
  readonly config?: EngineConfig;
}

export interface MadeDirectory {
  readonly dataDirectory: string;
  readonly directory: EngineDirectory;
  /** Hash of the state after each command; index = its sequence number. */
  readonly hashes: readonly string[];
}

/** What a sequencer makes of a random flow: queries are not sequenced. */
export function madeCommands(count: number, options: { seed?: number; isPlain?: boolean } = {}): CommandFields[] {
  const flow = new CommandFlow({ seed: 1, ...options });
  const commands: CommandFields[] = [];
  while (commands.length < count) {
    const command = flow.next();
    const isQuery = command.kind === CommandKind.FollowBook || command.kind === CommandKind.UnfollowBook;
    if (!isQuery) commands.push({ ...command, sequence: commands.length + 1 });
  }
  return commands;
}

/** In a new folder of the machine's directory for temporary files, which the caller removes. */
export function makeDirectory(options: MakeOptions): MadeDirectory {
  return addEngine(mkdtempSync(join(tmpdir(), "fairlead-data-")), options);
}

const nowUs = (): number => 1_700_000_000_000_000;

/** Adds the files of one more engine. */
export function addEngine(dataDirectory: string, options: MakeOptions): MadeDirectory {
  const { commands, segmentBytes = 2 ** 16, snapshotsAt = [], config = MADE_CONFIG } = options;
  const directory = new EngineDirectory(dataDirectory, config.engineIndex);
  directory.prepare(fileDisk);
  const genesis = openGenesis(fileDisk, directory, config).id;
  const parts = { disk: fileDisk, directory, genesis, epoch: EPOCH, segmentBytes, end: NOWHERE, nowUs };
  const writer = new JournalWriter(parts);
  const rig = new EngineRig(config);
  const hashes = [rig.engine.stateHash()];
  for (const command of commands) {
    append(writer, command);
    rig.apply(command);
    hashes.push(rig.engine.stateHash());
    if (!snapshotsAt.includes(command.sequence)) continue;
    const point = { sequence: command.sequence, time: command.time, epoch: EPOCH, crc: writer.crc };
    writeSnapshot(fileDisk, directory, genesis, point, rig.engine);
  }
  writer.commit();
  writer.close();
  return { dataDirectory, directory, hashes };
}

const record = new ArrayBuffer(RECORD_BYTES);
const I32 = new Int32Array(record);
const F64 = new Float64Array(record);

function append(writer: JournalWriter, command: CommandFields): void {
  writeCommand(command, I32, F64, 0);
  if (command.sequence % GROUP === 0) writer.commit();
  if (!writer.fitsSegment(I32, 0)) {
    writer.commit();
    writer.nextSegment();
  }
  writer.append(I32, F64, 0);
}

/** Changes bytes of a file in place. */
export function patch(path: string, offset: number, change: (bytes: Uint8Array) => void, length = 1): void {
  const fd = openSync(path, "r+");
  const bytes = new Uint8Array(length);
  readSync(fd, bytes, 0, length, offset);
  change(bytes);
  writeSync(fd, bytes, 0, length, offset);
  closeSync(fd);
}

export function flipByte(path: string, offset: number): void {
  patch(path, offset, (bytes) => {
    bytes[0] = (bytes[0] as number) ^ 0xff;
  });
}
