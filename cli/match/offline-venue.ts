/**
 * What a gateway is to a running venue, for a file: knows the sessions and the time, and turns frames into command records.
 * Records collect in a block and are applied together; what changes sessions is applied at once.
 *
 * The first command has time 0, every other that of the one before it plus 1 µs, unless the file says otherwise.
 */
import type { EngineConfig, Instrument } from "../../engine/engine-config.ts";
import { InstrumentDefinitions } from "../../gateway/operator/instrument-definitions.ts";
import { operatorCommands } from "../../gateway/operator/operator-commands.ts";
import { writeCommand, writeListedOrder } from "../../protocol/codec/client-frame-decoder.ts";
import { RejectReason } from "../../protocol/codes.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { JsonFault } from "../../protocol/json/json-codec.ts";
import { SESSION_NAME_PATTERN } from "../../protocol/limits.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_SESSION,
  CMD_TIME,
  CommandKind,
  RECORD_I32_SHIFT,
  commandHead,
} from "../../protocol/record/command-record.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import { type CommandBlock, type EventReader, OfflineEngine, createCommandBlock } from "./offline-engine.ts";

type ClientFrame = fairlead.v1.ClientFrame.$Properties;
type OperatorRequest = fairlead.v1.OperatorRequest.$Properties;
type InstrumentDefinition = fairlead.v1.InstrumentDefinition.$Properties;

/** The session of lines that name none, until there is a logon. */
const FIRST_SESSION = "main";

const ENGINE_COUNT = 1;

const BLOCK_RECORDS = 512;

/** The place of an order in its list is one byte. */
const MAX_LIST_ORDERS = 255;

/** Of the one gateway: a file has none. */
const NO_CONNECTION = 0;

/** What a line may say besides its frame. */
export interface Envelope {
  /** Whose frame this is; undefined: that of the last logon. Opened if it is not. */
  readonly session: string | undefined;
  /** µs since 1970-01-01 UTC; undefined: 1 µs after the last command. */
  readonly time: number | undefined;
}

export const NO_ENVELOPE: Envelope = { session: undefined, time: undefined };

/** Hears what happens, in order. None of these may call the venue. */
export interface VenueListener {
  /** A command has been written, and is applied soon. */
  readonly command: (kind: number) => void;
  readonly event: EventReader;
  /** @param isAsked By a logon; else by the first command of a session. */
  readonly sessionOpened: (handle: number, name: string, isAsked: boolean) => void;
  readonly sessionClosed: (handle: number) => void;
  /** The definition of an instrument never came to be a command. */
  readonly definitionRefused: (requestId: number, why: string) => void;
}

export class OfflineVenue {
  readonly offline: OfflineEngine;
  /** How often there were frames that mean nothing without a connection, by name. */
  readonly ignored: Map<string, number>;
  /** Symbols of all instruments, by id, in the order in which they came. */
  readonly symbols: Map<number, string>;
  readonly #definitions: InstrumentDefinitions;
  readonly #listener: VenueListener;
  readonly #block: CommandBlock;
  #count: number;
  /** Of the last command. */
  #time: number;
  /** Of lines that name none; undefined after its logout. */
  #currentSession: string | undefined;
  /** Handles of the open sessions, by name. */
  readonly #handles: Map<string, number>;

  constructor(config: EngineConfig, listener: VenueListener) {
    this.offline = new OfflineEngine(config, listener.event);
    this.ignored = new Map();
    this.symbols = new Map();
    this.#definitions = new InstrumentDefinitions(config.instruments, ENGINE_COUNT, config.maxOpenOrders);
    this.#listener = listener;
    this.#block = createCommandBlock(BLOCK_RECORDS);
    this.#count = 0;
    this.#time = -1;
    this.#currentSession = FIRST_SESSION;
    this.#handles = new Map();
    for (const instrument of config.instruments) this.#follow(instrument);
  }

