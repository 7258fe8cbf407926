/** Every record of a journal as a line, up to the damage if there is any, or past it. */
import type { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import type { Genesis } from "../../engine/journal/genesis.ts";
import { JournalDamage, readJournal } from "../../engine/journal/journal-reader.ts";
import type { Disk } from "../../engine/storage/disk.ts";
import {
  REC_LENGTH,
  REC_SEQUENCE,
  SEGMENT_HEADER_BYTES,
  SEGMENT_HEADER_WORDS,
} from "../../protocol/journal/journal-format.ts";
import type { LineOutput } from "./line-output.ts";
import { readRecordedCommand, renderCommand } from "./recorded-command.ts";
import { type SegmentWords, readSegmentWords, sequenceAt, visitSoundRecords } from "./sound-records.ts";
import { count, range } from "./survey-text.ts";

export interface DumpChoice {
  /** Sequence numbers, both included. */
  readonly from: number;
  readonly to: number;
  readonly isJson: boolean;
  readonly pastDamage: boolean;
}

export interface DumpParts {
  readonly disk: Disk;
  readonly directory: EngineDirectory;
  readonly genesis: Genesis;
  readonly output: LineOutput;
}

/** Nothing that follows is wanted. */
class Enough extends Error {}

export class JournalDump {
  readonly #parts: DumpParts;
  readonly #choice: DumpChoice;
  /** Sequence number of the last record that was seen; 0: none. */
  #sequence = 0;

  constructor(parts: DumpParts, choice: DumpChoice) {
    this.#parts = parts;
    this.#choice = choice;
  }

  /** Returns the damage that it met, if it met any. */
  run(): JournalDamage | undefined {
    try {
      this.#readSound();
      return undefined;
    } catch (error) {
      if (error instanceof Enough) return undefined;
      if (!(error instanceof JournalDamage)) throw error;
      if (this.#choice.pastDamage) this.#goOn(error);
      return error;
    } finally {
      this.#parts.output.flush();
    }
  }

  #readSound(): void {
    const { disk, directory, genesis } = this.#parts;
    const { from } = this.#choice;
    const segments = directory.segments(disk);
    // Not from the record before `from` on: the journal may end earlier, and that is no damage.
    const first = segments.findLast((segment) => segment <= from) ?? segments[0] ?? 1;
    readJournal(disk, directory, { after: first - 1, genesis: genesis.id }, (i32, f64, at) => {
      this.#sequence = f64[(at >> 1) + REC_SEQUENCE] as number;
      this.#print(i32, f64, at, this.#sequence);
    });
  }

  #print(i32: Int32Array, f64: Float64Array, at: number, sequence: number): void {
    const { output } = this.#parts;
    const { from, to, isJson } = this.#choice;
    if (sequence > to || !output.isOpen) throw new Enough();
    if (sequence < from) return;
    const command = readRecordedCommand(i32, f64, at);
    output.line(isJson ? JSON.stringify(command) : renderCommand(command));
  }

  #goOn({ path, offset }: JournalDamage): void {
    const { disk, directory } = this.#parts;
    try {
      for (const first of directory.segments(disk)) {
        const segment = directory.segment(first);
        if (segment < path) continue;
        this.#goThrough(segment, segment === path ? offset : SEGMENT_HEADER_BYTES);
      }
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
  }

  #goThrough(path: string, offset: number): void {
    const words = readSegmentWords(this.#parts.disk, path);
    const from = Math.max(offset / 4, SEGMENT_HEADER_WORDS);
    let expected = offset / 4;
    visitSoundRecords(words, from, words.i32.length, (at) => {
      if (at > expected && offset > 0) this.#skipped(path, expected * 4, (at - expected) * 4);
      this.#missed(sequenceAt(words, at));
      this.#print(words.i32, words.f64, at, this.#sequence);
      expected = at + (words.i32[at + REC_LENGTH] as number) / 4;
    });
    const rest = lastByte(words, expected) - expected * 4;
    if (rest > 0) this.#skipped(path, expected * 4, rest);
  }

  #skipped(path: string, offset: number, bytes: number): void {
    const { output } = this.#parts;
    if (this.#choice.isJson) output.line(JSON.stringify({ skipped: { path, offset, bytes } }));
    else output.line(`-- skipped ${count(bytes)} bytes at byte ${count(offset)} of ${path}`);
  }

  /** Moves on to that record, and says which ones should lie between. */
  #missed(sequence: number): void {
    const { output } = this.#parts;
    const [from, to] = [this.#sequence + 1, sequence - 1];
    this.#sequence = sequence;
    if (from > to) return;
    output.line(
      this.#choice.isJson
        ? JSON.stringify({ missing: { from, to } })
        : `-- missing: ${from === to ? "command" : "commands"} ${range(from, to)}`,
    );
  }
}

/** Behind the last one that is not zero. */
function lastByte({ i32 }: SegmentWords, from: number): number {
  let end = i32.length;
  while (end > from && i32[end - 1] === 0) end--;
  return end * 4;
}
