import { REJECT_TEXTS, RejectReason, RequestType, Side } from "../protocol/codes.ts";
import { writeListedOrder } from "../protocol/codec/client-frame-decoder.ts";
import { encodeServerFrame, type fairlead } from "../protocol/codec/cold-codec.ts";
import { MAX_BUSINESS_REJECT_BYTES, encodeCommandRefused } from "../protocol/codec/server-frame-encoder.ts";
import {
  CMD_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_PRICE_FROM,
  CMD_PRICE_TO,
  CommandFlag,
  CommandKind,
  MAX_ACCOUNT,
} from "../protocol/record/command-record.ts";
import type { CounterWriter } from "../protocol/telemetry/counters.ts";
import { MAX_ID } from "../protocol/limits.ts";
import { CommandScratch } from "./command-scratch.ts";
import type { EngineLane } from "./engine-lane.ts";
import { GatewayCounter } from "./gateway-counters.ts";
import type { FlushList } from "./session/flush-list.ts";
import type { OrderSession } from "./session/order-session.ts";

/** A bracket has three. */
const MAX_LIST_ORDERS = 3;

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
    if (lane.isStorageFull && (kind === CommandKind.NewOrder || kind === CommandKind.ReplaceOrder)) {
      return this.refuse(session, RejectReason.StorageFull);
    }
    if (!lane.send(this.command, session.handles[lane.engine] as number, receivedAt)) {
      return this.#refuseBusy(session);
    }
    this.#counters.add(GatewayCounter.Commands, 1);
  }

  /** The orders of a list reach the engine of the first one's instrument together, or not at all. */
  submitList(session: OrderSession, list: fairlead.v1.NewOrderList.$Properties, receivedAt: number): void {
    const orders = list.orders ?? [];
    const first = orders[0] ?? {};
    const refusal = this.#listRefusal(session, orders.length);
    if (refusal !== RejectReason.Unspecified) {
      return this.refuseRequest(session, RequestType.NewOrderList, refusal, first);
    }
    const commands = orders.map((order, place) => {
      const command = new CommandScratch();
      writeListedOrder(order, list.contingency, place, orders.length, command.i32, command.f64, 0);
      return command;
    });
    const lane = this.#laneOf(first.instrumentId ?? 0);
    if (lane.isStorageFull) {
      return this.refuseRequest(session, RequestType.NewOrderList, RejectReason.StorageFull, first);
    }
    if (lane.sendTogether(commands, session.handles[lane.engine] as number, receivedAt)) {
      this.#counters.add(GatewayCounter.Commands, commands.length);
    } else {
      this.#counters.add(GatewayCounter.BusyRejects, 1);
      this.refuseRequest(session, RequestType.NewOrderList, RejectReason.Busy, first);
    }
  }

  #listRefusal(session: OrderSession, orderCount: number): RejectReason {
    if (session.isMarketDataOnly()) return RejectReason.MarketDataOnly;
    if (this.isDraining) return RejectReason.VenueClosed;
    return orderCount >= 1 && orderCount <= MAX_LIST_ORDERS ? RejectReason.Unspecified : RejectReason.InvalidList;
  }

  /** Answers a request that is no single command. An id that is too large is not echoed. */
  refuseRequest(
    session: OrderSession,
    requestType: RequestType,
    rejectReason: RejectReason,
    { clientOrderId, instrumentId }: fairlead.v1.NewOrder.$Properties = {},
  ): void {
    const named = clientOrderId && clientOrderId <= MAX_ID ? { clientOrderId } : {};
    const text = REJECT_TEXTS[rejectReason] ?? "";
    const frame = encodeServerFrame({
      businessReject: { requestType, rejectReason, text, instrumentId: instrumentId ?? 0, ...named },
    });
    session.output.append(frame, 0, frame.length);
    this.#flushList.add(session);
    this.#counters.add(GatewayCounter.BusinessRejects, 1);
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
    const priceFrom = i32[CMD_PRICE_FROM] as number;
    const priceTo = i32[CMD_PRICE_TO] as number;
    const isRange = priceFrom >= 0 && (priceTo === 0 || priceTo >= priceFrom);
    const isExtended = ((i32[CMD_FLAGS] as number) & CommandFlag.Extended) !== 0;
    const account = isExtended ? (i32[CMD_ACCOUNT] as number) : 0;
    const isAccount = account >= 0 && account <= MAX_ACCOUNT;
    return side <= Side.Sell && isRange && isAccount && (f64[CMD_CLIENT_ORDER_ID] as number) >= 0;
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
