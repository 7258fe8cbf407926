import { LogoutReason, type LogoutReason as Reason } from "../protocol/codes.ts";
import {
  MAX_BUSINESS_REJECT_BYTES,
  MAX_EXECUTION_REPORT_BYTES,
  MAX_MASS_CANCEL_REPORT_BYTES,
  encodeBusinessReject,
  encodeExecutionReport,
  encodeMassCancelReport,
} from "../protocol/codec/server-frame-encoder.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_ORDER_QTY,
  EVT_PRICE,
  EVT_SEQUENCE,
  EVT_SESSION,
  EVT_SESSION_SEQUENCE,
  EventFlag,
  EventKind,
  NO_SESSION,
} from "../protocol/record/event-record.ts";
import { EMPTY } from "../protocol/ring/ring-consumer.ts";
import { NS_PER_MS, nowMs } from "../protocol/telemetry/clock.ts";
import type { EngineLane } from "./engine-lane.ts";
import type { MarketData } from "./market-data/market-data.ts";
import type { FlushList } from "./session/flush-list.ts";
import type { OrderSession } from "./session/order-session.ts";
import { ringOutNs, type StageLatency } from "./stage-latency.ts";

/** Events taken from one lane before the others get their turn and the output is sent. */
const MAX_BATCH = 1024;

const PUBLIC_FLAGS = EventFlag.LevelChanged | EventFlag.PrevLevelChanged | EventFlag.PublicTrade;

/** What an engine's answer to an OpenSession means; the gateway finds the connection and goes on with the logon. */
export interface LogonEvents {
  /** @param sequence That of the openSession command on its engine. */
  opened(connection: number, engine: number, handle: number, lastSessionSequence: number, sequence: number): void;
  refused(connection: number, reason: Reason): void;
}

/** Where the answers to operator commands go. */
export interface OperatorEvents {
  reported(engine: number, i32: Int32Array, f64: Float64Array, base: number): void;
}

/** Takes events from the lanes: the private side goes to its session's output, the public side to market data. */
export class ReportRouter {
  readonly #lanes: readonly EngineLane[];
  readonly #flushList: FlushList;
  readonly #marketData: MarketData;
  readonly #stages: StageLatency;
  readonly #logons: LogonEvents;
  readonly #operator: OperatorEvents;
  /** When the batch at hand was taken from its ring, ms. */
  #takenAt = 0;

  constructor(
    lanes: readonly EngineLane[],
    flushList: FlushList,
    marketData: MarketData,
    stages: StageLatency,
    logons: LogonEvents,
    operator: OperatorEvents,
  ) {
    this.#lanes = lanes;
    this.#flushList = flushList;
    this.#marketData = marketData;
    this.#stages = stages;
    this.#logons = logons;
    this.#operator = operator;
  }

  /** When the last batch was taken, ms. */
  get takenAt(): number {
    return this.#takenAt;
  }

  /** Takes at most one batch from every lane. Returns how many events that were. */
  takeBatches(): number {
    let eventCount = 0;
    for (let n = 0; n < this.#lanes.length; n++) eventCount += this.#takeBatch(this.#lanes[n] as EngineLane);
    return eventCount;
  }

  #takeBatch(lane: EngineLane): number {
    let base = lane.peekEvent();
    if (base === EMPTY) return 0;
    this.#takenAt = nowMs();
    let eventCount = 0;
    while (base !== EMPTY && eventCount < MAX_BATCH) {
      if (lane.isRepeat(base)) lane.skipEvent();
      else {
        this.#route(lane, base);
        lane.nextEvent(base);
      }
      eventCount++;
      base = lane.peekEvent();
    }
    lane.events.release();
    return eventCount;
  }

