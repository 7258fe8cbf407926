/** What the threads of an engine benchmark are told, and what they answer with. */
import type { EngineConfig } from "../../engine/engine-config.ts";
import type { CommandColumns } from "./command-columns.ts";
import type { WorstCaseName } from "../worst-case/worst-cases.ts";

/** Reads events until so many passes have ended; answers with a PassTally of each. */
export interface DrainTask {
  readonly role: "drain";
  readonly eventRing: SharedArrayBuffer;
  readonly passCount: number;
}

/** Passes of one flow through one engine, each in its own session and instrument; answers with a FlowPass of each. */
export interface FlowTask {
  readonly role: "flow";
  readonly eventRing: SharedArrayBuffer;
  readonly columns: CommandColumns;
  /** Rows of each pass, from the first on. */
  readonly passes: readonly number[];
  readonly maxOpenOrders: number;
  /** Configure everything that the flow does not use. */
  readonly unusedFeatures: boolean;
}

export interface FlowPass {
  readonly rowCount: number;
  /** From the first record written to the last event read by the other thread. */
  readonly seconds: number;
  /** Looks at a full ring: above 0, the engine waited for its reader. */
  readonly ringFullCount: number;
  /** Of this thread's heap, before to after; includes what a collection meanwhile dropped. */
  readonly heapBytes: number;
  readonly collections: Collections;
  /** Commands that configure features, and how many of them the engine does not know. */
  readonly featureCommandCount: number;
  readonly featureDroppedCount: number;
}

/** Garbage collections of one thread over a time. */
export interface Collections {
  readonly count: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** Passes of the rows by the clock; the last one is measured. */
export interface PacedTask {
  readonly role: "paced";
  readonly eventRing: SharedArrayBuffer;
  /** Where the commands come from; absent: from this thread's own loop. */
  readonly commandRing?: SharedArrayBuffer;
  readonly columns: CommandColumns;
  readonly warmPasses: number;
  readonly maxOpenOrders: number;
  readonly commandsPerSecond: number;
  /** Completion − intended send time. */
  readonly corrected: SharedArrayBuffer;
  /** Completion − start of the command. */
  readonly service: SharedArrayBuffer;
  /** Gaps of 2 µs and more between two readings of the clock that follow each other: time the machine took away. */
  readonly gaps: SharedArrayBuffer;
}

export interface PacedResult {
  readonly seconds: number;
  readonly collections: Collections;
  readonly nsPerClockReading: number;
}

/** The other end of a PacedTask with a command ring: sends by the clock and reads the events; answers with the tallies. */
export interface PacerTask {
  readonly role: "pacer";
  readonly eventRing: SharedArrayBuffer;
  readonly commandRing: SharedArrayBuffer;
  readonly columns: CommandColumns;
  readonly warmPasses: number;
  readonly commandsPerSecond: number;
}

/** One worst case, some times, each in its own session and instrument; answers with a WorstCaseTurn of each. */
export interface WorstCaseTask {
  readonly role: "worst-case";
  readonly eventRing: SharedArrayBuffer;
  readonly worstCase: WorstCaseName;
  readonly orderCount: number;
  readonly turns: number;
}

export interface WorstCaseTurn {
  /** The longest that one command kept the engine, ms: of those that built the situation, and of those that strike. */
  readonly longestSetUpMs: number;
  readonly longestMs: number;
  /** Of the strike and all commands that finish its work. */
  readonly totalMs: number;
  readonly commandCount: number;
  readonly ringFullCount: number;
}

/** What an engine's thread shares with the journal worker of its files. */
export interface JournalLink {
  readonly ring: SharedArrayBuffer;
  readonly journalerDoorbell: SharedArrayBuffer;
  readonly durableSequence: SharedArrayBuffer;
}

/** Passes of one flow through a sequencer, each in its own session and instrument; answers with a SequencedResult. */
export interface SequencedTask {
  readonly role: "sequenced";
  readonly config: EngineConfig;
  readonly columns: CommandColumns;
  readonly passCount: number;
  /** Absent: nobody makes the commands durable. */
  readonly journal?: JournalLink;
  readonly eventRing: SharedArrayBuffer;
  /** Whether another thread reads the events; else this one throws them away between its batches. */
  readonly hasReader: boolean;
}

export interface SequencedPass {
  readonly commandCount: number;
  /**
   * Of the sequencer's passes alone: without the writing of commands, and without waiting for anybody. The median over batches of a
   * thousand commands, as some batches contain what the machine took from the thread.
   */
  readonly ownNsPerCommand: number;
  /** From the first command written to the last one durable. */
  readonly seconds: number;
}

export interface SequencedResult {
  readonly passes: readonly SequencedPass[];
  /** Of the last command, and of the state after it. */
  readonly sequence: number;
  readonly stateHash: string;
}

/** Brings a new engine back from its files as an engine worker does; answers with a RecoverResult. */
export interface RecoverTask {
  readonly role: "recover";
  readonly dataDirectory: string;
  readonly config: EngineConfig;
}

export interface RecoverResult {
  readonly replayedCommands: number;
  readonly snapshotSequence: number;
  readonly elapsedMs: number;
  readonly openOrders: number;
  readonly stateHash: string;
}

/** Makes snapshots of what is in the files, as a keeper worker does; answers with a SnapshotResult. */
export interface SnapshotTask {
  readonly role: "snapshot";
  readonly dataDirectory: string;
  readonly config: EngineConfig;
  /** The last command in the journal. */
  readonly sequence: number;
  readonly rounds: number;
}

export interface SnapshotResult {
  readonly openOrders: number;
  readonly bytes: number;
  /** Writing and making durable. */
  readonly writeMs: readonly number[];
  /** One command followed, the snapshot written, read back and compared, older ones removed. */
  readonly makeMs: readonly number[];
}

export type BenchTask =
  | DrainTask
  | FlowTask
  | PacedTask
  | PacerTask
  | WorstCaseTask
  | SequencedTask
  | RecoverTask
  | SnapshotTask;
