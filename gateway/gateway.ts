/**
 * One gateway: client connections on one side, the rings to every engine on the other, on one event loop.
 *
 * Socket callbacks decode and hand over; everything else happens once per turn of the event loop, after its socket
 * callbacks (setImmediate): hand over what is left → take events, for a moment waiting for those that are about to come →
 * publish market data → flush every session's output in one piece → go to sleep, or come back if work is under way.
 *
 * Absences: it never waits for an engine, keeps no order state, and reads no client order id.
 */
import type { Instrument } from "../engine/engine-config.ts";
import { COLD_FRAME, decodeClientFrame, writeCommand } from "../protocol/codec/client-frame-decoder.ts";
import { decodeClientFrameCold, encodeServerFrame, fairlead } from "../protocol/codec/cold-codec.ts";
import { FRAME, FRAME_TOO_LARGE, FrameSplitter, NEED_MORE } from "../protocol/codec/delimited.ts";
import { LogoutReason, RejectReason, RequestType, VenueState } from "../protocol/codes.ts";
import { JsonFault, parseClientFrame } from "../protocol/json/json-codec.ts";
import type { DoorbellSleeper } from "../protocol/ring/doorbell.ts";
import { EMPTY } from "../protocol/ring/ring-consumer.ts";
import { nowMs } from "../protocol/telemetry/clock.ts";
import type { CounterWriter } from "../protocol/telemetry/counters.ts";
import { CommandScratch } from "./command-scratch.ts";
import { ControlCommands } from "./control-commands.ts";
import type { EngineLane } from "./engine-lane.ts";
import { GatewayCounter } from "./gateway-counters.ts";
import type { InstrumentDirectory } from "./instrument-directory.ts";
import { MarketData } from "./market-data/market-data.ts";
import { type OperatorAnswer, OperatorDesk, type OperatorOrder } from "./operator/operator-desk.ts";
import { OrderEntry } from "./order-entry.ts";
import { ReportRouter } from "./report-router.ts";
import { FlushList } from "./session/flush-list.ts";
import { LogonDesk } from "./session/logon-desk.ts";
import { OrderSession, SessionState, type WireEncoding } from "./session/order-session.ts";
import { SessionControl } from "./session/session-control.ts";
import { StageLatency, type StageBuffers } from "./stage-latency.ts";
import { LOGOUT_TEXTS } from "./transport/close-codes.ts";
import type { Transport } from "./transport/transport.ts";

/** How long a turn waits for an engine that is at work; longer than an order takes, shorter than a client would notice. */
const SPIN_MS = 0.02;

/** Frames that may come before the logon is accepted. */
const MAX_EARLY_BYTES = 65_536;

/** A longer sleep changes nothing: a producer rings. This bounds what a lost wake-up could cost. */
const PARK_TIMEOUT_MS = 1000;

const TIMER_INTERVAL_MS = 50;

/** Far longer than a journal needs for what was handed to it, unless its disk hangs. */
const PAUSE_TIMEOUT_MS = 5000;

/** Engines answer within a turn; one that has not by then is stuck, and its operator wants to know. */
const OPERATOR_TIMEOUT_MS = 5000;

/** From here on a LogoutReason tells of a client that broke the protocol. */
const FIRST_PROTOCOL_ERROR = LogoutReason.MalformedFrame;

export interface GatewayParts {
  readonly lanes: readonly EngineLane[];
  readonly sleeper: DoorbellSleeper;
  readonly counters: CounterWriter;
  readonly stages: StageBuffers;
  readonly instruments: InstrumentDirectory;
  readonly limits: GatewayLimits;
  readonly venueName: string;
  readonly firstConnection: number;
  /** Told of every session that ended for a reason worth a line, once per session. */
  readonly onSessionEnd: (session: OrderSession, reason: LogoutReason, text: string) => void;
  /** What came of an operator's order. */
  readonly onOperatorAnswer: (answer: OperatorAnswer) => void;
}

