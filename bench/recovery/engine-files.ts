/**
 * Files of an engine as a venue would have left them, made in seconds: commands go to the journal and to an engine at once, without
 * gateways, rings and threads. The engine is the one that a recovery is compared with.
 *
 * The times in them are those of 1970, one microsecond per command; a venue that goes on from there has a later clock.
 */
import type { EngineConfig } from "../../engine/engine-config.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import { openGenesis } from "../../engine/journal/genesis.ts";
import { JournalWriter } from "../../engine/journal/journal-writer.ts";
import { writeSnapshot } from "../../engine/journal/snapshot-file.ts";
import { type MatchingEngine, createMatchingEngine } from "../../engine/matching-engine.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { OrderType, Side, TimeInForce } from "../../protocol/codes.ts";
import {
  CMD_GATEWAY,
  CMD_SEQUENCE,
  CMD_TIME,
  CommandKind,
  RECORD_BYTES,
} from "../../protocol/record/command-record.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import { generateFlow } from "../book/flow.ts";
import { type BenchCommand, writeBenchCommand } from "../feed/bench-command.ts";
import { type CommandColumns, columnsOf } from "../feed/command-columns.ts";
import { writeRow } from "../feed/engine-feed.ts";

export const SEGMENT_BYTES = 2 ** 25;

const EPOCH = 1;
const SINK_SLOTS = 64;
const INSTRUMENT = 1;
/** Of orders that rest: far below and above what the flow trades at. */
const RESTING_BID = 100_000;
const RESTING_OFFER = 300_000;
const RESTING_LEVELS = 1000;
const FLOW_SEED = 42;
const FLOW_COMMANDS = 400_000;

export class EngineFiles {
  readonly engine: MatchingEngine;
  readonly #directory: EngineDirectory;
  readonly #genesis: number;
  readonly #writer: JournalWriter;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  #sequence = 0;
  #sessionCount = 0;

  constructor(dataDirectory: string, config: EngineConfig) {
    const record = new ArrayBuffer(RECORD_BYTES);
    const outbox = new EventOutbox([createRing(SINK_SLOTS)], () => {});
    outbox.mute();
    this.engine = createMatchingEngine(config, outbox);
    this.#i32 = new Int32Array(record);
    this.#f64 = new Float64Array(record);
    this.#directory = new EngineDirectory(dataDirectory, config.engineIndex);
    this.#directory.prepare(fileDisk);
    this.#genesis = openGenesis(fileDisk, this.#directory, config).id;
    this.#writer = new JournalWriter({
      disk: fileDisk,
      directory: this.#directory,
      genesis: this.#genesis,
      epoch: EPOCH,
      segmentBytes: SEGMENT_BYTES,
      end: { sequence: 0, crc: 0, time: 0, epoch: 0, segment: 0, offset: 0 },
      nowUs: () => this.#sequence,
    });
  }

  /** Of the last command. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Orders that nothing trades with. */
  rest(count: number): void {
    const session = this.#openSession();
    const order = {
      kind: CommandKind.NewOrder,
      session,
      instrumentId: INSTRUMENT,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel,
      orderQty: 1,
    };
    for (let n = 0; n < count; n++) {
      const distance = (n >> 1) % RESTING_LEVELS;
      const isBuy = n % 2 === 0;
      const price = isBuy ? RESTING_BID - distance : RESTING_OFFER + distance;
      this.#command({ ...order, side: isBuy ? Side.Buy : Side.Sell, clientOrderId: n + 1, price });
    }
  }

  /** The `core` flow, as often as it takes, each time by another session that cancels what is left of it. */
  trade(count: number): void {
    const columns = columnsOf(generateFlow("core", Math.min(count, FLOW_COMMANDS), FLOW_SEED));
    const end = this.#sequence + count;
    while (this.#sequence < end) {
      const session = this.#openSession();
      const rows = Math.min(columns.count, end - this.#sequence - 1);
      for (let row = 0; row < rows; row++) this.#row(columns, row, session);
      this.#command({ kind: CommandKind.MassCancel, session, clientOrderId: 2 ** 40 });
    }
  }

  /** Of the state that the engine is in. @returns its sequence number. */
  saveSnapshot(): number {
    this.#writer.commit();
    const point = { sequence: this.#sequence, time: this.engine.time, epoch: EPOCH, crc: this.#writer.crc };
    writeSnapshot(fileDisk, this.#directory, this.#genesis, point, this.engine);
    return this.#sequence;
  }

  close(): void {
    this.#writer.commit();
    this.#writer.close();
  }

  #openSession(): number {
    const session = this.#sessionCount++;
    this.#command({ kind: CommandKind.OpenSession, name: `flow${session}` });
    return session;
  }

  #command(command: BenchCommand): void {
    writeBenchCommand(command, this.#i32, this.#f64, 0);
    this.#append();
  }

  #row(columns: CommandColumns, row: number, session: number): void {
    writeRow(columns, row, session, INSTRUMENT, this.#i32, this.#f64, 0);
    this.#append();
  }

  #append(): void {
    const writer = this.#writer;
    this.#sequence++;
    this.#f64[CMD_SEQUENCE] = this.#sequence;
    this.#f64[CMD_TIME] = this.#sequence;
    this.#i32[CMD_GATEWAY] = 0;
    if (!writer.fitsBuffer(this.#i32, 0)) writer.commit();
    if (!writer.fitsSegment(this.#i32, 0)) {
      writer.commit();
      writer.nextSegment();
    }
    writer.append(this.#i32, this.#f64, 0);
    this.engine.apply(this.#i32, this.#f64, 0);
  }
}