  /** Applies what has collected. */
  flush(): void {
    const count = this.#count;
    this.#count = 0;
    if (count > 0) this.offline.apply(this.#block, count);
  }

  /** Commands are applied soon, what changes sessions at once. @returns what is wrong with the frame, or null. */
  take(frame: ClientFrame, { session, time }: Envelope): JsonFault | null {
    const { logon, logout, newOrderList, operatorRequest } = frame;
    const commandTime = time ?? this.#time + 1;
    if (commandTime < this.#time) return new JsonFault("time", `expected at least ${this.#time}, found ${commandTime}`);
    if (this.#count + MAX_LIST_ORDERS > BLOCK_RECORDS) this.flush();
    if (logon) return this.#logOn(logon, commandTime);
    if (operatorRequest) return this.#operate(operatorRequest, commandTime)?.within("operatorRequest") ?? null;
    if (!logout && !newOrderList && !isOrder(frame)) return this.#ignore(frame);
    const name = session ?? this.#currentSession;
    if (name === undefined) return new JsonFault("", "expected a logon first: the session was logged out");
    if (logout) return this.#logOut(name, commandTime);
    const handle = this.#handles.get(name) ?? this.#open(name, commandTime, false, false);
    if (handle === NO_SESSION) return tooManySessions("session");
    // The opening, if there was one, took its time.
    const ownTime = Math.max(commandTime, time ?? this.#time + 1);
    if (newOrderList) return this.#takeList(newOrderList, handle, ownTime);
    this.#takeOrder(frame, handle, ownTime);
    return null;
  }

  #takeOrder(frame: ClientFrame, handle: number, time: number): void {
    const { i32, f64 } = this.#block;
    const base = this.#count << RECORD_I32_SHIFT;
    const kind = writeCommand(frame, i32, f64, base);
    i32[base + CMD_SESSION] = handle;
    this.#add(kind, time);
  }

  #takeList(list: fairlead.v1.NewOrderList.$Properties, handle: number, time: number): JsonFault | null {
    const { i32, f64 } = this.#block;
    const orders = list.orders ?? [];
    if (orders.length === 0 || orders.length > MAX_LIST_ORDERS) {
      return new JsonFault("newOrderList", `expected 1 to ${MAX_LIST_ORDERS} orders, found ${orders.length}`);
    }
    for (const [place, order] of orders.entries()) {
      const base = this.#count << RECORD_I32_SHIFT;
      writeListedOrder(order, list.contingency, place, orders.length, i32, f64, base);
      i32[base + CMD_SESSION] = handle;
      this.#add(CommandKind.NewOrder, time);
    }
    return null;
  }

  #operate(request: OperatorRequest, time: number): JsonFault | null {
    const { advanceTime, cancelOrders, defineInstrument } = request;
    if (advanceTime) {
      this.#advanceTime(request, Math.max(time, advanceTime.to ?? 0));
      return null;
    }
    const fault = cancelOrders ? faultInFilter(cancelOrders) : null;
    if (fault !== null) return fault.within("cancelOrders");
    if (defineInstrument) this.#define(request, defineInstrument, time);
    else if (!this.#addOperatorCommands(request, time)) return new JsonFault("", "expected a command, found none");
    return null;
  }

  /** @returns whether there was anything in the request. */
  #addOperatorCommands(request: OperatorRequest, time: number): boolean {
    const commands = operatorCommands(request, NO_CONNECTION);
    for (const { i32 } of commands) {
      if (this.#count === BLOCK_RECORDS) this.flush();
      this.#block.i32.set(i32, this.#count << RECORD_I32_SHIFT);
      this.#add((i32[CMD_HEAD] as number) & 255, time);
    }
    return commands.length > 0;
  }

  /** What no engine could judge is refused in its words, as a venue does it. */
  #define(request: OperatorRequest, definition: InstrumentDefinition, time: number): void {
    const complete = this.#definitions.complete(definition);
    if (typeof complete === "string") {
      this.flush();
      this.#listener.definitionRefused(request.requestId ?? 0, complete);
      return;
    }
    this.#addOperatorCommands({ ...request, defineInstrument: complete.definition }, time);
    this.flush();
    if (this.offline.lastOperatorReason !== RejectReason.Unspecified) return;
    this.#definitions.remember(complete.instrument);
    this.#follow(complete.instrument);
  }

  #advanceTime({ requestId }: OperatorRequest, time: number): void {
    const { i32, f64 } = this.#block;
    const base = this.#count << RECORD_I32_SHIFT;
    i32[base + CMD_HEAD] = commandHead(CommandKind.AdvanceTime, 0, 0, 0);
    i32[base + CMD_SESSION] = NO_SESSION;
    i32[base + CMD_INSTRUMENT_ID] = 0;
    i32[base + CMD_FLAGS] = 0;
    i32[base + CMD_CONNECTION] = NO_CONNECTION;
    f64[(base >> 1) + CMD_CLIENT_ORDER_ID] = requestId ?? 0;
    this.#add(CommandKind.AdvanceTime, time);
  }

