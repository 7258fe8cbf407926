/** Journals for tests: real commands, written by the real writer in groups that the test chooses. */
import { RECORD_BYTES, CommandKind } from "../../../protocol/record/command-record.ts";
import { recordWords } from "../../../protocol/journal/journal-format.ts";
import type { EngineConfig } from "../../engine-config.ts";
import { EventOutbox } from "../../event-outbox.ts";
import { type MatchingEngine, createMatchingEngine } from "../../matching-engine.ts";
import type { Disk } from "../../storage/disk.ts";
import { createRing } from "../../../protocol/ring/ring-layout.ts";
import { type CommandFields, writeCommand } from "../../testing/command-fields.ts";
import { SMALL_ENGINE, instrumentOf } from "../../testing/engine-rig.ts";
import { CommandFlow } from "../../testing/flow/command-flow.ts";
import type { EngineDirectory } from "../engine-directory.ts";
import type { JournalEnd } from "../journal-reader.ts";
import { JournalWriter } from "../journal-writer.ts";

/** What command flows are made for. */
export const FLOW_ENGINE: EngineConfig = {
  ...SMALL_ENGINE,
  gatewayCount: 2,
  maxSessions: 3,
  maxPriceLevels: 256,
  maxInstruments: 6,
  instruments: [1, 2, 3, 4].map((instrumentId) => instrumentOf(instrumentId)),
};

export const NOTHING: JournalEnd = { sequence: 0, crc: 0, time: 0, epoch: 0, segment: 0, offset: 0 };

/** The first commands of a flow that a sequencer would hand to the journal, numbered without holes. */
export function journaledCommands(seed: number, count: number): CommandFields[] {
  const flow = new CommandFlow({ seed });
  const commands: CommandFields[] = [];
  while (commands.length < count) {
    const command = flow.next();
    const isQuery = command.kind === CommandKind.FollowBook || command.kind === CommandKind.UnfollowBook;
    if (!isQuery) commands.push({ ...command, sequence: commands.length + 1 });
  }
  return commands;
}

/** One command record that is used again and again. */
export class RecordBuffer {
  readonly i32: Int32Array;
  readonly f64: Float64Array;

  constructor() {
    const record = new ArrayBuffer(RECORD_BYTES);
    this.i32 = new Int32Array(record);
    this.f64 = new Float64Array(record);
  }

  put(command: CommandFields): this {
    writeCommand(command, this.i32, this.f64, 0);
    return this;
  }
}

/** An engine of which nobody reads the events. */
export function quietEngine(config: EngineConfig = FLOW_ENGINE): { engine: MatchingEngine; outbox: EventOutbox } {
  const rings = Array.from({ length: config.gatewayCount }, () => createRing(64));
  const outbox = new EventOutbox(rings, () => {});
  outbox.mute();
  return { engine: createMatchingEngine(config, outbox), outbox };
}

/** The engine that has lived through it all. */
export function liveEngine(commands: readonly CommandFields[], config: EngineConfig = FLOW_ENGINE): MatchingEngine {
  const { engine, outbox } = quietEngine(config);
  const record = new RecordBuffer();
  for (const command of commands) {
    const { i32, f64 } = record.put(command);
    engine.apply(i32, f64, 0);
    outbox.publish();
  }
  return engine;
}

/** Where a record went. */
export interface WrittenRecord {
  readonly sequence: number;
  /** First sequence number of its segment. */
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly crc: number;
  /** What was known to be durable when it was written. */
  readonly durable: number;
}

export interface JournalPlan {
  readonly disk: Disk;
  readonly directory: EngineDirectory;
  readonly commands: readonly CommandFields[];
  readonly genesis?: number;
  readonly epoch?: number;
  readonly segmentBytes?: number;
  /** Commands that are made durable together; the last group may stay smaller. */
  readonly groupSize?: () => number;
  readonly end?: JournalEnd;
}

/** Writes the commands as a journaler does. Everything is durable afterwards. */
export function writeJournal(plan: JournalPlan): WrittenRecord[] {
  const { commands, groupSize = () => 1 } = plan;
  plan.disk.makeDirectory(plan.directory.journal);
  const writer = openWriter(plan);
  const written: WrittenRecord[] = [];
  const record = new RecordBuffer();
  const end = plan.end ?? NOTHING;
  let place = { segment: end.segment, offset: end.offset };
  let left = groupSize();
  for (const command of commands) {
    const { i32, f64 } = record.put(command);
    if (left === 0 || !writer.fitsSegment(i32, 0)) {
      writer.commit();
      left = groupSize();
    }
    if (!writer.fitsSegment(i32, 0)) {
      writer.nextSegment();
      place = { segment: command.sequence, offset: 64 };
    }
    const durable = writer.durableSequence;
    writer.append(i32, f64, 0);
    const bytes = recordWords(i32, 0) * 4;
    written.push({ ...place, sequence: command.sequence, bytes, crc: writer.crc, durable });
    place.offset += bytes;
    left--;
  }
  writer.commit();
  writer.close();
  return written;
}

export function openWriter({
  disk,
  directory,
  genesis = 7,
  epoch = 1,
  segmentBytes = 4096,
  end = NOTHING,
}: Omit<JournalPlan, "commands">): JournalWriter {
  return new JournalWriter({ disk, directory, genesis, epoch, segmentBytes, end, nowUs: () => 1_700_000_000_000_000 });
}
