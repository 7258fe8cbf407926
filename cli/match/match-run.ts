/**
 * One run of a file of commands: lines go in, frames come out on the way, and at the end there is a summary.
 *
 *   bytes ─► LineSplitter ─► NDJSON or CSV ─► OfflineVenue ─► OfflineEngine ─► EventFrames ─► output
 *                                                                         └──► stats, hash
 */
import type { EngineConfig } from "../../engine/engine-config.ts";
import { EVT_HEAD, EventKind } from "../../protocol/record/event-record.ts";
import type { CommandFormat } from "./command-format.ts";
import { CsvCommands } from "./csv-commands.ts";
import { EventFrames, type FrameChoice } from "./event-frames.ts";
import { EventHash } from "./event-hash.ts";
import { InputFault } from "./input-fault.ts";
import { type Ladder, addLevel, createLadder } from "./ladder.ts";
import { LineSplitter } from "./line-splitter.ts";
import { MatchStats } from "./match-stats.ts";
import { NdjsonCommands } from "./ndjson-commands.ts";
import { OfflineVenue } from "./offline-venue.ts";

/** Frames are handed over in pieces of about this size. */
const OUTPUT_BYTES = 256 * 1024;

const BRACE = 0x7b;
const BLANK_OR_COMMENT = /^\s*(?:#|$)/u;

export { InputFault };

export const INPUT_FORMATS = ["auto", "ndjson", "csv"] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

export interface MatchRunOptions {
  readonly config: EngineConfig;
  readonly format: InputFormat;
  /** undefined: no frames are made. */
  readonly frames: FrameChoice | undefined;
  readonly wantsEventHash: boolean;
  /** Check the engine after every command. */
  readonly checksInvariants: boolean;
  /** The last line that is read. */
  readonly lastLine: number;
  /** Gets whole lines of frames. The bytes are its own until it calls `done`. */
  readonly output: (bytes: Buffer, done: () => void) => void;
}

export class MatchRun {
  readonly stats: MatchStats;
  readonly venue: OfflineVenue;
  readonly #options: MatchRunOptions;
  readonly #splitter: LineSplitter;
  readonly #frames: EventFrames | undefined;
  readonly #hash: EventHash | undefined;
  /** What the lines are in, once one of them has told it. */
  #commands: CommandFormat | undefined;
  /** Where the levels of a snapshot go; those that come when a book is first followed go nowhere. */
  #ladder: Ladder | undefined;

  constructor(options: MatchRunOptions) {
    const frames = options.frames === undefined ? undefined : new EventFrames(options.frames);
    this.stats = new MatchStats();
    this.#options = options;
    this.#frames = frames;
    this.#hash = options.wantsEventHash ? new EventHash() : undefined;
    this.#splitter = new LineSplitter((line, number) => this.#takeLine(line, number));
    this.#commands = undefined;
    this.#ladder = undefined;
    this.venue = new OfflineVenue(options.config, {
      command: (kind) => this.stats.command(kind),
      event: (i32, f64, base) => this.#event(i32, f64, base),
      sessionOpened: (handle, name, isAsked) => frames?.sessionOpened(handle, name, isAsked),
      sessionClosed: (handle) => frames?.sessionClosed(handle),
      definitionRefused: (requestId, why) => frames?.definitionRefused(requestId, why),
    });
    this.venue.offline.checksInvariants = options.checksInvariants;
  }

  get lineCount(): number {
    return this.#splitter.lineCount;
  }

  /** Whether bytes that still come are of interest. */
  get wantsMore(): boolean {
    return this.#splitter.wantsMore;
  }

  /** 16 hexadecimal digits that stand for every event of the run; undefined when it was not asked for. */
  get eventHash(): string | undefined {
    return this.#hash?.toString();
  }

  /** Applies the lines that are complete with this, and hands over their frames. @throws InputFault */
  push(chunk: Buffer): void {
    this.#completing(() => this.#splitter.push(chunk));
  }

  /** No bytes follow, or none that are wanted. @throws InputFault */
  end(): void {
    this.#completing(() => {
      if (this.#splitter.wantsMore) this.#splitter.end();
      const fault = this.#commands?.end() ?? null;
      if (fault !== null) throw new InputFault(this.#splitter.lineCount, fault.at + 1, fault.reason);
    });
  }

  /** The visible books as they are now. */
  ladders(): Ladder[] {
    return [...this.venue.symbols].map(([instrumentId, symbol]) => {
      const ladder = createLadder(instrumentId, symbol);
      this.#ladder = ladder;
      this.venue.offline.followBook(instrumentId);
      this.#ladder = undefined;
      return ladder;
    });
  }

  /** What came before a fault was applied, and is told. */
  #completing(read: () => void): void {
    try {
      read();
    } finally {
      this.venue.flush();
      this.#handOver(0);
    }
  }

  #takeLine(line: string, number: number): boolean {
    if (line.charCodeAt(0) === BRACE || !BLANK_OR_COMMENT.test(line)) {
      this.#commands ??= this.#formatOf(line);
      const fault = this.#commands.take(line);
      if (fault !== null) throw new InputFault(number, fault.at + 1, fault.reason);
    }
    return number < this.#options.lastLine;
  }

  #formatOf(line: string): CommandFormat {
    const { format } = this.#options;
    const isNdjson = format === "ndjson" || (format === "auto" && line.trimStart().startsWith("{"));
    return isNdjson ? new NdjsonCommands(this.venue) : new CsvCommands(this.venue);
  }

  #event(i32: Int32Array, f64: Float64Array, base: number): void {
    const kind = (i32[base + EVT_HEAD] as number) & 255;
    if (kind === EventKind.SnapshotLevel || kind === EventKind.SnapshotEnd) {
      if (kind === EventKind.SnapshotLevel && this.#ladder !== undefined) addLevel(this.#ladder, i32, f64, base);
      return;
    }
    this.stats.event(i32, base);
    this.#hash?.add(i32, base);
    if (this.#frames === undefined) return;
    this.#frames.write(i32, f64, base);
    this.#handOver(OUTPUT_BYTES);
  }

  /** When more than `limit` bytes are waiting. */
  #handOver(limit: number): void {
    const text = this.#frames?.text;
    if (text === undefined || text.length <= limit) return;
    const bytes = text.take();
    this.#options.output(bytes, () => text.giveBack(bytes));
  }
}