export interface GatewayLimits {
  readonly maxConnections: number;
  readonly maxSubscriptions: number;
  readonly maxFrameBytes: number;
  readonly maxQueuedBytes: number;
  readonly logonTimeoutMs: number;
}

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #lanes: readonly EngineLane[];
  readonly #sessions = new Map<number, OrderSession>();
  readonly #command = new CommandScratch();
  readonly #flushList: FlushList;
  readonly #controlCommands: ControlCommands;
  readonly #control: SessionControl;
  readonly #marketData: MarketData;
  readonly #orderEntry: OrderEntry;
  readonly #router: ReportRouter;
  readonly #stages: StageLatency;
  readonly #logonDesk: LogonDesk;
  readonly #operatorDesk: OperatorDesk;
  readonly #messageSplitter: FrameSplitter;
  readonly #timer: NodeJS.Timeout;
  #nextConnection: number;
  #isDraining = false;
  /** When the bytes at hand were read, ms. */
  #receivedAt = 0;
  #receivedThisTurn = false;
  #turnScheduled = false;
  #asleep = false;

  constructor(parts: GatewayParts) {
    const { lanes, counters, instruments, limits } = parts;
    this.#parts = parts;
    this.#nextConnection = parts.firstConnection;
    this.#lanes = lanes;
    this.#flushList = new FlushList(counters, limits.maxQueuedBytes, (session) => this.#dropSlowConsumer(session));
    this.#controlCommands = new ControlCommands(lanes);
    this.#control = new SessionControl(lanes, this.#controlCommands);
    this.#marketData = new MarketData(
      { engineOfInstrument: instruments.engines, maxSubscriptions: limits.maxSubscriptions },
      this.#control,
      this.#flushList,
    );
    this.#orderEntry = new OrderEntry(this.#command, lanes, instruments.engines, this.#flushList, counters);
    this.#stages = new StageLatency(parts.stages);
    this.#logonDesk = new LogonDesk(lanes, this.#control, {
      find: (connection) => this.#sessions.get(connection),
      accepted: (session) => this.#logonAccepted(session),
      refused: (session, reason, text) => this.end(session, reason, text),
    });
    this.#operatorDesk = new OperatorDesk({
      engineCount: lanes.length,
      engineOfInstrument: instruments.engines,
      commands: this.#controlCommands,
      timeoutMs: OPERATOR_TIMEOUT_MS,
      answer: parts.onOperatorAnswer,
    });
    this.#router = new ReportRouter(
      lanes,
      this.#flushList,
      this.#marketData,
      this.#stages,
      this.#logonDesk,
      this.#operatorDesk,
    );
    this.#messageSplitter = new FrameSplitter(limits.maxFrameBytes);
    this.#timer = setInterval(() => this.#checkTimes(), TIMER_INTERVAL_MS);
  }

  // ---- what transports call ----

  /** A client has connected. Answers undefined, and closes the connection with a reason, when it is turned away. */
  connected(transport: Transport, encoding: WireEncoding): OrderSession | undefined {
    const { counters, limits } = this.#parts;
    const session = new OrderSession(this.#nextConnection++, transport, encoding, this.#lanes.length, nowMs());
    const refusal = this.#isDraining
      ? LogoutReason.Draining
      : this.#sessions.size >= limits.maxConnections
        ? LogoutReason.TooManySessions
        : undefined;
    if (refusal !== undefined) {
      counters.add(GatewayCounter.ConnectionsRefused, 1);
      this.#sayGoodbye(session, refusal, LOGOUT_TEXTS[refusal]);
      return undefined;
    }
    this.#sessions.set(session.connection, session);
    counters.add(GatewayCounter.ConnectionsOpened, 1);
    counters.set(GatewayCounter.Connections, this.#sessions.size);
    return session;
  }

  /** The connection is gone, for whatever reason. */
  disconnected(session: OrderSession): void {
    this.#sessions.delete(session.connection);
    this.#parts.counters.set(GatewayCounter.Connections, this.#sessions.size);
    this.#leave(session);
  }

  /**
   * Bytes were read from the session's socket; the frames in them follow.
   *
   * All that one turn receives counts as read when its first bytes were: one read of a socket brings many messages, and the
   * later ones have waited in memory since then.
   */
  beginReceive(session: OrderSession, byteCount: number): void {
    if (!this.#receivedThisTurn) {
      this.#receivedThisTurn = true;
      this.#receivedAt = nowMs();
    }
    session.receivedAt = this.#receivedAt;
    this.#parts.counters.add(GatewayCounter.ReceivedBytes, byteCount);
    this.#scheduleTurn();
  }

  /** All frames of one message, which ends where its last frame ends. */
  receiveFrames(session: OrderSession, message: Uint8Array): void {
    // Most messages are one short frame: a length of one byte, and that many bytes.
    const length = message.length - 1;
    if (length < 128 && message[0] === length) return this.receiveFrame(session, message, 1, length + 1);
    const splitter = this.#messageSplitter;
    splitter.reset();
    splitter.feed(message, 0, message.length);
    let found = splitter.next();
    while (found === FRAME) {
      this.receiveFrame(session, splitter.bytes, splitter.start, splitter.end);
      found = splitter.next();
    }
    if (found === NEED_MORE && !splitter.isPartial) return;
    this.end(session, found === FRAME_TOO_LARGE ? LogoutReason.FrameTooLarge : LogoutReason.MalformedFrame);
  }

  /** One frame at bytes[start, end), its length prefix not included. The bytes may change after the call. */
  receiveFrame(session: OrderSession, bytes: Uint8Array, start: number, end: number): void {
    if (session.state !== SessionState.Active) return this.#receiveBeforeActive(session, bytes, start, end);
    const { i32, f64 } = this.#command;
    const kind = decodeClientFrame(bytes, start, end, i32, f64, 0);
    if (kind > COLD_FRAME) this.#orderEntry.submit(session, kind, this.#receivedAt);
    else if (kind === COLD_FRAME) this.#receiveCold(session, decodeClientFrameCold(bytes, start, end));
    else this.end(session, LogoutReason.MalformedFrame);
  }

  /** One message of the JSON sub-protocol. */
  receiveText(session: OrderSession, text: string): void {
    if (session.state === SessionState.Ended) return;
    if (text.length > this.#parts.limits.maxFrameBytes) return this.end(session, LogoutReason.FrameTooLarge);
    const frame = parseClientFrame(text);
    if (frame instanceof JsonFault) this.end(session, frame.logoutReason, frame.toString());
    else this.#receiveCold(session, frame);
  }

  /** Ends the session: a Logout with the reason as its last frame, then the end of the connection. */
  end(session: OrderSession, reason: LogoutReason, text: string = LOGOUT_TEXTS[reason]): void {
    if (session.state === SessionState.Ended) return;
    if (reason >= FIRST_PROTOCOL_ERROR) this.#parts.counters.add(GatewayCounter.ProtocolErrors, 1);
    this.#parts.onSessionEnd(session, reason, text);
    this.#sayGoodbye(session, reason, text);
    this.#leave(session);
  }

  // ---- what the worker calls ----

  /** The answer goes to onOperatorAnswer. */
  operate(order: OperatorOrder): void {
    this.#operatorDesk.submit(order);
    this.#scheduleTurn();
  }

  /** An engine has a new instrument, or new terms of one. */
  define(instrument: Instrument): void {
    this.#parts.instruments.define(instrument);
  }

  /**
   * An engine is gone, and what it published will soon be durable. Resolves when all of it is with its receivers.
   *
   * @param published Up to this command it had published everything.
   * @returns the sequence number of the last command of which this gateway has heard.
   */
  async pauseEngine(engine: number, published: number): Promise<number> {
    this.#tellState(VenueState.Paused);
    const lane = this.#lanes[engine] as EngineLane;
    const deadline = nowMs() + PAUSE_TIMEOUT_MS;
    while (lane.events.peek() !== EMPTY && nowMs() < deadline) {
      this.#scheduleTurn();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    lane.expectRepeats(published);
    this.#marketData.rejoin(engine);
    return lane.lastSequence;
  }

  /** Another engine has taken its place. */
  resumeEngine(): void {
    this.#tellState(VenueState.Resumed);
    this.#scheduleTurn();
  }

  /** Ends every session: what they have not heard of by now they will not hear from this process. */
  halt(): void {
    this.#isDraining = true;
    this.#orderEntry.isDraining = true;
    for (const session of this.#sessions.values()) this.end(session, LogoutReason.StorageFailed);
  }

  #tellState(state: VenueState): void {
    const status = encodeServerFrame({ venueStatus: { state, serverTime: serverTimeUs() } });
    for (const session of this.#sessions.values()) this.#sendIfActive(session, status);
  }

  /** Takes no new orders from now on, tells every client, and waits for what is under way. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    this.#orderEntry.isDraining = true;
    this.#tellState(VenueState.Draining);
    this.#scheduleTurn();
    await this.#settled(timeoutMs, () => true);
    for (const session of this.#sessions.values()) this.end(session, LogoutReason.Draining);
    await this.#settled(timeoutMs, () => this.#sessions.size === 0);
    this.#operatorDesk.stop();
    clearInterval(this.#timer);
  }

  // ---- frames ----

  #receiveBeforeActive(session: OrderSession, bytes: Uint8Array, start: number, end: number): void {
    if (session.state === SessionState.AwaitingLogon) {
      return this.#receiveCold(session, decodeClientFrameCold(bytes, start, end));
    }
    if (session.state === SessionState.LoggingOn) this.#keepForLater(session, bytes.slice(start, end));
  }

  /** A client that does not wait for LogonAccepted: what it sends is handled after it. */
  #keepForLater(session: OrderSession, frame: Uint8Array): void {
    session.early.push(frame);
    session.earlyBytes += frame.length;
    if (session.earlyBytes > MAX_EARLY_BYTES) this.end(session, LogoutReason.LogonExpected);
  }

  #receiveCold(session: OrderSession, frame: fairlead.v1.ClientFrame | LogoutReason): void {
    if (typeof frame === "number") return this.end(session, frame);
    if (session.state === SessionState.AwaitingLogon) {
      if (frame.logon) this.#logonDesk.logon(session, frame.logon);
      else this.end(session, LogoutReason.LogonExpected);
    } else if (session.state === SessionState.LoggingOn) {
      this.#keepForLater(session, fairlead.v1.ClientFrame.encode(frame).finish());
    } else if (session.state === SessionState.Active) this.#receiveActive(session, frame);
  }

  #receiveActive(session: OrderSession, frame: fairlead.v1.ClientFrame): void {
    switch (frame.frame) {
      case "newOrder":
      case "cancelOrder":
      case "replaceOrder":
      case "massCancel":
        return this.#submit(session, frame);
      case "newOrderList":
        return this.#orderEntry.submitList(session, frame.newOrderList ?? {}, this.#receivedAt);
      case "operatorRequest":
        return this.#orderEntry.refuseRequest(session, RequestType.OperatorRequest, RejectReason.NotAuthorized);
      case "subscribe":
        return this.#marketData.subscribe(session, frame.subscribe ?? {});
      case "unsubscribe":
        return this.#marketData.unsubscribe(session, frame.unsubscribe ?? {});
      case "instrumentsRequest":
        return this.#sendEach(session, this.#parts.instruments.listFrames());
      case "heartbeat":
        return this.#answerHeartbeat(session, frame.heartbeat?.requestId ?? 0);
      case "logout":
        return this.end(session, LogoutReason.Requested);
      case "logon":
        return this.end(session, LogoutReason.AlreadyLoggedOn);
      default:
        return this.end(session, LogoutReason.EmptyFrame);
    }
  }

  #submit(session: OrderSession, frame: fairlead.v1.ClientFrame): void {
    const kind = writeCommand(frame, this.#command.i32, this.#command.f64, 0);
    this.#orderEntry.submit(session, kind, this.#receivedAt);
  }

  #answerHeartbeat(session: OrderSession, requestId: number): void {
    if (requestId !== 0) this.#sendEach(session, [encodeServerFrame({ heartbeat: { echoId: requestId } })]);
  }

  // ---- sessions ----

  #logonAccepted(session: OrderSession): void {
    this.#countSessions();
    const accepted = encodeServerFrame({
      logonAccepted: {
        session: session.name,
        heartbeatIntervalMs: session.heartbeatIntervalMs,
        venue: this.#parts.venueName,
        maxFrameBytes: this.#parts.limits.maxFrameBytes,
        serverTime: serverTimeUs(),
        durability: this.#parts.instruments.durability,
        lastSessionSequence: session.lastSessionSequences,
      },
    });
    this.#sendEach(session, [accepted]);
    const early = session.early.splice(0);
    for (const frame of early) this.receiveFrame(session, frame, 0, frame.length);
  }

  #dropSlowConsumer(session: OrderSession): void {
    this.#parts.counters.add(GatewayCounter.SlowConsumers, 1);
    this.end(session, LogoutReason.SlowConsumer);
  }

  #sayGoodbye(session: OrderSession, reason: LogoutReason, text: string): void {
    const logout = encodeServerFrame({ logout: { reason, text } });
    session.output.append(logout, 0, logout.length);
    this.#flushList.flushLast(session, nowMs());
    session.state = SessionState.Ended;
    session.transport.close(reason, text);
  }

  /** The session has no connection any more: its engines and its subscriptions are told. */
  #leave(session: OrderSession): void {
    session.state = SessionState.Ended;
    this.#control.closeEverywhere(session);
    this.#marketData.unsubscribeAll(session);
    this.#countSessions();
    this.#scheduleTurn();
  }

  #countSessions(): void {
    let active = 0;
    for (const session of this.#sessions.values()) if (session.state === SessionState.Active) active++;
    this.#parts.counters.set(GatewayCounter.Sessions, active);
  }

  #sendIfActive(session: OrderSession, frame: Uint8Array): void {
    if (session.state === SessionState.Active) this.#sendEach(session, [frame]);
  }

  #sendEach(session: OrderSession, frames: readonly Uint8Array[]): void {
    for (const frame of frames) session.output.append(frame, 0, frame.length);
    this.#flushList.add(session);
    this.#scheduleTurn();
    // A small request can have a large answer, and one read can hold thousands of requests.
    if (session.output.length > this.#parts.limits.maxQueuedBytes) this.#flushList.flushOne(session, nowMs());
  }

  #checkTimes(): void {
    const now = nowMs();
    this.#parts.counters.add(GatewayCounter.Ticks, 1);
    for (const session of this.#sessions.values()) {
      if (session.state === SessionState.Active) this.#checkHeartbeat(session, now);
      else if (now - session.connectedAt > this.#parts.limits.logonTimeoutMs) {
        if (session.state === SessionState.Ended) session.transport.close(LogoutReason.LogonTimeout, "");
        else this.end(session, LogoutReason.LogonTimeout);
      }
    }
  }

  #checkHeartbeat(session: OrderSession, now: number): void {
    if (now - session.receivedAt > 2 * session.heartbeatIntervalMs) {
      this.#parts.counters.add(GatewayCounter.HeartbeatTimeouts, 1);
      this.end(session, LogoutReason.HeartbeatTimeout);
    } else if (now - session.sentAt >= session.heartbeatIntervalMs) {
      this.#sendEach(session, [encodeServerFrame({ heartbeat: {} })]);
    }
  }

  // ---- the turn ----

  #scheduleTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#turnScheduled = false;
    this.#receivedThisTurn = false;
    const { counters, sleeper } = this.#parts;
    counters.add(GatewayCounter.Turns, 1);
    sleeper.cancel();
    this.#controlCommands.retry();
    for (const lane of this.#lanes) lane.endTurn();
    const eventCount = this.#takeEvents();
    counters.add(GatewayCounter.Events, eventCount);
    this.#marketData.publish();
    this.#flush();
    this.#continue(eventCount);
  };

  /** Takes what is there; when nothing is, and an engine that is awake has commands of ours, waits a moment for it. */
  #takeEvents(): number {
    let eventCount = this.#router.takeBatches();
    if (eventCount > 0 || !this.#answersAreNear()) return eventCount;
    const giveUpAt = nowMs() + SPIN_MS;
    do {
      eventCount = this.#router.takeBatches();
    } while (eventCount === 0 && this.#answersAreNear() && nowMs() < giveUpAt);
    // The engine publishes before it is no longer busy: one more look finds what it did last.
    return eventCount === 0 ? this.#router.takeBatches() : eventCount;
  }

  #flush(): void {
    if (this.#flushList.isEmpty) return;
    this.#flushList.flush(nowMs());
    this.#stages.recordSent(this.#router.takenAt, nowMs());
  }

  /** More may have come while this was sent. An engine that keeps us waiting may need the very core we would poll on. */
  #continue(eventCount: number): void {
    if (this.#controlCommands.isWaiting || (eventCount > 0 && this.#enginesAreBusy())) this.#scheduleTurn();
    else this.#park();
  }

  /** Whether an engine that has commands of ours is awake: one that was just woken takes longer than a spin. */
  #answersAreNear(): boolean {
    for (let n = 0; n < this.#lanes.length; n++) {
      const lane = this.#lanes[n] as EngineLane;
      if (!lane.engineWasAsleep && lane.isBusy()) return true;
    }
    return false;
  }

  #enginesAreBusy(): boolean {
    for (let n = 0; n < this.#lanes.length; n++) if ((this.#lanes[n] as EngineLane).isBusy()) return true;
    return false;
  }

  /** Sleeps in the event loop until a socket or an engine has something. */
  #park(): void {
    const { counters, sleeper } = this.#parts;
    sleeper.prepare();
    if (this.#lanes.some((lane) => lane.peekEvent() !== EMPTY)) return this.#scheduleTurn();
    counters.add(GatewayCounter.Parks, 1);
    counters.set(GatewayCounter.Subscriptions, this.#marketData.subscriptionCount);
    if (this.#asleep) return;
    this.#asleep = true;
    void this.#wakeOnDoorbell();
  }

  async #wakeOnDoorbell(): Promise<void> {
    await this.#parts.sleeper.sleepAsync(PARK_TIMEOUT_MS);
    this.#asleep = false;
    this.#scheduleTurn();
  }

  /** Resolves when nothing is under way between here and the engines and what else is asked for is so, or the time is over. */
  async #settled(timeoutMs: number, isDone: () => boolean): Promise<void> {
    const deadline = nowMs() + timeoutMs;
    const isUnderWay = (): boolean =>
      this.#enginesAreBusy() || this.#controlCommands.isWaiting || !this.#flushList.isEmpty;
    while ((isUnderWay() || !isDone()) && nowMs() < deadline) {
      this.#scheduleTurn();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

function serverTimeUs(): number {
  return Date.now() * 1000;
}