  #route(lane: EngineLane, base: number): void {
    const { i32, f64 } = lane.events;
    const kind = (i32[base + EVT_HEAD] as number) & 0xff;
    if (kind === EventKind.ExecutionReport) {
      const flags = (i32[base + EVT_DETAIL] as number) >>> 24;
      const handle = i32[base + EVT_SESSION] as number;
      if (handle !== NO_SESSION) this.#report(lane, base, handle, flags);
      if ((flags & PUBLIC_FLAGS) !== 0) this.#marketData.bookChanged(i32, f64, base, flags);
    } else this.#routeRare(lane, base, kind);
  }

  #report(lane: EngineLane, base: number, handle: number, flags: number): void {
    const { i32, f64 } = lane.events;
    if ((flags & EventFlag.Stamped) !== 0) this.#stages.recordTaken(i32, f64, base, this.#takenAt);
    const session = lane.sessions[handle];
    // The connection ended while this event was under way; the session can ask again after its next logon.
    if (session === undefined) return;
    const hasReceipt = (flags & EventFlag.Receipt) !== 0;
    const ringOut = hasReceipt ? ringOutNs(i32, f64, base, this.#takenAt) : 0;
    const gatewayOut = hasReceipt ? Math.round((nowMs() - this.#takenAt) * NS_PER_MS) : 0;
    const { output } = session;
    const at = output.reserve(MAX_EXECUTION_REPORT_BYTES);
    output.length = encodeExecutionReport(i32, f64, base, lane.engine, ringOut, gatewayOut, output.bytes, at);
    this.#flushList.add(session);
  }

  #routeRare(lane: EngineLane, base: number, kind: number): void {
    const { i32, f64 } = lane.events;
    switch (kind) {
      case EventKind.BusinessReject:
        return this.#businessReject(lane, base);
      case EventKind.MassCancelReport:
        return this.#massCancelReport(lane, base);
      case EventKind.SessionOpened:
        return this.#logons.opened(
          i32[base + EVT_PRICE] as number,
          lane.engine,
          i32[base + EVT_SESSION] as number,
          i32[base + EVT_SESSION_SEQUENCE] as number,
          f64[(base >> 1) + EVT_SEQUENCE] as number,
        );
      case EventKind.SessionRefused:
        return this.#logons.refused(
          i32[base + EVT_PRICE] as number,
          (((i32[base + EVT_DETAIL] as number) >>> 16) & 0xff) as LogoutReason,
        );
      case EventKind.LevelUpdate:
        return this.#marketData.bookChanged(i32, f64, base, (i32[base + EVT_DETAIL] as number) >>> 24);
      case EventKind.SnapshotLevel:
        return this.#marketData.snapshotLevel(i32, f64, base);
      case EventKind.SnapshotEnd:
        return this.#marketData.snapshotEnd(i32, f64, base);
      case EventKind.Indication:
        return this.#marketData.indicated(i32, f64, base);
      case EventKind.PhaseChanged:
        return this.#marketData.phaseChanged(i32, f64, base);
      case EventKind.TradeAmended:
        return this.#marketData.tradeAmended(i32, f64, base);
      case EventKind.OperatorReport:
        return this.#operator.reported(lane.engine, i32, f64, base);
      default:
      // sessionClosed: the lane forgot the handle when it asked for this.
    }
  }

  #businessReject(lane: EngineLane, base: number): void {
    const { i32, f64 } = lane.events;
    const flags = (i32[base + EVT_DETAIL] as number) >>> 24;
    if ((flags & EventFlag.Stamped) !== 0) this.#stages.recordTaken(i32, f64, base, this.#takenAt);
    const session = lane.sessions[i32[base + EVT_SESSION] as number];
    if (session === undefined) return;
    const { output } = session;
    const at = output.reserve(MAX_BUSINESS_REJECT_BYTES);
    output.length = encodeBusinessReject(i32, f64, base, lane.engine, output.bytes, at);
    this.#flushList.add(session);
  }

  #massCancelReport(lane: EngineLane, base: number): void {
    const { i32, f64 } = lane.events;
    const session = lane.sessions[i32[base + EVT_SESSION] as number];
    if (session === undefined) return;
    const canceledCount = this.#totalCanceled(session, lane, base);
    if (canceledCount < 0) return;
    const { output } = session;
    const at = output.reserve(MAX_MASS_CANCEL_REPORT_BYTES);
    output.length = encodeMassCancelReport(i32, f64, base, canceledCount, output.bytes, at);
    this.#flushList.add(session);
  }

  /** Orders canceled over all engines that the request went to; −1 while one of them has not answered. */
  #totalCanceled(session: OrderSession, lane: EngineLane, base: number): number {
    const { i32, f64 } = lane.events;
    const canceledCount = i32[base + EVT_ORDER_QTY] as number;
    if ((i32[base + EVT_INSTRUMENT_ID] as number) !== 0) return canceledCount;
    const clientOrderId = f64[(base >> 1) + EVT_CLIENT_ORDER_ID] as number;
    // Engines answer in the order in which they were asked: the oldest request that still waits for this one is it.
    const index = session.pendingMassCancels.findIndex(
      (pending) => pending.clientOrderId === clientOrderId && pending.waitingFor.has(lane.engine),
    );
    const pending = session.pendingMassCancels[index];
    if (pending === undefined) return canceledCount;
    pending.canceledCount += canceledCount;
    pending.waitingFor.delete(lane.engine);
    if (pending.waitingFor.size > 0) return -1;
    session.pendingMassCancels.splice(index, 1);
    return pending.canceledCount;
  }
}