  /** The engine tells every change of the book from then on, whatever the output: events and their hash do not depend on it. */
  #follow({ instrumentId, symbol }: Instrument): void {
    this.symbols.set(instrumentId, symbol);
    this.offline.followBook(instrumentId);
  }

  #logOn({ session, cancelOnDisconnect }: fairlead.v1.Logon.$Properties, time: number): JsonFault | null {
    const name = session ?? "";
    if (!SESSION_NAME_PATTERN.test(name)) return badSession(name).within("logon");
    if (!this.#handles.has(name) && this.#open(name, time, cancelOnDisconnect === true, true) === NO_SESSION) {
      return tooManySessions("logon.session");
    }
    this.#currentSession = name;
    return null;
  }

  #open(name: string, time: number, cancelOnDisconnect: boolean, isAsked: boolean): number {
    this.flush();
    this.#time = time;
    this.#listener.command(CommandKind.OpenSession);
    const handle = this.offline.openSession(name, time, cancelOnDisconnect);
    if (handle !== NO_SESSION) {
      this.#handles.set(name, handle);
      this.#listener.sessionOpened(handle, name, isAsked);
    }
    return handle;
  }

  #logOut(name: string, time: number): JsonFault | null {
    const handle = this.#handles.get(name);
    if (handle === undefined) return new JsonFault("logout", `the session ${JSON.stringify(name)} is not open`);
    const { i32 } = this.#block;
    const base = this.#count << RECORD_I32_SHIFT;
    i32[base + CMD_HEAD] = commandHead(CommandKind.CloseSession, 0, 0, 0);
    i32[base + CMD_SESSION] = handle;
    i32[base + CMD_CONNECTION] = NO_CONNECTION;
    this.#add(CommandKind.CloseSession, time);
    this.flush();
    this.#handles.delete(name);
    if (this.#currentSession === name) this.#currentSession = undefined;
    this.#listener.sessionClosed(handle);
    return null;
  }

  /** The record is complete but for its time, and what the engine fills in. */
  #add(kind: number, time: number): void {
    this.#block.f64[(this.#count << (RECORD_I32_SHIFT - 1)) + CMD_TIME] = time;
    this.#time = time;
    this.#count += 1;
    this.#listener.command(kind);
  }

  #ignore(frame: ClientFrame): JsonFault | null {
    const [name] = Object.keys(frame);
    if (name === undefined) return new JsonFault("", "a frame holds one message, found none");
    this.ignored.set(name, (this.ignored.get(name) ?? 0) + 1);
    return null;
  }
}

function isOrder({ newOrder, cancelOrder, replaceOrder, massCancel }: ClientFrame): boolean {
  return Boolean(newOrder ?? cancelOrder ?? replaceOrder ?? massCancel);
}

function faultInFilter({ session }: fairlead.v1.CancelOrders.$Properties): JsonFault | null {
  return session && !SESSION_NAME_PATTERN.test(session) ? badSession(session) : null;
}

function badSession(name: string): JsonFault {
  return new JsonFault("session", `expected 1 to 32 characters of A-Z a-z 0-9 . _ -, found ${JSON.stringify(name)}`);
}

function tooManySessions(path: string): JsonFault {
  return new JsonFault(path, "expected no more sessions than maxSessions of the configuration");
}
