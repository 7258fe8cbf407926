import { RejectReason, Side } from "../protocol/codes.ts";
import { MAX_BUSINESS_REJECT_BYTES, encodeCommandRefused } from "../protocol/codec/server-frame-encoder.ts";
import { CMD_CLIENT_ORDER_ID, CMD_HEAD, CMD_INSTRUMENT_ID, CommandKind } from "../protocol/record/command-record.ts";
import type { CounterWriter } from "../protocol/telemetry/counters.ts";
import type { CommandScratch } from "./command-scratch.ts";
import type { EngineLane } from "./engine-lane.ts";
import { GatewayCounter } from "./gateway-counters.ts";
import type { FlushList } from "./session/flush-list.ts";
import type { OrderSession } from "./session/order-session.ts";

/** Hands order commands to the engine of their instrument, or turns them away before anything has changed. */
export class OrderEntry {
  /** The command at hand: decoded here, then submitted. */
  readonly command: CommandScratch;
  isDraining = false;
  readonly #lanes: readonly EngineLane[];
  readonly #engineOfInstrument: ReadonlyMap<number, number>;
  readonly #flushList: FlushList;
  readonly #counters: CounterWriter;

  constructor(
    command: CommandScratch,
    lanes: readonly EngineLane[],
    engineOfInstrument: ReadonlyMap<number, number>,
    flushList: FlushList,
    counters: CounterWriter,
  ) {
    this.command = command;
    this.#lanes = lanes;
    this.#engineOfInstrument = engineOfInstrument;
    this.#flushList = flushList;
    this.#counters = counters;
  }

  /** @param receivedAt When the socket was read, ms. */
  submit(session: OrderSession, kind: number, receivedAt: number): void {
    if (session.isMarketDataOnly()) return this.refuse(session, RejectReason.MarketDataOnly);
    if (this.isDraining && (kind === CommandKind.NewOrder || kind === CommandKind.ReplaceOrder)) {
      return this.refuse(session, RejectReason.VenueClosed);
    }
    const instrumentId = this.command.i32[CMD_INSTRUMENT_ID] as number;
    if (kind === CommandKind.MassCancel && instrumentId === 0 && this.#isSoundMassCancel()) {
      return this.#massCancelEverywhere(session, receivedAt);
    }
    const lane = this.#laneOf(instrumentId);
    if (!lane.send(this.command, session.handles[lane.engine] as number, receivedAt)) {
      return this.#refuseBusy(session);
    }
    this.#counters.add(GatewayCounter.Commands, 1);
  }

  /** Answers the command at hand with a BusinessReject that the engine knows nothing of. */
  refuse(session: OrderSession, reason: RejectReason): void {
    const { i32, f64 } = this.command;
    const { output } = session;
    const at = output.reserve(MAX_BUSINESS_REJECT_BYTES);
    output.length = encodeCommandRefused(i32, f64, 0, reason, output.bytes, at);
    this.#flushList.add(session);
    this.#counters.add(GatewayCounter.BusinessRejects, 1);
  }

  #refuseBusy(session: OrderSession): void {
    this.#counters.add(GatewayCounter.BusyRejects, 1);
    this.refuse(session, RejectReason.Busy);
  }

  /** An unknown instrument goes to the first engine, which says so. */
  #laneOf(instrumentId: number): EngineLane {
    const engine = this.#lanes.length === 1 ? 0 : (this.#engineOfInstrument.get(instrumentId) ?? 0);
    return this.#lanes[engine] as EngineLane;
  }

  /** One that is not goes to the first engine alone, which rejects it: one request, one answer. */
  #isSoundMassCancel(): boolean {
    const { i32, f64 } = this.command;
    const side = ((i32[CMD_HEAD] as number) >>> 8) & 0xff;
    return side <= Side.Sell && (f64[CMD_CLIENT_ORDER_ID] as number) >= 0;
  }

  /** All engines or none: half a mass cancel would be worse than a BUSY. */
  #massCancelEverywhere(session: OrderSession, receivedAt: number): void {
    const lanes = this.#lanes;
    if (!lanes.every((lane) => lane.hasRoom())) return this.#refuseBusy(session);
    const { i32, f64 } = this.command;
    session.pendingMassCancels.push({
      clientOrderId: f64[CMD_CLIENT_ORDER_ID] as number,
      instrumentId: 0,
      side: ((i32[CMD_HEAD] as number) >>> 8) & 0xff,
      waitingFor: new Set(lanes.map((lane) => lane.engine)),
      canceledCount: 0,
    });
    for (const lane of lanes) lane.send(this.command, session.handles[lane.engine] as number, receivedAt);
    this.#counters.add(GatewayCounter.Commands, lanes.length);
  }
}
