/**
 * What journaling costs the engine, and how much of it there can be: the `core` flow through a sequencer, its commands handed to the
 * journal worker and the keeper worker of a venue. Each turn has threads and files of its own; the first pass is not counted.
 *
 * What was journaled is read back by a new engine, whose state must be that of the one that was fed.
 */
import { join } from "node:path";
import type { EngineConfig } from "../../engine/engine-config.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { generateFlow } from "../book/flow.ts";
import { EVENT_RING_SLOTS, benchEngineConfig } from "../feed/bench-engine.ts";
import type { BenchTask, JournalLink, RecoverResult, SequencedResult } from "../feed/bench-task.ts";
import { runThreads } from "../feed/bench-threads.ts";
import { type CommandColumns, columnsOf } from "../feed/command-columns.ts";
import { type Spread, alternate, spread } from "../ratio.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { JournalThreads } from "./journal-threads.ts";

export interface JournalingOptions {
  /** Of the flow: each pass has as many. */
  readonly commandCount: number;
  readonly passCount: number;
  readonly rounds: number;
  readonly hasReader: boolean;
}

export interface JournalingResult {
  readonly options: JournalingOptions;
  /** Commands per second of the engine's own time. */
  readonly journaled: Spread;
  readonly plain: Spread;
  /** journaled / plain, of neighbours in time. */
  readonly ratio: Spread;
  /** Commands per second from the first one handed over to the last one durable. */
  readonly durable: Spread;
  /** Read back and found to give the same state. */
  readonly checkedCommands: number;
}

const SEED = 42;
const EXTRA_ORDERS = 4096;
const NS_PER_SECOND = 1e9;

export async function benchJournaling(options: JournalingOptions): Promise<JournalingResult> {
  const columns = columnsOf(generateFlow("core", options.commandCount, SEED));
  const config = benchEngineConfig({ instrumentCount: options.passCount, maxOpenOrders: EXTRA_ORDERS });
  const durable: number[] = [];
  let checkedCommands = 0;
  const { a, b, ratio } = await alternate({
    rounds: options.rounds,
    a: async () => {
      const turn = await takeJournaledTurn(options, config, columns);
      durable.push(durablePerSecond(turn));
      checkedCommands += turn.sequence;
      return ownPerSecond(turn);
    },
    b: async () => ownPerSecond(await takeTurn(options, config, columns)),
  });
  return { options, journaled: spread(a), plain: spread(b), ratio, durable: spread(durable), checkedCommands };
}

/** The last pass is the warmest. */
function ownPerSecond({ passes }: SequencedResult): number {
  return NS_PER_SECOND / (passes.at(-1)?.ownNsPerCommand ?? Number.NaN);
}

/** Of all passes but the first. */
function durablePerSecond({ passes }: SequencedResult): number {
  const counted = passes.slice(1);
  const commands = counted.reduce((sum, { commandCount }) => sum + commandCount, 0);
  return commands / counted.reduce((sum, { seconds }) => sum + seconds, 0);
}

async function takeTurn(
  { passCount, hasReader }: JournalingOptions,
  config: EngineConfig,
  columns: CommandColumns,
  journal?: JournalLink,
): Promise<SequencedResult> {
  const eventRing = createRing(EVENT_RING_SLOTS);
  const engine: BenchTask = {
    role: "sequenced",
    config,
    columns,
    passCount,
    eventRing,
    hasReader,
    ...(journal && { journal }),
  };
  const reader: BenchTask = { role: "drain", eventRing, passCount };
  const [result] = await runThreads(hasReader ? [engine, reader] : [engine]);
  return result as SequencedResult;
}

async function takeJournaledTurn(
  options: JournalingOptions,
  config: EngineConfig,
  columns: CommandColumns,
): Promise<SequencedResult> {
  return await inTemporaryDirectory(async (directory) => {
    const dataDirectory = join(directory, "data");
    const threads = await JournalThreads.start(dataDirectory, config);
    const result = await takeTurn(options, config, columns, threads.link).finally(() => threads.stop());
    const [recovered] = (await runThreads([{ role: "recover", dataDirectory, config }])) as [RecoverResult];
    if (recovered.replayedCommands !== result.sequence || recovered.stateHash !== result.stateHash) {
      throw new Error(`the journal gives ${recovered.replayedCommands} commands and another state than was journaled`);
    }
    return result;
  });
}
